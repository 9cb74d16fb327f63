"""What matching reads, and the links it leaves behind."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection
from sqlmodel import SQLModel

from store.database import Database
from store.landing import EVIDENCE_STALE, mark
from store.sql import Row, delete_rows, table_of, upsert
from store.tables import ContactLink, Link

RecordKey = tuple[int, str]
"""A CRM record: (connection, remote id)."""


class AccountRow(NamedTuple):
    """What is matched of a CRM account."""

    connection_id: int
    remote_id: str
    website: str | None
    twin_id: str | None
    name: str

    @property
    def key(self) -> RecordKey:
        """The record as (connection, remote id)."""
        return (self.connection_id, self.remote_id)


class ContactRow(NamedTuple):
    """What is matched of a CRM contact."""

    connection_id: int
    remote_id: str
    account_id: str | None
    email: str | None

    @property
    def key(self) -> RecordKey:
        """The record as (connection, remote id)."""
        return (self.connection_id, self.remote_id)


class Matchable(NamedTuple):
    """Everything that matching looks at."""

    accounts: list[AccountRow]
    contacts: list[ContactRow]
    survivors: dict[RecordKey, str]
    contact_survivors: dict[RecordKey, str]


def matchable(database: Database) -> Matchable:
    """All living accounts and contacts, and what merged ones became."""
    with database.read() as reader:
        accounts = reader.exec_driver_sql(
            "SELECT connection_id, remote_id, website, twin_id, name FROM crm_account WHERE NOT is_gone"
        )
        contacts = reader.exec_driver_sql(
            "SELECT connection_id, remote_id, account_id, email FROM crm_contact WHERE NOT is_gone"
        )
        merged, merged_contacts = (
            reader.exec_driver_sql(
                f"SELECT connection_id, remote_id, survivor_id FROM {table} WHERE survivor_id IS NOT NULL"  # noqa: S608 our own names
            )
            for table in ("crm_account", "crm_contact")
        )
        return Matchable(
            [AccountRow(*row) for row in accounts],
            [ContactRow(*row) for row in contacts],
            {(row[0], row[1]): row[2] for row in merged},
            {(row[0], row[1]): row[2] for row in merged_contacts},
        )


def ensure_accounts(database: Database, names: Mapping[str, str]) -> dict[str, int]:
    """Make accounts for keys (with their names) that are new; gives the number of every account by key."""
    with database.write() as writer:
        statement = (
            "INSERT INTO account (key, name) VALUES (?, ?) "
            "ON CONFLICT (key) DO UPDATE SET name = excluded.name WHERE name IS NOT excluded.name"
        )
        if names:
            writer.exec_driver_sql(statement, sorted(names.items()))
        return {row[0]: row[1] for row in writer.exec_driver_sql("SELECT key, id FROM account")}


def save_links(database: Database, links: Iterable[Row], contact_links: Iterable[Row]) -> int:
    """Make the link tables hold exactly these rows; how many changed. Evidence turns stale if any did."""
    with database.write() as writer:
        changed = _replace(writer, Link, links) + _replace(writer, ContactLink, contact_links)
        if changed:
            mark(writer, EVIDENCE_STALE, "1")
    return changed


def _replace(writer: Connection, model: type[SQLModel], rows: Iterable[Row]) -> int:
    wanted = list(rows)
    keys = {row[:2] for row in wanted}
    known = writer.exec_driver_sql(
        f"SELECT connection_id, remote_id FROM {table_of(model).name}"  # noqa: S608 our own names
    )
    gone = [tuple(row) for row in known if tuple(row) not in keys]
    delete_rows(writer, model, gone)
    return len(gone) + upsert(writer, model, wanted)
