"""The proof of an erasure: a search for what was erased, in every table, in the database's files, and in others."""

import mmap
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection

from store.addresses import addresses_in
from store.database import Database
from store.deliveries import deliveries_about
from store.erasing import activities_of, holds
from store.personal import PLACES, text_columns
from store.persons import People, RecordKey
from store.sqlite import file_of

_TELLING = 12
"""Ids of fewer characters stand in any file by chance; in tables they are looked for by column."""
_COPY = ".before-"
"""In the names of copies that an upgrade leaves behind (store.database)."""


class Trace(NamedTuple):
    """One place that was searched: how often something of the people was found there, and what to know of it."""

    where: str
    found: int
    note: str = ""


def search(database: Database, people: People, others: Iterable[Path] = ()) -> list[Trace]:
    """Look for the addresses and ids of people: in every table, the database's files, and other files or folders."""
    with database.read() as reader:
        found = list(_in_tables(reader, people))
        longer = sorted(_longer_addresses(reader, people.emails))
    files = _own_files(database)
    if not files:
        found.append(
            Trace(
                "files of the database server", 0, "not searched: they are the server's; see docs/privacy.md"
            )
        )
    files += [file for other in others for file in _files(other)]
    return found + [_file_trace(path, people, longer) for path in files]


def _file_trace(path: Path, people: People, longer: Collection[str]) -> Trace:
    found = _in_file(path, people, longer)
    is_copy = found and _COPY in path.name
    return Trace(
        str(path), found, "a copy of the database from before an upgrade: delete it" if is_copy else ""
    )


def _in_tables(reader: Connection, people: People) -> Iterator[Trace]:
    counts: Counter[str] = Counter()
    for table, column in text_columns():
        counts[table.name] += sum(
            _times(reader, table.name, column, email) for email in sorted(people.emails)
        )
    for place in PLACES:
        counts[place.table] += sum(
            _rows(reader, place.table, f"{place.column} = ? AND {place.condition}", key)
            for key in people.contacts
        )
    counts["crm_activity"] += sum(len(activities_of(reader, key)) for key in people.contacts)
    counts["delivery"] += sum(deliveries_about(reader, *key) for key in people.contacts)
    counts["crm_owner"] += sum(_rows(reader, "crm_owner", "remote_id = ?", key) for key in people.owners)
    notes = {"model_version": "a model names the address: publish one without it"}
    for name, count in counts.items():
        yield Trace(f"table {name}", count, notes.get(name, "") if count else "")


def _times(reader: Connection, table: str, column: str, email: str) -> int:
    return sum(email in each for each in _addresses(reader, table, column, email))


def _addresses(reader: Connection, table: str, column: str, email: str) -> Iterator[set[str]]:
    """The addresses in each text that holds this one, in lower case."""
    statement = f'SELECT "{column}" FROM "{table}" WHERE {holds(column)}'  # noqa: S608 our own names
    for row in reader.exec_driver_sql(statement, (email,)):
        yield {one.lower() for one in addresses_in(row[0])}


def _rows(reader: Connection, table: str, where: str, key: RecordKey) -> int:
    statement = f'SELECT count(*) FROM "{table}" WHERE connection_id = ? AND {where}'  # noqa: S608 our own words
    return int(reader.exec_driver_sql(statement, key).scalar_one())


def _longer_addresses(reader: Connection, emails: Iterable[str]) -> set[str]:
    """Addresses of others that hold one of these: bytes do not say where an address begins."""
    found = {
        one
        for email in emails
        for table, column in text_columns()
        for each in _addresses(reader, table.name, column, email)
        for one in each
        if email in one
    }
    return found - set(emails)


def _own_files(database: Database) -> list[Path]:
    """The database, its log, and the copies of it from before upgrades, which lie beside it."""
    if database.engine.dialect.name != "sqlite":
        return []
    base = file_of(database.engine.url)
    return sorted(path for path in base.parent.glob(f"{base.name}*") if path.is_file())


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(each for each in path.rglob("*") if each.is_file())
    else:
        yield path


def _in_file(path: Path, people: People, longer: Collection[str]) -> int:
    ids = {remote_id for _, remote_id in people.contacts if len(remote_id) >= _TELLING}
    wanted = [text.encode().lower() for text in sorted(people.emails | ids)]
    if not wanted or path.stat().st_size == 0:
        return 0
    others = [text.encode() for text in longer]
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        return sum(_occurrences(mapped, text, [one for one in others if text in one]) for text in wanted)


_CHUNK = 1 << 22


def _occurrences(mapped: mmap.mmap, text: bytes, longer: Sequence[bytes]) -> int:
    """How often a text stands there, in any case of its ASCII letters, but for where a longer one stands around it."""
    reach = max([len(text), *map(len, longer)])
    found = 0
    for start in range(0, len(mapped), _CHUNK):
        before = max(start - reach, 0)
        part = mapped[before : start + _CHUNK + reach].lower()
        place = part.find(text, start - before)
        while 0 <= place < start - before + _CHUNK:
            found += not any(_stands_around(part, place, text, one) for one in longer)
            place = part.find(text, place + 1)
    return found


def _stands_around(part: bytes, place: int, text: bytes, longer: bytes) -> bool:
    offset = longer.find(text)
    return place >= offset and part.startswith(longer, place - offset)
