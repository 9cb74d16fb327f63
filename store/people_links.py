"""Contacts and leads, the accounts that they were linked to, and those they might belong to instead."""

from typing import NamedTuple

import orjson

from store.database import Database
from store.matching import RecordKey


class PersonLink(NamedTuple):
    """A living contact with its account (None: none) by which rule; rivals are numbers of other accounts."""

    key: RecordKey
    account_id: int | None
    account: str | None
    rule: str
    confidence: float | None
    rivals: tuple[int, ...]


_LINKS = (
    "SELECT link.connection_id, link.remote_id, link.account_id, account.name, link.rule, link.confidence, link.rivals "
    "FROM contact_link AS link JOIN crm_contact AS contact ON contact.connection_id = link.connection_id "
    "AND contact.remote_id = link.remote_id AND NOT contact.is_gone "
    "LEFT JOIN account ON account.id = link.account_id"
)


def doubtful_people(database: Database) -> list[PersonLink]:
    """Contacts that might belong to another account than they do; those without any first."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            f"{_LINKS} WHERE link.rivals IS NOT NULL ORDER BY link.account_id IS NOT NULL, 1, 2"
        ).all()
    return [_link(*row) for row in rows]


def find_people(database: Database, remote_id: str, connection_id: int | None) -> list[PersonLink]:
    """Living contacts with this id, in one connection or in any."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(f"{_LINKS} WHERE link.remote_id = ? ORDER BY 1", (remote_id,)).all()
    return [_link(*row) for row in rows if connection_id in (None, row[0])]


def _link(
    connection_id: int,
    remote_id: str,
    account_id: int | None,
    account: str | None,
    rule: str,
    confidence: float | None,
    rivals: str | None,
) -> PersonLink:
    others = tuple(orjson.loads(rivals)) if rivals else ()
    return PersonLink((connection_id, remote_id), account_id, account, rule, confidence, others)
