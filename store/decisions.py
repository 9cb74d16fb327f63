"""What people decided about matches: a log that is only ever added to, and the cases that wait for them."""

from collections.abc import Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import Connection

from core.records import Kind
from store.database import Database
from store.matching import RecordKey
from store.sql import Row, delete_rows, next_number, to_json, upsert
from store.tables import MatchCase, MatchDecision
from store.touched import LINKS_STALE, mark


class Decision(NamedTuple):
    """A row of the log; decided_at in milliseconds since 1970, verdict as in store.tables.MatchDecision.

    kind is that of the record: an account, or a contact whose account is decided.
    """

    id: int
    decided_at: int
    author: str
    reason: str
    verdict: str
    record: RecordKey
    others: tuple[RecordKey, ...]
    kind: str = Kind.ACCOUNT


class Case(NamedTuple):
    """Two records of different accounts that may be one: by which rule, how sure (0 to 1), and why."""

    id: str
    first: RecordKey
    second: RecordKey
    rule: str
    confidence: float
    reasons: tuple[str, ...]


def decisions(database: Database) -> list[Decision]:
    """The whole log, oldest first."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT id, decided_at, author, reason, verdict, connection_id, remote_id, others, kind "
            "FROM match_decision ORDER BY id"
        )
        return [
            Decision(row[0], row[1], row[2], row[3], row[4], (row[5], row[6]), _records(row[7]), row[8])
            for row in rows
        ]


def _records(text: str) -> tuple[RecordKey, ...]:
    return tuple((connection_id, remote_id) for connection_id, remote_id in orjson.loads(text))


def decide(  # noqa: PLR0913 a row of the log
    database: Database,
    verdict: str,
    record: RecordKey,
    others: Sequence[RecordKey],
    *,
    author: str,
    reason: str,
    now_ms: int,
    kind: str = Kind.ACCOUNT,
) -> int:
    """Add a decision to the log and have everything matched anew; its number."""
    with database.write() as writer:
        number = next_number(writer, MatchDecision)
        named = to_json([list(other) for other in others])
        upsert(writer, MatchDecision, [(number, now_ms, author, reason, verdict, *record, named, str(kind))])
        mark(writer, LINKS_STALE, "1")
    return number


def cases(database: Database) -> list[Case]:
    """What waits for a decision, surest first."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT id, connection_id, remote_id, other_connection_id, other_remote_id, rule, confidence, reasons "
            "FROM match_case ORDER BY confidence DESC, id"
        )
        return [
            Case(row[0], (row[1], row[2]), (row[3], row[4]), row[5], row[6], tuple(orjson.loads(row[7])))
            for row in rows
        ]


def save_cases(writer: Connection, found: Sequence[Case]) -> None:
    """Make the table hold exactly these, in the running transaction."""
    known = {row[0] for row in writer.exec_driver_sql("SELECT id FROM match_case")}
    delete_rows(writer, MatchCase, [(id_,) for id_ in sorted(known - {case.id for case in found})])
    rows: list[Row] = [
        (case.id, *case.first, *case.second, case.rule, case.confidence, to_json(case.reasons))
        for case in found
    ]
    upsert(writer, MatchCase, rows)
