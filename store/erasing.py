"""Erasing people: what a privacy deletion in a CRM or `shortlist forget` takes out of the store, in one transaction.

What stays are keyed hashes (store.forgotten), so that no late page brings anybody back.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, Table

from store.addresses import names, without_addresses
from store.forgotten import forget, hashes
from store.personal import PLACES, UNTOUCHED_TEXTS, text_columns
from store.sql import to_json
from store.touched import mark, touch

RecordKey = tuple[int, str]
ERASED_BEFORE_COMPACTING = "erased"
"""Mark: freed pages of the database may still hold what was erased (store.compacting)."""
_REASONS = ("why", "scored_at")
"""Of an account's managed fields: the words, and what makes the next plan write them again."""
Erased = Counter[str]
"""How many rows were deleted or rewritten, by table."""


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
    _keep_hashes(writer, people)
    for key in sorted(people.contacts):
        erased += _drop_counted(writer, key)
        erased += _leave_activities(writer, key)
        erased += _drop_places(writer, key)
    for key in sorted(people.owners):
        erased["crm_owner"] += _delete(writer, "crm_owner", "connection_id = ? AND remote_id = ?", key)
    erased["person"] += _empty_persons(writer, people.keys)
    touch(writer, "people_of", [(account, "") for account in sorted(people.accounts)])
    erased += _unsay(writer, people.names)
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
    like = f"%{_like(to_json([key[1]])[1:-1])}%"
    rows = reader.exec_driver_sql(
        "SELECT remote_id, contact_ids FROM crm_activity WHERE connection_id = ? AND contact_ids LIKE ? ESCAPE '!'",
        (key[0], like),
    )
    return [(row[0], row[1]) for row in rows if key[1] in orjson.loads(row[1])]


def _like(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")


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


def _unsay(writer: Connection, spoken: Collection[str]) -> Erased:
    """Take reasons that name these people off the records of accounts; the next push writes new ones."""
    erased: Erased = Counter()
    if not spoken:
        return erased
    like = " OR ".join(["{0} LIKE ? ESCAPE '!'"] * len(spoken))
    values = tuple(f"%{_like(orjson.dumps(name).decode()[1:-1])}%" for name in sorted(spoken))
    records = _select(
        writer, "SELECT connection_id, remote_id, managed FROM crm_account", like.format("managed"), values
    )
    named = {(row[0], row[1]): row[2] for row in records if _says(orjson.loads(row[2]).get("why"), spoken)}
    for key, managed in named.items():
        unsaid = {name: None if name in _REASONS else value for name, value in orjson.loads(managed).items()}
        writer.exec_driver_sql(
            "UPDATE crm_account SET managed = ? WHERE connection_id = ? AND remote_id = ?",
            (to_json(unsaid), *key),
        )
    own = hashes(writer)
    forget(writer, [own.of_words(*key) for key in named])
    erased["crm_account"] += len(named)
    erased["written"] += _unsay_written(writer, like, values, spoken)
    erased["change"] += _unsay_changes(writer, like, values, spoken)
    return erased


def _select(reader: Connection, statement: str, where: str, values: tuple[str, ...]) -> list[Any]:
    return list(reader.exec_driver_sql(f"{statement} WHERE {where}", values).all())


def _says(text: object, spoken: Iterable[str]) -> bool:
    return isinstance(text, str) and any(names(text, name) for name in spoken)


def _unsay_written(writer: Connection, like: str, values: tuple[str, ...], spoken: Collection[str]) -> int:
    rows = _select(
        writer, "SELECT connection_id, kind, remote_id, fields FROM written", like.format("fields"), values
    )
    changed = 0
    for *key, text in rows:
        fields = orjson.loads(text)
        if _says(fields.get("why", [None])[0], spoken):
            kept = {name: wrote for name, wrote in fields.items() if name not in _REASONS}
            writer.exec_driver_sql(
                "UPDATE written SET fields = ? WHERE connection_id = ? AND kind = ? AND remote_id = ?",
                (to_json(kept), *key),
            )
            changed += 1
    return changed


def _unsay_changes(writer: Connection, like: str, values: tuple[str, ...], spoken: Collection[str]) -> int:
    """Reasons in the change log: a rollback then leaves that field of that record alone."""
    where = f"({like.format('before')}) OR ({like.format('after')})"
    rows = _select(writer, 'SELECT id, before, after FROM "change"', where, values * 2)
    changed = 0
    for number, *texts in rows:
        sides = [orjson.loads(text) for text in texts]
        if any(_says(side.get("why"), spoken) for side in sides):
            kept = [to_json({name: v for name, v in side.items() if name != "why"}) for side in sides]
            writer.exec_driver_sql('UPDATE "change" SET before = ?, after = ? WHERE id = ?', (*kept, number))
            changed += 1
    return changed


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
