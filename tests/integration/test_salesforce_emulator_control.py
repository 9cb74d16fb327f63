"""The control routes: faults, journal, clock, loading, pages, and what an administrator does."""

from __future__ import annotations

import time
from threading import Thread
from typing import TYPE_CHECKING

import pytest
import requests

from tests.integration.test_salesforce_emulator import VERSION, Api, error_of, running

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def api() -> Iterator[Api]:
    with running() as client:
        yield client


def test_a_rule_skips_then_acts_as_often_as_told(api: Api) -> None:
    rule = {
        "method": "GET",
        "path": "/limits$",
        "skip": 1,
        "times": 1,
        "status": 503,
        "headers": {"Retry-After": "7"},
        "body": [{"message": "Server unavailable", "errorCode": "SERVER_UNAVAILABLE"}],
    }
    api.control("faults", rule)
    api.control("clock", {"freeze": "2026-03-02T09:30:00Z"})
    answers = [api.call("GET", "/limits") for _ in range(3)]
    assert {answer.headers["Date"] for answer in answers} == {"Mon, 02 Mar 2026 09:30:00 GMT"}
    assert [answer.status_code for answer in answers] == [200, 503, 200]
    assert answers[1].headers["Retry-After"] == "7"
    assert error_of(answers[1]) == (503, "SERVER_UNAVAILABLE")
    listed = api.control("faults")["faults"][0]
    assert (listed["id"], listed["matched"], listed["hits"]) == (1, 3, 1)
    assert api.control("faults", method="DELETE") == {"faults": []}


def test_rules_look_at_method_query_and_body(api: Api) -> None:
    api.control(
        "faults",
        [
            {"path": "/query$", "query_contains": "FROM Contact", "status": 400},
            {"method": "POST", "path": "/sobjects/Account$", "body_contains": "Poison", "status": 500},
        ],
    )
    assert api.call("GET", "/query", params={"q": "SELECT Id FROM Contact"}).status_code == 400
    assert api.call("GET", "/query", params={"q": "SELECT Id FROM Account"}).status_code == 200
    assert api.call("POST", "/sobjects/Account", json={"Name": "Poison"}).status_code == 500
    assert api.create("Account", Name="Healthy")


def test_a_connection_lost_before_the_work_leaves_nothing(api: Api) -> None:
    api.control("faults", {"method": "POST", "path": "/sobjects/Account$", "drop": "before", "times": 1})
    with pytest.raises(requests.ConnectionError):
        api.call("POST", "/sobjects/Account", json={"Name": "A"})
    assert api.control("state/Account")["records"] == []


def test_a_connection_lost_after_the_work_leaves_the_record(api: Api) -> None:
    api.control("faults", {"method": "POST", "path": "/sobjects/Account$", "drop": "after", "times": 1})
    with pytest.raises(requests.ConnectionError):
        api.call("POST", "/sobjects/Account", json={"Name": "A"})
    assert [row["Name"] for row in api.control("state/Account")["records"]] == ["A"]


def test_half_of_an_answer(api: Api) -> None:
    api.control("faults", {"path": "/sobjects$", "half": True, "times": 1})
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        api.call("GET", "/sobjects")
    assert len(api.get("/sobjects")["sobjects"]) > 10


def test_a_hanging_request_is_seen_and_let_go(api: Api) -> None:
    api.control("faults", {"path": "/limits$", "hang": True})
    lost: list[Exception] = []

    def ask() -> None:
        try:
            requests.get(f"{api.url}/services/data/v{VERSION}/limits", timeout=20)
        except requests.ConnectionError as problem:
            lost.append(problem)

    number = api.control("requests")["arrived"] + 1
    waiting = Thread(target=ask)
    waiting.start()
    seen = api.control(f"requests?wait_for={number}&since={number - 1}")
    assert [(row["number"], row["status"]) for row in seen["requests"]] == [(number, None)]
    assert seen["open"] == 1
    api.control("faults", method="DELETE")
    waiting.join(10)
    assert len(lost) == 1
    assert api.control("requests")["open"] == 0


def test_delay_and_latency_take_time(api: Api) -> None:
    api.control("faults", {"path": "/limits$", "delay_seconds": 0.15, "times": 1})
    started = time.perf_counter()
    assert api.call("GET", "/limits").status_code == 200
    assert time.perf_counter() - started >= 0.15
    assert api.control("settings", {"latency_ms": 50})["latency_ms"] == 50
    started = time.perf_counter()
    api.call("GET", "/limits")
    assert time.perf_counter() - started >= 0.05


