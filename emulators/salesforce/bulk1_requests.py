"""What clients send to Bulk API 1.0: properties as JSON or XML, and new jobs made of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

import orjson
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from emulators.salesforce import bulk1_errors as errors
from emulators.salesforce.bulk1_jobs import QUERIES, ClassicJob
from emulators.salesforce.bulk_query import UNSUPPORTED
from emulators.salesforce.bulk_rows import OPERATIONS
from emulators.salesforce.soap import local

if TYPE_CHECKING:
    from emulators.salesforce.call import Call
    from emulators.salesforce.fields import Field, ObjectType

_JSON = "application/json"
# Some clients send the position of the mode instead of its name.
_CONCURRENCY = {0: "Parallel", 1: "Serial", "Parallel": "Parallel", "Serial": "Serial", "": "Parallel"}
_CONTENT_TYPES = ("CSV", "JSON")
_CHUNK_SIZE, _MOST_CHUNK_SIZE = 100_000, 250_000
_CHUNK_OPTION = re.compile(r"chunkSize\s*=\s*(\d+)", re.IGNORECASE)


def says_json(call: Call) -> bool:
    """Whether the request's header names JSON."""
    return content_type(call) == _JSON


def content_type(call: Call) -> str:
    """The request's content type without parameters, "" without one."""
    return call.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def properties(call: Call) -> dict[str, Any]:
    """The properties that a request sets. Raises InvalidXML or ClientInputError."""
    try:
        if says_json(call):
            found = orjson.loads(call.raw_body)
            if not isinstance(found, dict):
                raise errors.bad_body("The body is not an object", json=True)
            return found
        return {local(element): (element.text or "").strip() for element in fromstring(call.raw_body)}
    except (orjson.JSONDecodeError, ParseError, DefusedXmlException, ValueError) as problem:
        raise errors.bad_body(str(problem), json=says_json(call)) from problem


def new_job(call: Call) -> ClassicJob:
    """A job as asked for, kept. Raises InvalidJob, InvalidEntity or FeatureNotEnabled."""
    asked, now = properties(call), call.org.clock.now()
    operation = _operation(call, asked)
    item = _object(call, asked)
    job = ClassicJob(
        id=call.org.bulk.mint(),
        operation=operation,
        object_name=item.name,
        content_type=_format(asked),
        concurrency=_concurrency(asked),
        user_id=call.user_id,
        version=call.base.rpartition("/v")[2],
        created_at=now,
        changed_at=now,
        external_id=_key(call, item, asked.get("externalIdFieldName")) if operation == "upsert" else None,
        chunk_size=_chunk_size(call) if operation in QUERIES else None,
    )
    call.org.classic.add(job)
    return job


def _operation(call: Call, asked: dict[str, Any]) -> str:
    operation = asked.get("operation")
    if operation not in (*QUERIES, *OPERATIONS):
        # Assumption: documented as an error, also for other capitals; code and text are not recorded.
        raise errors.invalid_job(f"Unknown operation: {operation}")
    if operation == "hardDelete" and not call.org.org_settings.bulk.hard_delete:
        # Assumption: the permission is documented, code and text are not recorded.
        raise errors.AsyncError(
            "FeatureNotEnabled", "hardDelete operation requires special user profile permission"
        )
    return str(operation)


def _object(call: Call, asked: dict[str, Any]) -> ObjectType:
    name = str(asked.get("object") or "")
    if name in UNSUPPORTED:
        raise errors.unsupported_entity(name)
    item = call.org.schema.find(name)
    if item is None or not call.org.access.may(item, "read", call.user_id):
        raise errors.invalid_job(f"Unable to find object: {name}")
    return item


def _format(asked: dict[str, Any]) -> str:
    found = str(asked.get("contentType") or "XML")
    if found not in _CONTENT_TYPES:
        # Salesforce takes XML (its default) and archives of binary content too; no client at hand sends them.
        raise errors.invalid_job(
            f"contentType {found} is not offered by this emulator, only CSV and JSON are"
        )
    return found


def _concurrency(asked: dict[str, Any]) -> str:
    mode = asked.get("concurrencyMode", "")
    if not isinstance(mode, int | str) or mode not in _CONCURRENCY:
        # Assumption: code and text are not recorded.
        raise errors.invalid_job(f"Unknown concurrencyMode: {mode}")
    return _CONCURRENCY[mode]


def _key(call: Call, item: ObjectType, name: str | None) -> str:
    if not name:
        message = f"External ID was blank for {item.name}. An External ID must be specified for upsert."
        raise errors.invalid_job(message)
    return key_field(call, item, name).name


def key_field(call: Call, item: ObjectType, name: str) -> Field:
    """The field of an upsert. Raises InvalidJob unless it identifies records and the user sees it."""
    field = call.org.access.readable(call.user_id, item).get(name.lower())
    if field is None or not (field.external_id or field.id_lookup):
        message = f"Field name provided, {name} does not match an External ID for {item.name}"
        raise errors.invalid_job(message)
    return field


def _chunk_size(call: Call) -> int | None:
    """How many ids make a chunk by the header Sforce-Enable-PKChunking, None where it is not on."""
    header = call.headers.get("Sforce-Enable-Pkchunking", "")
    if not header or header.partition(";")[0].strip().lower() == "false":
        return None
    given = _CHUNK_OPTION.search(header)
    size = int(given.group(1)) if given is not None else _CHUNK_SIZE
    if not 0 < size <= _MOST_CHUNK_SIZE:
        # Assumption: the limit is documented, code and text are not recorded.
        raise errors.invalid_job(f"chunkSize must be between 1 and {_MOST_CHUNK_SIZE}, not {size}")
    return size
