"""Ingest jobs of Bulk API 2.0."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, cast

import orjson

from emulators.salesforce import bulk_errors, bulk_requests
from emulators.salesforce.bulk_ingest import (
    IngestWork,
    failed_results,
    successful_results,
    unprocessed_records,
)
from emulators.salesforce.bulk_jobs import ENDED, OPEN, UPLOADED, WORKING, Job
from emulators.salesforce.bulk_rows import OPERATIONS, Writer
from emulators.salesforce.bulk_views import created, reduced
from emulators.salesforce.call import Call, Reply, Route
from emulators.salesforce.errors import json_parser_error
from emulators.salesforce.fields import Field, ObjectType


def create(call: Call) -> Reply:
    """POST /jobs/ingest, as JSON, or with the data as parts `job` and `content` of one request."""
    if not call.files:
        return Reply(created(_new_job(call, call.values())))
    try:
        body, content = orjson.loads(call.files["job"]), call.files["content"]
    except (KeyError, orjson.JSONDecodeError) as problem:
        raise json_parser_error(f"The request needs the parts job and content: {problem}") from problem
    job = _new_job(call, body)
    _take(call, job, content)
    job.queue(call.org.clock.now())
    return Reply(created(job))


def _new_job(call: Call, body: dict[str, Any]) -> Job:
    org = call.org
    operation = bulk_requests.choice(body, "operation", OPERATIONS)
    line_ending, delimiter = bulk_requests.csv_format(body)
    name = str(body.get("object") or "")
    item = org.schema.find(name)
    if item is None:
        raise bulk_errors.invalid_job(f"Unable to find object: {name}")
    if operation == "hardDelete" and not org.org_settings.bulk.hard_delete:
        # Assumption: the permission is documented, code and text are not recorded.
        raise bulk_errors.feature_not_enabled("hardDelete operation requires special user profile permission")
    if org.bulk.batches_used(org.clock.now()) >= org.org_settings.bulk.batches:
        raise bulk_errors.too_many_batches()
    key = _key(call, item, body.get("externalIdFieldName")) if operation == "upsert" else None
    settings = org.org_settings.bulk
    writer = Writer(org, call.user_id, item, operation, key)
    work = IngestWork(writer, line_ending, delimiter, settings.batch_rows, settings.scatter)
    job = bulk_requests.new_job(
        call, "ingest", operation, item.name, work, line_ending=line_ending, delimiter=delimiter
    )
    job.has_data = False
    job.external_id = key.name if key else None
    return job


def _key(call: Call, item: ObjectType, name: str | None) -> Field:
    """The field of an upsert. Raises INVALIDJOB unless it identifies records and the user sees it."""
    if name is None:
        # Assumption: widely quoted, not recorded.
        raise bulk_errors.invalid_job(
            f"External ID was blank for {item.name}. An External ID must be specified for upsert."
        )
    field = call.org.access.readable(call.user_id, item).get(name.lower())
    if field is None or not (field.external_id or field.id_lookup):
        raise bulk_errors.invalid_job(
            f"Field name provided, {name} does not match an External ID for {item.name}"
        )
    return field


def upload(call: Call, job_id: str) -> Reply:
    """PUT /jobs/ingest/ID/batches: the whole data, once."""
    job = call.org.bulk.find("ingest", job_id)
    if job.has_data and job.state == OPEN:
        raise bulk_errors.uploaded_twice(job.id)
    if job.state != OPEN:
        # Assumption: the text is not recorded.
        raise bulk_errors.invalid_state(
            f"Job data can only be uploaded while the job is Open, not {job.state}"
        )
    body = call.raw_body
    is_packed = call.headers.get("Content-Encoding") == "gzip"
    _take(call, job, gzip.decompress(body) if is_packed else body)
    return Reply(status=HTTPStatus.CREATED)


def _take(call: Call, job: Job, data: bytes) -> None:
    # Salesforce turns the data into base64, four bytes for three, and measures that.
    if len(data) * 4 / 3 > call.org.org_settings.bulk.file_bytes:
        raise bulk_errors.too_large()
    # Assumption: bytes that are not UTF-8 become the replacement character.
    _work(job).text = data.decode(errors="replace")
    job.has_data = True


def change(call: Call, job_id: str) -> Reply:
    """PATCH /jobs/ingest/ID {"state": "UploadComplete" or "Aborted"}."""
    job = call.org.bulk.find("ingest", job_id)
    if bulk_requests.choice(call.values(), "state", ("UploadComplete", "Aborted")) == "Aborted":
        return bulk_requests.abort(call, job)
    if job.state in (*ENDED, UPLOADED, WORKING):
        raise bulk_errors.already_ended("Closing", job.state)
    if not job.has_data:
        # Assumption: code and text are not recorded.
        raise bulk_errors.invalid_state("The job has no data; upload it before closing the job")
    job.queue(call.org.clock.now())
    return Reply(reduced(job))


def delete(call: Call, job_id: str) -> Reply:
    """DELETE /jobs/ingest/ID."""
    job = call.org.bulk.find("ingest", job_id)
    if job.state not in (*ENDED, UPLOADED):
        raise bulk_errors.not_ended()
    call.org.bulk.remove(job)
    return Reply(status=HTTPStatus.NO_CONTENT)


def _results(write: Callable[[Job, IngestWork], bytes]) -> Callable[[Call, str], Reply]:
    def answer(call: Call, job_id: str) -> Reply:
        job = call.org.bulk.find("ingest", job_id)
        if not job.has_ended:
            raise bulk_errors.not_ready(job.state)
        return bulk_requests.csv_reply(call, write(job, _work(job)))

    return answer


def _work(job: Job) -> IngestWork:
    return cast("IngestWork", job.work)


ROUTES: list[Route] = [
    ("POST", "/jobs/ingest", create),
    ("GET", "/jobs/ingest", lambda call: bulk_requests.jobs_list(call, "ingest")),
    ("GET", "/jobs/ingest/{id}", lambda call, job_id: bulk_requests.read(call, "ingest", job_id)),
    ("PATCH", "/jobs/ingest/{id}", change),
    ("DELETE", "/jobs/ingest/{id}", delete),
    ("PUT", "/jobs/ingest/{id}/batches", upload),
    ("GET", "/jobs/ingest/{id}/successfulResults", _results(successful_results)),
    ("GET", "/jobs/ingest/{id}/failedResults", _results(failed_results)),
    # Documented in lower case; clients ask in camel case and are answered.
    ("GET", "/jobs/ingest/{id}/unprocessedrecords", _results(unprocessed_records)),
    ("GET", "/jobs/ingest/{id}/unprocessedRecords", _results(unprocessed_records)),
]
