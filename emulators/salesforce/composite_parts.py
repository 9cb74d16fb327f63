"""The parts of a composite request: read, run one after the other, with references to earlier answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from emulators.salesforce.call import Call, Reply, Router, answer
from emulators.salesforce.errors import SalesforceError, json_parser_error, not_found

_REFERENCE = re.compile(r"@\{([^}]+)\}")
_REFERENCE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")
_URL = re.compile(r"(/services/data/v\d+\.\d)(/.*)?")
_COLLECTION = re.compile(r"/composite/sobjects(/.*)?")
# Requests that hold others cannot be part of one; collections can.
_NESTED = re.compile(r"/composite(/batch|/graph|/tree/.*)?/?")


@dataclass(frozen=True)
class Part:
    """One request in another; `name` is its referenceId, "" in a batch."""

    method: str
    url: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    name: str = ""

    @property
    def path(self) -> str:
        """The path below the version's base, "" for one that is none."""
        match = _URL.fullmatch(urlsplit(self.url).path)
        return (match.group(2) or "") if match else ""

    @property
    def is_collection(self) -> bool:
        """Whether the part is a request to composite/sobjects."""
        return _COLLECTION.fullmatch(self.path) is not None


def read_parts(body: Mapping[str, Any], limit: int) -> list[Part]:
    """The parts of `compositeRequest`. Raises a 400 when they cannot be read or are too many."""
    parts = []
    for request in checked_list(body, "compositeRequest", limit):
        _check_keys(request, "compositeRequest", ("method", "url", "referenceId"))
        headers = request.get("httpHeaders") or {}
        name = request["referenceId"]
        parts.append(Part(request["method"], request["url"], request.get("body"), headers, name))
    names = [part.name for part in parts]
    for name in names:
        if not isinstance(name, str) or not _REFERENCE_ID.fullmatch(name):
            # Documented: what a reference id may hold. Assumption: that others fail the whole request.
            raise json_parser_error(
                f"Provided referenceId ('{name}') must start with a letter or a number, and it can contain"
                " only letters, numbers and underscores ('_')."
            )
        if names.count(name) > 1:
            raise json_parser_error(f"Duplicate referenceId: {name}")
    return parts


def read_batch(body: Mapping[str, Any], limit: int) -> list[Part]:
    """The parts of `batchRequests`, whose URLs begin with the version."""
    parts = []
    for request in checked_list(body, "batchRequests", limit):
        _check_keys(request, "batchRequests", ("method", "url"))
        url = f"/services/data/{request['url'].lstrip('/')}"
        parts.append(Part(request["method"], url, request.get("richInput")))
    return parts


def checked_list(body: Mapping[str, Any], key: str, limit: int) -> list[Any]:
    """The list under `key`, neither empty nor too long. Raises a 400."""
    found = body.get(key)
    if not isinstance(found, list) or not found:
        raise json_parser_error(f"The request needs a list named {key}")
    if len(found) > limit:
        # Assumption: the limits are documented, code and text are not recorded.
        raise SalesforceError("LIMIT_EXCEEDED", f"{key} holds {len(found)} entries, more than {limit}")
    return found


def _check_keys(request: Any, key: str, needed: tuple[str, ...]) -> None:
    if not isinstance(request, dict):
        raise json_parser_error(f"An entry of {key} is not an object")
    missing = [name for name in needed if not isinstance(request.get(name), str)]
    if missing:
        raise json_parser_error(f"Missing in an entry of {key}: {', '.join(missing)}")


def run_parts(
    router: Router, call: Call, parts: list[Part], *, all_or_none: bool
) -> tuple[list[dict[str, Any]], bool]:
    """The result of every part, and whether all was kept: with `all_or_none` one failure undoes the rest."""
    results: list[dict[str, Any]] = []
    bodies: dict[str, Any] = {}
    try:
        with call.org.store.transaction():
            for part in parts:
                reply = _run_resolved(router, call, part, bodies, all_or_none=all_or_none)
                bodies[part.name] = reply.body
                results.append(_result(part, reply))
                if all_or_none and _has_failed(part, reply):
                    raise _RolledBackError
    except _RolledBackError:
        halted = [_result(part, _HALTED) for part in parts]
        return [*halted[: len(results) - 1], results[-1], *halted[len(results) :]], False
    return results, True


