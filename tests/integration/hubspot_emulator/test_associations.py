"""Associations: both directions, primary companies, 207s."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.integration.hubspot_emulator.conftest import PortalClient

UNLABELED, PRIMARY = 279, 1
READ = "/crm/v4/associations/contacts/companies/batch/read"


@pytest.fixture
def people(portal: PortalClient) -> PortalClient:
    """Contacts 1 and 2, companies 11, 12 and 13, no links."""
    portal.load(
        objects={
            "contacts": [{"id": number, "properties": {}} for number in (1, 2)],
            "companies": [{"id": number, "properties": {"name": str(number)}} for number in (11, 12, 13)],
        }
    )
    return portal


def link(portal: PortalClient, contact: int, company: int, type_id: int = UNLABELED) -> None:
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}]
    portal.ok("PUT", f"/crm/v4/objects/contacts/{contact}/associations/companies/{company}", types)


def types_of(portal: PortalClient, contact: int) -> dict[int, set[int]]:
    rows = portal.get(f"/crm/v4/objects/contacts/{contact}/associations/companies")["results"]
    return {row["toObjectId"]: {item["typeId"] for item in row["associationTypes"]} for row in rows}


def primary_of(portal: PortalClient, contact: int) -> str | None:
    found = portal.get(f"/crm/v3/objects/contacts/{contact}", properties="associatedcompanyid")
    value: str | None = found["properties"]["associatedcompanyid"]
    return value


def test_a_default_link_answers_with_both_directions(people: PortalClient) -> None:
    reply = people.ok("PUT", "/crm/v4/objects/contacts/1/associations/default/companies/11")
    assert reply["status"] == "COMPLETE"
    specs = {
        (row["from"]["id"], row["to"]["id"]): row["associationSpec"]["associationTypeId"]
        for row in reply["results"]
    }
    assert specs == {("1", "11"): 279, ("11", "1"): 280}


def test_the_first_company_is_primary_and_there_is_only_one(people: PortalClient) -> None:
    link(people, 1, 11)
    link(people, 1, 12)
    assert types_of(people, 1) == {11: {UNLABELED, PRIMARY}, 12: {UNLABELED}}
    assert primary_of(people, 1) == "11"
    link(people, 1, 12, PRIMARY)
    assert types_of(people, 1) == {11: {UNLABELED}, 12: {UNLABELED, PRIMARY}}
    assert primary_of(people, 1) == "12"


def test_the_primary_company_can_be_set_from_the_company(people: PortalClient) -> None:
    link(people, 1, 11)
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 2}]
    people.ok("PUT", "/crm/v4/objects/companies/12/associations/contacts/1", types)
    assert primary_of(people, 1) == "12"


def test_a_batch_read_has_numbers_and_a_207_for_records_without(people: PortalClient) -> None:
    link(people, 1, 11)
    response = people.call("POST", READ, {"inputs": [{"id": "1"}, {"id": "2"}]})
    assert response.status_code == 207
    body = response.json()
    row = body["results"][0]
    assert row["from"] == {"id": "1"}
    assert row["to"][0]["toObjectId"] == 11
    assert {"category": "HUBSPOT_DEFINED", "typeId": 279, "label": None} in row["to"][0]["associationTypes"]
    assert {"category": "HUBSPOT_DEFINED", "typeId": 1, "label": "Primary"} in row["to"][0][
        "associationTypes"
    ]
    assert body["numErrors"] == 1
    assert body["errors"][0] == {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
        "message": "No company is associated with contact 2.",
        "context": {"fromObjectId": ["2"], "fromObjectType": ["contact"], "toObjectType": ["company"]},
    }


def test_dated_paths_read_the_same(people: PortalClient) -> None:
    link(people, 1, 11)
    body = {"inputs": [{"id": "1"}]}
    dated = people.post("/crm/associations/2026-03/contacts/companies/batch/read", body)
    assert dated["results"] == people.post(READ, body)["results"]
    rows = people.get("/crm/objects/2026-03/contacts/1/associations/companies")["results"]
    assert [row["toObjectId"] for row in rows] == [11]


def test_batches_create_and_archive(people: PortalClient) -> None:
    path = "/crm/v4/associations/contacts/companies/batch"
    inputs: list[dict[str, Any]] = [
        {
            "from": {"id": "1"},
            "to": {"id": str(company)},
            "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": UNLABELED}],
        }
        for company in (11, 12, 99)
    ]
    response = people.call("POST", f"{path}/create", {"inputs": inputs})
    assert response.status_code == 207
    assert response.json()["results"][0]["fromObjectTypeId"] == "0-1"
    assert response.json()["errors"][0]["context"]["toObjectId"] == ["99"]
    archive = {"inputs": [{"from": {"id": "1"}, "to": [{"id": "11"}]}]}
    assert people.call("POST", f"{path}/archive", archive).status_code == 204
    assert types_of(people, 1) == {12: {UNLABELED}}
    assert primary_of(people, 1) is None
    dated = "/crm/associations/2026-03/contacts/companies/batch"
    assert people.call("POST", f"{dated}/archive", archive).status_code == 200
    default = {"inputs": [{"from": {"id": "2"}, "to": {"id": "13"}}]}
    rows = people.post(f"{path}/associate/default", default)["results"]
    assert len(rows) == 2
    assert primary_of(people, 2) == "13"


def test_labels_can_be_made_set_replaced_and_removed(people: PortalClient) -> None:
    made = people.post(
        "/crm/v4/associations/contacts/companies/labels", {"label": "Sponsor", "name": "sponsor"}
    )
    type_id = made["results"][0]["typeId"]
    types = [{"associationCategory": "USER_DEFINED", "associationTypeId": type_id}]
    reply = people.ok("PUT", "/crm/v4/objects/contacts/1/associations/companies/11", types)
    assert reply["labels"] == ["Primary", "Sponsor"]
    link(people, 1, 11)
    assert type_id not in types_of(people, 1)[11]
    people.ok("PUT", "/crm/v4/objects/contacts/1/associations/companies/11", types)
    item = {"from": {"id": "1"}, "to": {"id": "11"}, "types": types}
    path = "/crm/v4/associations/contacts/companies/batch/labels/archive"
    assert people.call("POST", path, {"inputs": [item]}).status_code == 204
    assert UNLABELED in types_of(people, 1)[11]
    item["types"] = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": UNLABELED}]
    people.call("POST", path, {"inputs": [item]})
    assert types_of(people, 1) == {}


def test_a_record_can_be_created_with_associations(people: PortalClient) -> None:
    body = {
        "properties": {"hs_timestamp": "2026-05-04T12:00:00Z", "hs_call_title": "Hello"},
        "associations": [
            {
                "to": {"id": target},
                "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": number}],
            }
            for target, number in (("1", 194), ("11", 182))
        ],
    }
    call = people.post("/crm/v3/objects/calls", body)["id"]
    found = people.get(f"/crm/v3/objects/calls/{call}", associations="contacts,companies")
    assert found["associations"]["contacts"]["results"] == [{"id": "1", "type": "call_to_contact"}]
    assert found["associations"]["companies"]["results"] == [{"id": "11", "type": "call_to_company"}]


def test_a_creation_with_a_bad_association_writes_nothing(people: PortalClient) -> None:
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": UNLABELED}]
    body = {"properties": {"email": "a@acme.example"}, "associations": [{"to": {"id": "99"}, "types": types}]}
    assert people.error("POST", "/crm/v3/objects/contacts", body)[0] == 404
    assert people.error("POST", "/crm/v3/objects/contacts/batch/create", {"inputs": [body]})[0] == 404
    assert len(people.get("/_emulator/state/contacts")["records"]) == 2


def test_archiving_a_company_frees_its_contacts(people: PortalClient) -> None:
    link(people, 1, 11)
    people.call("DELETE", "/crm/v3/objects/companies/11")
    assert types_of(people, 1) == {}
    assert primary_of(people, 1) is None


def test_a_merge_moves_the_links(people: PortalClient) -> None:
    link(people, 1, 11)
    link(people, 2, 12)
    people.post("/crm/v3/objects/companies/merge", {"primaryObjectId": "11", "objectIdToMerge": "12"})
    assert types_of(people, 2) == {11: {UNLABELED, PRIMARY}}
    assert primary_of(people, 2) == "11"


def test_parents_show_in_the_child(people: PortalClient) -> None:
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 13}]
    people.ok("PUT", "/crm/v4/objects/companies/11/associations/companies/12", types)
    child = people.get("/crm/v3/objects/companies/12", properties="hs_parent_company_id")
    assert child["properties"]["hs_parent_company_id"] == "11"


def test_links_of_one_record_come_in_pages(people: PortalClient) -> None:
    people.load(objects={"contacts": [{"id": number, "properties": {}} for number in range(100, 700)]})
    people.load(
        associations=[["companies", "13", "contacts", str(number), 280] for number in range(100, 700)]
    )
    path = "/crm/v4/objects/companies/13/associations/contacts"
    first = people.get(path, limit=500)
    assert len(first["results"]) == 500
    second = people.get(path, limit=500, after=first["paging"]["next"]["after"])
    assert [row["toObjectId"] for row in second["results"]] == list(range(600, 700))
    assert "paging" not in second


def test_loaded_links_are_seen_from_both_sides(people: PortalClient) -> None:
    people.load(
        associations=[["contacts", "1", "companies", "11", 279], ["contacts", "2", "companies", "11", 1]]
    )
    rows = people.get("/crm/v4/objects/companies/11/associations/contacts")["results"]
    assert [row["toObjectId"] for row in rows] == [1, 2]
    assert primary_of(people, 2) == "11"
    state = people.get("/_emulator/state/associations")["records"]
    assert {"from": "companies", "fromId": "11", "to": "contacts", "toId": "1", "typeIds": [2, 280]} in state


@pytest.mark.parametrize(
    ("path", "type_id", "status"),
    [
        ("/crm/v4/objects/contacts/99/associations/companies/11", 279, 404),
        ("/crm/v4/objects/contacts/1/associations/companies/11", 341, 400),
    ],
)
def test_what_is_refused(people: PortalClient, path: str, type_id: int, status: int) -> None:
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}]
    assert people.error("PUT", path, types)[0] == status


def test_a_loaded_contact_is_linked_to_the_company_it_names(people: PortalClient) -> None:
    contact = {"id": "5", "properties": {"associatedcompanyid": "12"}, "updatedAt": "2026-01-01T00:00:00Z"}
    people.load(objects={"contacts": [contact]})
    assert types_of(people, 5) == {12: {UNLABELED, PRIMARY}}
    assert people.get("/crm/v3/objects/contacts/5")["updatedAt"] == "2026-01-01T00:00:00Z"
