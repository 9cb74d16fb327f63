"""Lists and memberships. No full recording is public: these rest on documentation and quoted bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.integration.hubspot_emulator.conftest import PortalClient

LISTS = "/crm/v3/lists"


def make(portal: PortalClient, name: str = "Tier 1", kind: str = "MANUAL", **more: Any) -> str:
    body = {"name": name, "objectTypeId": "0-2", "processingType": kind, **more}
    response = portal.call("POST", LISTS, body)
    assert response.status_code == 200
    return str(response.json()["list"]["listId"])


@pytest.fixture
def companies(portal: PortalClient) -> PortalClient:
    """Companies 1 to 5."""
    portal.load(objects={"companies": [{"id": number, "properties": {}} for number in range(1, 6)]})
    return portal


def members(portal: PortalClient, list_id: str) -> list[str]:
    return [row["recordId"] for row in portal.get(f"{LISTS}/{list_id}/memberships")["results"]]


def test_a_list_is_found_by_id_by_name_and_by_search(portal: PortalClient) -> None:
    list_id = make(portal)
    found = portal.get(f"{LISTS}/{list_id}")["list"]
    assert (found["name"], found["processingType"], found["size"]) == ("Tier 1", "MANUAL", 0)
    assert found["listVersion"] == 1
    by_name = portal.get(f"{LISTS}/object-type-id/0-2/name/Tier 1")["list"]
    assert by_name["listId"] == list_id
    assert portal.get("/crm/lists/2026-03/" + list_id)["list"]["listId"] == list_id
    search = portal.post(f"{LISTS}/search", {"query": "tier", "count": 1})
    assert (search["total"], search["hasMore"], search["offset"]) == (1, False, 1)
    assert search["lists"][0]["additionalProperties"]["hs_list_size"] == "0"
    status, body = portal.error("GET", f"{LISTS}/object-type-id/0-2/name/Other")
    assert status == 400
    assert body["message"] == "List does not exist with name Other and object type ID 0-2."


def test_names_are_unique(portal: PortalClient) -> None:
    make(portal)
    body = {"name": "tier 1", "objectTypeId": "0-1", "processingType": "MANUAL"}
    assert portal.error("POST", LISTS, body)[0] == 400


@pytest.mark.parametrize(
    "changes",
    [{"name": ""}, {"objectTypeId": "0-53"}, {"processingType": "MAGIC"}, {"processingType": "DYNAMIC"}],
)
def test_bad_lists_are_refused(portal: PortalClient, changes: dict[str, str]) -> None:
    body = {"name": "L", "objectTypeId": "0-2", "processingType": "MANUAL", **changes}
    status, error = portal.error("POST", LISTS, body)
    assert (status, error["category"]) == (400, "VALIDATION_ERROR")


def test_replies_leave_empty_arrays_out(companies: PortalClient) -> None:
    path = f"{LISTS}/{make(companies)}/memberships"
    assert companies.ok("PUT", f"{path}/add", ["1", "2", "999"]) == {
        "recordsIdsAdded": ["1", "2"],
        "recordIdsMissing": ["999"],
    }
    assert companies.ok("PUT", f"{path}/add", ["1"]) == {}
    assert companies.ok("PUT", f"{path}/remove", ["1", "5"]) == {"recordIdsRemoved": ["1"]}
    change = {"recordIdsToAdd": ["3", "2"], "recordIdsToRemove": ["2"]}
    assert companies.ok("PUT", f"{path}/add-and-remove", change) == {
        "recordsIdsAdded": ["3"],
        "recordIdsRemoved": ["2"],
    }


def test_members_come_by_record_id_in_pages(companies: PortalClient) -> None:
    list_id = make(companies)
    companies.ok("PUT", f"{LISTS}/{list_id}/memberships/add", ["4", "1", "3"])
    first = companies.get(f"{LISTS}/{list_id}/memberships", limit=2)
    assert [row["recordId"] for row in first["results"]] == ["1", "3"]
    assert {"recordId", "membershipTimestamp"} == set(first["results"][0])
    assert first["total"] == 3
    rest = companies.get(f"{LISTS}/{list_id}/memberships", after=first["paging"]["next"]["after"])
    assert [row["recordId"] for row in rest["results"]] == ["4"]
    assert "paging" not in rest
    assert companies.error("GET", f"{LISTS}/{list_id}/memberships", limit=251)[0] == 400
    on = companies.get(f"{LISTS}/records/0-2/4/memberships")["results"]
    assert [row["listId"] for row in on] == [list_id]


def test_dynamic_lists_cannot_be_changed_by_hand(companies: PortalClient) -> None:
    list_id = make(companies, kind="DYNAMIC", filterBranch={"filterBranchType": "OR", "filterBranches": []})
    status, body = companies.error("PUT", f"{LISTS}/{list_id}/memberships/add", ["1"])
    assert (status, body["message"]) == (400, "Can not operate manually on a dynamic list")


def test_a_list_can_be_renamed_deleted_and_restored(companies: PortalClient) -> None:
    list_id = make(companies)
    companies.ok("PUT", f"{LISTS}/{list_id}/memberships/add", ["1"])
    renamed = companies.ok("PUT", f"{LISTS}/{list_id}/update-list-name", None, listName="Tier 1 accounts")
    assert renamed["updatedList"]["name"] == "Tier 1 accounts"
    assert companies.call("DELETE", f"{LISTS}/{list_id}").status_code == 204
    assert companies.error("GET", f"{LISTS}/{list_id}")[0] == 404
    assert companies.call("PUT", f"{LISTS}/{list_id}/restore").status_code == 204
    assert members(companies, list_id) == ["1"]
    assert companies.call("DELETE", f"{LISTS}/{list_id}/memberships").status_code == 204
    assert members(companies, list_id) == []


def test_archived_and_merged_records_leave_their_lists(companies: PortalClient) -> None:
    list_id = make(companies)
    companies.ok("PUT", f"{LISTS}/{list_id}/memberships/add", ["1", "2", "3"])
    companies.call("DELETE", "/crm/v3/objects/companies/1")
    companies.post("/crm/v3/objects/companies/merge", {"primaryObjectId": "5", "objectIdToMerge": "3"})
    assert members(companies, list_id) == ["2", "5"]


def test_lists_can_be_loaded_and_dumped(companies: PortalClient) -> None:
    companies.load(lists=[{"name": "Loaded", "objectTypeId": "0-2", "members": ["2", "1"]}])
    dumped = companies.get("/_emulator/state/lists")["records"][0]
    assert (dumped["name"], dumped["members"]) == ("Loaded", ["1", "2"])


def test_members_also_come_in_the_order_they_joined(companies: PortalClient) -> None:
    list_id = make(companies)
    companies.clock(freeze="2026-05-04T12:00:00Z")
    for company in ("3", "1", "2"):
        companies.ok("PUT", f"{LISTS}/{list_id}/memberships/add", [company])
        companies.clock(advance_seconds=1)
    path = f"{LISTS}/{list_id}/memberships/join-order"
    first = companies.get(path, limit=2)
    assert [row["recordId"] for row in first["results"]] == ["3", "1"]
    rest = companies.get(path, limit=2, after=first["paging"]["next"]["after"])
    assert [row["recordId"] for row in rest["results"]] == ["2"]


def test_a_list_takes_over_the_members_of_another(companies: PortalClient) -> None:
    source, target = make(companies, "A"), make(companies, "B")
    companies.ok("PUT", f"{LISTS}/{source}/memberships/add", ["1", "2"])
    companies.ok("PUT", f"{LISTS}/{target}/memberships/add", ["2", "3"])
    assert companies.call("PUT", f"{LISTS}/{target}/memberships/add-from/{source}").status_code == 204
    assert members(companies, target) == ["1", "2", "3"]


def test_the_lists_of_several_records_are_read_at_once(companies: PortalClient) -> None:
    list_id = make(companies)
    companies.ok("PUT", f"{LISTS}/{list_id}/memberships/add", ["1"])
    inputs = [{"objectTypeId": "0-2", "recordId": record} for record in ("1", "2")]
    path = f"{LISTS}/records/memberships/batch/read"
    assert [row["listId"] for row in companies.post(path, {"inputs": inputs})["results"]] == [list_id]
    missing = companies.call("POST", path, {"inputs": [*inputs, {"objectTypeId": "0-2", "recordId": "999"}]})
    assert (missing.status_code, missing.json()["numErrors"]) == (207, 1)


def test_what_is_missing_and_what_is_there_already(companies: PortalClient) -> None:
    list_id = make(companies)
    path = f"{LISTS}/{list_id}/memberships/add-and-remove"
    both = {"recordIdsToAdd": ["1", "999", "x"], "recordIdsToRemove": ["2"]}
    reply = companies.ok("PUT", path, both)
    assert reply == {"recordsIdsAdded": ["1"], "recordIdsMissing": ["999", "x"]}
    assert companies.ok("PUT", path, {"recordIdsToAdd": ["1"], "recordIdsToRemove": []}) == {}
    assert companies.get(f"{LISTS}/{list_id}")["list"]["size"] == 1
