"""What the requests around query and ingest jobs have in common: properties, states, lists, CSV answers."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

from emulators.salesforce.bulk_errors import already_ended, bad_locator, bad_value
from emulators.salesforce.bulk_jobs import ABORTED, OPEN, Job, Kind, Work
from emulators.salesforce.bulk_results import DELIMITERS, LINE_ENDINGS
from emulators.salesforce.bulk_views import info, listed, reduced
from emulators.salesforce.call import Call, Reply

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

_LIST_PAGE = 1000
_GZIP_LEVEL = 1
_JOB_TYPES = {"query": "V2Query", "ingest": "V2Ingest"}


def choice(body: Mapping[str, Any], name: str, allowed: Collection[str], default: str | None = None) -> str:
    """A property with one of a few values. Raises API_ERROR."""
    value = body.get(name, default)
    if value not in allowed:
        raise bad_value(name, "" if value is None else value)
    return str(value)


def csv_format(body: Mapping[str, Any]) -> tuple[str, str]:
    """Line ending and delimiter of a new job, by their names. Raises API_ERROR."""
    choice(body, "contentType", ("CSV",), "CSV")
    return (
        choice(body, "lineEnding", LINE_ENDINGS, "LF"),
        choice(body, "columnDelimiter", DELIMITERS, "COMMA"),
    )


def positive(text: str, name: str) -> int:
    """A number of at least 1. Raises API_ERROR."""
    if not text.isdecimal() or int(text) < 1:
        raise bad_value(name, text)
    return int(text)


def new_job(
    call: Call,
    kind: Kind,
    operation: str,
    object_name: str,
    work: Work,
    *,
    line_ending: str,
    delimiter: str,
) -> Job:
    """A job, kept, in state Open; the first fate that meets it is its own."""
    now = call.org.clock.now()
    job = Job(
        id=call.org.bulk.mint(),
        kind=kind,
        operation=operation,
        object_name=object_name,
        user_id=call.user_id,
        version=call.base.rpartition("/v")[2],
        created_at=now,
        changed_at=now,
        line_ending=line_ending,
        delimiter=delimiter,
        work=work,
        state=OPEN,
        fate=call.org.org_settings.bulk.fate_of(kind, operation, object_name),
    )
    call.org.bulk.add(job)
    return job


def read(call: Call, kind: Kind, job_id: str) -> Reply:
    """GET /jobs/KIND/ID; being asked for moves a job on."""
    org = call.org
    job = org.bulk.find(kind, job_id)
    if not job.has_ended and job.state != OPEN:
        job.polls += 1
        org.advance_jobs()
    return Reply(info(job))


def jobs_list(call: Call, kind: Kind) -> Reply:
    """GET /jobs/KIND?jobType=&queryLocator=: up to 1,000 jobs, oldest first."""
    job_type = call.args.get("jobType", _JOB_TYPES[kind])
    # Assumption: of the other job types, also those of the other kind of jobs, there are none here.
    jobs = call.org.bulk.listing(kind) if job_type == _JOB_TYPES[kind] else []
    locator = call.args.get("queryLocator", "0")
    if not locator.isdecimal():
        raise bad_locator(locator)
    start = int(locator)
    end = start + _LIST_PAGE
    done = end >= len(jobs)
    more = None if done else f"{call.base}/jobs/{kind}?queryLocator={end}"
    records = [listed(job) for job in jobs[start:end]]
    return Reply({"done": done, "nextRecordsUrl": more, "records": records})


def abort(call: Call, job: Job) -> Reply:
    """End a job; what is done stays done. Raises INVALIDJOBSTATE when it has ended."""
    if job.has_ended:
        raise already_ended("Aborting", job.state)
    job.enter(ABORTED, call.org.clock.now())
    return Reply(reduced(job))


def csv_reply(call: Call, body: bytes, headers: Mapping[str, str] | None = None) -> Reply:
    """A CSV answer, compressed where the client accepts it and the settings say so."""
    sent = {"Content-Type": "text/csv; charset=UTF-8", **(headers or {})}
    if call.org.org_settings.bulk.gzip and "gzip" in call.headers.get("Accept-Encoding", ""):
        body = gzip.compress(body, _GZIP_LEVEL)
        sent["Content-Encoding"] = "gzip"
    return Reply(body, headers=sent)


def quoted_line(job: Job, cells: Sequence[str]) -> bytes:
    """One line with every cell quoted."""
    quoted = DELIMITERS[job.delimiter].join(f'"{cell}"' for cell in cells)
    return (quoted + LINE_ENDINGS[job.line_ending]).encode()
