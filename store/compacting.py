"""Giving free pages back, so that nothing of what was deleted stays in the database's files."""

from sqlalchemy import Connection

from store.database import Database
from store.erasing import ERASED_BEFORE_COMPACTING
from store.touched import mark, read_mark


def compact(database: Database) -> None:
    """Rewrite the database without what was deleted. Nobody else may be writing; takes a while on a large one.

    On SQLite the file is written anew and the write-ahead log emptied. PostgreSQL makes dead rows reusable; its own
    log, replicas and backups are beyond a client.
    """
    is_sqlite = database.engine.dialect.name == "sqlite"
    statements = (
        ("PRAGMA secure_delete = ON", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)")
        if is_sqlite
        else ("VACUUM",)
    )
    raw = database.engine.raw_connection()
    try:
        if not is_sqlite:
            raw.driver_connection.autocommit = True  # type: ignore[union-attr]  # psycopg's own attribute
        cursor = raw.cursor()
        for statement in statements:
            cursor.execute(statement)
            cursor.fetchall() if cursor.description else None
    finally:
        raw.detach()
        raw.close()
    with database.write() as writer:
        mark(writer, ERASED_BEFORE_COMPACTING, None)
    if is_sqlite:
        _empty_log(database)


def _empty_log(database: Database) -> None:
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")  # a checkpoint is refused inside a transaction
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all()
        connection.exec_driver_sql("BEGIN")


def needs_compacting(reader: Connection) -> bool:
    """Whether people were erased since the database was last written anew."""
    return read_mark(reader, ERASED_BEFORE_COMPACTING) is not None


def compact_if_erased(database: Database) -> bool:
    """Compact where a CRM had somebody erased; whether that was so."""
    with database.read() as reader:
        needed = needs_compacting(reader)
    if needed:
        compact(database)
    return needed
