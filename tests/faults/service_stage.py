"""A service in this process on either database: memory CRMs, a clock that the test turns, and both couriers."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.clock import millis
from core.config import Config
from scoring.model import DEFAULT_MODEL
from shortlist.service import Service, courier_for
from shortlist.timer import Timer
from store.database import open_database
from store.jobs import Arguments, Job, find
from store.lock import work_locks
from store.schedules import ask
from sync.engine import Engine
from sync.jobs import Runner
from sync.progress import Progress
from sync.tasks import Task, Tasks, key_of, versioned
from tests.memory_crm import MemoryCrm
from tests.worlds import AS_OF, World, default_model

DEADLINE_SECONDS = 180.0
"""After so long on a machine that is busy with other things, what should come never comes."""


@dataclass
class Stage:
    """A service and what tests do to it. `log` holds what tasks have said, in order."""

    url: str
    tasks: Tasks
    service: Service
    world: World
    now: list[float]
    log: list[str] = field(default_factory=list)

    def ask(self, task: str, connection: str | None = None, **arguments: object) -> str:
        """Want a job and send it."""
        named = {"connection": connection} if connection else {}
        found = {**versioned(named), **arguments}
        key = key_of(task, found)
        ask(self.service.database, key, task, found, self.millis())
        self.service.courier.send(key)
        return key

    def millis(self) -> int:
        """The stage's present."""
        return millis(AS_OF + timedelta(seconds=self.now[0]))

    def job(self, key: str) -> Job:
        """A job as it is now."""
        found = find(self.service.database, key)
        assert found is not None
        return found


def until(holds: Callable[[], object], seconds: float = DEADLINE_SECONDS) -> None:
    """Wait for something that must come; a generous deadline, that is never the measure."""
    end, pause = time.monotonic() + seconds, threading.Event()
    while not holds():
        assert time.monotonic() < end, "it never came"
        pause.wait(0.02)


@contextmanager
def staged(url: str, tasks: Tasks, *, crms: int = 2) -> Iterator[Stage]:
    """A service that is not started: tests start it, or beat it by hand."""
    database = open_database(url)
    world = World(database, [MemoryCrm(f"org-{number}") for number in range(crms)])
    connections = world.connections
    config = Config(connections=dict.fromkeys(connected.name for connected in connections))
    now = [0.0]

    def clock() -> datetime:
        return AS_OF + timedelta(seconds=now[0])

    def engine(progress: Progress) -> Engine:
        text = DEFAULT_MODEL.read_text(encoding="utf-8")
        return Engine(database, connections, config, default_model(), text, progress, clock)

    locks, courier = work_locks(url), courier_for(url)
    runner = Runner(database, locks, tasks, engine, clock)
    service = Service(database, runner, courier, Timer(runner, courier, takes_slots=True))
    try:
        yield Stage(url, tasks, service, world, now)
    finally:
        service.stop()
        locks.close()
        database.close()


def noting(log: list[str], words: str) -> Callable[[Engine, Arguments], object]:
    """A task that writes its words down."""

    def run(_engine: Engine, arguments: Arguments) -> object:
        log.append(f"{words}:{arguments.get('connection', 'all')}")
        return None

    return run


def task(run: Callable[[Engine, Arguments], object], *, of_connection: bool = False) -> Task:
    """A task of a test."""
    return Task("of a test", run, of_connection)
