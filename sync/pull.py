"""The pull: every stream of every connection, what was read stored together with the cursor behind it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from core.changes import Page, Stream
from core.clock import millis
from core.contact_columns import shapes
from core.cursors import Cursor
from core.errors import AuthError, ConfigError, GuardStopped
from core.records import Tally
from store.landing import forget_cursor, known_fields, land, load_cursor
from sync.connected import Connected, announce, each
from sync.gathering import gathered, shown
from sync.mapping import stream_fields
from sync.missing import bury_missing, compare, known_of
from sync.pull_context import PullContext
from sync.revived import REVIVED, land_linked

_FUTURE = timedelta(days=1)


class Pulled(NamedTuple):
    """What one stream gave: records read, rows that really changed, records that could not be read."""

    connection: str
    stream: str
    read: int
    changed: int
    skipped: int


def pull(context: PullContext, connections: Sequence[Connected], *, readers: int) -> list[Pulled]:
    """Read what changed in every CRM, `readers` objects of each at once.

    Raises the first stream's error after all have stopped at the end of a page; what was stored stays. An object
    that we may not read (any more) does not keep us from the others: all of them are read before it is raised.
    Raises ConfigError before anything is read where a mapped field is not there.
    """
    announce(context.database, connections)
    context = replace(context, fields=stream_fields(connections))
    work = [(connected, stream) for connected in connections for stream in connected.connector.streams]
    threads = readers * max(len(connections), 1)
    results = each(work, lambda item: _pull_stream(context, *item), threads=threads)
    for result in results:
        if isinstance(result, AuthError):
            raise result
    return [result for result in results if isinstance(result, Pulled)]


def least_read_calls(connections: Sequence[Connected], pulled: Sequence[Pulled]) -> dict[str, int]:
    """The fewest calls that could have read what was read, by connection name."""
    return {
        connected.name: sum(
            connected.connector.capabilities.least_read_calls(one.read)
            for one in pulled
            if one.connection == connected.name
        )
        for connected in connections
    }


def _pull_stream(context: PullContext, connected: Connected, stream: Stream) -> Pulled | AuthError:
    try:
        return _read_pages(context, connected, stream)
    except AuthError as refused:
        return refused
    except GuardStopped:
        # Begun anew by the next pull, which then sees again what is missing.
        with context.writer:
            forget_cursor(context.database, connected.id, stream.name)
        context.stop.set()
        raise
    except BaseException:
        context.stop.set()
        raise


def _rows(page: Page) -> int:
    """Records that the CRM gave; the counters on a contact are the contact's own row."""
    return sum(count for shape, count in shapes(page.records).items() if shape is not Tally)


def _read_pages(context: PullContext, connected: Connected, stream: Stream) -> Pulled:
    read = changed = skipped = 0
    fields = context.fields.get((connected.id, stream.name))
    saved = _saved_cursor(context, connected, stream)
    opening = opening_cursor(
        saved if _has_all(context, connected, stream) else Cursor(),
        context.overlap,
        reread=_is_due(context, saved.full_at, stream.reread_days),
    )
    from_start = opening.since is None and opening.position is None
    unseen = known_of(context, connected, stream) if from_start else set()
    known, must_compare = len(unseen), opening.must_compare
    # A first load brings nothing back, and is too large to be asked about.
    may_revive = stream.kind in REVIVED and (known > 0 or not from_start)
    for page in gathered(_told(context, connected, stream, opening)):
        if unseen:
            unseen.difference_update(shown(stream, page))
        read, skipped = read + _rows(page), skipped + len(page.skipped)
        # What is known to be unseen is lost with this process; the window may be read to its end by another one.
        must_compare |= page.deletions_lost or known > 0
        page = replace(page, next_cursor=replace(page.next_cursor, must_compare=must_compare))  # noqa: PLW2901 the same page
        # Before the last page is stored: with its cursor the chance to see what is missing would be gone.
        if page.next_cursor.started_at is None:
            if page.is_blind:
                from_start = False
            elif from_start and not (unseen and page.deletions_lost):
                changed += bury_missing(
                    context, connected, stream, (known, unseen), is_empty=not read + skipped
                )
            elif must_compare or _compare_due(context, opening, stream):
                changed += compare(context, connected, stream)
                from_start = True
            page = replace(page, next_cursor=_noted(page.next_cursor, opening, compared=from_start))  # noqa: PLW2901 the same page
        if may_revive:
            changed += land_linked(context.database, connected, page, context.writer)
        with context.writer:
            changed += land(
                context.database, connected.id, stream.name, page, now_ms=millis(context.now), fields=fields
            )
    return Pulled(connected.name, stream.name, read, changed, skipped)


def _told(context: PullContext, connected: Connected, stream: Stream, opening: Cursor) -> Iterator[Page]:
    """The pages of a stream, until another stream fails; people are told of each."""
    task = f"{connected.name}: {stream.name}"
    for page in connected.connector.pull(stream, opening):
        yield page
        context.progress.advance(task, len(page.records), page.expected)
        if context.stop.is_set():
            return


def _has_all(context: PullContext, connected: Connected, stream: Stream) -> bool:
    """Whether the rows we have were read with every field that is mapped now; else all are read anew."""
    wanted = context.fields.get((connected.id, stream.name))
    known = known_fields(context.database, connected.id, stream.name)
    return wanted is None or (known is not None and wanted <= known)


def _is_due(context: PullContext, last: datetime | None, days: float | None) -> bool:
    """Whether something that was last done then (None: never) is to be done again."""
    return days is not None and (last is None or context.now - last > timedelta(days=days))


def _compare_due(context: PullContext, opening: Cursor, stream: Stream) -> bool:
    return context.compare or _is_due(context, opening.compared_at, stream.compare_days)


def _noted(closed: Cursor, opening: Cursor, *, compared: bool) -> Cursor:
    """The closed window with what it was good for."""
    return replace(
        closed,
        full_at=closed.since if opening.since is None else opening.full_at,
        compared_at=closed.since if compared else opening.compared_at,
        must_compare=False,
    )


def opening_cursor(saved: Cursor, overlap: timedelta, *, reread: bool = False) -> Cursor:
    """Where to read from: a window not read to its end goes on, a new one reaches back by the overlap.

    With `reread`, a new window is one of everything.
    """
    if saved.since is None or saved.position is not None:
        return saved
    if reread:
        return Cursor()
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