class _RolledBackError(Exception):
    """Ends the transaction of parts that stand or fall together."""


def _run_resolved(
    router: Router, call: Call, part: Part, bodies: dict[str, Any], *, all_or_none: bool
) -> Reply:
    try:
        url, body = resolved(part.url, bodies), resolved(part.body, bodies)
    except SalesforceError as problem:
        return _refused(problem)
    ready = replace(part, url=str(url), body=body)
    if all_or_none and ready.is_collection:
        ready = _as_all_or_none(ready)
    if _NESTED.fullmatch(ready.path):
        return _refused(not_found())
    return run_part(router, call, ready)


def run_part(router: Router, call: Call, part: Part) -> Reply:
    """The reply of one part; what a failed one has written is taken back."""
    parts = urlsplit(part.url)
    match = _URL.fullmatch(parts.path)
    if match is None:
        return _refused(not_found())
    inner = replace(
        call,
        method=part.method.upper(),
        base=match.group(1),
        args=dict(parse_qsl(parts.query, keep_blank_values=True)),
        headers={**call.headers, **part.headers},
        raw_body=orjson.dumps(part.body) if part.body is not None else b"",
    )
    try:
        with call.org.store.transaction():
            reply = answer(router, inner, match.group(2) or "")
            if reply.status >= HTTPStatus.BAD_REQUEST:
                raise _RolledBackError
    except _RolledBackError:
        pass
    return reply


def _refused(problem: SalesforceError) -> Reply:
    return Reply(problem.body(), problem.status)


def _as_all_or_none(part: Part) -> Part:
    """A collection in a composite request that stands or falls does so too (documentation of allOrNone)."""
    if part.method.upper() == "DELETE":
        joint = "&" if "?" in part.url else "?"
        return replace(part, url=f"{part.url}{joint}allOrNone=true")
    return replace(part, body={**part.body, "allOrNone": True}) if isinstance(part.body, dict) else part


def _has_failed(part: Part, reply: Reply) -> bool:
    if reply.status >= HTTPStatus.BAD_REQUEST:
        return True
    rows = reply.body if part.is_collection and isinstance(reply.body, list) else []
    return any(isinstance(row, dict) and row.get("success") is False for row in rows)


def _result(part: Part, reply: Reply) -> dict[str, Any]:
    return {
        "body": reply.body,
        "httpHeaders": reply.headers,
        "httpStatusCode": int(reply.status),
        "referenceId": part.name,
    }


def resolved(value: Any, bodies: Mapping[str, Any]) -> Any:
    """`@{name.path}` replaced by what the earlier answer `name` holds at the path. Raises PROCESSING_HALTED."""
    if isinstance(value, str):
        whole = _REFERENCE.fullmatch(value)
        if whole is not None:
            return _lookup(whole.group(1), bodies)
        return _REFERENCE.sub(lambda match: str(_lookup(match.group(1), bodies)), value)
    if isinstance(value, dict):
        return {key: resolved(inner, bodies) for key, inner in value.items()}
    return [resolved(inner, bodies) for inner in value] if isinstance(value, list) else value


def _lookup(path: str, bodies: Mapping[str, Any]) -> Any:
    current: Any = bodies
    steps = re.findall(r"[^.\[\]]+", path)
    for step in steps:
        try:
            current = current[int(step)] if isinstance(current, list) else current[step]
        except (KeyError, IndexError, TypeError, ValueError):
            message = f"Invalid reference specified. No value for {path} found in {steps[0]}."
            raise SalesforceError("PROCESSING_HALTED", message) from None
    return current


_HALTED = Reply(
    SalesforceError(
        "PROCESSING_HALTED",
        "The transaction was rolled back since another operation in the same transaction failed.",
    ).body(),
    HTTPStatus.BAD_REQUEST,
)
