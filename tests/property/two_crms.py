"""The invariants I1 to I8 of a sync over both emulated CRMs, checked against what the CRMs themselves hold."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson

from core.changes import Stream
from core.cursors import Cursor
from core.records import Kind, Record
from store.landed_rows import AS_ROW
from store.landing import known_ids
from store.quarantine import entries
from store.runs import list_runs
from sync.connected import Connected
from sync.engine import Engine
from sync.report import Report
from sync.runs import make_report
from sync.survivors import survivor_of
from tests.e2e.crms import SECRETS
from tests.property.crm_people import People

_MIRRORED = (Kind.ACCOUNT, Kind.CONTACT, Kind.DEAL, Kind.ACTIVITY)
_TABLES = {
    Kind.ACCOUNT: "crm_account",
    Kind.CONTACT: "crm_contact",
    Kind.DEAL: "crm_deal",
    Kind.ACTIVITY: "crm_activity",
}
_STAMP, _IS_GONE = 2, 3
_WRITES = ("write", "change", "provision")


def check_mirror(engine: Engine, *, are_compared: bool = True) -> bool:
    """I1 and I6: what is stored is what a full read shows; nothing is missing, nothing is left over.

    Where the CRM's ids were not compared meanwhile, what leaves no trace when it is deleted may still be there; the
    answer is whether it is.
    """
    is_left = False
    for connected in engine.connections:
        for stream in connected.connector.streams:
            if stream.kind in _MIRRORED:
                ends = _ends(engine, connected)
                truth, mirror = _truth(connected, stream, ends), _mirror(engine, connected, stream, ends)
                wrong = {key: (mirror.get(key), row) for key, row in truth.items() if mirror.get(key) != row}
                assert not wrong, (connected.name, stream.name, wrong)
                left = {key: row for key, row in mirror.items() if key not in truth}
                may_be = stream.compare_days is not None and not are_compared
                assert not left or may_be, (connected.name, stream.name, left)
                is_left = is_left or bool(left)
    return is_left


Ends = dict[Kind, dict[str, str]]
"""The living record that an account's or a contact's id means; none for what is gone."""


def _ends(engine: Engine, connected: Connected) -> Ends:
    return {kind: _ends_of(engine, connected, kind) for kind in (Kind.ACCOUNT, Kind.CONTACT)}


def _ends_of(engine: Engine, connected: Connected, kind: Kind) -> dict[str, str]:
    with engine.database.read() as reader:
        rows = reader.exec_driver_sql(
            f"SELECT remote_id, is_gone, survivor_id FROM {_TABLES[kind]} WHERE connection_id = ?",  # noqa: S608 ours
            (connected.id,),
        ).all()
    survivors = {(connected.id, row[0]): row[2] for row in rows if row[1] and row[2]}
    living = {row[0] for row in rows if not row[1]}
    ends = {row[0]: survivor_of((connected.id, row[0]), survivors)[1] for row in rows}
    return {one: end for one, end in ends.items() if end in living}


def _truth(connected: Connected, stream: Stream, ends: Ends) -> dict[str, tuple[Any, ...]]:
    rows = (AS_ROW[stream.kind](connected.id, record) for record in _read(connected, stream))
    return {row[1]: _compared(stream.kind, row, ends) for row in rows if not row[_IS_GONE]}


def _read(connected: Connected, stream: Stream) -> Iterator[Record]:
    for page in connected.connector.pull(stream, Cursor()):
        yield from (record for record in page.records if Kind(stream.kind) in _kinds_of(record))


def _kinds_of(record: Record) -> tuple[Kind, ...]:
    return (Kind[type(record).__name__.upper()],) if type(record).__name__.upper() in Kind.__members__ else ()


def _mirror(engine: Engine, connected: Connected, stream: Stream, ends: Ends) -> dict[str, tuple[Any, ...]]:
    known = known_ids(engine.database, connected.id, stream)
    with engine.database.read() as reader:
        rows = reader.exec_driver_sql(
            f"SELECT * FROM {_TABLES[stream.kind]} WHERE connection_id = ? AND NOT is_gone",  # noqa: S608 ours
            (connected.id,),
        )
        return {row[1]: _compared(stream.kind, tuple(row), ends) for row in rows if row[1] in known}


def _compared(kind: Kind, row: tuple[Any, ...], ends: Ends) -> tuple[Any, ...]:
    """Without its stamp, which a write of ours moves, and with accounts and contacts as what they mean now.

    A record that pointed to one that was merged or deleted need not be read again for that.
    """
    rest = list(row[_STAMP + 2 :])
    if kind is not Kind.ACCOUNT:
        rest[0] = ends[Kind.ACCOUNT].get(rest[0])
    if kind is Kind.ACTIVITY:
        people = orjson.loads(rest[1])
        rest[1] = sorted({ends[Kind.CONTACT][one] for one in people if one in ends[Kind.CONTACT]})
    return (*row[:_STAMP], *rest)


def check_quiet(engine: Engine, idle: Report) -> None:
    """I2 and I5: nothing is left to write, or it rests with a reason; an idle sync writes nothing."""
    counts = idle.counts()
    assert counts["planned"] == counts["records_written"] == counts["members_changed"] == 0, counts
    written = [
        operation
        for operations in idle.calls.values()
        for operation in operations
        if operation.split()[0] in _WRITES
    ]
    assert not written
    plan = make_report(engine, engine.clock()).plan
    assert plan is not None
    assert plan.is_empty
    assert all(entry.reason for entry in entries(engine.database))


def check_nothing_twice(people: People) -> None:
    """I4: no record, list or member was made twice."""
    lists = people.lists()
    assert len(lists) == len({*lists})
    for one in lists:
        twice = [account for account, count in Counter(people.members(one)).items() if count > 1]
        assert not twice, (people.crm, one, twice)


def check_told(engine: Engine) -> None:
    """I7 and I8: every run has ended, with a cause where it failed, and no word of it is a secret or a person."""
    for run in list_runs(engine.database, limit=1000):
        assert run.state != "running", run
        assert run.state not in ("failed", "stopped") or run.error, run
        _check_words(run.error or "")
    for entry in entries(engine.database):
        _check_words(entry.reason)


def _check_words(text: str) -> None:
    assert "@" not in text, text
    assert not any(secret in text for secret in (SECRETS["CLIENT_SECRET"], SECRETS["TOKEN"])), text
