"""What another model would change, on a small world in two CRMs."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from core.config import GuardSettings
from scoring.model import Model, build_model
from sync.install import install
from sync.planner import Planner
from sync.wanted import lists_of
from sync.whatif import Difference, compare, costs, stops_publishing
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

GOOD, POOR = 4, 2


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Four good and two poor accounts in two CRMs, synced with the default model: the good ones are 1:1."""
    made = World(new_database(tmp_path), [MemoryCrm("one"), MemoryCrm("two")])
    for crm in made.crms:
        for number in range(GOOD + POOR):
            fields = {**(GOOD_FIT if number < GOOD else POOR_FIT), "custom.owner_email": f"Jo{number}@us.com"}
            crm.put(account(f"a{number}", f"acme{number}.com", fields=fields, owner_id=f"owner{number}"))
        crm.put(contact("c0", "jo@acme0.com", account_id="a0", title="CEO"))
        crm.put(activity("meeting:1", account_id="a0", contact_ids=("c0",)))
    made.install()
    made.sync()
    made.pull()
    return made


def changed(change: Callable[[dict[str, Any]], object]) -> Model:
    data = deepcopy(default_data())
    change(data)
    return build_model(data, "changed")


def difference(world: World, before: Model, after: Model) -> Difference:
    names = {connected.id: connected.name for connected in world.connections}
    return compare(world.database, (before, after), AS_OF, names)


def strict(data: dict[str, Any]) -> None:
    """One seat for 1:1, and nobody stays by dwell."""
    data["tiers"]["one_to_one"]["cap"] = 1
    data["tiers"]["min_dwell_days"] = 0
    data["tiers"]["slack"] = 0


def test_a_model_differs_in_nothing_from_itself(world: World) -> None:
    found = difference(world, default_model(), default_model())
    assert found.is_empty
    assert found.spreads[0] == found.spreads[1]
    before, after = costs(Planner(world.database, world.connections, world.settings), found)
    assert before == after
    assert [(cost.records, cost.members, cost.least_calls) for cost in after] == [(0, 0, 0)] * 2


def test_fewer_seats_move_accounts_and_members_and_cost_exactly_what_a_push_then_writes(world: World) -> None:
    model = changed(strict)
    found = difference(world, default_model(), model)
    assert {(move.account, move.before, move.after) for move in found.moves} == {
        (f"acme{number}.com", "one_to_one", "one_to_few") for number in (1, 2, 3)
    }
    assert all("short of 1:1" in move.reason for move in found.moves)
    assert [(moves.key, moves.joins, moves.leaves) for moves in found.lists] == [
        ("one_to_one", (), ("acme1.com", "acme2.com", "acme3.com"))
    ]
    assert {change.path for change in found.settings} == {
        "tiers.one_to_one.cap",
        "tiers.min_dwell_days",
        "tiers.slack",
    }
    old, new = found.spreads
    assert (old.tiers["one_to_one"], new.tiers["one_to_one"], new.tiers["one_to_few"]) == (4, 1, 3)
    assert old.priority == new.priority
    assert sum(new.priority.values()) == sum(new.fit_bands.values()) == GOOD + POOR
    reads = [crm.made["read members"] for crm in world.crms]
    _, after = costs(Planner(world.database, world.connections, world.settings), found)
    assert [crm.made["read members"] - before for crm, before in zip(world.crms, reads, strict=True)] == [
        2,
        2,
    ]
    for cost in after:
        assert (cost.records, cost.members, cost.fields["account.tier"]) == (3, 3, 3)
        # Two records a call: 3 accounts and 3 memberships.
        assert cost.least_calls == 4


def test_nothing_is_stored_or_written(world: World) -> None:
    state, before = world.state(), world.scored().tiers
    writes = [crm.writes_made() for crm in world.crms]
    found = difference(world, default_model(), changed(strict))
    costs(Planner(world.database, world.connections, world.settings), found)
    assert (world.state(), world.scored().tiers) == (state, before)
    assert [crm.writes_made() for crm in world.crms] == writes


def test_a_longer_memory_is_compared_on_facts_that_reach_far_enough(world: World) -> None:
    for crm in world.crms:
        crm.put(activity("meeting:2", 130, account_id="a1", contact_ids=("c0",)))
    world.pull()
    longer = changed(lambda data: data["engagement"].update(cut_days=200))
    for models in ((default_model(), longer), (longer, default_model())):
        found = difference(world, *models)
        alone = [world_scores(world, model) for model in models]
        assert [found.before.scores.priority.tolist(), found.after.scores.priority.tolist()] == alone
        assert alone[0] != alone[1]


def world_scores(world: World, model: Model) -> list[float]:
    priorities: list[float] = difference(world, model, model).before.scores.priority.tolist()
    return priorities


def test_lists_with_conditions_reach_members_and_the_lists_field(world: World) -> None:
    entry = {"key": "two_owners", "name": "Two owners", "owner": ["OWNER1", "jo5@us.com"], "min_priority": 1}
    model = changed(lambda data: data["lists"].append(entry))
    found = difference(world, default_model(), model)
    assert found.moves == []
    assert [moves[:3] for moves in found.lists] == [("two_owners", "Two owners", ("acme1.com", "acme5.com"))]
    back = difference(world, model, default_model())
    assert [moves.leaves for moves in back.lists] == [("acme1.com", "acme5.com")]
    before, after = costs(Planner(world.database, world.connections, world.settings), found)
    assert [cost.records for cost in before] == [0, 0]
    assert [(dict(cost.fields)["account.lists"], cost.members) for cost in after] == [(2, 0), (2, 0)]
    for connected in world.connections:
        install(world.database, connected, lists_of(model))
    _, after = costs(Planner(world.database, world.connections, world.settings), found)
    assert [cost.members for cost in after] == [2, 2]


def test_the_id_stands_for_what_moves(world: World) -> None:
    model, wider = changed(strict), changed(lambda data: data["tiers"]["one_to_few"].update(cap=151))
    one = difference(world, default_model(), model)
    assert one.id == difference(world, default_model(), model).id
    assert (
        len({one.id, difference(world, default_model(), wider).id, difference(world, model, wider).id}) == 3
    )


@pytest.mark.parametrize(
    ("limits", "is_stopped"),
    [
        (GuardSettings(floor=6, tier_moves_percent=49), True),
        (GuardSettings(floor=6, tier_moves_percent=50), False),
        (GuardSettings(floor=7, tier_moves_percent=0), False),
    ],
)
def test_a_model_that_moves_too_much_is_stopped(
    world: World, limits: GuardSettings, *, is_stopped: bool
) -> None:
    found = difference(world, default_model(), changed(strict))
    reason = stops_publishing(found, limits)
    assert bool(reason) is is_stopped
    assert ("3 of 6 accounts" in reason) is is_stopped
    assert not stops_publishing(difference(world, default_model(), default_model()), limits)
