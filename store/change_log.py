"""The change log: every write of a run, to which record, with which result."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection

from core.changes import WriteResult
from core.records import Kind, RecordRef
from store.database import Database
from store.sql import Row, next_number, to_json, upsert
from store.tables import Change

EXAMPLES = 3
"""Records that are named for each cause."""


class Cause(NamedTuple):
    """Why writes of a run were refused: the CRM's code and words, how many, and the first few records."""

    connection_id: int
    kind: str
    code: str | None
    reason: str | None
    writes: int
    examples: tuple[str, ...]


def causes(database: Database, run_id: int) -> list[Cause]:
    """A run's refused writes by cause, the most frequent first; memberships are apart from fields."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT connection_id, CASE WHEN list_key IS NULL THEN kind ELSE 'member of ' || list_key END, "
            "code, reason, remote_id FROM change WHERE run_id = ? AND outcome = 'rejected' "
            "ORDER BY 1, 2, coalesce(code, ''), remote_id",
            (run_id,),
        ).all()
    grouped: dict[tuple[int, str, str | None], list[Any]] = {}
    for row in rows:
        grouped.setdefault((row[0], row[1], row[2]), []).append(row)
    found = [
        Cause(*key, refused[0][3], len(refused), tuple(row[4] for row in refused[:EXAMPLES]))
        for key, refused in grouped.items()
    ]
    return sorted(found, key=lambda cause: -cause.writes)


def in_doubt(database: Database, run_id: int) -> int:
    """Writes of a run whose result was never learned; the next pull shows what the CRM says."""
    with database.read() as reader:
        return int(
            reader.exec_driver_sql(
                "SELECT count(*) FROM change WHERE run_id = ? AND outcome = 'sending'", (run_id,)
            ).scalar_one()
        )


class Write(NamedTuple):
    """One write, with the values before and after it; `why` is our reason for a membership."""

    ref: RecordRef
    before: Mapping[str, str | None]
    after: Mapping[str, str | None]
    why: str | None = None


SENDING = "sending"
"""The outcome of a write whose result is not known yet, or was never learned."""


def note_changes(
    writer: Connection,
    run_id: int,
    connection_id: int,
    writes: Iterable[Write],
    *,
    list_key: str | None = None,
) -> int:
    """Keep writes that are about to be sent; gives the number of the first one, the others follow it."""
    first = next_number(writer, Change)
    values: list[Row] = [
        (
            number,
            run_id,
            connection_id,
            write.ref.kind,
            write.ref.remote_id,
            list_key,
            to_json(write.before),
            to_json(write.after),
            SENDING,
            None,
            None,
            write.why,
        )
        for number, write in enumerate(writes, first)
    ]
    upsert(writer, Change, values)
    return first


def settle_changes(
    writer: Connection, first: int, results: Iterable[WriteResult], writes: Iterable[Write]
) -> None:
    """Keep the results of writes that were noted; a write may have lost fields on its way."""
    settled = enumerate(zip(results, writes, strict=True), first)
    rows: list[Row] = [
        (str(result.outcome), result.code, result.reason, to_json(write.before), to_json(write.after), number)
        for number, (result, write) in settled
    ]
    if rows:
        writer.exec_driver_sql(
            "UPDATE change SET outcome = ?, code = ?, reason = ?, before = ?, after = ? WHERE id = ?", rows
        )


class Logged(NamedTuple):
    """A write of a run as the change log keeps it."""

    run_id: int
    connection_id: int
    ref: RecordRef
    list_key: str | None
    before: Mapping[str, str | None]
    after: Mapping[str, str | None]


def changes_of(database: Database, run_id: int) -> list[Logged]:
    """The writes of a run that were done, or may have been (their result was never learned), in order."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT connection_id, kind, remote_id, list_key, before, after FROM change "
            "WHERE run_id = ? AND outcome IN ('written', 'sending') "
            "ORDER BY connection_id, list_key, kind, remote_id, id",
            (run_id,),
        )
        return [
            Logged(
                run_id,
                row[0],
                RecordRef(Kind(row[1]), row[2]),
                row[3],
                orjson.loads(row[4]),
                orjson.loads(row[5]),
            )
            for row in rows
        ]


class ListMove(NamedTuple):
    """An account that joined or left a target list in one CRM, and why; at is in milliseconds since 1970."""

    list_key: str
    connection: str
    remote_id: str
    account: str
    joined: bool
    at: int
    run_id: int
    why: str


def list_moves(database: Database, list_key: str | None = None, *, limit: int) -> list[ListMove]:
    """Who joined and who left the target lists by our writes, the newest first; of one list, or of all."""
    where, values = ("", ()) if list_key is None else ("AND change.list_key = ?", (list_key,))
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT change.list_key, connection.name, change.remote_id, "  # noqa: S608 our own words
            "coalesce(record.name, change.remote_id), change.after, run.started_at, run.id, change.why "
            "FROM change JOIN run ON run.id = change.run_id "
            "JOIN connection ON connection.id = change.connection_id "
            "LEFT JOIN crm_account AS record ON record.connection_id = change.connection_id "
            "AND record.remote_id = change.remote_id "
            f"WHERE change.list_key IS NOT NULL AND change.outcome = 'written' {where} "
            "ORDER BY change.id DESC LIMIT ?",
            (*values, limit),
        )
        return [_list_move(*row) for row in rows]


def _list_move(*row: Any) -> ListMove:
    key, connection, remote_id, name, after, at, run_id, why = row
    joined = orjson.loads(after)["member"] == "yes"
    return ListMove(key, connection, remote_id, name, joined, at, run_id, why or "")
