"""Who is meant by an address or a contact: every record of the same person, and where they were at work."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

RecordKey = tuple[int, str]


@dataclass(frozen=True, slots=True)
class People:
    """Everything that is known of some people who are to be erased."""

    contacts: frozenset[RecordKey] = frozenset()
    emails: frozenset[str] = frozenset()
    """In lower case."""
    names: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
    """As store.tables.Person has them."""
    owners: frozenset[RecordKey] = frozenset()
    accounts: frozenset[int] = field(default=frozenset())
    """The accounts that they belong to or did something for."""


def find_people(reader: Connection, contacts: Iterable[RecordKey] = (), emails: Iterable[str] = ()) -> People:
    """Who is meant: these contacts, whoever has these addresses, and every other record of the same people."""
    found = set(contacts)
    addresses = {email.strip().lower() for email in emails} - {""}
    keys: set[str] = set()
    spoken: set[str] = set()
    before = None
    while before != (len(found), len(addresses), len(keys)):
        before = len(found), len(addresses), len(keys)
        for key in sorted(found):
            known = _contact(reader, key)
            addresses |= {known[0].strip().lower()} - {""}
            spoken |= {known[1].strip()} - {""}
            keys |= _keys_of(reader, key)
        found |= _records_of(reader, addresses, keys, found)
    spoken |= _names_of(reader, keys)
    return People(
        contacts=frozenset(found),
        emails=frozenset(addresses),
        names=frozenset(spoken),
        keys=frozenset(keys | addresses),
        owners=frozenset(_owners(reader, addresses)),
        accounts=frozenset(_accounts_of(reader, found, keys)),
    )


def _contact(reader: Connection, key: RecordKey) -> tuple[str, str]:
    row = reader.exec_driver_sql(
        "SELECT coalesce(email, ''), name FROM crm_contact WHERE connection_id = ? AND remote_id = ?", key
    ).one_or_none()
    return (row[0], row[1]) if row else ("", "")


def _keys_of(reader: Connection, key: RecordKey) -> set[str]:
    rows = reader.exec_driver_sql(
        "SELECT person_key FROM contact_link WHERE connection_id = ? AND remote_id = ?", key
    )
    return {row[0] for row in rows}


def _records_of(
    reader: Connection, addresses: Iterable[str], keys: Iterable[str], known: Iterable[RecordKey]
) -> set[RecordKey]:
    """Contacts with these addresses or of these people, and what was merged into known ones."""
    asked: list[tuple[str, list[tuple[Any, ...]]]] = [
        (
            "SELECT connection_id, remote_id FROM crm_contact WHERE lower(trim(email)) = ?",
            [(one,) for one in addresses],
        ),
        ("SELECT connection_id, remote_id FROM contact_link WHERE person_key = ?", [(one,) for one in keys]),
        (
            "SELECT connection_id, remote_id FROM crm_contact WHERE connection_id = ? AND survivor_id = ?",
            list(known),
        ),
    ]
    return {
        (row[0], row[1])
        for statement, parameters in asked
        for values in sorted(parameters)
        for row in reader.exec_driver_sql(statement, tuple(values))
    }


def _names_of(reader: Connection, keys: Iterable[str]) -> set[str]:
    rows = (reader.exec_driver_sql("SELECT name FROM person WHERE key = ?", (key,)) for key in sorted(keys))
    return {row[0].strip() for found in rows for row in found} - {""}


def _owners(reader: Connection, addresses: Iterable[str]) -> set[RecordKey]:
    statement = "SELECT connection_id, remote_id FROM crm_owner WHERE lower(trim(email)) = ?"
    return {
        (row[0], row[1]) for one in sorted(addresses) for row in reader.exec_driver_sql(statement, (one,))
    }


def _accounts_of(reader: Connection, contacts: Iterable[RecordKey], keys: Iterable[str]) -> set[int]:
    links = "SELECT account_id FROM contact_link WHERE connection_id = ? AND remote_id = ?"
    acts = "SELECT evidence.account_id FROM evidence JOIN person ON person.id = evidence.person_id WHERE person.key = ?"
    found = [reader.exec_driver_sql(links, key).all() for key in sorted(contacts)]
    found += [reader.exec_driver_sql(acts, (key,)).all() for key in sorted(keys)]
    return {row[0] for rows in found for row in rows if row[0] is not None}
