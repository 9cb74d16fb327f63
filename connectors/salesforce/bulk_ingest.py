"""Writing many records as a job of Bulk API 2.0: one upload of CSV, results matched by id.

Salesforce does the rows in batches and in no order, and what a failed or aborted job has done stays done. So
every row is asked after: in doubt it counts as not done, and an update by id may safely be sent again.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from tempfile import TemporaryFile
from typing import Any

from connectors.salesforce import bulk_job
from connectors.salesforce.batches import RowResult
from connectors.salesforce.bulk_csv import read_rows
from connectors.salesforce.bulk_job import COMPLETE, BulkFailedError, Job
from connectors.salesforce.client import Answer, Client
from connectors.salesforce.errors import Refusal
from connectors.salesforce.ids import canonical_id
from connectors.salesforce.table import Row
from connectors.transport import redact
from core.errors import TransientError

Item = tuple[str, Mapping[str, Any]]

_NOTHING = "#N/A"
_MOST_BYTES = 90_000_000
"""Salesforce takes 150 MB of base64, which is 112 MB of text."""
_UPLOADS = 2
_SPECIAL = re.compile(r'[",\r\n]|^\s|\s$')
_NO_FIELD = re.compile(r"Field name not found|No such column", re.IGNORECASE)
_QUOTA = re.compile(r"ExceededQuota|LIMIT_EXCEEDED", re.IGNORECASE)


def write_job(
    client: Client, operation: str, table: str, items: Sequence[Item], deadline_seconds: float
) -> list[RowResult | None]:
    """Update records (id, native values); None is a row of which nobody knows, which may be sent again.

    Raises BulkFailedError where no job is to be had.
    """
    results: list[RowResult | None] = []
    for part, body in _uploads(items):
        job = _submit(client, operation, table, body)
        results += _results(client, job, part, deadline_seconds)
    return results


def _uploads(items: Sequence[Item]) -> Iterator[tuple[Sequence[Item], bytes]]:
    """The records as CSV, in parts that one job can take."""
    columns = sorted({name for _, values in items for name in values})
    header = ",".join(["Id", *columns]) + "\n"
    lines, size, start = [header], len(header), 0
    for place, (record_id, values) in enumerate(items):
        line = ",".join([record_id, *(_cell(values, name) for name in columns)]) + "\n"
        if size + len(line.encode()) > _MOST_BYTES:
            yield items[start:place], "".join(lines).encode()
            lines, size, start = [header], len(header), place
        lines.append(line)
        size += len(line.encode())
    yield items[start:], "".join(lines).encode()


def _cell(values: Mapping[str, Any], name: str) -> str:
    """An empty cell leaves a field as it is, `#N/A` empties it."""
    if name not in values:
        return ""
    value = values[name]
    if value is None or value == "":
        return _NOTHING
    text = str(value)
    return '"' + text.replace('"', '""') + '"' if _SPECIAL.search(text) else text


def _submit(client: Client, operation: str, table: str, body: bytes) -> Job:
    """A job with its data, at work. One whose upload is in doubt is given up for another: nothing is done yet."""
    headers = {"Content-Type": "text/csv; charset=UTF-8"}
    for attempt in range(_UPLOADS):
        job = bulk_job.make(client, operation, "ingest", {"object": table, "operation": "update"})
        try:
            client.call(operation, repeatable=False).raw(
                f"{job.path}/batches", "PUT", body=body, headers=headers
            )
        except TransientError:
            job.abort()
            if attempt == _UPLOADS - 1:
                raise
            continue
        except Refusal as refusal:
            job.abort()
            raise BulkFailedError(f"The data was not taken: {refusal.reason}") from refusal
        _close(job)
        return job
    raise AssertionError("unreachable")  # pragma: no cover


def _close(job: Job) -> None:
    """Let the work begin; where the answer was lost, the second request finds the job closed."""
    try:
        job.change("UploadComplete")
    except Refusal as refusal:
        if job.look()["state"] == "Open":
            raise BulkFailedError(f"The job {job.id} could not be closed: {refusal.reason}") from refusal


def _results(
    client: Client, job: Job, items: Sequence[Item], deadline_seconds: float
) -> list[RowResult | None]:
    try:
        info = job.wait(deadline_seconds)
    except BulkFailedError as stuck:
        client.note(f"{stuck} What it left undone is written by REST.")
        info = job.look()
    processed, failed = info.get("numberRecordsProcessed", 0), info.get("numberRecordsFailed", 0)
    is_whole = info["state"] == COMPLETE and processed == len(items)
    if is_whole and not failed:
        return [RowResult()] * len(items)
    if not processed:
        return _nothing_done(info, len(items))
    try:
        known = _failures(job) if failed else {}
        if not is_whole:
            known |= dict.fromkeys(_written(job), RowResult())
    except Refusal as refusal:
        raise BulkFailedError(f"The job {job.id} does not show its results: {refusal.reason}") from refusal
    return [known.get(one, RowResult() if is_whole else None) for one, _ in items]


def _nothing_done(info: Answer, count: int) -> list[RowResult | None]:
    message = redact(str(info.get("errorMessage") or info["state"]))
    if _NO_FIELD.search(message):
        return [RowResult("INVALID_FIELD", message)] * count
    raise BulkFailedError(
        f"The job ended as {info['state']}: {message}", is_used_up=bool(_QUOTA.search(message))
    )


def _failures(job: Job) -> dict[str, RowResult]:
    """Refused rows by id; sf__Error is CODE:words:FIELDS -- (documented)."""
    found = {}
    for row in _table(job, "failedResults"):
        code, _, rest = str(row.get("sf__Error") or "").partition(":")
        record_id = canonical_id(str(row.get("Id") or row.get("sf__Id") or ""))
        found[record_id] = RowResult(code or "REFUSED", redact(rest.rpartition(":")[0] or rest))
    return found


def _written(job: Job) -> list[str]:
    return [canonical_id(str(row["sf__Id"])) for row in _table(job, "successfulResults")]


def _table(job: Job, name: str) -> Iterator[Row]:
    with TemporaryFile() as file:
        job.download(f"{job.path}/{name}", file)
        file.seek(0)
        for rows in read_rows(file, lambda _: "string"):
            yield from rows
