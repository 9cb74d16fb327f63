"""The web part with hooks, on one database of each kind in turn."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.database import Database
from tests.security.doors import Doors, doors
from tests.worlds import new_database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = new_database(tmp_path)
    yield made
    made.close()


@pytest.fixture
def web(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Doors]:
    with doors(database, monkeypatch) as made:
        yield made
