"""One process at a time works on a database: a second one would read and write everything twice."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL

from core.errors import ConfigError
from store.database import parsed_url, shown
from store.postgres import is_postgres, postgres_engine
from store.sqlite import file_of

_WORKERS = 7_466_836
"""Number of the PostgreSQL advisory lock that stands for the right to work."""


@contextmanager
def exclusive(url: str, *, wanted: bool = True) -> Iterator[None]:
    """Hold the lock of a database; it is freed when the process ends, however it ends.

    Raises ConfigError at once when another process holds it. With wanted=False nothing is locked.
    """
    parsed = parsed_url(url)
    if not wanted:
        yield
    elif is_postgres(parsed):
        with _on_server(parsed):
            yield
    else:
        with _beside_file(parsed):
            yield


@contextmanager
def _beside_file(url: URL) -> Iterator[None]:
    with Path(f"{file_of(url)}.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            raise _taken(url, file.read().strip() or "unknown") from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


@contextmanager
def _on_server(url: URL) -> Iterator[None]:
    """A session of its own keeps the lock; the server frees it when the session is gone."""
    engine = postgres_engine(url).execution_options(isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as session:
            if not session.exec_driver_sql(f"SELECT pg_try_advisory_lock({_WORKERS})").scalar():
                raise _taken(url, "on this or another machine")
            yield
    finally:
        engine.dispose()


def _taken(url: URL, process: str) -> ConfigError:
    return ConfigError(
        f"Another Shortlist (process {process}) is working on {shown(url)}. Wait for it, or stop it."
    )
