"""What the Salesforce emulator says about limits and versions, maintenance, and transactions that commit late."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.integration.test_salesforce_emulator import Api, error_of, running

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def api() -> Iterator[Api]:
    with running() as client:
        yield client


def usage(api: Api) -> str:
    return api.call("GET", "/limits").headers["Sforce-Limit-Info"]


def used(api: Api) -> int:
    return int(usage(api).partition("=")[2].partition("/")[0])


def test_the_usage_header_is_exact_until_it_is_told_to_lag(api: Api) -> None:
    assert [used(api) for _ in range(3)] == [1, 2, 3]
    api.control("settings", {"limit_info_lag": 5, "api_used": 1000})
    seen = [used(api) for _ in range(12)]
    exact = range(1004, 1016)
    assert all(true - 5 <= shown <= true for shown, true in zip(seen, exact, strict=True))
    assert any(later < earlier for earlier, later in pairwise(seen))


def test_the_usage_of_one_app_stands_behind_it(api: Api) -> None:
    api.control("settings", {"app_name": "Shortlist", "app_daily_limit": 250, "api_used": 7})
    assert usage(api) == "api-usage=8/100000; per-app-api-usage=1/250(appName=Shortlist)"


def test_too_many_long_calls_are_refused_in_their_own_words(api: Api) -> None:
    api.control("settings", {"long_calls": 25})
    answer = api.call("GET", "/limits")
    assert answer.status_code == 403
    assert answer.json() == [
        {"message": "ConcurrentPerOrgLongTxn Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}
    ]
    api.control("settings", {"long_calls": 24})
    assert api.call("GET", "/limits").status_code == 200


def test_in_maintenance_everything_answers_a_page(api: Api) -> None:
    api.control("settings", {"maintenance": True})
    for path in ("/services/oauth2/token", f"{api.base}/limits", "/services/Soap/u/59.0", "/services/data"):
        answer = api.session.post(f"{api.url}{path}", timeout=10)
        assert answer.status_code == 503
        assert answer.headers["Content-Type"].startswith("text/html")
        assert "<html>" in answer.text


def test_retired_versions_are_gone_and_others_unknown(api: Api) -> None:
    def get(version: str) -> requests.Response:
        return api.session.get(f"{api.url}/services/data/v{version}/limits", timeout=10)

    assert error_of(get("30.0")) == (410, "UNSUPPORTED_API_VERSION")
    assert get("31.0").status_code == 200
    assert [error_of(get(version))[0] for version in ("99.0", "6.0", "62.5")] == [404, 404, 404]
    api.control("settings", {"first_version": 41})
    assert error_of(get("40.0"))[0] == 410
    listed = requests.get(f"{api.url}/services/data", timeout=10).json()
    assert listed[0]["version"] == "41.0"


def test_the_client_of_a_call_is_noted(api: Api) -> None:
    api.call("GET", "/limits", headers={"Sforce-Call-Options": "client=shortlist"})
    api.call("GET", "/limits")
    noted = [entry["headers"] for entry in api.control("requests")["requests"][-2:]]
    assert noted == [{"Sforce-Call-Options": "client=shortlist"}, {}]


NOW = "2026-03-02T09:00:00Z"
LATER = "2026-03-02T09:00:30.000+0000"


def late(api: Api, seconds: float, **records: Any) -> Any:
    return api.control("late", {"seconds": seconds, "records": records})


def test_a_late_row_shows_up_behind_younger_ones(api: Api) -> None:
    api.control("clock", {"freeze": NOW})
    answer = late(api, 60, Account=[{"Name": "Late"}])
    assert answer == {"SystemModstamp": "2026-03-02T09:00:00.000+0000", "open": 1}
    api.control("clock", {"advance_seconds": 30})
    api.create("Account", Name="Young")
    soql = "SELECT Name, SystemModstamp FROM Account ORDER BY SystemModstamp"
    assert [row["Name"] for row in api.query(soql)["records"]] == ["Young"]
    assert [row["Name"] for row in api.control("state/Account")["records"]] == ["Young"]
    api.control("clock", {"advance_seconds": 29})
    assert api.query(soql)["totalSize"] == 1
    api.control("clock", {"advance_seconds": 1})
    rows = api.query(soql)["records"]
    assert [row["Name"] for row in rows] == ["Late", "Young"]
    assert rows[0]["SystemModstamp"] == "2026-03-02T09:00:00.000+0000"
    assert rows[1]["SystemModstamp"] == LATER


def test_a_row_that_is_being_changed_late_is_locked(api: Api) -> None:
    api.control("clock", {"freeze": NOW})
    record_id = api.create("Account", Name="Before", Website="acme.example")
    late(api, 60, Account=[{"Id": record_id, "Name": "After"}])
    assert error_of(api.update("Account", record_id, Name="Mine")) == (400, "UNABLE_TO_LOCK_ROW")
    deleting = api.call("DELETE", f"/sobjects/Account/{record_id}")
    assert error_of(deleting) == (400, "UNABLE_TO_LOCK_ROW")
    assert api.get(f"/sobjects/Account/{record_id}")["Name"] == "Before"
    api.control("clock", {"advance_seconds": 60})
    record = api.get(f"/sobjects/Account/{record_id}")
    assert (record["Name"], record["Website"]) == ("After", "acme.example")
    assert record["SystemModstamp"] == "2026-03-02T09:00:00.000+0000"
    assert api.update("Account", record_id, Name="Mine").status_code == 204


@pytest.mark.parametrize("records", [{"Nothing": [{}]}, {"Account": [{"Nothing": 1}]}])
def test_a_late_row_must_make_sense(api: Api, records: Any) -> None:
    body = {"seconds": 1, "records": records}
    answer = api.session.post(f"{api.url}/_emulator/late", json=body, timeout=10)
    assert answer.status_code == 400


@pytest.mark.parametrize("change", [{"host_kind": "x"}, {"outbound_order": "x"}, {"nothing": 1}])
def test_settings_that_make_no_sense_are_refused(api: Api, change: dict[str, Any]) -> None:
    before = api.control("settings")
    answer = api.session.post(f"{api.url}/_emulator/settings", json=change, timeout=10)
    assert answer.status_code == 400
    assert api.control("settings") == before


def counts(api: Api, **params: str) -> dict[str, int]:
    told = api.get("/limits/recordCount", **params)["sObjects"]
    assert [one["name"] for one in told] == sorted(one["name"] for one in told)
    return {one["name"]: one["count"] for one in told}


def test_records_are_counted_without_what_is_deleted_and_empty_objects_are_left_out(api: Api) -> None:
    ids = [api.create("Account", Name=f"Company {number}") for number in range(3)]
    api.create("Contact", LastName="Ek")
    assert api.call("DELETE", f"/sobjects/Account/{ids[0]}").status_code == 204
    assert counts(api, sObjects="Contact,account,Lead,Nothing__c") == {"Account": 2, "Contact": 1}
    everything = counts(api)
    users = api.query("SELECT COUNT() FROM User")["totalSize"]
    assert (everything["Account"], everything["User"]) == (2, users)
    assert "Lead" not in everything


def test_a_count_may_be_of_some_time_ago(api: Api) -> None:
    api.create("Account", Name="Acme")
    api.control("settings", {"record_counts": {"Account": 70_000, "Lead": 5, "Contact": 0}})
    api.create("Contact", LastName="Ek")
    assert counts(api, sObjects="Account,Lead,Contact") == {"Account": 70_000, "Lead": 5}


@pytest.mark.parametrize("path", ["/limits", "/limits/recordCount"])
def test_limits_and_counts_are_for_whoever_may_view_setup(api: Api, path: str) -> None:
    api.control("settings", {"view_setup": False})
    answer = api.call("GET", path)
    assert error_of(answer) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")
    assert "api-usage=" in answer.headers["Sforce-Limit-Info"]


def test_counts_are_there_since_version_40(api: Api) -> None:
    def get(version: str) -> int:
        url = f"{api.url}/services/data/v{version}/limits/recordCount"
        return api.session.get(url, timeout=10).status_code

    assert (get("39.0"), get("40.0")) == (404, 200)
