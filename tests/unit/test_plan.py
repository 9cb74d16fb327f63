"""The plan: which differences are worth a write, and what goes with them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.contract import Capabilities
from core.changes import Outcome, TargetList
from core.clock import millis
from core.fields import Policy
from core.managed_fields import ACCOUNT_FIELDS
from core.records import Kind, RecordRef
from store.outbox import Values
from store.quarantine import fingerprint
from sync.plan import (
    MemberChange,
    Plan,
    RecordChange,
    change_of,
    is_due,
    least_calls,
    moves,
    plan_members,
    writable,
)
from sync.planner import Planner
from sync.record_plan import plan_records
from sync.resting import Resting
from sync.wanted import Wanted
from tests.memory_crm import MemoryCrm
from tests.worlds import AS_OF, GOOD_FIT, POOR_FIT, World, account, activity, contact, new_database

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
KNOWN: Values = {
    "tier": "one_to_few",
    "fit_score": "62.0",
    "engagement_score": "40.0",
    "priority_rank": "7",
    "why": "because",
    "scored_at": "2026-03-09T12:00:00.000Z",
    "tier_override": None,
}


def wanted(**changes: str | None) -> Values:
    return {**KNOWN, "scored_at": "2026-03-10T12:00:00.000Z", **changes}


def is_moved(min_change: float = 1.0, *, due: bool = False, **changes: str | None) -> bool:
    return moves(Kind.ACCOUNT, KNOWN, wanted(**changes), min_change, is_due=due)


def test_nothing_new_is_no_move_even_when_it_is_due() -> None:
    assert not is_moved()
    assert not is_moved(due=True)


@pytest.mark.parametrize(
    ("after", "is_worth_it"), [("62.9", False), ("63.0", True), ("61.1", False), ("61.0", True), (None, True)]
)
def test_a_number_moves_by_a_point_or_waits(after: str | None, *, is_worth_it: bool) -> None:
    assert is_moved(fit_score=after) == is_worth_it


def test_a_move_of_exactly_the_least_is_a_move_whatever_floats_say() -> None:
    assert moves(Kind.ACCOUNT, {"fit_score": "1.3"}, {"fit_score": "2.3"}, 1.0, is_due=False)


def test_a_number_that_was_empty_is_written() -> None:
    assert moves(Kind.ACCOUNT, {"fit_score": None}, {"fit_score": "0.1"}, 1.0, is_due=False)


def test_words_move_at_once() -> None:
    assert is_moved(tier="one_to_one")


def test_followers_do_not_move_a_record_but_go_with_it() -> None:
    assert not is_moved(priority_rank="3", why="another reason")
    before, after = change_of(Kind.ACCOUNT, KNOWN, wanted(priority_rank="3", tier="one_to_one"))
    assert set(before) == {"tier", "priority_rank", "scored_at"}
    assert after == {"tier": "one_to_one", "priority_rank": "3", "scored_at": "2026-03-10T12:00:00.000Z"}


def test_the_catch_up_writes_small_moves_and_followers() -> None:
    assert is_moved(due=True, fit_score="62.1")
    assert is_moved(due=True, priority_rank="3")


def test_reasons_that_were_not_made_are_not_compared() -> None:
    values = {name: value for name, value in wanted().items() if name != "why"}
    assert not moves(Kind.ACCOUNT, KNOWN, values, 0.0, is_due=True)


def test_the_instant_of_scoring_alone_is_no_change() -> None:
    assert change_of(Kind.ACCOUNT, KNOWN, wanted()) == ({}, {})


def test_what_people_write_is_never_written() -> None:
    names = {field.name for field in writable(Kind.ACCOUNT, KNOWN)}
    assert names == set(KNOWN) - {"tier_override"}
    assert change_of(Kind.ACCOUNT, KNOWN, wanted(tier_override="none")) == ({}, {})
    assert [field.name for field in ACCOUNT_FIELDS if field.policy is Policy.READS] == ["tier_override"]


def test_fields_that_the_record_does_not_have_are_not_written() -> None:
    assert change_of(Kind.ACCOUNT, {}, wanted()) == ({}, {})
    assert change_of(Kind.ACCOUNT, {"tier": "none"}, wanted())[1] == {"tier": "one_to_few"}


def test_the_catch_up_is_due_after_so_many_days_or_before_the_first_write() -> None:
    assert not is_due(KNOWN, 7 * DAY, NOW)
    assert is_due(KNOWN, DAY, NOW)
    assert is_due({"scored_at": None}, 7 * DAY, NOW)
    assert is_due({}, 7 * DAY, NOW)


def record_change(
    number: int = 1, connection: int = 1, kind: Kind = Kind.ACCOUNT, **after: str | None
) -> RecordChange:
    return RecordChange(connection, RecordRef(kind, f"r{number}"), number, dict.fromkeys(after), after)


def test_the_id_stands_for_the_writes_and_not_for_the_instant() -> None:
    first = Plan(records=(record_change(fit_score="1.0", scored_at="2026-03-10T12:00:00.000Z"),), waiting=3)
    later = Plan(records=(record_change(fit_score="1.0", scored_at="2026-03-11T12:00:00.000Z"),), waiting=4)
    assert first.id == later.id
    member = MemberChange(1, "t", "T", "l", ("a",), ())
    others = [
        Plan(records=(record_change(fit_score="1.1"),)),
        Plan(records=(record_change(connection=2, fit_score="1.0"),)),
        Plan(records=(*first.records, record_change(2, fit_score="1.0"))),
        Plan(records=first.records, members=(member,)),
        Plan(records=first.records, members=(member._replace(add=(), remove=("a",)),)),
        Plan(),
    ]
    assert len({plan.id for plan in [first, *others]}) == 7


def test_only_writes_make_a_plan() -> None:
    assert Plan(waiting=5, quarantined=2).is_empty
    assert not Plan(records=(record_change(tier="none"),)).is_empty


def test_least_calls_fill_every_batch() -> None:
    records = [record_change(n, 1, Kind.ACCOUNT, tier="none") for n in range(201)]
    records += [record_change(n, 1, Kind.CONTACT, account_tier="none") for n in range(5)]
    records += [record_change(n, 2, Kind.ACCOUNT, tier="none") for n in range(100)]
    members = MemberChange(2, "t", "T", "l", tuple("abc"), tuple("de"))
    plan = Plan(tuple(records), (members,))
    of_200, of_100, of_one = (
        Capabilities(1, 1, size, 1, has_lists=True).least_write_calls for size in (200, 100, 1)
    )
    assert least_calls({1: (of_200, 10), 2: (of_100, 4), 3: (of_one, 1)}, plan) == {1: 3, 2: 3, 3: 0}
    assert least_calls({1: (of_200, 10)}, Plan()) == {1: 0}


def test_a_large_write_is_sliced_and_counted_as_a_job() -> None:
    jobs = Capabilities(
        2000, 1, 200, 1, has_lists=True, large_write_from=5000, large_write_batch=100_000, large_write_calls=4
    )
    assert [jobs.write_size(n) for n in (1, 4999, 5000, 300_000)] == [200, 200, 100_000, 100_000]
    assert [jobs.least_write_calls(n) for n in (0, 4999, 5000, 100_001)] == [0, 25, 4, 8]
    assert [jobs.least_read_calls(n) for n in (0, 1, 2001)] == [1, 1, 2]


def test_members_that_people_added_stay() -> None:
    change = plan_members(
        TargetList("t", "T"),
        1,
        "l",
        wanted=["new", "ours"],
        present=["ours", "old", "theirs"],
        ours=["ours", "old"],
    )
    assert (change.add, change.remove) == (("new",), ("old",))


def test_a_fingerprint_does_not_see_the_instant() -> None:
    assert fingerprint({"a": "1", "scored_at": "x"}) == fingerprint({"scored_at": "y", "a": "1"})
    assert fingerprint({"a": "1"}) != fingerprint({"a": None})


# ---------------------------------------------------------------- the planner over a store and two CRMs


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Acme in both CRMs with a contact each, and Beta in the first only."""
    crms = [MemoryCrm("memory-1"), MemoryCrm("memory-2")]
    for crm in crms:
        crm.put(account("a1", "acme.com", fields=GOOD_FIT), contact("c1", "jo@acme.com"))
        crm.put(activity("meeting:1", contact_ids=("c1",)))
    crms[0].put(account("b1", "beta.com", fields=GOOD_FIT))
    made = World(new_database(tmp_path), crms)
    made.install()
    made.sync()
    return made


