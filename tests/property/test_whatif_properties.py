"""A model compared with itself changes nothing; a comparison turned round is the same one backwards."""

import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import millis
from scoring.model import Model, build_model
from sync.scored import keep
from sync.whatif import Difference, compare
from tests.memory_crm import MemoryCrm
from tests.scoring_world import default_data
from tests.worlds import AS_OF, GOOD_FIT, POOR_FIT, World, account, activity, default_model, new_database

ACCOUNTS = st.lists(
    st.fixed_dictionaries({"is_good": st.booleans(), "days": st.lists(st.integers(0, 150), max_size=3)}),
    min_size=1,
    max_size=6,
)
CONDITIONS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"tiers": ["one_to_one"]},
        {"stage": ["engaged", "mqa"]},
        {"min_priority": 35},
        {"segment": [{"field": "industry", "in": ["Software"]}]},
    ]
)


@st.composite
def models(draw: st.DrawFn) -> Model:
    data = default_data()
    data["tiers"]["one_to_one"]["cap"] = draw(st.integers(1, 3))
    data["tiers"]["min_dwell_days"] = draw(st.sampled_from([0, 28]))
    data["engagement"]["cut_days"] = draw(st.sampled_from([20, 90, 140]))
    data["lists"].append({"key": "extra", "name": "Extra", **draw(CONDITIONS)})
    return build_model(data, "drawn")


def world_of(folder: Path, accounts: list[dict[str, Any]]) -> World:
    """A store with these accounts, scored once with the default model a week ago."""
    world = World(new_database(folder), [MemoryCrm()])
    for number, facts in enumerate(accounts):
        fields = GOOD_FIT if facts["is_good"] else POOR_FIT
        world.crms[0].put(account(f"a{number}", f"acme{number}.com", fields=fields))
        for place, days in enumerate(facts["days"]):
            world.crms[0].put(activity(f"meeting:{number}-{place}", days, account_id=f"a{number}"))
    world.pull()
    week_ago = AS_OF - timedelta(days=7)
    keep(world.database, world.scored(week_ago), "the model", now_ms=millis(week_ago))
    return world


def difference(world: World, before: Model, after: Model) -> Difference:
    names: Mapping[int, str] = {connected.id: connected.name for connected in world.connections}
    return compare(world.database, (before, after), AS_OF, names)


@settings(max_examples=25, deadline=None)
@given(ACCOUNTS, models(), models())
def test_a_comparison_turned_round_is_the_same_one_backwards(
    accounts: list[dict[str, Any]], one: Model, two: Model
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = world_of(Path(folder), accounts)
        for model in (one, default_model()):
            itself = difference(world, model, model)
            assert itself.is_empty
            assert itself.spreads[0] == itself.spreads[1]
        there, back = difference(world, one, two), difference(world, two, one)
        world.database.close()
    moved = {(move.account, move.before, move.after) for move in there.moves}
    assert {(move.account, move.after, move.before) for move in back.moves} == moved
    joined = {(moves.key, moves.joins, moves.leaves) for moves in there.lists}
    assert {(moves.key, moves.leaves, moves.joins) for moves in back.lists} == joined
    assert (there.spreads[1], there.spreads[0]) == back.spreads
    assert {(c.path, str(c.after), str(c.before)) for c in back.settings} == {
        (c.path, str(c.before), str(c.after)) for c in there.settings
    }
    assert all((move.account in {*there.after.facts.names}) for move in there.moves)
