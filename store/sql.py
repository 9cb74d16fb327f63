"""Statements made from the tables: bulk upserts with the changed-only guard."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Connection, Table
from sqlmodel import SQLModel

Row = tuple[Any, ...]


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a SQLModel class."""
    table: Table = model.__table__  # type: ignore[attr-defined]  # SQLModel adds it
    return table


@cache
def columns_of(model: type[SQLModel]) -> tuple[str, ...]:
    """The column names, in the order in which upsert takes them."""
    return tuple(column.name for column in table_of(model).columns)


@cache
def upsert_statement(model: type[SQLModel]) -> str:
    """INSERT … ON CONFLICT that touches a row only where a column really differs, never with an older one."""
    table, names = table_of(model), columns_of(model)
    keys = [column.name for column in table.primary_key.columns]
    rest = [name for name in names if name not in keys]
    values = ", ".join("?" * len(names))
    insert = f'INSERT INTO "{table.name}" ({_quoted(names)}) VALUES ({values})'  # noqa: S608 our own names
    if not rest:
        return f"{insert} ON CONFLICT DO NOTHING"
    updates = ", ".join(f'"{name}" = excluded."{name}"' for name in rest)
    differs = " OR ".join(f'"{table.name}"."{name}" IS NOT excluded."{name}"' for name in rest)
    # A page read a moment ago (or from a search index that lags) never overwrites a newer version.
    newer = f' AND excluded."modified_at" >= "{table.name}"."modified_at"' if "modified_at" in rest else ""
    return f"{insert} ON CONFLICT ({_quoted(keys)}) DO UPDATE SET {updates} WHERE ({differs}){newer}"


def upsert(connection: Connection, model: type[SQLModel], rows: Sequence[Row]) -> int:
    """Write rows (all columns, in columns_of order); how many were new or really changed."""
    if not rows:
        return 0
    return connection.exec_driver_sql(upsert_statement(model), list(rows)).rowcount


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
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
    finally:
        cursor.close()


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def to_json(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """JSON text with sorted keys, so that equal values are equal text."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
