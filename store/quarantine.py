"""The quarantine: what is not written for now, why, and what ends that.

What a CRM refused is tried again when its pause is over, or when something it rests on has changed. What was
rolled back, and fields that another automation fights over, rest until a person releases them.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection

from core.changes import WriteResult
from core.fields import Policy
from core.managed_fields import MANAGED_FIELDS
from store.database import Database
from store.sql import Row, delete_rows, to_json, upsert
from store.tables import Quarantine
from store.written import forget_rounds

Values = Mapping[str, str | None]
Key = tuple[int, str, str]
"""(connection, kind, remote id). The kind of a membership or of a single field names it (below)."""

ROLLED_BACK = "rolled_back"
"""Code of values that a rollback has undone: they are not written again while they are what is wanted."""
FIELD_WAR = "field_war"
"""Code of a field that another automation sets back again and again."""
_FOLLOWING = {field.name for field in MANAGED_FIELDS if field.policy is Policy.FOLLOWS}
_HELD = f"coalesce(code, '') IN ('{ROLLED_BACK}', '{FIELD_WAR}')"


class Refusal(NamedTuple):
    """For which values (`fingerprint`) a record is in quarantine, how often they were tried, and when last.

    is_stale: something that the refusal rests on has changed since (see `_basis`).
    """

    fingerprint: str
    attempts: int
    last_at: int
    code: str | None
    is_stale: bool


class Entry(NamedTuple):
    """A row of the quarantine as people look at it; last_at is in milliseconds since 1970."""

    connection: str
    kind: str
    remote_id: str
    code: str | None
    reason: str
    attempts: int
    last_at: int


# What is compared of the world: the record's stamp, its managed fields, and how its connection is mapped.
_WITH_BASIS = """
    FROM quarantine
    LEFT JOIN crm_contact AS contact ON quarantine.kind = 'contact'
      AND contact.connection_id = quarantine.connection_id AND contact.remote_id = quarantine.remote_id
    LEFT JOIN crm_account AS account ON quarantine.kind <> 'contact'
      AND account.connection_id = quarantine.connection_id AND account.remote_id = quarantine.remote_id
    LEFT JOIN mark ON mark.name = 'mapping of ' || CAST(quarantine.connection_id AS TEXT)"""
_BASIS = "coalesce(contact.modified_at, account.modified_at), coalesce(contact.managed, account.managed), mark.value"


def refusals(database: Database) -> dict[Key, Refusal]:
    """The quarantine by (connection, kind, remote id)."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT quarantine.connection_id, quarantine.kind, quarantine.remote_id, fingerprint, attempts, "
            f"last_at, code, basis, {_BASIS} {_WITH_BASIS}"
        )
        return {(row[0], row[1], row[2]): _refusal(*row[3:]) for row in rows}


def _refusal(
    fingerprint_: str, attempts: int, last_at: int, code: str | None, basis: str, *now: Any
) -> Refusal:
    return Refusal(fingerprint_, attempts, last_at, code, is_stale=basis != _basis(*now))


def _basis(modified_at: int | None, managed: str | None, mapping: str | None) -> str:
    """What stands for the record, the CRM's schema as far as we see it, and the configured mapping."""
    return to_json([modified_at, sorted(orjson.loads(managed or "{}")), mapping])


def entries(database: Database, code: str | None = None) -> list[Entry]:
    """Everything in quarantine, or what has this code."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT connection.name, kind, remote_id, code, reason, attempts, last_at FROM quarantine "
            "JOIN connection ON connection.id = quarantine.connection_id ORDER BY 1, 2, 3"
        )
        return [Entry(*row) for row in rows if code in (None, row[3])]


def release(
    database: Database, remote_id: str | None = None, *, held: bool = False, connection: str | None = None
) -> int:
    """Let things be tried again; how many left the quarantine.

    All that was refused; with `held` also what was rolled back and the fields that were fought over; with a
    remote id, everything of that record. `connection` leaves those of all other names alone: ids of two CRMs may be
    equal.
    """
    where, values = ("remote_id = ?", (remote_id,)) if remote_id else ("TRUE" if held else f"NOT {_HELD}", ())
    if connection is not None:
        where += " AND connection_id IN (SELECT id FROM connection WHERE name = ?)"
        values = (*values, connection)
    with database.write() as writer:
        fought = f"SELECT connection_id, remote_id FROM quarantine WHERE code = '{FIELD_WAR}' AND {where}"  # noqa: S608 our own words
        forget_rounds(writer, [tuple(row) for row in writer.exec_driver_sql(fought, values)])
        return writer.exec_driver_sql(f"DELETE FROM quarantine WHERE {where}", values).rowcount  # noqa: S608


def refuse(writer: Connection, key: Key, result: WriteResult, values: Values, now_ms: int) -> None:
    """Put a refused write into quarantine, or count one more attempt."""
    known = writer.exec_driver_sql(
        "SELECT attempts FROM quarantine WHERE connection_id = ? AND kind = ? AND remote_id = ?", key
    ).scalar()
    attempts = (known or 0) + 1
    row: Row = (*key, fingerprint(values), result.code, result.reason or "", attempts, now_ms, "")
    upsert(writer, Quarantine, [row])
    current: Any = writer.exec_driver_sql(
        f"SELECT {_BASIS} {_WITH_BASIS} WHERE quarantine.connection_id = ? AND quarantine.kind = ? "
        "AND quarantine.remote_id = ?",
        key,
    ).one()
    upsert(writer, Quarantine, [(*row[:-1], _basis(*current))])


def hold(writer: Connection, code: str, rows: Iterable[tuple[Key, str, str, int]], now_ms: int) -> None:
    """Let things rest until a person releases them: (key, fingerprint, reason, attempts) each."""
    upsert(
        writer, Quarantine, [(*key, print_, code, why, tries, now_ms, "") for key, print_, why, tries in rows]
    )


def strike_off(writer: Connection, keys: Iterable[Key]) -> None:
    """End the quarantine of these."""
    delete_rows(writer, Quarantine, list(keys))


def fingerprint(values: Values) -> str:
    """What stands for refused values; fields that only follow others are left out, they move every run."""
    return to_json({name: value for name, value in values.items() if name not in _FOLLOWING})


def values_of(fingerprint_: str) -> dict[str, str | None]:
    """The values that a fingerprint stands for."""
    return dict(orjson.loads(fingerprint_))


def member_kind(list_key: str) -> str:
    """The kind under which a membership stands in the quarantine."""
    return f"member of {list_key}"


def field_kind(kind: str, name: str) -> str:
    """The kind under which one field of a record stands in the quarantine."""
    return f"{name} of {kind}"
