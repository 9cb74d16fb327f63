"""A store that pulls from the emulated Salesforce as the product does, a new process each time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from connectors.contract import Connector
from core.changes import Page, Stream
from core.cursors import Cursor
from core.records import Kind
from store.connections import connection_id
from store.database import Database, open_database
from store.landing import load_cursor
from store.outbox import known_records
from sync.connected import Connected, claim
from sync.identity import match
from sync.progress import Quiet
from sync.pull import pull
from sync.pull_context import PullContext
from tests.contract.harness import PatientTiming
from tests.contract.salesforce_harness import SalesforceHarness

TABLES = {
    Kind.ACCOUNT: "crm_account",
    Kind.CONTACT: "crm_contact",
    Kind.DEAL: "crm_deal",
    Kind.ACTIVITY: "crm_activity",
}
OVERLAP = timedelta(minutes=5)


class Killed(BaseException):
    """Ends a process where a test wants it to end."""


@dataclass
class Dying:
    """A connector whose process dies when it has handed on so many pages of a stream."""

    connector: Connector
    pages: int
    stream: str = "Account"

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connector, name)

    def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        for number, page in enumerate(self.connector.pull(stream, cursor)):
            if stream.name == self.stream and number == self.pages:
                raise Killed
            yield page


@dataclass
class Mirror:
    """The store of one connection, and the settings of every process that fills it."""

    crm: SalesforceHarness
    database: Database
    settings: Mapping[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    calls: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def in_folder(cls, crm: SalesforceHarness, folder: Path, **settings: Any) -> "Mirror":
        return cls(crm, open_database(f"sqlite:///{folder / 'mirror.sqlite'}"), settings)

    @property
    def id(self) -> int:
        return connection_id(self.database, "the_crm", "salesforce")

    def connector(self) -> Connector:
        return self.crm.configured(timing=PatientTiming().timing(), **self.settings)

    def pull(
        self,
        now: datetime,
        *,
        compare: bool = False,
        overlap: timedelta = OVERLAP,
        connector: Any = None,
    ) -> None:
        """One run: who is it, read what changed, match. `now` is the clock of our own machine."""
        used = connector or self.connector()
        connected = Connected(self.id, "the_crm", used)
        try:
            claim(self.database, [connected])
            pull(PullContext(self.database, overlap, now, Quiet(), compare=compare), [connected], readers=3)
        finally:
            self.notes, self.calls = list(used.take_notes()), dict(used.calls())
        match(self.database, now_ms=0)

    def living(self, kind: Kind) -> set[str]:
        """Remote ids of what is there, by our account."""
        return {remote_id for remote_id, row in self.rows(kind).items() if not row["is_gone"]}

    def rows(self, kind: Kind) -> dict[str, dict[str, Any]]:
        """Everything of a kind by remote id, with the columns of its table."""
        with self.database.read() as reader:
            found = reader.exec_driver_sql(f"SELECT * FROM {TABLES[kind]}").mappings()  # noqa: S608 constants
            return {row["remote_id"]: dict(row) for row in found}

    def evidence(self) -> list[tuple[Any, ...]]:
        """What counts for which account: (its name, the activity)."""
        with self.database.read() as reader:
            found = reader.exec_driver_sql(
                "SELECT account.key, evidence.remote_id FROM evidence JOIN account ON account.id = evidence.account_id"
            )
            return sorted(tuple(row) for row in found)

    def fields(self, account_id: str) -> dict[str, Any]:
        """The mapped fields of an account."""
        return dict(orjson.loads(self.rows(Kind.ACCOUNT)[account_id]["fields"]))

    def managed(self, account_id: str) -> dict[str, str | None]:
        """What the store knows of our fields on an account."""
        return dict(orjson.loads(self.rows(Kind.ACCOUNT)[account_id]["managed"]))

    def writable(self, kind: Kind) -> set[str]:
        """Remote ids that a push may write to."""
        return {record.remote_id for record in known_records(self.database, kind)}

    def cursor(self, stream: str = "Account") -> Cursor:
        return load_cursor(self.database, self.id, stream)

    def set_cursor(self, text: str, stream: str = "Account") -> None:
        """Write a cursor as no program of ours would."""
        row = (text, self.id, stream)
        with self.database.write() as writer:
            writer.exec_driver_sql(
                "UPDATE stream_cursor SET value = ? WHERE connection_id = ? AND stream = ?", row
            )


def ids_of(loaded: Mapping[str, str], keys: Sequence[str]) -> list[str]:
    """Remote ids by the test's keys."""
    return [loaded[key] for key in keys]
