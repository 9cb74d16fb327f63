"""The Salesforce emulator over HTTP: login, records, collections; also the client of the other tests."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import requests

from emulators.common.server import start
from emulators.salesforce import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulators.salesforce.settings import Settings

VERSION = "62.0"
LOGIN = {"grant_type": "client_credentials", "client_id": "demo-client", "client_secret": "demo-secret"}


class Api:
    """A logged-in client of a running emulator; paths are below /services/data/vXX.0."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.base = f"/services/data/v{VERSION}"
        self.session = requests.Session()
        self.token = self.login()

    def login(self) -> str:
        answer = self.session.post(f"{self.url}/services/oauth2/token", data=LOGIN, timeout=10)
        token: str = answer.json()["access_token"]
        self.session.headers["Authorization"] = f"Bearer {token}"
        return token

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, f"{self.url}{self.base}{path}", timeout=20, **options)

    def get(self, path: str, **params: Any) -> Any:
        return self.call("GET", path, params=params).json()

    def post(self, path: str, body: Any) -> Any:
        return self.call("POST", path, json=body).json()

    def create(self, name: str, **values: Any) -> str:
        answer = self.call("POST", f"/sobjects/{name}", json=values)
        assert answer.status_code == 201, answer.text
        record_id: str = answer.json()["id"]
        return record_id

    def update(self, name: str, record_id: str, **values: Any) -> requests.Response:
        return self.call("PATCH", f"/sobjects/{name}/{record_id}", json=values)

    def query(self, soql: str, **headers: str) -> Any:
        return self.call("GET", "/query", params={"q": soql}, headers=headers).json()

    def control(self, route: str, body: Any = None, method: str | None = None) -> Any:
        method = method or ("GET" if body is None else "POST")
        answer = self.session.request(method, f"{self.url}/_emulator/{route}", json=body, timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()


@contextmanager
def running(settings: Settings | None = None) -> Iterator[Api]:
    """A client of a new, empty organisation."""
    server = start(create_app(settings=settings))
    try:
        yield Api(server.url)
    finally:
        server.stop()


def error_of(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()[0]["errorCode"]


@pytest.fixture
def api() -> Iterator[Api]:
    with running() as client:
        yield client


def test_a_token_has_the_shape_and_the_keys_of_salesforce(api: Api) -> None:
    answer = requests.post(f"{api.url}/services/oauth2/token", data=LOGIN, timeout=10).json()
    assert set(answer) == {
        "access_token",
        "instance_url",
        "id",
        "token_type",
        "issued_at",
        "signature",
        "scope",
    }
    assert answer["access_token"].startswith("00D")
    assert "!" in answer["access_token"]
    assert answer["instance_url"] == api.url
    assert answer["issued_at"].isdigit()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"client_id": "other"}, "invalid_client_id"),
        ({"client_secret": "other"}, "invalid_client"),
        ({"grant_type": "telepathy"}, "unsupported_grant_type"),
    ],
)
def test_a_wrong_login_is_refused(api: Api, change: dict[str, str], code: str) -> None:
    answer = requests.post(f"{api.url}/services/oauth2/token", data=LOGIN | change, timeout=10)
    assert answer.status_code == 400
    assert set(answer.json()) == {"error", "error_description"}
    assert answer.json()["error"] == code


def test_a_deactivated_user_cannot_log_in(api: Api) -> None:
    user = api.query("SELECT Id FROM User WHERE Alias = 'integrat'")["records"][0]["Id"]
    api.control("load", {"User": [{"Id": user, "IsActive": False}]})
    answer = requests.post(f"{api.url}/services/oauth2/token", data=LOGIN, timeout=10)
    assert answer.json()["error"] == "inactive_user"


def test_sessions_expire_and_a_new_login_helps(api: Api) -> None:
    api.control("settings", {"session_seconds": 600})
    api.control("clock", {"advance_seconds": 601})
    answer = api.call("GET", "/limits")
    assert answer.status_code == 401
    assert answer.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
    api.login()
    assert api.call("GET", "/limits").status_code == 200
    api.control("settings", {"expire_sessions": True})
    assert error_of(api.call("GET", "/limits")) == (401, "INVALID_SESSION_ID")


