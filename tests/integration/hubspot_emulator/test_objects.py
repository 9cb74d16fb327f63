"""Single records and pages of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.integration.hubspot_emulator.conftest import PortalClient

COMPANIES = "/crm/v3/objects/companies"
CONTACTS = "/crm/v3/objects/contacts"
NOON = "2026-05-04T12:00:00Z"


def test_a_created_company_has_its_automatic_properties_as_text(portal: PortalClient) -> None:
    portal.clock(freeze="2026-05-04T12:00:00.250Z")
    made = portal.post(COMPANIES, {"properties": {"domain": "Acme.Example", "numberofemployees": 120}})
    assert made["createdAt"] == made["updatedAt"] == "2026-05-04T12:00:00.250Z"
    assert made["properties"]["hs_object_id"] == made["id"]
    assert made["properties"]["numberofemployees"] == "120"
    assert made["properties"]["domain"] == made["properties"]["website"] == "acme.example"
    assert made["properties"]["hs_object_source"] == "INTEGRATION"
    assert made["archived"] is False
    assert made["url"].endswith(f"/record/0-2/{made['id']}")


def test_whole_seconds_are_written_without_milliseconds(portal: PortalClient) -> None:
    portal.clock(freeze=NOON)
    assert portal.post(COMPANIES, {"properties": {"name": "A"}})["createdAt"] == NOON


def test_unset_properties_are_null_and_unknown_ones_are_left_out(portal: PortalClient) -> None:
    company = portal.create("companies", name="Acme")
    found = portal.get(f"{COMPANIES}/{company}", properties="name,city,no_such_property")
    assert found["properties"]["city"] is None
    assert set(found["properties"]) == {"name", "city", "createdate", "hs_lastmodifieddate", "hs_object_id"}


@pytest.mark.parametrize(
    "path", ["/crm/v3/objects/company", "/crm/v3/objects/COMPANY", "/crm/v3/objects/0-2"]
)
def test_types_have_several_names(portal: PortalClient, path: str) -> None:
    company = portal.create("companies", name="Acme")
    assert portal.get(f"{path}/{company}")["properties"]["name"] == "Acme"


@pytest.mark.parametrize("version", ["2026-03", "2026-09"])
def test_dated_paths_are_the_same(portal: PortalClient, version: str) -> None:
    made = portal.post(f"/crm/objects/{version}/companies", {"properties": {"name": "Acme"}})
    assert portal.get(f"{COMPANIES}/{made['id']}")["properties"]["name"] == "Acme"


def test_pages_follow_ids_and_the_last_has_no_paging(portal: PortalClient) -> None:
    portal.load(objects={"companies": [{"id": number, "properties": {}} for number in (30, 7, 500, 21)]})
    first = portal.get(COMPANIES, limit=3)
    assert [row["id"] for row in first["results"]] == ["7", "21", "30"]
    assert first["paging"]["next"]["after"] == "500"
    assert "after=500" in first["paging"]["next"]["link"]
    second = portal.get(COMPANIES, limit=3, after=first["paging"]["next"]["after"])
    assert [row["id"] for row in second["results"]] == ["500"]
    assert "paging" not in second


def test_a_page_is_packed_for_who_asks_for_it(portal: PortalClient) -> None:
    portal.load(objects={"companies": [{"id": number + 1, "properties": {}} for number in range(50)]})
    page = portal.call("GET", COMPANIES, limit=50)
    assert page.headers["Content-Encoding"] == "gzip"
    assert len(page.json()["results"]) == 50
    assert "Content-Encoding" not in portal.call("GET", COMPANIES, limit=1).headers
    portal.session.headers["Accept-Encoding"] = "identity"
    assert "Content-Encoding" not in portal.call("GET", COMPANIES, limit=50).headers
    portal.session.headers["Accept-Encoding"] = "gzip, deflate"
    portal.set(gzip=False)
    assert "Content-Encoding" not in portal.call("GET", COMPANIES, limit=50).headers


def test_a_page_has_at_most_a_hundred(portal: PortalClient) -> None:
    status, body = portal.error("GET", COMPANIES, limit=101)
    assert (status, body["category"]) == (400, "VALIDATION_ERROR")


def test_archived_records_are_listed_apart(portal: PortalClient) -> None:
    company = portal.create("companies", name="Gone")
    assert portal.call("DELETE", f"{COMPANIES}/{company}").status_code == 204
    assert portal.get(COMPANIES)["results"] == []
    archived = portal.get(COMPANIES, archived="true")["results"][0]
    assert archived["id"] == company
    assert archived["archived"] is True
    assert "archivedAt" in archived
    assert portal.error("GET", f"{COMPANIES}/{company}")[0] == 404
    assert portal.get(f"{COMPANIES}/{company}", archived="true")["id"] == company


def test_deleting_what_never_existed_is_a_204(portal: PortalClient) -> None:
    assert portal.call("DELETE", f"{COMPANIES}/424242").status_code == 204


def test_a_missing_record_is_a_404_with_its_header(portal: PortalClient) -> None:
    response = portal.call("GET", f"{COMPANIES}/424242")
    assert response.status_code == 404
    assert response.headers["x-hubspot-notfound"] == "true"
    assert response.json()["message"] == "resource not found"
    assert response.json()["correlationId"] == response.headers["x-hubspot-correlation-id"]


def test_writing_the_same_value_does_not_touch_the_modified_date(portal: PortalClient) -> None:
    portal.clock(freeze=NOON)
    company = portal.create("companies", name="Acme", numberofemployees=62)
    portal.clock(advance_seconds=60)
    same = portal.ok(
        "PATCH", f"{COMPANIES}/{company}", {"properties": {"name": "Acme", "numberofemployees": "62.0"}}
    )
    assert same["updatedAt"] == NOON
    other = portal.ok("PATCH", f"{COMPANIES}/{company}", {"properties": {"name": "Acme 2"}})
    assert other["updatedAt"] == other["properties"]["hs_lastmodifieddate"] == "2026-05-04T12:01:00Z"


def test_contacts_have_their_own_modified_date(portal: PortalClient) -> None:
    made = portal.post(CONTACTS, {"properties": {"email": "Ann@Acme.example"}})
    assert made["properties"]["lastmodifieddate"] == made["updatedAt"]
    assert made["properties"]["email"] == "ann@acme.example"
    assert made["properties"]["hs_email_domain"] == "acme.example"


def test_hubspot_writes_new_contacts_and_companies_once_more(portal: PortalClient) -> None:
    portal.set(second_write_seconds=12.5)
    portal.clock(freeze=NOON)
    contact = portal.create("contacts", email="a@acme.example")
    deal = portal.create("deals", dealname="D", dealstage="closedwon")
    portal.clock(advance_seconds=12)
    assert portal.get(f"{CONTACTS}/{contact}")["updatedAt"] == NOON
    portal.clock(advance_seconds=60)
    assert portal.get(f"{CONTACTS}/{contact}")["updatedAt"] == "2026-05-04T12:00:12.500Z"
    assert portal.get(f"/crm/v3/objects/deals/{deal}")["updatedAt"] == NOON


def test_an_empty_value_clears(portal: PortalClient) -> None:
    company = portal.create("companies", name="Acme", city="Ulm")
    reply = portal.ok("PATCH", f"{COMPANIES}/{company}", {"properties": {"city": ""}})
    assert reply["properties"]["city"] is None
    assert portal.get(f"{COMPANIES}/{company}", properties="city")["properties"]["city"] is None


def test_the_lifecycle_stage_moves_forward_only(portal: PortalClient) -> None:
    contact = portal.create("contacts", email="a@acme.example", lifecyclestage="opportunity")
    path = f"{CONTACTS}/{contact}"
    back = portal.ok("PATCH", path, {"properties": {"lifecyclestage": "lead"}})
    assert back["properties"]["lifecyclestage"] == "opportunity"
    portal.ok("PATCH", path, {"properties": {"lifecyclestage": ""}})
    again = portal.ok("PATCH", path, {"properties": {"lifecyclestage": "lead"}})
    assert again["properties"]["lifecyclestage"] == "lead"


def test_an_unknown_property_is_refused_as_documented(portal: PortalClient) -> None:
    status, body = portal.error("POST", COMPANIES, {"properties": {"name": "A", "nope": "1"}})
    assert status == 400
    assert body["category"] == "VALIDATION_ERROR"
    assert body["message"].startswith("Property values were not valid: [{")
    assert body["errors"] == [
        {
            "message": 'Property "nope" does not exist',
            "code": "PROPERTY_DOESNT_EXIST",
            "context": {"propertyName": ["nope"]},
        }
    ]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("industry", "SPACE_OPERA", "INVALID_OPTION"),
        ("numberofemployees", "many", "INVALID_INTEGER"),
        ("closedate", "soon", "INVALID_LONG"),
        ("hs_is_target_account", "maybe", "INVALID_OPTION"),
        ("hs_lastmodifieddate", "1", "READ_ONLY_VALUE"),
        ("description", "x" * 65_537, "PROPERTY_VALUE_TOO_LONG"),
        ("hubspot_owner_id", "77", "INVALID_OWNER_ID"),
    ],
)
def test_invalid_values_are_refused(portal: PortalClient, name: str, value: str, code: str) -> None:
    status, body = portal.error("POST", COMPANIES, {"properties": {"name": "A", name: value}})
    assert status == 400
    assert [error["code"] for error in body["errors"]] == [code]
    assert portal.get(COMPANIES)["results"] == []


@pytest.mark.parametrize("kind", ["companies", "deals", "notes", "calls", "emails"])
def test_required_properties_are_required(portal: PortalClient, kind: str) -> None:
    status, body = portal.error("POST", f"/crm/v3/objects/{kind}", {"properties": {}})
    assert (status, body["category"]) == (400, "VALIDATION_ERROR")


def test_a_second_contact_with_the_same_address_is_a_conflict(portal: PortalClient) -> None:
    first = portal.create("contacts", email="ann@acme.example")
    status, body = portal.error("POST", CONTACTS, {"properties": {"email": "ANN@acme.example"}})
    assert status == 409
    assert body["message"] == f"Contact already exists. Existing ID: {first}"
    assert body["category"] == "CONFLICT"


def test_contacts_can_be_read_and_written_by_address(portal: PortalClient) -> None:
    contact = portal.create("contacts", email="ann@acme.example")
    path = f"{CONTACTS}/ann@acme.example"
    assert portal.get(path, idProperty="email")["id"] == contact
    portal.ok("PATCH", path, {"properties": {"firstname": "Ann"}}, idProperty="email")
    assert portal.get(f"{CONTACTS}/{contact}")["properties"]["firstname"] == "Ann"


def test_closing_a_deal_sets_its_computed_properties(portal: PortalClient) -> None:
    deal = portal.create("deals", dealname="D", dealstage="contractsent", amount=1200.5)
    path = f"/crm/v3/objects/deals/{deal}"
    names = "hs_is_closed,hs_is_closed_won,amount,pipeline"
    opened = portal.get(path, properties=names)["properties"]
    assert (opened["hs_is_closed"], opened["amount"], opened["pipeline"]) == ("false", "1200.5", "default")
    portal.ok("PATCH", path, {"properties": {"dealstage": "closedwon"}})
    closed = portal.get(path, properties=names)["properties"]
    assert (closed["hs_is_closed"], closed["hs_is_closed_won"]) == ("true", "true")
    assert portal.error("PATCH", path, {"properties": {"dealstage": "imaginary"}})[0] == 400


@pytest.mark.parametrize("creates", [False, True])
def test_a_merge_leaves_one_survivor_that_old_ids_lead_to(portal: PortalClient, *, creates: bool) -> None:
    portal.set(merge_creates_record=creates)
    ids = [
        portal.create("companies", name=name, city=city)
        for name, city in (("A", ""), ("B", "Ulm"), ("C", ""))
    ]
    survivor = ids[0]
    for other in ids[1:]:
        merged = portal.post(f"{COMPANIES}/merge", {"primaryObjectId": survivor, "objectIdToMerge": other})
        survivor = merged["id"]
    assert (survivor == ids[0]) is not creates
    properties = merged["properties"]
    assert (properties["name"], properties["city"]) == ("A", "Ulm")
    gone = set(properties["hs_merged_object_ids"].split(";"))
    assert set(ids[1:]) <= gone
    assert survivor not in gone
    for old in ids:
        assert portal.get(f"{COMPANIES}/{old}")["id"] == survivor
    read = portal.call("POST", f"{COMPANIES}/batch/read", {"inputs": [{"id": ids[2]}]})
    assert read.status_code == 207
    assert read.json()["results"] == []


def test_state_shows_everything_with_archived_records(portal: PortalClient) -> None:
    kept, gone = portal.create("companies", name="A"), portal.create("companies", name="B")
    portal.call("DELETE", f"{COMPANIES}/{gone}")
    records = portal.get("/_emulator/state/companies")["records"]
    assert [(record["id"], record["archived"]) for record in records] == [(kept, False), (gone, True)]


def test_loading_refuses_properties_nobody_defined(portal: PortalClient) -> None:
    records = {"objects": {"companies": [{"id": "1", "properties": {"nope": "x"}}]}}
    status, body = portal.error("POST", "/_emulator/load", records)
    assert status == 400
    assert "nope" in body["error"]


def test_loaded_records_keep_their_times(portal: PortalClient) -> None:
    record = {
        "id": "123",
        "properties": {"name": "Acme"},
        "createdAt": "2025-01-01T00:00:00Z",
        "updatedAt": "2025-02-01T00:00:00.500Z",
    }
    portal.load(objects={"companies": [record]})
    found = portal.get(f"{COMPANIES}/123")
    assert (found["createdAt"], found["updatedAt"]) == (record["createdAt"], record["updatedAt"])
    assert found["properties"]["createdate"] == record["createdAt"]
    assert int(portal.create("companies", name="Next")) > 123


def test_account_and_token_say_which_portal_this_is(portal: PortalClient) -> None:
    portal.set(portal_id=4711)
    for version in ("v3", "2026-03"):
        details = portal.get(f"/account-info/{version}/details")
        assert details["portalId"] == 4711
        assert details["utcOffset"][0] in "+-"
    token = portal.get("/oauth/v1/access-tokens/demo-token")
    assert token["hub_id"] == 4711
    assert "crm.objects.companies.write" in token["scopes"]


def test_owners_and_pipelines(portal: PortalClient) -> None:
    portal.load(
        owners=[{"id": "11", "email": "o@example.com", "userId": 5}, {"id": "12", "email": "p@example.com"}]
    )
    assert [owner["id"] for owner in portal.get("/crm/v3/owners/")["results"]] == ["11", "12"]
    assert portal.get("/crm/owners/2026-03", email="p@example.com")["results"][0]["id"] == "12"
    assert portal.get("/crm/v3/owners/5", idProperty="userId")["id"] == "11"
    portal.create("companies", name="Owned", hubspot_owner_id="11")
    pipeline = portal.get("/crm/pipelines/2026-03/deals")["results"][0]
    assert pipeline["id"] == "default"
    assert pipeline["stages"][5]["metadata"] == {"probability": "1.0", "isClosed": "true"}


def test_loading_an_archived_record_again_restores_it(portal: PortalClient) -> None:
    company = portal.create("companies", name="A")
    portal.call("DELETE", f"{COMPANIES}/{company}")
    portal.load(objects={"companies": [{"id": company, "properties": {"name": "A"}}]})
    assert portal.get(f"{COMPANIES}/{company}")["archived"] is False
    assert portal.get(COMPANIES, archived="true")["results"] == []
    portal.load(objects={"companies": [{"id": company, "properties": {}, "archived": True}]})
    assert portal.error("GET", f"{COMPANIES}/{company}")[0] == 404


@pytest.mark.parametrize("body", [{"objectId": "a@acme.example", "idProperty": "email"}, None])
def test_an_erased_contact_is_not_even_archived(portal: PortalClient, body: dict[str, str] | None) -> None:
    contact = portal.create("contacts", email="a@acme.example")
    response = portal.call("POST", f"{CONTACTS}/gdpr-delete", body or {"objectId": contact})
    assert response.status_code == 204
    assert portal.get("/_emulator/state/contacts")["records"] == []


def test_a_record_takes_part_in_at_most_250_identities(portal: PortalClient) -> None:
    ids = ";".join(str(number) for number in range(1, 249))
    records = [
        {"id": 1_000, "properties": {"name": "Old", "hs_merged_object_ids": ids}},
        {"id": 1_001, "properties": {"name": "A"}},
        {"id": 1_002, "properties": {"name": "B"}},
    ]
    portal.load(objects={"companies": records})
    body = {"primaryObjectId": "1000", "objectIdToMerge": "1001"}
    assert portal.call("POST", f"{COMPANIES}/merge", body).status_code == 200
    refused = portal.call("POST", f"{COMPANIES}/merge", {**body, "objectIdToMerge": "1002"})
    assert refused.status_code == 414
    assert portal.get(f"{COMPANIES}/1002")["properties"]["name"] == "B"


def test_merged_contacts_are_found_by_all_their_addresses(portal: PortalClient) -> None:
    portal.clock(freeze=NOON)
    one, two, three = (portal.create("contacts", email=f"{name}@acme.example") for name in "abc")
    for other in (two, three):
        merged = portal.post(f"{CONTACTS}/merge", {"primaryObjectId": one, "objectIdToMerge": other})
    properties = merged["properties"]
    assert properties["hs_additional_emails"] == "b@acme.example;c@acme.example"
    assert properties["hs_calculated_merged_vids"] == f"{two}:1777896000000;{three}:1777896000000"
    assert set(properties["hs_merged_object_ids"].split(";")) == {two, three}
    assert portal.get(f"{CONTACTS}/c@acme.example", idProperty="email")["id"] == one
    taken = portal.error("POST", CONTACTS, {"properties": {"email": "b@acme.example"}})
    assert taken[1]["message"] == f"Contact already exists. Existing ID: {one}"


def test_since_the_dated_versions_any_record_can_be_erased(portal: PortalClient) -> None:
    company = portal.create("companies", name="A")
    assert portal.error("POST", f"{COMPANIES}/gdpr-delete", {"objectId": company})[0] == 404
    dated = portal.call("POST", "/crm/objects/2026-09/companies/gdpr-delete", {"objectId": company})
    assert dated.status_code == 204
    assert portal.get("/_emulator/state/companies")["records"] == []


def test_notes_and_tasks_live_like_other_records(portal: PortalClient) -> None:
    portal.load(owners=[{"id": "11"}])
    company = portal.create("companies", name="A")
    link = [
        {
            "to": {"id": company},
            "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 190}],
        }
    ]
    note = {"properties": {"hs_timestamp": NOON, "hs_note_body": "Hello"}, "associations": link}
    made = portal.post("/crm/v3/objects/notes", note)
    read = portal.get(f"/crm/v3/objects/notes/{made['id']}", associations="companies")
    assert read["associations"]["companies"]["results"] == [{"id": company, "type": "note_to_company"}]
    task = portal.create("tasks", hs_timestamp=NOON, hs_task_subject="Call", hs_task_status="NOT_STARTED")
    done = {"properties": {"hs_task_status": "COMPLETED", "hubspot_owner_id": "11"}}
    assert (
        portal.ok("PATCH", f"/crm/v3/objects/tasks/{task}", done)["properties"]["hs_task_status"]
        == "COMPLETED"
    )
    condition = {"propertyName": "hs_task_status", "operator": "EQ", "value": "COMPLETED"}
    assert portal.search("tasks", condition)["total"] == 1


def test_a_parent_company_is_seen_from_its_child(portal: PortalClient) -> None:
    parent, child = portal.create("companies", name="Parent"), portal.create("companies", name="Child")
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 14}]
    portal.ok("PUT", f"/crm/v4/objects/companies/{child}/associations/companies/{parent}", types)
    found = portal.get(f"{COMPANIES}/{child}", properties="hs_parent_company_id")
    assert found["properties"]["hs_parent_company_id"] == parent
    rows = portal.get(f"/crm/v4/objects/companies/{parent}/associations/companies")["results"]
    assert rows[0]["toObjectId"] == int(child)
    assert 13 in {item["typeId"] for item in rows[0]["associationTypes"]}


def test_earlier_values_are_shown_newest_first(portal: PortalClient) -> None:
    portal.clock(freeze=NOON)
    company = portal.create("companies", name="A")
    for name in "BC":
        portal.clock(advance_seconds=60)
        portal.ok("PATCH", f"{COMPANIES}/{company}", {"properties": {"name": name}})
    read = portal.get(f"{COMPANIES}/{company}", propertiesWithHistory="name,city")
    past = read["propertiesWithHistory"]
    assert [entry["value"] for entry in past["name"]] == ["C", "B", "A"]
    assert past["name"][0] == {
        "value": "C",
        "timestamp": "2026-05-04T12:02:00Z",
        "sourceType": "INTEGRATION",
        "sourceId": "4100001",
    }
    assert past["city"] == []
    body = {"propertiesWithHistory": ["name"], "properties": [], "inputs": [{"id": company}]}
    (row,) = portal.post(f"{COMPANIES}/batch/read", body)["results"]
    assert row["propertiesWithHistory"] == {"name": past["name"]}
    assert portal.error("GET", COMPANIES, limit=51, propertiesWithHistory="name")[0] == 400


def test_a_contacts_domain_finds_or_makes_its_company(portal: PortalClient) -> None:
    portal.set(companies_from_contacts=True)
    first = portal.create("contacts", email="a@acme.example")
    (company,) = portal.get(COMPANIES, properties="domain,hs_object_source,hs_object_source_id")["results"]
    assert company["properties"]["domain"] == "acme.example"
    assert company["properties"]["hs_object_source"] == "COMPANIES"
    assert company["properties"]["hs_object_source_id"] == "FetchAssociatedCompanyIdStep"
    second = portal.create("contacts", email="b@acme.example")
    portal.create("contacts", email="c@gmail.com")
    assert len(portal.get(COMPANIES)["results"]) == 1
    for contact in (first, second):
        found = portal.get(f"{CONTACTS}/{contact}", properties="associatedcompanyid")
        assert found["properties"]["associatedcompanyid"] == company["id"]


def test_links_to_tickets_can_be_asked_for_and_there_are_none(portal: PortalClient) -> None:
    contact = portal.create("contacts", email="a@acme.example")
    found = portal.get(f"/crm/v3/objects/contacts/{contact}", associations="tickets,companies")
    assert "associations" not in found
    assert portal.error("GET", "/crm/v3/objects/contacts", associations="unicorns")[0] == 400


def test_the_recycle_bin_keeps_records_for_ninety_days(portal: PortalClient) -> None:
    portal.clock(freeze="2026-05-04T12:00:00Z")
    company = portal.create("companies", name="Gone")
    portal.ok("DELETE", f"/crm/v3/objects/companies/{company}")
    for days, left in ((89, [company]), (2, [])):
        portal.clock(advance_seconds=days * 86_400)
        listed = portal.get("/crm/v3/objects/companies", archived="true")["results"]
        assert [row["id"] for row in listed] == left
