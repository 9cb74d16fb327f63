"""Shared by the tests of the Bulk API of the Salesforce emulator: running jobs, reading their CSV."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import requests

    from tests.integration.test_salesforce_emulator import Api

Job = dict[str, Any]
Cells = list[list[str]]


def rows_of(answer: requests.Response, delimiter: str = ",") -> Cells:
    """The cells of a CSV answer, the header first."""
    assert answer.status_code == 200, answer.text
    return list(csv.reader(StringIO(answer.content.decode(), newline=""), delimiter=delimiter))


def finish(api: Api, kind: str, job_id: str) -> Job:
    """Ask for a job until it has ended."""
    for _ in range(50):
        job: Job = api.get(f"/jobs/{kind}/{job_id}")
        if job["state"] in ("JobComplete", "Failed", "Aborted"):
            return job
    raise AssertionError(f"the job does not end: {job}")


def query(api: Api, soql: str, operation: str = "query", **options: Any) -> str:
    """A query job that is complete; its id."""
    job: Job = api.post("/jobs/query", {"operation": operation, "query": soql, **options})
    assert finish(api, "query", job["id"])["state"] == "JobComplete"
    return str(job["id"])


def results(api: Api, job_id: str, **params: Any) -> requests.Response:
    """A page of the results of a query job."""
    return api.call("GET", f"/jobs/query/{job_id}/results", params=params)


def queried(api: Api, soql: str, operation: str = "query") -> Cells:
    """The whole results of a query on one page."""
    return rows_of(results(api, query(api, soql, operation)))


def start(api: Api, operation: str, name: str, data: str | bytes, **options: Any) -> str:
    """An ingest job with its data, closed; its id."""
    job: Job = api.post("/jobs/ingest", {"operation": operation, "object": name, **options})
    body = data.encode() if isinstance(data, str) else data
    put = api.call(
        "PUT", f"/jobs/ingest/{job['id']}/batches", data=body, headers={"Content-Type": "text/csv"}
    )
    assert put.status_code == 201, put.text
    closed = api.call("PATCH", f"/jobs/ingest/{job['id']}", json={"state": "UploadComplete"})
    assert closed.json()["state"] == "UploadComplete"
    return str(job["id"])


def ingest(api: Api, operation: str, name: str, data: str | bytes, **options: Any) -> Job:
    """An ingest job that has ended."""
    return finish(api, "ingest", start(api, operation, name, data, **options))


def ingested(api: Api, job: Job, which: str) -> Cells:
    """successfulResults, failedResults or unprocessedrecords of a job."""
    return rows_of(api.call("GET", f"/jobs/ingest/{job['id']}/{which}"))


def errors(api: Api, job: Job) -> list[str]:
    """The sf__Error of all failed rows."""
    return [row[1] for row in ingested(api, job, "failedResults")[1:]]


def to_csv(rows: list[list[str]], **options: Any) -> str:
    """Rows as the CSV writer of Python puts them."""
    text = StringIO(newline="")
    csv.writer(text, **{"lineterminator": "\n", **options}).writerows(rows)
    return text.getvalue()
