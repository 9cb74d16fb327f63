"""A success that does not hold what it must is an error that says what came, and from where."""

from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Wanted
from core.changes import TargetList
from core.cursors import Cursor
from core.errors import ContractError
from core.records import Kind, RecordRef
from tests.contract.hubspot_harness import HubspotHarness
from tests.integration.hubspot_connector.reading import HOUR, LOADED_AT, companies, link, load, pull
from tests.stored import stored

ODD: list[tuple[Any, str]] = [
    ("", "nothing came"),
    ([], "a JSON list came"),
    ("null", "null came"),
    ({"results": None}, "an object of results came"),
    ({"results": ["x"]}, "an object of results came"),
    ({"status": "ok"}, "an object of status came"),
]
"""Bodies of a 200, and what the error says of them."""
LISTS_OF_EVERYTHING = {
    "companies": "GET /crm/objects/2026-03/companies",
    "deals": "GET /crm/pipelines/2026-03/deals",
    "contacts": "GET /crm/properties/2026-03/contacts",
    "owners": "GET /crm/owners/2026-03",
}
"""A call that lists, by the stream that makes it."""


@pytest.mark.parametrize(("body", "came"), ODD)
def test_a_page_that_is_none_is_named_and_the_cursor_stays(
    portal: HubspotHarness, tmp_path: Path, body: Any, came: str
) -> None:
    load(portal, "companies", companies(range(1, 151)))
    portal.set_clock(LOADED_AT + HOUR)
    with stored(tmp_path, hubspot=portal.connector()) as world:
        path = "/objects/2026-03/companies$"
        portal.break_with({"path": path, "skip": 1, "times": 1, "status": 200, "body": body})

        with pytest.raises(
            ContractError, match=f"read companies .GET /crm/objects/2026-03/companies.*{came}"
        ):
            world.pull()

        world.connectors["hubspot"] = portal.connector()
        world.pull()
        assert len(world.accounts()) == 150


@pytest.mark.parametrize(("name", "path"), LISTS_OF_EVERYTHING.items())
def test_f62_no_list_is_taken_for_an_empty_one(portal: HubspotHarness, name: str, path: str) -> None:
    portal.break_with({"path": f"{path.partition(' ')[2]}$", "times": 1, "status": 200, "body": {}})

    with pytest.raises(ContractError, match=f"{path}.*a list of results: nothing came"):
        pull(portal.connector(), name)


@pytest.mark.parametrize("path", ["/contacts/search$", "/contacts/companies/batch/read$"])
def test_no_search_and_no_batch_is_taken_for_an_empty_one(portal: HubspotHarness, path: str) -> None:
    load(portal, "companies", companies([1]))
    load(portal, "contacts", {7: {"email": "a@x.example"}})
    link(portal, ("contacts", 7, "companies", 1, 1))
    portal.break_with({"path": path, "times": 1, "status": 200, "body": {"status": "COMPLETE"}})

    with pytest.raises(ContractError, match="a list of results: an object of status came"):
        pull(portal.connector(), "contacts", Cursor(since=LOADED_AT))


@pytest.mark.parametrize("ask", [lambda connector: connector.org_id(), lambda connector: connector.check()])
def test_an_account_without_its_id_is_named(portal: HubspotHarness, ask: Any) -> None:
    portal.break_with(
        {"path": "/account-info/", "times": 1, "status": 200, "body": {"accountType": "STANDARD"}}
    )

    with pytest.raises(ContractError, match="portalId: an object of accountType came"):
        ask(portal.connector())


@pytest.mark.parametrize("row", [{"properties": {}}, {"id": "1"}, {"id": "1", "properties": None}])
def test_a_row_that_is_no_record_is_named(portal: HubspotHarness, row: dict[str, Any]) -> None:
    for path in ("/objects/2026-03/companies$", "/companies/search$", "/companies/batch/read$"):
        portal.break_with({"path": path, "status": 200, "body": {"results": [row]}})
    connector = portal.connector()

    named = "without records that have an id and properties"
    with pytest.raises(ContractError, match=named):
        pull(connector, "companies")
    with pytest.raises(ContractError, match=named):
        pull(connector, "companies", Cursor(since=LOADED_AT, position="search:"))
    with pytest.raises(ContractError, match=named):
        list(connector.fetch([RecordRef(Kind.ACCOUNT, "1")]))


def test_an_archived_record_that_does_not_say_since_when_is_gone(portal: HubspotHarness) -> None:
    load(portal, "companies", companies([1]), archived=True)
    shown = portal.api("GET", "/crm/objects/2026-03/companies?archived=true")
    shown["results"][0]["archivedAt"] = None
    portal.break_with({"path": "/objects/2026-03/companies$", "status": 200, "body": shown})

    (page, *_) = pull(portal.connector(), "companies", Cursor(since=LOADED_AT))

    assert [one.ref.remote_id for one in page.tombstones] == ["1"]


