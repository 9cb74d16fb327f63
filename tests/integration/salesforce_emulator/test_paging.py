"""Pages of a result: their sizes, whose they are, and what happens to records between two of them."""

from __future__ import annotations

import pytest
import requests

from emulators.common.server import start
from emulators.salesforce import create_app
from emulators.salesforce.org import Org
from tests.integration.test_salesforce_emulator import Api, error_of

SMALL = {"Sforce-Query-Options": "batchSize=200"}


def load(api: Api, count: int) -> None:
    api.control("load", {"Account": [{"Name": f"A{number:04}"} for number in range(count)]})


def more(api: Api, url: str) -> requests.Response:
    return api.session.get(api.url + url, timeout=10)


def test_long_text_makes_pages_shorter(api: Api) -> None:
    load(api, 2086)
    page = api.query("SELECT Name, Description FROM Account")
    sizes = [len(page["records"])]
    while "nextRecordsUrl" in page:
        assert page["nextRecordsUrl"].endswith(f"-{sum(sizes)}")
        page = more(api, page["nextRecordsUrl"]).json()
        sizes.append(len(page["records"]))
    assert sizes == [1000, 1000, 86]
    assert len(api.query("SELECT Name FROM Account")["records"]) == 2000


@pytest.mark.parametrize(("asked", "given"), [("50", 200), ("250", 250), ("5000", 2000)])
def test_a_batch_size_out_of_range_is_moved_into_it(api: Api, asked: str, given: int) -> None:
    load(api, 2001)
    page = api.query("SELECT Id FROM Account", **{"Sforce-Query-Options": f"batchSize={asked}"})
    assert len(page["records"]) == given


def test_a_locator_belongs_to_its_version(api: Api) -> None:
    load(api, 300)
    url = api.query("SELECT Id FROM Account", **SMALL)["nextRecordsUrl"]
    assert error_of(more(api, url.replace("v62.0", "v60.0"))) == (400, "INVALID_QUERY_LOCATOR")
    assert error_of(more(api, url.replace("-200", "-x"))) == (400, "INVALID_QUERY_LOCATOR")
    assert more(api, url).json()["done"] is True


def test_a_locator_belongs_to_its_user() -> None:
    app = create_app()
    server = start(app)
    try:
        api = Api(server.url)
        load(api, 300)
        url = api.query("SELECT Id FROM Account", **SMALL)["nextRecordsUrl"]
        org = app.backend
        assert isinstance(org, Org)
        other = next(row["Id"] for row in org.state("User") if row["FirstName"] == "Ada")
        org.integration_user_id = other  # whom the next login runs as
        stranger = Api(server.url)
        assert error_of(more(stranger, url)) == (400, "INVALID_QUERY_LOCATOR")
        assert more(api, url).status_code == 200
    finally:
        server.stop()


def test_the_set_of_a_result_is_fixed_and_its_values_are_not(api: Api) -> None:
    load(api, 300)
    page = api.query("SELECT Id, Name FROM Account ORDER BY Name", **SMALL)
    late = api.query("SELECT Id FROM Account WHERE Name = 'A0299'")["records"][0]["Id"]
    api.update("Account", late, Name="Renamed")
    api.create("Account", Name="A0250b")
    rest = more(api, page["nextRecordsUrl"]).json()
    assert (rest["totalSize"], len(rest["records"])) == (300, 100)
    assert rest["records"][-1]["Name"] == "Renamed"


@pytest.mark.parametrize(
    ("asked", "given"), [("gzip, deflate", "gzip"), ("br", None), ("gzip;q=0, identity", None)]
)
def test_a_page_is_packed_for_who_asks_for_it(api: Api, asked: str, given: str | None) -> None:
    load(api, 100)
    page = api.call(
        "GET", "/query", params={"q": "SELECT Id FROM Account"}, headers={"Accept-Encoding": asked}
    )
    assert page.headers.get("Content-Encoding") == given
    assert page.headers["Vary"] == "Accept-Encoding"
    assert len(page.json()["records"]) == 100


def test_small_answers_are_not_packed_and_none_where_the_organisation_does_not(api: Api) -> None:
    load(api, 100)
    assert "Content-Encoding" not in api.call("GET", "/sobjects/Account/001000000000000AAA").headers
    api.control("settings", {"gzip": False})
    plain = api.call("GET", "/query", params={"q": "SELECT Id FROM Account"})
    assert "Content-Encoding" not in plain.headers
