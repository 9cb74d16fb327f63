"""Who may work on a database: one command alone, or several tasks at once that share no connection.

A task of the service holds the database together with other tasks, and each of its connections for itself. A command
(install, rollback, a push by hand …) holds the database alone, between the tasks. Whatever is held is freed when its
process ends, however it ends.
"""

import fcntl
import os
import threading
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

from sqlalchemy import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from core.errors import Busy, ConfigError, Interrupted, TransientError
from store.database import parsed_url, shown
from store.postgres import is_postgres, postgres_engine
from store.sqlite import file_of

_WORKERS = 7_466_836
"""Number of the PostgreSQL advisory lock that stands for the right to work."""
_TURN_SECONDS = 0.1


class Held(Protocol):
    """What a task holds."""

    def check(self) -> None:
        """Raise Interrupted where it has been lost (its session on the server is gone)."""


class WorkLocks(Protocol):
    """The locks of the tasks of one process."""

    def hold(self, connections: Collection[int], wait_seconds: float) -> Any:
        """A context that holds the database with others, and these connections alone; it gives a `Held`.

        Raises Busy where they cannot be had in time.
        """

    def close(self) -> None:
        """Let go of everything."""


def work_locks(url: str) -> WorkLocks:
    """The locks of a database for the tasks of this process."""
    parsed = parsed_url(url)
    return ServerLocks(parsed) if is_postgres(parsed) else FileLocks(parsed)


@contextmanager
def exclusive(url: str, *, wanted: bool = True, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold a database alone.

    Raises ConfigError when others hold it for longer than that. With wanted=False nothing is locked.
    """
    parsed = parsed_url(url)
    if not wanted:
        yield
    elif is_postgres(parsed):
        with _alone_on_server(parsed, wait_seconds):
            yield
    else:
        with _locked_file(_work_file(parsed), fcntl.LOCK_EX, wait_seconds) as file:
            if file is None:
                raise _taken(parsed, _process_in(_work_file(parsed)))
            yield


@contextmanager
def serving(url: str) -> Iterator[None]:
    """Be the one process that serves a SQLite file; on PostgreSQL many may.

    Raises ConfigError where another one does.
    """
    parsed = parsed_url(url)
    if is_postgres(parsed):
        yield
        return
    path = Path(f"{file_of(parsed)}.serving")
    with _locked_file(path, fcntl.LOCK_EX, 0.0) as file:
        if file is None:
            raise ConfigError(
                f"Another `shortlist serve` (process {_process_in(path)}) runs on {shown(parsed)}. One SQLite file "
                "is served by one process: stop that one, or move to PostgreSQL (docs/service.md)."
            )
        yield


@dataclass
class FileLocks:
    """SQLite: tasks share the file's lock, which a command takes for itself; connections are this process's own."""

    url: URL
    _connections: dict[int, threading.Lock] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def hold(self, connections: Collection[int], wait_seconds: float) -> Iterator[Held]:
        """See WorkLocks."""
        with ExitStack() as held:
            for number in sorted(connections):
                with self._guard:
                    lock = self._connections.setdefault(number, threading.Lock())
                if not lock.acquire(timeout=wait_seconds):
                    raise Busy(f"Connection {number} is in use.")
                held.callback(lock.release)
            if held.enter_context(_locked_file(_work_file(self.url), fcntl.LOCK_SH, wait_seconds)) is None:
                raise Busy(
                    f"A command (process {_process_in(_work_file(self.url))}) works on {shown(self.url)}."
                )
            yield _HeldByProcess()

    def close(self) -> None:
        """Nothing is kept open."""


class _HeldByProcess:
    def check(self) -> None:
        """Nothing takes it from a living process."""


@dataclass
class ServerLocks:
    """PostgreSQL: a session for each task keeps its locks; who waits is served in the order of asking."""

    url: URL
    _engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self._engine = postgres_engine(self.url).execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def hold(self, connections: Collection[int], wait_seconds: float) -> Iterator[Held]:
        """See WorkLocks."""
        with self._session() as session:
            try:
                _wait_at_most(session, wait_seconds)
                session.exec_driver_sql(f"SELECT pg_advisory_lock_shared({_WORKERS})")
                # In order, so that two that need several never wait for each other.
                for number in sorted(connections):
                    session.exec_driver_sql(f"SELECT pg_advisory_lock({_WORKERS}, {number:d})")
            except DBAPIError as error:
                session.invalidate()
                raise Busy(f"The locks on {shown(self.url)} were not to be had.") from error
            try:
                yield _HeldBySession(session)
            finally:
                _let_go(session)

    def _session(self) -> Connection:
        try:
            return self._engine.connect()
        except OperationalError as error:
            raise TransientError(
                f"The database {shown(self.url)} is away: {str(error.orig).strip()}."
            ) from error

    def close(self) -> None:
        """End the sessions."""
        self._engine.dispose()


@dataclass
class _HeldBySession:
    session: Connection
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def check(self) -> None:
        """See Held."""
        with self._guard:
            try:
                self.session.exec_driver_sql("SELECT 1")
            except DBAPIError as error:
                raise Interrupted("The lock was lost with its session on the server.") from error


def _let_go(session: Connection) -> None:
    if session.invalidated:  # the server has ended it, and its locks with it
        return
    try:
        session.exec_driver_sql("SELECT pg_advisory_unlock_all()")
    except DBAPIError:
        session.invalidate()


def _wait_at_most(session: Connection, seconds: float) -> None:
    # 0 would be for ever.
    session.exec_driver_sql(f"SET lock_timeout = {max(1, round(seconds * 1000))}")


@contextmanager
def _alone_on_server(url: URL, wait_seconds: float) -> Iterator[None]:
    engine = postgres_engine(url).execution_options(isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as session:
            _wait_at_most(session, wait_seconds)
            try:
                session.exec_driver_sql(f"SELECT pg_advisory_lock({_WORKERS})")
            except OperationalError as error:
                raise _taken(url, "on this or another machine") from error
            yield
    finally:
        engine.dispose()


def _work_file(url: URL) -> Path:
    return Path(f"{file_of(url)}.lock")


@contextmanager
def _locked_file(path: Path, kind: int, wait_seconds: float) -> Iterator[IO[str] | None]:
    """The locked file with our number in it; None where others held it all the time."""
    with path.open("a+") as file:
        pause, turns = threading.Event(), round(wait_seconds / _TURN_SECONDS)
        while not (is_ours := _try_lock(file, kind)) and turns > 0:
            pause.wait(_TURN_SECONDS)
            turns -= 1
        if is_ours:
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
        yield file if is_ours else None


def _try_lock(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _process_in(path: Path) -> str:
    return path.read_text().strip() or "unknown"


def _taken(url: URL, process: str) -> ConfigError:
    return ConfigError(
        f"Another Shortlist (process {process}) is working on {shown(url)}. Wait for it, or stop it."
    )
