"""Whose value stands in a field: our own writes coming back, edits of others, and what follows."""

from collections.abc import Mapping

import pytest

from core.clock import from_millis, wire_instant
from core.config import SyncSettings
from core.records import Kind
from store.database import Database
from store.outbox import KnownRecord
from store.quarantine import entries, release
from store.written import LATELY, Own, Wrote, note_written, own_writes_of
from sync.drift import Drift, Handling, drift_counts, drift_of, writable_part
from sync.echo import HEARD_FOR, edited, is_echo
from tests.memory_crm import MemoryCrm
from tests.worlds import GOOD_FIT, World, account

AT = 1_790_000_000_000
BASE = AT - 1000
OWN = Own({"tier": Wrote("one_to_one", AT, BASE), "fit_score": Wrote("62.0", AT, BASE)}, rounds={})
DAY = 24 * 3600 * 1000
A1 = (Kind.ACCOUNT, "a1")


def told(field: str, value: object, at: int = AT) -> bool:
    return is_echo(OWN, Kind.ACCOUNT, field, value, wire_instant(from_millis(at)))


@pytest.mark.parametrize("value", ["62.0", "62", 62, 62.04])
def test_our_own_value_is_an_echo_however_a_crm_writes_it(value: object) -> None:
    assert told("fit_score", value)


def test_an_edit_in_the_same_minute_passes() -> None:
    assert told("tier", "one_to_one", AT + 1)
    assert not told("tier", "none", AT + 1)
    assert not told("tier", None, AT + 1)


def test_an_echo_is_none_a_day_later_and_none_of_fields_that_we_did_not_write() -> None:
    assert told("tier", "one_to_one", AT + DAY)
    assert not told("tier", "one_to_one", AT + DAY + 1)
    assert not told("stage", "mqa")
    assert not told("industry", "Software")
    assert not is_echo(None, Kind.ACCOUNT, "tier", "one_to_one", wire_instant(from_millis(AT)))
    assert HEARD_FOR.days == 1


def test_a_version_from_before_our_write_tells_nothing() -> None:
    known = {"tier": "none", "fit_score": "62.0"}
    assert edited(OWN, known, AT) == ("tier",)
    assert edited(OWN, known, BASE) == ()
    assert edited(OWN, {"fit_score": "62.0"}, AT) == ()


def drift(policies: Mapping[str, str] | None = None, own: Own = OWN) -> list[Drift]:
    record = KnownRecord(1, Kind.ACCOUNT, "a1", 7, "", {"tier": "none", "fit_score": "50.0"}, AT)
    settings = SyncSettings.model_validate({"drift": policies or {}})
    return drift_of(record, own, {"tier": "one_to_few", "fit_score": "50.0"}, settings.drift)


def test_a_field_that_says_what_we_want_anyway_has_not_drifted() -> None:
    [found] = drift()
    assert (found.field, found.written, found.found, found.handling) == (
        "tier",
        "one_to_one",
        "none",
        Handling.OURS,
    )


@pytest.mark.parametrize(
    ("policies", "handling"),
    [
        ({"default": "keep"}, Handling.KEEP),
        ({"default": "keep", "tier": "ours"}, Handling.OURS),
        ({"tier": "keep"}, Handling.KEEP),
        ({"fit_score": "keep"}, Handling.OURS),
    ],
)
def test_the_policy_is_that_of_the_field_else_the_default(
    policies: dict[str, str], handling: Handling
) -> None:
    assert [one.handling for one in drift(policies)] == [handling]


def test_after_three_rounds_the_field_is_left_alone_whatever_the_policy() -> None:
    fought = Own(OWN.fields, {"tier": 3})
    [found] = drift(own=fought)
    assert found.handling is Handling.WAR
    record = KnownRecord(1, Kind.ACCOUNT, "a1", 7, "", {"tier": "none", "stage": "mqa"}, AT)
    assert writable_part(record, [found]) == {"stage": "mqa"}
    assert drift_counts([found, found]) == {"tier": {"war": 2}}


