"""Small worlds for the tests of the engine: a store, two memory CRMs, and one sync over them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from core.clock import millis
from core.config import SyncSettings
from core.match_settings import MatchSettings
from core.records import Account, Activity, Contact, Value
from scoring.model import DEFAULT_MODEL, Model, load_model
from store.connections import connection_id
from store.database import Database, open_database
from store.runs import list_runs, start_run
from sync.connected import Connected
from sync.identity import match
from sync.install import Installed, install
from sync.plan import Plan
from sync.planner import Planner
from sync.planning import make_plan
from sync.progress import Progress, Quiet
from sync.pull import pull
from sync.pull_context import PullContext
from sync.push import PushContext, Pushed, push
from sync.rollback import Rollback, plan_rollback, resting
from sync.scored import Scored, compute, keep
from sync.wanted import lists_of
from tests.memory_crm import EPOCH, MemoryCrm

AS_OF = datetime(2026, 1, 20, 12, 0, tzinfo=UTC)
GOOD_FIT: dict[str, Value] = {
    "name": "Acme",
    "industry": "Software",
    "employees": 1500.0,
    "annual_revenue": 60_000_000.0,
    "country": "US",
    "type": "Prospect",
    "rating": "Hot",
    "founded_year": 2001.0,
    "technologies": "hubspot",
    "ownership": "private",
}
POOR_FIT: dict[str, Value] = {
    **GOOD_FIT,
    "industry": "Farming",
    "employees": 3.0,
    "type": "Other",
    "rating": None,
}


@cache
def default_model() -> Model:
    """The model that comes with Shortlist."""
    return load_model(DEFAULT_MODEL)


def account(remote_id: str, website: str | None = None, **more: object) -> Account:
    """A CRM account; `fields` makes it a good or a poor fit."""
    values: dict[str, object] = {
        "modified_at": EPOCH,
        "name": f"Account {remote_id}",
        "owner_id": None,
        "parent_id": None,
        "twin_id": None,
        "fields": {},
    }
    return Account(
        remote_id=remote_id,
        website=website,
        managed={},
        **{**values, **more},  # type: ignore[arg-type]
    )


def contact(remote_id: str, email: str | None = None, **more: object) -> Contact:
    """A CRM contact."""
    values = {
        "modified_at": EPOCH,
        "account_id": None,
        "name": f"Person {remote_id}",
        "title": None,
        "buying_role": None,
    }
    return Contact(remote_id=remote_id, email=email, managed={}, **{**values, **more})  # type: ignore[arg-type]


def activity(remote_id: str, days_ago: float = 1.0, **more: object) -> Activity:
    """Something people did, so many days before AS_OF."""
    values = {"account_id": None, "contact_ids": (), "type": "meeting", "minutes": 30, "is_cancelled": False}
    occurred_at = AS_OF - timedelta(days=days_ago)
    return Activity(remote_id=remote_id, modified_at=EPOCH, occurred_at=occurred_at, **{**values, **more})  # type: ignore[arg-type]


@dataclass
class World:
    """A store and its connections; `settings` as in the configuration file."""

    database: Database
    crms: Sequence[MemoryCrm]
    settings: SyncSettings = field(default_factory=lambda: SyncSettings(overlap_seconds=60))
    progress: Progress = field(default_factory=Quiet)
    matching: MatchSettings = field(default_factory=MatchSettings)

    @property
    def connections(self) -> list[Connected]:
        """The CRMs as the engine knows them."""
        names = [f"crm{number}" for number in range(1, len(self.crms) + 1)]
        return [
            Connected(connection_id(self.database, name, "memory"), name, crm)
            for name, crm in zip(names, self.crms, strict=True)
        ]

    def install(self) -> list[Installed]:
        """Make the fields and lists in every CRM; what was done in each."""
        lists = lists_of(default_model())
        return [install(self.database, connected, lists) for connected in self.connections]

    def pull(self, as_of: datetime = AS_OF) -> None:
        """Read what changed and match it."""
        overlap = timedelta(seconds=self.settings.overlap_seconds)
        pull(PullContext(self.database, overlap, as_of, self.progress), self.connections, readers=1)
        match(self.database, settings=self.matching, now_ms=millis(as_of))

    def scored(self, as_of: datetime = AS_OF) -> Scored:
        """Score what the store holds."""
        names = {connected.id: connected.name for connected in self.connections}
        return compute(self.database, default_model(), as_of, names)

    def plan(self, as_of: datetime = AS_OF) -> Plan:
        """What a push would do now."""
        return make_plan(Planner(self.database, self.connections, self.settings), self.scored(as_of))[0]

    def push(self, as_of: datetime = AS_OF) -> list[Pushed]:
        """Score, plan and write."""
        scored, plan = self.scored(as_of), self.plan(as_of)
        keep(self.database, scored, "the model", now_ms=millis(as_of))
        run_id = start_run(self.database, "push", as_of_ms=millis(as_of), now_ms=millis(as_of))
        return push(PushContext(self.database, run_id, millis(as_of), self.progress), self.connections, plan)

    def rollback(self, run_id: int, as_of: datetime = AS_OF) -> Rollback:
        """Undo a run, in a run of its own."""
        found = plan_rollback(self.database, self.connections, run_id, self.progress)
        own = start_run(self.database, "rollback", as_of_ms=millis(as_of), now_ms=millis(as_of))
        rest = resting(found, own, now_ms=millis(as_of))
        context = PushContext(self.database, own, millis(as_of), self.progress, rest)
        push(context, self.connections, found.plan)
        return found

    def last_run(self) -> int:
        """The number of the newest run."""
        return list_runs(self.database, limit=1)[0].id

    def sync(self, as_of: datetime = AS_OF) -> list[Pushed]:
        """Pull, match, score, plan, push."""
        self.pull(as_of)
        return self.push(as_of)

    def state(self) -> list[dict[str, object]]:
        """What Shortlist has written, by CRM."""
        return [crm.state() for crm in self.crms]


def new_database(folder: Path, name: str = "shortlist") -> Database:
    """An empty database of the newest schema."""
    return open_database(f"sqlite:///{folder / name}.sqlite")


def count(database: Database, sql: str, *values: object) -> int:
    """The one number that a query gives."""
    with database.read() as reader:
        return int(reader.exec_driver_sql(sql, values).scalar() or 0)
