"""What we wrote last, field by field: tells our own writes from those of others when they come back."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

import orjson
from sqlalchemy import Connection

from core.records import Kind, RecordRef
from store.database import Database
from store.sql import among, plain_rows, to_json, upsert
from store.tables import Written

Values = Mapping[str, str | None]
LATELY = timedelta(days=7) // timedelta(milliseconds=1)
"""Rounds of a field further apart than this (milliseconds) are not one fight."""
_LINKS = {Kind.ACCOUNT: "link", Kind.CONTACT: "contact_link"}


class Wrote(NamedTuple):
    """A value that we wrote, and when; base_at is the CRM's stamp of the version that we wrote over.

    Both are in milliseconds since 1970.
    """

    value: str | None
    at: int
    base_at: int


@dataclass(frozen=True, slots=True)
class Own:
    """What we wrote last onto one record; see store.tables.Written. `rounds` counts by field."""

    fields: Mapping[str, Wrote]
    rounds: Mapping[str, int]


def own_writes(database: Database, kind: Kind, account_ids: Collection[int]) -> Mapping[tuple[int, str], Own]:
    """What we wrote last onto the records of these accounts, by connection and remote id."""
    statement = (
        "SELECT written.connection_id, written.remote_id, fields, rounds "  # noqa: S608 our own names
        f"FROM {_LINKS[kind]} AS link JOIN written "
        "ON written.connection_id = link.connection_id AND written.kind = ? AND written.remote_id = link.remote_id "
        f"WHERE {among('link.account_id', account_ids)}"
    )
    with database.read() as reader:
        rows = plain_rows(reader, statement, (str(kind),))
    return {(row[0], row[1]): _own(*row[2:]) for row in rows}


def own_writes_of(database: Database, connection_id: int, ref: RecordRef) -> Own | None:
    """What we wrote last onto one record; None where we wrote nothing."""
    with database.read() as reader:
        row = reader.exec_driver_sql(
            "SELECT fields, rounds FROM written WHERE connection_id = ? AND kind = ? AND remote_id = ?",
            (connection_id, *ref),
        ).one_or_none()
    return _own(*row) if row else None


def _own(fields: str, rounds: str) -> Own:
    counts = orjson.loads(rounds) if rounds != "{}" else {}
    return Own(
        {name: Wrote(*wrote) for name, wrote in orjson.loads(fields).items()},
        {name: count for name, (count, _) in counts.items()},
    )


def note_written(
    writer: Connection, key: tuple[int, str, str], values: tuple[Values, Values], base_at: int, now_ms: int
) -> None:
    """Keep what was written (before, after) over the version with the stamp `base_at`.

    Where somebody else's value was written over, that is one more round of the field.
    """
    before, after = values
    row = writer.exec_driver_sql(
        "SELECT fields, rounds FROM written WHERE connection_id = ? AND kind = ? AND remote_id = ?",
        key,
    ).one_or_none()
    fields, rounds = (orjson.loads(row[0]), orjson.loads(row[1])) if row else ({}, {})
    for name in after:
        if name in fields and base_at > fields[name][2] and before.get(name) != fields[name][0]:
            count, last_at = rounds.get(name, (0, now_ms))
            rounds[name] = [count + 1 if now_ms - last_at <= LATELY else 1, now_ms]
    fields |= {name: [value, now_ms, base_at] for name, value in after.items()}
    upsert(writer, Written, [(*key, to_json(fields), to_json(rounds))])


def forget_rounds(writer: Connection, records: Iterable[tuple[int, str]]) -> None:
    """Begin to count anew at these records (connection, remote id)."""
    for record in records:
        writer.exec_driver_sql(
            "UPDATE written SET rounds = '{}' WHERE connection_id = ? AND remote_id = ?", record
        )


def forget_written(database: Database, connection_id: int) -> None:
    """Forget what was written into a CRM: its fields are gone."""
    with database.write() as writer:
        writer.exec_driver_sql("DELETE FROM written WHERE connection_id = ?", (connection_id,))
