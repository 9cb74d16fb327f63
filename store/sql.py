"""Statements made from the tables: bulk upserts with the changed-only guard."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Connection, Table
from sqlmodel import SQLModel

from store.column_rows import ColumnRows, by_column
from store.dialect import dialect_of
from store.postgres import copy_rows, for_psycopg, stage

Row = tuple[Any, ...]

_MANY = 100
"""Rows from which PostgreSQL takes a COPY faster than one statement a row, and it pays to look at columns."""
_WORDS = {"None": "NULL", "False": "FALSE", "True": "TRUE"}


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a SQLModel class."""
    table: Table = model.__table__  # type: ignore[attr-defined]  # SQLModel adds it
    return table


@cache
def columns_of(model: type[SQLModel]) -> tuple[str, ...]:
    """The column names, in the order in which upsert takes them."""
    return tuple(column.name for column in table_of(model).columns)


@cache
def upsert_statement(
    model: type[SQLModel], differs: str, source: str | None = None, values: tuple[str, ...] = ()
) -> str:
    """INSERT … ON CONFLICT that touches a row only where a column really differs, never with an older one.

    The rows are parameters (or what `values` says of each column), or those of the table `source`; `differs` is the
    comparison (store.dialect).
    """
    table, names = table_of(model), columns_of(model)
    keys = [column.name for column in table.primary_key.columns]
    rest = [name for name in names if name not in keys]
    marks = ", ".join(values or "?" * len(names))
    rows = f'SELECT {_quoted(names)} FROM "{source}"' if source else f"VALUES ({marks})"  # noqa: S608 our own names
    insert = f'INSERT INTO "{table.name}" ({_quoted(names)}) {rows}'
    if not rest:
        return f"{insert} ON CONFLICT DO NOTHING"
    updates = ", ".join(f'"{name}" = excluded."{name}"' for name in rest)
    changed = " OR ".join(f'"{table.name}"."{name}" {differs} excluded."{name}"' for name in rest)
    # A page read a moment ago (or from a search index that lags) never overwrites a newer version.
    newer = f' AND excluded."modified_at" >= "{table.name}"."modified_at"' if "modified_at" in rest else ""
    return f"{insert} ON CONFLICT ({_quoted(keys)}) DO UPDATE SET {updates} WHERE ({changed}){newer}"


def upsert(connection: Connection, model: type[SQLModel], rows: Sequence[Row]) -> int:
    """Write rows (all columns, in columns_of order); how many were new or really changed."""
    if not rows:
        return 0
    differs = dialect_of(connection).differs
    if connection.dialect.name == "postgresql" and len(rows) >= _MANY:
        staging = stage(connection, table_of(model).name, columns_of(model), _newest(model, by_column(rows)))
        return connection.exec_driver_sql(upsert_statement(model, differs, staging)).rowcount
    values, rest = _said_once(rows) if len(rows) >= _MANY else ((), list(rows))
    return connection.exec_driver_sql(upsert_statement(model, differs, values=values), rest).rowcount


def _said_once(rows: Sequence[Row]) -> tuple[tuple[str, ...], list[Row]]:
    """What stands in the statement for each column, and the rows without the columns that it tells wholly.

    For each NULL and truth value sqlite3 looks for an adapter, which takes longer than storing a text does.
    """
    columns = by_column(rows).columns
    values = tuple(_WORDS[str(column[0])] if _is_constant(column) else "?" for column in columns)
    rest = [column for column, value in zip(columns, values, strict=True) if value == "?"]
    return values, list(zip(*rest, strict=True))


def _is_constant(column: Sequence[Any]) -> bool:
    first = column[0]
    return (first is None or isinstance(first, bool)) and column.count(first) == len(column)


def insert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Write rows (all columns, in the order of the table) that are new for sure."""
    names = [column.name for column in table.columns]
    if connection.dialect.name == "postgresql":
        copy_rows(connection, table.name, names, rows)
        return
    marks = ", ".join("?" * len(names))
    statement = f'INSERT INTO "{table.name}" ({_quoted(names)}) VALUES ({marks})'  # noqa: S608 our own names
    connection.exec_driver_sql(statement, list(rows))


def _newest(model: type[SQLModel], rows: ColumnRows) -> Sequence[Row]:
    """What is left of rows that are written one after the other: a statement may write a row only once."""
    names = columns_of(model)
    parts = [rows.columns[names.index(column.name)] for column in table_of(model).primary_key.columns]
    if any(len(set(part)) == len(rows) for part in parts):
        return rows  # mostly one column of the key, like a CRM's id, never repeats and settles it
    keys = list(zip(*parts, strict=True))
    if len(set(keys)) == len(rows):
        return rows
    at = names.index("modified_at") if "modified_at" in names else None
    newest: dict[Any, Row] = {}
    for key, row in zip(keys, rows, strict=True):
        known = newest.get(key)
        if known is None or at is None or row[at] >= known[at]:
            newest[key] = row
    return list(newest.values())


def delete_rows(connection: Connection, model: type[SQLModel], keys: Sequence[Row]) -> None:
    """Delete rows by their whole primary key."""
    if keys:
        names = [column.name for column in table_of(model).primary_key.columns]
        where = " AND ".join(f'"{name}" = ?' for name in names)
        statement = f'DELETE FROM "{table_of(model).name}" WHERE {where}'  # noqa: S608 our own names
        connection.exec_driver_sql(statement, list(keys))


def plain_rows(connection: Connection, statement: str, parameters: Row = ()) -> list[Row]:
    """All rows as plain tuples: a third of the time that the rows of SQLAlchemy take."""
    cursor = connection.connection.cursor()
    try:
        is_sqlite = connection.dialect.name == "sqlite"
        cursor.execute(statement if is_sqlite else for_psycopg(statement), parameters)
        return list(cursor.fetchall())
    finally:
        cursor.close()


def among(column: str, numbers: Collection[int]) -> str:
    """The condition that a column holds one of these numbers, of which a range names many in few words."""
    if isinstance(numbers, range) and numbers.step == 1:
        return f"{column} >= {numbers.start} AND {column} < {numbers.stop}"
    # IN takes no empty list everywhere.
    return f"{column} IN ({', '.join(map(str, sorted(numbers))) or 'NULL'})"


def next_number(connection: Connection, model: type[SQLModel]) -> int:
    """The number after the highest one in use: numbers have no gaps, and are the same in both databases.

    Only in a transaction that may write everything.
    """
    statement = f'SELECT coalesce(max(id), 0) + 1 FROM "{table_of(model).name}"'  # noqa: S608 our own names
    return int(connection.exec_driver_sql(statement).scalar_one())


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def to_json(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """JSON text with sorted keys, so that equal values are equal text."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
