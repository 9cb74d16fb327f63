"""SQLite: one file, written by one process at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event

from core.errors import ConfigError

BUSY_TIMEOUT_MS = 10_000
_PRAGMAS = (
    # For new files only. A row of a record is 1 to 1.5 kB; on pages of 4 kB each would take one of its own.
    "page_size=8192",
    "journal_mode=WAL",
    "synchronous=NORMAL",
    f"busy_timeout={BUSY_TIMEOUT_MS}",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "cache_size=-16384",
)


def file_of(url: URL) -> Path:
    """The file that a URL names; raises ConfigError where it names none."""
    if url.drivername != "sqlite" or url.database in (None, "", ":memory:"):
        raise ConfigError("store.url: a SQLite database is a file; write sqlite:///PATH.")
    return Path(str(url.database)).expanduser().absolute()


def sqlite_engine(url: URL) -> Engine:
    """An engine over the file, which is made with its folders where there is none, for its owner alone."""
    path = file_of(url)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    make_private(path)
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000},
        # The connection that wrote last, whose cache is still true: taking turns would fill one for each of them.
        pool_use_lifo=True,
    )

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        # Transactions are begun in store.database; the driver's own way begins too late.
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    return engine


def make_private(path: Path) -> None:
    """Make an empty file that only its owner may read; SQLite gives the files beside it the same mode (S06)."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """One process at a time opens a database: SQLite lets two that switch a new file to WAL fail at once."""
    with Path(f"{path}.opening").open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
