"""Who was erased and must not come back: keyed hashes of e-mail addresses and of ids, and nothing else of them.

The key is made by the first erasure and kept in the store, so that hashes tell nothing without the database.
"""

import hmac
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from core.changes import Page
from core.records import (
    Account,
    Activity,
    Contact,
    Deal,
    DealRoles,
    Kind,
    Owner,
    Record,
    Tally,
    Tombstone,
)
from store.addresses import addresses_in, without_addresses
from store.touched import mark, read_mark

_KEY = "forgetting key"
_AT_ONCE = 500
"""Parameters of one query."""


@dataclass(frozen=True, slots=True)
class Hashes:
    """The keyed hashes of this store."""

    _key: bytes = field(repr=False)

    def of_email(self, address: str) -> str:
        """What stands for an e-mail address, however it is written."""
        return self._hash(f"email:{address.strip().lower()}")

    def of_contact(self, connection_id: int, remote_id: str) -> str:
        """What stands for a contact's record."""
        return self._hash(f"contact:{connection_id}:{remote_id}")

    def of_words(self, connection_id: int, remote_id: str) -> str:
        """What stands for the reasons on an account's record, which name somebody who was erased."""
        return self._hash(f"words:{connection_id}:{remote_id}")

    def _hash(self, text: str) -> str:
        return hmac.digest(self._key, text.encode(), "sha256").hex()


def hashes(writer: Connection) -> Hashes:
    """The hashes of this store; makes the key where there is none."""
    key = read_mark(writer, _KEY)
    if key is None:
        key = secrets.token_hex(32)
        mark(writer, _KEY, key)
    return Hashes(bytes.fromhex(key))


def known_hashes(reader: Connection) -> Hashes | None:
    """The hashes of this store; None while nobody was erased."""
    key = read_mark(reader, _KEY)
    return None if key is None else Hashes(bytes.fromhex(key))


def forget(writer: Connection, found: Iterable[str]) -> None:
    """Keep hashes, so that nothing with them lands again."""
    rows = [(each,) for each in sorted(set(found))]
    if rows:
        writer.exec_driver_sql("INSERT INTO forgotten (hash) VALUES (?) ON CONFLICT DO NOTHING", rows)


def allow(writer: Connection, found: Iterable[str]) -> int:
    """Let what has these hashes land again; how many were kept."""
    return sum(
        writer.exec_driver_sql("DELETE FROM forgotten WHERE hash = ?", (each,)).rowcount
        for each in sorted(set(found))
    )


def words_are_new(writer: Connection, connection_id: int, remote_ids: Iterable[str]) -> None:
    """The reasons on these records of accounts were written anew: what stands there may land again."""
    own = known_hashes(writer)
    if own is not None:
        allow(writer, [own.of_words(connection_id, remote_id) for remote_id in remote_ids])


def among(reader: Connection, asked: Iterable[str]) -> frozenset[str]:
    """Those of some hashes that are kept."""
    found: set[str] = set()
    listed = sorted(set(asked))
    for start in range(0, len(listed), _AT_ONCE):
        some = tuple(listed[start : start + _AT_ONCE])
        marks = ", ".join("?" * len(some))
        statement = f"SELECT hash FROM forgotten WHERE hash IN ({marks})"  # noqa: S608 marks only
        found.update(row[0] for row in reader.exec_driver_sql(statement, some))
    return frozenset(found)


def without_forgotten(writer: Connection, connection_id: int, page: Page) -> Page:
    """The page without anybody who was erased: their records, their part in others, their addresses in texts.

    A new record of somebody whose address is known by its hash is remembered by its id as well.
    """
    own = known_hashes(writer)
    if own is None:
        return page
    sieve = _Sieve(writer, own, connection_id, page)
    forget(writer, sieve.new_ids(page.records))
    return replace(
        page,
        records=[kept for record in page.records if (kept := sieve.record(record)) is not None],
        tombstones=[grave for grave in page.tombstones if sieve.keeps_grave(grave)],
        skipped=[
            one
            for one in page.skipped
            if not (one.ref.kind is Kind.CONTACT and sieve.is_contact(one.ref.remote_id))
        ],
    )


