"""Jobs of Bulk API 1.0: a job is a frame for batches, and each batch lives as a job of 2.0 does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from emulators.salesforce import bulk1_errors as errors
from emulators.salesforce import bulk_jobs
from emulators.salesforce.bulk_jobs import COMPLETE, FAILED, UPLOADED, WORKING, Job, Work
from emulators.salesforce.ids import long_id

if TYPE_CHECKING:
    from emulators.salesforce.org import Org

OPEN, CLOSED, ABORTED = "Open", "Closed", "Aborted"
QUERIES = ("query", "queryAll")
NOT_PROCESSED = bulk_jobs.ABORTED
BATCH_STATES = {
    UPLOADED: "Queued",
    WORKING: "InProgress",
    COMPLETE: "Completed",
    FAILED: "Failed",
    NOT_PROCESSED: "NotProcessed",
}
"""What a batch's state is called, by the state it has as a job of 2.0."""

_BATCH_PREFIX = "751"
_KEPT = timedelta(days=7)


@dataclass(eq=False)
class ClassicJob:
    """One job. `chunk_size` is the number of ids of a chunk, None where queries are not cut into chunks."""

    id: str
    operation: str
    object_name: str
    content_type: str
    concurrency: str
    user_id: str
    version: str
    created_at: datetime
    changed_at: datetime
    external_id: str | None = None
    chunk_size: int | None = None
    state: str = OPEN
    batches: list[Job] = field(default_factory=list)

    @property
    def is_query(self) -> bool:
        """Whether it reads."""
        return self.operation in QUERIES

    @property
    def is_json(self) -> bool:
        """Whether batches and results are JSON; else they are CSV."""
        return self.content_type == "JSON"

    def batch(self, batch_id: str) -> Job:
        """A batch by its 15- or 18-character id. Raises InvalidBatch."""
        wanted = long_id(batch_id)
        found = next((batch for batch in self.batches if batch.id == wanted), None)
        if found is None:
            raise errors.no_such_batch(batch_id)
        return found

    def enter(self, state: str, now: datetime) -> None:
        """Be closed or aborted. Raises InvalidJobState when it is already."""
        if state not in (CLOSED, ABORTED):
            raise errors.invalid_state(f"A job cannot be changed to state {state}")
        if (self.state != OPEN and state == CLOSED) or self.state == ABORTED:
            raise errors.invalid_state(f"The job is in state {self.state} and cannot be changed to {state}")
        self.state, self.changed_at = state, now
        if state == ABORTED:
            for batch in self.batches:
                if not batch.has_ended:
                    batch.enter(NOT_PROCESSED, now)


class ClassicJobs:
    """The jobs of one organisation."""

    def __init__(self) -> None:
        self._jobs: dict[str, ClassicJob] = {}

    def add(self, job: ClassicJob) -> None:
        """Keep a new job."""
        self._jobs[job.id] = job

    def find(self, job_id: str, now: datetime) -> ClassicJob | None:
        """A job by its 15- or 18-character id, unless it was made more than a week ago."""
        job = self._jobs.get(long_id(job_id))
        if job is not None and now - job.created_at > _KEPT:
            del self._jobs[job.id]
            return None
        return job


def add_batch(org: Org, job: ClassicJob, work: Work) -> Job:
    """A new batch of a job, queued; the first fate that meets it is its own."""
    now = org.clock.now()
    kind = "query" if job.is_query else "ingest"
    batch = Job(
        id=org.bulk.mint(_BATCH_PREFIX),
        kind="batch",
        operation=job.operation,
        object_name=job.object_name,
        user_id=job.user_id,
        version=job.version,
        created_at=now,
        changed_at=now,
        line_ending="LF",
        delimiter="COMMA",
        work=work,
        state=UPLOADED,
        fate=org.org_settings.bulk.fate_of(kind, job.operation, job.object_name),
    )
    batch.queue(now)
    org.bulk.add(batch)
    job.batches.append(batch)
    return batch


def ask_for(org: Org, batches: list[Job]) -> None:
    """Being asked for moves batches on."""
    waiting = [batch for batch in batches if not batch.has_ended]
    for batch in waiting:
        batch.polls += 1
    if waiting:
        org.advance_jobs()