def test_userinfo_names_user_and_organisation(api: Api) -> None:
    answer = api.session.get(f"{api.url}/services/oauth2/userinfo", timeout=10).json()
    assert answer["organization_id"] == "00DEm0000000001MAA"
    assert answer["sub"].endswith(f"/id/{answer['organization_id']}/{answer['user_id']}")
    assert "{version}" in answer["urls"]["rest"]


def test_versions_are_listed_oldest_first(api: Api) -> None:
    listed = requests.get(f"{api.url}/services/data", timeout=10).json()
    assert listed[0].keys() == {"label", "url", "version"}
    labels = {row["version"]: row["label"] for row in listed}
    assert (labels["65.0"], labels["66.0"], labels["67.0"]) == ("Winter '26", "Spring '26", "Summer '26")
    assert listed == sorted(listed, key=lambda row: float(row["version"]))


def test_every_answer_counts_the_call_and_carries_the_recorded_headers(api: Api) -> None:
    first = api.call("GET", "/sobjects/Nope/describe")
    second = api.call("GET", "/limits/")
    assert first.status_code == 404
    assert first.headers["Sforce-Limit-Info"] == "api-usage=1/100000"
    assert second.headers["Sforce-Limit-Info"] == "api-usage=2/100000"
    assert second.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert second.json()["DailyApiRequests"] == {"Max": 100_000, "Remaining": 99_998}


