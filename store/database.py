"""Opening the database, and its kinds of transaction."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Engine, event, inspect
from sqlalchemy import Connection as SqlConnection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError

from core.errors import ConfigError, StorageFull, TransientError
from store.backup import back_up
from store.dialect import dialect_of
from store.postgres import conninfo, is_postgres, postgres_engine
from store.sqlite import alone, file_of, sqlite_engine

if TYPE_CHECKING:
    from alembic.config import Config as AlembicConfig

_MIGRATIONS = Path(__file__).parent / "migrations"
_BEGIN = "shortlist_begin"
_NO_ROOM = ("database or disk is full", "disk I/O error", "No space left on device")
GENERATION = "generation"
"""Marks that count the write transactions that may have changed what scores and plans rest on.

One for each connection that lands, so that none waits for another, and one for all else.
"""
_NEXT_GENERATION = """
INSERT INTO mark VALUES (?, '1')
ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(mark.value AS INTEGER) + 1 AS TEXT)
"""


@dataclass(frozen=True, slots=True)
class Database:
    """An open database at the newest schema revision.

    Its transactions raise TransientError where the database is away, or busy for too long.
    """

    engine: Engine

    @contextmanager
    def write(self, *, landing: int | None = None, moves: bool = True) -> Iterator[SqlConnection]:
        """One transaction that takes the writer's lock at once (a later upgrade would fail under load).

        With `landing` it writes nothing but landed rows of that connection, what is noted of them in `touched`
        and its cursors; PostgreSQL lets several connections do so at once. Keep it short, and never hold it
        over a call to a CRM. Without `moves` it promises to change nothing that scores or plans rest on
        (store.settled).
        """
        with _passing_errors(self.engine), for_writing(self.engine, landing).begin() as connection:
            yield connection
            if moves:
                next_generation(connection, landing)

    @contextmanager
    def count(self) -> Iterator[SqlConnection]:
        """A very short transaction on rows of its own kind, which waits for no writer of others where it can."""
        begin = dialect_of(self.engine).begin_counting
        with _passing_errors(self.engine), _beginning(self.engine, begin).begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[SqlConnection]:
        """One consistent view; never blocks a writer and is never blocked by one."""
        with _passing_errors(self.engine), self.engine.connect() as connection:
            yield connection

    def revision(self) -> str | None:
        """The schema revision that it is at now."""
        with _passing_errors(self.engine):
            return revision(self.engine)

    def close(self) -> None:
        """Let go of the file or the server."""
        self.engine.dispose()


def next_generation(connection: SqlConnection, landing: int | None) -> None:
    """Note in the running transaction that scores and plans may be others from now on."""
    name = GENERATION if landing is None else f"{GENERATION} of {landing}"
    connection.exec_driver_sql(_NEXT_GENERATION, (name,))


def for_writing(engine: Engine, landing: int | None = None) -> Engine:
    """The same engine, whose transactions wait for the writer's lock at their beginning."""
    words = dialect_of(engine)
    begin = words.begin_writing if landing is None else words.begin_landing.format(connection=landing)
    return _beginning(engine, begin)


@lru_cache(maxsize=16)
def _beginning(engine: Engine, begin: str) -> Engine:
    """The same engine, whose transactions begin with these words; kept, as making it is a twelfth of a short one."""
    return engine.execution_options(**{_BEGIN: begin})


@contextmanager
def _passing_errors(engine: Engine) -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        if any(words in str(error.orig) for words in _NO_ROOM):
            raise StorageFull(
                f"The database {shown(engine.url)} has no room: {str(error.orig).strip()}. Nothing is begun that "
                "could not be noted; make room, and work goes on by itself."
            ) from error
        # SQLite gives this class to mistakes in a statement, too.
        if is_postgres(engine.url) or "database is locked" in str(error.orig):
            raise TransientError(
                f"The database {shown(engine.url)} is away or busy: {str(error.orig).strip()}. "
                "What was stored stays; run the same command again."
            ) from error
        raise


def parsed_url(url: str) -> URL:
    """The parts of store.url; raises ConfigError, without the URL, which may hold a password."""
    try:
        return make_url(url)
    except ArgumentError as error:
        raise ConfigError(
            "store.url is not the address of a database; write sqlite:///PATH or "
            "postgresql://USER:PASSWORD@HOST/DATABASE."
        ) from error


def shown(url: URL | str) -> str:
    """A URL for people to see, without its password."""
    parsed = parsed_url(url) if isinstance(url, str) else url
    if is_postgres(parsed):
        parsed = parsed.set(drivername="postgresql")
    return parsed.render_as_string(hide_password=True)


def is_server(url: str) -> bool:
    """Whether a URL names a PostgreSQL database."""
    return is_postgres(parsed_url(url))


def open_database(url: str, *, is_there: bool = False) -> Database:
    """Open, and bring the schema to its newest revision; with `is_there`, a SQLite file is not made.

    Raises ConfigError for a URL that cannot be used or a schema newer than this program.
    """
    parsed = parsed_url(url)
    if is_there and not is_postgres(parsed) and not file_of(parsed).exists():
        raise ConfigError(f"There is no database {shown(parsed)}.")
    try:
        return Database(_opened(parsed))
    except (DatabaseError, OSError) as error:
        cause = error.orig if isinstance(error, DatabaseError) else error
        text = f"store.url: the database {shown(parsed)} cannot be opened: {str(cause).strip()}."
        raise ConfigError(text) from error


def _opened(url: URL) -> Engine:
    engine = postgres_engine(url) if is_postgres(url) else sqlite_engine(url)
    _begin_transactions(engine)
    try:
        # On PostgreSQL the migrations wait for each other at the writer's lock.
        with nullcontext() if is_postgres(url) else alone(file_of(url)):
            _upgrade(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _begin_transactions(engine: Engine) -> None:
    @event.listens_for(engine, "begin")
    def on_begin(connection: SqlConnection) -> None:
        begin = connection.get_execution_options().get(_BEGIN, dialect_of(connection).begin_reading)
        connection.exec_driver_sql(begin)


def alembic_config(engine: Engine) -> "AlembicConfig":
    """Alembic, pointed at our migrations and this database."""
    from alembic.config import Config as AlembicConfig  # noqa: PLC0415 slow import, needed here only

    config = AlembicConfig()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["engine"] = engine
    return config


def _upgrade(engine: Engine) -> None:
    current, known = revision(engine), revisions()
    if current == known[-1]:
        return
    if current and current not in known:
        raise ConfigError(
            f"The database is at revision {current}, which this version of Shortlist does not know: "
            "install the newer version again."
        )
    if current and not is_postgres(engine.url):
        _keep_copy(engine, current)
    from alembic import command  # noqa: PLC0415 slow import, needed here only

    command.upgrade(alembic_config(engine), "head")


def revisions() -> list[str]:
    """The schema revisions that this program knows, oldest first: the numbers that its migrations' names begin with."""
    return sorted(path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def _keep_copy(engine: Engine, current: str) -> None:
    """Migrations do not turn back: whoever wants the old version again needs the old database (F84)."""
    path = file_of(engine.url)
    copy = path.with_name(f"{path.name}.before-{current}")
    if not copy.exists():
        back_up(engine, copy)


def revision(engine: Engine) -> str | None:
    """The schema revision a database is at; None for an empty one."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        return str(found) if found else None


def server_address(url: str) -> str | None:
    """The address of a PostgreSQL database as its driver takes it, with the password; None for SQLite."""
    parsed = parsed_url(url)
    return conninfo(parsed) if is_postgres(parsed) else None
