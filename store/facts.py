"""What scoring reads: accounts with their CRM records, people, and evidence clustered by account."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, overload

import numpy as np
import orjson
from numpy.typing import NDArray

from core.records import Value
from store.blocks import ORDER, PERSON, Columns, block_sizes, read_blocks
from store.database import Database
from store.dialect import dialect_of
from store.sql import Row, among, plain_rows

_DECIDED = """CASE WHEN record.managed LIKE '%"tier_override":"%' THEN record.managed
WHEN record.managed LIKE '%"tier_override":null%' THEN '' ELSE '{}' END"""
_UNDECIDED: dict[str, str | None] = {"tier_override": None}
"""One for all of those on which nobody has decided anything."""
_AT_ONCE = 10_000
"""People asked for in one statement."""


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
    owner_name: str | None = None
    owner_email: str | None = None

    @property
    def owner(self) -> str | None:
        """The owner in a person's words: the name where it is known, else what the CRM calls the owner."""
        return self.owner_name or self.owner_email or self.owner_id


class PersonRecord(NamedTuple):
    """One living contact of an account; a person in two CRMs has two of them."""

    person_key: str
    account_id: int
    connection_id: int
    remote_id: str
    name: str
    title: str | None
    buying_role: str | None


def account_records(database: Database, account_ids: Collection[int] | None = None) -> list[AccountRecord]:
    """All of them or those of these accounts (a range of numbers may name many), by account, connection and remote id.

    Where all or a range are asked for, `managed` is whole only for records on which a person has decided the tier, and
    of others tells at most that nobody has: the managed fields of everybody would fill the memory, and scores rest on
    nothing else of them.
    """
    managed = _DECIDED if account_ids is None or isinstance(account_ids, range) else "record.managed"
    ids = "" if account_ids is None else f" AND {among('account.id', account_ids)}"
    with database.read() as reader:
        rows = plain_rows(
            reader,
            "SELECT account.id, account.key, account.name, record.connection_id, record.remote_id, "  # noqa: S608 ours
            f"record.owner_id, record.fields, {managed}, owner.name, owner.email FROM link "
            "JOIN account ON account.id = link.account_id "
            "JOIN crm_account AS record "
            "ON record.connection_id = link.connection_id AND record.remote_id = link.remote_id "
            "LEFT JOIN crm_owner AS owner "
            "ON owner.connection_id = record.connection_id AND owner.remote_id = record.owner_id "
            f"WHERE NOT record.is_gone{ids} ORDER BY account.id, record.connection_id, record.remote_id",
        )
    return [_account_record(row) for row in rows]


def _account_record(row: Row) -> AccountRecord:
    fields, managed = orjson.loads(row[6]), orjson.loads(row[7]) if row[7] else _UNDECIDED
    owner = {"owner_name": row[8], "owner_email": row[9]}
    return AccountRecord(row[0], row[1], row[2], row[3], row[4], row[5], fields, managed, **owner)


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


def read_columns(database: Database, account_ids: Sequence[int], *, since: int, until: int) -> Columns:
    """Evidence from second `since` to `until`, and the people, of these accounts (ascending numbers)."""
    with database.read() as reader:
        return read_blocks(reader, account_ids, since=since, until=until)


def activity_counts(database: Database, account_ids: Sequence[int] | None = None) -> list[tuple[int, int]]:
    """About how many activities these ascending accounts have, or all: (a later account number, activities before)."""
    with database.read() as reader:
        return block_sizes(reader, account_ids)


def last_account(database: Database) -> int:
    """The highest number of an account; 0 without accounts."""
    with database.read() as reader:
        return int(reader.exec_driver_sql("SELECT coalesce(max(id), 0) FROM account").scalar_one())


def activity_types(database: Database) -> tuple[str, ...]:
    """The names of the types of activity by their number."""
    with database.read() as reader:
        return tuple(reader.exec_driver_sql("SELECT name FROM activity_type ORDER BY id").scalars())


def person_codes(database: Database, only: Collection[int] | None = None) -> NDArray[np.int64]:
    """What scoring reads of each person, by person number; 0 for somebody without an account, or not asked for."""
    which = "" if only is None else f" AND {among('id', only)}"
    with database.read() as reader:
        size = reader.exec_driver_sql("SELECT coalesce(max(id), 0) FROM person").scalar_one() + 1
        # As two lists of JSON: a third of the time that rows take.
        lists = ", ".join(dialect_of(reader).json_list.format(value=name) for name in ("id", "code"))
        statement = f"SELECT {lists} FROM person WHERE code >= 0{which}"  # noqa: S608 ours
        [numbers, found] = plain_rows(reader, statement)[0]
    codes = np.zeros(size, dtype=np.int64)
    codes[np.array(orjson.loads(numbers or "[]"), dtype=np.int64)] = orjson.loads(found or "[]")
    return codes


def evidence_ids(database: Database, account_id: int, *, since: int, until: int) -> list[str]:
    """The activities of one account as "connection:remote id", in the order of its evidence columns."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT evidence.connection_id || ':' || evidence.remote_id FROM evidence "  # noqa: S608 ours
            "LEFT JOIN person ON person.id = evidence.person_id WHERE evidence.account_id = ? "
            "AND evidence.occurred_at / 1000 >= ? AND evidence.occurred_at / 1000 <= ? "
            f"ORDER BY {PERSON}, {ORDER}",
            (account_id, since, until),
        )
        return list(rows.scalars())


@dataclass(frozen=True, slots=True)
class PersonTexts(Sequence[str]):
    """A text of every person by number, read when it is asked for: scores need none of them."""

    database: Database
    column: Literal["key", "name", "title", "crm_role"]
    size: int

    def __len__(self) -> int:
        return self.size

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        if isinstance(place, slice):
            return tuple(self)[place]
        return self.many([int(place)])[0]

    def many(self, places: Sequence[int]) -> list[str]:
        """The texts of these people, in the order given."""
        found: dict[int, str] = {}
        with self.database.read() as reader:
            for first in range(0, len(places), _AT_ONCE):
                numbers = ", ".join(map(str, places[first : first + _AT_ONCE]))
                statement = f"SELECT id, {self.column} FROM person WHERE id IN ({numbers})"  # noqa: S608 ours
                found.update(plain_rows(reader, statement))
        return [found.get(place, "") for place in places]

    def __iter__(self) -> Iterator[str]:
        texts = [""] * self.size
        statement = f"SELECT id, {self.column} FROM person WHERE id < ?"  # noqa: S608 ours
        with self.database.read() as reader:
            for number, text in plain_rows(reader, statement, (self.size,)):
                texts[number] = text
        return iter(texts)
