"""What CRMs told, on its way into the inbox: one row for each record, however often it is told of."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection

from core.hints import ChangeHint, HintEvent, weightier
from core.records import Kind
from store.database import Database
from store.postgres import stage
from store.sql import Row, to_json, upsert
from store.tables import JournalCursor

LONGEST_ID = 64
"""Characters of a remote id; no CRM has longer ones."""
NOT_READ, ODD_ID = "about an object that is not read", "unreadable"
"""Reasons to drop a hint."""
_MANY = 100
"""Rows from which PostgreSQL takes a COPY faster than one statement a row."""

_COLUMNS = (
    "connection_id", "kind", "event", "first_heard_at", "last_heard_at", "times", "attempts", "due_at", "remote_id",
)  # fmt: skip
_INSERT = f"""
INSERT INTO hint ({", ".join(_COLUMNS)}) {{rows}}
ON CONFLICT (connection_id, kind, remote_id) DO UPDATE SET
  event = CASE WHEN hint.event = '{HintEvent.ERASED}'
                 OR hint.event = '{HintEvent.RESTORED}' AND excluded.event <> '{HintEvent.ERASED}'
          THEN hint.event ELSE excluded.event END,
  last_heard_at = CASE WHEN excluded.last_heard_at > hint.last_heard_at
                  THEN excluded.last_heard_at ELSE hint.last_heard_at END,
  times = hint.times + excluded.times"""
_SAME = f"SELECT {'?, ' * (len(_COLUMNS) - 1)} value FROM json_each(?) WHERE true"  # noqa: S608 our own names
_DROP = """
INSERT INTO dropped_hint (connection_id, reason, events, last_at) VALUES (?, ?, ?, ?)
ON CONFLICT (connection_id, reason) DO UPDATE SET
  events = dropped_hint.events + excluded.events, last_at = excluded.last_at"""


class Told(NamedTuple):
    """How often a record was told of, and the last event."""

    event: HintEvent
    times: int


_ByRecord = dict[tuple[Kind, str], Told]
_ONCE = {event: Told(event, 1) for event in HintEvent}


@dataclass(frozen=True, slots=True)
class Heard:
    """What one delivery told, by record (a plain RecordRef), and how many events of it were left out, by reason."""

    connection_id: int
    at_ms: int
    told: Mapping[tuple[Kind, str], Told]
    dropped: Mapping[str, int]


def heard(connection_id: int, hints: Sequence[ChangeHint], left_out: Mapping[str, int], at_ms: int) -> Heard:
    """What the inbox keeps of hints: those about records that are read."""
    dropped = Counter(left_out)
    told = _told_once(hints)
    if told is None:
        told = _told(hints, dropped)
    return Heard(connection_id, at_ms, told, dropped)


def _told_once(hints: Sequence[ChangeHint]) -> _ByRecord | None:
    """Column by column, where each hint is about another record that is read, as most are; None for others."""
    if not hints:
        return {}
    _, events, _, ids, kinds, _ = zip(*hints, strict=True)
    if None in kinds or max(map(len, ids)) > LONGEST_ID:
        return None
    told = dict(zip(zip(kinds, ids, strict=True), map(_ONCE.__getitem__, events), strict=True))
    return told if len(told) == len(hints) else None


def _told(hints: Iterable[ChangeHint], dropped: Counter[str]) -> _ByRecord:
    told: _ByRecord = {}
    for _, event, _, remote_id, kind, _ in hints:
        if kind is None:
            dropped[NOT_READ] += 1
        elif len(remote_id) > LONGEST_ID:
            dropped[ODD_ID] += 1
        elif (ref := (kind, remote_id)) in told:
            told[ref] = _joined(told[ref], event, 1)
        else:
            told[ref] = _ONCE[event]
    return told


def _joined(before: Told, event: HintEvent, times: int) -> Told:
    return Told(weightier(before.event, event), before.times + times)


def keep(database: Database, many: Sequence[Heard]) -> None:
    """Store what was told, in one transaction."""
    with database.count() as writer:
        _keep(writer, many)


_Record = tuple[int, Kind, str]
"""A connection's number, and what a RecordRef holds."""
_News = tuple[HintEvent, int, int, int]
"""What a batch tells of a record: the event, since when, until when, how often."""


