"""Finding accounts and their records, and what became of them."""

from collections.abc import Collection
from typing import NamedTuple

from store.database import Database
from store.matching import RecordKey


class Standing(NamedTuple):
    """A CRM record with the account it is in, by which rule; rivals as JSON. `survivor_id`: it was merged."""

    connection_id: int
    remote_id: str
    name: str
    website: str | None
    is_gone: bool
    survivor_id: str | None
    account_id: int | None
    account_key: str | None
    rule: str | None
    confidence: float | None
    rivals: str | None

    @property
    def key(self) -> RecordKey:
        """The record as (connection, remote id)."""
        return (self.connection_id, self.remote_id)


class AccountEventRow(NamedTuple):
    """What became of an account (store.tables.AccountEvent), and the name it has now."""

    happened_at: int
    what: str
    account_id: int
    other_id: int | None
    before: str
    after: str
    name: str


_STANDING = (
    "SELECT record.connection_id, record.remote_id, record.name, record.website, record.is_gone, "
    "record.survivor_id, account.id, account.key, link.rule, link.confidence, link.rivals "
    "FROM crm_account AS record LEFT JOIN link ON link.connection_id = record.connection_id "
    "AND link.remote_id = record.remote_id LEFT JOIN account ON account.id = link.account_id"
)


def records_of(database: Database, account_id: int) -> list[Standing]:
    """The living records of an account, by connection and remote id."""
    statement = f"{_STANDING} WHERE account.id = ? AND NOT record.is_gone ORDER BY 1, 2"
    with database.read() as reader:
        return [Standing(*row) for row in reader.exec_driver_sql(statement, (account_id,))]


def find_records(database: Database, remote_id: str, connection_id: int | None = None) -> list[Standing]:
    """Account records with this id, gone ones too, in one connection or in any."""
    statement, values = f"{_STANDING} WHERE record.remote_id = ?", (remote_id,)
    with database.read() as reader:
        rows = [Standing(*row) for row in reader.exec_driver_sql(f"{statement} ORDER BY 1", values)]
    return [row for row in rows if connection_id in (None, row.connection_id)]


def standings(database: Database, keys: Collection[RecordKey]) -> dict[RecordKey, Standing]:
    """Where these records stand."""
    statement = f"{_STANDING} WHERE record.connection_id = ? AND record.remote_id = ?"
    with database.read() as reader:
        rows = [Standing(*row) for key in keys for row in reader.exec_driver_sql(statement, tuple(key))]
    return {row.key: row for row in rows}


def find_accounts(database: Database, text: str) -> set[int]:
    """Accounts with living records that a text names: "#" and the number, a match key or the name."""
    number = int(text[1:]) if text.startswith("#") and text[1:].isdecimal() else -1
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT account.id FROM account WHERE (id = ? OR lower(name) = ? "
            "OR id IN (SELECT account_id FROM match_key WHERE key = ?)) "
            "AND id IN (SELECT account_id FROM link WHERE rule != 'merged')",
            (number, text.lower(), text.lower()),
        )
        return {row[0] for row in rows}


def account_events(database: Database) -> list[AccountEventRow]:
    """What became of accounts, oldest first."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT happened_at, what, account_id, other_id, before, after, account.name FROM account_event "
            "JOIN account ON account.id = account_event.account_id ORDER BY account_event.id"
        )
        return [AccountEventRow(*row) for row in rows]


def crowded_records(database: Database) -> int:
    """Records that stand alone because too many names share their domain."""
    with database.read() as reader:
        found = reader.exec_driver_sql("SELECT count(*) FROM link WHERE rule = 'crowded_domain'")
        return int(found.scalar_one())
