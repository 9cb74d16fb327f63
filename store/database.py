"""Opening the database, and its two kinds of transaction."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import URL, Engine, create_engine, event, inspect
from sqlalchemy import Connection as SqlConnection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError

from core.errors import ConfigError

BUSY_TIMEOUT_MS = 10_000
_BEGIN = "shortlist_begin"


@dataclass(frozen=True, slots=True)
class Database:
    """An open database at the newest schema revision."""

    engine: Engine

    @contextmanager
    def write(self) -> Iterator[SqlConnection]:
        """One transaction that takes the writer's lock at once (a later upgrade would fail under load).

        Keep it short, and never hold it over a call to a CRM.
        """
        with for_writing(self.engine).begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[SqlConnection]:
        """One consistent view; never blocks a writer and is never blocked by one."""
        with self.engine.connect() as connection:
            yield connection

    def close(self) -> None:
        """Let go of the file."""
        self.engine.dispose()


def for_writing(engine: Engine) -> Engine:
    """The same engine, whose transactions wait for the writer's lock at their beginning."""
    return engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})


def open_database(url: str) -> Database:
    """Open, and bring the schema to its newest revision.

    Raises ConfigError for a URL that cannot be used or a schema newer than this program.
    """
    path = _path(url)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            URL.create("sqlite", database=str(path)), connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}
        )
        _prepare(engine)
        with _alone(path):
            _upgrade(engine)
    except (DatabaseError, OSError) as error:
        cause = error.orig if isinstance(error, DatabaseError) else error
        raise ConfigError(f"store.url: the database {path} cannot be opened: {cause}.") from error
    return Database(engine)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time opens a database: SQLite lets two that switch a new file to WAL fail at once."""
    with Path(f"{path}.opening").open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _path(url: str) -> Path:
    """The file that a URL names; raises ConfigError without the URL, which may hold a password."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.drivername != "sqlite" or parsed.database in (None, "", ":memory:"):
        raise ConfigError("store.url: only a file is supported; write sqlite:///PATH.")
    return Path(str(parsed.database)).expanduser().absolute()


def _prepare(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        # We begin transactions ourselves (below); the driver's own way begins too late.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-65536",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: SqlConnection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))


def alembic_config(engine: Engine) -> AlembicConfig:
    """Alembic, pointed at our migrations and this database."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["engine"] = engine
    return config


def _upgrade(engine: Engine) -> None:
    config = alembic_config(engine)
    from alembic.script import ScriptDirectory  # noqa: PLC0415 slow import, needed here only

    script = ScriptDirectory.from_config(config)
    current = revision(engine)
    if current == script.get_current_head():
        return
    if current and current not in {known.revision for known in script.walk_revisions()}:
        raise ConfigError(
            f"The database is at revision {current}, which this version of Shortlist does not know: "
            "install the newer version again."
        )
    command.upgrade(config, "head")


def revision(engine: Engine) -> str | None:
    """The schema revision a database is at; None for an empty one."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        return str(found) if found else None
