"""The endpoints of Bulk API 1.0, below /services/async: the session comes in a header of its own."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

import orjson

from emulators.salesforce import bulk1_errors as errors
from emulators.salesforce.authenticate import user_of
from emulators.salesforce.bulk1_ingest import ingest_work
from emulators.salesforce.bulk1_jobs import OPEN, ClassicJob, add_batch, ask_for
from emulators.salesforce.bulk1_query import BatchQuery, csv_result, json_result
from emulators.salesforce.bulk1_requests import content_type, new_job, properties, says_json
from emulators.salesforce.bulk1_wire import Document, batch_info, batch_list, error, job_info, result_list
from emulators.salesforce.bulk_jobs import COMPLETE
from emulators.salesforce.bulk_requests import csv_reply
from emulators.salesforce.call import Call, Reply, Route, Router
from emulators.salesforce.errors import SalesforceError, not_found
from emulators.salesforce.limits import count_call
from emulators.salesforce.rest_describe import check_version

if TYPE_CHECKING:
    from flask import Request

    from emulators.salesforce.bulk1_ingest import CsvRows, JsonRows
    from emulators.salesforce.bulk_jobs import Job
    from emulators.salesforce.org import Org

_PATH = re.compile(r"/services/async/([^/]+)(/.*)?")
_SESSION = "X-SFDC-Session"
_JSON, _XML, _CSV = "application/json", "application/xml", "text/csv"
_MOST_BATCH_BYTES = 10_000_000


def answer_async(org: Org, request: Request) -> Reply:
    """Answer a request below /services/async/VERSION. Raises NOT_FOUND without a version."""
    match = _PATH.fullmatch(request.path)
    if match is None:
        raise not_found()
    version, path = match.group(1), match.group(2) or ""
    call = Call(
        org=org,
        user_id="",
        method=request.method,
        base=f"/services/data/v{version}",
        host_url=request.host_url.rstrip("/"),
        headers=dict(request.headers),
        raw_body=request.get_data(),
    )
    try:
        reply = _run(call, version, path, request.headers.get(_SESSION, ""))
    except SalesforceError as problem:
        told = errors.of_other_apis(problem)
        reply = Reply(error(told.code, told.message), told.status)
    return _in_format(reply, as_json=_answers_json(call, path))


def _run(call: Call, version: str, path: str, session_id: str) -> Reply:
    org = call.org
    try:
        check_version(version, org.org_settings.first_version)
    except SalesforceError as problem:
        if problem.status == HTTPStatus.NOT_FOUND:
            raise errors.unknown_version(version) from problem
        raise
    user_id = user_of(org, session_id)
    count_call(org)
    if not org.org_settings.bulk.classic:
        raise errors.not_enabled()
    handler = _ROUTER.find(call.method, path)
    if handler is None:
        raise errors.bad_method(call.method) if _ROUTER.knows(path) else errors.bad_url(path)
    return handler(replace(call, user_id=user_id))


def _answers_json(call: Call, path: str) -> bool:
    """Whether an answer is JSON: by the format of the job's data, and by the request where there is no job.

    Assumption: what a job itself is asked by JSON it answers so, whatever its data (recorded of a job with CSV).
    """
    _, _, job_id, *below = [*path.split("/"), "", ""]
    job = call.org.classic.find(job_id, call.org.clock.now())
    if job is not None and any(below):
        return job.is_json
    return says_json(call) or (job is not None and job.is_json)


def _in_format(reply: Reply, *, as_json: bool) -> Reply:
    if not isinstance(reply.body, Document):
        return reply
    body = reply.body.json if as_json else reply.body.xml
    return replace(reply, body=body, headers={"Content-Type": _JSON if as_json else _XML})


def create_job(call: Call) -> Reply:
    """POST /job."""
    return Reply(job_info(new_job(call)), HTTPStatus.CREATED)


def read_job(call: Call, job_id: str) -> Reply:
    """GET /job/ID."""
    job = _job(call, job_id)
    ask_for(call.org, job.batches)
    return Reply(job_info(job))


def change_job(call: Call, job_id: str) -> Reply:
    """POST /job/ID {"state": "Closed" or "Aborted"}."""
    job = _job(call, job_id)
    job.enter(str(properties(call).get("state", "")), call.org.clock.now())
    return Reply(job_info(job))


def create_batch(call: Call, job_id: str) -> Reply:
    """POST /job/ID/batch: a query, or rows in the format of the job."""
    org, job = call.org, _job(call, job_id)
    if job.state != OPEN:
        raise errors.invalid_state(f"The job is in state {job.state} and takes no more batches")
    wanted = _JSON if job.is_json else _CSV
    if content_type(call) != wanted:
        raise errors.other_content_type(wanted)
    if org.bulk.batches_used(org.clock.now()) >= org.org_settings.bulk.batches:
        raise errors.too_many_batches()
    sent = call.raw_body
    if call.headers.get("Content-Encoding") == "gzip":
        sent = gzip.decompress(sent)
    if len(sent) > _MOST_BATCH_BYTES:
        raise errors.too_large()
    work = _query(call, job, sent) if job.is_query else ingest_work(call, job, sent)
    return Reply(batch_info(add_batch(org, job, work), job), HTTPStatus.CREATED)


def _query(call: Call, job: ClassicJob, sent: bytes) -> BatchQuery:
    return BatchQuery(call.org, job, sent.decode(errors="replace").strip(), job.chunk_size)


def list_batches(call: Call, job_id: str) -> Reply:
    """GET /job/ID/batch."""
    job = _job(call, job_id)
    ask_for(call.org, job.batches)
    return Reply(batch_list(job))


def read_batch(call: Call, job_id: str, batch_id: str) -> Reply:
    """GET /job/ID/batch/ID."""
    job = _job(call, job_id)
    batch = job.batch(batch_id)
    ask_for(call.org, [batch])
    return Reply(batch_info(batch, job))


def read_request(call: Call, job_id: str, batch_id: str) -> Reply:
    """GET /job/ID/batch/ID/request: what was sent."""
    job = _job(call, job_id)
    work = job.batch(batch_id).work
    sent = work.text.encode() if isinstance(work, BatchQuery) else cast("CsvRows | JsonRows", work).sent
    return Reply(sent, headers={"Content-Type": _JSON if job.is_json else _CSV})


def read_result(call: Call, job_id: str, batch_id: str) -> Reply:
    """GET /job/ID/batch/ID/result: the ids of a query's results, or what became of each row."""
    job = _job(call, job_id)
    work = _completed(job.batch(batch_id)).work
    if isinstance(work, BatchQuery):
        return Reply(result_list(list(work.results)))
    found = cast("CsvRows | JsonRows", work).result()
    return Reply(found, headers={"Content-Type": _JSON if job.is_json else _CSV})


