"""Rolling a run back: before-values where nobody has changed them, and rest afterwards."""

from datetime import timedelta

import pytest

from core.config import SyncSettings
from core.errors import ConfigError
from core.records import Kind
from store.change_log import changes_of
from store.connections import inventory
from store.database import Database
from store.quarantine import entries, refusals, release
from sync.rollback import plan_rollback
from tests.memory_crm import MemoryCrm
from tests.worlds import AS_OF, GOOD_FIT, POOR_FIT, World, account, contact

DAY = timedelta(days=1)


@pytest.fixture
def world(empty_database: Database) -> World:
    """Two accounts and a person, synced once, then a second run that moves a1 out of its tier."""
    made = World(empty_database, [MemoryCrm()], SyncSettings(overlap_seconds=0, min_change=0.0))
    made.crms[0].put(
        account("a1", "acme.com", fields=GOOD_FIT),
        account("a2", "beta.com", fields=GOOD_FIT),
        contact("c1", "jo@acme.com", title="CFO"),
    )
    made.install()
    made.sync()
    made.pull()
    return made


def spoil(world: World) -> int:
    """A run that writes something nobody wanted; gives its number."""
    world.crms[0].tick()
    world.crms[0].edit(Kind.ACCOUNT, "a1", fields=POOR_FIT)
    world.sync(AS_OF + DAY)
    return world.last_run()


def test_a_rollback_restores_fields_and_members(world: World) -> None:
    before = world.state()
    run = spoil(world)
    assert world.state() != before
    found = world.rollback(run)
    assert world.state() == before
    assert found.left == ()


def test_what_was_rolled_back_is_not_written_again_until_it_is_released(world: World) -> None:
    before = world.state()
    run = spoil(world)
    spoiled = world.state()
    world.rollback(run)
    for days in (1, 2, 3):
        world.sync(AS_OF + days * DAY)
        assert world.plan(AS_OF + days * DAY).is_empty
        assert world.state() == before
    assert release(world.database) == 0, "a retry of refused writes does not end it"
    assert release(world.database, held=True) > 0
    world.sync(AS_OF + DAY)
    assert world.state() == spoiled


def test_other_wanted_values_end_the_rest(world: World) -> None:
    before = world.state()
    run = spoil(world)
    world.rollback(run)
    world.crms[0].tick()
    world.crms[0].edit(Kind.ACCOUNT, "a1", fields=GOOD_FIT)
    world.sync(AS_OF + DAY)
    assert world.plan(AS_OF + DAY).is_empty
    assert tiers(world) == {key: values["tier"] for key, values in accounts(before).items()}
    assert entries(world.database) == []


def accounts(state: list[dict[str, object]]) -> dict[str, dict[str, str]]:
    return {key: value for key, value in state[0].items() if key.startswith("account")}  # type: ignore[misc]


def tiers(world: World) -> dict[str, str]:
    return {key: values["tier"] for key, values in accounts(world.state()).items()}


def test_what_was_changed_since_is_listed_and_left_alone(world: World) -> None:
    run = spoil(world)
    world.crms[0].tick()
    world.crms[0].set_value(Kind.ACCOUNT, "a1", "tier", "one_to_few")
    found = world.rollback(run)
    assert [(one.what, one.now, one.why) for one in found.left] == [("tier", "one_to_few", "changed since")]
    assert tiers(world)["account:a1"] == "one_to_few"
    assert world.crms[0].get(Kind.ACCOUNT, "a1").managed["fit_band"] == "strong"  # type: ignore[union-attr]


def test_a_record_that_is_gone_is_left_and_never_made_again(world: World) -> None:
    run = spoil(world)
    world.crms[0].tick()
    world.crms[0].delete(Kind.ACCOUNT, "a1")
    found = world.rollback(run)
    assert {one.why for one in found.left if one.ref.remote_id == "a1"} == {"the record is gone"}
    with pytest.raises(KeyError):
        world.crms[0].get(Kind.ACCOUNT, "a1")


def test_members_that_people_put_back_or_took_off_stay_as_people_want_them(world: World) -> None:
    run = world.last_run()
    for members in world.crms[0].lists.values():
        members.discard("a2")
    found = world.rollback(run)
    assert not [one for change in found.plan.members for one in change.remove if one == "a2"]
    assert {one.why for one in found.left} == {"taken off since"}
    assert not any("a2" in members for members in world.crms[0].lists.values())


def test_a_rollback_can_be_rolled_back(world: World) -> None:
    run = spoil(world)
    spoiled = world.state()
    world.rollback(run)
    world.rollback(world.last_run())
    assert world.state() == spoiled
    world.sync(AS_OF + DAY)
    assert world.state() == spoiled
    assert entries(world.database) == []


def test_a_second_rollback_finds_nothing(world: World) -> None:
    run = spoil(world)
    world.rollback(run)
    found = plan_rollback(world.database, world.connections, run, world.progress)
    assert found.plan.is_empty
    assert found.left == ()


def test_a_write_whose_answer_was_lost_is_rolled_back_too(world: World) -> None:
    before = world.state()
    crm = world.crms[0]
    crm.loses_answer_at.add(("write accounts", crm.made["write accounts"] + 1))
    crm.tick()
    crm.edit(Kind.ACCOUNT, "a1", fields=POOR_FIT)
    with pytest.raises(Exception, match="lost"):
        world.sync(AS_OF + DAY)
    world.rollback(world.last_run())
    assert accounts(world.state()) == accounts(before)


def test_a_refused_restoration_is_a_refusal_and_no_rest(world: World) -> None:
    run = spoil(world)
    world.crms[0].refused = {"a1": "a rule of the customer's"}
    world.rollback(run)
    assert refusals(world.database)[1, "account", "a1"].code == "REFUSED"
    assert [one for one in changes_of(world.database, world.last_run()) if one.ref.remote_id == "a1"] == []


def test_a_connection_that_is_not_configured_any_more_is_named(world: World) -> None:
    run = spoil(world)
    assert inventory(world.database, 1)
    with pytest.raises(ConfigError, match=f"Run {run} wrote into a connection"):
        plan_rollback(world.database, [], run, world.progress)
