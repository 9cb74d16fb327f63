"""simple-salesforce, unchanged, against the emulator."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceMalformedRequest,
    SalesforceOperationError,
    SalesforceResourceNotFound,
)

from tests.integration.test_salesforce_emulator import LOGIN, VERSION, Api, running

if TYPE_CHECKING:
    from collections.abc import Iterator

QUICKLY: dict[str, Any] = {"wait": 0.01}


class LoopbackAdapter(HTTPAdapter):
    """Sends what is meant for any https host to the emulator over plain http: the client insists on https."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.target = urlsplit(url)

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        parts = urlsplit(request.url or "")
        request.url = urlunsplit(parts._replace(scheme="http", netloc=self.target.netloc))
        return super().send(request, *args, **options)


@pytest.fixture
def api() -> Iterator[Api]:
    with running() as client:
        yield client


def connect(api: Api, *, with_secret: str = LOGIN["client_secret"]) -> Any:
    """A client; Any, because its own types know only the bulk variants of an object."""
    session = requests.Session()
    session.mount("https://", LoopbackAdapter(api.url))
    return Salesforce(
        consumer_key="demo-client",
        consumer_secret=with_secret,
        domain="emulated.my",
        version=VERSION,
        session=session,
    )


def test_login_with_client_credentials(api: Api) -> None:
    client = connect(api)
    assert client.session_id.startswith("00D")
    assert client.sf_instance == urlsplit(api.url).netloc
    with pytest.raises(SalesforceAuthenticationFailed):
        connect(api, with_secret="wrong")


def test_records_through_the_client(api: Api) -> None:
    client = connect(api)
    made = client.Account.create({"Name": "Acme"})
    assert made["success"] is True
    assert client.Account.update(made["id"], {"Industry": "Energy"}) == 204
    assert client.Account.get(made["id"])["Industry"] == "Energy"
    assert client.Contact.upsert("Email/jo@acme.example", {"LastName": "Doe"}) == 201
    assert client.Contact.get_by_custom_id("Email", "jo@acme.example")["LastName"] == "Doe"
    assert client.Account.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound):
        client.Account.get(made["id"])
    with pytest.raises(SalesforceMalformedRequest, match="REQUIRED_FIELD_MISSING"):
        client.Account.create({})


def test_queries_page_through(api: Api) -> None:
    api.control("load", {"Account": [{"Name": f"A{number:04}"} for number in range(2086)]})
    client = connect(api)
    found = client.query_all("SELECT Id, Name FROM Account ORDER BY Name")
    assert found["totalSize"] == 2086
    assert found["records"][-1]["Name"] == "A2085"
    page = client.query("SELECT Id FROM Account", headers={"Sforce-Query-Options": "batchSize=200"})
    assert len(page["records"]) == 200
    assert client.query_more(page["nextRecordsUrl"], identifier_is_url=True)["totalSize"] == 2086


def test_describe_limits_and_usage(api: Api) -> None:
    client = connect(api)
    names = [row["name"] for row in (client.describe() or {})["sobjects"]]
    assert {"Account", "Campaign", "Task", "PermissionSet"} <= set(names)
    fields = {field["name"]: field for field in client.Contact.describe()["fields"]}
    assert fields["Email"]["idLookup"] is True
    assert client.limits()["DailyApiRequests"]["Max"] == 100_000
    assert client.is_sandbox() is True
    assert client.api_usage["api-usage"].total == 100_000


def test_the_client_logs_in_again_when_its_session_ends(api: Api) -> None:
    client = connect(api)
    api.control("settings", {"expire_sessions": True})
    assert client.query("SELECT COUNT() FROM Account")["totalSize"] == 0


def test_collections_through_restful(api: Api) -> None:
    rows = [{"attributes": {"type": "Account"}, "Name": f"A{number}"} for number in range(3)]
    results = connect(api).restful("composite/sobjects", method="POST", json={"records": rows})
    assert [row["success"] for row in results or []] == [True, True, True]


