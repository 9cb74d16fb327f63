"""The migrations and the tables say the same, and running them again is harmless."""

from pathlib import Path

import pytest
import sqlalchemy
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DatabaseError
from sqlmodel import SQLModel

import store.tables  # noqa: F401 registers the tables
from core.errors import ConfigError
from store.database import Database, alembic_config, open_database, revision, revisions
from store.postgres import is_postgres, postgres_engine
from store.quarantine import refusals
from store.runs import list_runs, start_run
from store.sqlite import sqlite_engine
from tests.worlds import new_database


def test_the_newest_revision_makes_exactly_the_tables(new_url: str) -> None:
    database = open_database(new_url)
    with database.read() as reader:
        context = MigrationContext.configure(reader, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    database.close()


def test_tables_without_rowid_are_without_rowid_in_both(tmp_path: Path) -> None:
    """compare_metadata does not look at this; the clustering of evidence rests on it."""
    database = new_database(tmp_path)
    with database.read() as reader:
        made = {
            name: "WITHOUT ROWID" in sql
            for name, sql in reader.exec_driver_sql(
                "SELECT name, sql FROM sqlite_master WHERE type = 'table'"
            )
        }
    for name, table in SQLModel.metadata.tables.items():
        assert made[name] == (table.dialect_options["sqlite"]["with_rowid"] is False), name


def test_running_the_migrations_again_changes_nothing(new_url: str) -> None:
    database = open_database(new_url)
    start_run(database, "sync", as_of_ms=1, now_ms=1)
    command.upgrade(alembic_config(database.engine), "head")
    database.close()
    again = open_database(new_url)
    assert len(list_runs(again)) == 1
    again.close()


def test_the_migrations_are_one_line_that_never_turns_back() -> None:
    config = alembic_config(sqlalchemy.create_engine("sqlite://"))
    script = ScriptDirectory.from_config(config)
    assert script.get_heads() == revisions()[-1:]
    assert script.get_bases() == revisions()[:1]
    assert sorted(found.revision for found in script.walk_revisions()) == revisions()
    assert not [found.revision for found in script.walk_revisions() if hasattr(found.module, "downgrade")]


def test_a_migration_that_fails_in_the_middle_leaves_nothing_behind(new_url: str) -> None:
    """A table in the way of the last step; without it, the same database opens."""
    parsed = sqlalchemy.make_url(new_url)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = sqlalchemy.create_engine(parsed)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE stream_cursor (wrong INTEGER)")
    with pytest.raises(ConfigError, match="stream_cursor"):
        open_database(new_url)
    with engine.begin() as connection:
        assert sqlalchemy.inspect(connection).get_table_names() == ["stream_cursor"]
        connection.exec_driver_sql("DROP TABLE stream_cursor")
    engine.dispose()
    database = open_database(new_url)
    assert revision(database.engine) is not None
    with pytest.raises(DatabaseError, match="wrong"), database.read() as reader:
        reader.exec_driver_sql("SELECT wrong FROM stream_cursor")
    database.close()


def test_text_on_postgresql_compares_by_its_bytes_and_numbers_are_ours(in_postgres: Database) -> None:
    """SQLite's text does; orders differ between servers otherwise. Its sequences would leave gaps."""
    with in_postgres.read() as reader:
        found = reader.exec_driver_sql(
            "SELECT collation_name, count(*) FROM information_schema.columns WHERE table_schema = 'public' "
            "AND data_type IN ('text', 'character varying', 'character') GROUP BY 1"
        ).all()
        assert [row[0] for row in found] == ["C"]
        assert found[0][1] > 80
        defaults = (
            "SELECT count(column_default) FROM information_schema.columns WHERE table_schema = 'public'"
        )
        assert reader.exec_driver_sql(defaults).scalar() == 0


def test_a_database_from_before_drift_keeps_its_changes_and_its_quarantine(new_url: str) -> None:
    url = sqlalchemy.make_url(new_url)
    engine = postgres_engine(url) if is_postgres(url) else sqlite_engine(url)
    config = alembic_config(engine)
    before = ScriptDirectory.from_config(config).get_revision("0009").down_revision
    command.upgrade(config, str(before))
    with engine.begin() as connection:
        for statement in (
            (
                "INSERT INTO run (id, command, as_of, started_at, state, counts) "
                "VALUES (1, 'push', 1, 1, 'done', '{}')"
            ),
            (
                "INSERT INTO change (id, run_id, connection_id, kind, remote_id, before, after, outcome) "
                "VALUES (1, 1, 1, 'account', 'a1', '{}', '{}', 'written')"
            ),
            (
                "INSERT INTO quarantine (connection_id, kind, remote_id, fingerprint, reason, attempts, last_at) "
                "VALUES (1, 'account', 'a1', '{}', 'no', 2, 5)"
            ),
        ):
            connection.exec_driver_sql(statement)
    engine.dispose()
    database = open_database(new_url)
    with database.read() as reader:
        assert reader.exec_driver_sql("SELECT why FROM change").all() == [(None,)]
    [refusal] = refusals(database).values()
    assert (refusal.attempts, refusal.last_at) == (2, 5)
    assert refusal.is_stale, "nobody knows what it rested on, so it is tried again"
    database.close()