def test_a_rule_with_an_unknown_key_is_refused(api: Api) -> None:
    for body in (
        {"path": "x", "delay": 1},
        {"drop": "before"},
        {"path": "x", "drop": "sometimes"},
        {"path": "("},
    ):
        answer = requests.post(f"{api.url}/_emulator/faults", json=body, timeout=10)
        assert answer.status_code == 400, body
    assert api.control("faults")["faults"] == []


def test_the_journal_counts_and_keeps_the_order(api: Api) -> None:
    account = api.create("Account", Name="A")
    api.update("Account", account, Name="B")
    api.call("GET", "/nothing")
    entries = api.control("requests")["requests"]
    assert [row["number"] for row in entries] == [1, 2, 3, 4]
    assert [row["status"] for row in entries] == [200, 201, 204, 404]
    assert entries[1]["path"] == f"/services/data/v{VERSION}/sobjects/Account"
    assert entries[1]["request_bytes"] == len('{"Name": "A"}')
    summary = api.control("requests/summary")
    assert summary["total"] == 4
    assert summary["by_endpoint"][f"PATCH /services/data/v{VERSION}/sobjects/Account/{{id}}"] == 1
    assert summary["by_status"] == {"200": 1, "201": 1, "204": 1, "404": 1}
    assert api.control("requests?since=3")["requests"][0]["number"] == 4


def test_the_clock_freezes_moves_and_resumes(api: Api) -> None:
    frozen = api.control("clock", {"freeze": "2026-02-28T23:59:59+00:00"})
    assert frozen == {"now": "2026-02-28T23:59:59+00:00", "frozen": True, "offset_seconds": 0.0}
    record_id = api.create("Account", Name="A")
    assert api.get(f"/sobjects/Account/{record_id}")["CreatedDate"] == "2026-02-28T23:59:59.000+0000"
    assert api.control("clock", {"advance_seconds": 1})["now"] == "2026-03-01T00:00:00+00:00"
    assert api.control("clock", {"resume": True})["frozen"] is False


def test_reset_empties_everything(api: Api) -> None:
    api.create("Account", Name="A")
    api.control("settings", {"daily_limit": 5, "latency_ms": 1})
    api.control("faults", {"path": "x", "status": 500})
    api.control("clock", {"freeze": "2026-01-01T00:00:00+00:00"})
    api.control("reset", {})
    assert api.control("state/Account")["records"] == []
    assert api.control("faults")["faults"] == []
    assert api.control("clock")["frozen"] is False
    assert api.control("requests")["arrived"] == 0
    assert api.control("settings")["daily_limit"] == 100_000
    assert api.control("settings")["latency_ms"] == 0
    assert error_of(api.call("GET", "/limits")) == (401, "INVALID_SESSION_ID")


def test_unknown_names_are_refused_by_load_settings_and_state(api: Api) -> None:
    for route, body in (
        ("load", {"Acount": []}),
        ("load", {"Account": [{"Nam": "x"}]}),
        ("settings", {"x": 1}),
    ):
        assert requests.post(f"{api.url}/_emulator/{route}", json=body, timeout=10).status_code == 400
    assert requests.get(f"{api.url}/_emulator/state/Nope", timeout=10).status_code == 400
    assert requests.get(f"{api.url}/_emulator/nope", timeout=10).status_code == 404


def test_load_takes_records_as_they_are_and_again_field_by_field(api: Api) -> None:
    api.control("clock", {"freeze": "2026-05-01T00:00:00+00:00"})
    account = {"Id": "001000000000001", "Name": "A", "SystemModstamp": "2020-01-01T00:00:00Z"}
    assert api.control("load", {"Account": [account, {"Name": "B"}]}) == {"loaded": {"Account": 2}}
    first, second = api.query("SELECT Id, Name, CreatedDate, SystemModstamp FROM Account ORDER BY Name")[
        "records"
    ]
    assert first["Id"] == "001000000000001AAA"
    assert first["SystemModstamp"] == first["CreatedDate"] == "2020-01-01T00:00:00.000+0000"
    assert second["SystemModstamp"] == "2026-05-01T00:00:00.000+0000"
    api.control("load", {"Account": [{"Id": "001000000000001AAA", "Industry": "Energy"}]})
    record = api.get("/sobjects/Account/001000000000001AAA")
    assert (record["Name"], record["Industry"]) == ("A", "Energy")
    assert record["SystemModstamp"] == "2026-05-01T00:00:00.000+0000"