def test_bulk_jobs_write_through_the_client(api: Api) -> None:
    accounts = connect(api).bulk2.Account
    [made] = accounts.insert(records=[{"Name": f"A{number}"} for number in range(5)], **QUICKLY)
    assert (made["numberRecordsTotal"], made["numberRecordsProcessed"], made["numberRecordsFailed"]) == (
        5,
        5,
        0,
    )
    rows = accounts.get_all_ingest_records(made["job_id"])
    assert sorted(row["Name"] for row in rows["successfulRecords"]) == ["A0", "A1", "A2", "A3", "A4"]
    assert rows["failedRecords"] == rows["unprocessedRecords"] == []
    ids = [row["sf__Id"] for row in rows["successfulRecords"]]

    changes = [{"Id": record_id, "Phone": "1"} for record_id in ids] + [{"Id": "nope", "Phone": "2"}]
    [changed] = accounts.update(records=changes, **QUICKLY)
    assert changed["numberRecordsFailed"] == 1
    assert "MALFORMED_ID" in accounts.get_failed_records(changed["job_id"])
    assert api.query("SELECT COUNT() FROM Account WHERE Phone = '1'")["totalSize"] == 5

    [deleted] = accounts.delete(records=[{"Id": record_id} for record_id in ids[:2]], **QUICKLY)
    [purged] = accounts.hard_delete(records=[{"Id": record_id} for record_id in ids[2:]], **QUICKLY)
    assert deleted["numberRecordsFailed"] == purged["numberRecordsFailed"] == 0
    found = api.call("GET", "/queryAll", params={"q": "SELECT Id FROM Account"}).json()
    assert sorted(row["Id"] for row in found["records"]) == sorted(ids[:2])


def test_bulk_upserts_come_in_jobs_of_a_size_and_from_several_threads(api: Api) -> None:
    contacts = connect(api).bulk2.Contact
    people = [{"LastName": f"L{number}", "Email": f"p{number}@x.example"} for number in range(10)]
    jobs = contacts.upsert(records=people, external_id_field="Email", batch_size=4, **QUICKLY)
    assert [job["numberRecordsProcessed"] for job in jobs] == [4, 4, 2]
    more = [{"LastName": "M"} for _ in range(10)]
    jobs = contacts.insert(records=more, batch_size=3, concurrency=3, **QUICKLY)
    assert sum(job["numberRecordsProcessed"] for job in jobs) == 10
    assert api.query("SELECT COUNT() FROM Contact")["totalSize"] == 20


def test_bulk_queries_through_the_client(api: Api, tmp_path: Path) -> None:
    api.control("load", {"Account": [{"Name": f"A{number}, two\nlines"} for number in range(25)]})
    accounts = connect(api).bulk2.Account
    soql = "SELECT Id, Name FROM Account"
    pages = list(accounts.query(soql, max_records=10, **QUICKLY))
    tables = [list(csv.reader(StringIO(page))) for page in pages]
    assert [len(table) for table in tables] == [11, 11, 6]
    assert {row[1] for table in tables for row in table[1:]} == {
        f"A{number}, two\nlines" for number in range(25)
    }
    files = accounts.download(soql, path=str(tmp_path), max_records=20, **QUICKLY)
    assert [page["number_of_records"] for page in files] == [20, 5]
    assert Path(files[0]["file"]).read_text(encoding="utf-8").startswith('"Id","Name"\n')
    gone = api.query("SELECT Id FROM Account LIMIT 1")["records"][0]["Id"]
    api.call("DELETE", f"/sobjects/Account/{gone}")
    everything = "".join(accounts.query_all("SELECT IsDeleted FROM Account", **QUICKLY))
    assert everything.count('"true"') == 1


def test_the_client_reports_jobs_that_fail_or_are_refused(api: Api) -> None:
    accounts = connect(api).bulk2.Account
    with pytest.raises(SalesforceOperationError, match="Field name not found : Nope"):
        accounts.insert(records=[{"Nope": "x"}], **QUICKLY)
    with pytest.raises(SalesforceMalformedRequest, match="Selecting compound data"):
        list(accounts.query("SELECT BillingAddress FROM Account", **QUICKLY))
    api.control("settings", {"bulk": {"fates": [{"fate": "abort"}]}})
    with pytest.raises(SalesforceOperationError, match="Aborted"):
        list(accounts.query("SELECT Id FROM Account", **QUICKLY))
