"""A store fed by real connectors, and what scoring would read of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.contract import Connector
from core.records import Kind
from store.connections import connection_id
from store.database import Database
from store.facts import AccountRecord, account_records
from store.outbox import KnownRecord, known_records
from sync.connected import Connected
from sync.identity import match
from sync.progress import Quiet
from sync.pull import Pulled, pull
from sync.pull_context import PullContext
from tests.worlds import new_database

NOW = datetime(2026, 3, 3, tzinfo=UTC)
_EVIDENCE = """
SELECT account.key, coalesce(person.key, ''), type.name, evidence.remote_id FROM evidence
JOIN account ON account.id = evidence.account_id
JOIN activity_type AS type ON type.id = evidence.type_id
LEFT JOIN person ON person.id = evidence.person_id ORDER BY 1, 2, 3, 4
"""


@dataclass
class Stored:
    """A store and the connectors that feed it, by connection name."""

    database: Database
    connectors: dict[str, Connector] = field(default_factory=dict)
    overlap: timedelta = timedelta(seconds=60)

    @property
    def connections(self) -> Sequence[Connected]:
        """The connectors as the engine knows them."""
        return [
            Connected(connection_id(self.database, name, connector.crm), name, connector)
            for name, connector in self.connectors.items()
        ]

    def pull(self, parents: str = "own", *, compare: bool = False) -> list[Pulled]:
        """Read what changed, match it, refresh the evidence."""
        context = PullContext(self.database, self.overlap, NOW, Quiet(), compare=compare)
        pulled = pull(context, self.connections, readers=1)
        match(self.database, parents, now_ms=0)
        return pulled

    def evidence(self, account: str | None = None) -> list[tuple[str, str, str]]:
        """(person key, type, activity id) of one account, or (account key, type, activity id) of all."""
        rows = self.rows(_EVIDENCE)
        if account is None:
            return [(row[0], row[2], row[3]) for row in rows]
        return [row[1:] for row in rows if row[0] == account]

    def roles(self) -> dict[str, str]:
        """Buying roles that people set, by person key."""
        return dict(self.rows("SELECT key, crm_role FROM person WHERE crm_role != '' ORDER BY key"))

    def accounts(self) -> list[AccountRecord]:
        """Living records of accounts."""
        return account_records(self.database)

    def writable(self, kind: Kind) -> list[KnownRecord]:
        """What a plan would look at."""
        return known_records(self.database, kind)

    def rows(self, statement: str) -> list[Any]:
        """The rows of a statement."""
        with self.database.read() as reader:
            return [tuple(row) for row in reader.exec_driver_sql(statement)]


@contextmanager
def stored(folder: Path, **connectors: Connector) -> Iterator[Stored]:
    """An empty store with these connectors."""
    database = new_database(folder)
    yield Stored(database, connectors)
    database.close()
