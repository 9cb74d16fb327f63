"""What all tests share: property tests draw the same examples in CI, so that a change never fails by chance.

Tests of the store run on both databases.
"""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from store.database import Database, open_database
from tests.leaks import leaks
from tests.postgres import Server, serve

settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "explore")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run where a file that it has left holds a secret; workers of xdist leave the look to their master."""
    factory = getattr(session.config, "_tmp_path_factory", None)
    if factory is None or hasattr(session.config, "workerinput") or factory._basetemp is None:
        return
    found = list(leaks(factory.getbasetemp()))
    for path, what in found:
        sys.stderr.write(f"\nA secret is in a file that the tests left (S03): {path} holds {what}\n")
    if found:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server, started when the first test of this process asks for it."""
    with serve() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without tables, on SQLite and on PostgreSQL."""
    yield from _url(request, tmp_path, Server.empty)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without rows, on SQLite and on PostgreSQL."""
    yield from _url(request, tmp_path, Server.new)


def _url(request: pytest.FixtureRequest, folder: Path, make: Callable[[Server], str]) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{folder}/shortlist.sqlite"
        return
    server: Server = request.getfixturevalue("postgres")
    url = make(server)
    yield url
    server.drop(url)


@pytest.fixture
def empty_database(store_url: str) -> Iterator[Database]:
    """A database without rows, on SQLite and on PostgreSQL."""
    database = open_database(store_url)
    yield database
    database.close()


@pytest.fixture
def postgres_url(postgres: Server) -> Iterator[str]:
    """The URL of a database without rows on PostgreSQL."""
    url = postgres.new()
    yield url
    postgres.drop(url)


@pytest.fixture
def in_postgres(postgres_url: str) -> Iterator[Database]:
    """A database without rows on PostgreSQL."""
    database = open_database(postgres_url)
    yield database
    database.close()