def read_rows(call: Call, job_id: str, batch_id: str, result_id: str) -> Reply:
    """GET /job/ID/batch/ID/result/ID: rows of a query."""
    job = _job(call, job_id)
    batch = _completed(job.batch(batch_id))
    work = batch.work
    if not isinstance(work, BatchQuery):
        raise errors.bad_url(f"/job/{job_id}/batch/{batch_id}/result/{result_id}")
    rows = work.result(result_id)
    if not job.is_json:
        return csv_reply(call, csv_result(batch, work, rows))
    # Assumption: results are files, so that what a request says about their layout changes nothing.
    return Reply(orjson.dumps(json_result(work, rows, call.base)), headers={"Content-Type": _JSON})


def _job(call: Call, job_id: str) -> ClassicJob:
    """A job of the user and of the version. Raises InvalidJob or InvalidUser."""
    job = call.org.classic.find(job_id, call.org.clock.now())
    if job is None:
        raise errors.no_such_job(job_id)
    if job.user_id != call.user_id:
        raise errors.foreign_job(job_id)
    if job.version != call.base.rpartition("/v")[2]:
        raise errors.other_version(job.version)
    return job


def _completed(batch: Job) -> Job:
    if batch.state != COMPLETE:
        raise errors.not_processed()
    return batch


ROUTES: list[Route] = [
    ("POST", "/job", create_job),
    ("GET", "/job/{id}", read_job),
    ("POST", "/job/{id}", change_job),
    ("POST", "/job/{id}/batch", create_batch),
    ("GET", "/job/{id}/batch", list_batches),
    ("GET", "/job/{id}/batch/{id}", read_batch),
    ("GET", "/job/{id}/batch/{id}/request", read_request),
    ("GET", "/job/{id}/batch/{id}/result", read_result),
    ("GET", "/job/{id}/batch/{id}/result/{id}", read_rows),
]
_ROUTER = Router(ROUTES)
