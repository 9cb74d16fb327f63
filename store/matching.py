"""What matching reads, and the links it leaves behind."""

from collections.abc import Collection
from typing import NamedTuple

from store.database import Database
from store.roll_ups import roll_up_policy
from store.touched import LINKS_STALE, read_mark, touched

MATCH_RULES = "match_rules"
"""Mark: the rules behind the links, as text."""

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
    websites: dict[RecordKey, str | None]
    """Of merged accounts."""
    contact_survivors: dict[RecordKey, str]


class LinkCounts(NamedTuple):
    """Accounts with a record, those in more than one CRM, contacts, those without an account, open cases."""

    accounts: int
    shared: int
    contacts: int
    homeless: int
    undecided: int


def matchable(database: Database) -> Matchable:
    """All living accounts, and what merged records became."""
    with database.read() as reader:
        accounts = reader.exec_driver_sql(
            "SELECT connection_id, remote_id, website, twin_id, name, parent_id FROM crm_account "
            "WHERE NOT is_gone ORDER BY connection_id, remote_id"
        )
        merged, merged_contacts = (
            reader.exec_driver_sql(
                f"SELECT connection_id, remote_id, survivor_id{more} FROM {table} WHERE survivor_id IS NOT NULL"  # noqa: S608 our own names
            ).all()
            for table, more in (("crm_account", ", website"), ("crm_contact", ""))
        )
        return Matchable(
            [AccountRow(*row) for row in accounts],
            {(row[0], row[1]): row[2] for row in merged},
            {(row[0], row[1]): row[3] for row in merged},
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


def touched_records(
    database: Database, policy: str, rules: str
) -> tuple[bool, set[RecordKey], set[RecordKey]]:
    """Whether everything is to be matched anew, and which accounts and contacts landed since the last match.

    Under another policy of parents, or other rules (as text), everything is.
    """
    with database.read() as reader:
        return (
            read_mark(reader, LINKS_STALE) is not None
            or roll_up_policy(reader) != policy
            or read_mark(reader, MATCH_RULES) != rules,
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
        undecided = reader.exec_driver_sql("SELECT count(*) FROM match_case").scalar_one()
    return LinkCounts(shared[0], shared[1], contacts[0], contacts[1], undecided)
