"""Reading hinted records again, in full batches of one object, and landing what they say."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.changes import Page, Skipped
from core.cursors import Cursor
from core.errors import ContractError, RecordRejected
from core.hints import HintEvent
from core.records import Kind, RecordRef, Tombstone
from store.database import Database
from store.inbox import Taken
from store.news import land_news, quarantine
from sync.connected import IN_FLIGHT, Connected, each
from sync.revived import linked_again

_SURE = 50
"""So many that were set aside with the same words, and none that was read, point to a cause that is not in them."""


@dataclass(slots=True)
class ReadAgain:
    """Records that were read, those that said something new, and those that could not be read."""

    read: int = 0
    changed: int = 0
    unreadable: set[RecordRef] = field(default_factory=set)
    alike: dict[tuple[str, str], int] = field(default_factory=dict)
    """How many of an object were set aside with the same words since one of it was read last."""


@dataclass(frozen=True, slots=True)
class _Reading:
    database: Database
    connected: Connected
    found: ReadAgain
    writer: threading.Lock
    now_ms: int
    restored: frozenset[str]
    """Ids of records that came back from the recycle bin, as the hints say; they may never have landed."""


def read_again(
    database: Database,
    connected: Connected,
    taken: Sequence[Taken],
    found: ReadAgain,
    *,
    writer: threading.Lock,
    now_ms: int,
) -> None:
    """Read the records of hints and land them; `found` counts what came of it, also if this raises.

    What was erased for privacy is not asked for: the CRM knows nothing of it any more, and it must go.
    """
    restored = frozenset(one.ref.remote_id for one in taken if one.event is HintEvent.RESTORED)
    reading = _Reading(database, connected, found, writer, now_ms, restored)
    erased = [one.ref for one in taken if one.event is HintEvent.ERASED]
    if erased:
        graves = [Tombstone(ref, is_erased=True) for ref in erased]
        _land(reading, Page([], Cursor(), graves))
    size = connected.connector.capabilities.fetch_batch
    batches = [batch for refs in by_object(taken).values() for batch in _slices(refs, size)]
    each(batches, lambda refs: _read(reading, refs), threads=IN_FLIGHT)


def by_object(taken: Iterable[Taken]) -> Mapping[tuple[Kind, str], list[RecordRef]]:
    """The records to ask for, by kind and the object that their ids name."""
    found: dict[tuple[Kind, str], list[RecordRef]] = {}
    for one in taken:
        if one.event is not HintEvent.ERASED:
            name, _, _ = one.ref.remote_id.rpartition(":")
            found.setdefault((one.ref.kind, name), []).append(one.ref)
    return found


def _slices(refs: Sequence[RecordRef], size: int) -> Iterator[Sequence[RecordRef]]:
    for start in range(0, len(refs), size):
        yield refs[start : start + size]


def _read(reading: _Reading, refs: Sequence[RecordRef]) -> None:
    """A batch that the CRM answers oddly is halved, until the one record is found that is to blame."""
    if _is_hopeless(reading, refs):
        return
    try:
        read = reading.connected.connector.fetch(refs)
        pages = [replace(page, older=reading.restored) for page in read]
        linked = [
            again for page in pages for again in linked_again(reading.database, reading.connected, page)
        ]
    except (ContractError, RecordRejected) as error:
        if len(refs) == 1:
            _set_aside(reading, refs[0], str(error))
            return
        half = len(refs) // 2
        _read(reading, refs[:half])
        _read(reading, refs[half:])
        return
    with reading.writer:
        alike = reading.found.alike
        reading.found.alike = {key: count for key, count in alike.items() if key[0] != _object(refs)}
    for page in (*linked, *pages):
        _land(reading, page)


def _land(reading: _Reading, page: Page) -> None:
    with reading.writer:
        changed = land_news(reading.database, reading.connected.id, page, now_ms=reading.now_ms)
        reading.found.read += len(page.records)
        reading.found.changed += changed
        reading.found.unreadable.update(ref for ref, _ in page.skipped)


def _set_aside(reading: _Reading, ref: RecordRef, reason: str) -> None:
    key = (_object([ref]), reason)
    with reading.writer:
        reading.found.alike[key] = reading.found.alike.get(key, 0) + 1
        skipped = [Skipped(ref, reason[:300])]
        quarantine(reading.database, reading.connected.id, skipped, now_ms=reading.now_ms)
        reading.found.unreadable.add(ref)


def _is_hopeless(reading: _Reading, refs: Sequence[RecordRef]) -> bool:
    """Whether so many of the same object were refused alike that it is not the records: no more are asked for now."""
    with reading.writer:
        counts = [count for key, count in reading.found.alike.items() if key[0] == _object(refs)]
        if max(counts, default=0) <= _SURE:
            return False
        reading.found.unreadable.update(refs)
        return True


def _object(refs: Sequence[RecordRef]) -> str:
    """The object that records of one batch are of."""
    return refs[0].remote_id.rpartition(":")[0] or refs[0].kind
