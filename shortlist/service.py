"""The service: clock, couriers and workers of one process, put together and taken apart again."""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from core.clock import Clock, millis, system_clock
from scoring.ranges import ROWS
from shortlist.couriers.courier import Courier
from shortlist.couriers.in_process import InProcess
from shortlist.session import check_types, load_chosen_model
from shortlist.timer import Timer
from shortlist.wiring import DEFAULT_CONFIG, App
from store.database import Database, server_address
from store.lock import work_locks
from store.schedules import Schedule, make_first
from sync.engine import Engine
from sync.jobs import Runner
from sync.progress import Progress
from sync.shards import Sharing
from sync.sweep import ask_hints
from sync.tasks import HINTS, TASKS, Tasks, versioned

_LOG = logging.getLogger("shortlist.service")
STOP_SECONDS = 18.0
"""What is under way may take so long to reach the end of its page or batch; a supervisor gives 20 seconds or more."""
_TURN_SECONDS = 0.1

_DEFAULTS = (
    ("sync", "sync", "7 * * * *"),
    ("compare", "compare", "30 2 * * *"),
    ("catch_up", "catch_up", "0 5 * * sun"),
    ("purge", "purge", "0 4 * * sat"),
    ("hints", HINTS, "* * * * *"),
)
"""Schedules of a new database: name, task, cron. Hints come by themselves, but for those in a journal."""


def default_schedules(zone: str, now_ms: int) -> Sequence[Schedule]:
    """What a new database begins with: a sync each hour, all ids at night, small moves and old rows at week-ends."""
    return [
        Schedule(name, task, versioned({}), cron, zone, is_paused=False, since=now_ms)
        for name, task, cron in _DEFAULTS
    ]


def local_zone() -> str:
    """The time zone of this machine, by name; UTC where it has none that is known."""
    from apscheduler.schedulers.background import BackgroundScheduler  # noqa: PLC0415 it knows how to find out

    return str(BackgroundScheduler().timezone)


def courier_for(url: str) -> Courier:
    """The courier of a database: this process's own on SQLite, one for many machines on PostgreSQL."""
    address = server_address(url)
    if address is None:
        return InProcess()
    from shortlist.couriers.procrastinate import Procrastinate  # noqa: PLC0415 only installed where it is needed

    return Procrastinate(address)


@dataclass
class Service:
    """The parts of one process. A process without workers and clock still sends jobs to others."""

    database: Database
    runner: Runner
    courier: Courier
    timer: Timer
    _ends_at: float | None = None
    _ended: bool | None = None
    _turn: threading.Event = field(default_factory=threading.Event)

    def start(self, *, workers: int) -> None:
        """Begin to work."""
        if workers:
            self.courier.start(self.runner.run, workers)
        self.timer.start()
        _LOG.info("service begins", extra={"workers": workers, "clock": self.timer.takes_slots})

    def ask_hints(self) -> None:
        """Have new hints served soon."""
        ask_hints(self.runner, self.runner.clock())
        self.courier.send(HINTS)

    def interrupt(self) -> None:
        """Begin nothing more, and let what is under way end with its page or batch. For a signal handler too."""
        if self._ends_at is None:
            self._ends_at = time.monotonic() + STOP_SECONDS
            self.runner.stopping.set()

    def wait(self) -> None:
        """Wait, in the main thread, to be interrupted.

        In short turns: the system may give a signal to any thread, and Python then runs its handler in the main one
        but does not wake that. Not at an event that the handler sets: it might wait for the lock of its own thread.
        """
        while self._ends_at is None:
            self._turn.wait(_TURN_SECONDS)

    def stop(self) -> bool:
        """Wait for what is under way; whether all of it ended in time."""
        if self._ended is None:
            self.interrupt()
            self.timer.stop()
            self._ended = self.courier.stop(max(0.0, (self._ends_at or 0.0) - time.monotonic()))
            _LOG.info("service ends", extra={"in_time": self._ended})
        return self._ended


@contextmanager
def service(
    app: App,
    *,
    takes_slots: bool,
    tasks: Tasks = TASKS,
    clock: Clock = system_clock,
    shard_rows: int = ROWS,
) -> Iterator[Service]:
    """The service of an open application, not yet started; stopped at the end.

    shard_rows: activities that one worker scores at once, where several share them (sync.shards).
    """
    locks = work_locks(app.config.store.url)
    courier = courier_for(app.config.store.url)
    sharing = Sharing(courier, shard_rows)
    runner = Runner(
        app.database, locks, tasks, lambda progress: job_engine(app, progress, clock, sharing), clock
    )
    if takes_slots:
        make_first(app.database, default_schedules(local_zone(), millis(clock())))
    made = Service(app.database, runner, courier, Timer(runner, courier, takes_slots))
    try:
        yield made
    finally:
        made.stop()
        locks.close()


def job_engine(app: App, progress: Progress, clock: Clock, sharing: Sharing) -> Engine:
    """An engine for one job, with the model that is in use now."""
    model, text = load_chosen_model(app.database, app.config.model.file)
    check_types(app.config, model, DEFAULT_CONFIG)
    return Engine(app.database, app.connections, app.config, model, text, progress, clock, sharing)
