"""A first load as a file, for those who have hundreds of thousands of records: one export instead of many pages.

Where anything is odd about it (no scope, HubSpot's thirty a day used up, a file that is not what was asked for),
listing takes over. Positions: `export:` before it is asked for, `export:<task>:<rows stored>:<rows counted>` after.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import IO, Any

from connectors.hubspot import version
from connectors.hubspot.events import TYPE_IDS
from connectors.hubspot.files import Expired
from connectors.hubspot.raw import Raw
from connectors.hubspot.search import counted
from connectors.hubspot.source import ENOUGH, LISTING, Source, Step, broken
from connectors.transport import Request
from core.clock import parse_instant
from core.cursors import Cursor
from core.errors import AuthError, ContractError, RateLimited

ROWS = 1000
"""Rows of one page: links are read by 1,000."""
_POLL_SECONDS = 5.0
_PATIENCE_SECONDS = 7200.0
_PLACE = re.compile(r"([^:]+):([0-9]{1,18}):([0-9]{1,18})")
_ID = "hs_object_id"


def exported(source: Source, cursor: Cursor, place: str) -> Iterator[Step]:
    """The steps of an export; the last one ends the window, or hands over to listing."""
    if not place:
        yield _begun(source)
        return
    found, opened = _PLACE.fullmatch(place), cursor.started_at
    if found is None or opened is None:
        raise broken(source.type.name, f"export:{place}")
    task, done, count = found.groups()
    try:
        yield from _rows_as_steps(source, task, int(done), int(count), opened)
    except (AuthError, ContractError, Expired, RateLimited, _NotWhatWasAsked):
        yield Step(opened, LISTING)


class _NotWhatWasAsked(Exception):
    """The file is not usable."""


def _begun(source: Source) -> Step:
    """Count, and ask for an export where that is worth it."""
    count, at = counted(source)
    if source.export_above is None or count <= source.export_above:
        return Step(at, LISTING, expected=count)
    try:
        answer = source.client.ask(_request(source))
        return Step(at, f"export:{answer['id']}:0:{count}", expected=count)
    except (AuthError, ContractError, KeyError, RateLimited):
        return Step(at, LISTING, expected=count)


def _request(source: Source) -> Request:
    name = source.type.name
    type_ids = {known: type_id for type_id, known in TYPE_IDS.items()}
    body = {
        "exportType": "VIEW",
        "format": "CSV",
        "exportName": f"Shortlist {name}",
        "objectType": type_ids[name],
        "language": "EN",
        "objectProperties": _columns(source),
        "exportInternalValuesOptions": ["NAMES", "VALUES"],
        "publicCrmSearchRequest": {"filterGroups": [], "sorts": [], "query": ""},
    }
    return Request(f"export {name}", "POST", version.EXPORTS, json=body, repeatable=False)


def _columns(source: Source) -> list[str]:
    return list(dict.fromkeys((_ID, source.type.modified_property, "createdate", *source.properties)))


def _rows_as_steps(source: Source, task: str, done: int, count: int, opened: datetime) -> Iterator[Step]:
    operation = f"export {source.type.name}"
    url = _finished(source, task)
    with _fetched(source, url, operation) as file:
        rows = islice(_rows(source, file), done, None)
        while part := list(islice(rows, ROWS)):
            done += len(part)
            yield Step(opened, f"export:{task}:{done}:{count}", part)
    if done < count * ENOUGH:
        yield Step(opened, LISTING)
    else:
        yield Step(opened, None, is_short=done < count)


def _finished(source: Source, task: str) -> str:
    """Where the file lies, once it is done; exports wait for each other, so that takes a while."""
    request = Request(f"export {source.type.name}", "GET", version.export_status(task))

    def asked() -> str | None:
        answer: Mapping[str, Any] = source.client.ask(request)
        if answer.get("status") not in ("COMPLETE", "PENDING", "PROCESSING"):
            raise _NotWhatWasAsked
        return str(answer.get("result") or "") if answer["status"] == "COMPLETE" else None

    url = source.client.transport.until(asked, every_seconds=_POLL_SECONDS, for_seconds=_PATIENCE_SECONDS)
    if not url:
        raise _NotWhatWasAsked
    return url


@contextmanager
def _fetched(source: Source, url: str, operation: str) -> Iterator[IO[bytes]]:
    """The whole file; one that breaks off is fetched again."""

    def whole() -> IO[bytes]:
        source.client.transport.count(operation)
        return source.client.files.fetch(url, operation)

    with source.client.transport.retried(whole) as file:
        yield file


def _rows(source: Source, file: IO[bytes]) -> Iterator[Raw]:
    """The records of a file, read as they are asked for. Large files are a zip of several."""
    if not zipfile.is_zipfile(file):
        file.seek(0)
        yield from _records(source, file)
        return
    try:
        with zipfile.ZipFile(file) as archive:
            for name in archive.namelist():
                with archive.open(name) as part:
                    yield from _records(source, part)
    except zipfile.BadZipFile as error:
        raise _NotWhatWasAsked from error


def _records(source: Source, file: IO[bytes]) -> Iterator[Raw]:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    lines = csv.reader(text)
    try:
        header = next(lines, [])
        missing = set(_columns(source)) - set(header)
        # A type without a date of its own of that name has none in the file either.
        if missing - {"createdate"}:
            raise _NotWhatWasAsked
        for cells in lines:
            yield _record(source, dict(zip(header, cells, strict=True)))
    except (csv.Error, UnicodeDecodeError, ValueError) as error:
        raise _NotWhatWasAsked from error
    finally:
        text.detach()  # the file is closed by who opened it


def _record(source: Source, values: Mapping[str, str]) -> Raw:
    """A row as the API would give the record; raises ValueError for one without id and modified date."""
    properties = {name: values.get(name) or None for name in _columns(source)}
    modified = values[source.type.modified_property]
    parse_instant(modified)
    return {
        "id": str(int(values[_ID])),
        "properties": properties,
        "createdAt": properties["createdate"] or modified,
        "updatedAt": modified,
    }
