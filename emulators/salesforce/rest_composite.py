"""Several requests in one: /composite with references between them, and /composite/batch."""

from __future__ import annotations

import re
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from emulators.salesforce.call import Call, Reply, Router
from emulators.salesforce.errors import SalesforceError, json_parser_error, not_found

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_SUBREQUESTS = 25
_REFERENCE = re.compile(r"@\{([^}]+)\}")


def answer(router: Router, call: Call, path: str) -> Reply:
    """Answer a request below the version's base; errors become replies. Raises nothing."""
    handler = router.find(call.method, path)
    try:
        if handler is None:
            raise _no_handler(router, call.method, path)
        return handler(call)
    except SalesforceError as problem:
        return Reply(problem.body(), problem.status)


def _no_handler(router: Router, method: str, path: str) -> SalesforceError:
    if router.knows(path):
        message = f"HTTP Method '{method}' not allowed. Allowed are HEAD,GET,POST,PATCH,DELETE"
        return SalesforceError("METHOD_NOT_ALLOWED", message, status=HTTPStatus.METHOD_NOT_ALLOWED)
    return not_found()


def routes(find_router: Callable[[], Router]) -> list[tuple[str, str, Callable[..., Reply]]]:
    """The routes, around the router that also answers their subrequests."""

    def composite(call: Call) -> Reply:
        """POST /composite."""
        body = call.values()
        results = _composite(find_router(), call, body)
        failed = any(result["httpStatusCode"] >= HTTPStatus.BAD_REQUEST for result in results)
        if failed and body.get("allOrNone"):
            results = [_halted(result) for result in results]
        return Reply({"compositeResponse": results})

    def batch(call: Call) -> Reply:
        """POST /composite/batch."""
        results = []
        for request in _subrequests(call.values(), "batchRequests", "method", "url"):
            url = f"/services/data/{request['url'].lstrip('/')}"
            reply = _run(find_router(), call, request["method"], url, request.get("richInput"))
            results.append({"statusCode": reply.status, "result": reply.body})
        has_errors = any(result["statusCode"] >= HTTPStatus.BAD_REQUEST for result in results)
        return Reply({"hasErrors": has_errors, "results": results})

    return [("POST", "/composite", composite), ("POST", "/composite/batch", batch)]


class _RolledBackError(Exception):
    """Ends the transaction of a composite request whose parts stand or fall together."""


def _composite(router: Router, call: Call, body: dict[str, Any]) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = []
    bodies: dict[str, Any] = {}
    try:
        with call.org.store.transaction():
            for request in _subrequests(body, "compositeRequest", "method", "url", "referenceId"):
                name = request["referenceId"]
                url, data = (_resolved(request.get(key), bodies) for key in ("url", "body"))
                reply = _run(router, call, request["method"], url, data)
                bodies[name] = reply.body
                results.append(
                    {
                        "body": reply.body,
                        "httpHeaders": reply.headers,
                        "httpStatusCode": int(reply.status),
                        "referenceId": name,
                    }
                )
                if body.get("allOrNone") and reply.status >= HTTPStatus.BAD_REQUEST:
                    raise _RolledBackError
    except _RolledBackError:
        results += [
            {"body": [], "httpHeaders": {}, "httpStatusCode": 400, "referenceId": request["referenceId"]}
            for request in body["compositeRequest"][len(results) :]
        ]
    return results


def _subrequests(body: dict[str, Any], key: str, *needed: str) -> list[dict[str, Any]]:
    requests: list[dict[str, Any]] = body.get(key, [])
    if not requests or len(requests) > MAX_SUBREQUESTS:
        # Assumption: the limit is known, code and text are not recorded.
        raise json_parser_error(f"{key} must have 1 to {MAX_SUBREQUESTS} entries")
    for request in requests:
        missing = [name for name in needed if name not in request]
        if missing:
            raise json_parser_error(f"Missing in an entry of {key}: {', '.join(missing)}")
    return requests


def _run(router: Router, call: Call, method: str, url: str, data: Any) -> Reply:
    parts = urlsplit(url)
    match = re.fullmatch(r"(/services/data/v\d+\.\d)(/.*)?", parts.path)
    if match is None:
        problem = not_found()
        return Reply(problem.body(), problem.status)
    inner = replace(
        call,
        method=method.upper(),
        base=match.group(1),
        args=dict(parse_qsl(parts.query)),
        raw_body=orjson.dumps(data) if data is not None else b"",
    )
    return answer(router, inner, match.group(2) or "")


def _resolved(value: Any, bodies: dict[str, Any]) -> Any:
    """`@{name.path}` replaced by what the earlier answer `name` holds at the path."""
    if isinstance(value, str):
        return _REFERENCE.sub(lambda match: str(_lookup(match.group(1), bodies)), value)
    if isinstance(value, dict):
        return {key: _resolved(inner, bodies) for key, inner in value.items()}
    return [_resolved(inner, bodies) for inner in value] if isinstance(value, list) else value


def _lookup(path: str, bodies: dict[str, Any]) -> Any:
    current: Any = bodies
    for part in re.findall(r"[^.\[\]]+", path):
        try:
            current = current[int(part)] if isinstance(current, list) else current[part]
        except (KeyError, IndexError, TypeError, ValueError):
            # Assumption: code and text are not recorded.
            raise SalesforceError("PROCESSING_HALTED", f"Invalid reference specified: {path}") from None
    return current


def _halted(result: dict[str, Any]) -> dict[str, Any]:
    """A part that was taken back, or never run, because another failed; the failed one keeps its words."""
    if result["httpStatusCode"] >= HTTPStatus.BAD_REQUEST and result["body"]:
        return result
    message = "The transaction was rolled back since another operation in the same transaction failed."
    return {**result, "httpStatusCode": 400, "body": SalesforceError("PROCESSING_HALTED", message).body()}