def written(plan: Plan) -> set[tuple[int, str]]:
    return {(change.connection_id, change.ref.remote_id) for change in plan.records}


def test_all_records_of_an_account_are_written_together(world: World) -> None:
    """Somebody resets one number in one CRM: small moves of the account's other record do not wait."""
    world.settings = world.settings.model_copy(update={"min_change": 50.0})
    world.crms[0].set_value(Kind.ACCOUNT, "a1", "fit_score", "3.0")
    later = AS_OF + timedelta(days=2)
    world.pull(later)
    plan = world.plan(later)
    assert written(plan) >= {(1, "a1"), (2, "a1")}
    assert (1, "b1") not in written(plan)
    assert {change.after["scored_at"] for change in plan.records if change.ref.remote_id == "a1"} == {
        "2026-01-22T12:00:00.000Z"
    }


def test_decay_waits_for_the_catch_up(world: World) -> None:
    world.settings = world.settings.model_copy(update={"min_change": 50.0})
    soon, late = AS_OF + timedelta(days=2), AS_OF + timedelta(days=8)
    assert world.plan(soon).is_empty
    assert world.plan(soon).waiting > 0
    assert written(world.plan(late)) >= {(1, "a1"), (2, "a1"), (1, "c1"), (2, "c1")}


def test_people_outside_the_target_list_have_empty_fields(world: World) -> None:
    assert world.crms[0].get(Kind.CONTACT, "c1").managed["account_tier"] == "one_to_one"  # type: ignore[union-attr]
    for crm in world.crms:
        crm.set_value(Kind.ACCOUNT, "a1", "tier_override", "none")
    world.sync()
    assert set(world.crms[0].get(Kind.CONTACT, "c1").managed.values()) == {None}  # type: ignore[union-attr]
    assert world.crms[1].lists["list-target_accounts"] == set()
    assert world.crms[0].get(Kind.ACCOUNT, "a1").managed["tier_source"] == "pin"  # type: ignore[union-attr]


