"""What people and HubSpot itself do: edits, restores, lists, rules, engagement, web events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.integration.hubspot_emulator.conftest import PortalClient

NOON = "2026-05-04T12:00:00Z"
COMPANIES, CONTACTS, DEALS = (f"/crm/v3/objects/{name}" for name in ("companies", "contacts", "deals"))
DATED = "/crm/objects/2026-09"


def engage(portal: PortalClient, contact: str, kind: str, **more: Any) -> dict[str, str]:
    made: dict[str, str] = portal.post("/_emulator/engage", {"contact": contact, "kind": kind, **more})[
        "properties"
    ]
    return made


def test_a_person_makes_changes_and_deletes_records(portal: PortalClient) -> None:
    made = portal.post("/_emulator/edit", {"object": "companies", "properties": {"name": "Acme"}})
    assert made["properties"]["hs_object_source"] == "CRM_UI"
    edit = {"object": "companies", "id": made["id"], "properties": {"city": "Ulm"}, "archived": True}
    portal.post("/_emulator/edit", edit)
    assert (
        portal.get(COMPANIES, archived="true", properties="city")["results"][0]["properties"]["city"] == "Ulm"
    )


def test_a_person_is_bound_by_types_and_only_hubspot_writes_what_is_read_only(portal: PortalClient) -> None:
    company = portal.create("companies", name="Acme")
    edit = {"object": "companies", "id": company, "properties": {"hs_num_open_deals": "3"}}
    assert portal.error("POST", "/_emulator/edit", edit)[0] == 400
    portal.post("/_emulator/edit", {**edit, "computed": True})
    found = portal.get(f"{COMPANIES}/{company}", properties="hs_num_open_deals")
    assert found["properties"]["hs_num_open_deals"] == "3"


def test_a_restored_record_is_live_again_and_newly_modified(portal: PortalClient) -> None:
    portal.clock(freeze=NOON)
    company = portal.create("companies", name="Acme", domain="acme.example")
    portal.call("DELETE", f"{COMPANIES}/{company}")
    portal.clock(advance_seconds=60)
    portal.post("/_emulator/restore", {"object": "companies", "ids": [company]})
    found = portal.get(f"{COMPANIES}/{company}")
    assert (found["archived"], found["updatedAt"]) == (False, "2026-05-04T12:01:00Z")
    assert portal.search("companies")["total"] == 1
    assert portal.error("POST", "/_emulator/restore", {"object": "companies", "ids": ["5"]})[0] == 400


def links(portal: PortalClient, name: str, record_id: str, other: str) -> dict[str, list[int]]:
    rows = portal.get(f"/crm/v4/objects/{name}/{record_id}/associations/{other}")["results"]
    return {str(row["toObjectId"]): sorted(one["typeId"] for one in row["associationTypes"]) for row in rows}


def connect(portal: PortalClient, contact: str, company: str) -> None:
    portal.ok("PUT", f"/crm/v4/objects/contacts/{contact}/associations/default/companies/{company}")


def test_a_restored_record_is_linked_again_and_what_it_is_linked_with_is_not_modified(
    portal: PortalClient,
) -> None:
    portal.clock(freeze=NOON)
    company, contact = portal.create("companies", name="Acme"), portal.create("contacts", email="a@b.example")
    call = portal.create("calls", hs_timestamp=NOON)
    connect(portal, contact, company)
    portal.ok("PUT", f"/crm/v4/objects/calls/{call}/associations/default/companies/{company}")
    portal.clock(advance_seconds=60)
    portal.call("DELETE", f"{COMPANIES}/{company}")
    assert links(portal, "calls", call, "companies") == links(portal, "contacts", contact, "companies") == {}
    portal.post("/_emulator/restore", {"object": "companies", "ids": [company]})
    assert links(portal, "calls", call, "companies") == {company: [182]}
    assert links(portal, "contacts", contact, "companies") == {company: [1, 279]}
    found = portal.get(f"{CONTACTS}/{contact}", properties="associatedcompanyid")
    assert found["properties"]["associatedcompanyid"] == company
    assert portal.get(f"/crm/v3/objects/calls/{call}")["updatedAt"] == NOON


def test_a_link_of_two_deleted_records_is_back_when_both_are(portal: PortalClient) -> None:
    company, contact = portal.create("companies", name="Acme"), portal.create("contacts", email="a@b.example")
    connect(portal, contact, company)
    portal.call("DELETE", f"{COMPANIES}/{company}")
    portal.call("DELETE", f"{CONTACTS}/{contact}")
    portal.post("/_emulator/restore", {"object": "companies", "ids": [company]})
    assert links(portal, "companies", company, "contacts") == {}
    portal.post("/_emulator/restore", {"object": "contacts", "ids": [contact]})
    assert links(portal, "companies", company, "contacts") == {contact: [2, 280]}


def test_a_contact_keeps_the_primary_company_it_got_meanwhile(portal: PortalClient) -> None:
    old, new = (portal.create("companies", name=name) for name in ("Old", "New"))
    contact = portal.create("contacts", email="a@b.example")
    connect(portal, contact, old)
    portal.call("DELETE", f"{COMPANIES}/{old}")
    connect(portal, contact, new)
    portal.post("/_emulator/restore", {"object": "companies", "ids": [old]})
    assert links(portal, "contacts", contact, "companies") == {old: [279], new: [1, 279]}


def test_a_list_is_renamed_converted_deleted_and_filled(portal: PortalClient) -> None:
    company = portal.create("companies", name="Acme")
    body = {"name": "Tier 1", "objectTypeId": "0-2", "processingType": "MANUAL"}
    list_id = portal.post("/crm/v3/lists", body)["list"]["listId"]
    change = {"id": list_id, "name": "Tier one", "add": [company]}
    assert portal.post("/_emulator/lists", change)["size"] == 1
    assert portal.get(f"/crm/v3/lists/{list_id}")["list"]["name"] == "Tier one"
    portal.post("/_emulator/lists", {"id": list_id, "processing_type": "DYNAMIC"})
    path = f"/crm/v3/lists/{list_id}/memberships/remove"
    assert portal.error("PUT", path, [company])[1]["message"] == "Can not operate manually on a dynamic list"
    portal.post("/_emulator/lists", {"id": list_id, "deleted": True})
    assert portal.error("GET", f"/crm/v3/lists/{list_id}")[0] == 404
    assert portal.error("POST", "/_emulator/lists", {"id": list_id, "processing_type": "MAGIC"})[0] == 400


def test_rules_bind_writes_from_version_2026_09_on(portal: PortalClient) -> None:
    when = {"property": "dealstage", "values": ["closedwon"]}
    rules = [
        {"object": "deals", "require": ["closedate"], "when": when},
        {"object": "deals", "require": ["amount"]},
    ]
    portal.post("/_emulator/rules", {"rules": rules})
    deal = {"dealname": "D", "dealstage": "contractsent"}
    assert portal.call("POST", DEALS, {"properties": deal}).status_code == 201
    status, body = portal.error("POST", f"{DATED}/deals", {"properties": deal})
    assert (status, body["category"]) == (400, "VALIDATION_ERROR")
    assert [error["context"]["propertyName"] for error in body["errors"]] == [["amount"]]
    made = portal.post(f"{DATED}/deals", {"properties": {**deal, "amount": 5}})
    won = {"properties": {"dealstage": "closedwon"}}
    status, body = portal.error("PATCH", f"{DATED}/deals/{made['id']}", won)
    assert (status, body["errors"][0]["context"]) == (400, {"propertyName": ["closedate"]})
    both = {"properties": {"dealstage": "closedwon", "closedate": NOON}}
    assert portal.call("PATCH", f"{DATED}/deals/{made['id']}", both).status_code == 200


def test_a_broken_rule_is_one_row_of_a_batch_with_trace_ids(portal: PortalClient) -> None:
    portal.post("/_emulator/rules", {"rules": [{"object": "companies", "require": ["industry"]}]})
    inputs = [
        {"properties": {"name": "A", "industry": "ACCOUNTING"}, "objectWriteTraceId": "1"},
        {"properties": {"name": "B"}, "objectWriteTraceId": "2"},
    ]
    reply = portal.call("POST", f"{DATED}/companies/batch/create", {"inputs": inputs})
    assert reply.status_code == 207
    assert reply.json()["errors"][0]["context"] == {"objectWriteTraceId": ["2"]}


def test_what_a_contact_does_moves_its_roll_ups_and_its_modified_date(portal: PortalClient) -> None:
    portal.clock(freeze=NOON)
    contact = portal.create("contacts", email="a@acme.example")
    portal.clock(advance_seconds=60)
    engage(portal, contact, "email_open", at="2026-05-03T08:00:00Z")
    opened = engage(portal, contact, "email_open", at="2026-05-01T08:00:00Z")
    assert opened["hs_email_open"] == "2"
    assert opened["hs_email_last_open_date"] == "2026-05-03T08:00:00Z"
    assert opened["hs_email_first_open_date"] == "2026-05-01T08:00:00Z"
    first = engage(portal, contact, "form_submission", name="Demo")
    assert (first["recent_conversion_event_name"], first["num_conversion_events"]) == ("Demo", "1")
    second = engage(portal, contact, "form_submission", name="Price")
    assert second["recent_conversion_event_name"] == "Price"
    assert second["first_conversion_event_name"] == "Demo"
    clicked = engage(portal, contact, "email_click")
    assert clicked["hs_email_click"] == "1"
    seen = engage(portal, contact, "page_view", name="https://acme.example/pricing")
    assert seen["hs_analytics_num_page_views"] == "1"
    assert portal.get(f"{CONTACTS}/{contact}")["updatedAt"] == "2026-05-04T12:01:00Z"
    assert portal.error("POST", "/_emulator/engage", {"contact": contact, "kind": "yawn"})[0] == 400


@pytest.mark.parametrize("path", ["/events/v3/events", "/events/event-occurrences/2026-03"])
def test_web_events_are_for_enterprise_accounts(portal: PortalClient, path: str) -> None:
    portal.clock(freeze=NOON)
    contact, other = (portal.create("contacts", email=f"{name}@acme.example") for name in "ab")
    for hour in range(3):
        engage(
            portal, contact, "page_view", name=f"https://x.example/{hour}", at=f"2026-05-03T0{hour}:00:00Z"
        )
    engage(portal, contact, "form_submission", name="Demo")
    engage(portal, other, "page_view")
    assert portal.error("GET", path, objectType="contact", objectId=contact)[0] == 403
    assert "e_page_views" in portal.get(f"{path}/event-types")["eventTypes"]
    portal.set(tier="enterprise")
    asked = {"objectType": "contact", "objectId": contact, "eventType": "e_page_views"}
    page = portal.get(path, limit=2, **asked)
    assert [one["occurredAt"] for one in page["results"]] == ["2026-05-03T02:00:00Z", "2026-05-03T01:00:00Z"]
    assert set(page["results"][0]) == {
        "objectType", "objectId", "eventType", "occurredAt", "id", "properties",
    }  # fmt: skip
    rest = portal.get(path, limit=2, after=page["paging"]["next"]["after"], **asked)
    assert len(rest["results"]) == 1
    late = portal.get(path, objectType="contact", objectId=contact, occurredAfter="2026-05-03T01:30:00Z")
    assert {one["eventType"] for one in late["results"]} == {"e_page_views", "e_form_submissions"}
    assert len(portal.get(path, objectType="contact")["results"]) == 5
    assert portal.error("GET", path, objectType="contact", occurredAfter="soon")[0] == 400


def test_web_events_can_be_loaded(portal: PortalClient) -> None:
    portal.set(tier="enterprise")
    contact = portal.create("contacts", email="a@acme.example")
    event = {"objectType": "contacts", "objectId": contact, "eventType": "e_visited_page", "occurredAt": NOON}
    portal.load(events=[event])
    found = portal.get("/events/v3/events", objectType="0-1", objectId=contact)["results"]
    assert [(one["eventType"], one["objectType"]) for one in found] == [("e_visited_page", "CONTACT")]


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("edit", {"object": "dragons", "properties": {}}),
        ("edit", {"object": "companies", "id": "5", "properties": {}}),
        ("restore", {"object": "dragons", "ids": []}),
        ("rules", {"rules": [{"object": "dragons", "require": []}]}),
        ("lists", {"id": "77"}),
    ],
)
def test_control_routes_say_what_they_do_not_understand(portal: PortalClient, route: str, body: Any) -> None:
    status, answer = portal.error("POST", f"/_emulator/{route}", body)
    assert (status, bool(answer["error"])) == (400, True)
