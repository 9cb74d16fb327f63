"""People's decisions on tiers, as a log: those from the command line, and those read from the CRMs' field."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import orjson
from sqlalchemy import Connection

from store.database import Database
from store.sql import insert, next_number, table_of
from store.tables import TierOverride

COMMAND_LINE = ""
"""The source of decisions that nobody made in a CRM."""
FIELD_REASON = "tier override on the CRM record"


class Decided(NamedTuple):
    """A decision: the tier, or None where it was withdrawn. Instants are milliseconds since 1970.

    source is the connection whose field was written, or COMMAND_LINE; remote_id the record with the field.
    """

    account_id: int
    source: str
    remote_id: str
    tier: str | None
    author: str
    reason: str
    decided_at: int
    expires_at: int | None = None


def log_override(database: Database, decided: Decided) -> None:
    """Add a decision to the log."""
    with database.write() as writer:
        _add(writer, [decided])


def _add(writer: Connection, rows: Iterable[Decided]) -> None:
    first = next_number(writer, TierOverride)
    insert(writer, table_of(TierOverride), [(number, *row) for number, row in enumerate(rows, first)])


def override_log(database: Database, account_id: int | None = None) -> list[Decided]:
    """The log, oldest first; of one account, or of all."""
    where, values = ("", ()) if account_id is None else ("WHERE account_id = ?", (account_id,))
    with database.read() as reader:
        return list(_rows(reader, where, values))


def _rows(reader: Connection, where: str = "", values: tuple[int, ...] = ()) -> Iterator[Decided]:
    rows = reader.exec_driver_sql(
        "SELECT account_id, source, remote_id, tier, author, reason, decided_at, expires_at "  # noqa: S608 ours
        f"FROM tier_override {where} ORDER BY id",
        values,
    )
    yield from (Decided(*row) for row in rows)


def standing_overrides(database: Database) -> dict[int, list[Decided]]:
    """What stands: the last decision of each source, unless it was withdrawn. Some may have expired."""
    found: dict[int, list[Decided]] = {}
    with database.read() as reader:
        for decided in _last(reader).values():
            if decided.tier is not None:
                found.setdefault(decided.account_id, []).append(decided)
    return found


def _last(reader: Connection) -> dict[tuple[str, str, int], Decided]:
    """The last decision by source; of the command line by account too."""
    return {
        (row.source, row.remote_id, row.account_id if row.source == COMMAND_LINE else 0): row
        for row in _rows(reader)
    }


def note_field_overrides(database: Database, tiers: Iterable[str]) -> int:
    """Log what people have written into tier_override since the last time; how many decisions are new.

    A decision counts from the record's modified stamp on: the field was written then, or a little before. Where the
    field is not there to be read, nothing is said anew: what was decided stands.
    """
    known = set(tiers)
    with database.write() as writer:
        last = _last(writer)
        rows = writer.exec_driver_sql(
            "SELECT connection.name, record.remote_id, link.account_id, record.managed, record.modified_at "
            "FROM crm_account AS record "
            "JOIN link ON link.connection_id = record.connection_id AND link.remote_id = record.remote_id "
            "JOIN connection ON connection.id = record.connection_id "
            "WHERE NOT record.is_gone ORDER BY record.connection_id, record.remote_id"
        )
        new: list[Decided] = []
        for name, remote_id, account_id, managed, modified_at in rows:
            if '"tier_override":' not in managed:
                continue
            value = orjson.loads(managed).get("tier_override") if '"tier_override":"' in managed else None
            tier = value if value in known else None
            before = last.get((name, remote_id, 0))
            if before is None or before.tier != tier:
                at = modified_at
            elif before.account_id != account_id:  # the record belongs to another account now
                at = before.decided_at
            else:
                continue
            if tier is not None or (before and before.tier is not None):
                author = f"a user of {name}"
                new.append(Decided(account_id, name, remote_id, tier, author, FIELD_REASON, at))
        if new:
            _add(writer, new)
    return len(new)
