"""Query jobs of Bulk API 2.0."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from http import HTTPStatus
from typing import cast

from emulators.salesforce import bulk_errors, bulk_requests
from emulators.salesforce.bulk_jobs import COMPLETE, Job
from emulators.salesforce.bulk_query import QueryWork, plan_query
from emulators.salesforce.bulk_results import write_page
from emulators.salesforce.bulk_views import created
from emulators.salesforce.call import Call, Reply, Route
from emulators.salesforce.errors import not_found, required_missing

_OPERATIONS = ("query", "queryAll")
_PAGES_AT_ONCE = 5
_RESULT_PAGES_SINCE = 58.0
# The key prefix of result files, as it shows in recorded locators.
_RESULT_PREFIX = "0Ga"


def create(call: Call) -> Reply:
    """POST /jobs/query: the query is checked at once and run later."""
    org, now = call.org, call.org.clock.now()
    body = call.values()
    operation = bulk_requests.choice(body, "operation", _OPERATIONS)
    line_ending, delimiter = bulk_requests.csv_format(body)
    text = body.get("query")
    if not isinstance(text, str) or not text.strip():
        # Assumption: code and text are not recorded.
        raise required_missing(["query"])
    plan = plan_query(org, call.user_id, text)
    settings = org.org_settings.bulk
    used = org.bulk.query_jobs_used(now)
    if used >= settings.query_jobs:
        raise bulk_errors.too_many_query_jobs(settings.query_jobs, used)
    work = QueryWork(org, call.user_id, text, operation == "queryAll", settings.scatter)
    job = bulk_requests.new_job(
        call, "query", operation, plan.item.name, work, line_ending=line_ending, delimiter=delimiter
    )
    job.queue(now)
    return Reply(created(job))


def change(call: Call, job_id: str) -> Reply:
    """PATCH /jobs/query/ID {"state": "Aborted"}."""
    job = call.org.bulk.find("query", job_id)
    bulk_requests.choice(call.values(), "state", ("Aborted",))
    return bulk_requests.abort(call, job)


def delete(call: Call, job_id: str) -> Reply:
    """DELETE /jobs/query/ID."""
    job = call.org.bulk.find("query", job_id)
    if not job.has_ended:
        raise bulk_errors.not_ended()
    call.org.bulk.remove(job)
    return Reply(status=HTTPStatus.NO_CONTENT)


def results(call: Call, job_id: str) -> Reply:
    """GET /jobs/query/ID/results?maxRecords=&locator=."""
    job, work = _finished(call, job_id)
    start = _offset(job, call.args.get("locator"), len(work.rows))
    limit = call.org.org_settings.bulk.page_rows
    if "maxRecords" in call.args:
        limit = min(bulk_requests.positive(call.args["maxRecords"], "maxRecords"), limit)
    rows = work.rows[start : start + limit]
    end = start + len(rows)
    locator = _locator(job, end) if end < len(work.rows) else "null"
    headers = {"Sforce-Locator": locator, "Sforce-NumberOfRecords": str(len(rows))}
    return bulk_requests.csv_reply(call, write_page(job, work.columns, rows), headers)


def result_pages(call: Call, job_id: str) -> Reply:
    """GET /jobs/query/ID/resultPages: where up to five pages are, to be fetched at the same time."""
    job, work = _finished(call, job_id)
    if float(job.version) < _RESULT_PAGES_SINCE:
        raise not_found()
    total, size = len(work.rows), call.org.org_settings.bulk.page_rows
    start = _offset(job, call.args.get("locator"), total)
    starts = range(start, max(total, start + 1), size)
    base = f"{call.base}/jobs/query/{job.id}"
    pages = [{"resultUrl": f"{base}/results?locator={_locator(job, at)}"} for at in starts[:_PAGES_AT_ONCE]]
    done = len(starts) <= _PAGES_AT_ONCE
    more = None if done else f"{base}/resultPages?locator={_locator(job, starts[_PAGES_AT_ONCE])}"
    # Assumption: nextRecordsUrl is null at the end, as in lists of jobs.
    return Reply({"resultPages": pages, "nextRecordsUrl": more, "done": done})


def failed_results(call: Call, job_id: str) -> Reply:
    """GET /jobs/query/ID/failedResults: a header and no rows, as recorded."""
    job, work = _finished(call, job_id)
    header = ["sf__Id", "sf__Error", *(column.header for column in work.columns)]
    return bulk_requests.csv_reply(call, bulk_requests.quoted_line(job, header))


def _finished(call: Call, job_id: str) -> tuple[Job, QueryWork]:
    job = call.org.bulk.find("query", job_id)
    if call.base.rpartition("/v")[2] != job.version:
        raise bulk_errors.other_version(job.version)
    if job.state != COMPLETE:
        raise bulk_errors.not_ready(job.state)
    return job, cast("QueryWork", job.work)


def _locator(job: Job, offset: int) -> str:
    """Of the recorded look: unpadded base64 of `0:<result id>:<number>`."""
    result_id = _RESULT_PREFIX + job.id.removeprefix("750")
    return urlsafe_b64encode(f"0:{result_id}:{offset}".encode()).decode().rstrip("=")


def _offset(job: Job, locator: str | None, total: int) -> int:
    if not locator or locator == "null":
        return 0
    try:
        text = urlsafe_b64decode(locator + "=" * (-len(locator) % 4)).decode()
        offset = int(text.rpartition(":")[2])
    except (binascii.Error, ValueError):
        raise bulk_errors.bad_locator(locator) from None
    if locator.rstrip("=") != _locator(job, offset) or offset > total:
        raise bulk_errors.bad_locator(locator)
    return offset


ROUTES: list[Route] = [
    ("POST", "/jobs/query", create),
    ("GET", "/jobs/query", lambda call: bulk_requests.jobs_list(call, "query")),
    ("GET", "/jobs/query/{id}", lambda call, job_id: bulk_requests.read(call, "query", job_id)),
    ("PATCH", "/jobs/query/{id}", change),
    ("DELETE", "/jobs/query/{id}", delete),
    ("GET", "/jobs/query/{id}/results", results),
    ("GET", "/jobs/query/{id}/resultPages", result_pages),
    ("GET", "/jobs/query/{id}/resultpages", result_pages),
    ("GET", "/jobs/query/{id}/failedResults", failed_results),
]
