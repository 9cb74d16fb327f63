"""Jobs and batches of Bulk API 1.0 as they are answered: JSON with its keys in order of their names, or XML."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from emulators.salesforce.bulk1_jobs import BATCH_STATES
from emulators.salesforce.times import to_wire

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from emulators.salesforce.bulk1_jobs import ClassicJob
    from emulators.salesforce.bulk_jobs import Job

_NAMESPACE = "http://www.force.com/2009/06/asyncapi/dataload"


@dataclass(frozen=True)
class Document:
    """An answer in both formats."""

    json: Any
    xml: bytes


def job_info(job: ClassicJob) -> Document:
    """A job."""
    states = Counter(BATCH_STATES[batch.state] for batch in job.batches)
    counted = ("Queued", "InProgress", "Completed", "Failed")
    values = {
        "id": job.id,
        "operation": job.operation,
        "object": job.object_name,
        "createdById": job.user_id,
        "createdDate": to_wire(job.created_at),
        "systemModstamp": to_wire(job.changed_at),
        "state": job.state,
        "externalIdFieldName": job.external_id,
        "concurrencyMode": job.concurrency,
        "contentType": job.content_type,
        **{f"numberBatches{state}": states[state] for state in counted},
        # Assumption: batches that are not processed are in the total only.
        "numberBatchesTotal": len(job.batches),
        "numberRecordsProcessed": sum(batch.work.processed for batch in job.batches),
        "numberRetries": 0,
        "apiVersion": float(job.version),
        "numberRecordsFailed": sum(batch.work.failed for batch in job.batches),
        **_times(job.batches),
    }
    further = {"assignmentRuleId": None, "fastPathEnabled": False}
    return Document(dict(sorted({**values, **further}.items())), _xml("jobInfo", [_elements(values, 1)]))


def batch_info(batch: Job, job: ClassicJob) -> Document:
    """A batch."""
    values = _batch(batch, job)
    return Document(dict(sorted(values.items())), _xml("batchInfo", [_elements(values, 1)]))


def batch_list(job: ClassicJob) -> Document:
    """The batches of a job, oldest first."""
    batches = [_batch(batch, job) for batch in job.batches]
    entries = [f" <batchInfo>\n{_elements(values, 2)} </batchInfo>\n" for values in batches]
    json = {"batchInfo": [dict(sorted(values.items())) for values in batches]}
    return Document(json, _xml("batchInfoList", entries))


def result_list(result_ids: Sequence[str]) -> Document:
    """The ids of a query's results."""
    entries = [f"<result>{result_id}</result>" for result_id in result_ids]
    return Document(list(result_ids), _xml("result-list", entries))


def error(code: str, message: str) -> Document:
    """An error."""
    values = {"exceptionCode": code, "exceptionMessage": message}
    return Document(values, _xml("error", [_elements(values, 1)]))


def _batch(batch: Job, job: ClassicJob) -> dict[str, Any]:
    return {
        "id": batch.id,
        "jobId": job.id,
        "state": BATCH_STATES[batch.state],
        "stateMessage": batch.error or None,
        "createdDate": to_wire(batch.created_at),
        "systemModstamp": to_wire(batch.changed_at),
        "numberRecordsProcessed": batch.work.processed,
        "numberRecordsFailed": batch.work.failed,
        **_times([batch]),
    }


def _times(batches: Sequence[Job]) -> dict[str, int]:
    """Nothing for queries, as recorded; made up from the number of rows for what writes."""
    rows = sum(batch.work.processed for batch in batches if batch.operation not in ("query", "queryAll"))
    return {
        "totalProcessingTime": 150 + rows // 20 if rows else 0,
        "apiActiveProcessingTime": 60 + rows // 50 if rows else 0,
        "apexProcessingTime": 0,
    }


def _xml(name: str, content: Sequence[str]) -> bytes:
    head = f'<?xml version="1.0" encoding="UTF-8"?><{name}\n   xmlns="{_NAMESPACE}">\n'
    return f"{head}{''.join(content)}</{name}>".encode()


def _elements(values: Mapping[str, Any], depth: int) -> str:
    """One element a line; what is None has none."""
    lines = (
        f"{' ' * depth}<{name}>{escape(_text(value))}</{name}>\n"
        for name, value in values.items()
        if value is not None
    )
    return "".join(lines)


def _text(value: str | float | datetime) -> str:
    """Datetimes end in Z here."""
    text = str(value)
    return text.replace("+0000", "Z") if text.endswith(".000+0000") else text
