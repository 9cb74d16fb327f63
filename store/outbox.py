"""The write side: what the CRMs say now in our fields, and what became of our writes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import Connection

from core.changes import Outcome, WriteResult
from core.fields import MANAGED_FIELDS, Policy
from core.records import Kind
from store.database import Database
from store.runs import record_changes
from store.sql import Row, delete_rows, to_json, upsert
from store.tables import Membership, Quarantine

Values = Mapping[str, str | None]

MEMBER: Values = {"member": "yes"}
"""A membership as the change log keeps it."""
NO_MEMBER: Values = {"member": "no"}


_FOLLOWING = {field.name for field in MANAGED_FIELDS if field.policy is Policy.FOLLOWS}


class KnownRecord(NamedTuple):
    """A living CRM record with its account (and person), and what its managed fields say now."""

    connection_id: int
    kind: Kind
    remote_id: str
    account_id: int
    person_key: str
    managed: dict[str, str | None]


class Refusal(NamedTuple):
    """For which values (`fingerprint`) a record is in quarantine, how often they were tried, and when last."""

    fingerprint: str
    attempts: int
    last_at: int


_KNOWN = {
    Kind.ACCOUNT: """
        SELECT record.connection_id, record.remote_id, link.account_id, '', record.managed
        FROM crm_account AS record
        JOIN link ON link.connection_id = record.connection_id AND link.remote_id = record.remote_id
        WHERE NOT record.is_gone ORDER BY 1, 2""",
    Kind.CONTACT: """
        SELECT record.connection_id, record.remote_id, link.account_id, link.person_key, record.managed
        FROM crm_contact AS record
        JOIN contact_link AS link
          ON link.connection_id = record.connection_id AND link.remote_id = record.remote_id
        WHERE NOT record.is_gone AND link.account_id IS NOT NULL ORDER BY 1, 2""",
}


def known_records(database: Database, kind: Kind) -> list[KnownRecord]:
    """Every record that may be written, by connection and id."""
    with database.read() as reader:
        return [
            KnownRecord(row[0], kind, row[1], row[2], row[3], orjson.loads(row[4]))
            for row in reader.exec_driver_sql(_KNOWN[kind])
        ]


def refusals(database: Database) -> dict[tuple[int, str, str], Refusal]:
    """The quarantine by (connection, kind, remote id)."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT connection_id, kind, remote_id, fingerprint, attempts, last_at FROM quarantine"
        )
        return {(row[0], row[1], row[2]): Refusal(row[3], row[4], row[5]) for row in rows}


def release(database: Database) -> int:
    """Empty the quarantine, so that everything in it is tried again; how many records were in it."""
    with database.write() as writer:
        return writer.exec_driver_sql("DELETE FROM quarantine").rowcount


def settle_fields(
    database: Database,
    run_id: int,
    connection_id: int,
    results: Sequence[tuple[WriteResult, Values, Values]],
    *,
    now_ms: int,
) -> None:
    """Keep a batch's results: what was written is what the CRM says now, what was refused is quarantined.

    Fields that were left out are no part of what was written.
    """
    results = [(result, _sent(result, before), _sent(result, after)) for result, before, after in results]
    with database.write() as writer:
        record_changes(writer, run_id, connection_id, results)
        for result, _, after in results:
            key = (connection_id, result.ref.kind, result.ref.remote_id)
            if result.outcome is Outcome.REJECTED:
                _refuse(writer, key, result, after, now_ms)
            else:
                _remember(writer, connection_id, result, after)
                delete_rows(writer, Quarantine, [key])


def _sent(result: WriteResult, values: Values) -> Values:
    return {name: value for name, value in values.items() if name not in result.left_out}


def _remember(writer: Connection, connection_id: int, result: WriteResult, after: Values) -> None:
    table = "crm_account" if result.ref.kind is Kind.ACCOUNT else "crm_contact"
    key = (connection_id, result.ref.remote_id)
    where = "WHERE connection_id = ? AND remote_id = ?"
    managed = writer.exec_driver_sql(f"SELECT managed FROM {table} {where}", key).scalar()  # noqa: S608
    merged = {**orjson.loads(managed or "{}"), **after}
    for name in result.left_out:  # as after a pull: a field that is not there is not planned
        merged.pop(name, None)
    writer.exec_driver_sql(
        f"UPDATE {table} SET managed = ? {where}",  # noqa: S608 our own names
        (to_json(merged), *key),
    )


def _refuse(
    writer: Connection, key: tuple[int, str, str], result: WriteResult, after: Values, now_ms: int
) -> None:
    known = writer.exec_driver_sql(
        "SELECT attempts FROM quarantine WHERE connection_id = ? AND kind = ? AND remote_id = ?", key
    ).scalar()
    row = (*key, fingerprint(after), result.code, result.reason or "", (known or 0) + 1, now_ms)
    upsert(writer, Quarantine, [row])


def fingerprint(values: Values) -> str:
    """What stands for refused values; fields that only follow others are left out, they move every run."""
    return to_json({name: value for name, value in values.items() if name not in _FOLLOWING})


def member_kind(list_key: str) -> str:
    """The kind under which a refused membership stands in the quarantine."""
    return f"member of {list_key}"


def our_members(database: Database, connection_id: int, list_key: str) -> set[str]:
    """The members that we added to a list."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT remote_id FROM membership WHERE connection_id = ? AND list_key = ?",
            (connection_id, list_key),
        )
        return {row[0] for row in rows}


def intend_members(database: Database, connection_id: int, list_key: str, add: Iterable[str]) -> None:
    """Note additions before the CRM is called: after a crash in between they are still known as ours."""
    with database.write() as writer:
        upsert(writer, Membership, [(connection_id, list_key, remote_id) for remote_id in add])


def settle_members(
    database: Database,
    run_id: int,
    connection_id: int,
    list_key: str,
    results: Sequence[tuple[WriteResult, Values, Values]],
    *,
    now_ms: int,
) -> None:
    """Keep the results of additions and removals; a refused addition is quarantined and not ours after all."""
    with database.write() as writer:
        record_changes(writer, run_id, connection_id, results, list_key=list_key)
        for result, _, after in results:
            key = (connection_id, member_kind(list_key), result.ref.remote_id)
            if result.outcome is Outcome.REJECTED:
                _refuse(writer, key, result, after, now_ms)
            else:
                delete_rows(writer, Quarantine, [key])
        gone: list[Row] = [
            (connection_id, list_key, result.ref.remote_id)
            for result, _, after in results
            if (result.outcome is Outcome.REJECTED) == (after == MEMBER)
        ]
        delete_rows(writer, Membership, gone)
