"""What each kind of answer means to the engine."""

from datetime import timedelta

import orjson
import pytest

from connectors.salesforce.errors import NotAllowed, classify, problem_of, session_expired
from connectors.transport import Request, Response
from core.errors import AuthError, ConfigError, QuotaExhausted, RateLimited, ShortlistError, TransientError

REQUEST = Request("read Account", "GET", "/services/data/v66.0/query/")


def answer(status: int, code: str = "", message: str = "", **headers: str) -> Response:
    body = orjson.dumps([{"message": message, "errorCode": code}]) if code else b"<html>Error</html>"
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (answer(401, "INVALID_SESSION_ID", "Session expired or invalid"), AuthError),
        (answer(401), TransientError),
        (answer(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), QuotaExhausted),
        (answer(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded."), RateLimited),
        (answer(403, "API_DISABLED_FOR_ORG", "API is not enabled"), AuthError),
        (answer(403, "INSUFFICIENT_ACCESS_OR_READONLY", "no"), NotAllowed),
        (answer(403), TransientError),
        (answer(429), RateLimited),
        (answer(500, "UNKNOWN_EXCEPTION", "An unexpected error occurred"), TransientError),
        (answer(502), TransientError),
        (answer(503), TransientError),
        (answer(503, retry_after="7"), RateLimited),
        (answer(302), ConfigError),
        (answer(410, "UNSUPPORTED_API_VERSION", "API version v20.0 is retired"), ConfigError),
    ],
)
def test_errors_of_the_connection(response: Response, error: type[ShortlistError]) -> None:
    found = classify("acme.my.salesforce.com", REQUEST, response)

    assert type(found) is error
    assert "acme.my.salesforce.com" in str(found)


@pytest.mark.parametrize(
    "response",
    [
        answer(200),
        answer(204),
        answer(400, "INVALID_FIELD", "No such column"),
        answer(404, "NOT_FOUND", "no"),
    ],
)
def test_what_the_caller_reads(response: Response) -> None:
    assert classify("host", REQUEST, response) is None


def test_a_wait_is_taken_at_its_word() -> None:
    found = classify("host", REQUEST, answer(429, retry_after="7"))

    assert isinstance(found, RateLimited)
    assert found.retry_after == timedelta(seconds=7)


def test_only_an_expired_session_is_renewed() -> None:
    assert session_expired(answer(401, "INVALID_SESSION_ID", "Session expired or invalid"))
    assert session_expired(answer(401, "INVALID_AUTH_HEADER", "INVALID_JWT_FORMAT"))
    assert not session_expired(
        answer(401, "INVALID_SESSION_ID", "This session is not valid for use with the REST API")
    )
    assert not session_expired(answer(401))
    assert not session_expired(answer(400, "INVALID_SESSION_ID"))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'[{"errorCode":"A","message":"m"}]', "A"),
        (b'{"errorCode":"A","message":"m"}', "A"),
        (b'{"error":"invalid_client","error_description":"m"}', "invalid_client"),
        (b"[]", ""),
        (b"null", ""),
        (b"", ""),
        (b"\xff", ""),
    ],
)
def test_error_bodies_of_every_shape(body: bytes, code: str) -> None:
    assert problem_of(body).code == code


def test_secrets_in_an_answer_do_not_reach_the_message() -> None:
    leak = answer(403, "FORBIDDEN", "bad header Authorization: Bearer 00Dxx!AQcanary was refused")

    assert "canary" not in str(classify("host", REQUEST, leak))
