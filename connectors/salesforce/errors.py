"""What Salesforce's answers mean to the engine: by errorCode first, by status where there is none."""

import re
from datetime import timedelta
from typing import Any, NamedTuple

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

SESSION_EXPIRED = ("INVALID_SESSION_ID", "INVALID_AUTH_HEADER")
"""The second is what an app with JWT access tokens gets (https://github.com/airbytehq/airbyte/issues/71024)."""
LOST_LOCATOR = ("INVALID_QUERY_LOCATOR", *SESSION_EXPIRED)
"""What a query's next page answers when its locator has expired, or the session that opened it has ended."""
HIDDEN = ("INVALID_FIELD", "INVALID_TYPE")
"""A field or an object is not there, or hidden from us; which of both, Salesforce does not say."""
_NOT_FOR_REST = "not valid for use with the REST API"
_FORBIDDEN_STATUS = 403
_FIRST_ERROR_STATUS = 300
_FIRST_SERVER_STATUS = 500
_LOCATOR_PATH = re.compile(r"/query(All)?/\w+-\d+")
_REDIRECTS = (301, 302, 303, 307, 308)


class Problem(NamedTuple):
    """The first error of an answer; code is empty where Salesforce said none."""

    code: str
    message: str


class NotAllowed(AuthError):
    """The session is good, but one thing is not allowed to the run-as user."""


class Refusal(ContractError):
    """Salesforce refused one call with a code that some callers know a cure for."""

    def __init__(self, host: str, status: int, problem: Problem) -> None:
        super().__init__(
            f"{host} refused a call with {problem.code or status}: {redact(problem.message)}. "
            "Run `shortlist check`; if it finds nothing, report this message."
        )
        self.status = status
        self.code = problem.code
        self.reason = redact(problem.message)


def problem_of(body: bytes) -> Problem:
    """Read an error body: an array of errors, one object, or an OAuth error; anything else has no code.

    What it says passes through `redact`.
    """
    try:
        parsed: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Problem("", redact(body.decode(errors="replace"))[:200])
    first = parsed[0] if isinstance(parsed, list) and parsed else parsed
    if not isinstance(first, dict):
        return Problem("", "")
    code = first.get("errorCode") or first.get("error") or ""
    return Problem(
        redact(str(code)), redact(str(first.get("message") or first.get("error_description") or ""))
    )


def session_expired(response: Response) -> bool:
    """Whether a new token cures this answer; not a web proxy's 401, nor a session that REST does not take."""
    if response.status != 401:  # noqa: PLR2004 Unauthorized
        return False
    problem = problem_of(response.body)
    return problem.code in SESSION_EXPIRED and _NOT_FOR_REST not in problem.message


def is_passing(problem: Problem) -> bool:
    """Whether the token endpoint's refusal says of itself that it passes: nobody has anything to mend.

    A second request with a refresh token is refused while the first is worked on, as after our own time-out
    (https://github.com/segmentio/action-destinations/pull/2300); "unknown_error: retry your request" is a fault
    of Salesforce's (https://github.com/salto-io/salto/pull/2834).
    """
    return problem.code == "unknown_error" or "already being processed" in problem.message.lower()


def classify(host: str, request: Request, response: Response) -> ShortlistError | None:
    """The error of the connection that an answer means; None where the caller reads the answer."""
    if response.status < _FIRST_ERROR_STATUS:
        return None
    problem = problem_of(response.body)
    where = f"{host} ({request.operation})"
    if response.status in _REDIRECTS:
        return ConfigError(f"{where} redirects elsewhere: set instance_url to the org's My Domain.")
    if response.status == 401:  # noqa: PLR2004 Unauthorized
        # A locator belongs to its session: a new one is refused too, but may ask the query again.
        # (https://github.com/airbytehq/airbyte/pull/84302)
        own = session_expired(response) and _LOCATOR_PATH.search(request.path)
        return None if own else _unauthorized(where, problem)
    if response.status == 410:  # noqa: PLR2004 Gone
        return ConfigError(f"{where} no longer has this API version: raise api_version. {problem.message}")
    if response.status == _FORBIDDEN_STATUS:
        return _forbidden(where, problem)
    return _passing(where, response, problem)


def _unauthorized(where: str, problem: Problem) -> ShortlistError:
    if not problem.code:
        return TransientError(f"{where} answered 401 in words that are not Salesforce's: is a proxy between?")
    return AuthError(
        f"{where} refused the session: {redact(problem.message)} ({problem.code}). Check the external client "
        "app and its run-as user, and that its policy allows the API."
    )


def _forbidden(where: str, problem: Problem) -> ShortlistError | None:
    if problem.code == "REQUEST_LIMIT_EXCEEDED":
        if "TotalRequests" in problem.message:
            return QuotaExhausted(f"{where}: the org's API calls of the last 24 hours are used up.")
        return RateLimited(f"{where}: {redact(problem.message)}")
    if problem.code in ("API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED"):
        return AuthError(
            f"{where}: {redact(problem.message)} Give the run-as user the permission API Enabled."
        )
    if not problem.code:
        return TransientError(f"{where} answered 403 in words that are not Salesforce's: is a proxy between?")
    return NotAllowed(
        f"{where} is not allowed to the run-as user: {redact(problem.message)} ({problem.code}). "
        "Grant it in a permission set."
    )


def _passing(where: str, response: Response, problem: Problem) -> ShortlistError | None:
    limited = response.status == 429 or problem.code == "rate_limit_exceeded"  # noqa: PLR2004 Too Many Requests
    wait = response.headers.get("retry-after", "")
    if limited or (response.status == 503 and wait.isdigit()):  # noqa: PLR2004 Service Unavailable
        pause = timedelta(seconds=int(wait)) if wait.isdigit() else None
        return RateLimited(f"{where} asks us to wait ({response.status}).", pause)
    if response.status >= _FIRST_SERVER_STATUS or problem.code == "SERVER_UNAVAILABLE":
        words = f"{problem.code} {problem.message}" if problem.code else "an error page"
        return TransientError(f"{where} failed with {response.status}: {redact(words)}.")
    return None
