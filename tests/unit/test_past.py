"""The past: scoring it leaves today alone, and it is seen as it was scored."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from core.config import Config
from core.errors import ConfigError
from core.records import Kind
from scoring.model import Model, build_model
from store.history import day_scores, past_tiers
from store.scores import current_tiers
from sync.backfill import week_ends
from sync.details import details
from sync.engine import Engine
from sync.explain import Explained, explain
from sync.moved import Moved, moved
from sync.past import moment
from sync.runs import run_push, run_score
from sync.scored import Scored, compute
from sync.trend import sparkline, trend
from tests.memory_crm import MemoryCrm
from tests.scoring_world import default_data
from tests.worlds import (
    AS_OF,
    GOOD_FIT,
    POOR_FIT,
    World,
    account,
    activity,
    contact,
    default_model,
    new_database,
)

DAY = timedelta(days=1)
LATER = AS_OF + 9 * DAY


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Two accounts of good fit, one of them with a person and three meetings before AS_OF."""
    crm = MemoryCrm()
    crm.put(
        account("a1", "acme.com", fields=GOOD_FIT),
        account("a2", "beta.com", fields=GOOD_FIT),
        contact("c1", "jo@acme.com", title="VP Sales"),
    )
    for number, days in enumerate((2, 30, 100)):
        crm.put(activity(f"meeting:{number}", days, contact_ids=("c1",)))
    made = World(new_database(tmp_path), [crm])
    made.install()
    made.pull()
    yield made
    made.database.close()


def engine(world: World, model: Model | None = None, text: str = "the model") -> Engine:
    return Engine(
        world.database,
        world.connections,
        Config(connections={"memory": None}),
        model or default_model(),
        text,
        world.progress,
        lambda: AS_OF,
    )


def scored(world: World, as_of: datetime, model: Model | None = None) -> Scored:
    names = {connected.id: connected.name for connected in world.connections}
    return compute(world.database, model or default_model(), as_of, names)


def explained(world: World, as_of: datetime) -> Explained:
    return explain(scored(world, as_of), "acme.com")


def hold_meeting(world: World, number: int, days_ago: float) -> None:
    """One more meeting, so many days before AS_OF (less than 0: after it), and a pull."""
    crm = world.crms[0]
    crm.tick()
    crm.put(activity(f"meeting:{number}", days_ago, contact_ids=("c1",)))
    world.pull(LATER)


def scores_of(world: World, day: date) -> list[tuple[object, ...]]:
    rows = past_tiers(world.database, day.isoformat())
    found = (
        day_scores(world.database, number, first_day=day.isoformat(), last_day=day.isoformat())
        for number in sorted(rows)
    )
    return [tuple(row) for rows_of_one in found for row in rows_of_one]


def test_a_past_day_is_explained_as_it_was_scored_whatever_came_later(world: World) -> None:
    run_score(engine(world), AS_OF)
    before = explained(world, AS_OF)
    hold_meeting(world, 7, days_ago=-1)
    run_score(engine(world), LATER)
    after = explained(world, AS_OF)
    assert after.ledger == before.ledger
    assert (after.tier, after.why) == (before.tier._replace(since=after.tier.since), before.why)
    assert explained(world, LATER).ledger.scores.engagement != before.ledger.scores.engagement
    stored = day_scores(world.database, after.number, first_day="2026-01-20", last_day="2026-01-20")[0]
    assert stored.priority == after.ledger.scores.priority
    assert stored.tier == after.tier.tier


def test_scoring_the_past_fills_its_day_and_leaves_the_tiers_of_today(world: World) -> None:
    run_score(engine(world), LATER)
    tiers, today = current_tiers(world.database), scores_of(world, LATER.date())
    run_score(engine(world), AS_OF)
    assert current_tiers(world.database) == tiers
    assert scores_of(world, LATER.date()) == today
    assert len(scores_of(world, AS_OF.date())) == 2


def test_an_earlier_instant_of_the_newest_day_changes_nothing(world: World) -> None:
    run_score(engine(world), AS_OF)
    tiers, today = current_tiers(world.database), scores_of(world, AS_OF.date())
    hold_meeting(world, 7, days_ago=1)
    run_score(engine(world), AS_OF - timedelta(hours=5))
    assert current_tiers(world.database) == tiers
    assert scores_of(world, AS_OF.date()) == today
    run_score(engine(world), AS_OF)
    assert scores_of(world, AS_OF.date()) != today


