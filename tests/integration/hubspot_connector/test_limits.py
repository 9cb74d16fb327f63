"""Rate limits, lost answers and other weather, against an emulator that counts in real time."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from connectors.hubspot import sender
from connectors.transport import Timing
from core.cursors import Cursor
from core.errors import AuthError, QuotaExhausted, RateLimited, TransientError
from tests.contract.harness import PatientTiming
from tests.contract.hubspot_harness import HubspotHarness
from tests.integration.hubspot_connector.reading import HOUR, LOADED_AT, companies, ids, load, pull, stream

TEN_SECONDLY = {
    "status": 429,
    "body": {
        "message": "You have reached your ten_secondly_rolling limit.",
        "policyName": "TEN_SECONDLY_ROLLING",
    },
}
SECONDLY = {
    "status": 429,
    "body": {"message": "You have reached your secondly limit.", "category": "RATE_LIMITS"},
}
OBJECTS = "^/crm/objects/"


def test_a_real_limit_is_kept_without_one_refusal(portal: HubspotHarness) -> None:
    portal.control("POST", "settings", {"burst_limit": 20, "burst_seconds": 0.3})
    load(portal, "companies", companies(range(1, 4001)))

    pages = pull(portal.connector(timing=Timing()), "companies")

    assert len(ids(pages)) == 4000
    assert portal.control("GET", "requests/summary")["by_status"] == {"200": 42}


def test_searches_keep_to_their_own_limit(portal: HubspotHarness) -> None:
    portal.control("POST", "settings", {"search_per_second": 5})
    load(portal, "companies", companies(range(1, 951)))

    pages = pull(portal.connector(timing=Timing()), "companies", Cursor(since=LOADED_AT))

    assert len(ids(pages)) == 950
    assert "429" not in portal.control("GET", "requests/summary")["by_status"]


def test_searches_of_several_objects_at_hubspot_s_whole_limit_are_not_refused(portal: HubspotHarness) -> None:
    portal.control("POST", "settings", {"search_per_second": 5})
    objects = ("calls", "notes", "tasks", "emails")
    for name in objects:
        load(portal, name, {one: {"hs_timestamp": LOADED_AT.isoformat()} for one in range(1, 6)})
    connector = portal.connector(timing=Timing(), search_per_second=5, second_look_minutes=0)
    nothing = Cursor(since=LOADED_AT + HOUR, full_at=LOADED_AT)

    def look(name: str) -> None:
        for _ in range(6):
            pull(connector, name, nothing)

    with ThreadPoolExecutor(len(objects)) as threads:
        list(threads.map(look, objects))

    seen = portal.control("GET", "requests")["requests"]
    searches = [one["status"] for one in seen if one["path"].endswith("/search")]
    assert searches == [200] * len(objects) * 6


@pytest.mark.parametrize(("rule", "pauses"), [(TEN_SECONDLY, [5.0] * 4), (SECONDLY, [1.0] * 4)])
def test_a_storm_is_waited_out(portal: HubspotHarness, rule: dict[str, Any], pauses: list[float]) -> None:
    load(portal, "companies", companies(range(1, 251)))
    portal.break_with({"path": OBJECTS, "skip": 1, "times": 4, **rule})
    patience = PatientTiming()

    pages = pull(portal.connector(timing=patience.timing()), "companies")

    assert ids(pages) == list(range(1, 251))
    assert patience.pauses == pauses


def test_a_storm_that_does_not_end_keeps_the_cursor(portal: HubspotHarness) -> None:
    load(portal, "companies", companies(range(1, 251)))
    portal.break_with({"path": OBJECTS, "skip": 1, **TEN_SECONDLY})
    connector = portal.connector()
    pages = connector.pull(stream(connector, "companies"), Cursor())
    first = next(pages)
    with pytest.raises(RateLimited):
        next(pages)
    portal.control("DELETE", "faults")

    rest = pull(portal.connector(), "companies", first.next_cursor)

    assert ids([first, *rest]) == list(range(1, 251))


def test_the_days_quota_stops_at_once(portal: HubspotHarness) -> None:
    load(portal, "companies", companies([1]))
    portal.control("POST", "settings", {"daily_limit": 1})
    connector = portal.connector()

    with pytest.raises(QuotaExhausted):
        pull(connector, "companies")
    # The answer to the first call says that it was the last one.
    assert sum(connector.calls().values()) == 1


@pytest.mark.parametrize(
    "rule",
    [
        {"status": 423, "body": {"message": "Locked"}},
        {"status": 477, "body": {"message": "Migrating"}, "headers": {"Retry-After": "3"}},
        {"status": 503, "body": "<html>maintenance</html>"},
        {"status": 403, "body": "<html>your proxy wants a password</html>"},
        {"drop": "before"},
        {"drop": "after"},
        {"half": True},
    ],
)
def test_weather_passes(portal: HubspotHarness, rule: dict[str, Any]) -> None:
    load(portal, "companies", companies(range(1, 151)))
    portal.break_with({"path": OBJECTS, "times": 2, **rule})

    assert ids(pull(portal.connector(), "companies")) == list(range(1, 151))


def test_a_server_that_hangs_is_given_up(portal: HubspotHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "TIMEOUTS", (5.0, 0.05))
    load(portal, "companies", companies([1]))
    portal.break_with({"path": OBJECTS, "hang": True})

    with pytest.raises(TransientError, match="timed out"):
        pull(portal.connector(), "companies")
    portal.control("DELETE", "faults")


def test_a_day_of_migration_is_not_slept_through(portal: HubspotHarness) -> None:
    moving = {"status": 477, "body": {"message": "Migrating"}, "headers": {"Retry-After": "86400"}}
    portal.break_with({"path": OBJECTS, **moving})
    patience = PatientTiming()

    with pytest.raises(RateLimited):
        pull(portal.connector(timing=patience.timing()), "companies")
    assert sum(patience.pauses) < 180


def test_an_outage_ends_after_a_bounded_number_of_calls(portal: HubspotHarness) -> None:
    portal.break_with({"path": OBJECTS, "status": 500})
    connector = portal.connector()

    with pytest.raises(TransientError, match=r"127\.0\.0\.1"):
        pull(connector, "companies")
    assert connector.calls()["read companies"] == 6


def test_a_missing_scope_stops_one_stream_only(portal: HubspotHarness) -> None:
    portal.control("POST", "settings", {"tokens": {"narrow": ["crm.objects.companies.read", "oauth"]}})
    connector = portal.connector(secret="narrow")

    pull(connector, "companies")
    with pytest.raises(AuthError, match=r"crm\.objects\.deals\.read"):
        pull(connector, "deals")
