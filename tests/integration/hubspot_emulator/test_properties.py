"""Property definitions and groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from emulators.hubspot.object_types import ALL

if TYPE_CHECKING:
    from tests.integration.hubspot_emulator.conftest import PortalClient

PATH = "/crm/v3/properties/companies"
TIER = {
    "name": "abm_tier",
    "label": "Tier",
    "type": "enumeration",
    "fieldType": "select",
    "groupName": "companyinformation",
    "options": [{"label": "One", "value": "one", "displayOrder": 0, "hidden": False}],
}


def definition(**changes: Any) -> dict[str, Any]:
    return {**TIER, **changes}


@pytest.mark.parametrize("kind", [item.name for item in ALL])
def test_every_definition_is_whole_and_its_group_exists(portal: PortalClient, kind: str) -> None:
    groups = {group["name"] for group in portal.get(f"/crm/v3/properties/{kind}/groups")["results"]}
    results = portal.get(f"/crm/v3/properties/{kind}")["results"]
    names = [item["name"] for item in results]
    assert names == sorted(set(names))
    assert {"hs_object_id", "hs_createdate", "hubspot_owner_id"} <= set(names)
    for item in results:
        assert item["groupName"] in groups
        assert item["hubspotDefined"] is True
        assert {"readOnlyValue", "readOnlyDefinition", "archivable"} <= set(item["modificationMetadata"])
        if item["type"] == "bool":
            assert [option["value"] for option in item["options"]] == ["true", "false"]


def test_industry_has_hubspots_values(portal: PortalClient) -> None:
    industry = portal.get(f"{PATH}/industry")
    values = [option["value"] for option in industry["options"]]
    assert len(values) == len(set(values)) == 148
    assert "COMPUTER_SOFTWARE" in values


def test_a_custom_property_lives_from_creation_to_archive(portal: PortalClient) -> None:
    made = portal.call("POST", PATH, TIER)
    assert made.status_code == 201
    assert "hubspotDefined" not in made.json()
    portal.create("companies", name="A", abm_tier="one")
    status, body = portal.error("POST", PATH, TIER)
    assert (status, body["category"]) == (409, "CONFLICT")
    two = [*TIER["options"], {"label": "Two", "value": "two"}]
    changed = portal.ok("PATCH", f"{PATH}/abm_tier", {"options": two, "label": "ABM tier"})
    assert [option["value"] for option in changed["options"]] == ["one", "two"]
    assert changed["label"] == "ABM tier"
    assert portal.call("DELETE", f"{PATH}/abm_tier").status_code == 204
    assert portal.error("GET", f"{PATH}/abm_tier")[0] == 404
    archived = portal.get(PATH, archived="true")["results"]
    assert [item["name"] for item in archived] == ["abm_tier"]
    status, body = portal.error(
        "POST", "/crm/v3/objects/companies", {"properties": {"name": "B", "abm_tier": "one"}}
    )
    assert body["errors"][0]["code"] == "PROPERTY_DOESNT_EXIST"


@pytest.mark.parametrize(
    "body",
    [
        {key: value for key, value in TIER.items() if key != "label"},
        definition(name="Not Valid"),
        definition(groupName="nowhere"),
        definition(options=[]),
        definition(fieldType="textarea"),
        definition(options=[{"label": "A", "value": "a"}, {"label": "B", "value": "a"}]),
        definition(options=[{"label": "A"}]),
    ],
)
def test_bad_definitions_are_refused(portal: PortalClient, body: dict[str, Any]) -> None:
    status, error = portal.error("POST", PATH, body)
    assert (status, error["category"]) == (400, "VALIDATION_ERROR")


def test_hubspots_own_definitions_are_protected(portal: PortalClient) -> None:
    assert portal.error("DELETE", f"{PATH}/domain")[0] == 400
    assert portal.error("PATCH", f"{PATH}/domain", {"label": "X"})[0] == 400
    options = [{"label": "Tier 0", "value": "tier_0"}]
    changed = portal.ok("PATCH", f"{PATH}/hs_ideal_customer_profile", {"options": options})
    assert [option["value"] for option in changed["options"]] == ["tier_0"]


@pytest.mark.parametrize("path", ["/crm/v3/limits", "/crm/limits/2026-03"])
def test_custom_properties_are_counted_and_limited(portal: PortalClient, path: str) -> None:
    portal.set(custom_property_limit=1)
    body = {
        "name": "one",
        "label": "One",
        "type": "string",
        "fieldType": "text",
        "groupName": "companyinformation",
    }
    portal.post("/crm/v3/properties/companies", body)

    told = portal.get(f"{path}/custom-properties")

    rows = {
        row["objectTypeId"]: (row["limit"], row["usage"], row["percentage"]) for row in told["byObjectType"]
    }
    assert rows["0-2"] == (1, 1, 100)
    assert rows["0-1"] == (1, 0, 0)
    assert told["overallUsage"] == 1
    assert portal.error("POST", "/crm/v3/properties/companies", {**body, "name": "two"})[0] == 400


def test_groups_come_and_go(portal: PortalClient) -> None:
    group = {"name": "abm", "label": "ABM", "displayOrder": -1}
    assert portal.call("POST", f"{PATH}/groups", group).status_code == 201
    assert portal.error("POST", f"{PATH}/groups", group)[0] == 409
    portal.post(PATH, definition(groupName="abm"))
    assert portal.error("DELETE", f"{PATH}/groups/abm")[0] == 400
    portal.call("DELETE", f"{PATH}/abm_tier")
    assert portal.ok("PATCH", f"{PATH}/groups/abm", {"label": "Shortlist"})["label"] == "Shortlist"
    assert portal.call("DELETE", f"{PATH}/groups/abm").status_code == 204
    assert portal.error("GET", f"{PATH}/groups/abm")[0] == 404


def test_batches_of_definitions(portal: PortalClient) -> None:
    inputs = [definition(name="abm_a"), definition(name="abm_b", groupName="nowhere")]
    response = portal.call("POST", f"{PATH}/batch/create", {"inputs": inputs})
    assert response.status_code == 207
    assert [item["name"] for item in response.json()["results"]] == ["abm_a"]
    read = {"archived": False, "inputs": [{"name": "abm_a"}, {"name": "industry"}]}
    names = {item["name"] for item in portal.post(f"{PATH}/batch/read", read)["results"]}
    assert names == {"abm_a", "industry"}
    assert portal.call("POST", f"{PATH}/batch/archive", {"inputs": [{"name": "abm_a"}]}).status_code == 204
    assert portal.error("GET", f"{PATH}/abm_a")[0] == 404


def test_a_unique_property_identifies_records(portal: PortalClient) -> None:
    unique = {
        **TIER,
        "name": "erp_id",
        "type": "string",
        "fieldType": "text",
        "options": [],
        "hasUniqueValue": True,
    }
    portal.post("/crm/properties/2026-03/companies", unique)
    item = {"id": "E-1", "idProperty": "erp_id", "properties": {"name": "A"}}
    path = "/crm/v3/objects/companies"
    first = portal.post(f"{path}/batch/upsert", {"inputs": [item]})["results"][0]
    again = portal.post(f"{path}/batch/upsert", {"inputs": [item]})["results"][0]
    assert (first["new"], again["new"], again["id"]) == (True, False, first["id"])
    assert portal.get(f"{path}/E-1", idProperty="erp_id")["id"] == first["id"]
    assert portal.error("POST", path, {"properties": {"name": "B", "erp_id": "E-1"}})[0] == 400


def test_checkboxes_append_and_dates_take_two_forms(portal: PortalClient) -> None:
    contact = portal.create("contacts", email="a@acme.example", hs_buying_role="CHAMPION")
    path = f"/crm/v3/objects/contacts/{contact}"
    reply = portal.ok("PATCH", path, {"properties": {"hs_buying_role": ";BLOCKER"}})
    assert reply["properties"]["hs_buying_role"] == "CHAMPION;BLOCKER"
    day = {**TIER, "name": "abm_day", "type": "date", "fieldType": "date", "options": []}
    portal.post(PATH, day)
    company = "/crm/v3/objects/companies/" + portal.create("companies", name="A", abm_day="2026-05-04")
    same = portal.ok("PATCH", company, {"properties": {"abm_day": 1_777_852_800_000}})
    assert same["properties"]["abm_day"] == "2026-05-04"
    status, body = portal.error("PATCH", company, {"properties": {"abm_day": 1_777_852_800_001}})
    assert (status, body["errors"][0]["code"]) == (400, "INVALID_DATE")


def test_the_old_api_lists_the_same_properties_as_a_bare_list(portal: PortalClient) -> None:
    new = portal.get("/crm/v3/properties/contacts")["results"]
    old = portal.get("/properties/v2/contact/properties")
    assert [item["name"] for item in old] == [item["name"] for item in new]
    assert "bool" not in {item["type"] for item in old}
    times = {item["createdAt"] for item in old if "createdAt" in item}
    assert times
    assert all(isinstance(at, int) for at in times)


@pytest.mark.parametrize("path", ["/crm/v3/schemas", "/crm-object-schemas/2026-03/schemas"])
def test_a_portal_has_no_custom_objects(portal: PortalClient, path: str) -> None:
    assert portal.get(path) == {"results": []}