def test_rounds_count_what_others_wrote_and_we_wrote_over(empty_database: Database) -> None:
    key = (1, "account", "a1")

    def write(before: str | None, after: str, base_at: int, now_ms: int) -> int:
        with empty_database.write() as writer:
            note_written(writer, key, ({"tier": before}, {"tier": after}), base_at, now_ms)
        own = own_writes_of(empty_database, 1, A1)  # type: ignore[arg-type]  # a plain tuple will do
        assert own is not None
        return own.rounds.get("tier", 0)

    assert write(None, "one_to_one", 10, 100) == 0
    assert write("one_to_one", "one_to_few", 20, 110) == 0, "our own value was moved by ourselves"
    assert write("none", "one_to_few", 20, 115) == 0, "an old version, read late"
    assert write("none", "one_to_few", 30, 120) == 1
    assert write("none", "one_to_few", 40, 130) == 2
    assert write("none", "one_to_few", 50, 130 + LATELY + 1) == 1, "too long ago to be one fight"


# ---------------------------------------------------------------- with a CRM


@pytest.fixture
def world(empty_database: Database) -> World:
    """One account that was synced."""
    made = World(empty_database, [MemoryCrm()])
    made.crms[0].put(account("a1", "acme.com", fields=GOOD_FIT))
    made.install()
    made.sync()
    made.pull()
    return made


def says(world: World, name: str) -> str | None:
    return world.crms[0].get(*A1).managed[name]  # type: ignore[union-attr]


def edit(world: World, name: str, value: str | None) -> None:
    world.crms[0].tick()
    world.crms[0].set_value(*A1, name, value)


def test_what_came_back_as_we_wrote_it_has_not_drifted(world: World) -> None:
    assert world.plan().drift == ()


def test_an_edit_of_our_field_is_shown_and_written_over(world: World) -> None:
    ours = says(world, "tier")
    edit(world, "tier", "none")
    world.pull()
    [found] = world.plan().drift
    assert (found.field, found.written, found.found) == ("tier", ours, "none")
    world.push()
    assert says(world, "tier") == ours
    world.pull()
    assert world.plan().drift == ()


def test_an_edit_that_is_kept_stays_and_moves_nothing_else(world: World) -> None:
    world.settings = SyncSettings.model_validate({"drift": {"tier": "keep"}})
    edit(world, "tier", "none")
    world.sync()
    assert says(world, "tier") == "none"
    plan = world.plan()
    assert plan.is_empty
    assert [one.handling for one in plan.drift] == [Handling.KEEP]
    edit(world, "stage", "mqa")
    world.sync()
    assert (says(world, "tier"), says(world, "stage")) == ("none", "none")
    plan = world.plan()
    assert plan.is_empty, "writing another field has not made the edit look old"
    assert [one.field for one in plan.drift] == ["tier"]


def test_a_war_ends_after_three_rounds_and_a_person_can_begin_it_again(world: World) -> None:
    ours = says(world, "tier")
    world.crms[0].resets[*A1, "tier"] = "none"
    edit(world, "tier", "none")
    rounds = [sum(pushed.records for pushed in world.sync()) for _ in range(6)]
    assert rounds == [1, 1, 1, 0, 0, 0]
    [entry] = entries(world.database)
    assert (entry.kind, entry.remote_id, entry.code) == ("tier of account", "a1", "field_war")
    assert [one.handling for one in world.plan().drift] == [Handling.WAR]
    world.crms[0].resets.clear()
    assert release(world.database) == 0
    assert release(world.database, "a1") == 1
    world.sync()
    assert says(world, "tier") == ours
    assert world.plan().drift == ()


def test_a_war_that_the_other_side_gives_up_is_over(world: World) -> None:
    ours = says(world, "tier")
    world.crms[0].resets[*A1, "tier"] = "none"
    edit(world, "tier", "none")
    for _ in range(5):
        world.sync()
    world.crms[0].resets.clear()
    edit(world, "tier", ours)
    world.sync()
    assert entries(world.database) == []


def test_other_fields_of_a_record_in_a_war_are_written(world: World) -> None:
    world.crms[0].resets[*A1, "tier"] = "none"
    edit(world, "tier", "none")
    for _ in range(5):
        world.sync()
    edit(world, "stage", "mqa")
    world.sync()
    assert says(world, "stage") == "none"


def test_a_value_that_an_index_showed_late_is_no_drift(world: World) -> None:
    """The version that we wrote over comes once more: same stamp, the value from before our write."""
    edit(world, "stage", "mqa")
    world.sync()
    with world.database.write() as writer:
        writer.exec_driver_sql("UPDATE crm_account SET managed = ?", ('{"stage": "mqa"}',))
    assert world.plan().drift == ()