class _Sieve:
    """What of a page belongs to somebody who was erased."""

    def __init__(self, reader: Connection, own: Hashes, connection_id: int, page: Page) -> None:
        self._own, self._connection = own, connection_id
        ids = set(_contact_ids(page))
        emails = set(_emails(page.records))
        words = [one.remote_id for one in page.records if isinstance(one, Account)]
        asked = [
            *(own.of_contact(connection_id, one) for one in ids),
            *(own.of_email(one) for one in emails),
            *(own.of_words(connection_id, one) for one in words),
        ]
        self._known = among(reader, asked)
        self._by_email = {
            one.remote_id
            for one in page.records
            if isinstance(one, Contact) and one.email and self._is_email(one.email)
        }

    def is_contact(self, remote_id: str) -> bool:
        return remote_id in self._by_email or self._own.of_contact(self._connection, remote_id) in self._known

    def new_ids(self, records: Sequence[Record]) -> Iterator[str]:
        """Hashes of contacts that are known by their address only."""
        for one in records:
            if isinstance(one, Contact) and one.remote_id in self._by_email:
                yield self._own.of_contact(self._connection, one.remote_id)

    def keeps_grave(self, grave: Tombstone) -> bool:
        return (
            grave.is_erased or grave.ref.kind is not Kind.CONTACT or not self.is_contact(grave.ref.remote_id)
        )

    def record(self, record: Record) -> Record | None:
        """What may land of a record; None for nothing."""
        match record:
            case Contact() | Tally() | Owner():
                return None if self._is_of_them(record) else record
            case Activity():
                kept = tuple(one for one in record.contact_ids if not self.is_contact(one))
                return record if kept == record.contact_ids else record._replace(contact_ids=kept)
            case DealRoles():
                return record._replace(
                    people=tuple(one for one in record.people if not self.is_contact(one[0]))
                )
            case Deal():
                return record._replace(name=self._clean(record.name))
            case Account():
                return self._account(record)

    def _is_of_them(self, record: Contact | Tally | Owner) -> bool:
        if isinstance(record, Owner):
            return record.email is not None and self._is_email(record.email)
        return self.is_contact(record.contact_id if isinstance(record, Tally) else record.remote_id)

    def _account(self, record: Account) -> Account:
        fields = {
            name: self._clean(value) if isinstance(value, str) else value
            for name, value in record.fields.items()
        }
        record = record._replace(name=self._clean(record.name), fields=fields)
        if self._own.of_words(self._connection, record.remote_id) not in self._known:
            return record
        # Our own words of before, which the next push replaces: they name somebody who was erased.
        unsaid = {name: None for name in ("why", "scored_at") if name in record.managed}
        return record._replace(managed={**record.managed, **unsaid})

    def _is_email(self, address: str) -> bool:
        return self._own.of_email(address) in self._known

    def _clean(self, text: str) -> str:
        return without_addresses(text, self._is_email)


def _contact_ids(page: Page) -> Iterator[str]:
    for record in page.records:
        match record:
            case Contact():
                yield record.remote_id
            case Tally():
                yield record.contact_id
            case Activity():
                yield from record.contact_ids
            case DealRoles():
                yield from (contact for contact, _ in record.people)
            case _:
                pass
    yield from (grave.ref.remote_id for grave in page.tombstones if grave.ref.kind is Kind.CONTACT)
    yield from (one.ref.remote_id for one in page.skipped if one.ref.kind is Kind.CONTACT)


def _emails(records: Iterable[Record]) -> Iterator[str]:
    for record in records:
        match record:
            case Contact() | Owner():
                yield record.email or ""
            case Deal():
                yield from addresses_in(record.name)
            case Account():
                for text in (record.name, *record.fields.values()):
                    if isinstance(text, str):
                        yield from addresses_in(text)
            case _:
                pass
