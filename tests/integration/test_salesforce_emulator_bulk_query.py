"""Query jobs of Bulk API 2.0 in the Salesforce emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import Client

from emulators.salesforce import create_app
from tests.integration.salesforce_bulk import finish, queried, query, results, rows_of
from tests.integration.test_salesforce_emulator import LOGIN, VERSION, Api, error_of, running

if TYPE_CHECKING:
    from collections.abc import Iterator

IDS = "SELECT Id FROM Account"


@pytest.fixture
def api() -> Iterator[Api]:
    with running() as client:
        yield client


def bulk(api: Api, **settings: Any) -> None:
    api.control("settings", {"bulk": settings})


def load_accounts(api: Api, count: int) -> None:
    api.control("load", {"Account": [{"Name": f"A{number:04}"} for number in range(count)]})


def test_a_job_goes_through_its_states_as_it_is_asked_for(api: Api) -> None:
    bulk(api, polls=2)
    load_accounts(api, 3)
    job = api.post("/jobs/query", {"operation": "query", "query": IDS})
    assert job["state"] == "UploadComplete"
    seen = [api.get(f"/jobs/query/{job['id']}") for _ in range(4)]
    assert [one["state"] for one in seen] == ["InProgress", "InProgress", "JobComplete", "JobComplete"]
    assert [one["numberRecordsProcessed"] for one in seen] == [0, 0, 3, 3]


def test_a_job_takes_the_seconds_of_the_virtual_clock(api: Api) -> None:
    bulk(api, polls=0, seconds=60)
    api.control("clock", {"freeze": "2026-03-02T09:30:00Z"})
    job = api.post("/jobs/query", {"operation": "query", "query": IDS})
    path = f"/jobs/query/{job['id']}"
    assert api.get(path)["state"] == "UploadComplete"
    api.control("clock", {"advance_seconds": 59})
    assert api.get(path)["state"] == "InProgress"
    api.control("clock", {"advance_seconds": 1})
    ended = api.get(path)
    assert (ended["state"], ended["systemModstamp"]) == ("JobComplete", "2026-03-02T09:31:00.000+0000")
    assert ended["createdDate"] == "2026-03-02T09:30:00.000+0000"


def test_results_have_every_value_in_quotes_and_the_columns_of_the_query(api: Api) -> None:
    account = api.create("Account", Name='Acme "X", Inc', NumberOfEmployees=5)
    api.create("Contact", LastName="Doe", AccountId=account, Email="A@B.example")
    api.create("Contact", LastName="Lone")
    api.control("clock", {"freeze": "2026-03-02T09:30:00Z"})
    soql = (
        "SELECT Email, account.name, Account.NumberOfEmployees, IsDeleted, Account.IsDeleted"
        " FROM Contact ORDER BY LastName"
    )
    answer = results(api, query(api, soql))
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.headers["Sforce-Locator"] == "null"
    assert answer.headers["Sforce-NumberOfRecords"] == "2"
    assert answer.text == (
        '"Email","Account.Name","Account.NumberOfEmployees","IsDeleted","Account.IsDeleted"\n'
        '"a@b.example","Acme ""X"", Inc","5","false","false"\n'
        '"","","","false",""\n'
    )


def test_datetimes_end_in_z(api: Api) -> None:
    api.control("clock", {"freeze": "2026-03-02T09:30:00Z"})
    api.create("Account", Name="A")
    assert queried(api, "SELECT CreatedDate FROM Account")[1] == ["2026-03-02T09:30:00.000Z"]


def test_delimiter_and_line_ending_are_the_job_s(api: Api) -> None:
    api.create("Account", Name="A|B", Industry="Energy")
    soql = "SELECT Name, Industry FROM Account"
    answer = results(api, query(api, soql, columnDelimiter="PIPE", lineEnding="CRLF"))
    assert answer.text == '"Name"|"Industry"\r\n"A|B"|"Energy"\r\n'


def test_pages_follow_locators_and_hold_every_row_once(api: Api) -> None:
    load_accounts(api, 25)
    job = query(api, "SELECT Name FROM Account")
    names: list[str] = []
    locator, sizes = "", []
    while locator != "null":
        answer = results(api, job, maxRecords=10, locator=locator)
        rows = rows_of(answer)
        assert rows[0] == ["Name"]
        names += [row[0] for row in rows[1:]]
        sizes.append(int(answer.headers["Sforce-NumberOfRecords"]))
        locator = answer.headers["Sforce-Locator"]
    assert sizes == [10, 10, 5]
    assert sorted(names) == [f"A{number:04}" for number in range(25)]


def test_rows_come_in_no_order_unless_the_query_asks_for_one(api: Api) -> None:
    load_accounts(api, 9)
    names = [f"A{number:04}" for number in range(9)]
    assert [row[0] for row in queried(api, "SELECT Name FROM Account")[1:]] != names
    assert [row[0] for row in queried(api, "SELECT Name FROM Account ORDER BY Name")[1:]] == names
    bulk(api, scatter=False)
    assert [row[0] for row in queried(api, "SELECT Name FROM Account")[1:]] == names


def test_the_server_may_give_smaller_pages_than_asked_for(api: Api) -> None:
    load_accounts(api, 5)
    bulk(api, page_rows=2)
    answer = results(api, query(api, IDS), maxRecords=100)
    assert answer.headers["Sforce-NumberOfRecords"] == "2"
    assert answer.headers["Sforce-Locator"] != "null"


@pytest.mark.parametrize("rows", [0, 1, 10, 11])
def test_result_pages_lead_to_every_row(api: Api, rows: int) -> None:
    load_accounts(api, rows)
    bulk(api, page_rows=2)
    job = query(api, "SELECT Name FROM Account")
    path: str | None = f"/jobs/query/{job}/resultPages"
    names: list[str] = []
    while path is not None:
        answer = api.get(path.removeprefix(api.base))
        assert 1 <= len(answer["resultPages"]) <= 5
        assert answer["done"] is (answer["nextRecordsUrl"] is None)
        for page in answer["resultPages"]:
            url = urlsplit(page["resultUrl"])
            assert url.path == f"{api.base}/jobs/query/{job}/results"
            locator = parse_qs(url.query)["locator"][0]
            names += [row[0] for row in rows_of(results(api, job, locator=locator))[1:]]
        path = answer["nextRecordsUrl"]
    assert sorted(names) == [f"A{number:04}" for number in range(rows)]


def test_query_all_includes_the_recycle_bin(api: Api) -> None:
    account = api.create("Account", Name="Gone")
    api.call("DELETE", f"/sobjects/Account/{account}")
    assert queried(api, "SELECT Name, IsDeleted FROM Account") == [["Name", "IsDeleted"]]
    assert queried(api, "SELECT Name, IsDeleted FROM Account", "queryAll")[1] == ["Gone", "true"]


def test_queries_say_what_queries_can_say(api: Api) -> None:
    account = api.create("Account", Name="A", NumberOfEmployees=3)
    api.create("Contact", LastName="Doe", AccountId=account)
    formula = {
        "object": "Account",
        "fullName": "Copy__c",
        "label": "Copy",
        "type": "Text",
        "length": 80,
        "formula": "Name",
    }
    api.control("schema", {"add": [formula]})
    soql = (
        "SELECT a.Name, Copy__c, Owner.Name FROM Account a"
        " WHERE CreatedDate = TODAY AND Id IN (SELECT AccountId FROM Contact)"
    )
    assert queried(api, soql) == [["Name", "Copy__c", "Owner.Name"], ["A", "A", "Integration User"]]


def test_results_are_as_of_the_time_the_job_ran(api: Api) -> None:
    account = api.create("Account", Name="Before")
    job = query(api, "SELECT Name FROM Account")
    api.update("Account", account, Name="After")
    api.call("DELETE", f"/sobjects/Account/{account}")
    assert rows_of(results(api, job))[1:] == [["Before"]]


@pytest.mark.parametrize(
    ("soql", "text"),
    [
        ("SELECT COUNT() FROM Account", "Aggregate Relationships not supported"),
        ("SELECT MAX(Name) FROM Account", "Aggregate Relationships not supported"),
        ("SELECT Industry FROM Account GROUP BY Industry", "Aggregate Relationships not supported"),
        ("SELECT Id FROM Account LIMIT 5 OFFSET 3", "OFFSET"),
        ("SELECT TYPEOF What WHEN Account THEN Name END FROM Task", "not supported in Bulk V2 Query"),
        ("SELECT BillingAddress FROM Account", "Selecting compound data not supported in Bulk Query"),
        ("SELECT Nope FROM Account", "No such column 'Nope' on entity 'Account'"),
        ("SELECT Id FROM Account WHERE Nope = 1", "No such column 'Nope' on entity 'Account'"),
        ("SELECT Id FROM Account ORDER BY Nope", "No such column 'Nope' on entity 'Account'"),
        ("SELECT Id FROM Nope", "sObject type 'Nope' is not supported"),
        ("SELECT FROM", "ERROR at Row:1"),
        ("SELECT Id, (SELECT Id FROM Contacts) FROM Account", "not supported in Bulk V2 Query"),
        ("SELECT Name, name FROM Account", "duplicate field selected"),
    ],
)
def test_a_query_that_is_not_offered_makes_no_job(api: Api, soql: str, text: str) -> None:
    answer = api.call("POST", "/jobs/query", json={"operation": "query", "query": soql})
    assert error_of(answer) == (400, "API_ERROR")
    assert text in answer.json()[0]["message"]
    assert list(answer.json()[0]) == ["errorCode", "message"]
    assert api.get("/jobs/query")["records"] == []


def test_hidden_fields_cannot_be_selected(api: Api) -> None:
    api.control("settings", {"deny_fields": {"Account.Website": "read"}})
    answer = api.call(
        "POST", "/jobs/query", json={"operation": "query", "query": "SELECT Website FROM Account"}
    )
    assert "No such column 'Website'" in answer.json()[0]["message"]


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        ({"operation": "insert"}, "API_ERROR", "Invalid value: 'insert' supplied for property: 'operation'"),
        ({"columnDelimiter": "DOT"}, "API_ERROR", "property: 'columnDelimiter'"),
        ({"lineEnding": "CR"}, "API_ERROR", "property: 'lineEnding'"),
        ({"contentType": "JSON"}, "API_ERROR", "property: 'contentType'"),
        ({"query": ""}, "REQUIRED_FIELD_MISSING", "query"),
    ],
)
def test_bad_properties_are_refused(api: Api, change: dict[str, str], code: str, text: str) -> None:
    answer = api.call("POST", "/jobs/query", json={"operation": "query", "query": IDS, **change})
    assert error_of(answer) == (400, code)
    assert text in answer.json()[0]["message"]


def test_results_need_a_complete_job_and_its_version(api: Api) -> None:
    job = api.post("/jobs/query", {"operation": "query", "query": IDS})
    assert error_of(results(api, job["id"])) == (400, "INVALIDJOBSTATE")
    assert error_of(api.call("GET", f"/jobs/query/{job['id']}/resultPages")) == (400, "INVALIDJOBSTATE")
    finish(api, "query", job["id"])
    for path in ("results", "resultPages"):
        url = f"{api.url}/services/data/v61.0/jobs/query/{job['id']}/{path}"
        assert api.session.get(url, timeout=20).status_code == 409


def test_result_pages_came_with_version_58(api: Api) -> None:
    api.base = "/services/data/v57.0"
    job = query(api, IDS)
    assert error_of(api.call("GET", f"/jobs/query/{job}/resultPages")) == (404, "NOT_FOUND")
    assert results(api, job).status_code == 200


def test_foreign_locators_and_page_sizes_are_refused(api: Api) -> None:
    load_accounts(api, 3)
    first, second = query(api, IDS), query(api, IDS)
    locator = results(api, first, maxRecords=1).headers["Sforce-Locator"]
    assert results(api, first, locator=locator).status_code == 200
    for job, wrong in ((second, locator), (first, "%%%"), (first, "bm90aGluZw"), (first, "é")):
        assert error_of(results(api, job, locator=wrong)) == (400, "API_ERROR")
    assert error_of(results(api, first, maxRecords=0)) == (400, "API_ERROR")


def test_a_double_slash_is_not_found(api: Api) -> None:
    job = query(api, IDS)
    assert api.call("GET", f"/jobs/query//{job}/results").status_code == 404


def test_jobs_are_aborted_once_and_deleted_when_they_have_ended(api: Api) -> None:
    job = api.post("/jobs/query", {"operation": "query", "query": IDS})
    path = f"/jobs/query/{job['id']}"
    assert error_of(api.call("DELETE", path)) == (400, "API_ERROR")
    aborted = api.call("PATCH", path, json={"state": "Aborted"})
    assert (aborted.status_code, aborted.json()["state"]) == (200, "Aborted")
    assert "lineEnding" not in aborted.json()
    assert error_of(api.call("PATCH", path, json={"state": "Aborted"})) == (400, "INVALIDJOBSTATE")
    assert error_of(results(api, job["id"])) == (400, "INVALIDJOBSTATE")
    assert api.call("DELETE", path).status_code == 204
    assert api.call("GET", path).status_code == 404
    done = query(api, IDS)
    answer = api.call("PATCH", f"/jobs/query/{done}", json={"state": "Aborted"})
    assert answer.json() == [
        {"errorCode": "INVALIDJOBSTATE", "message": "Aborting already Completed Job not allowed"}
    ]


def test_jobs_are_listed_by_type_in_pages_of_a_thousand() -> None:
    client = Client(create_app())  # a thousand jobs are made quicker without a network
    base = f"/services/data/v{VERSION}/jobs/query"
    headers: dict[str, str] = {}

    def call(method: str, path: str, **options: Any) -> Any:
        return client.open(path, method=method, headers=headers, **options).json

    token = call("POST", "/services/oauth2/token", data=LOGIN)["access_token"]
    headers["Authorization"] = f"Bearer {token}"
    asked = {"operation": "query", "query": IDS}
    jobs = [call("POST", base, json=asked)["id"] for _ in range(1001)]
    listing = call("GET", f"{base}?jobType=V2Query")
    assert (listing["done"], len(listing["records"])) == (False, 1000)
    rest = call("GET", listing["nextRecordsUrl"])
    assert rest["done"] is True
    assert [job["id"] for job in listing["records"] + rest["records"]] == jobs
    assert call("GET", f"{base}?jobType=Classic")["records"] == []


def test_jobs_live_seven_days(api: Api) -> None:
    job = query(api, IDS)
    api.control("clock", {"advance_seconds": 7 * 24 * 3600 - 60})
    assert api.get(f"/jobs/query/{job}")["state"] == "JobComplete"
    api.control("clock", {"advance_seconds": 120})
    assert api.call("GET", f"/jobs/query/{job}").status_code == 404


def test_query_jobs_of_a_day_are_limited(api: Api) -> None:
    bulk(api, query_jobs=2)
    first = api.post("/jobs/query", {"operation": "query", "query": IDS})
    api.control("clock", {"advance_seconds": 3600})
    api.post("/jobs/query", {"operation": "query", "query": IDS})
    assert api.get("/limits")["DailyBulkV2QueryJobs"] == {"Max": 2, "Remaining": 0}
    refused = api.call("POST", "/jobs/query", json={"operation": "query", "query": IDS})
    assert error_of(refused) == (400, "LIMIT_EXCEEDED")
    assert refused.json()[0]["message"] == "Max bulk v2 query jobs (2) per 24 hrs has been reached (2)"
    assert api.get(f"/jobs/query/{first['id']}")["state"] == "InProgress"
    api.control("clock", {"advance_seconds": 23 * 3600})
    assert api.get("/limits")["DailyBulkV2QueryJobs"]["Remaining"] == 1
    assert api.call("POST", "/jobs/query", json={"operation": "query", "query": IDS}).status_code == 200


def test_requests_about_jobs_count_as_calls(api: Api) -> None:
    before = int(api.call("GET", "/limits").headers["Sforce-Limit-Info"].split("=")[1].split("/")[0])
    job = api.post("/jobs/query", {"operation": "query", "query": IDS})
    answer = api.call("GET", f"/jobs/query/{job['id']}")
    assert answer.headers["Sforce-Limit-Info"] == f"api-usage={before + 2}/100000"


@pytest.mark.parametrize(
    ("fate", "state", "error"),
    [
        ({"fate": "stuck"}, "InProgress", None),
        ({"fate": "fail", "message": "QUERY_TIMEOUT"}, "Failed", "QUERY_TIMEOUT"),
        ({"fate": "abort"}, "Aborted", None),
    ],
)
def test_a_fate_meets_jobs_instead_of_completion(
    api: Api, fate: dict[str, Any], state: str, error: str | None
) -> None:
    bulk(api, fates=[{"job": "query", "object": "Account", "times": 1, **fate}])
    job = api.post("/jobs/query", {"operation": "query", "query": IDS})
    seen = [api.get(f"/jobs/query/{job['id']}") for _ in range(5)][-1]
    assert (seen["state"], seen.get("errorMessage")) == (state, error)
    assert query(api, IDS)
    assert api.control("settings")["bulk"]["fates"][0]["hits"] == 1


def test_a_stuck_job_can_be_aborted(api: Api) -> None:
    bulk(api, fates=[{"fate": "stuck"}])
    job = api.post("/jobs/query", {"operation": "queryAll", "query": IDS})
    api.get(f"/jobs/query/{job['id']}")
    assert api.call("PATCH", f"/jobs/query/{job['id']}", json={"state": "Aborted"}).status_code == 200
    assert api.get(f"/jobs/query/{job['id']}")["state"] == "Aborted"


@pytest.mark.parametrize("wrong", [{"nope": 1}, {"fates": [{"fate": "odd"}]}, {"fates": [{"fat": "fail"}]}])
def test_wrong_settings_are_refused_whole(api: Api, wrong: dict[str, Any]) -> None:
    answer = api.session.post(
        f"{api.url}/_emulator/settings", json={"daily_limit": 5, "bulk": wrong}, timeout=20
    )
    assert answer.status_code == 400
    assert api.control("settings")["daily_limit"] == 100_000


def test_results_are_compressed_for_clients_that_accept_it(api: Api) -> None:
    load_accounts(api, 50)
    job = query(api, IDS)
    assert results(api, job).headers["Content-Encoding"] == "gzip"
    plain = api.call("GET", f"/jobs/query/{job}/results", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert plain.text == results(api, job).text


def test_jobs_are_no_part_of_composite_requests(api: Api) -> None:
    part = {"method": "GET", "url": f"{api.base}/jobs/query", "referenceId": "r"}
    answer = api.post("/composite", {"compositeRequest": [part]})
    assert answer["compositeResponse"][0]["httpStatusCode"] == 404


def test_a_reset_forgets_all_jobs(api: Api) -> None:
    query(api, IDS)
    api.control("reset", {})
    api.login()
    assert api.get("/jobs/query")["records"] == []
    assert api.get("/limits")["DailyBulkV2QueryJobs"]["Remaining"] == 10_000
