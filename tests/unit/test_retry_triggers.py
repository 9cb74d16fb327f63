"""A refused write is tried again at once when what the refusal rests on has changed, and else rests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.records import Kind
from store.connections import note_mapping
from store.landing import forget_cursors
from tests.memory_crm import MemoryCrm
from tests.worlds import GOOD_FIT, POOR_FIT, World, account, new_database

REFUSED = 3
"""The record and its places on two lists."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """One account of two is refused."""
    made = World(new_database(tmp_path), [MemoryCrm()])
    made.crms[0].put(account("a1", "acme.com", fields=GOOD_FIT), account("a2", "beta.com", fields=POOR_FIT))
    made.install()
    made.crms[0].refused["a1"] = "not in this stage"
    note_mapping(made.database, 1, "as it was")
    assert [pushed.rejected for pushed in made.sync()] == [REFUSED]
    yield made
    made.database.close()


def the_row(world: World) -> None:
    world.crms[0].tick()
    world.crms[0].edit(Kind.ACCOUNT, "a1", name="Acme Ltd")


def the_mapping(world: World) -> None:
    note_mapping(world.database, 1, "another one")


def the_schema(world: World) -> None:
    """A field of ours is gone; the record itself has the stamp that it had."""
    world.crms[0]._fields.discard((Kind.ACCOUNT, "why"))
    forget_cursors(world.database)


@pytest.mark.parametrize("change", [the_row, the_mapping, the_schema])
def test_a_refused_write_is_tried_again_when_this_changed(
    world: World, change: Callable[[World], None]
) -> None:
    change(world)
    assert [pushed.rejected for pushed in world.sync()] == [REFUSED], "it was tried, and refused again"


def test_a_refused_write_rests_while_nothing_changed(world: World) -> None:
    calls = world.crms[0].writes_made()
    assert [pushed.rejected for pushed in world.sync()] == [0]
    assert world.crms[0].writes_made() == calls
    assert world.plan().quarantined == REFUSED
