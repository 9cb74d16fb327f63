"""PostgreSQL: a server that many processes share."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from core.errors import ConfigError
from store.column_rows import Row
from store.copy_text import pieces

_SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")
_CONNECT = {
    "connect_timeout": 10,
    "application_name": "shortlist",
    # A server that has gone without a word is noticed within a minute.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}
_SETTINGS = {
    "lock_timeout": "1min",
    "statement_timeout": "30min",
    # Somebody who stopped in the middle of a transaction does not keep the others from writing for ever.
    "idle_in_transaction_session_timeout": "10min",
    "default_transaction_isolation": "read committed",
    # "relation already exists, skipping" of the staging tables.
    "client_min_messages": "warning",
}
_POOL_SIZE, _MORE = 5, 25
"""Connections that are kept, and further ones while many threads read."""


def is_postgres(url: URL) -> bool:
    """Whether a URL names a PostgreSQL database."""
    return url.drivername in _SCHEMES


def postgres_engine(url: URL) -> Engine:
    """An engine over a database in UTF-8; raises ConfigError for another one, or without the driver."""
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            connect_args=_CONNECT,
            pool_size=_POOL_SIZE,
            max_overflow=_MORE,
            pool_pre_ping=True,
            use_native_hstore=False,
        )
    except ModuleNotFoundError as error:
        raise ConfigError(
            "store.url: PostgreSQL needs a driver that is not installed: pip install 'shortlist[postgres]'."
        ) from error
    # Before SQLAlchemy looks at the server, which it cannot do in every encoding.
    event.listen(engine, "connect", _prepare, insert=True)
    event.listen(engine, "before_cursor_execute", _translate, retval=True)
    return engine


def conninfo(url: URL) -> str:
    """The address as the driver itself takes it, with its password."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _prepare(connection: Any, _record: Any) -> None:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        connection.close()
        raise ConfigError(
            f"store.url: the database keeps text as {encoding}; make one that keeps it as UTF8: "
            "CREATE DATABASE shortlist ENCODING 'UTF8' TEMPLATE template0."
        )
    connection.adapters.register_dumper(str, _text_dumper())
    connection.autocommit = True
    for name, value in _SETTINGS.items():
        connection.execute("SELECT set_config(%s, %s, false)", (name, value))
    connection.autocommit = False


def _text_dumper() -> type:
    """Text goes in without NUL, which PostgreSQL cannot keep: one such record would block its stream for ever."""
    from psycopg.types.string import StrDumperUnknown  # noqa: PLC0415 only installed where it is needed

    class WithoutNul(StrDumperUnknown):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\0", "") if "\0" in obj else obj)

    return WithoutNul


def _translate(
    _connection: Connection, _cursor: Any, statement: str, parameters: Any, context: Any, _many: Any
) -> tuple[str, Any]:
    """Our own statements mark parameters as SQLite does; those that SQLAlchemy made are right already."""
    is_ours = context is None or context.compiled is None
    return (for_psycopg(statement) if is_ours else statement), parameters


@lru_cache(maxsize=512)
def for_psycopg(statement: str) -> str:
    """A statement with the marks for parameters that the driver knows."""
    return statement.replace("%", "%%").replace("?", "%s")


def copy_rows(connection: Connection, table: str, columns: Iterable[str], rows: Sequence[Row]) -> None:
    """COPY rows into a table; raises SQLAlchemy's errors, and TypeError for values that no column has."""
    names = ", ".join(f'"{name}"' for name in columns)
    statement = f'COPY "{table}" ({names}) FROM STDIN'
    driver: Any = connection.dialect.dbapi
    cursor = connection.connection.cursor()
    try:
        with cursor.copy(statement) as copy:
            for piece in pieces(rows):
                copy.write(piece)
    except driver.Error as error:
        raise DBAPIError.instance(statement, None, error, driver.Error, dialect=connection.dialect) from error
    finally:
        cursor.close()


def stage(connection: Connection, table: str, columns: Iterable[str], rows: Sequence[Row]) -> str:
    """Copy rows into a table of this session without constraints, empty at first; gives its name.

    The table lives as long as the session, its rows as long as the transaction.
    """
    staging = f"staging_{table}"
    connection.exec_driver_sql(
        f'CREATE TEMP TABLE IF NOT EXISTS "{staging}" ON COMMIT DELETE ROWS '  # noqa: S608 our own names
        f'AS SELECT * FROM "{table}" WITH NO DATA; DELETE FROM "{staging}"'
    )
    copy_rows(connection, staging, columns, rows)
    return staging


def byte_order(connection: Connection) -> None:
    """Make every column of text compare by its bytes, as SQLite's do, whatever the database's language is."""
    found = connection.exec_driver_sql(
        "SELECT table_name, column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND data_type IN ('text', 'character varying') "
        "AND collation_name IS DISTINCT FROM 'C'"
    ).all()
    for table, column, type_ in found:
        connection.exec_driver_sql(f'ALTER TABLE "{table}" ALTER "{column}" TYPE {type_} COLLATE "C"')