def test_nobody_pushes_the_past(world: World) -> None:
    run_score(engine(world), LATER)
    calls = world.crms[0].writes_made()
    with pytest.raises(ConfigError, match="before the last scoring"):
        run_push(engine(world), AS_OF)
    assert world.crms[0].writes_made() == calls


def test_the_tier_of_a_past_day_is_the_recorded_one(world: World) -> None:
    run_score(engine(world), AS_OF)
    world.crms[0].tick()
    world.crms[0].edit(Kind.ACCOUNT, "a1", fields=POOR_FIT)
    world.pull(LATER)
    run_score(engine(world), LATER)
    found = explained(world, AS_OF)
    assert explained(world, LATER).tier.tier == "one_to_many"
    assert (found.tier.tier, found.tier.reason) == ("one_to_one", "as scored on 2026-01-20")
    # A day between both has no record: its tier follows from the last one before, and the fields of today.
    assert explained(world, AS_OF + DAY).tier.tier == "one_to_many"


def test_a_tier_of_the_past_began_with_its_last_change(world: World) -> None:
    number = explained(world, AS_OF).number
    with world.database.write() as writer:
        days = ["one_to_few", "one_to_one", "one_to_one", "none", "one_to_one", "one_to_one"]
        for place, tier in enumerate(days, start=1):
            writer.exec_driver_sql(
                "INSERT INTO score VALUES (?, ?, 1, 1, 1, 1, 1, ?, 'none', 'm')",
                (f"2026-01-0{place}", number, tier),
            )
    assert past_tiers(world.database, "2026-01-09")[number][1:] == ("one_to_one", "2026-01-06", "2026-01-05")
    assert past_tiers(world.database, "2026-01-03")[number][1:] == ("one_to_one", "2026-01-03", "2026-01-02")
    assert past_tiers(world.database, "2025-12-31") == {}


def test_a_bare_date_means_the_scoring_of_that_day(world: World) -> None:
    run_score(engine(world), AS_OF)
    midnight = datetime(2026, 1, 20, tzinfo=UTC)
    assert moment(world.database, midnight) == AS_OF
    assert moment(world.database, midnight + DAY) == midnight + DAY


def test_week_ends_are_the_sundays_that_are_over() -> None:
    assert week_ends(date(2026, 1, 20), 2) == [date(2026, 1, 11), date(2026, 1, 18)]
    assert week_ends(date(2026, 1, 18), 1) == [date(2026, 1, 11)]
    assert week_ends(date(2026, 1, 19), 1) == [date(2026, 1, 18)]


def test_backfilling_gives_thirteen_weeks_and_keeps_what_was_there(world: World) -> None:
    run_score(engine(world), datetime(2026, 1, 11, 12, tzinfo=UTC))
    kept = scores_of(world, date(2026, 1, 11))
    hold_meeting(world, 7, days_ago=15)
    report = run_score(engine(world), AS_OF, backfill_weeks=13)
    assert report.backfilled is not None
    assert report.backfilled.kept == ("2026-01-11",)
    assert len(report.backfilled.filled) == 12
    assert scores_of(world, date(2026, 1, 11)) == kept
    number = explained(world, AS_OF).number
    weeks = trend(world.database, number, AS_OF.date())
    assert [week.week for week in weeks][-2:] == ["2026-W03", "2026-W04"]
    assert all(week.score for week in weeks)
    found = day_scores(world.database, number, first_day="2026-01-04", last_day="2026-01-04")[0]
    assert (
        found.engagement
        == explained(world, moment(world.database, datetime(2026, 1, 4, tzinfo=UTC))).ledger.scores.engagement
    )
    again = run_score(engine(world), AS_OF, backfill_weeks=13)
    assert again.backfilled is not None
    assert (len(again.backfilled.filled), len(again.backfilled.kept)) == (0, 13)


def test_backfilled_weeks_see_only_what_had_happened(world: World) -> None:
    run_score(engine(world), AS_OF, backfill_weeks=20)
    number = explained(world, AS_OF).number
    by_week = {week.week: week.score for week in trend(world.database, number, AS_OF.date(), weeks=20)}
    # The first meeting was 100 days before the 20th of January: on Sunday the 12th of October.
    first, before = by_week["2025-W41"], by_week["2025-W40"]
    assert first is not None
    assert before is not None
    assert first.engagement > before.engagement == 0.0
    assert first.fit == before.fit


