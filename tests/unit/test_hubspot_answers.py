"""Which of HubSpot's answers are errors of the connection, and what they say."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from connectors.hubspot.answers import classify, refusal, server_time, unexpected
from connectors.transport import Request, Response
from core.errors import (
    AuthError,
    ConfigError,
    ContractError,
    QuotaExhausted,
    RateLimited,
    ShortlistError,
    TransientError,
)

HOST = "api.hubapi.com"
REQUEST = Request("read companies", "GET", "/crm/objects/2026-03/companies")


def answer(status: int, body: Any = None, **headers: str) -> Response:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, given, body if isinstance(body, bytes) else orjson.dumps(body or {}))


def error_of(response: Response) -> ShortlistError:
    error = classify(HOST, REQUEST, response)
    assert error is not None
    return error


@pytest.mark.parametrize("status", [200, 201, 204, 207, 400, 404, 409, 414])
def test_what_the_caller_reads_is_no_error_of_the_connection(status: int) -> None:
    assert classify(HOST, REQUEST, answer(status)) is None


def test_an_expired_token_is_named_with_its_host_and_a_way_out() -> None:
    error = error_of(answer(401, {"message": "The token expired.", "category": "EXPIRED_AUTHENTICATION"}))

    assert isinstance(error, AuthError)
    assert HOST in str(error)
    assert "expired" in str(error)
    assert "new one" in str(error)


def test_missing_scopes_are_named() -> None:
    body = {
        "category": "MISSING_SCOPES",
        "message": "Not all scopes.",
        "errors": [{"message": "One of", "context": {"requiredGranularScopes": ["crm.objects.deals.read"]}}],
    }

    error = error_of(answer(403, body))

    assert isinstance(error, AuthError)
    assert "crm.objects.deals.read" in str(error)


@pytest.mark.parametrize("status", [401, 403])
def test_a_page_of_a_proxy_says_nothing_about_the_token(status: int) -> None:
    assert isinstance(error_of(answer(status, b"<html>Sign in to the network</html>")), TransientError)


@pytest.mark.parametrize(
    "body",
    [
        {"policyName": "DAILY", "message": "You have reached your daily limit."},
        {"message": "You have reached your daily limit.", "errorType": "RATE_LIMIT"},
    ],
)
def test_the_limit_of_the_day_stops(body: dict[str, str]) -> None:
    assert isinstance(error_of(answer(429, body)), QuotaExhausted)


@pytest.mark.parametrize(
    ("body", "headers", "pause"),
    [
        ({"policyName": "TEN_SECONDLY_ROLLING", "message": "Slow down"}, {}, 5),
        (
            {"message": "You have reached your ten_secondly_rolling limit."},
            {"x_hubspot_ratelimit_interval_milliseconds": "4000"},
            2,
        ),
        ({"message": "You have reached your secondly limit.", "category": "RATE_LIMITS"}, {}, 1),
        ({"policyName": "SECONDLY"}, {}, 1),
        ({}, {"retry_after": "7"}, 7),
    ],
)
def test_shorter_limits_wait_for_about_their_window(
    body: dict[str, str], headers: dict[str, str], pause: float
) -> None:
    error = error_of(answer(429, body, **headers))

    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(seconds=pause)


def test_a_lock_is_waited_out() -> None:
    error = error_of(answer(423, {"message": "Locked"}))

    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(seconds=2)


def test_a_moving_account_says_how_long() -> None:
    error = error_of(answer(477, {"message": "Migrating"}, retry_after="3600"))

    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(hours=1)


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 521, 523, 524])
def test_failures_of_the_server_pass(status: int) -> None:
    assert isinstance(error_of(answer(status, b"<html>bad gateway</html>")), TransientError)


def test_redirects_are_not_understood() -> None:
    assert isinstance(error_of(answer(302, location="https://elsewhere.example")), ContractError)


def test_an_unknown_property_is_a_matter_of_configuration() -> None:
    body = {
        "category": "VALIDATION_ERROR",
        "message": "Property values were not valid: []",
        "errors": [{"code": "PROPERTY_DOESNT_EXIST", "context": {"propertyName": ["abm_tier"]}}],
    }

    error = unexpected(HOST, REQUEST, answer(400, body))

    assert isinstance(error, ConfigError)
    assert "abm_tier" in str(error)


def test_the_code_of_an_unknown_property_is_found_in_the_message_of_a_207() -> None:
    message = 'Property values were not valid: [{"error":"PROPERTY_DOESNT_EXIST","name":"missing"}]'

    assert refusal(answer(400, {"message": message})).code == "PROPERTY_DOESNT_EXIST"


def test_other_refusals_say_what_where_and_in_whose_words() -> None:
    error = unexpected(
        HOST, REQUEST, answer(400, {"category": "VALIDATION_ERROR", "message": "No such thing"})
    )

    assert isinstance(error, ContractError)
    assert all(word in str(error) for word in (HOST, "read companies", "VALIDATION_ERROR", "No such thing"))


def test_no_token_gets_into_a_message() -> None:
    error = error_of(answer(401, {"message": "Authorization: Bearer pat-na1-secret was refused"}))

    assert "pat-na1-secret" not in str(error)


def test_the_servers_clock_is_read() -> None:
    assert server_time(answer(200, date="Mon, 02 Mar 2026 09:30:00 GMT")) == datetime(
        2026, 3, 2, 9, 30, tzinfo=UTC
    )


@pytest.mark.parametrize("headers", [{}, {"date": "soon"}])
def test_an_answer_without_a_time_is_not_understood(headers: dict[str, str]) -> None:
    with pytest.raises(ContractError):
        server_time(answer(200, **headers))


@pytest.mark.parametrize(
    ("body", "ids"),
    [
        ({"context": {"ids": "40"}}, ("40",)),
        ({"context": ["40"]}, ()),
        ({"errors": "many"}, ()),
        ({"errors": [{"context": ["a"], "code": "PROPERTY_DOESNT_EXIST"}, None]}, ()),
    ],
)
def test_an_error_body_of_another_form_is_read_as_far_as_it_goes(
    body: dict[str, Any], ids: tuple[str, ...]
) -> None:
    assert refusal(answer(400, {"message": "No", **body})).ids == ids
