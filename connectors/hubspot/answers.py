"""What HubSpot's answers mean: error bodies, and which of them are errors of the connection."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import orjson

from connectors.transport import Request, Response, redact
from core.errors import (
    AuthError,
    ConfigError,
    ContractError,
    QuotaExhausted,
    RateLimited,
    ShortlistError,
    TransientError,
)

_MIGRATING = 477
"""HubSpot moves the account to another data centre; Retry-After says for how long, at most a day."""
_LOCK_SECONDS = 2
_NOT_FOUND = "x-hubspot-notfound"
"""A header of HubSpot's own 404 (recorded)."""
_BATCH_READ = "/batch/read"
_NOT_THERE = "OBJECT_NOT_FOUND"
_NO_LINKS = "crm.associations.NO_ASSOCIATIONS_FOUND"
_LASTING = frozenset({"VALIDATION_ERROR"})
"""Categories of an error that another try gives again."""
_UNKNOWN_PROPERTY = "PROPERTY_DOESNT_EXIST"
_OF_PROPERTY = (_UNKNOWN_PROPERTY, "READ_ONLY_VALUE")


@dataclass(frozen=True, slots=True)
class Refusal:
    """The error body of an answer; every key of it is optional. `code` is the most exact one given."""

    code: str
    message: str
    properties: tuple[str, ...]
    scopes: tuple[str, ...]
    policy: str
    is_hubspots: bool
    """False where the body is not HubSpot's JSON: a proxy or gateway answered in its place."""
    ids: tuple[str, ...] = ()
    """The records that it is about, where it names them."""


def refusal(response: Response) -> Refusal:
    """Read an error body; never raises."""
    try:
        body = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        text = redact(response.body.decode("utf-8", "replace"))[:200]
        return Refusal(f"HTTP_{response.status}", text, (), (), "", is_hubspots=False)
    return _read_refusal(body, f"HTTP_{response.status}")


def refusal_in(body: Mapping[str, Any]) -> Refusal:
    """Read one entry of the `errors` of a 207."""
    return _read_refusal(body, "MULTI_STATUS")


def _read_refusal(body: Mapping[str, Any], default_code: str) -> Refusal:
    listed = body.get("errors")
    details = [detail for detail in listed if isinstance(detail, dict)] if isinstance(listed, list) else []
    contexts = [_context(one) for one in (body, *details)]
    codes = [str(detail["code"]) for detail in details if detail.get("code")]
    message = str(body.get("message") or "")
    # What no record can change comes before what is wrong with this one, and says nothing of other properties.
    lasting = _lasting(details) or _properties_in(message)
    if not codes and _UNKNOWN_PROPERTY in message:
        codes = [_UNKNOWN_PROPERTY]
    codes = [*lasting, *codes] or [str(body.get("category") or body.get("errorType") or default_code)]
    return Refusal(
        code=redact(codes[0]),
        message=redact(message),
        properties=tuple(name for names in lasting.values() for name in names)
        or _texts(contexts, "propertyName"),
        scopes=_texts(contexts, "requiredGranularScopes"),
        policy=redact(str(body.get("policyName") or "")),
        is_hubspots=True,
        ids=(*_texts(contexts, "objectWriteTraceId"), *_texts(contexts, "ids")),
    )


def _context(told: Mapping[str, Any]) -> Mapping[str, Any]:
    found = told.get("context")
    return found if isinstance(found, dict) else {}


def _lasting(details: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Properties that cannot be written at all, by what is wrong, out of `errors`."""
    found: dict[str, list[str]] = {}
    for detail in details:
        if detail.get("code") in _OF_PROPERTY and (names := _texts([_context(detail)], "propertyName")):
            found.setdefault(str(detail["code"]), []).extend(names)
    return found


def _properties_in(message: str) -> dict[str, list[str]]:
    """The same out of “… were not valid: [{…}]” (recorded)."""
    _, bracket, rest = message.partition("[{")
    if not bracket or not any(code in rest for code in _OF_PROPERTY):
        return {}
    try:
        items = orjson.loads(bracket + rest)
    except orjson.JSONDecodeError:
        return {}
    found: dict[str, list[str]] = {}
    for item in items:
        if isinstance(item, dict) and item.get("error") in _OF_PROPERTY and item.get("name"):
            found.setdefault(item["error"], []).append(redact(str(item["name"])))
    return found


def _texts(contexts: list[Mapping[str, Any]], key: str) -> tuple[str, ...]:
    values = (context.get(key) or () for context in contexts)
    listed = (value if isinstance(value, list) else [value] for value in values if value != ())
    return tuple(redact(str(one)) for each in listed for one in each)


dated = lru_cache(maxsize=16)(parsedate_to_datetime)
"""The instant of a Date header, which all answers within a second share; raises ValueError."""


def server_time(response: Response) -> datetime:
    """HubSpot's own clock, in whole seconds; raises ContractError where the answer does not say."""
    try:
        return dated(response.headers["date"])
    except (KeyError, ValueError) as error:
        raise ContractError("HubSpot's answer has no readable Date header; nothing was stored.") from error


def classify(host: str, request: Request, response: Response) -> ShortlistError | None:
    """The error of the connection that an answer means; None where the caller reads the answer."""
    if response.status < HTTPStatus.MULTIPLE_CHOICES:
        is_batch_read = response.status == HTTPStatus.MULTI_STATUS and request.path.endswith(_BATCH_READ)
        return _partly_failed(host, request, response) if is_batch_read else None
    if response.status < HTTPStatus.BAD_REQUEST:
        return ContractError(f"{host} answered {request.operation} with a redirect, which is not followed.")
    found = refusal(response)
    if response.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return _denied(host, request, response, found)
    if response.status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.LOCKED, _MIGRATING):
        return _limited(host, response, found)
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR or response.status == HTTPStatus.REQUEST_TIMEOUT:
        return TransientError(f"{host} failed at {request.operation} with HTTP {response.status}.")
    return None