def test_pages_follow_the_client_the_settings_and_the_locator(api: Api) -> None:
    api.control("load", {"Account": [{"Name": f"A{number:04}"} for number in range(2086)]})
    first = api.query("SELECT Name FROM Account ORDER BY Name")
    assert list(first) == ["totalSize", "done", "nextRecordsUrl", "records"]
    assert (first["totalSize"], first["done"], len(first["records"])) == (2086, False, 2000)
    prefix, _, offset = first["nextRecordsUrl"].rpartition("-")
    assert offset == "2000"
    assert prefix.startswith(f"/services/data/v{VERSION}/query/0r8")
    last = api.session.get(api.url + first["nextRecordsUrl"], timeout=10).json()
    assert list(last) == ["totalSize", "done", "records"]
    assert (last["totalSize"], last["done"], len(last["records"])) == (2086, True, 86)

    api.control("settings", {"page_sizes": [1000, 700]})
    sizes, page = [], api.query("SELECT Name FROM Account")
    while "nextRecordsUrl" in page:
        sizes.append(len(page["records"]))
        page = api.session.get(api.url + page["nextRecordsUrl"], timeout=10).json()
    assert [*sizes, len(page["records"])] == [1000, 700, 386]


def test_locators_expire(api: Api) -> None:
    api.control("load", {"Account": [{"Name": f"A{number}"} for number in range(300)]})
    options = {"Sforce-Query-Options": "batchSize=200"}
    url = api.url + api.query("SELECT Id FROM Account", **options)["nextRecordsUrl"]
    assert api.session.get(url, timeout=10).status_code == 200
    api.control("clock", {"advance_seconds": 2 * 24 * 3600 + 1})
    assert error_of(api.session.get(url, timeout=10)) == (400, "INVALID_QUERY_LOCATOR")
    url = api.url + api.query("SELECT Id FROM Account", **options)["nextRecordsUrl"]
    api.control("settings", {"expire_locators": True})
    assert error_of(api.session.get(url, timeout=10)) == (400, "INVALID_QUERY_LOCATOR")


def test_fields_taken_away_by_an_administrator(api: Api) -> None:
    account = api.create("Account", Name="A")
    api.control("settings", {"deny_fields": {"Account.Website": "read", "Account.Industry": "edit"}})
    fields = {field["name"]: field for field in api.get("/sobjects/Account/describe")["fields"]}
    assert "Website" not in fields
    assert fields["Industry"]["updateable"] is False
    assert api.query("SELECT Website FROM Account")[0]["errorCode"] == "INVALID_FIELD"
    for name in ("Website", "Industry"):
        refused = api.update("Account", account, **{name: "x"})
        assert error_of(refused) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")


def test_custom_fields_from_the_screen_come_and_go(api: Api) -> None:
    field = {
        "object": "Account",
        "fullName": "Segment__c",
        "label": "Segment",
        "type": "Picklist",
        "values": ["SMB"],
    }
    assert api.control("schema", {"add": [field]})["added"] == ["Account.Segment__c"]
    account = api.create("Account", Name="A", Segment__c="SMB")
    assert api.update("Account", account, Segment__c="Huge").status_code == 400
    api.control("schema", {"remove": ["Account.Segment__c"]})
    assert error_of(api.update("Account", account, Segment__c="SMB")) == (400, "INVALID_FIELD")
    hidden = {"object": "Account", "fullName": "Secret__c", "label": "Secret", "type": "Text", "length": 10}
    api.control("schema", {"add": [hidden], "grant": False})
    assert error_of(api.update("Account", account, Secret__c="x")) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")


def test_merge_undelete_and_purge(api: Api) -> None:
    master, loser = api.create("Account", Name="Master"), api.create("Account", Name="Loser")
    contact = api.create("Contact", LastName="C", AccountId=loser)
    api.control("merge", {"object": "Account", "master": master, "losers": [loser]})
    assert api.get(f"/sobjects/Contact/{contact}")["AccountId"] == master
    gone = api.get("/queryAll", q="SELECT MasterRecordId, IsDeleted FROM Account WHERE Name = 'Loser'")[
        "records"
    ]
    assert (gone[0]["MasterRecordId"], gone[0]["IsDeleted"]) == (master, True)

    api.call("DELETE", f"/sobjects/Contact/{contact}")
    api.control("undelete", {"ids": [contact]})
    assert api.get(f"/sobjects/Contact/{contact}")["LastName"] == "C"
    api.control("purge", {"ids": [loser]})
    assert api.get("/queryAll", q="SELECT Id FROM Account")["totalSize"] == 1
    assert requests.post(f"{api.url}/_emulator/purge", json={"ids": [loser]}, timeout=10).status_code == 400


def test_the_organisation_can_change_under_the_same_credentials(api: Api) -> None:
    api.control("settings", {"org_id": "00D000000000002", "is_sandbox": False})
    row = api.query("SELECT Id, IsSandbox FROM Organization")["records"]
    assert [(org["Id"], org["IsSandbox"]) for org in row] == [("00D000000000002EAA", False)]