def test_an_override_that_is_no_tier_is_not_obeyed_and_stops_nothing(world: World) -> None:
    world.crms[0].set_value(Kind.ACCOUNT, "a1", "tier_override", "platinum")
    world.sync()
    assert world.crms[0].get(Kind.ACCOUNT, "a1").managed["tier"] == "one_to_one"  # type: ignore[union-attr]


def test_what_a_crm_refuses_is_left_alone_for_a_while_or_until_it_changes(world: World) -> None:
    crm = world.crms[0]
    crm.refused = {"b1": "Industry is required"}
    crm.edit(Kind.ACCOUNT, "b1", fields=POOR_FIT)
    [pushed, _] = world.sync()
    assert pushed.rejected == 1
    assert (world.plan().is_empty, world.plan().quarantined) == (True, 1)
    assert written(world.plan(AS_OF + timedelta(days=2))) >= {(1, "b1")}
    crm.edit(Kind.ACCOUNT, "b1", fields={})
    world.pull()
    assert written(world.plan()) == {(1, "b1")}


def test_an_account_that_a_list_refuses_is_left_alone_too(world: World) -> None:
    crm = world.crms[0]
    crm.put(account("c9", "gamma.com", fields=GOOD_FIT))
    crm.refused = {"c9": "not on this list"}
    world.sync()
    calls = crm.writes_made()
    world.sync()
    assert crm.writes_made() == calls
    assert world.plan().is_empty
    crm.refused = {}
    world.sync(AS_OF + timedelta(days=2))
    assert "c9" in crm.lists["list-target_accounts"]


