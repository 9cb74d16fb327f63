"""What scoring reads: accounts with their CRM records, people, and evidence clustered by account."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, overload

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy import Connection

from core.records import Value
from store.blocks import ORDER, PERSON, Columns, read_blocks
from store.database import Database
from store.sql import Row, plain_rows


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


def account_records(database: Database, account_ids: Collection[int] | None = None) -> list[AccountRecord]:
    """All of them or those of these accounts, by account, connection and remote id."""
    ids = "" if account_ids is None else f" AND account.id IN ({', '.join(map(str, sorted(account_ids)))})"
    with database.read() as reader:
        rows = plain_rows(
            reader,
            "SELECT account.id, account.key, account.name, record.connection_id, record.remote_id, "  # noqa: S608 ours
            "record.owner_id, record.fields, record.managed FROM link "
            "JOIN account ON account.id = link.account_id "
            "JOIN crm_account AS record "
            "ON record.connection_id = link.connection_id AND record.remote_id = link.remote_id "
            f"WHERE NOT record.is_gone{ids} ORDER BY account.id, record.connection_id, record.remote_id",
        )
    return [_account_record(row) for row in rows]


def _account_record(row: Row) -> AccountRecord:
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


@dataclass(frozen=True, slots=True)
class EvidenceOf:
    """Evidence columns of a span of time (store.blocks.Columns), and the names of the types by their number.

    codes are by person number; somebody who is not asked for has the code 0.
    """

    columns: Columns
    types: tuple[str, ...]
    codes: NDArray[np.int64]


def read_evidence(
    database: Database, *, since: int, until: int, account_ids: Collection[int] | None = None
) -> EvidenceOf:
    """Evidence from second `since` to `until`, of all accounts or of these, with everybody in it."""
    with database.read() as reader:
        columns = read_blocks(reader, since=since, until=until, account_ids=account_ids)
        types = reader.exec_driver_sql("SELECT name FROM activity_type ORDER BY id").scalars()
        wanted = None if account_ids is None else {*columns.person.tolist(), *columns.member_person.tolist()}
        return EvidenceOf(columns, tuple(types), _codes(reader, wanted))


def _codes(reader: Connection, only: Collection[int] | None) -> NDArray[np.int64]:
    """What scoring reads of each person, by person number."""
    size = reader.exec_driver_sql("SELECT coalesce(max(id), 0) FROM person").scalar_one() + 1
    codes = np.zeros(size, dtype=np.int64)
    statement = "SELECT id, code FROM person WHERE code IS NOT NULL"
    if only is not None:
        statement += f" AND id IN ({', '.join(map(str, sorted(only)))})"
    found = np.array(plain_rows(reader, statement), dtype=np.int64).reshape(-1, 2)
    codes[found[:, 0]] = found[:, 1]
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


_NEIGHBOURS, _PARTS_KEPT = 128, 512


@dataclass(frozen=True, slots=True)
class PersonTexts(Sequence[str]):
    """A text of every person by number, read when it is asked for: scores need none of them.

    Whoever asks for one asks for many, so neighbours are read along and some of them kept.
    """

    database: Database
    column: Literal["key", "name", "title", "crm_role"]
    size: int
    kept: dict[int, list[str]] = field(default_factory=dict, repr=False, compare=False)

    def __len__(self) -> int:
        return self.size

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        if isinstance(place, slice):
            return tuple(self)[place]
        part, offset = divmod(int(place), _NEIGHBOURS)
        if part not in self.kept:
            if len(self.kept) == _PARTS_KEPT:
                self.kept.clear()
            self.kept[part] = self._read(part * _NEIGHBOURS, _NEIGHBOURS)
        return self.kept[part][offset]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read(0, self.size))

    def _read(self, first: int, count: int) -> list[str]:
        texts = [""] * count
        statement = f"SELECT id, {self.column} FROM person WHERE id >= ? AND id < ?"  # noqa: S608 ours
        with self.database.read() as reader:
            for number, text in plain_rows(reader, statement, (first, first + count)):
                texts[number - first] = text
        return texts