def test_the_trend_shows_gaps_and_never_makes_noise_a_mountain(world: World) -> None:
    run_score(engine(world), AS_OF)
    number = explained(world, AS_OF).number
    weeks = trend(world.database, number, AS_OF.date())
    assert [week.score is None for week in weeks] == [True] * 12 + [False]
    assert sparkline([None, 10.0, 10.2, 10.1]) == "·▁▁▁"
    assert sparkline([0.0, 50.0, 100.0]) == "▁▅█"
    assert sparkline([]) == ""


def since(world: World, day: datetime, until: datetime, model: Model | None = None) -> Moved:
    at = scored(world, until, model)
    return moved(world.database, at, explain(at, "acme.com").number, moment(world.database, day))


def causes(found: Moved, part: str) -> dict[str, float]:
    result: dict[str, float] = {}
    for row in found.movement.rows:
        if row.part == part and row.cause != "rounding":
            result[row.cause] = result.get(row.cause, 0.0) + row.points
    assert found.movement.total("priority") == pytest.approx(
        found.movement.after.priority - found.movement.before.priority, abs=1e-9
    )
    return result


def test_since_a_scored_day_new_evidence_fading_and_edits_stand_apart(world: World) -> None:
    run_score(engine(world), AS_OF)
    world.crms[0].tick()
    world.crms[0].edit(Kind.ACCOUNT, "a1", fields=POOR_FIT)
    hold_meeting(world, 7, days_ago=-3)
    found = since(world, AS_OF.replace(hour=0), LATER)
    assert found.stored is not None
    assert found.since == AS_OF
    assert causes(found, "fit") == {"edit": pytest.approx(found.movement.after.fit - found.stored.fit)}
    engagement = causes(found, "engagement")
    assert set(engagement) == {"new", "decay"}
    assert engagement["new"] > 0 > engagement["decay"]


def test_what_was_deleted_or_came_late_is_an_edit_of_the_engagement(world: World) -> None:
    run_score(engine(world), AS_OF)
    hold_meeting(world, 7, days_ago=5)
    late = since(world, AS_OF, LATER)
    assert causes(late, "engagement")["edit"] > 0
    world.crms[0].tick()
    for number in (7, 0):
        world.crms[0].delete(Kind.ACTIVITY, f"meeting:{number}")
    world.pull(LATER)
    gone = since(world, AS_OF, LATER)
    assert causes(gone, "engagement")["edit"] < 0


def test_another_model_is_a_cause_of_its_own_while_its_text_is_known(world: World) -> None:
    run_score(engine(world, text=_default_text()), AS_OF)
    data = default_data()
    data["fit"]["rules"][0]["bands"][0]["points"] = 10
    data["priority"]["fit"] = 0.7
    changed = build_model(data, "m")
    found = since(world, AS_OF, AS_OF, changed)
    assert set(causes(found, "fit")) == {"model"}
    assert set(causes(found, "engagement")) == {"model"}
    assert found.lost_model is None
    with world.database.write() as writer:
        writer.exec_driver_sql("UPDATE model_version SET text = 'no model'")
    lost = since(world, AS_OF, AS_OF, changed)
    assert lost.lost_model == default_model().version
    assert set(causes(lost, "fit")) == {"edit"}
    assert next(row.cause for row in lost.movement.rows if row.part == "priority") == "model"


def _default_text() -> str:
    return Path(default_model().source).read_text(encoding="utf-8")


def test_evidence_that_an_older_model_still_counted_is_read_too(world: World) -> None:
    data = default_data()
    data["engagement"]["cut_days"] = 200
    text = _default_text().replace("cut_days = 90 ", "cut_days = 200 ")
    old = build_model(data, "m")
    run_score(engine(world, old, text), AS_OF)
    found = since(world, AS_OF, LATER)
    assert "edit" not in causes(found, "engagement")
    assert causes(found, "engagement")["model"] < 0


def test_details_say_what_faded_and_who_is_there(world: World) -> None:
    run_score(engine(world), AS_OF)
    at = scored(world, LATER)
    closer = details(world.database, at, explain(at, "acme.com"))
    assert closer.decayed_since == AS_OF
    assert [(group.subject, group.count) for group in closer.decayed] == [("meeting", 2)]
    assert closer.decayed[0].points < 0
    person = closer.people[0]
    assert (person.roles, person.inferred, person.engaged) == (("decision_maker",), True, True)
    assert closer.next_tier is None
    at_once = scored(world, AS_OF)
    assert details(world.database, at_once, explain(at_once, "acme.com")).decayed == ()
