"""How a job is shown: which keys, in which order, in which state (recorded in several organisations)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.salesforce.bulk_jobs import OPEN
from emulators.salesforce.times import to_wire

if TYPE_CHECKING:
    from emulators.salesforce.bulk_jobs import Job

# Assumption: recorded answers of v61 have isPkChunkingSupported, those of v52 have not.
_PK_CHUNKING_SINCE = 61.0


def reduced(job: Job) -> dict[str, Any]:
    """A job as a change of its state is answered."""
    external = {"externalIdFieldName": job.external_id} if job.external_id else {}
    return {
        "id": job.id,
        "operation": job.operation,
        "object": job.object_name,
        "createdById": job.user_id,
        "createdDate": to_wire(job.created_at),
        "systemModstamp": to_wire(job.changed_at),
        "state": job.state,
        **external,
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": float(job.version),
    }


def created(job: Job) -> dict[str, Any]:
    """A new job."""
    return {**reduced(job), **_content_url(job), **_format(job)}


def listed(job: Job) -> dict[str, Any]:
    """A job as an entry of a list."""
    job_type = "V2Query" if job.kind == "query" else "V2Ingest"
    return {**reduced(job), "jobType": job_type, **_content_url(job), **_format(job)}


def info(job: Job) -> dict[str, Any]:
    """A job that is asked for."""
    # Assumption: where errorMessage stands is not recorded.
    error = {"errorMessage": job.error} if job.error is not None else {}
    is_query = job.kind == "query"
    chunking = {"isPkChunkingSupported": is_query} if float(job.version) >= _PK_CHUNKING_SINCE else {}
    return {**listed(job), **error, **_numbers(job), **chunking}


def _numbers(job: Job) -> dict[str, int]:
    # Assumption: times are made up from the number of records; the recorded ones are of this size.
    rows = job.work.processed
    total = 150 + rows // 20 if job.done else 0
    if job.kind == "query":
        return {"numberRecordsProcessed": rows, "retries": 0, "totalProcessingTime": total}
    counts = {"numberRecordsProcessed": rows, "numberRecordsFailed": job.work.failed}
    return {
        **(counts if job.has_data else {}),
        "retries": 0,
        "totalProcessingTime": total,
        "apiActiveProcessingTime": 60 + rows // 50 if job.done else 0,
        "apexProcessingTime": 0,
    }


def _content_url(job: Job) -> dict[str, str]:
    if job.kind == "query" or job.state != OPEN:
        return {}
    return {"contentUrl": f"services/data/v{job.version}/jobs/ingest/{job.id}/batches"}


def _format(job: Job) -> dict[str, str]:
    return {"lineEnding": job.line_ending, "columnDelimiter": job.delimiter}
