"""Jobs of Bulk API 2.0 and batches of 1.0: what they are, how they move on with the clock and with being asked for."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, Protocol

from emulators.salesforce.bulk_errors import JobError
from emulators.salesforce.errors import not_found
from emulators.salesforce.ids import long_id, mint

if TYPE_CHECKING:
    from emulators.salesforce.bulk_settings import BulkSettings, Fate

OPEN, UPLOADED, WORKING = "Open", "UploadComplete", "InProgress"
COMPLETE, FAILED, ABORTED = "JobComplete", "Failed", "Aborted"
ENDED = (COMPLETE, FAILED, ABORTED)

_PREFIX = "750"
_KEPT = timedelta(days=7)
_WINDOW = timedelta(hours=24)
_ENDS = {"fail": FAILED, "abort": ABORTED}

Kind = Literal["query", "ingest", "batch"]
"""The two kinds of jobs, and a batch of Bulk API 1.0, which lives as a job does."""


class Work(Protocol):
    """What a job does, batch by batch."""

    @property
    def processed(self) -> int:
        """Rows done, failed ones among them."""

    @property
    def failed(self) -> int:
        """Rows that failed."""

    def batches(self) -> int:
        """How many batches there are. Raises JobError when the data cannot be read at all."""

    def do(self, batch: int) -> None:
        """Do one batch. Raises JobError when the job cannot go on."""


@dataclass(eq=False)
class Job:
    """One job. `queued_at` is when its data was complete, `done` how many of its batches are done."""

    id: str
    kind: Kind
    operation: str
    object_name: str
    user_id: str
    version: str
    created_at: datetime
    changed_at: datetime
    line_ending: str
    delimiter: str
    work: Work
    state: str
    has_data: bool = True
    external_id: str | None = None
    fate: Fate | None = None
    queued_at: datetime | None = None
    polls: int = 0
    done: int = 0
    error: str | None = None

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ENDED

    def enter(self, state: str, now: datetime) -> None:
        """Take on another state."""
        self.state, self.changed_at = state, now

    def queue(self, now: datetime) -> None:
        """Be ready for work; as recorded, the stamp of the job moves only when the work begins."""
        self.state, self.queued_at = UPLOADED, now


class Jobs:
    """The jobs of one organisation, and what they used of the limits of 24 hours."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._unfinished: list[Job] = []
        self._minted = 0
        self._query_jobs: deque[datetime] = deque()
        self._batches: deque[datetime] = deque()

    def mint(self, prefix: str = _PREFIX) -> str:
        """The id of a new job, or of what has another key prefix."""
        self._minted += 1
        return mint(prefix, self._minted)

    def add(self, job: Job) -> None:
        """Keep a new job; a query job and a batch count against their limits."""
        self._jobs[job.id] = job
        self._unfinished.append(job)
        if job.kind == "query":
            self._query_jobs.append(job.created_at)
        elif job.kind == "batch":
            self._batches.append(job.created_at)

    def find(self, kind: Kind, job_id: str) -> Job:
        """A job by its 15- or 18-character id. Raises NOT_FOUND."""
        job = self._jobs.get(long_id(job_id))
        if job is None or job.kind != kind:
            raise not_found()
        return job

    def remove(self, job: Job) -> None:
        """Forget a job and its data."""
        del self._jobs[job.id]
        if job in self._unfinished:
            self._unfinished.remove(job)

    def listing(self, kind: Kind) -> list[Job]:
        """The jobs of a kind, oldest first."""
        return [job for job in self._jobs.values() if job.kind == kind]

    def query_jobs_used(self, now: datetime) -> int:
        """Query jobs made within the last 24 hours."""
        return _within(self._query_jobs, now)

    def batches_used(self, now: datetime) -> int:
        """Batches of ingest jobs begun, and of Bulk API 1.0 added, within the last 24 hours."""
        return _within(self._batches, now)

    def advance(self, settings: BulkSettings, now: datetime) -> None:
        """Bring every job to where it is by now; forget those made more than a week ago."""
        while self._jobs and now - next(iter(self._jobs.values())).created_at > _KEPT:
            self.remove(next(iter(self._jobs.values())))
        self._unfinished = [job for job in self._unfinished if not job.has_ended]
        for job in self._unfinished:
            if job.state != OPEN:
                self._advance(job, settings, now)

    def _advance(self, job: Job, settings: BulkSettings, now: datetime) -> None:
        share = _share(job, settings, now)
        if share <= 0:
            return
        if job.state == UPLOADED:
            job.enter(WORKING, now)
        fate = job.fate
        try:
            self._work(job, settings, share if fate is None else min(share, fate.at), now)
        except JobError as problem:
            job.error = str(problem)
            job.enter(problem.ends_as, now)
            return
        if fate is None:
            if share >= 1:
                job.enter(COMPLETE, now)
        elif share >= fate.at and fate.fate in _ENDS:
            job.error = fate.message if fate.fate == "fail" else None
            job.enter(_ENDS[fate.fate], now)

    def _work(self, job: Job, settings: BulkSettings, share: float, now: datetime) -> None:
        due = int(job.work.batches() * share)
        while job.done < due:
            if job.kind == "ingest":
                if self.batches_used(now) >= settings.batches:
                    raise JobError("ExceededQuota : ApiBatchItems Limit exceeded.")
                self._batches.append(now)
            job.work.do(job.done)
            job.done += 1
            job.changed_at = now


def _share(job: Job, settings: BulkSettings, now: datetime) -> float:
    """How much of a job is due, 0 to 1."""
    shares = [1.0]
    if settings.polls:
        shares.append(job.polls / (settings.polls + 1))
    if settings.seconds and job.queued_at is not None:
        shares.append((now - job.queued_at) / timedelta(seconds=settings.seconds))
    return min(shares)


def _within(times: deque[datetime], now: datetime) -> int:
    while times and now - times[0] >= _WINDOW:
        times.popleft()
    return len(times)