def test_over_the_daily_limit_every_call_is_refused(api: Api) -> None:
    api.control("settings", {"daily_limit": 10, "api_used": 9})
    assert api.call("GET", "/limits").status_code == 200
    answer = api.call("GET", "/limits")
    assert answer.status_code == 403
    assert answer.json() == [
        {"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}
    ]


def test_create_read_update_delete(api: Api) -> None:
    answer = api.call(
        "POST",
        "/sobjects/Account",
        json={"Name": " Acme ", "NumberOfEmployees": "10", "BillingCity": "Berlin"},
    )
    record_id = answer.json()["id"]
    assert answer.status_code == 201
    assert answer.json() == {"id": record_id, "success": True, "errors": []}
    assert answer.headers["Location"].endswith(f"/sobjects/Account/{record_id}")
    assert len(record_id) == 18

    record = api.get(f"/sobjects/Account/{record_id[:15]}")
    assert list(record)[:2] == ["attributes", "Id"]
    assert (record["Name"], record["NumberOfEmployees"], record["Industry"]) == ("Acme", 10, None)
    assert record["BillingAddress"]["city"] == "Berlin"
    assert record["CreatedDate"].endswith(".000+0000")
    assert list(api.get(f"/sobjects/Account/{record_id}", fields="Name,Id")) == ["attributes", "Name", "Id"]

    changed = api.update("Account", record_id, Industry="Energy")
    assert (changed.status_code, changed.content) == (204, b"")
    assert api.call("DELETE", f"/sobjects/Account/{record_id}").status_code == 204
    again = api.call("DELETE", f"/sobjects/Account/{record_id}")
    assert again.status_code == 404
    assert again.json() == [{"message": "entity is deleted", "errorCode": "ENTITY_IS_DELETED", "fields": []}]
    assert api.query("SELECT Id FROM Account")["totalSize"] == 0
    assert api.get("/queryAll", q="SELECT Id, IsDeleted FROM Account")["records"][0]["IsDeleted"] is True
    assert api.control("state/Account")["records"][0]["Name"] == "Acme"


@pytest.mark.parametrize(
    ("name", "values", "code", "fields"),
    [
        ("Account", {}, "REQUIRED_FIELD_MISSING", ["Name"]),
        ("Lead", {"FirstName": "A"}, "REQUIRED_FIELD_MISSING", ["LastName", "Company"]),
        ("Account", {"Name": "A", "Foo__c": 1}, "INVALID_FIELD", None),
        (
            "Account",
            {"Name": "A", "CreatedDate": "2020-01-01T00:00:00Z"},
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            None,
        ),
        ("Account", {"Name": "A" * 256}, "STRING_TOO_LONG", ["Name"]),
        ("Account", {"Name": "A", "NumberOfEmployees": "many"}, "JSON_PARSER_ERROR", None),
        ("Account", {"Name": "A", "ParentId": "003000000000001AAA"}, "MALFORMED_ID", ["ParentId"]),
        ("Account", {"Name": "A", "ParentId": "001000000000001AAA"}, "INVALID_CROSS_REFERENCE_KEY", []),
        ("Contact", {"LastName": "A", "Email": "nobody"}, "INVALID_EMAIL_ADDRESS", ["Email"]),
        (
            "Event",
            {"Subject": "A", "ShowAs": "Away"},
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            ["ShowAs"],
        ),
    ],
)
def test_a_bad_create_is_refused_in_salesforces_words(
    api: Api, name: str, values: dict[str, Any], code: str, fields: list[str] | None
) -> None:
    answer = api.call("POST", f"/sobjects/{name}", json=values)
    assert error_of(answer) == (400, code)
    if fields is not None:
        assert answer.json()[0]["fields"] == fields
    assert api.control(f"state/{name}")["records"] == []


def test_texts_of_recorded_errors(api: Api) -> None:
    answer = api.call("POST", "/sobjects/Account", json={"Name": "A", "LastActivityDate": "2020-01-01"})
    assert answer.json() == [
        {
            "message": "Unable to create/update fields: LastActivityDate. Please check the security settings"
            " of this field and verify that it is read/write for your profile or permission set.",
            "errorCode": "INVALID_FIELD_FOR_INSERT_UPDATE",
            "fields": ["LastActivityDate"],
        }
    ]
    missing = api.call("GET", "/sobjects/Account/001000000000001AAA")
    assert missing.json() == [{"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}]


def test_emails_are_stored_in_lower_case_and_empty_text_is_null(api: Api) -> None:
    record_id = api.create("Contact", LastName="Doe", Email="Jo.Doe@Acme.Example", Title="")
    record = api.get(f"/sobjects/Contact/{record_id}", fields="Email,Title")
    assert (record["Email"], record["Title"]) == ("jo.doe@acme.example", None)


def test_upsert_by_a_lookup_field(api: Api) -> None:
    path = "/sobjects/Contact/Email/jo@acme.example"
    made = api.call("PATCH", path, json={"LastName": "Doe"})
    again = api.call("PATCH", path, json={"LastName": "Roe"})
    assert (made.status_code, made.json()["created"]) == (201, True)
    assert (again.status_code, again.json()["created"]) == (200, False)
    assert again.json()["id"] == made.json()["id"]
    api.create("Contact", LastName="Twin", Email="jo@acme.example")
    several = api.call("PATCH", path, json={"LastName": "X"})
    assert (several.status_code, len(several.json())) == (300, 2)
    bad = api.call("PATCH", "/sobjects/Contact/Namez/x", json={})
    assert bad.status_code == 404
    assert bad.json()[0]["message"] == "Provided external ID field does not exist or is not accessible: Namez"


def test_a_collection_answers_each_row_in_its_place(api: Api) -> None:
    first = api.create("Account", Name="One")
    rows = [
        {"attributes": {"type": "Account"}, "id": first, "Industry": "Energy"},
        {"attributes": {"type": "Account"}, "id": "001000000000001AAA", "Industry": "Energy"},
        {"attributes": {"type": "Account"}, "id": first, "Industry": "Media"},
        {"attributes": {"type": "Account"}, "Id": first[:15], "Name": "X"},
    ]
    answer = api.call("PATCH", "/composite/sobjects", json={"records": rows})
    assert answer.status_code == 200
    results = answer.json()
    assert results[0] == {"id": first, "success": True, "errors": []}
    assert set(results[1]) == {"success", "errors"}
    codes = [row["errors"][0]["statusCode"] for row in results[1:]]
    assert codes == ["INVALID_CROSS_REFERENCE_KEY", "DUPLICATE_VALUE", "DUPLICATE_VALUE"]
    assert set(results[1]["errors"][0]) == {"statusCode", "message", "fields"}
    assert api.get(f"/sobjects/Account/{first}")["Industry"] == "Energy"


def test_a_collection_delete_answers_each_id(api: Api) -> None:
    first = api.create("Account", Name="One")
    ids = f"{first},{first},001000000000001AAA,nonsense"
    results = api.call("DELETE", "/composite/sobjects", params={"ids": ids}).json()
    assert results[0] == {"id": first, "success": True, "errors": []}
    codes = [row["errors"][0]["statusCode"] for row in results[1:]]
    assert codes == ["ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID"]


def test_all_or_none_takes_everything_back(api: Api) -> None:
    rows = [{"attributes": {"type": "Account"}, "Name": "A"}, {"attributes": {"type": "Account"}}]
    results = api.post("/composite/sobjects", {"allOrNone": True, "records": rows})
    codes = [row["errors"][0]["statusCode"] for row in results]
    assert codes == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"]
    assert api.query("SELECT COUNT() FROM Account")["totalSize"] == 0


def test_more_than_200_rows_are_refused(api: Api) -> None:
    rows = [{"attributes": {"type": "Account"}, "Name": f"A{i}"} for i in range(201)]
    assert api.call("POST", "/composite/sobjects", json={"records": rows}).status_code == 400
    results = api.post("/composite/sobjects", {"records": rows[:200]})
    assert len(results) == 200
    ids = ",".join(row["id"] for row in results)
    assert all(
        row["success"] for row in api.call("DELETE", "/composite/sobjects", params={"ids": ids}).json()
    )


def test_collection_upsert_and_read(api: Api) -> None:
    records = [
        {"attributes": {"type": "Contact"}, "Email": "a@x.example", "LastName": "A"},
        {"attributes": {"type": "Contact"}, "Email": "A@x.example", "LastName": "B"},
        {"attributes": {"type": "Contact"}, "Email": "c@x.example"},
    ]
    results = api.call("PATCH", "/composite/sobjects/Contact/Email", json={"records": records}).json()
    assert results[0]["created"] is True
    assert [row["errors"][0]["statusCode"] for row in results[1:]] == [
        "DUPLICATE_VALUE",
        "REQUIRED_FIELD_MISSING",
    ]
    ids = [results[0]["id"], "003000000000001AAA"]
    read = api.post("/composite/sobjects/Contact", {"ids": ids, "fields": ["LastName"]})
    assert read[0]["LastName"] == "A"
    assert read[1] is None
    assert api.get("/composite/sobjects/Contact", ids=",".join(ids), fields="LastName") == read
    # As recorded: an upsert by Id with a null Id creates.
    by_id = {"records": [{"attributes": {"type": "Account"}, "Id": None, "Name": "New"}]}
    assert api.call("PATCH", "/composite/sobjects/Account/Id", json=by_id).json()[0]["created"] is True


def test_composite_passes_answers_on_and_reports_each_status(api: Api) -> None:
    requests_ = [
        {"method": "POST", "url": f"{api.base}/sobjects/Account", "referenceId": "a", "body": {"Name": "A"}},
        {
            "method": "POST",
            "url": f"{api.base}/sobjects/Contact",
            "referenceId": "c",
            "body": {"LastName": "C", "AccountId": "@{a.id}"},
        },
        {"method": "GET", "url": f"{api.base}/query?q=select+count()+from+XYZZY", "referenceId": "bad"},
        {"method": "GET", "url": f"{api.base}/nothing", "referenceId": "none"},
    ]
    answer = api.post("/composite", {"compositeRequest": requests_})["compositeResponse"]
    assert [part["httpStatusCode"] for part in answer] == [201, 201, 400, 404]
    assert set(answer[0]) == {"body", "httpHeaders", "httpStatusCode", "referenceId"}
    # The column is the recorded one for this very query.
    assert (
        "ERROR at Row:1:Column:21\nsObject type 'XYZZY' is not supported." in answer[2]["body"][0]["message"]
    )
    assert api.query("SELECT Account.Name FROM Contact")["records"][0]["Account"]["Name"] == "A"


def test_a_failed_composite_with_all_or_none_leaves_nothing(api: Api) -> None:
    parts = [
        {"method": "POST", "url": f"{api.base}/sobjects/Account", "referenceId": "a", "body": {"Name": "A"}},
        {"method": "POST", "url": f"{api.base}/sobjects/Account", "referenceId": "b", "body": {}},
        {"method": "POST", "url": f"{api.base}/sobjects/Account", "referenceId": "c", "body": {"Name": "C"}},
    ]
    answer = api.post("/composite", {"allOrNone": True, "compositeRequest": parts})["compositeResponse"]
    codes = [part["body"][0]["errorCode"] for part in answer]
    assert codes == ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING", "PROCESSING_HALTED"]
    assert api.control("state/Account")["records"] == []


def test_batch_answers_in_one_list(api: Api) -> None:
    wanted = [{"method": "GET", "url": f"v{VERSION}/limits"}, {"method": "GET", "url": f"v{VERSION}/nope"}]
    answer = api.post("/composite/batch", {"batchRequests": wanted})
    assert answer["hasErrors"] is True
    assert [row["statusCode"] for row in answer["results"]] == [200, 404]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/sobjects/Account", []),
        ("PATCH", "/composite/sobjects", [1]),
        ("PATCH", "/composite/sobjects", {"record": []}),
        ("POST", "/composite/sobjects/Account", {"ids": ["x"]}),
        ("POST", "/composite", {"compositeRequest": [{"method": "GET", "url": "/x"}]}),
        ("POST", "/composite", {"compositeRequest": []}),
        ("POST", "/composite/batch", {"batchRequests": [{}]}),
    ],
)
def test_a_malformed_body_is_refused(api: Api, method: str, path: str, body: Any) -> None:
    assert error_of(api.call(method, path, json=body)) == (400, "JSON_PARSER_ERROR")
    broken = api.call(method, path, data="{")
    assert error_of(broken) == (400, "JSON_PARSER_ERROR")


def test_campaign_members_take_one_person_once(api: Api) -> None:
    campaign = api.create("Campaign", Name="ABM 1:1")
    account = api.create("Account", Name="Acme")
    contact = api.create("Contact", LastName="Doe", AccountId=account)
    member = api.create("CampaignMember", CampaignId=campaign, AccountId=account)
    twice = api.call("POST", "/sobjects/CampaignMember", json={"CampaignId": campaign, "AccountId": account})
    assert error_of(twice) == (400, "DUPLICATE_VALUE")
    both = {"CampaignId": campaign, "AccountId": account, "ContactId": contact}
    assert api.call("POST", "/sobjects/CampaignMember", json=both).status_code == 400
    nobody = api.call("POST", "/sobjects/CampaignMember", json={"CampaignId": campaign})
    assert nobody.status_code == 400
    wrong = api.call(
        "POST",
        "/sobjects/CampaignMember",
        json={"CampaignId": campaign, "ContactId": contact, "Status": "Maybe"},
    )
    assert error_of(wrong) == (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")

    assert api.get(f"/sobjects/CampaignMember/{member}")["HasResponded"] is False
    assert api.update("CampaignMember", member, Status="Responded").status_code == 204
    assert api.get(f"/sobjects/CampaignMember/{member}")["HasResponded"] is True
    assert api.update("CampaignMember", member, AccountId=account).status_code == 400

    assert api.call("DELETE", f"/sobjects/CampaignMember/{member}").status_code == 204
    assert api.get("/queryAll", q="SELECT Id FROM CampaignMember")["totalSize"] == 0
    assert api.control("state/CampaignMember")["records"] == []


def test_without_accounts_as_members_the_field_does_not_exist(api: Api) -> None:
    api.control("settings", {"accounts_as_campaign_members": False})
    names = [field["name"] for field in api.get("/sobjects/CampaignMember/describe")["fields"]]
    assert "AccountId" not in names
    assert "ContactId" in names
    campaign, account = api.create("Campaign", Name="C"), api.create("Account", Name="A")
    answer = api.call("POST", "/sobjects/CampaignMember", json={"CampaignId": campaign, "AccountId": account})
    assert error_of(answer) == (400, "INVALID_FIELD")


def test_a_denied_object_permission_shows_in_describe_and_on_write(api: Api) -> None:
    api.control("settings", {"deny": ["Campaign.create"]})
    assert api.get("/sobjects/Campaign/describe")["createable"] is False
    listed = {row["name"]: row for row in api.get("/sobjects")["sobjects"]}
    assert listed["Campaign"]["createable"] is False
    assert listed["Account"]["createable"] is True
    answer = api.call("POST", "/sobjects/Campaign", json={"Name": "C"})
    assert error_of(answer) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")


def test_the_account_of_an_activity_follows_from_what_and_who(api: Api) -> None:
    account, other = api.create("Account", Name="A"), api.create("Account", Name="B")
    contact = api.create("Contact", LastName="C", AccountId=account)
    deal = api.create(
        "Opportunity", Name="O", AccountId=other, StageName="Closed Won", CloseDate="2026-05-01", Amount=1000
    )
    task = api.create("Task", Subject="Call", WhoId=contact, Status="Completed")
    assert api.get(f"/sobjects/Task/{task}")["AccountId"] == account
    event = api.create("Event", WhoId=contact, WhatId=deal, StartDateTime="2026-05-01T10:00:00Z")
    record = api.get(f"/sobjects/Event/{event}")
    assert record["AccountId"] == other
    assert (record["EndDateTime"], record["ActivityDate"]) == ("2026-05-01T11:00:00.000+0000", "2026-05-01")
    won = api.get(f"/sobjects/Opportunity/{deal}")
    assert (won["IsWon"], won["Probability"], won["ExpectedRevenue"], won["FiscalQuarter"]) == (
        True,
        100.0,
        1000.0,
        2,
    )


def test_deleting_an_account_takes_its_contacts_along(api: Api) -> None:
    account = api.create("Account", Name="A")
    contact = api.create("Contact", LastName="C", AccountId=account)
    api.call("DELETE", f"/sobjects/Account/{account}")
    assert error_of(api.call("GET", f"/sobjects/Contact/{contact}")) == (404, "ENTITY_IS_DELETED")


def test_every_write_moves_the_stamps(api: Api) -> None:
    api.control("clock", {"freeze": "2026-03-01T12:00:00+00:00"})
    record_id = api.create("Account", Name="A")
    api.control("clock", {"advance_seconds": 60})
    api.update("Account", record_id, Name="A")
    record = api.get(f"/sobjects/Account/{record_id}", fields="CreatedDate,SystemModstamp,LastModifiedDate")
    assert record["CreatedDate"] == "2026-03-01T12:00:00.000+0000"
    assert record["SystemModstamp"] == record["LastModifiedDate"] == "2026-03-01T12:01:00.000+0000"


def test_the_feeds_of_changed_and_deleted_ids(api: Api) -> None:
    api.control("clock", {"freeze": "2026-03-10T12:00:00+00:00"})
    kept, gone = api.create("Account", Name="A"), api.create("Account", Name="B")
    api.call("DELETE", f"/sobjects/Account/{gone}")
    window = {"start": "2026-03-10T11:00:00+00:00", "end": "2026-03-10T13:00:00+00:00"}
    assert api.get("/sobjects/Account/updated/", **window)["ids"] == [kept]
    deleted = api.get("/sobjects/Account/deleted/", **window)
    assert set(deleted) == {"deletedRecords", "earliestDateAvailable", "latestDateCovered"}
    assert deleted["deletedRecords"] == [{"id": gone, "deletedDate": "2026-03-10T12:00:00.000+0000"}]