def _partly_failed(host: str, request: Request, response: Response) -> ShortlistError | None:
    """The error in a 207 that hides rows which are there; None where each error says that there is nothing.

    A row that failed is left out of the answer, just as one that is gone: it must not be taken for it.
    """
    try:
        body = orjson.loads(response.body)
        failed = [one for one in body.get("errors") or () if not _says_none(one)]
        if not failed and (body.get("errors") or not body.get("numErrors")):
            return None
        found = refusal_in(failed[0] if failed else {})
    except (AttributeError, TypeError, ValueError):
        return ContractError(f"{host} answered {request.operation} with a 207 that cannot be read.")
    words = f"{host} did only a part of {request.operation} (HTTP 207, {found.code}): {found.message}"
    return ContractError(words) if found.code in _LASTING else TransientError(words)


def _says_none(error: Mapping[str, Any]) -> bool:
    return error.get("category") == _NOT_THERE or error.get("subCategory") == _NO_LINKS


def token_refused(response: Response) -> bool:
    """Whether another token may cure this answer: not a missing scope, nor a proxy's 401."""
    if response.status != HTTPStatus.UNAUTHORIZED:
        return False
    found = refusal(response)
    return found.is_hubspots and not found.scopes


def says_gone(host: str, request: Request, response: Response) -> bool:
    """Whether HubSpot says that what was asked for is not there.

    Raises TransientError for a 404 in other words: a proxy's, or that of an address that is not there itself.
    """
    if response.status != HTTPStatus.NOT_FOUND:
        return False
    if _NOT_FOUND not in response.headers and not refusal(response).is_hubspots:
        raise _of_another(host, request, response)
    return True


def _of_another(host: str, request: Request, response: Response) -> TransientError:
    return TransientError(
        f"Something in front of {host} (a proxy?) answered {request.operation}: HTTP {response.status}."
    )


def _denied(host: str, request: Request, response: Response, found: Refusal) -> ShortlistError:
    if not found.is_hubspots:
        return _of_another(host, request, response)
    if found.scopes:
        return AuthError(
            f"HubSpot refuses {request.operation}: the token of {host} lacks a scope; one of "
            f"{', '.join(found.scopes)} is needed. Add it to the key or app, then run check."
        )
    if response.status == HTTPStatus.UNAUTHORIZED:
        return AuthError(
            f"{host} refuses the token: {found.message} Make a new one in HubSpot and put it where the "
            'connection\'s `token` points (with auth = "oauth": run `shortlist connect`).'
        )
    return AuthError(f"HubSpot refuses {request.operation} at {host}: {found.message} Ask a HubSpot admin.")


def _limited(host: str, response: Response, found: Refusal) -> ShortlistError:
    """Tell the limits of a day, of ten seconds and of a second apart; only the first is worth a stop."""
    words = f"{found.policy} {found.message}".upper()
    if "DAILY" in words:
        return QuotaExhausted(f"The day's API calls of {host} are used up: {found.message}")
    # A lock is of single records; the other calls may go on.
    is_shared = response.status != HTTPStatus.LOCKED
    return RateLimited(
        f"{host}: {found.message or 'too many calls'}", _pause(response, words), is_shared=is_shared
    )


def _pause(response: Response, words: str) -> timedelta:
    if response.status == HTTPStatus.LOCKED:
        return timedelta(seconds=_LOCK_SECONDS)
    if response.status == _MIGRATING:
        return timedelta(seconds=_whole(response, "retry-after", 60))
    if "TEN_SECONDLY" in words:
        # Half the rolling window: by then half of the calls in it have left.
        return timedelta(
            milliseconds=_whole(response, "x-hubspot-ratelimit-interval-milliseconds", 10_000) / 2
        )
    return timedelta(seconds=_whole(response, "retry-after", 1))


def _whole(response: Response, header: str, default: int) -> int:
    text = response.headers.get(header, "")
    return int(text) if text.isdigit() else default


def unexpected(host: str, request: Request, response: Response) -> ShortlistError:
    """The error for a refusal that the caller has no answer to."""
    found = refusal(response)
    if found.code == _UNKNOWN_PROPERTY:
        return unknown_property(found)
    return ContractError(
        f"{host} refused {request.operation} ({request.method} {request.path}, HTTP {response.status}, "
        f"{found.code}): {found.message}"
    )


def unknown_property(found: Refusal) -> ConfigError:
    """The error for a property that the account does not have (any more)."""
    named = ", ".join(found.properties) or found.message
    return ConfigError(
        f"HubSpot has no such property: {named}. Run install, or correct `fields` in the configuration."
    )


def is_unknown_property(found: Refusal) -> bool:
    """Whether a refusal is about a property that does not exist, which no other record would change."""
    return found.code == _UNKNOWN_PROPERTY


def is_about_property(found: Refusal) -> bool:
    """Whether a refusal names a property that cannot be written in any record."""
    return found.code in _OF_PROPERTY and bool(found.properties)
