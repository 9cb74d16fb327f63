"""A sync can be killed anywhere and run again: the CRMs end as if nothing had happened."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.config import SyncSettings
from core.errors import TransientError
from core.records import Kind
from sync.progress import Progress, Quiet
from tests.memory_crm import ACTIVITIES, MemoryCrm
from tests.property.strategies import Story, stories
from tests.worlds import GOOD_FIT, World, account, contact, new_database

_SOME = settings(max_examples=10, deadline=None)
_EVERY_MOVE = SyncSettings(overlap_seconds=0, min_change=0.0)
"""Every difference is worth a write, so that a state does not depend on what stood there before.

Without an overlap, nothing but the cursors themselves keeps a row from being lost.
"""
_OPERATIONS = (
    "read accounts",
    f"read {ACTIVITIES}",
    "read members",
    "write accounts",
    "write contacts",
    "write members",
)
_PEOPLE = [contact(f"c{number}", "jo@acme.com", title="VP Marketing") for number in range(4)]
_BUSY = (
    Story([*(account(f"a{n}", f"company{n}.com", fields=GOOD_FIT) for n in range(5)), *_PEOPLE], []),
    Story([account("a0", "acme.com", fields=GOOD_FIT), *_PEOPLE], [(Kind.ACCOUNT, "a0", "poor")]),
)
"""More records than fit on a page or into a batch, in every step."""


class Killed(BaseException):
    """The process is gone."""


@dataclass
class KilledAt:
    """Progress that kills the process when it is reported for the n-th time, so behind a commit."""

    number: int
    seen: int = 0
    lock: Lock = field(default_factory=Lock)

    def advance(self, task: str, count: int, total: int | None = None) -> None:
        with self.lock:
            self.seen += 1
            if self.seen == self.number:
                raise Killed(f"{task}: {count} of {total}")


@contextmanager
def world_of(pair: Sequence[Story], *, page_size: int = 3, install: bool = True) -> Iterator[World]:
    """A new world with the stories begun, one in each CRM."""
    crms = [MemoryCrm(f"memory-{number}", page_size) for number in range(len(pair))]
    for crm, story in zip(crms, pair, strict=True):
        story.begin(crm)
    with tempfile.TemporaryDirectory() as folder:
        world = World(new_database(Path(folder)), crms, _EVERY_MOVE)
        if install:
            world.install()
        try:
            yield world
        finally:
            world.database.close()


def undisturbed(pair: Sequence[Story]) -> list[dict[str, object]]:
    """What the CRMs say after a sync, the edits, and another sync."""
    with world_of(pair) as world:
        play(world, pair)
        return world.state()


def play(
    world: World, pair: Sequence[Story], *, sync_again: int = 0, progress: Progress | None = None
) -> None:
    """Sync, edit, sync. What is killed or fails is begun again, up to `sync_again` times."""
    left = sync_again
    for go_on in (False, True):
        if go_on:
            for crm, story in zip(world.crms, pair, strict=True):
                story.go_on(crm)
        world.progress = progress or Quiet()
        while True:
            try:
                world.sync()
                break
            except (Killed, TransientError):
                if not left:
                    raise
                left -= 1


pairs = st.tuples(stories(), stories())


@_SOME
@given(pairs)
def test_a_second_sync_writes_nothing(pair: tuple[Story, Story]) -> None:
    with world_of(pair) as world:
        play(world, pair)
        before = [crm.writes_made() for crm in world.crms]
        world.sync()
        assert [crm.writes_made() for crm in world.crms] == before


@_SOME
@given(pairs, st.integers(1, 7))
def test_the_size_of_pages_changes_nothing(pair: tuple[Story, Story], page_size: int) -> None:
    with world_of(pair, page_size=page_size) as world:
        play(world, pair)
        assert world.state() == undisturbed(pair)


@settings(max_examples=20, deadline=None)
@given(
    pairs, st.sampled_from(_OPERATIONS), st.integers(1, 3), st.sampled_from(["fails_at", "loses_answer_at"])
)
@example(_BUSY, "write members", 1, "fails_at")
@example(_BUSY, "write members", 1, "loses_answer_at")
@example(_BUSY, "write accounts", 2, "loses_answer_at")
@example(_BUSY, "read accounts", 2, "fails_at")
def test_a_call_that_fails_changes_nothing(
    pair: tuple[Story, Story], operation: str, number: int, fault: str
) -> None:
    with world_of(pair) as world:
        crm = world.crms[0]
        getattr(crm, fault).add((operation, crm.made[operation] + number))
        play(world, pair, sync_again=1)
        assert world.state() == undisturbed(pair)


@settings(max_examples=20, deadline=None)
@given(pairs, st.integers(1, 60))
@example(_BUSY, 1)
@example(_BUSY, 2)
def test_a_process_killed_behind_any_commit_changes_nothing(pair: tuple[Story, Story], number: int) -> None:
    with world_of(pair) as world:
        play(world, pair, sync_again=1, progress=KilledAt(number))
        assert world.state() == undisturbed(pair)


@_SOME
@given(pairs, st.data())
def test_reading_everything_again_changes_nothing(pair: tuple[Story, Story], data: st.DataObject) -> None:
    """Cursors are lost now and then; what comes twice must count once."""
    with world_of(pair) as world:
        play(world, pair)
        before = world.state()
        with world.database.write() as writer:
            for stream in data.draw(st.sets(st.sampled_from(["accounts", "contacts", ACTIVITIES]))):
                writer.exec_driver_sql("DELETE FROM stream_cursor WHERE stream = ?", (stream,))
        world.sync()
        assert world.state() == before


@_SOME
@given(pairs)
@example((Story([account("a0", "acme.com")], []), Story([contact("c0", "jo@acme.com")], [])))
def test_nothing_is_written_before_install(pair: tuple[Story, Story]) -> None:
    with world_of(pair, install=False) as world:
        world.sync()
        assert world.plan().is_empty
        assert [crm.writes_made() for crm in world.crms] == [0, 0]
