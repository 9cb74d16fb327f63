"""People's decisions on tiers: from the command line and from the CRMs' field; the newest holds."""

from datetime import timedelta

import pytest

from core.clock import millis, wire_instant
from core.fields import NO_TIER, TIERS
from core.records import Kind
from store.change_log import list_moves
from store.database import Database
from store.scores import current_tiers
from store.tier_overrides import Decided, log_override, note_field_overrides, override_log, standing_overrides
from tests.memory_crm import EPOCH, MemoryCrm
from tests.worlds import AS_OF, GOOD_FIT, World, account

DAY = timedelta(days=1)
A1 = (Kind.ACCOUNT, "a1")
HERE = Decided(1, "", "", "one_to_many", "Ada", "a pilot", millis(EPOCH + DAY))


@pytest.fixture
def world(empty_database: Database) -> World:
    """One account, in the best tier by the model."""
    made = World(empty_database, [MemoryCrm("one"), MemoryCrm("two")])
    made.crms[0].put(account("a1", "acme.com", fields=GOOD_FIT))
    made.install()
    made.sync()
    return made


def sync(world: World, days: int = 0) -> tuple[str, str]:
    """The tier and its source after a sync."""
    at = AS_OF + days * DAY
    world.pull(at)
    note_field_overrides(world.database, (*TIERS, NO_TIER))
    world.push(at)
    managed = world.crms[0].get(*A1).managed  # type: ignore[union-attr]
    return managed["tier"] or "", managed["tier_source"] or ""


def write_field(world: World, tier: str | None, *, days: int) -> None:
    crm = world.crms[0]
    crm.now = max(crm.now, EPOCH + days * DAY)
    crm.set_value(*A1, "tier_override", tier)


def test_a_decision_here_pins_until_it_is_withdrawn(world: World) -> None:
    log_override(world.database, HERE)
    assert sync(world) == ("one_to_many", "pin")
    [tier] = world.scored().tiers
    assert tier.reason == "pinned by Ada: a pilot"
    log_override(world.database, HERE._replace(tier=None, reason="over"))
    assert sync(world) == ("one_to_one", "model")
    assert [one.tier for one in override_log(world.database, 1)] == ["one_to_many", None]
    assert standing_overrides(world.database) == {}


def test_a_decision_ends_when_it_says(world: World) -> None:
    log_override(world.database, HERE._replace(expires_at=millis(AS_OF + 2 * DAY)))
    assert sync(world, 1) == ("one_to_many", "pin")
    assert sync(world, 2) == ("one_to_one", "model")


@pytest.mark.parametrize(("days", "tier"), [(0, "one_to_many"), (3, "none")])
def test_of_the_command_line_and_the_field_the_newer_one_holds(world: World, days: int, tier: str) -> None:
    write_field(world, "none", days=days)
    log_override(world.database, HERE)
    assert sync(world) == (tier, "pin")


def test_what_the_log_does_not_know_yet_is_the_newest(world: World) -> None:
    log_override(world.database, HERE)
    write_field(world, "none", days=0)
    world.pull()
    assert [row.tier for row in world.scored().tiers] == ["none"]


def test_clearing_the_field_lets_the_other_decision_hold_again(world: World) -> None:
    log_override(world.database, HERE)
    write_field(world, "none", days=2)
    assert sync(world) == ("none", "pin")
    write_field(world, None, days=3)
    assert sync(world) == ("one_to_many", "pin")
    assert [(one.source, one.tier) for one in override_log(world.database)] == [
        ("", "one_to_many"),
        ("crm1", "none"),
        ("crm1", None),
    ]


def test_each_edit_of_the_field_is_logged_once(world: World) -> None:
    write_field(world, "none", days=2)
    sync(world)
    sync(world)
    assert len(override_log(world.database)) == 1
    write_field(world, "platinum", days=3)
    sync(world)
    assert [one.tier for one in override_log(world.database)] == ["none", None]


def test_f56_a_field_that_is_not_read_any_more_withdraws_no_decision(world: World) -> None:
    write_field(world, "one_to_many", days=2)
    sync(world, 2)
    world.crms[0].drop_field(Kind.ACCOUNT, "tier_override")
    world.crms[0].edit(*A1, name="Acme, renamed")
    assert sync(world, 3) == ("one_to_many", "pin")

    [row] = current_tiers(world.database).values()
    assert row.since == wire_instant(AS_OF + 2 * DAY)
    assert [one.tier for one in override_log(world.database)] == ["one_to_many"]


def test_f56_a_field_that_install_makes_anew_leaves_decisions_alone(world: World) -> None:
    write_field(world, "one_to_many", days=2)
    sync(world, 2)
    world.crms[0].drop_field(Kind.ACCOUNT, "why")
    world.install()
    note_field_overrides(world.database, (*TIERS, NO_TIER))
    world.push(AS_OF + 3 * DAY)

    assert world.state()[0]["list:one_to_one"] == []
    [row] = current_tiers(world.database).values()
    assert (row.tier, row.source, row.since) == ("one_to_many", "pin", wire_instant(AS_OF + 2 * DAY))
    assert [one.tier for one in override_log(world.database)] == ["one_to_many"]


def test_a_crm_that_is_not_configured_any_more_decides_nothing(world: World) -> None:
    world.crms[1].put(account("b1", "acme.com"))
    world.crms[1].set_value(Kind.ACCOUNT, "b1", "tier_override", "none")
    assert sync(world, 2) == ("none", "pin")
    world.crms = world.crms[:1]
    assert sync(world, 3) == ("one_to_one", "model")


def test_a_decision_that_is_cleared_ends_before_it_is_logged(world: World) -> None:
    write_field(world, "one_to_many", days=2)
    sync(world, 2)
    write_field(world, None, days=3)
    world.pull(AS_OF + 3 * DAY)
    assert [row.source for row in world.scored(AS_OF + 3 * DAY).tiers] == ["model"]


def test_the_history_of_a_list_says_who_left_and_why(world: World) -> None:
    log_override(world.database, replace_tier("none"))
    sync(world)
    joined = [one for one in list_moves(world.database, "one_to_one", limit=9) if one.joined]
    [left] = [one for one in list_moves(world.database, "one_to_one", limit=9) if not one.joined]
    assert (left.account, left.why) == ("Account a1", "no tier: kept out by Ada: a pilot")
    assert [one.why for one in joined] == ["1:1: rank 1 of 25"]
    assert list_moves(world.database, "no_list", limit=9) == []
    assert {one.list_key for one in list_moves(world.database, limit=9)} >= {"one_to_one", "target_accounts"}


def replace_tier(tier: str) -> Decided:
    return HERE._replace(tier=tier)
