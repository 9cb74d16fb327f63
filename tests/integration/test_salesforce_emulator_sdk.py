"""simple-salesforce, unchanged, against the emulator."""

from __future__ import annotations

import csv
import io
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceMalformedRequest,
    SalesforceOperationError,
    SalesforceResourceNotFound,
)

from tests.integration.test_salesforce_emulator import LOGIN, VERSION, Api, running
from tests.integration.test_salesforce_emulator_deploy import GOOD, NAMES, SCORE, fields_package

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


def door(api: Api) -> requests.Session:
    """A session whose every https request ends at the emulator."""
    session = requests.Session()
    session.mount("https://", LoopbackAdapter(api.url))
    return session


def connect(api: Api, *, with_secret: str = LOGIN["client_secret"]) -> Any:
    """A client; Any, because its own types know only the bulk variants of an object."""
    return Salesforce(
        consumer_key="demo-client",
        consumer_secret=with_secret,
        domain="emulated.my",
        version=VERSION,
        session=door(api),
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


def test_login_with_a_signed_assertion(api: Api) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    api.control("settings", {"certificate": public.decode()})
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    login: dict[str, Any] = {"consumer_key": "demo-client", "privatekey": private.decode(), "domain": "test"}
    client: Any = Salesforce(username="ada.rep@emulated.example", session=door(api), **login)
    assert client.query("SELECT COUNT() FROM Account")["totalSize"] == 0
    api.control("settings", {"unapproved_users": ["ada.rep@emulated.example"]})
    with (
        pytest.warns(UserWarning, match="authorize"),
        pytest.raises(SalesforceAuthenticationFailed, match="user hasn't approved this consumer"),
    ):
        Salesforce(username="ada.rep@emulated.example", session=door(api), **login)


def soap_login(api: Api, version: str, word: str = "demo-password") -> Any:
    return Salesforce(
        username="ada.rep@emulated.example",
        password=word,
        security_token="",
        version=version,
        session=door(api),
    )


def test_soap_login_until_version_64(api: Api) -> None:
    assert soap_login(api, "59.0").query("SELECT COUNT() FROM Account")["totalSize"] == 0
    with pytest.raises(SalesforceAuthenticationFailed, match="INVALID_LOGIN"):
        soap_login(api, "59.0", "wrong")
    with pytest.raises(SalesforceAuthenticationFailed, match="login"):
        soap_login(api, "65.0")


def mdapi(api: Api) -> Any:
    """The client's metadata part, whose SOAP library brings a session of its own."""
    part = connect(api).mdapi
    part._client.transport.session.mount("https://", LoopbackAdapter(api.url))
    return part


def test_metadata_is_deployed_and_its_status_read(api: Api) -> None:
    part = mdapi(api)
    request_id, state = part.deploy(io.BytesIO(GOOD), sandbox=True, rollbackOnError=True)
    assert state == "Queued"
    for _ in range(4):
        state, _detail, deployment, tests = part.check_deploy_status(request_id)
    assert state == "Succeeded"
    assert deployment["deployed_count"] == str(len(NAMES) + 1)
    assert (deployment["errors"], tests["failed_count"]) == ([], "0")
    bad = fields_package(SCORE.replace("<scale>1</scale>", ""), names=("ABM_Score__c",), grants=())
    request_id, _ = part.deploy(io.BytesIO(bad), sandbox=True)
    for _ in range(4):
        state, _detail, deployment, _tests = part.check_deploy_status(request_id)
    assert state == "Failed"
    assert deployment["errors"][0]["file"] == "objects/Account.object"


def test_metadata_is_described_listed_and_changed_piece_by_piece(api: Api) -> None:
    part = mdapi(api)
    assert {item.xmlName for item in part.describe_metadata().metadataObjects} >= {"CustomObject"}
    field = part.CustomField(fullName="Account.Note__c", label="Note", type="Text", length=20)
    part.CustomField.create([field])
    query = part._client.get_type("ns0:ListMetadataQuery")(type="CustomField")
    assert [item.fullName for item in part.list_metadata([query])] == ["Account.Note__c"]
    with pytest.raises(Exception, match="already"):
        part.CustomField.create([field])
    part.CustomField.delete(["Account.Note__c"])
    assert not part.list_metadata([query])


def test_several_requests_in_one_through_restful(api: Api) -> None:
    client = connect(api)
    parts = [
        {
            "method": "POST",
            "url": f"/services/data/v{VERSION}/sobjects/Account",
            "referenceId": "a",
            "body": {"Name": "A"},
        },
        {
            "method": "GET",
            "url": f"/services/data/v{VERSION}/sobjects/Account/@{{a.id}}",
            "referenceId": "b",
        },
    ]
    answer = client.restful("composite", method="POST", json={"compositeRequest": parts})
    assert [part["httpStatusCode"] for part in answer["compositeResponse"]] == [201, 200]
    given = {"graphs": [{"graphId": "g", "compositeRequest": parts}]}
    assert client.restful("composite/graph", method="POST", json=given)["graphs"][0]["isSuccessful"] is True
