"""Reading a very large window as a job of Bulk API 2.0: few calls, rows in no order, results in parts.

The cursor names the job, the part and the row in it, so that a restart goes on while Salesforce keeps the job
(7 days). Parts are fetched whole into files, several at once, and parsed from there: a broken download never
reaches a parser, and memory holds some thousand rows whatever the size.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import chain, islice
from tempfile import TemporaryFile
from typing import IO, NamedTuple
from urllib.parse import parse_qs, urlsplit

from connectors.salesforce import bulk_job
from connectors.salesforce.bulk_csv import column_types, read_tables
from connectors.salesforce.bulk_job import COMPLETE, UNAVAILABLE, BulkFailedError, Job
from connectors.salesforce.client import Answer
from connectors.salesforce.errors import Refusal
from connectors.salesforce.positions import JobPlace
from connectors.salesforce.window import Batch, Window
from core.errors import ContractError

READ_CALLS = 5
"""The rows are counted, by a first page or alone; a job is made and looked at, its parts are named, one is fetched."""
_END = "null"
"""Salesforce's locator behind the last part."""
AT_ONCE = 3
"""Parts on their way or waiting in files at one time."""


class _Part(NamedTuple):
    """A downloaded part: its file, the rows that Salesforce says are in it (None where it does not), what follows.

    following: the locator of the next part, or the text null.
    """

    file: IO[bytes]
    rows: int | None
    following: str


def open_job(window: Window) -> Batch:
    """Begin a job for the whole window, which opens with it; its id is in the cursor before anything is waited for.

    Raises BulkFailedError where Salesforce does not take it, for instance because the day's jobs are used up.
    """
    operation = "queryAll" if window.source.with_deleted else "query"
    job = bulk_job.make(
        window.client, window.operation, "query", {"operation": operation, "query": window.query()}
    )
    if job.created_at is not None:
        window.open(job.created_at)
    window.read = 0
    return Batch([], window.at(JobPlace(0, job.id)))


def read_job(window: Window, place: JobPlace, deadline_seconds: float) -> Iterator[Batch]:
    """The rest of a job's rows.

    Raises BulkFailedError where the job has failed, is stuck, gone or not to be read, or where its results are not
    whole or do not fit the object any more: a job never changes, so another look at it would find the same.
    """
    job = Job(window.client, window.operation, "query", place.job_id)
    try:
        info = job.wait(deadline_seconds)
        if info["state"] != COMPLETE:
            raise BulkFailedError(
                f"The job {job.id} ended as {info['state']}: {info.get('errorMessage', '')}"
            )
        yield from _results(window, job, place, info.get("numberRecordsProcessed"))
    except Refusal as refusal:
        raise BulkFailedError(f"The job {job.id} is gone: {refusal.reason}") from refusal
    except BulkFailedError:
        raise
    except UNAVAILABLE as error:
        raise BulkFailedError(f"The job {job.id} cannot be read: {error}") from error
    except ContractError as error:
        raise BulkFailedError(f"The job {job.id} is of no use: {error}") from error


def _results(window: Window, job: Job, place: JobPlace, expected: int | None) -> Iterator[Batch]:
    """The rows behind a place; each part is known to be whole before its last rows are handed on."""
    window.query()  # describes the object, which tells the columns' types
    types = column_types(window.schema, window.info)
    total, held = 0, None
    for number, part in _parts(job, place.part):
        rows = place.rows if number == place.part else 0
        with part.file:
            for chunk in read_tables(part.file, types, skip=rows):
                if held is not None:
                    yield held
                rows += len(chunk)
                fresh = window.fresh(chunk)
                held = Batch(fresh, window.at(JobPlace(window.read, job.id, number, rows)), expected)
        _must_be_whole(window, part.rows, rows)
        total += rows
    if place.part == 0:
        _must_be_whole(window, expected, total)
    yield (held or Batch([], window.cursor, expected))._replace(is_last=True)


def _must_be_whole(window: Window, told: int | None, rows: int) -> None:
    if told is not None and told != rows:
        raise ContractError(
            f"Results of {window.name} hold {rows} rows, not the {told} that Salesforce says."
        )


def _parts(job: Job, first: int) -> Iterator[tuple[int, _Part]]:
    """The parts in their order from number `first` on, AT_ONCE of them in advance."""
    waiting: deque[tuple[int, Future[_Part]]] = deque()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            if first == 0:
                # Results without a locator begin with the first part, so it comes while the parts are named.
                waiting.append((0, pool.submit(_download, job, f"{job.path}/results")))
            named = islice(enumerate(_urls(job)), first, None)
            head = list(islice(named, 2))
            urls = chain(head[len(waiting) :], named)
            while head:
                for number, url in islice(urls, AT_ONCE - len(waiting)):
                    waiting.append((number, pool.submit(_download, job, url)))
                if not waiting:
                    return
                number, future = waiting.popleft()
                yield number, future.result() if number else _first_part(job, future.result(), head)
        finally:
            for _, future in waiting:
                if not future.cancel():
                    with suppress(Exception):
                        future.result().file.close()


def _first_part(job: Job, early: _Part, head: Sequence[tuple[int, str]]) -> _Part:
    """The first part of those that were named: what came early, where it ends where the second one begins."""
    following = parse_qs(urlsplit(head[1][1]).query).get("locator", [""])[0] if len(head) > 1 else _END
    if early.following == following:
        return early
    early.file.close()
    return _download(job, head[0][1])


def _download(job: Job, url: str) -> _Part:
    file = TemporaryFile()  # noqa: SIM115 closed by who reads it
    try:
        headers = job.download(url, file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    told = headers.get("sforce-numberofrecords", "")
    return _Part(file, int(told) if told.isdecimal() else None, headers.get("sforce-locator", ""))


def _urls(job: Job) -> Iterator[str]:
    """Where the parts are, below /services/data/vNN.0/; five are named by each call."""
    call, seen = job.client.call(job.operation), set[str]()
    path: str | None = f"{job.path}/resultPages"
    while path is not None:
        if path in seen:
            raise ContractError(f"Salesforce names the same parts of the job {job.id} twice.")
        seen.add(path)
        answer = call.rest_object(["resultPages", "done"], path)
        for page in answer["resultPages"]:
            yield call.path_of(page["resultUrl"])
        path = None if answer["done"] else call.path_of(_next(answer))


def _next(answer: Answer) -> str:
    # One table of the documentation spells it without the s.
    return str(answer.get("nextRecordsUrl") or answer.get("nextRecordUrl"))