def test_records_of_a_crm_that_is_not_configured_any_more_are_not_planned(world: World) -> None:
    world.crms = world.crms[:1]
    world.crms[0].set_value(Kind.ACCOUNT, "a1", "tier_override", "none")

    world.sync()

    assert world.crms[0].get(Kind.ACCOUNT, "a1").managed["tier"] == "none"  # type: ignore[union-attr]
    assert world.plan().is_empty


@pytest.mark.parametrize("days", [0, 1, 8])
def test_some_accounts_at_a_time_give_the_same_plan_as_all_at_once(world: World, days: int) -> None:
    crm, at = world.crms[0], AS_OF + timedelta(days=days)
    crm.tick(60)
    crm.set_value(Kind.ACCOUNT, "a1", "tier", "none")
    crm.put(*(account(f"d{n}", f"d{n}.com", fields=GOOD_FIT) for n in range(3)), contact("e", "e@d1.com"))
    world.pull(at)
    planner = Planner(world.database, world.connections, world.settings)
    resting, wanted = Resting({}, millis(at), 1.0), Wanted(world.scored(at))

    plans = [plan_records(planner, wanted, resting, at_once) for at_once in (1, 2, 1_000)]

    for plan in plans:
        plan.drift.sort()
    assert plans[0] == plans[1] == plans[2]
    assert (len(plans[0].changes) > 0, len(plans[0].drift)) == (True, 1)


def test_deleted_records_are_not_written(world: World) -> None:
    world.crms[0].delete(Kind.ACCOUNT, "a1")
    later = AS_OF + timedelta(days=8)
    world.pull(later)
    assert (1, "a1") not in written(world.plan(later))
    assert [pushed.rejected for pushed in world.sync(later)] == [0, 0]


def test_the_engagement_of_a_merged_account_goes_on_with_its_survivor(world: World) -> None:
    """HubSpot re-parents activities without touching them, so their old account must lead to the new one."""
    crm = world.crms[0]
    crm.put(account("old", "old.com"), activity("meeting:9", account_id="old", contact_ids=("nobody",)))
    world.sync()
    before = world.plan(AS_OF)
    assert before.is_empty
    engagement = float(crm.get(Kind.ACCOUNT, "b1").managed["engagement_score"] or 0)  # type: ignore[union-attr]
    crm._rows[Kind.ACCOUNT]["old"] = crm._rows[Kind.ACCOUNT]["old"]._replace(
        modified_at=crm.tick(), record=None, survivor_id="b1"
    )
    world.sync()
    after = float(crm.get(Kind.ACCOUNT, "b1").managed["engagement_score"] or 0)  # type: ignore[union-attr]
    assert after > engagement


def test_a_list_that_install_did_not_make_is_not_read(tmp_path: Path) -> None:
    crm = MemoryCrm()
    crm.put(account("a1", "acme.com", fields=GOOD_FIT))
    world = World(new_database(tmp_path), [crm])
    world.sync()
    assert crm.calls().get("read members", 0) == 0


def test_results_of_a_push_are_counted(world: World) -> None:
    crm = world.crms[1]
    crm.put(account("b2", "beta.com"), account("b3", "beta.com"))
    crm.refused = {"b3": "no"}
    first, second = world.sync()
    assert (first.records, first.members, first.rejected) == (0, 0, 0)
    assert second.rejected >= 1
    assert second.records == 1
    with world.database.read() as reader:
        rows = reader.exec_driver_sql("SELECT outcome FROM change WHERE remote_id = 'b3'").all()
    assert {row[0] for row in rows} == {Outcome.REJECTED}
