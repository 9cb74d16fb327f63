"""What a plan says is what is missing: once it is carried out, nothing is."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from core.changes import TargetList
from core.clock import millis
from core.config import SyncSettings
from core.fields import Policy
from core.managed_fields import ACCOUNT_FIELDS
from core.records import Kind
from store.quarantine import refusals
from sync.plan import change_of, moves, plan_members
from sync.planner import Planner
from sync.record_plan import plan_records
from sync.resting import Resting
from sync.wanted import Wanted
from tests.memory_crm import MemoryCrm
from tests.property.strategies import Story, stories
from tests.worlds import AS_OF, World, new_database

_SOME = settings(max_examples=12, deadline=None)
_NUMBERS = st.floats(0, 100).map(lambda number: f"{number:.1f}")
_NAMES = [field.name for field in ACCOUNT_FIELDS if field.policy is not Policy.READS]
_VALUES = st.fixed_dictionaries(
    {
        "tier": st.sampled_from(["one_to_one", "none"]),
        "fit_score": st.none() | _NUMBERS,
        "priority_rank": st.none() | st.integers(1, 9).map(str),
        "scored_at": st.sampled_from([None, "2026-01-02T00:00:00.000Z"]),
    }
)
_IDS = st.frozensets(st.sampled_from("abcdef"))


@contextmanager
def _installed(first: Story, second: Story, min_change: float) -> Iterator[World]:
    """Two CRMs in which the stories have begun."""
    crms = [MemoryCrm("memory-1"), MemoryCrm("memory-2")]
    with tempfile.TemporaryDirectory() as folder:
        wanted = SyncSettings(overlap_seconds=60, min_change=min_change)
        world = World(new_database(Path(folder)), crms, wanted)
        world.install()
        first.begin(crms[0])
        second.begin(crms[1])
        yield world
        world.database.close()


@_SOME
@given(stories(), stories(), st.sampled_from([0.0, 1.0, 20.0]), st.sets(st.sampled_from(["a0", "c0"])))
def test_a_plan_that_was_carried_out_leaves_nothing_to_do(
    first: Story, second: Story, min_change: float, refused: set[str]
) -> None:
    with _installed(first, second, min_change) as world:
        crms = world.crms
        world.sync()
        crms[0].refused = dict.fromkeys(refused, "a rule of the customer's")
        for as_of in (AS_OF, AS_OF + timedelta(days=1), AS_OF + timedelta(days=9)):
            first.go_on(crms[0])
            world.sync(as_of)
            assert world.plan(as_of).is_empty
            world.pull(as_of)
            assert world.plan(as_of).is_empty


@_SOME
@given(stories(), stories(), st.sampled_from([0.0, 1.0, 20.0]), st.integers(1, 3))
def test_how_many_accounts_are_looked_at_together_changes_nothing(
    first: Story, second: Story, min_change: float, at_once: int
) -> None:
    with _installed(first, second, min_change) as world:
        crms = world.crms
        for as_of in (AS_OF, AS_OF + timedelta(days=9)):
            world.pull(as_of)
            planner = Planner(world.database, world.connections, world.settings)
            resting = Resting(refusals(world.database), millis(as_of), min_change)
            few, all_ = (
                plan_records(planner, Wanted(world.scored(as_of)), resting, size) for size in (at_once, 1_000)
            )
            assert few == all_
            world.sync(as_of)
            first.go_on(crms[0])


@given(_VALUES, _VALUES, st.floats(0, 10))
def test_a_change_carried_out_is_no_change_any_more(
    known: Mapping[str, str | None], wanted: Mapping[str, str | None], min_change: float
) -> None:
    before, after = change_of(Kind.ACCOUNT, known, wanted)
    assert {name: known[name] for name in before} == before
    now = {**known, **after}
    assert change_of(Kind.ACCOUNT, now, wanted) == ({}, {})
    assert not moves(Kind.ACCOUNT, now, wanted, min_change, is_due=True)
    assert not moves(Kind.ACCOUNT, now, wanted, min_change, is_due=False)


@given(_VALUES, _VALUES)
def test_what_moves_for_its_size_moves_in_a_catch_up_too(
    known: Mapping[str, str | None], wanted: Mapping[str, str | None]
) -> None:
    if moves(Kind.ACCOUNT, known, wanted, 1.0, is_due=False):
        assert moves(Kind.ACCOUNT, known, wanted, 1.0, is_due=True)


@given(_IDS, _IDS, _IDS)
def test_lists_get_who_belongs_and_lose_only_whom_we_added(
    wanted: frozenset[str], present: frozenset[str], ours: frozenset[str]
) -> None:
    change = plan_members(TargetList("t", "T"), 1, "list-t", wanted=wanted, present=present, ours=ours)
    after = (present | set(change.add)) - set(change.remove)
    assert wanted <= after
    assert after - wanted == present - wanted - ours
    assert not set(change.add) & set(change.remove)
