"""The webhooks journal. No recorded file is public: these tests hold to the specification and its guide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from tests.integration.hubspot_emulator.conftest import PortalClient

JOURNAL, SUBSCRIPTIONS = "/webhooks-journal/journal/2026-03", "/webhooks-journal/subscriptions/2026-03"
SCOPES = " ".join(
    f"developer.webhooks_journal.{access}"
    for access in ("read", "subscriptions.read", "subscriptions.write", "snapshots.read", "snapshots.write")
)
PORTAL = 8_800_002
NOON = "2026-05-04T12:00:00Z"


class App:
    """The app itself, with a token of client credentials."""

    def __init__(self, portal: PortalClient, scope: str = SCOPES) -> None:
        form = {"client_id": "demo-client", "client_secret": "demo-secret", "scope": scope}
        form["grant_type"] = "client_credentials"
        self.url = portal.url
        token = requests.post(f"{self.url}/oauth/v3/token", form, timeout=5).json()["access_token"]
        self.headers = {"Authorization": f"Bearer {token}"}

    def call(self, method: str, path: str, body: Any = None) -> requests.Response:
        return requests.request(method, self.url + path, json=body, headers=self.headers, timeout=5)

    def get(self, path: str) -> Any:
        response = self.call("GET", path)
        assert response.status_code == 200, response.text
        return response.json()

    def subscribe(self, kind: str = "OBJECT", *actions: str, **more: Any) -> Any:
        body = {"subscriptionType": kind, "portalId": PORTAL, "actions": list(actions), **more}
        response = self.call("POST", SUBSCRIPTIONS, body)
        assert response.status_code == 200, response.text
        return response.json()

    def events(self, row: dict[str, str]) -> Any:
        return requests.get(row["url"], timeout=5).json()["journalEvents"]


def test_an_empty_journal_is_a_204(portal: PortalClient) -> None:
    app = App(portal)
    assert [app.call("GET", f"{JOURNAL}/{end}").status_code for end in ("earliest", "latest")] == [204, 204]


def test_files_follow_each_other_by_offset(portal: PortalClient) -> None:
    portal.clock(freeze=NOON)
    app = App(portal)
    app.subscribe("OBJECT", "CREATE", objectTypeId="0-2")
    first = portal.create("companies", name="A")
    row = app.get(f"{JOURNAL}/earliest")
    assert set(row) == {"url", "expiresAt", "currentOffset"}
    file = requests.get(row["url"], timeout=5).json()
    assert set(file) == {"offset", "journalEvents", "publishedAt"}
    assert file["offset"] == row["currentOffset"]
    assert file["journalEvents"] == [
        {
            "type": "OBJECT",
            "portalId": PORTAL,
            "occurredAt": NOON,
            "action": "CREATE",
            "objectTypeId": "0-2",
            "objectId": int(first),
        }
    ]
    path = f"{JOURNAL}/offset/{row['currentOffset']}/next"
    assert app.call("GET", path).status_code == 204
    second = portal.create("companies", name="B")
    following = app.get(path)
    assert [one["objectId"] for one in app.events(following)] == [int(second)]
    assert app.get(f"{JOURNAL}/latest")["currentOffset"] == following["currentOffset"]
    assert app.get(f"{JOURNAL}/earliest")["currentOffset"] == row["currentOffset"]


def test_one_write_is_one_update_with_all_it_changed(portal: PortalClient) -> None:
    app = App(portal)
    company = portal.create("companies", name="A")
    app.subscribe("OBJECT", "UPDATE", objectTypeId="0-2", properties=["city"])
    path = f"/crm/v3/objects/companies/{company}"
    portal.ok("PATCH", path, {"properties": {"city": "Ulm", "country": "DE"}})
    portal.ok("PATCH", path, {"properties": {"name": "B"}})
    (event,) = app.events(app.get(f"{JOURNAL}/earliest"))
    assert event["propertyChanges"]["city"] == "Ulm"


def test_it_alone_tells_of_list_members_and_of_the_apps_leaving(portal: PortalClient) -> None:
    app = App(portal)
    company = portal.create("companies", name="A")
    body = {"name": "Tier 1", "objectTypeId": "0-2", "processingType": "MANUAL"}
    list_id = portal.post("/crm/v3/lists", body)["list"]["listId"]
    app.subscribe(
        "LIST_MEMBERSHIP", "ADDED_TO_LIST", "REMOVED_FROM_LIST", listIds=[int(list_id)], objectIds=[]
    )
    app.subscribe("APP_LIFECYCLE_EVENT", "APP_UNINSTALL")
    for verb in ("add", "add", "remove"):
        portal.ok("PUT", f"/crm/v3/lists/{list_id}/memberships/{verb}", [company])
    portal.post("/_emulator/oauth", {"uninstall": True})
    told = [(one["action"], one.get("listId")) for one in app.events(app.get(f"{JOURNAL}/latest"))]
    number = int(list_id)
    assert told == [("ADDED_TO_LIST", number), ("REMOVED_FROM_LIST", number), ("APP_UNINSTALL", None)]


def test_associations_merges_restores_and_erasures_are_told(portal: PortalClient) -> None:
    app = App(portal)
    one, other = (portal.create("contacts", email=f"{name}@acme.example") for name in "ab")
    company = portal.create("companies", name="A")
    app.subscribe("ASSOCIATION", "ASSOCIATION_ADDED", objectTypeId="0-1", associatedObjectTypeIds=["0-2"])
    app.subscribe("OBJECT", "MERGE", "RESTORE", "DELETE", objectTypeId="0-1")
    app.subscribe("GDPR_PRIVACY_DELETION", "GDPR_DELETE", objectTypeId="0-1")
    portal.ok("PUT", f"/crm/v4/objects/contacts/{one}/associations/default/companies/{company}")
    portal.post("/crm/v3/objects/contacts/merge", {"primaryObjectId": one, "objectIdToMerge": other})
    portal.call("DELETE", f"/crm/v3/objects/contacts/{one}")
    portal.post("/_emulator/restore", {"object": "contacts", "ids": [one]})
    portal.call("POST", "/crm/v3/objects/contacts/gdpr-delete", {"objectId": one})
    told = [event["action"] for event in app.events(app.get(f"{JOURNAL}/earliest"))]
    added = ["ASSOCIATION_ADDED"] * 2
    assert told == [*added, "MERGE", "DELETE", "RESTORE", *added, "DELETE", "GDPR_DELETE"]


def test_files_come_in_batches_and_missing_ones_are_named(portal: PortalClient) -> None:
    app = App(portal)
    app.subscribe("OBJECT", "CREATE", objectTypeId="0-2")
    offsets = []
    for number in range(4):
        portal.create("companies", name=f"C{number}")
        offsets.append(app.get(f"{JOURNAL}/latest")["currentOffset"])

    def found(path: str) -> list[str]:
        return [row["currentOffset"] for row in app.get(f"{JOURNAL}/batch/{path}")["results"]]

    assert found("earliest/3") == offsets[:3]
    assert found("latest/3") == offsets[1:]
    assert found(f"{offsets[0]}/next/2") == offsets[1:3]
    read = app.call("POST", f"{JOURNAL}/batch/read", {"inputs": [offsets[2], "gone"]})
    assert read.status_code == 207
    assert [row["currentOffset"] for row in read.json()["results"]] == [offsets[2]]
    assert app.call("GET", f"{JOURNAL}/batch/earliest/0").status_code == 400


def test_files_are_kept_three_days_and_their_addresses_an_hour(portal: PortalClient) -> None:
    portal.clock(freeze=NOON)
    app = App(portal)
    app.subscribe("OBJECT", "CREATE", objectTypeId="0-2")
    portal.create("companies", name="A")
    row = app.get(f"{JOURNAL}/earliest")
    assert requests.get(row["url"] + "0", timeout=5).status_code == 403
    portal.clock(advance_seconds=3601)
    expired = requests.get(row["url"], timeout=5)
    assert (expired.status_code, "Request has expired" in expired.text) == (403, True)
    portal.clock(advance_seconds=3 * 86_400)
    late = App(portal)
    assert late.call("GET", f"{JOURNAL}/offset/{row['currentOffset']}/next").status_code == 404
    assert late.call("GET", f"{JOURNAL}/earliest").status_code == 204


def test_subscriptions_are_listed_changed_and_removed(portal: PortalClient) -> None:
    app = App(portal)
    made = app.subscribe("OBJECT", "CREATE", objectTypeId="contacts")
    assert (made["objectTypeId"], made["appId"]) == ("0-1", 4_100_001)
    again = app.subscribe("OBJECT", "CREATE", "DELETE", objectTypeId="0-1")
    assert (again["id"], again["actions"]) == (made["id"], ["CREATE", "DELETE"])
    assert app.get(f"{SUBSCRIPTIONS}/{made['id']}") == again
    assert app.get(SUBSCRIPTIONS)["results"] == [again]
    assert app.call("DELETE", f"{SUBSCRIPTIONS}/{made['id']}").status_code == 204
    app.subscribe("OBJECT", "CREATE", objectTypeId="0-2")
    assert app.call("DELETE", f"{SUBSCRIPTIONS}/portals/{PORTAL}").status_code == 204
    assert app.get(SUBSCRIPTIONS)["results"] == []


@pytest.mark.parametrize(
    "body", [{"subscriptionType": "DRAGON"}, {"subscriptionType": "OBJECT", "actions": ["ADDED_TO_LIST"]}]
)
def test_a_subscription_that_makes_no_sense_is_a_400(portal: PortalClient, body: Any) -> None:
    assert App(portal).call("POST", SUBSCRIPTIONS, body).status_code == 400


def test_snapshots_become_entries(portal: PortalClient) -> None:
    app = App(portal)
    company = portal.create("companies", name="A")
    about = {"portalId": PORTAL, "objectTypeId": "0-2", "properties": ["name"]}
    asked = {"snapshotRequests": [{**about, "objectId": int(company)}, {**about, "objectId": 4}]}
    rows = app.call("POST", "/webhooks-journal/snapshots/2026-03/crm", asked).json()["snapshotResponses"]
    statuses = [app.get(f"{JOURNAL}/status/{row['snapshotStatusId']}")["status"] for row in rows]
    assert statuses == ["SUCCESS", "FAILED"]
    (event,) = app.events(app.get(f"{JOURNAL}/earliest"))
    assert (event["action"], event["propertyChanges"]) == ("SNAPSHOT", {"name": "A"})


def test_the_journal_counts_towards_no_limit(portal: PortalClient) -> None:
    portal.set(burst_limit=1, oauth_burst_limit=1, daily_limit=1)
    app = App(portal)
    responses = [app.call("GET", f"{JOURNAL}/earliest") for _ in range(3)]
    assert [response.status_code for response in responses] == [204] * 3
    assert not [name for name in responses[0].headers if "RateLimit" in name]


def test_each_kind_of_token_is_refused_where_the_other_belongs(portal: PortalClient) -> None:
    assert portal.error("GET", f"{JOURNAL}/earliest")[0] == 401
    assert App(portal).call("GET", "/crm/v3/objects/companies").status_code == 401
    refused = App(portal, "developer.webhooks_journal.read").call("GET", SUBSCRIPTIONS)
    assert (refused.status_code, refused.json()["category"]) == (403, "MISSING_SCOPES")


def test_the_local_twin_and_another_account(portal: PortalClient) -> None:
    app = App(portal)
    app.subscribe("OBJECT", "CREATE", objectTypeId="0-2")
    portal.create("companies", name="A")
    local = JOURNAL.replace("journal/2026", "journal-local/2026")
    assert app.get(f"{local}/earliest?installPortalId={PORTAL}")["url"]
    assert app.call("GET", f"{local}/earliest?installPortalId=1").status_code == 204
