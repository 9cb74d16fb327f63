"""What scoring reads: accounts with their CRM records, people, and evidence clustered by account."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from core.records import Value
from store.database import Database


class AccountRecord(NamedTuple):
    """One living CRM record of an account; an account in two CRMs has two of them."""

    account_id: int
    key: str
    name: str
    connection_id: int
    remote_id: str
    owner_id: str | None
    fields: dict[str, Value]
    managed: dict[str, str | None]


class PersonRecord(NamedTuple):
    """One living contact of an account; a person in two CRMs has two of them."""

    person_key: str
    account_id: int
    connection_id: int
    remote_id: str
    name: str
    title: str | None
    buying_role: str | None


class EvidenceRow(NamedTuple):
    """One person's part in one activity; an empty person_key is somebody unknown."""

    account_id: int
    person_key: str
    type: str
    occurred_at: int
    """Milliseconds since 1970."""
    connection_id: int
    remote_id: str
    minutes: int | None


def account_records(database: Database) -> list[AccountRecord]:
    """All of them, by account, connection and remote id."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT account.id, account.key, account.name, record.connection_id, record.remote_id, "
            "record.owner_id, record.fields, record.managed FROM link "
            "JOIN account ON account.id = link.account_id "
            "JOIN crm_account AS record "
            "ON record.connection_id = link.connection_id AND record.remote_id = link.remote_id "
            "WHERE NOT record.is_gone ORDER BY account.id, record.connection_id, record.remote_id"
        )
        return [_account_record(row) for row in rows]


def _account_record(row: Any) -> AccountRecord:
    fields, managed = orjson.loads(row[6]), orjson.loads(row[7])
    return AccountRecord(row[0], row[1], row[2], row[3], row[4], row[5], fields, managed)


def person_records(database: Database) -> list[PersonRecord]:
    """All contacts that have an account, by person, connection and remote id."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT link.person_key, link.account_id, link.connection_id, link.remote_id, contact.name, "
            "contact.title, contact.buying_role FROM contact_link AS link "
            "JOIN crm_contact AS contact "
            "ON contact.connection_id = link.connection_id AND contact.remote_id = link.remote_id "
            "WHERE link.account_id IS NOT NULL AND NOT contact.is_gone ORDER BY 1, 3, 4"
        )
        return [PersonRecord(*row) for row in rows]


def evidence_rows(
    database: Database, *, since_ms: int, until_ms: int, account_id: int | None = None
) -> Iterator[EvidenceRow]:
    """Evidence of a span of time, in the order of the table; account_id narrows it to one account."""
    one = "" if account_id is None else f" AND account_id = {int(account_id)}"
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT account_id, person_key, type, occurred_at, connection_id, remote_id, minutes "  # noqa: S608
            f"FROM evidence WHERE occurred_at >= ? AND occurred_at <= ?{one}",
            (since_ms, until_ms),
        )
        for row in rows:
            yield EvidenceRow(*row)
