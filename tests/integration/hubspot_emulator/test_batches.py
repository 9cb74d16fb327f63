"""Batches: shuffled results, 207s, all or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.integration.hubspot_emulator.conftest import PortalClient

COMPANIES = "/crm/v3/objects/companies"
CONTACTS = "/crm/v3/objects/contacts"


def batch(
    portal: PortalClient, verb: str, *inputs: dict[str, Any], kind: str = COMPANIES, **body: Any
) -> Any:
    return portal.call("POST", f"{kind}/batch/{verb}", {"inputs": list(inputs), **body})


def named(*names: str) -> list[dict[str, Any]]:
    return [{"properties": {"name": name}} for name in names]


def test_results_come_back_in_another_order(portal: PortalClient) -> None:
    names = [f"Company {number:02}" for number in range(20)]
    response = batch(portal, "create", *named(*names))
    assert response.status_code == 201
    body = response.json()
    assert body["status"] == "COMPLETE"
    assert {"startedAt", "completedAt"} <= set(body)
    returned = [row["properties"]["name"] for row in body["results"]]
    assert sorted(returned) == names
    assert returned != names


def test_shuffling_can_be_switched_off_and_repeats_with_a_seed(portal: PortalClient) -> None:
    portal.set(shuffle=False)
    names = [f"{number:02}" for number in range(20)]
    rows = batch(portal, "create", *named(*names)).json()["results"]
    assert [row["properties"]["name"] for row in rows] == names
    inputs = [{"id": row["id"]} for row in rows]
    portal.set(shuffle=True, seed=9)
    first = [row["id"] for row in batch(portal, "read", *inputs).json()["results"]]
    portal.set(seed=9)
    assert [row["id"] for row in batch(portal, "read", *inputs).json()["results"]] == first


def test_a_hundred_inputs_are_the_most(portal: PortalClient) -> None:
    assert batch(portal, "create", *named(*(["x"] * 101))).status_code == 400
    assert batch(portal, "create", *named(*(["x"] * 100))).status_code == 201


def test_without_trace_ids_one_bad_row_stops_the_batch(portal: PortalClient) -> None:
    response = batch(portal, "create", *named("good"), {"properties": {"name": "bad", "nope": 1}})
    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == "PROPERTY_DOESNT_EXIST"
    assert portal.get(COMPANIES)["results"] == []


def test_with_trace_ids_each_row_stands_alone(portal: PortalClient) -> None:
    inputs = [
        {"properties": {"name": "good"}, "objectWriteTraceId": "t1"},
        {"properties": {"name": "bad", "nope": 1}, "objectWriteTraceId": "t2"},
    ]
    response = batch(portal, "create", *inputs)
    assert response.status_code == 207
    body = response.json()
    assert [row["objectWriteTraceId"] for row in body["results"]] == ["t1"]
    assert body["numErrors"] == 1
    error = body["errors"][0]
    assert error["context"] == {"objectWriteTraceId": ["t2"]}
    assert (error["status"], error["category"]) == ("error", "VALIDATION_ERROR")
    assert error["message"].startswith("Property values were not valid: [{")


def test_updates_with_trace_ids_report_the_missing_row(portal: PortalClient) -> None:
    company = portal.create("companies", name="A")
    inputs = [
        {"id": company, "properties": {"name": "B"}, "objectWriteTraceId": "1"},
        {"id": "999", "properties": {"name": "B"}, "objectWriteTraceId": "2"},
    ]
    response = batch(portal, "update", *inputs)
    assert response.status_code == 207
    assert response.json()["errors"][0]["category"] == "OBJECT_NOT_FOUND"
    assert portal.get(f"{COMPANIES}/{company}")["properties"]["name"] == "B"


def test_updates_without_trace_ids_are_all_or_nothing(portal: PortalClient) -> None:
    company = portal.create("companies", name="A")
    inputs = [{"id": company, "properties": {"name": "B"}}, {"id": "999", "properties": {"name": "B"}}]
    assert batch(portal, "update", *inputs).status_code == 404
    assert portal.get(f"{COMPANIES}/{company}")["properties"]["name"] == "A"


def test_the_same_id_twice_is_refused(portal: PortalClient) -> None:
    company = portal.create("companies", name="A")
    response = batch(portal, "update", *[{"id": company, "properties": {"name": name}} for name in "BC"])
    assert response.status_code == 400
    assert (
        response.json()["message"] == f"Duplicate IDs found in batch input: [{company}]. IDs must be unique"
    )
    assert response.json()["context"] == {"ids": [company]}


def test_no_op_rows_keep_their_modified_date(portal: PortalClient) -> None:
    portal.clock(freeze="2026-05-04T12:00:00Z")
    one, two = portal.create("companies", name="A"), portal.create("companies", name="B")
    portal.clock(advance_seconds=30)
    rows = batch(
        portal, "update", {"id": one, "properties": {"name": "A"}}, {"id": two, "properties": {"name": "C"}}
    ).json()["results"]
    updated = {row["id"]: row["updatedAt"] for row in rows}
    assert updated == {one: "2026-05-04T12:00:00Z", two: "2026-05-04T12:00:30Z"}


def test_reading_missing_ids_is_a_207(portal: PortalClient) -> None:
    company = portal.create("companies", name="A")
    response = batch(portal, "read", {"id": company}, {"id": "999"}, properties=["name"])
    assert response.status_code == 207
    body = response.json()
    assert [row["id"] for row in body["results"]] == [company]
    assert body["errors"][0]["context"] == {"ids": ["999"]}
    assert body["errors"][0]["message"].startswith("Could not get some COMPANY objects")


def test_upserts_need_a_unique_property_and_say_what_is_new(portal: PortalClient) -> None:
    portal.create("contacts", email="old@acme.example")
    inputs = [
        {"id": f"{name}@acme.example", "idProperty": "email", "properties": {"firstname": name}}
        for name in ("old", "fresh")
    ]
    rows = batch(portal, "upsert", *inputs, kind=CONTACTS).json()["results"]
    assert {row["properties"]["firstname"]: row["new"] for row in rows} == {"old": False, "fresh": True}
    assert (
        portal.get(f"{CONTACTS}/fresh@acme.example", idProperty="email")["properties"]["firstname"] == "fresh"
    )
    by_domain = {"id": "acme.example", "idProperty": "domain", "properties": {"name": "A"}}
    assert batch(portal, "upsert", by_domain).status_code == 400


def test_the_first_conflict_stops_a_batch_of_contacts(portal: PortalClient) -> None:
    known = portal.create("contacts", email="a@acme.example")
    inputs = [{"properties": {"email": f"{name}@acme.example"}} for name in "ba"]
    response = batch(portal, "create", *inputs, kind=CONTACTS)
    assert response.status_code == 409
    assert response.json()["message"] == f"Contact already exists. Existing ID: {known}"
    assert len(portal.get(CONTACTS)["results"]) == 1


def test_archiving_a_batch_is_an_empty_204(portal: PortalClient) -> None:
    company = portal.create("companies", name="A")
    response = batch(portal, "archive", {"id": company}, {"id": "999"})
    assert (response.status_code, response.content) == (204, b"")
    assert portal.get(COMPANIES)["results"] == []


def test_a_batch_reads_the_recycle_bin_when_it_is_asked_to(portal: PortalClient) -> None:
    contact = portal.create("contacts", email="a@acme.example")
    kept = portal.create("contacts", email="b@acme.example")
    portal.ok("DELETE", f"{CONTACTS}/{contact}")
    wanted = {"inputs": [{"id": contact}, {"id": kept}], "properties": ["email"]}
    binned = portal.call("POST", f"{CONTACTS}/batch/read", wanted, archived="true")
    assert binned.status_code == 207
    (row,) = binned.json()["results"]
    assert (row["id"], row["archived"], row["properties"]["email"]) == (contact, True, "a@acme.example")
    assert "archivedAt" in row
    assert binned.json()["errors"][0]["context"] == {"ids": [kept]}
    by_email = {"inputs": [{"id": "a@acme.example"}], "idProperty": "email"}
    found = portal.call("POST", f"{CONTACTS}/batch/read", by_email, archived="true")
    assert (found.status_code, found.json()["results"][0]["id"]) == (200, contact)
    live = portal.call("POST", f"{CONTACTS}/batch/read", wanted)
    assert [one["id"] for one in live.json()["results"]] == [kept]
