"""The ledger's rows, the groups and the words made of them."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from scoring.evidence import ActivityRow, Evidence
from scoring.facts import AccountFacts, ContactRow, Contacts
from scoring.ledger import Ledger, LedgerRow, ledger, show
from scoring.model import Model, build_model
from scoring.people import People, PersonRow
from scoring.reasons import MAX_LENGTH, reasons_of, why
from scoring.signals import SignalRow, Signals
from scoring.values import Value
from scoring.words import gap_text, row_words
from tests.scoring_world import DAY, default_data

NOW = int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp())
AS_OF = datetime.fromtimestamp(NOW, UTC)
PEOPLE = People.from_rows(
    [
        PersonRow("1", "Jane Roe", "VP Marketing"),
        PersonRow("2", "Bob Poe", "CFO", "CHAMPION"),
        PersonRow("3", "Al", "Executive Director"),
    ]
)
FIELDS: dict[str, Value] = {
    "industry": "Technology",
    "employees": 1200,
    "country": "Germany",
    "type": "Prospect",
}


def model_of(**engagement_settings: Any) -> Model:
    data = default_data()
    data["engagement"] |= engagement_settings
    return build_model(data, "m")


def ledger_of(
    rows: list[ActivityRow],
    signals: list[SignalRow] | None = None,
    *,
    fields: dict[str, Value] | None = None,
    model: Model | None = None,
) -> Ledger:
    return ledger(
        AccountFacts("a", FIELDS if fields is None else fields),
        Evidence.from_rows(["a"], PEOPLE, rows),
        Signals.from_rows(["a"], signals or []),
        Contacts.from_rows(["a"], PEOPLE, [ContactRow("a", person) for person in PEOPLE.ids]),
        model or model_of(),
        AS_OF,
    )


def meeting(id_: str, person: str | None, age: int = 0, minutes: int = 40) -> ActivityRow:
    return ActivityRow(id_, "a", person, "meeting", NOW - age * DAY, minutes)


def by_key(rows: tuple[LedgerRow, ...]) -> dict[str, LedgerRow]:
    return {row.key: row for row in rows}


def test_every_fit_rule_has_a_row_and_unknown_says_so() -> None:
    rows = by_key(ledger_of([]).of("fit"))
    assert {key: round(row.points, 9) for key, row in rows.items()} == {
        "industry": 25.0,
        "employees": 25.0,
        "annual_revenue": 6.0,
        "country": 20.0,
        "relationship": 10.0,
        "students": 0.0,
    }
    assert rows["employees"].detail == "1,200"
    assert (rows["annual_revenue"].detail, bool(rows["annual_revenue"].note)) == ("unknown", True)


def test_a_clipped_fit_has_a_floor_row_with_the_difference() -> None:
    result = ledger_of([], fields={"name": "University", "industry": "x", "employees": 1})
    data = default_data()
    data["fit"]["rules"][-1]["bands"][0]["points"] = -90
    clipped = ledger_of([], fields={"name": "University"}, model=build_model(data, "m"))
    assert result.scores.fit > 0
    assert clipped.scores.fit == 0.0
    floor = by_key(clipped.of("fit"))["floor"]
    assert floor.source == "floor"
    assert floor.points == pytest.approx(-sum(row.points for row in clipped.of("fit") if row is not floor))
    assert floor.points > 0


def test_activities_share_the_engagement_by_kept_points() -> None:
    result = ledger_of([meeting("x", "1"), meeting("y", None, minutes=60)])
    rows = by_key(result.of("engagement"))
    assert rows["x"].attention == rows["y"].attention == 60.0
    assert rows["x"].points == rows["y"].points == pytest.approx(result.scores.engagement / 2)
    assert rows["x"].priority_points == pytest.approx(0.35 * rows["x"].points)
    assert (rows["x"].person_label, rows["y"].person_label) == ("Jane Roe (VP Marketing)", "unknown people")
    assert (rows["x"].week, rows["x"].at) == ("2026-W47", AS_OF)


def test_the_cuts_of_the_daily_and_the_channel_cap_are_visible() -> None:
    clicks = [ActivityRow(f"c{place}", "a", "1", "email_click", NOW) for place in range(3)]
    replies = [ActivityRow(f"r{place}", "a", "2", "email_reply", NOW - place * DAY) for place in range(8)]
    rows = by_key(ledger_of([*clicks, *replies], model=model_of(max_per_day=2)).of("engagement"))
    assert (rows["c2"].points, rows["c2"].note) == (0.0, "beyond 2 of one person, type and day")
    assert re.fullmatch(r"email keeps \d\d\.\d% \(cap 40 points\)", rows["r0"].note)
    assert ledger_of(clicks).of("engagement")[0].note == ""


def test_activities_outside_the_window_have_no_row() -> None:
    assert ledger_of([meeting("old", "1", age=91), meeting("next", "1", age=-1)]).of("engagement") == ()


def test_signals_that_do_not_count_say_why() -> None:
    signals = [
        SignalRow("new", "a", "g2", "topic", "abm", 80, NOW),
        SignalRow("old", "a", "g2", "topic", "abm", 90, NOW - DAY),
        SignalRow("weak", "a", "g2", "funding", "", 10, NOW),
    ]
    result = ledger_of([], signals)
    rows = by_key(result.of("intent"))
    assert rows["new"].points == pytest.approx(result.scores.intent)
    assert (rows["old"].points, rows["old"].note) == (0.0, "a newer signal replaces it")
    assert (rows["weak"].points, rows["weak"].note) == (0.0, "too weak or too old")
    assert (rows["weak"].subject, rows["new"].subject) == ("funding", "topic abm")


def test_groups_are_by_type_person_and_week() -> None:
    result = ledger_of(
        [meeting("x", "1"), meeting("y", "1", age=1), meeting("z", "1", age=7), meeting("w", "2")]
    )
    weeks = [(group.person_label, group.week, group.count) for group in result.activity_groups()]
    assert sorted(weeks) == [
        ("Bob Poe (CFO)", "2026-W47", 1),
        ("Jane Roe (VP Marketing)", "2026-W46", 1),
        ("Jane Roe (VP Marketing)", "2026-W47", 2),
    ]
    together = result.activity_groups(by_week=False)
    assert [(group.count, group.week) for group in together] == [(3, ""), (1, "")]
    assert sum(group.points for group in together) == pytest.approx(result.scores.engagement)


def test_the_words_tell_a_sales_rep_what_the_rows_hold() -> None:
    activities = [meeting("m1", "1"), meeting("m2", "1", age=1), *(
        ActivityRow(f"v{place}", "a", "2", "page_view", NOW) for place in range(4)
    )]  # fmt: skip
    signals = [SignalRow("s", "a", "g2", "topic", "abm software", 90, NOW - DAY)]
    model = model_of()
    text = why(reasons_of(ledger_of(activities, signals, model=model)), "one_to_one")
    assert text == (
        "Priority 72.1 (1:1). "
        "Fit 86.0 (strong): 1,200 employees +25.0, industry Technology +25.0, country Germany +20.0, "
        "account type Prospect +10.0, annual revenue unknown +6.0. "
        "Engagement 67.6 (rising): 2 meetings with Jane Roe (VP Marketing) +61.4, "
        "4 page views by Bob Poe (CFO) +6.2. "
        "Intent 36.3: topic abm software (g2) +36.3. "
        "Missing roles: executive sponsor, influencer, end user, budget holder. "
        f"Model {model.version}."
    )


def test_the_words_of_nothing_are_short_and_true() -> None:
    text = why(reasons_of(ledger_of([], fields={"type": "Customer"})))
    assert text.startswith("Priority 13.5. Excluded: customer. Fit 27.0 (too little known): ")
    assert "Engagement 0.0 (steady). Intent 0.0. Missing roles: " in text


def test_long_names_are_cut_and_the_text_stays_inside_the_field() -> None:
    result = ledger_of([meeting("x", "1")], fields=FIELDS | {"industry": "I" * 500})
    long = tuple(
        replace(row, person_label="J" * 500, person=place, subject="x" * 400)
        if row.source == "activity"
        else row
        for place in range(40)
        for row in result.rows
    )
    text = why(reasons_of(replace(result, rows=long)))
    assert len(text) <= MAX_LENGTH
    assert "…" in text


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("industry", "COMPUTER_SOFTWARE", "industry computer software"),
        ("industry", "INTERNET", "industry internet"),
        ("industry", "SaaS", "industry SaaS"),
        ("type", "PROSPECT", "account type prospect"),
        ("name", "SIEMENS", "name SIEMENS"),
        ("country", "AUSTRIA", "country AUSTRIA"),
        ("employees", "12345", "12345 employees"),
        ("employees", "unknown", "employees unknown"),
        ("custom.it_spend", "HIGH_END", "it spend high end"),
        ("technologies", "SAP", "technologies SAP"),
    ],
)
def test_codes_of_a_crm_become_words_and_names_stay(field: str, value: str, text: str) -> None:
    assert row_words(LedgerRow("fit", "fit_rule", "rule", field, 1.0, detail=value)) == text


def test_single_rows_have_words_too() -> None:
    activity = LedgerRow("engagement", "activity", "x", "meeting", 1.0, person_label="Jo")
    signal = LedgerRow("intent", "signal", "s", "topic abm", 1.0, detail="g2")
    assert [row_words(activity), row_words(signal)] == ["1 meeting with Jo", "topic abm (g2)"]


def test_the_gap_reads_as_words() -> None:
    assert gap_text(("budget_holder", "legal")) == "budget holder, legal"
    assert gap_text(()) == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1200, "1,200"),
        (1200.5, "1,200.5"),
        (True, "yes"),
        (False, "no"),
        ("a  b\n", "a b"),
        (5e7, "50,000,000"),
    ],
)
def test_values_are_shown_for_readers(value: Value, text: str) -> None:
    assert show(value) == text


@pytest.mark.parametrize(
    ("value", "field", "text"),
    [
        (2001, "founded_year", "2001"),
        (2001.0, "founded_year", "2001"),
        (1999, "custom.FoundingYear", "1999"),
        ("2001", "founded_year", "2001"),
        (20_010, "founded_year", "20,010"),
        (2001, "employees", "2,001"),
    ],
)
def test_years_have_no_thousands_separator(value: Value, field: str, text: str) -> None:
    assert show(value, field) == text


def test_a_rule_on_the_year_of_foundation_says_the_year() -> None:
    data = default_data()
    data["fit"]["rules"].append(
        {"name": "age", "field": "founded_year", "bands": [{"points": 5, "from": 2000}]}
    )
    entries = ledger_of([], fields={"founded_year": 2001.0}, model=build_model(data, "m"))
    assert by_key(entries.of("fit"))["age"].detail == "2001"
    assert "founded 2001 +" in why(reasons_of(entries))


def test_columns_of_other_accounts_are_refused() -> None:
    evidence = Evidence.from_rows(["b", "a"], PEOPLE, [meeting("x", "1")])
    with pytest.raises(ValueError, match=r"use \.of"):
        ledger(AccountFacts("b", {}), evidence, Signals.none(), Contacts.none(PEOPLE), model_of(), AS_OF)


def test_a_ledger_without_ids_is_refused() -> None:
    evidence = Evidence.from_rows(["a"], PEOPLE, [meeting("x", "1")])
    bare = replace(evidence, ids=evidence.ids[:0])
    with pytest.raises(ValueError, match="ids"):
        ledger(AccountFacts("a", {}), bare, Signals.none(), Contacts.none(PEOPLE), model_of(), AS_OF)


def test_columns_without_ids_are_sorted_only_when_they_are_not() -> None:
    rows = [meeting("x", "2"), meeting("y", "1"), meeting("z", None, age=3)]
    evidence = Evidence.from_rows(["a"], PEOPLE, rows)
    bare = replace(evidence, ids=evidence.ids[:0])
    assert bare.in_order() is bare
    backwards = replace(
        bare,
        **{
            name: getattr(bare, name)[::-1]
            for name in ("account", "person", "type", "day", "occurred_at", "minutes")
        },
    )
    assert backwards.in_order().person.tolist() == bare.person.tolist() == [-1, 0, 1]


def test_a_row_of_an_unknown_account_or_person_is_refused() -> None:
    with pytest.raises(KeyError):
        Evidence.from_rows(["b"], PEOPLE, [meeting("x", "1")])
    with pytest.raises(KeyError):
        Evidence.from_rows(["a"], PEOPLE, [meeting("x", "99")])


def test_what_speaks_against_an_account_is_named_too() -> None:
    text = why(reasons_of(ledger_of([], fields=FIELDS | {"name": "University X"})))
    assert "name University X -15.0" in text
