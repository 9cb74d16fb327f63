"""The pull: every stream of every connection, each page stored together with the cursor behind it."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from core.changes import Stream
from core.clock import millis
from core.cursors import Cursor
from core.errors import ConfigError, ContractError
from store.database import Database
from store.landing import bury, known_ids, land, load_cursor
from sync.connected import Connected, each
from sync.progress import Progress

_FUTURE = timedelta(days=1)
_MUCH = 20


class Pulled(NamedTuple):
    """What one stream gave: records read, rows that really changed, records that could not be read."""

    connection: str
    stream: str
    read: int
    changed: int
    skipped: int


@dataclass(frozen=True, slots=True)
class PullContext:
    """What the streams of one pull share."""

    database: Database
    overlap: timedelta
    now: datetime
    progress: Progress
    writer: threading.Lock = field(default_factory=threading.Lock)
    stop: threading.Event = field(default_factory=threading.Event)


def pull(context: PullContext, connections: Sequence[Connected], *, readers: int) -> list[Pulled]:
    """Read what changed in every CRM, `readers` objects of each at once.

    Raises the first stream's error after all have stopped at the end of a page; what was stored stays.
    """
    work = [(connected, stream) for connected in connections for stream in connected.connector.streams]
    return each(work, lambda item: _pull_stream(context, *item), threads=readers * max(len(connections), 1))


def _pull_stream(context: PullContext, connected: Connected, stream: Stream) -> Pulled:
    try:
        return _read_pages(context, connected, stream)
    except BaseException:
        context.stop.set()
        raise


def _read_pages(context: PullContext, connected: Connected, stream: Stream) -> Pulled:
    read = changed = skipped = 0
    opening = opening_cursor(_saved_cursor(context, connected, stream), context.overlap)
    task = f"{connected.name}: {stream.name}"
    unseen = _known(context, connected, stream) if opening == Cursor() else set()
    much = len(unseen) >= _MUCH
    for page in connected.connector.pull(stream, opening):
        unseen.difference_update(record.remote_id for record in page.records)
        unseen.difference_update(ref.remote_id for ref, _ in page.skipped)
        read, skipped = read + len(page.records), skipped + len(page.skipped)
        # Before the last page is stored: with its cursor the chance to see what is missing would be gone.
        if page.next_cursor.position is None:
            changed += _bury(context, connected, stream, unseen, is_empty=much and not read + skipped)
            page = replace(page, next_cursor=_read_fully(opening, page.next_cursor))  # noqa: PLW2901
        with context.writer:
            changed += land(context.database, connected.id, stream.name, page, now_ms=millis(context.now))
        context.progress.advance(task, len(page.records), page.expected)
        if context.stop.is_set():
            break
    return Pulled(connected.name, stream.name, read, changed, skipped)


def _read_fully(opening: Cursor, closed: Cursor) -> Cursor:
    """The closed window, with when everything was last read from the beginning."""
    return replace(closed, full_at=closed.since if opening.since is None else opening.full_at)


def _known(context: PullContext, connected: Connected, stream: Stream) -> set[str]:
    """What a read from the very beginning should show again."""
    with context.writer:
        return known_ids(context.database, connected.id, stream)


def _bury(
    context: PullContext, connected: Connected, stream: Stream, unseen: set[str], *, is_empty: bool
) -> int:
    """What we knew and the CRM did not show is gone.

    Raises ContractError where the CRM showed nothing although there was much: that is no empty world.
    """
    if is_empty:
        raise ContractError(
            f"{connected.name}: {stream.name} reads as empty, but {len(unseen)} records are known. Nothing "
            "was removed. Look at the CRM and the permissions of its integration user, then pull again."
        )
    with context.writer:
        return bury(context.database, connected.id, stream, unseen) if unseen else 0


def opening_cursor(saved: Cursor, overlap: timedelta) -> Cursor:
    """Where to read from: a window not read to its end goes on, a new one reaches back by the overlap."""
    if saved.since is None or saved.position is not None:
        return saved
    return replace(saved, since=saved.since - overlap, started_at=None)


def _saved_cursor(context: PullContext, connected: Connected, stream: Stream) -> Cursor:
    advice = (
        f"{connected.name}: the cursor of {stream.name} is broken ({{}}). Nothing was read. "
        f"Run `shortlist pull --full` to read everything again."
    )
    try:
        cursor = load_cursor(context.database, connected.id, stream.name)
    except ValueError as error:
        raise ConfigError(advice.format(error)) from error
    if cursor.since is not None and cursor.since > context.now + _FUTURE:
        raise ConfigError(advice.format(f"it lies in the future, {cursor.since:%Y-%m-%d %H:%M} UTC"))
    return cursor
