"""Search: operators, paging, limits, and an index that is late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.integration.hubspot_emulator.conftest import PortalClient

NOON = "2026-05-04T12:00:00Z"
NOON_MS = 1_777_896_000_000


def clause(name: str, operator: str, value: Any = None, **more: Any) -> dict[str, Any]:
    given = {} if value is None else {"value": value}
    return {"propertyName": name, "operator": operator, **given, **more}


def found(portal: PortalClient, *filters: dict[str, Any], **body: Any) -> list[str]:
    results = portal.search("companies", *filters, **body)["results"]
    return [row["properties"]["name"] for row in results]


@pytest.fixture
def three(portal: PortalClient) -> PortalClient:
    rows = (
        {"name": "Alpha", "numberofemployees": "9", "industry": "BANKING", "city": "Ulm"},
        {"name": "Beta Works", "numberofemployees": "10", "industry": "RETAIL"},
        {"name": "Gamma", "numberofemployees": "200", "hs_is_target_account": "true"},
    )
    records = [
        {"id": number, "properties": row, "updatedAt": f"2026-05-0{number}T00:00:00Z"}
        for number, row in enumerate(rows, start=1)
    ]
    portal.load(objects={"companies": records})
    return portal


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        (clause("name", "EQ", "alpha"), ["Alpha"]),
        (clause("numberofemployees", "GT", "9"), ["Beta Works", "Gamma"]),
        (clause("numberofemployees", "LTE", 10), ["Alpha", "Beta Works"]),
        (clause("numberofemployees", "BETWEEN", "10", highValue="200"), ["Beta Works", "Gamma"]),
        (clause("industry", "EQ", "banking"), []),
        (clause("industry", "IN", values=["BANKING", "RETAIL"]), ["Alpha", "Beta Works"]),
        (clause("industry", "NOT_IN", values=["BANKING"]), ["Beta Works"]),
        (clause("name", "IN", values=["Alpha"]), []),
        (clause("name", "IN", values=["alpha"]), ["Alpha"]),
        (clause("city", "HAS_PROPERTY"), ["Alpha"]),
        (clause("city", "NOT_HAS_PROPERTY"), ["Beta Works", "Gamma"]),
        (clause("industry", "NEQ", "BANKING"), ["Beta Works"]),
        (clause("hs_is_target_account", "EQ", "true"), ["Gamma"]),
        (clause("name", "CONTAINS_TOKEN", "works"), ["Beta Works"]),
        (clause("name", "CONTAINS_TOKEN", "*amm*"), ["Gamma"]),
        (clause("name", "NOT_CONTAINS_TOKEN", "works"), ["Alpha", "Gamma"]),
        (clause("hs_lastmodifieddate", "GTE", "2026-05-02T00:00:00Z"), ["Beta Works", "Gamma"]),
        (clause("hs_lastmodifieddate", "GT", "2026-05-02T00:00:00Z"), ["Gamma"]),
        (clause("hs_lastmodifieddate", "LT", str(NOON_MS)), ["Alpha", "Beta Works", "Gamma"]),
        (clause("hs_object_id", "GT", "1"), ["Beta Works", "Gamma"]),
        (clause("hs_object_id", "IN", values=["1", "3"]), ["Alpha", "Gamma"]),
    ],
)
def test_operators(three: PortalClient, condition: dict[str, Any], names: list[str]) -> None:
    assert found(three, condition) == names


def test_groups_are_alternatives_and_filters_add_up(three: PortalClient) -> None:
    groups = [
        {"filters": [clause("city", "EQ", "ulm"), clause("numberofemployees", "LT", 100)]},
        {"filters": [clause("hs_is_target_account", "EQ", "true")]},
    ]
    reply = three.post("/crm/v3/objects/companies/search", {"filterGroups": groups})
    assert [row["properties"]["name"] for row in reply["results"]] == ["Alpha", "Gamma"]


def test_sorts_by_number_date_and_id(three: PortalClient) -> None:
    by_size = [{"propertyName": "numberofemployees", "direction": "DESCENDING"}]
    assert found(three, sorts=by_size) == ["Gamma", "Beta Works", "Alpha"]
    newest = [{"propertyName": "hs_lastmodifieddate", "direction": "DESCENDING"}]
    assert found(three, sorts=newest) == ["Gamma", "Beta Works", "Alpha"]
    by_id = [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]
    modified = clause("hs_lastmodifieddate", "GTE", "2026-05-02T00:00:00Z")
    assert found(three, modified, clause("hs_object_id", "GT", 2), sorts=by_id) == ["Gamma"]


def test_query_looks_into_names(three: PortalClient) -> None:
    assert found(three, query="bet work") == ["Beta Works"]


def test_an_association_is_a_filter(three: PortalClient) -> None:
    contact = three.create("contacts", email="a@acme.example")
    condition = clause("associations.contact", "EQ", contact)
    assert found(three, condition) == []
    three.ok("PUT", f"/crm/v4/objects/contacts/{contact}/associations/default/companies/2")
    assert found(three, condition) == ["Beta Works"]


def test_pages_are_offsets_as_text(three: PortalClient) -> None:
    first = three.search("companies", limit=2)
    assert first["total"] == 3
    assert first["paging"] == {"next": {"after": "2"}}
    last = three.search("companies", limit=2, after="2")
    assert [row["id"] for row in last["results"]] == ["3"]
    assert "paging" not in last


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"limit": 200, "after": "9801"},
        {"filterGroups": [{"filters": []}] * 6},
        {"filterGroups": [{"filters": [clause("name", "EQ", "a")] * 7}]},
        {"filterGroups": [{"filters": [clause("name", "EQ", "a" * 3000)]}]},
        {"filterGroups": [{"filters": [clause("nope", "EQ", "a")]}]},
        {"filterGroups": [{"filters": [clause("name", "LIKE", "a")]}]},
        {"filterGroups": [{"filters": [clause("city", "NOT_HAS_PROPERTY", "")]}]},
        {"filterGroups": [{"filters": [clause("numberofemployees", "EQ", "many")]}]},
        {"sorts": [{"propertyName": "name"}, {"propertyName": "city"}]},
    ],
)
def test_what_search_refuses(three: PortalClient, body: dict[str, Any]) -> None:
    status, error = three.error("POST", "/crm/v3/objects/companies/search", body)
    assert (status, error["category"]) == (400, "VALIDATION_ERROR")


def test_paging_ends_at_ten_thousand_results(portal: PortalClient) -> None:
    portal.load(objects={"companies": [{"id": number, "properties": {}} for number in range(1, 10_101)]})
    page = portal.search("companies", limit=200, after="9800")
    assert (page["total"], len(page["results"])) == (10_100, 200)
    assert page["paging"]["next"]["after"] == "10000"
    past = {"filterGroups": [], "limit": 200, "after": "10000"}
    assert portal.error("POST", "/crm/v3/objects/companies/search", past)[0] == 400


def test_the_index_is_late_by_the_lag(portal: PortalClient) -> None:
    portal.clock(freeze=NOON)
    portal.set(index_lag_seconds=8)
    company = portal.create("companies", name="Acme")
    assert portal.search("companies")["total"] == 0
    portal.clock(advance_seconds=8)
    assert found(portal) == ["Acme"]
    portal.ok("PATCH", f"/crm/v3/objects/companies/{company}", {"properties": {"name": "Acme 2"}})
    assert found(portal) == ["Acme"]
    assert found(portal, clause("hs_lastmodifieddate", "GT", NOON)) == []
    portal.clock(advance_seconds=8)
    assert found(portal, clause("hs_lastmodifieddate", "GT", NOON)) == ["Acme 2"]


def test_totals_are_stale_after_an_archive(portal: PortalClient) -> None:
    portal.clock(freeze=NOON)
    company = portal.create("companies", name="Acme")
    portal.set(index_lag_seconds=8)
    portal.call("DELETE", f"/crm/v3/objects/companies/{company}")
    assert portal.search("companies") == {"total": 1, "results": []}
    portal.clock(advance_seconds=8)
    assert portal.search("companies") == {"total": 0, "results": []}


def test_the_second_write_reaches_search(portal: PortalClient) -> None:
    portal.clock(freeze=NOON)
    portal.set(second_write_seconds=5, index_lag_seconds=3)
    portal.create("companies", name="Acme")
    later = clause("hs_lastmodifieddate", "GT", NOON)
    portal.clock(advance_seconds=7)
    assert found(portal, later) == []
    portal.clock(advance_seconds=1)
    assert found(portal, later) == ["Acme"]


def test_rows_can_be_newer_than_the_filters_allow(portal: PortalClient) -> None:
    portal.clock(freeze=NOON)
    portal.set(index_lag_seconds=8, search_rows_are_live=True)
    company = portal.create("companies", name="Acme")
    portal.clock(advance_seconds=10)
    portal.ok("PATCH", f"/crm/v3/objects/companies/{company}", {"properties": {"name": "Acme 2"}})
    page = portal.search("companies", clause("hs_lastmodifieddate", "LTE", NOON), properties=["name"])
    (row,) = page["results"]
    assert (row["properties"]["name"], row["updatedAt"]) == ("Acme 2", "2026-05-04T12:00:10Z")
