"""The write side: what the CRMs say now in our fields, writes under way, and what became of them.

A write is noted before its call (`begin`) and settled behind it. After a crash in between it stands as
`sending`: in doubt until the record is read again, and never sent blindly, because the plan compares anew.
What shall rest once it is written (a rollback) is held from the note on, so that no crash loses its rest.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import Connection

from core.changes import Outcome, WriteResult
from core.records import Kind
from store.change_log import Write, note_changes, settle_changes
from store.database import Database
from store.forgotten import words_are_new
from store.quarantine import ROLLED_BACK, Key, fingerprint, hold, member_kind, refuse, strike_off
from store.sql import Row, among, delete_rows, to_json, upsert
from store.tables import Membership
from store.written import note_written

Values = Mapping[str, str | None]

MEMBER: Values = {"member": "yes"}
"""A membership as the change log keeps it."""
NO_MEMBER: Values = {"member": "no"}


class KnownRecord(NamedTuple):
    """A living CRM record with its account (and person), and what its managed fields say now.

    modified_at is the CRM's stamp of what we know of it, in milliseconds since 1970.
    """

    connection_id: int
    kind: Kind
    remote_id: str
    account_id: int
    person_key: str
    managed: dict[str, str | None]
    modified_at: int = 0


_KNOWN = {
    Kind.ACCOUNT: """
        SELECT record.connection_id, record.remote_id, link.account_id, '', record.managed, record.modified_at
        FROM crm_account AS record
        JOIN link ON link.connection_id = record.connection_id AND link.remote_id = record.remote_id
        WHERE NOT record.is_gone{only} ORDER BY 1, 2""",
    Kind.CONTACT: """
        SELECT record.connection_id, record.remote_id, link.account_id, link.person_key, record.managed,
          record.modified_at
        FROM crm_contact AS record
        JOIN contact_link AS link
          ON link.connection_id = record.connection_id AND link.remote_id = record.remote_id
        WHERE NOT record.is_gone AND link.account_id IS NOT NULL{only} ORDER BY 1, 2""",
}


def known_records(
    database: Database, kind: Kind, account_ids: Collection[int] | None = None
) -> list[KnownRecord]:
    """Every record that may be written, by connection and id; of all accounts, or of these."""
    only = "" if account_ids is None else f" AND {among('link.account_id', account_ids)}"
    with database.read() as reader:
        return [
            KnownRecord(row[0], kind, row[1], row[2], row[3], orjson.loads(row[4]), row[5])
            for row in reader.exec_driver_sql(_KNOWN[kind].format(only=only))
        ]


class Rest(NamedTuple):
    """Why what a batch overwrites is not to be written again for now, and since when."""

    why: str
    now_ms: int


class Batch(NamedTuple):
    """Writes on their way: their rows in the change log begin at `first`."""

    run_id: int
    connection_id: int
    first: int
    writes: Sequence[Write]
    list_key: str | None = None
    rest: Rest | None = None

    def key(self, write: Write) -> Key:
        """Under which key a write stands in the quarantine."""
        kind = str(write.ref.kind) if self.list_key is None else member_kind(self.list_key)
        return (self.connection_id, kind, write.ref.remote_id)


def begin(
    database: Database, run_id: int, connection_id: int, writes: Sequence[Write], rest: Rest | None = None
) -> Batch:
    """Note field writes before the CRM is called."""
    with database.write() as writer:
        first = note_changes(writer, run_id, connection_id, writes)
        batch = Batch(run_id, connection_id, first, writes, rest=rest)
        _rest(writer, batch, writes)
    return batch


def _rest(writer: Connection, batch: Batch, writes: Iterable[Write]) -> None:
    if batch.rest is not None:
        rows = [(batch.key(write), fingerprint(write.before), batch.rest.why, 0) for write in writes]
        hold(writer, ROLLED_BACK, rows, batch.rest.now_ms)


def settle_fields(database: Database, batch: Batch, results: Sequence[WriteResult], *, now_ms: int) -> None:
    """Keep a batch's results: what was written is what the CRM says now, what was refused is quarantined.

    Fields that were left out are no part of what was written.
    """
    writes = [_sent(write, result) for write, result in zip(batch.writes, results, strict=True)]
    with database.write() as writer:
        settle_changes(writer, batch.first, results, writes)
        for result, write in zip(results, writes, strict=True):
            key = batch.key(write)
            if result.outcome is Outcome.REJECTED:
                refuse(writer, key, result, write.after, now_ms)
            else:
                _remember(writer, key, write, result.left_out, now_ms)
                strike_off(writer, [key])
                _rest(writer, batch, [write])
        said = [
            result.ref.remote_id
            for result, write in zip(results, writes, strict=True)
            if _says_why(result, write)
        ]
        words_are_new(writer, batch.connection_id, said)


def _says_why(result: WriteResult, write: Write) -> bool:
    return result.outcome is not Outcome.REJECTED and "why" in write.after


def _sent(write: Write, result: WriteResult) -> Write:
    """The write as the CRM took it."""
    if not result.left_out:
        return write
    before, after = (
        {name: value for name, value in values.items() if name not in result.left_out}
        for values in (write.before, write.after)
    )
    return write._replace(before=before, after=after)


def _remember(writer: Connection, key: Key, write: Write, left_out: Sequence[str], now_ms: int) -> None:
    table = "crm_account" if key[1] == Kind.ACCOUNT else "crm_contact"
    where = "WHERE connection_id = ? AND remote_id = ?"
    record = (key[0], key[2])
    known = writer.exec_driver_sql(
        f"SELECT managed, modified_at FROM {table} {where}",  # noqa: S608 our own names
        record,
    ).one_or_none()
    if known is None:  # somebody who was erased while the write was on its way
        return
    managed, modified_at = known
    merged = {**orjson.loads(managed), **write.after}
    for name in left_out:  # as after a pull: a field that is not there is not planned
        merged.pop(name, None)
    writer.exec_driver_sql(
        f"UPDATE {table} SET managed = ? {where}",  # noqa: S608 our own names
        (to_json(merged), *record),
    )
    note_written(writer, key, (write.before, write.after), modified_at, now_ms)


def our_members(database: Database, connection_id: int, list_key: str) -> set[str]:
    """The members that we added to a list."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT remote_id FROM membership WHERE connection_id = ? AND list_key = ?",
            (connection_id, list_key),
        )
        return {row[0] for row in rows}