def _keep(writer: Connection, many: Sequence[Heard]) -> None:
    if writer.dialect.name == "sqlite":
        _insert_alike(writer, many)
    else:
        _insert_each(writer, _news(many))
    dropped: dict[tuple[int, str], tuple[int, int]] = {}
    for one in many:
        for reason, events in one.dropped.items():
            count, last = dropped.get((one.connection_id, reason), (0, 0))
            dropped[one.connection_id, reason] = (count + events, max(last, one.at_ms))
    if dropped:
        writer.exec_driver_sql(_DROP, [(*key, *value) for key, value in sorted(dropped.items())])


def _news(many: Iterable[Heard]) -> dict[_Record, _News]:
    """What several deliveries tell, once for each record."""
    rows: dict[_Record, _News] = {}
    for one in many:
        number, at = one.connection_id, one.at_ms
        for (kind, remote_id), (event, times) in one.told.items():
            known = rows.get(key := (number, kind, remote_id))
            rows[key] = (event, at, at, times) if known is None else _added(known, event, at, times)
    return rows


def _added(known: _News, event: HintEvent, at: int, times: int) -> _News:
    """One more delivery told of a record whose row is not stored yet."""
    before, first, last, count = known
    return weightier(before, event), min(first, at), max(last, at), count + times


def _insert_each(writer: Connection, rows: Mapping[_Record, _News]) -> None:
    # In one order everywhere, so that two processes never wait for each other's rows.
    whole = [(*_values(number, kind, rows[number, kind, id_]), id_) for number, kind, id_ in sorted(rows)]
    if len(whole) >= _MANY:
        staged = stage(writer, "hint", _COLUMNS, whole)
        names = ", ".join(_COLUMNS)
        source = f'SELECT {names} FROM "{staged}" ORDER BY connection_id, kind, remote_id'  # noqa: S608 our own names
        writer.exec_driver_sql(_INSERT.format(rows=source))
    elif whole:
        writer.exec_driver_sql(_INSERT.format(rows=f"VALUES ({', '.join('?' * len(_COLUMNS))})"), whole)


def _insert_alike(writer: Connection, many: Sequence[Heard]) -> None:
    """One statement for all records of which the same is told, which mostly is one for all deliveries.

    A statement for each record takes twice the CPU time and lets go of Python's lock as often: a writer that has
    to win it back from busy requests for every record cannot keep up with them. SQLite joins what is told twice;
    what is stored together counts as heard from the first of it until the last, mostly within milliseconds.
    """
    instants = [one.at_ms for one in many]
    alike: dict[tuple[int, Kind, Told], list[str]] = {}
    for one in many:
        number = one.connection_id
        for (kind, remote_id), told in one.told.items():
            alike.setdefault((number, kind, told), []).append(remote_id)
    for (number, kind, (event, times)), ids in alike.items():
        values = _values(number, kind, (event, min(instants), max(instants), times))
        writer.exec_driver_sql(_INSERT.format(rows=_SAME), (*values, to_json(ids)))


def _values(number: int, kind: Kind, news: _News) -> Row:
    """What stands in a row before the record's id."""
    event, first, last, times = news
    return (number, kind.value, event.value, first, last, times, 0, first)


def keep_page(database: Database, told: Heard, offset: str) -> None:
    """Store what a part of a journal told, together with the place behind it."""
    with database.count() as writer:
        _keep(writer, [told])
        upsert(writer, JournalCursor, [(told.connection_id, offset)])


def journal_offset(database: Database, connection_id: int) -> str | None:
    """Where the reading of a journal stands; None at its beginning."""
    with database.read() as reader:
        value = reader.exec_driver_sql(
            "SELECT value FROM journal_cursor WHERE connection_id = ?", (connection_id,)
        ).scalar()
    return None if value is None else str(value)
