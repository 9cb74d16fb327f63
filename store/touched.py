"""What changed since derived data was built: noted in the transaction that changed it.

Landing notes the records it wrote, for the next match; matching notes the links it changed and landing the
activities, for the next refresh of the evidence. Where everything is made anew anyway, nothing is noted.
"""

from collections.abc import Iterable
from typing import Literal

from sqlalchemy import Connection

from store.sql import upsert
from store.tables import Touched

LINKS_STALE = "links_stale"
"""Mark: every record is matched anew, whatever was touched."""
EVIDENCE_STALE = "evidence_stale"
"""Mark: people and evidence are built anew, whatever was touched."""

What = Literal["account", "contact", "activity", "account_link", "contact_link", "person", "people_of"]
"""Kinds of things that were touched.

account, contact, activity: a CRM record, by (connection, remote id); account_link, contact_link: a record whose
link changed; person: (0, person key); people_of: an account by (its number, "").
"""
_MATCHED: tuple[What, ...] = ("account", "contact")
_OF_LINKS = "what IN ('account', 'contact')"


def touch(writer: Connection, what: What, keys: Iterable[tuple[int, str]]) -> None:
    """Note that these changed, in the running transaction."""
    if read_mark(writer, LINKS_STALE if what in _MATCHED else EVIDENCE_STALE) is None:
        upsert(writer, Touched, [(what, *key) for key in keys])


def touched(reader: Connection, what: What) -> set[tuple[int, str]]:
    """What is noted of a kind."""
    rows = reader.exec_driver_sql("SELECT connection_id, remote_id FROM touched WHERE what = ?", (what,))
    return {(row[0], row[1]) for row in rows}


def evidence_lags(reader: Connection) -> bool:
    """Whether people and evidence are older than what they rest on."""
    if read_mark(reader, EVIDENCE_STALE) is not None:
        return True
    found = reader.exec_driver_sql(f"SELECT 1 FROM touched WHERE NOT {_OF_LINKS} LIMIT 1")  # noqa: S608 ours
    return found.scalar() is not None


def settle_links(writer: Connection) -> None:
    """The links are as new as the running transaction."""
    writer.exec_driver_sql(f"DELETE FROM touched WHERE {_OF_LINKS}")  # noqa: S608 ours
    mark(writer, LINKS_STALE, None)


def settle_evidence(writer: Connection) -> None:
    """People and evidence are as new as the running transaction."""
    writer.exec_driver_sql(f"DELETE FROM touched WHERE NOT {_OF_LINKS}")  # noqa: S608 ours
    mark(writer, EVIDENCE_STALE, None)


def mark(connection: Connection, name: str, value: str | None) -> None:
    """Note a small fact in the running transaction; None removes it."""
    if value is None:
        connection.exec_driver_sql("DELETE FROM mark WHERE name = ?", (name,))
    else:
        statement = "INSERT INTO mark VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        connection.exec_driver_sql(statement, (name, value))


def read_mark(connection: Connection, name: str) -> str | None:
    """A noted fact, None where there is none."""
    value = connection.exec_driver_sql("SELECT value FROM mark WHERE name = ?", (name,)).scalar()
    return None if value is None else str(value)