def doubtful_members(database: Database, connection_id: int, list_key: str) -> set[str]:
    """Members whose last change on a list was sent, and whose answer was never learned."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            'SELECT remote_id FROM "change" AS sent WHERE connection_id = ? AND list_key = ? '
            "AND outcome = 'sending' AND NOT EXISTS (SELECT 1 FROM \"change\" AS later "
            "WHERE later.connection_id = sent.connection_id AND later.list_key = sent.list_key "
            "AND later.remote_id = sent.remote_id AND later.id > sent.id AND later.outcome <> 'sending')",
            (connection_id, list_key),
        )
        return {row[0] for row in rows}


def forget_members(writer: Connection, keys: Sequence[tuple[int, str, str]]) -> None:
    """Members (connection, list key, remote id) that are ours no longer."""
    delete_rows(writer, Membership, keys)


def begin_members(
    database: Database,
    run_id: int,
    connection_id: int,
    list_key: str,
    writes: Sequence[Write],
    rest: Rest | None = None,
) -> Batch:
    """Note changes of members before the CRM is called: after a crash additions are still known as ours."""
    with database.write() as writer:
        first = note_changes(writer, run_id, connection_id, writes, list_key=list_key)
        ours = [write.ref.remote_id for write in writes if write.after == MEMBER]
        upsert(writer, Membership, [(connection_id, list_key, remote_id) for remote_id in ours])
        batch = Batch(run_id, connection_id, first, writes, list_key, rest)
        _rest(writer, batch, writes)
    return batch


def settle_members(database: Database, batch: Batch, results: Sequence[WriteResult], *, now_ms: int) -> None:
    """Keep the results of additions and removals; a refused addition is quarantined and not ours after all."""
    list_key = batch.list_key or ""
    settled = list(zip(results, batch.writes, strict=True))
    with database.write() as writer:
        settle_changes(writer, batch.first, results, batch.writes)
        for result, write in settled:
            key = batch.key(write)
            if result.outcome is Outcome.REJECTED:
                refuse(writer, key, result, write.after, now_ms)
            else:
                strike_off(writer, [key])
                _rest(writer, batch, [write])
        gone: list[Row] = [
            (batch.connection_id, list_key, result.ref.remote_id)
            for result, write in settled
            if (result.outcome is Outcome.REJECTED) == (write.after == MEMBER)
        ]
        delete_rows(writer, Membership, gone)
