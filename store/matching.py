"""What matching reads, and the links it leaves behind."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection
from sqlmodel import SQLModel

from store.database import Database
from store.roll_ups import RollUps, roll_up_policy, save_roll_up
from store.sql import Row, delete_rows, next_number, table_of, upsert
from store.tables import Account, ContactLink, Link
from store.touched import LINKS_STALE, read_mark, settle_links, touch, touched

RecordKey = tuple[int, str]
"""A CRM record: (connection, remote id)."""


class AccountRow(NamedTuple):
    """What is matched of a CRM account."""

    connection_id: int
    remote_id: str
    website: str | None
    twin_id: str | None
    name: str
    parent_id: str | None = None

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
    """What matching looks at, but for the contacts."""

    accounts: list[AccountRow]
    survivors: dict[RecordKey, str]
    contact_survivors: dict[RecordKey, str]


class LinkCounts(NamedTuple):
    """Accounts with a record, those with records in more than one CRM, contacts, those without an account."""

    accounts: int
    shared: int
    contacts: int
    homeless: int


def matchable(database: Database) -> Matchable:
    """All living accounts, and what merged records became."""
    with database.read() as reader:
        accounts = reader.exec_driver_sql(
            "SELECT connection_id, remote_id, website, twin_id, name, parent_id FROM crm_account "
            "WHERE NOT is_gone ORDER BY connection_id, remote_id"
        )
        merged, merged_contacts = (
            reader.exec_driver_sql(
                f"SELECT connection_id, remote_id, survivor_id FROM {table} WHERE survivor_id IS NOT NULL"  # noqa: S608 our own names
            )
            for table in ("crm_account", "crm_contact")
        )
        return Matchable(
            [AccountRow(*row) for row in accounts],
            {(row[0], row[1]): row[2] for row in merged},
            {(row[0], row[1]): row[2] for row in merged_contacts},
        )


def matchable_contacts(database: Database, only: Collection[RecordKey] | None = None) -> list[ContactRow]:
    """All living contacts, or those of these that live."""
    every = "SELECT connection_id, remote_id, account_id, email FROM crm_contact WHERE NOT is_gone"
    one = f"{every} AND connection_id = ? AND remote_id = ?"
    with database.read() as reader:
        if only is None:
            return [ContactRow(*row) for row in reader.exec_driver_sql(every)]
        return [ContactRow(*row) for key in only for row in reader.exec_driver_sql(one, tuple(key))]


def ensure_accounts(database: Database, names: Mapping[str, str]) -> dict[str, int]:
    """Make accounts for keys (with their names) that are new; gives the number of every account by key."""
    with database.write() as writer:
        rows = writer.exec_driver_sql("SELECT key, id FROM account")
        numbers = {row[0]: row[1] for row in rows}
        new = sorted(names.keys() - numbers.keys())
        numbers |= {key: number for number, key in enumerate(new, next_number(writer, Account))}
        upsert(writer, Account, sorted((numbers[key], key, name) for key, name in names.items()))
        return numbers


def save_links(
    database: Database,
    links: Iterable[Row],
    contact_links: Iterable[Row],
    *,
    roll_up: RollUps,
    only_contacts: Collection[RecordKey] | None = None,
) -> int:
    """Make the link tables hold exactly these rows; how many changed, which is noted for the evidence.

    With `only_contacts`, the links of accounts stay, and of contacts only these are looked at.
    """
    with database.write() as writer:
        known = _known(writer, ContactLink, only_contacts)
        changed = _replace(writer, ContactLink, known, contact_links)
        touch(writer, "contact_link", changed)
        moved_rows = [row for rows in changed.values() for row in rows if row]
        renamed_rows = [row for key in touched(writer, "contact") if (row := known.get(key))]
        touch(writer, "person", {(0, row[2]) for row in moved_rows + renamed_rows})
        touch(writer, "people_of", {(row[3], "") for row in moved_rows if row[3] is not None})
        moved: Mapping[RecordKey, object] = {}
        if only_contacts is None:
            moved = _replace(writer, Link, _known(writer, Link, None), links)
            touch(writer, "account_link", moved)
        save_roll_up(writer, roll_up)
        settle_links(writer)
    return len(changed) + len(moved)


def _known(
    writer: Connection, model: type[SQLModel], only: Collection[RecordKey] | None
) -> dict[RecordKey, Row]:
    """Rows of a link table by their record; `only` narrows them."""
    statement = f"SELECT * FROM {table_of(model).name}"  # noqa: S608 ours
    if only is None:
        rows = list(writer.exec_driver_sql(statement))
    else:
        one = f"{statement} WHERE connection_id = ? AND remote_id = ?"
        rows = [row for key in only for row in writer.exec_driver_sql(one, tuple(key))]
    return {(row[0], row[1]): tuple(row) for row in rows}


def _replace(
    writer: Connection, model: type[SQLModel], known: Mapping[RecordKey, Row], rows: Iterable[Row]
) -> dict[RecordKey, tuple[Row | None, Row | None]]:
    """Make known rows these rows; gives what changed, before and after."""
    wanted = {(row[0], row[1]): row for row in rows}
    changed = {
        key: (known.get(key), wanted.get(key))
        for key in known.keys() | wanted.keys()
        if known.get(key) != wanted.get(key)
    }
    delete_rows(writer, model, [key for key, (_, after) in changed.items() if after is None])
    upsert(writer, model, [after for _, after in changed.values() if after is not None])
    return changed


def touched_records(database: Database, policy: str) -> tuple[bool, set[RecordKey], set[RecordKey]]:
    """Whether everything is to be matched anew, and which accounts and contacts landed since the last match.

    Under another policy of parents everything is.
    """
    with database.read() as reader:
        return (
            read_mark(reader, LINKS_STALE) is not None or roll_up_policy(reader) != policy,
            touched(reader, "account"),
            touched(reader, "contact"),
        )


def link_counts(database: Database) -> LinkCounts:
    """What the last match came to, without records that were merged away."""
    with database.read() as reader:
        shared = reader.exec_driver_sql(
            "SELECT count(*), count(*) FILTER (WHERE crms > 1) FROM (SELECT count(DISTINCT connection_id) AS crms "
            "FROM link WHERE rule != 'merged' GROUP BY account_id) AS linked"
        ).one()
        contacts = reader.exec_driver_sql(
            "SELECT count(*), count(*) FILTER (WHERE account_id IS NULL) FROM contact_link WHERE rule != 'merged'"
        ).one()
    return LinkCounts(shared[0], shared[1], contacts[0], contacts[1])


def linked_accounts(database: Database) -> dict[RecordKey, tuple[str, str, float]]:
    """The link of every record as (account key, rule, confidence)."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT connection_id, remote_id, account.key, rule, confidence FROM link "
            "JOIN account ON account.id = link.account_id"
        )
        return {(row[0], row[1]): (row[2], row[3], row[4]) for row in rows}
