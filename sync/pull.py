"""The pull: every stream of every connection, what was read stored together with the cursor behind it."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from core.changes import Page, Stream
from core.clock import millis
from core.config import GuardSettings
from core.contact_columns import shapes
from core.cursors import Cursor
from core.errors import AuthError, ConfigError, ContractError, GuardStopped
from core.records import Tally
from store.database import Database
from store.landing import bury, forget_cursor, known_fields, known_ids, land, load_cursor
from sync.connected import Connected, announce, each
from sync.gathering import gathered, shown
from sync.mapping import StreamFields, stream_fields
from sync.progress import Progress
from sync.revived import REVIVED, land_linked

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
    """What the streams of one pull share. compare: ask every CRM for all its ids, whatever is due.

    accepted: objects (CONNECTION:OBJECT) of which a person has said that much is really gone.
    """

    database: Database
    overlap: timedelta
    now: datetime
    progress: Progress
    fields: StreamFields = field(default_factory=dict)
    compare: bool = False
    guards: GuardSettings = field(default_factory=GuardSettings)
    accepted: frozenset[str] = frozenset()
    writer: threading.Lock = field(default_factory=threading.Lock)
    stop: threading.Event = field(default_factory=threading.Event)


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
    unseen = _known(context, connected, stream) if from_start else set()
    known, deletions_lost = len(unseen), False
    # A first load brings nothing back, and is too large to be asked about.
    may_revive = stream.kind in REVIVED and (known > 0 or not from_start)
    for page in gathered(_told(context, connected, stream, opening)):
        if unseen:
            unseen.difference_update(shown(stream, page))
        read, skipped = read + _rows(page), skipped + len(page.skipped)
        deletions_lost |= page.deletions_lost
        # Before the last page is stored: with its cursor the chance to see what is missing would be gone.
        if page.next_cursor.started_at is None:
            if from_start:
                changed += _bury(context, connected, stream, (known, unseen), is_empty=not read + skipped)
            elif deletions_lost or _compare_due(context, opening, stream):
                changed += _compare(context, connected, stream)
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
    )


def _compare(context: PullContext, connected: Connected, stream: Stream) -> int:
    """Bury what the CRM no longer has among its ids; how many records that were."""
    # First ours: what lands while the CRM's ids are read must not look as if it were gone.
    unseen = _known(context, connected, stream)
    known, found = len(unseen), False
    for living in connected.connector.living(stream):
        found = found or bool(living)
        unseen.difference_update(living)
    return _bury(context, connected, stream, (known, unseen), is_empty=not found)


def _known(context: PullContext, connected: Connected, stream: Stream) -> set[str]:
    """What a read from the very beginning should show again."""
    with context.writer:
        return known_ids(context.database, connected.id, stream)


def _bury(
    context: PullContext,
    connected: Connected,
    stream: Stream,
    missing: tuple[int, set[str]],
    *,
    is_empty: bool,
) -> int:
    """What we knew and the CRM did not show is gone; `missing` is how many were known, and those not shown.

    Raises ContractError where the CRM showed nothing although there was much: that is no empty world. Raises
    GuardStopped where it showed far less than there was. A person may say that it is so.
    """
    known, unseen = missing
    name = f"{connected.name}:{stream.name}"
    if unseen and name not in context.accepted:
        _refuse_loss(context, name, (known, len(unseen)), is_empty=is_empty)
    with context.writer:
        return bury(context.database, connected.id, stream, unseen) if unseen else 0


def _refuse_loss(context: PullContext, name: str, counts: tuple[int, int], *, is_empty: bool) -> None:
    known, lost = counts
    advice = (
        "Nothing was removed. Look at the CRM and the permissions of its integration user, then pull again; "
        f"if they are really gone, run `shortlist pull --full --accept-loss {name}`."
    )
    if is_empty and known >= _MUCH:
        raise ContractError(f"{name} reads as empty, but {known} records are known. {advice}")
    share, most = 100 * lost / known, context.guards.loss_percent
    if known >= context.guards.floor and share > most:
        raise GuardStopped(
            f"{name}: a full read does not show {lost} of {known} known records any more ({share:.0f}%, allowed "
            f"are {most:.0f}%: guards.loss_percent). {advice}"
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
