"""Moving everything from one database to another one, SQLite or PostgreSQL, and proving that it is all there."""

import hashlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from sqlalchemy import Boolean, Connection, Table
from sqlmodel import SQLModel

import store.tables  # noqa: F401 registers the tables
from core.errors import ConfigError
from store.database import Database, shown
from store.sql import Row, insert

_ROWS = 10_000
"""Rows in memory at once."""
_BORN_WITH = ("mark",)
"""Tables that a new database is not empty of: everything is to be built."""


class TableSum(NamedTuple):
    """What a table holds; the checksum is over all values in the order of the key, the same in any database."""

    name: str
    rows: int
    checksum: str


def table_sums(reader: Connection) -> list[TableSum]:
    """Every table, with what it holds."""
    return [_sum(table, _chunks(reader, table)) for table in SQLModel.metadata.sorted_tables]


def copy_database(
    source: Database, target: Database, moved: Callable[[str, int], None] = lambda _table, _rows: None
) -> list[TableSum]:
    """Copy every row in one transaction, read both sides again and compare; what was copied, by table.

    `moved` hears of rows as they go. Raises ConfigError, and copies nothing, where the target holds anything or
    would hold something else than the source.
    """
    with source.read() as reader, target.write(moves=False) as writer:
        _refuse_full(writer, shown(target.engine.url))
        for table in SQLModel.metadata.sorted_tables:
            writer.exec_driver_sql(f'DELETE FROM "{table.name}"')  # noqa: S608 our own names
            for rows in _chunks(reader, table):
                insert(writer, table, rows)
                moved(table.name, len(rows))
        before, after = table_sums(reader), table_sums(writer)
        differing = [f"{old} became {new}" for old, new in zip(before, after, strict=True) if old != new]
        if differing:
            raise ConfigError(f"The copy differs, so nothing was copied: {'; '.join(differing)}.")
    return after


def _refuse_full(writer: Connection, name: str) -> None:
    full = [
        table.name
        for table in SQLModel.metadata.sorted_tables
        if table.name not in _BORN_WITH
        and writer.exec_driver_sql(f'SELECT 1 FROM "{table.name}" LIMIT 1').scalar()  # noqa: S608 our own names
    ]
    if full:
        raise ConfigError(
            f"{name} is not empty (it holds {', '.join(full)}), so nothing was copied. "
            "Copy into a new database."
        )


def _chunks(reader: Connection, table: Table) -> Iterator[list[Row]]:
    """All rows by key; truth is 1 and 0, as SQLite has it."""
    columns = ", ".join(
        f'CAST("{column.name}" AS INTEGER)' if isinstance(column.type, Boolean) else f'"{column.name}"'
        for column in table.columns
    )
    keys = ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
    rows = reader.exec_driver_sql(
        f'SELECT {columns} FROM "{table.name}" ORDER BY {keys}',  # noqa: S608 our own names
        execution_options={"stream_results": True},
    )
    for chunk in rows.partitions(_ROWS):
        yield [tuple(row) for row in chunk]


def _sum(table: Table, chunks: Iterator[list[Row]]) -> TableSum:
    digest, count = hashlib.blake2b(digest_size=8), 0
    for rows in chunks:
        count += len(rows)
        for row in rows:
            digest.update(repr(row).encode())
    return TableSum(table.name, count, digest.hexdigest())
