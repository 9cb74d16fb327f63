"""Two CRMs in memory, synced once, an engine over them with a clock that stands, and hints put into the inbox."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.clock import millis
from core.config import Config
from core.hints import ChangeHint, HintEvent
from core.records import Kind
from scoring.model import DEFAULT_MODEL
from store.database import Database, open_database
from store.deliveries import keep
from store.heard import heard
from sync.engine import Engine
from sync.hinted import run_hints
from sync.report import Report
from sync.runs import run_sync
from tests.memory_crm import MemoryCrm
from tests.worlds import AS_OF, GOOD_FIT, POOR_FIT, World, account, contact, default_model


@dataclass
class Hinted:
    """The world, its engine, and the present."""

    world: World
    engine: Engine
    now: datetime = AS_OF + timedelta(hours=1)

    @property
    def database(self) -> Database:
        return self.world.database

    @property
    def crms(self) -> list[MemoryCrm]:
        return list(self.world.crms)

    def tell(
        self,
        number: int,
        remote_ids: Iterable[str],
        event: HintEvent = HintEvent.CHANGED,
        *,
        kind: Kind = Kind.ACCOUNT,
    ) -> None:
        """CRM `number` (from 0) tells of records."""
        hints = [ChangeHint(one, event, str(kind), one, kind) for one in remote_ids]
        keep(self.database, [heard(self.connection(number), hints, {}, millis(self.now))])

    def connection(self, number: int) -> int:
        """The number of a connection in the store."""
        return self.world.connections[number].id

    def drain(self) -> Report:
        """Serve what is due."""
        return run_hints(self.engine)

    def wait(self, passing: timedelta = timedelta(minutes=2)) -> None:
        """Let time pass."""
        self.now += passing

    def reads(self) -> int:
        """Calls that read records again so far."""
        return sum(crm.made["read again"] for crm in self.crms)


@contextmanager
def hinted(url: str, *, accounts: int = 6) -> Iterator[Hinted]:
    """Both CRMs know the same companies; every third one is a poor fit. Writes move the CRMs' clocks."""
    database = open_database(url)
    world = World(database, [MemoryCrm("one"), MemoryCrm("two")])
    for crm in world.crms:
        for number in range(accounts):
            fit = POOR_FIT if number % 3 == 2 else GOOD_FIT
            crm.put(account(f"a{number}", f"company{number}.com", fields=fit))
        crm.put(contact("c1", "jo@company0.com", title="CFO"))
    world.install()
    config = Config.model_validate({"connections": {"memory": None}, "guards": {"floor": 1000}})
    text = DEFAULT_MODEL.read_text(encoding="utf-8")
    engine = Engine(
        database, world.connections, config, default_model(), text, world.progress, lambda: made.now
    )
    made = Hinted(world, engine)
    try:
        run_sync(engine)
        run_sync(engine)
        made.wait()
        yield made
    finally:
        database.close()


def improve(made: Hinted, remote_id: str, number: int = 0) -> None:
    """A person makes a company a good fit, in CRM `number`."""
    crm = made.crms[number]
    crm.tick()
    crm.edit(Kind.ACCOUNT, remote_id, fields=GOOD_FIT)


def spoil(made: Hinted, remote_id: str, number: int = 0) -> None:
    """A person makes a company a poor fit, in CRM `number`."""
    crm = made.crms[number]
    crm.tick()
    crm.edit(Kind.ACCOUNT, remote_id, fields=POOR_FIT)
