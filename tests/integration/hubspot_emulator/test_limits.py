"""Authentication, scopes, and limits with their exact bodies and headers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import requests

    from tests.integration.hubspot_emulator.conftest import PortalClient

COMPANIES = "/crm/v3/objects/companies"
PREFIX = "X-HubSpot-RateLimit-"


def search(portal: PortalClient) -> requests.Response:
    return portal.call("POST", f"{COMPANIES}/search", {"filterGroups": []})


def limit_headers(response: requests.Response) -> dict[str, str]:
    names = ("Max", "Remaining", "Interval-Milliseconds", "Daily", "Secondly", "Daily-Remaining")
    found = {name: response.headers.get(PREFIX + name) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def test_an_unknown_token_is_a_401(portal: PortalClient) -> None:
    response = portal.session.get(portal.url + COMPANIES, headers={"Authorization": "Bearer x"}, timeout=5)
    assert response.status_code == 401
    assert response.json() == {
        "status": "error",
        "message": "Authentication credentials not found.",
        "correlationId": response.headers["X-HubSpot-Correlation-Id"],
        "category": "INVALID_AUTHENTICATION",
    }


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("GET", COMPANIES, ["crm.objects.companies.read"]),
        ("POST", COMPANIES, ["crm.objects.companies.write"]),
        ("GET", "/crm/v3/objects/calls", ["crm.objects.contacts.read"]),
        ("GET", "/crm/v3/properties/deals", ["crm.schemas.deals.read", "crm.objects.deals.read"]),
        ("POST", "/crm/lists/2026-03", ["crm.lists.write"]),
        ("GET", "/crm/v3/owners", ["crm.objects.owners.read"]),
    ],
)
def test_missing_scopes_are_named(portal: PortalClient, method: str, path: str, needed: list[str]) -> None:
    portal.set(tokens={"demo-token": ["oauth"]})
    status, body = portal.error(method, path)
    assert (status, body["category"]) == (403, "MISSING_SCOPES")
    assert body["errors"][0]["context"]["requiredGranularScopes"] == needed
    portal.set(tokens={"demo-token": needed[:1]})
    assert portal.call(method, path).status_code != 403


def test_the_headers_say_what_is_left(portal: PortalClient) -> None:
    portal.set(burst_limit=110, daily_limit=None)
    first = limit_headers(portal.call("GET", COMPANIES))
    assert first == {"Max": "110", "Remaining": "109", "Interval-Milliseconds": "10000", "Secondly": "11"}
    portal.set(daily_limit=1000)
    second = limit_headers(portal.call("GET", COMPANIES))
    assert second["Remaining"] == "108"
    assert (second["Daily"], second["Daily-Remaining"]) == ("1000", "998")


def test_the_burst_limit_is_real_time_whatever_the_clock_says(portal: PortalClient) -> None:
    portal.clock(freeze="2026-05-04T12:00:00Z")
    portal.set(burst_limit=2, burst_seconds=1.5)
    first_at = time.monotonic()
    assert [portal.call("GET", COMPANIES).status_code for _ in range(3)] == [200, 200, 429]
    portal.clock(advance_seconds=3600)
    refused = portal.call("GET", COMPANIES)
    assert refused.status_code == 429
    body = refused.json()
    assert set(body) == {"status", "message", "errorType", "correlationId", "policyName", "groupName"}
    assert body["message"] == "You have reached your ten_secondly_rolling limit."
    assert (body["errorType"], body["policyName"]) == ("RATE_LIMIT", "TEN_SECONDLY_ROLLING")
    assert limit_headers(refused)["Remaining"] == "0"
    assert "Retry-After" not in refused.headers
    deadline = time.monotonic() + 10
    while portal.call("GET", COMPANIES).status_code == 429:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert time.monotonic() - first_at >= 1.5


def test_searches_have_a_limit_of_their_own_and_tell_of_the_day_only(portal: PortalClient) -> None:
    portal.set(search_per_second=1, burst_limit=1)
    responses = [search(portal) for _ in range(2)]
    assert [response.status_code for response in responses] == [200, 429]
    assert all(set(limit_headers(response)) == {"Daily", "Daily-Remaining"} for response in responses)
    body = responses[1].json()
    assert set(body) == {"status", "message", "correlationId", "category"}
    assert (body["message"], body["category"]) == ("You have reached your secondly limit.", "RATE_LIMITS")
    assert portal.call("GET", COMPANIES).status_code == 200


def test_the_daily_limit(portal: PortalClient) -> None:
    portal.set(daily_limit=2)
    assert [portal.call("GET", COMPANIES).status_code for _ in range(3)] == [200, 200, 429]
    body = portal.call("GET", COMPANIES).json()
    assert set(body) == {"status", "message", "errorType", "correlationId", "policyName", "requestId"}
    assert (body["message"], body["policyName"]) == ("You have reached your daily limit.", "DAILY")


def test_limits_can_be_switched_off(portal: PortalClient) -> None:
    portal.set(burst_limit=None, daily_limit=None, search_per_second=None)
    assert limit_headers(portal.call("GET", COMPANIES)) == {}
    assert {search(portal).status_code for _ in range(8)} == {200}


def test_settings_are_checked(portal: PortalClient) -> None:
    assert portal.error("POST", "/_emulator/settings", {"no_such": 1})[0] == 400
    assert portal.error("POST", "/_emulator/settings", {"burst_limit": "many"})[0] == 400


@pytest.mark.parametrize("path", ["/crm/v3/nothing", "/", "/crm/v1/objects/companies", "/crm/v3/objects"])
def test_unknown_paths_are_a_404(portal: PortalClient, path: str) -> None:
    assert portal.error("GET", path)[0] == 404


def test_unknown_types_and_bodies_that_are_no_json_are_a_400(portal: PortalClient) -> None:
    assert portal.error("GET", "/crm/v3/objects/dragons")[0] == 400
    response = portal.session.post(portal.url + COMPANIES, data=b"{", timeout=5)
    assert response.status_code == 400
    assert response.json()["message"].startswith("Invalid input JSON")


def test_faults_and_the_journal_wrap_the_api(portal: PortalClient) -> None:
    portal.post(
        "/_emulator/faults",
        {"path": "/batch/update$", "status": 423, "times": 1, "body": {"status": "error"}},
    )
    body: dict[str, list[str]] = {"inputs": []}
    assert portal.call("POST", f"{COMPANIES}/batch/update", body).status_code == 423
    assert portal.call("POST", f"{COMPANIES}/batch/update", body).status_code == 200
    statuses = [entry["status"] for entry in portal.get("/_emulator/requests")["requests"]]
    assert statuses[-2:] == [423, 200]


def test_the_day_begins_at_midnight_in_the_portals_time_zone(portal: PortalClient) -> None:
    portal.clock(freeze="2026-05-05T03:59:00Z")
    portal.set(daily_limit=1)
    assert [portal.call("GET", COMPANIES).status_code for _ in range(2)] == [200, 429]
    portal.clock(advance_seconds=60)
    assert portal.call("GET", COMPANIES).status_code == 200


def test_the_older_limit_of_one_second(portal: PortalClient) -> None:
    portal.set(secondly_limit=1)
    while (refused := portal.call("GET", COMPANIES)).status_code != 429:
        pass
    body = refused.json()
    assert list(body) == [
        "status", "message", "correlationId", "errorType", "groupName", "policyName", "requestId",
    ]  # fmt: skip
    assert (body["policyName"], body["message"]) == ("SECONDLY", "You have reached your secondly limit.")


def test_many_rapid_writes_lock_a_record_for_two_seconds(portal: PortalClient) -> None:
    company, other = (portal.create("companies", name=name) for name in "AB")
    portal.set(lock_after_writes=2)
    path = f"{COMPANIES}/{company}"
    statuses: list[int] = []
    while 423 not in statuses and len(statuses) < 500:
        body = {"properties": {"city": f"C{len(statuses)}"}}
        statuses.append(portal.call("PATCH", path, body).status_code)
    locked_at = time.monotonic()
    city = portal.get(path, properties="city")["properties"]["city"]
    assert city == f"C{len(statuses) - 2}"
    inputs = [{"id": record, "properties": {"city": "X"}} for record in (company, other)]
    refused = portal.call("POST", f"{COMPANIES}/batch/update", {"inputs": inputs})
    assert (refused.status_code, refused.json()["status"]) == (423, "error")
    assert portal.call("PATCH", f"{COMPANIES}/{other}", {"properties": {"city": "Y"}}).status_code == 200
    while portal.call("PATCH", path, {"properties": {"city": "Z"}}).status_code == 423:
        assert time.monotonic() - locked_at < 10
        time.sleep(0.1)
    assert time.monotonic() - locked_at > 1.5


def test_an_account_that_is_moved_answers_477_and_says_when_to_come_back(portal: PortalClient) -> None:
    portal.set(migration_retry_after=3600)
    response = portal.call("GET", COMPANIES)
    assert (response.status_code, response.headers["Retry-After"]) == (477, "3600")
    portal.set(migration_retry_after=None)
    assert portal.call("GET", COMPANIES).status_code == 200


def test_an_address_that_is_too_long_is_a_414(portal: PortalClient) -> None:
    names = ",".join(f"hs_some_rather_long_property_{number}" for number in range(170))
    assert 5_000 < len(names) < 6_000
    assert portal.call("GET", COMPANIES, properties=names).status_code == 200
    assert portal.call("GET", COMPANIES, properties=names * 2).status_code == 414


def test_a_script_of_server_errors_runs_in_order(portal: PortalClient) -> None:
    script = [502, 503, 504, 521, 523, 524]
    rules = [{"path": "/crm/", "status": status, "times": 1, "body": "<html>"} for status in script]
    portal.post("/_emulator/faults", rules)
    statuses = [portal.call("GET", COMPANIES).status_code for _ in range(len(script) + 1)]
    assert statuses == [*script, 200]
