"""The emulator's replies beside recorded ones: the same keys, the same kinds of values.

SHORTLIST_CORPUS names a folder with `hubspot/` in it, which holds recordings of real exchanges as
`NNN_name.body.json`. They are not part of this repository; without them these tests are skipped.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest

if TYPE_CHECKING:
    from tests.integration.hubspot_emulator.conftest import PortalClient

_FOLDER = os.environ.get("SHORTLIST_CORPUS")
pytestmark = pytest.mark.skipif(
    _FOLDER is None, reason="SHORTLIST_CORPUS does not name a folder of recordings"
)

COMPANIES = "/crm/v3/objects/companies"


def recorded(name: str) -> Any:
    return orjson.loads((Path(_FOLDER or "") / "hubspot" / f"{name}.body.json").read_bytes())


def shape(value: Any) -> Any:
    """Keys and kinds of values; a list is the union of the shapes of its items."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        merged: Any = None
        for item in value:
            merged = join(merged, shape(item))
        return [merged]
    return type(value).__name__


def join(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        return {key: join(one.get(key), other.get(key)) for key in {**one, **other}}
    if isinstance(one, list) and isinstance(other, list):
        return [join(one[0], other[0])]
    return other if one in (None, "NoneType") else one


def without(reply: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in reply.items() if key not in names}


def rows_match(real: list[dict[str, Any]], ours: list[dict[str, Any]]) -> None:
    """Records: `url` came after the recordings; properties are those asked for and the automatic ones."""
    for row in ours:
        bare = without(row, "url", "properties")
        assert shape(bare) == shape(without(real[0], "properties"))
        assert all(isinstance(value, str | None) for value in row["properties"].values())


def seed(portal: PortalClient) -> None:
    rows = [
        {"name": "Samba", "domain": "samba.grouparoo.com"},
        {"name": "Bossa", "domain": "bossa.grouparoo.com"},
    ]
    portal.load(
        objects={"companies": [{"id": 1 + number, "properties": row} for number, row in enumerate(rows)]}
    )


def test_search_hits(portal: PortalClient) -> None:
    seed(portal)
    real = recorded("036_grouparoo_company_search_hit")
    groups = [
        {"filters": [{"propertyName": "domain", "operator": "EQ", "value": row["properties"]["domain"]}]}
        for row in real["results"]
    ]
    ours = portal.post(
        f"{COMPANIES}/search", {"filterGroups": groups, "properties": ["domain"], "limit": 100}
    )
    assert set(ours) == set(real)
    assert ours["total"] == real["total"]
    rows_match(real["results"], ours["results"])
    assert [set(row["properties"]) for row in ours["results"]] == [
        set(row["properties"]) for row in real["results"]
    ]


def test_search_without_hits_and_with_a_stale_total(portal: PortalClient) -> None:
    assert portal.search("companies") == recorded("035_grouparoo_company_search_empty")
    portal.clock(freeze="2026-05-04T12:00:00Z")
    company = portal.create("companies", name="Gone")
    portal.set(index_lag_seconds=10)
    portal.call("DELETE", f"{COMPANIES}/{company}")
    assert portal.search("companies") == recorded("038_grouparoo_company_search_stale_total_2")


def test_unset_properties_of_contacts_are_null(portal: PortalClient) -> None:
    real = recorded("041_grouparoo_contact_search_hit")
    portal.create("contacts", email="x@acme.example")
    ours = portal.search("contacts", properties=["firstname", "lastname", "email", "grouparoo_custom_text"])
    properties = ours["results"][0]["properties"]
    assert set(properties) == set(real["results"][0]["properties"]) - {
        "date_field",
        "number_field",
        "text_field",
    }
    assert properties["lastname"] is real["results"][1]["properties"]["lastname"] is None


def test_search_429(portal: PortalClient) -> None:
    portal.set(search_per_second=1)
    portal.search("companies")
    status, ours = portal.error("POST", f"{COMPANIES}/search", {})
    real = recorded("039_grouparoo_company_search_429_secondly_1")
    assert status == 429
    assert without(ours, "correlationId") == without(real, "correlationId")
    assert list(ours) == list(real)


def test_burst_and_daily_429(portal: PortalClient) -> None:
    portal.set(burst_limit=1)
    portal.get(COMPANIES)
    ours = portal.error("GET", COMPANIES)[1]
    real = recorded("096_issue_429_ten_secondly_rolling")
    assert shape(ours) == shape(real)
    assert (ours["message"], ours["policyName"]) == (real["message"], real["policyName"])
    portal.set(burst_limit=None, daily_limit=1)
    daily = portal.error("GET", COMPANIES)[1]
    assert shape(daily) == shape(recorded("095_docs_429_daily"))


@pytest.mark.parametrize(
    ("name", "verb"),
    [
        ("046_grouparoo_company_batch_create_many_reordered", "create"),
        ("047_grouparoo_company_batch_update_multi", "update"),
    ],
)
def test_batches(portal: PortalClient, name: str, verb: str) -> None:
    seed(portal)
    real = recorded(name)
    inputs = [{"id": str(number), "properties": {"name": f"N{number}"}} for number in (1, 2)]
    ours = portal.post(f"{COMPANIES}/batch/{verb}", {"inputs": inputs})
    assert shape(without(ours, "results")) == shape(without(real, "results"))
    rows_match(real["results"], ours["results"])
    assert {"createdate", "hs_lastmodifieddate", "hs_object_id", "name"} <= set(
        ours["results"][0]["properties"]
    )


def test_a_207(portal: PortalClient) -> None:
    inputs = [
        {"properties": {"name": "good"}, "objectWriteTraceId": "1"},
        {"properties": {"missing": "x"}, "objectWriteTraceId": "2"},
    ]
    ours = portal.post(f"{COMPANIES}/batch/create", {"inputs": inputs})
    real = recorded("080_docs_multistatus_207")
    assert shape(without(ours, "results")) == shape(without(real, "results"))
    head, _, details = real["errors"][0]["message"].partition(": ")
    our_head, _, our_details = ours["errors"][0]["message"].partition(": ")
    assert our_head == head
    same_portal = {"portalId": 0}
    assert [{**item, **same_portal} for item in orjson.loads(our_details)] == [
        {**item, **same_portal} for item in orjson.loads(details)
    ]


def test_errors(portal: PortalClient) -> None:
    real = recorded("082_docs_error_property_doesnt_exist")
    ours = portal.error("POST", COMPANIES, {"properties": {"name": "A", "testproperty": "x"}})[1]
    assert shape(ours) == shape(real)
    assert ours["errors"] == real["errors"]
    portal.create("contacts", email="a@acme.example")
    conflict = portal.error("POST", "/crm/v3/objects/contacts", {"properties": {"email": "a@acme.example"}})[
        1
    ]
    assert shape(conflict) == shape(recorded("099_issue_409_contact_exists_2024"))
    portal.set(tokens={"demo-token": ["oauth"]})
    scopes = portal.error("GET", "/crm/v3/objects/deals")[1]
    missing = recorded("083_docs_error_missing_scopes")
    assert shape(scopes) == shape(missing)
    assert scopes["message"] == missing["message"]


def test_property_definitions(portal: PortalClient) -> None:
    real = {item["name"]: item for item in recorded("015_nango_fetch_properties")["results"]}
    ours = portal.get("/crm/v3/properties/companies")["results"]
    fixed = ("type", "fieldType", "groupName", "hidden", "externalOptions", "referencedObjectType")
    differing = {}
    for item in ours:
        known = real[item["name"]]
        wrong = [key for key in fixed if item.get(key) != known.get(key)]
        if item["modificationMetadata"]["readOnlyValue"] != known["modificationMetadata"]["readOnlyValue"]:
            wrong.append("readOnlyValue")
        if shape(without(item, "options")).keys() - known.keys():
            wrong.append("keys")
        if wrong:
            differing[item["name"]] = wrong
    assert differing == {}
    industry = {option["value"] for option in real["industry"]["options"]}
    assert {
        option["value"] for option in portal.get("/crm/v3/properties/companies/industry")["options"]
    } == industry


def test_associations(portal: PortalClient) -> None:
    deal, company = (
        portal.create("deals", dealname="D", dealstage="closedwon"),
        portal.create("companies", name="A"),
    )
    put = portal.ok("PUT", f"/crm/v4/objects/deals/{deal}/associations/default/companies/{company}")
    real_put = recorded("106_notes_v4_assoc_put_default")
    assert shape(put["results"]) == shape(real_put["results"])
    path = "/crm/v4/associations/deals/companies/batch/read"
    row = portal.post(path, {"inputs": [{"id": deal}]})["results"][0]
    real = recorded("104_notes_v4_assoc_batch_read_row_primary")
    assert shape(row) == shape(real)
    real_types = {(item["typeId"], item["label"]) for item in real["to"][0]["associationTypes"]}
    assert {(item["typeId"], item["label"]) for item in row["to"][0]["associationTypes"]} == real_types
    none = portal.post(path, {"inputs": [{"id": "515690208449"}]})
    assert without(none, "startedAt", "completedAt") == recorded("103_notes_v4_assoc_batch_read_207_none")


def test_lists(portal: PortalClient) -> None:
    body = {"name": "L", "objectTypeId": "0-53", "processingType": "MANUAL"}
    ours = portal.error("POST", "/crm/v3/lists", body)[1]
    assert without(ours, "correlationId") == recorded("101_issue_400_list_object_type_2026")
    made = portal.post("/crm/v3/lists", {**body, "objectTypeId": "0-2"})
    real = recorded("107_notes_v3_list_create_envelope")
    assert shape(real["list"]).items() <= shape(made["list"]).items()
    company = portal.create("companies", name="A")
    added = portal.ok("PUT", f"/crm/v3/lists/{made['list']['listId']}/memberships/add", [company])
    assert shape(added) == shape(recorded("108_notes_v3_list_memberships_add"))