def test_a_record_that_is_none_is_not_gone(portal: HubspotHarness) -> None:
    portal.break_with({"path": "/companies/1$", "times": 1, "status": 200, "body": {}})

    with pytest.raises(ContractError, match="without id and properties"):
        list(portal.connector().fetch([RecordRef(Kind.ACCOUNT, "1")]))


def test_a_target_list_that_is_none_is_named(portal: HubspotHarness) -> None:
    portal.break_with({"path": "/lists/2026-03/5$", "times": 1, "status": 200, "body": {"list": None}})

    with pytest.raises(ContractError, match="a list that has no id or name: None"):
        list(portal.connector().members("5"))


@pytest.mark.parametrize("paging", [{"next": {}}, {"next": {"after": None}}, {"next": {"after": ["2"]}}, []])
def test_a_next_page_without_its_place_is_not_the_end(portal: HubspotHarness, paging: Any) -> None:
    body = {"results": [], "paging": paging}
    portal.break_with({"path": "/objects/2026-03/companies$", "times": 1, "status": 200, "body": body})

    with pytest.raises(ContractError, match="the place of its next page"):
        pull(portal.connector(), "companies")


def test_a_last_page_may_say_so_in_any_way(portal: HubspotHarness) -> None:
    for paging in (None, {}, {"next": None}):
        body: dict[str, object] = {"results": [], "paging": paging}
        portal.break_with({"path": "/objects/2026-03/companies$", "times": 1, "status": 200, "body": body})
        (page,) = pull(portal.connector(), "companies")
        assert page.next_cursor.position is None


def test_links_that_cannot_be_read_are_named(portal: HubspotHarness) -> None:
    load(portal, "contacts", {7: {"email": "a@x.example"}})
    body = {"results": [{"from": {"id": "7"}, "to": None}]}
    portal.break_with({"path": "/contacts/companies/batch/read$", "times": 1, "status": 200, "body": body})

    with pytest.raises(ContractError, match="links that can be read: an object of from, to came"):
        list(portal.connector().fetch([RecordRef(Kind.CONTACT, "7")]))


def _going_round(portal: HubspotHarness, path: str, places: list[str], **row: Any) -> None:
    """Let a listing name these next places in turn, the last one so often that it seems for ever."""
    last = len(places) - 1
    for place, after in enumerate(places):
        paging = {"paging": {"next": {"after": after}}}
        results = [{**row, **paging}] if row else []
        body = {"results": results, **({} if row else paging)}
        portal.break_with({"path": path, "times": 200 if place == last else 1, "status": 200, "body": body})


ROUNDS = [["7"], ["7", "8", "7"]]
"""Places that never end: one that leads to itself, and two that lead to each other."""


@pytest.mark.parametrize("places", ROUNDS)
@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("companies", "/objects/2026-03/companies$"),
        ("contacts", "/objects/2026-03/contacts$"),
        ("owners", "/owners/2026-03$"),
        ("web_events", "/events/"),
    ],
)
def test_f06_pages_that_lead_back_end_as_an_error(
    portal: HubspotHarness, name: str, path: str, places: list[str]
) -> None:
    _going_round(portal, path, places)

    with pytest.raises(ContractError, match=f"gave the same page of {name} twice .*7"):
        pull(portal.connector(), name)


@pytest.mark.parametrize("places", ROUNDS)
def test_f06_links_that_lead_back_end_as_an_error(portal: HubspotHarness, places: list[str]) -> None:
    load(portal, "contacts", {7: {"email": "a@x.example"}})
    row = {"from": {"id": "7"}, "to": [{"toObjectId": 1, "associationTypes": []}]}
    _going_round(portal, "/contacts/companies/batch/read$", places, **row)

    with pytest.raises(ContractError, match="same page of links of contacts twice"):
        list(portal.connector().fetch([RecordRef(Kind.CONTACT, "7")]))


@pytest.mark.parametrize("places", ROUNDS)
def test_f06_members_that_lead_back_end_as_an_error(portal: HubspotHarness, places: list[str]) -> None:
    connector = portal.connector()
    (made,) = connector.provision(Wanted(fields=[], lists=[TargetList("one", "One")])).created
    _going_round(portal, "/memberships$", places)

    with pytest.raises(ContractError, match=f"same page of list {made.remote_id} twice"):
        list(connector.members(str(made.remote_id)))
