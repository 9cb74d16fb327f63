"""The words of explain: what caps took, who is there, the way up, the weeks, and a movement."""

from datetime import UTC, datetime

import pytest

from scoring.buying_group import GroupPerson, group_people
from scoring.cuts import Cut, cuts
from scoring.engagement import engagement
from scoring.evidence import ActivityRow, Evidence
from scoring.facts import AccountFacts, ContactRow, Contacts
from scoring.ledger import Ledger, ledger
from scoring.model import Model, build_model
from scoring.next_tier import NextTier, words
from scoring.people import People, PersonRow
from scoring.proposals import Action
from scoring.signals import Signals
from shortlist.commands.account_view import cut_words, role_words, trend_words
from store.history import DayScore
from sync.trend import Week
from tests.scoring_world import DAY, NOW, default_data

PEOPLE = People.from_rows(
    [PersonRow("1", "Jo", "VP Sales"), PersonRow("2", "Al", "CFO", "CHAMPION"), PersonRow("3", "Kim")]
)


def tight() -> Model:
    data = default_data()
    data["engagement"]["max_per_day"] = 3
    data["engagement"]["channels"]["web"] = {"cap": 4}
    return build_model(data, "m")


def ledger_of(rows: list[ActivityRow], model: Model) -> Ledger:
    evidence = Evidence.from_rows(["a"], PEOPLE, rows)
    contacts = Contacts.none(PEOPLE)
    return ledger(
        AccountFacts("a", {}), evidence, Signals.none(), contacts, model, datetime.fromtimestamp(NOW, UTC)
    )


def test_cuts_name_the_channel_with_what_it_had_and_kept() -> None:
    model = tight()
    views = [ActivityRow(f"v{number}", "a", "3", "page_view", NOW) for number in range(5)]
    meeting = ActivityRow("m", "a", "3", "meeting", NOW, 30)
    form = ActivityRow("f", "a", "3", "form_submission", NOW)
    assert cuts(ledger_of([meeting], model), model) == []
    assert cuts(ledger_of([*views, meeting], model), model) == [Cut("web", 3.0, 3.0, 4, 2)]
    found = cuts(ledger_of([*views, meeting, form], model), model)
    assert [(cut.channel, cut.raw, cut.cap) for cut in found] == [("web", 13.0, 4)]
    assert found[0].kept == pytest.approx(4.0, abs=1e-4)
    assert cut_words(found[0]) == (
        "Cut in the channel web: 13.0 points, of which the cap keeps 4.0; "
        "2 activities beyond what counts of one person and day."
    )


def test_people_come_by_points_and_say_where_their_role_is_from() -> None:
    contacts = Contacts.from_rows(["a"], PEOPLE, [ContactRow("a", person) for person in PEOPLE.ids])
    model = tight()
    rows = [
        ActivityRow("1", "a", "1", "email_click", NOW - 30 * DAY),
        ActivityRow("2", "a", "2", "chat", NOW),
    ]
    engaged = engagement(Evidence.from_rows(["a"], PEOPLE, rows), model, NOW, 1)
    found = group_people(contacts, engaged, model)
    assert [(person.label, person.engaged, person.inferred) for person in found] == [
        ("Al (CFO)", True, False),
        ("Jo (VP Sales)", False, True),
        ("Kim", False, False),
    ]
    assert [role_words(person) for person in found] == ["champion", "decision maker (inferred, 60%)", ""]


def test_two_roles_read_as_a_list() -> None:
    person = GroupPerson(
        "Jo", ("decision_maker", "budget_holder"), inferred=False, confidence=1.0, points=0, engaged=False
    )
    assert role_words(person) == "decision maker, budget holder"


def test_the_way_up_is_one_sentence_for_each_case() -> None:
    assert words(NextTier("one_to_few", "excluded as customer")) == "Next tier: excluded as customer."
    assert "waits for a seat" in words(NextTier("one_to_one", needed_priority=40.0))
    way = NextTier("one_to_one", "", 44.8, 26.6, 18.1, (Action("meeting", "vp", 60, 2),), 14, 1.5)
    assert words(way) == (
        "To 1:1: priority 44.8, so engagement 26.6 (18.1 points of attention). Enough would be 2 meetings of "
        "60 minutes with a new VP, or 14 days of the pace of the last 28 days. "
        "A seat may be held for a while by dwell or slack."
    )
    assert "no single kind of action" in words(NextTier("one_to_one", "", 90.0, 99.0, 4950.0))


def test_the_trend_needs_two_weeks() -> None:
    score = DayScore("2026-01-20", 1, 1, 1, 1, 20.0, "none", "none", "m")
    weeks = [Week("2026-W02", None), Week("2026-W03", score), Week("2026-W04", score._replace(priority=70.0))]
    assert "backfill" in trend_words(weeks[:2])
    assert trend_words(weeks) == "Priority of the last 3 weeks: ·▁█ (20.0 to 70.0, lowest 20.0, highest 70.0)"
