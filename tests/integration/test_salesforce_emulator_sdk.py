"""simple-salesforce, unchanged, against the emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceMalformedRequest,
    SalesforceResourceNotFound,
)

from tests.integration.test_salesforce_emulator import LOGIN, VERSION, Api, running

if TYPE_CHECKING:
    from collections.abc import Iterator


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
