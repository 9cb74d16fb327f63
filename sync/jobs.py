"""Doing jobs: what a courier calls, wherever it runs. Nothing that a task does wrong goes beyond its own job."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from structlog.contextvars import bound_contextvars

from core.clock import Clock, millis
from core.errors import Busy, Interrupted, ShortlistError, TransientError
from store import jobs
from store.connections import connection_numbers
from store.database import Database
from store.jobs import Job
from store.lock import Held, WorkLocks
from store.shards import shards_wait
from store.vitals import note_calls_left
from sync.engine import Engine
from sync.progress import Progress, Quiet
from sync.shards import CALL, PROGRAM, help_score
from sync.tasks import CONNECTION, Tasks, is_ours

_LOG = logging.getLogger("shortlist.jobs")
_PATIENCE_SECONDS = 10.0
"""How long a job waits for its locks before it is left to the sweeper."""


@dataclass(frozen=True, slots=True)
class Watched:
    """Progress that ends the work at a page or batch when the process is to end or its lock is lost."""

    stopping: threading.Event
    held: Held

    def advance(self, task: str, count: int, total: int | None = None) -> None:  # noqa: ARG002 nobody looks
        """Raise Interrupted where the work must not go on."""
        self.held.check()
        if self.stopping.is_set():
            raise Interrupted("This process is to end. What was done is kept, and the rest goes on later.")


@dataclass(frozen=True, slots=True)
class Runner:
    """What doing jobs needs. `engine` opens one for a job, with the model that is in use by then."""

    database: Database
    locks: WorkLocks
    tasks: Tasks
    engine: Callable[[Progress], Engine]
    clock: Clock
    stopping: threading.Event = field(default_factory=threading.Event)

    def run(self, key: str) -> None:
        """Do a job if it is due; a job that somebody else does or has done is left alone."""
        if key.startswith(CALL):
            self._help()
            return
        try:
            job = jobs.find(self.database, key)
            if job is None or not is_ours(self.tasks, job) or self.stopping.is_set():
                return
            with self.locks.hold(self.scope(job), _PATIENCE_SECONDS) as held:
                begun = jobs.begin(self.database, key, self._now())
                if begun is not None:
                    self._perform(begun, held)
        except (Busy, TransientError) as error:
            # It stays wanted, or begun with nobody at it: the sweeper finds it either way.
            _LOG.warning("job left", extra={"job": key, "reason": str(error)})

    def _help(self) -> None:
        """Score shards of another worker's run, which needs no locks: nothing rests on it."""
        try:
            # Most calls come too late, and a model takes a moment to load.
            if shards_wait(self.database, PROGRAM):
                found = help_score(self.database, self.engine(Quiet()).model, self.stopping)
                _LOG.info("shards scored", extra={"shards": found})
        except ShortlistError as error:
            _LOG.warning("shards left", extra={"reason": str(error)})
        except Exception:  # noqa: BLE001 a fault of our own stops this alone
            _LOG.exception("shards broke")

    def scope(self, job: Job) -> frozenset[int]:
        """The connections that a job has for itself, by number."""
        numbers = connection_numbers(self.database)
        if CONNECTION in job.arguments:
            return frozenset(number for name, number in numbers.items() if name == job.arguments[CONNECTION])
        return frozenset(numbers.values())

    def _perform(self, job: Job, held: Held) -> None:
        with bound_contextvars(job=job.key, attempt=job.attempts, connection=job.arguments.get(CONNECTION)):
            _LOG.info("job begins")
            try:
                self._do(job, held)
            except Interrupted as error:
                jobs.put_back(self.database, job.key, self._now())
                _LOG.info("job interrupted", extra={"reason": str(error)})
            except TransientError as error:
                jobs.failed(self.database, job, self._now(), str(error), gives_up=False)
                _LOG.warning("job failed for now", extra={"error": str(error)})
            except ShortlistError as error:
                jobs.ended(self.database, job.key, self._now(), str(error))
                _LOG.error("job stopped", extra={"kind": type(error).__name__, "error": str(error)})
            except Exception as error:  # noqa: BLE001 a fault of our own stops this job, and no other one
                jobs.failed(
                    self.database, job, self._now(), f"{type(error).__name__}: {error}", gives_up=True
                )
                _LOG.exception("job broke")
            else:
                jobs.done(self.database, job.key, self._now())
                _LOG.info("job done")

    def _do(self, job: Job, held: Held) -> None:
        engine = self.engine(Watched(self.stopping, held))
        try:
            self.tasks[job.task].run(engine, job.arguments)
        finally:
            for connected in engine.connections:
                if (left := connected.connector.calls_left()) is not None:
                    note_calls_left(self.database, connected.name, left)

    def _now(self) -> int:
        return millis(self.clock())
