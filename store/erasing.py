"""Erasing people: what a privacy deletion in a CRM or `shortlist forget` takes out of the store, in one transaction.

What stays are keyed hashes (store.forgotten), so that no late page brings anybody back.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

import orjson
from sqlalchemy import Connection, Table

from store.addresses import like_text, without_addresses
from store.coalesce import coalesce_within
from store.forgotten import forget, hashes
from store.personal import PLACES, UNTOUCHED_TEXTS, text_columns
from store.persons import People, RecordKey, find_people
from store.sql import to_json
from store.touched import mark, touch
from store.unsaying import unsay

ERASED_BEFORE_COMPACTING = "erased"
"""Mark: freed pages of the database may still hold what was erased (store.compacting)."""
Erased = Counter[str]
"""How many rows were deleted or rewritten, by table."""


def erase_contacts(writer: Connection, connection_id: int, remote_ids: Collection[str]) -> int:
    """Erase the people behind contacts, also ones that were never read; how many of the contacts were alive."""
    contacts = [(connection_id, remote_id) for remote_id in sorted(set(remote_ids))]
    statement = "SELECT 1 FROM crm_contact WHERE connection_id = ? AND remote_id = ? AND NOT is_gone"
    alive = sum(writer.exec_driver_sql(statement, key).scalar() is not None for key in contacts)
    if contacts:
        erase_people(writer, find_people(writer, contacts))
    return alive


def erase_people(writer: Connection, people: People) -> Erased:
    """Take everything about some people out of every table, and keep hashes of them.

    Evidence is built anew by the next refresh, from what was noted here as touched.
    """
    erased: Erased = Counter()
    coalesce_within(writer)
    _keep_hashes(writer, people)
    for key in sorted(people.contacts):
        erased += _drop_counted(writer, key)
        erased += _leave_activities(writer, key)
        erased += _drop_places(writer, key)
    for key in sorted(people.owners):
        erased["crm_owner"] += _delete(writer, "crm_owner", "connection_id = ? AND remote_id = ?", key)
    erased["person"] += _empty_persons(writer, people.keys)
    touch(writer, "people_of", [(account, "") for account in sorted(people.accounts)])
    erased += unsay(writer, people.names)
    erased += _scrub(writer, people.emails)
    mark(writer, ERASED_BEFORE_COMPACTING, "1")
    return +erased


def _keep_hashes(writer: Connection, people: People) -> None:
    own = hashes(writer)
    found = {own.of_contact(*key) for key in people.contacts} | {own.of_email(one) for one in people.emails}
    forget(writer, found)


def _delete(writer: Connection, table: str, where: str, values: tuple[Any, ...]) -> int:
    return writer.exec_driver_sql(f'DELETE FROM "{table}" WHERE {where}', values).rowcount  # noqa: S608 our own words


def _drop_counted(writer: Connection, key: RecordKey) -> Erased:
    """Activities that a contact's counters told: their ids carry that of the counter before a colon (core.tallies)."""
    erased: Erased = Counter()
    of_contact = "SELECT remote_id FROM crm_tally WHERE connection_id = ? AND contact_id = ?"
    for (counter,) in writer.exec_driver_sql(of_contact, key).all():
        values = (key[0], len(counter) + 1, f"{counter}:")
        where = "connection_id = ? AND substr(remote_id, 1, ?) = ?"
        rows = writer.exec_driver_sql(f"SELECT remote_id FROM crm_activity WHERE {where}", values).all()  # noqa: S608 ours
        _drop_evidence(writer, [(key[0], row[0]) for row in rows])
        erased["crm_activity"] += _delete(writer, "crm_activity", where, values)
    return erased


def _drop_evidence(writer: Connection, activities: Collection[RecordKey]) -> None:
    """At once, because the ids of these activities name the contact; blocks are built anew by their accounts."""
    for key in activities:
        where = "connection_id = ? AND remote_id = ?"
        rows = writer.exec_driver_sql(f"SELECT account_id FROM evidence WHERE {where}", key).all()  # noqa: S608 ours
        touch(writer, "people_of", {(row[0], "") for row in rows})
        _delete(writer, "evidence", where, key)


def _leave_activities(writer: Connection, key: RecordKey) -> Erased:
    """Take a contact out of what it did with others; what it did alone was done by somebody unknown."""
    rows = activities_of(writer, key)
    left = [
        (to_json([one for one in orjson.loads(ids) if one != key[1]]), key[0], activity)
        for activity, ids in rows
    ]
    if left:
        writer.exec_driver_sql(
            "UPDATE crm_activity SET contact_ids = ? WHERE connection_id = ? AND remote_id = ?", left
        )
        touch(writer, "activity", [(row[1], row[2]) for row in left])
    return Counter(crm_activity=len(left))


def activities_of(reader: Connection, key: RecordKey) -> list[tuple[str, str]]:
    """Activities that a contact took part in, with everybody who did (JSON)."""
    like = f"%{like_text(to_json([key[1]])[1:-1])}%"
    rows = reader.exec_driver_sql(
        "SELECT remote_id, contact_ids FROM crm_activity WHERE connection_id = ? AND contact_ids LIKE ? ESCAPE '!'",
        (key[0], like),
    )
    return [(row[0], row[1]) for row in rows if key[1] in orjson.loads(row[1])]


def _drop_places(writer: Connection, key: RecordKey) -> Erased:
    return Counter(
        {
            place.table: _delete(
                writer, place.table, f"connection_id = ? AND {place.column} = ? AND {place.condition}", key
            )
            for place in PLACES
        }
    )


def _empty_persons(writer: Connection, keys: Iterable[str]) -> int:
    """The number stays, so that nobody else gets it while old evidence is around."""
    statement = (
        "UPDATE person SET key = 'erased:' || CAST(id AS TEXT), name = '', title = '', crm_role = '', code = NULL "
        "WHERE key = ?"
    )
    return sum(writer.exec_driver_sql(statement, (key,)).rowcount for key in sorted(keys))


def _scrub(writer: Connection, emails: Iterable[str]) -> Erased:
    """Erase addresses wherever they stand inside a text; a row whose key holds one goes."""
    erased: Erased = Counter()
    for email in sorted(emails):
        for table, column in text_columns():
            if (table.name, column) not in UNTOUCHED_TEXTS:
                erased[str(table.name)] += _scrub_column(writer, table, column, email)
    return erased


def _scrub_column(writer: Connection, table: Table, column: str, email: str) -> int:
    keys = [each.name for each in table.primary_key.columns]
    names_ = ", ".join(f'"{name}"' for name in (*keys, column))
    rows = writer.exec_driver_sql(
        f'SELECT {names_} FROM "{table.name}" WHERE {holds(column)}',  # noqa: S608 our own names
        (email,),
    ).all()
    where = " AND ".join(f'"{name}" = ?' for name in keys)
    changed = 0
    for *key, text in rows:
        kept = without_addresses(text, lambda address: address.lower() == email)
        if kept == text:  # a longer address that ends like this one
            continue
        changed += 1
        if column in keys:
            _delete(writer, table.name, where, tuple(key))
        else:
            statement = f'UPDATE "{table.name}" SET "{column}" = ? WHERE {where}'  # noqa: S608 our own names
            writer.exec_driver_sql(statement, (kept, *key))
    return changed


def holds(column: str) -> str:
    """The SQL condition that a text holds another one (a parameter, in lower case)."""
    return f"""replace(lower("{column}"), ?, '') <> lower("{column}")"""
