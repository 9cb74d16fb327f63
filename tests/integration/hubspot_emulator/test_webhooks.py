"""Deliveries of webhooks: what is told, how it is signed, what is repeated."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
import requests
from hubspot.utils.signature import Signature

from tests.integration.hubspot_emulator.receiver import Receiver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.hubspot_emulator.conftest import PortalClient

COMPANIES, CONTACTS = "/crm/v3/objects/companies", "/crm/v3/objects/contacts"
NOON = "2026-05-04T12:00:00Z"
NOON_MS = 1_777_896_000_000
APP = "4100001"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def subscribe(portal: PortalClient, receiver: Receiver, *subscriptions: Any, **more: Any) -> None:
    parsed = [{"type": one} if isinstance(one, str) else one for one in subscriptions]
    portal.post("/_emulator/webhooks", {"target_url": receiver.url, "subscriptions": parsed, **more})


def deliver(portal: PortalClient) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = portal.post("/_emulator/webhooks/deliver", {})["deliveries"]
    return rows


def changes_of(name: str, object_name: str = "company") -> dict[str, str]:
    return {"type": f"{object_name}.propertyChange", "property": name}


def test_a_creation_looks_like_a_recorded_one(portal: PortalClient, receiver: Receiver) -> None:
    portal.clock(freeze=NOON)
    subscribe(portal, receiver, "company.creation")
    company = portal.create("companies", name="Acme")
    assert receiver.requests == []
    assert deliver(portal) == [{"events": 1, "attempt": 0, "status": 200}]
    (event,) = receiver.events
    assert list(event) == [
        "eventId", "subscriptionId", "portalId", "appId", "occurredAt", "subscriptionType", "attemptNumber",
        "objectId", "changeFlag", "changeSource", "sourceId",
    ]  # fmt: skip
    assert (event["objectId"], event["occurredAt"]) == (int(company), NOON_MS)
    assert (event["changeFlag"], event["subscriptionType"]) == ("CREATED", "company.creation")
    assert (event["changeSource"], event["sourceId"]) == ("INTEGRATION", APP)


def test_own_writes_and_those_of_other_apps_and_people_differ_in_their_source(
    portal: PortalClient, receiver: Receiver
) -> None:
    tokens = {"demo-token": ["*"], "other-token": ["*"]}
    portal.set(tokens=tokens, token_apps={"other-token": 77})
    company = portal.create("companies", name="Acme")
    subscribe(portal, receiver, changes_of("city"))
    path = f"{COMPANIES}/{company}"
    portal.ok("PATCH", path, {"properties": {"city": "Ulm"}})
    headers = {"Authorization": "Bearer other-token"}
    body = {"properties": {"city": "Bern"}}
    portal.session.patch(portal.url + path, json=body, headers=headers, timeout=5)
    edit = {"object": "companies", "id": company, "properties": {"city": "Wien"}}
    portal.post("/_emulator/edit", edit)
    deliver(portal)
    sources = [(one["propertyValue"], one["changeSource"], one["sourceId"]) for one in receiver.events]
    assert sources == [
        ("Ulm", "INTEGRATION", APP),
        ("Bern", "INTEGRATION", "77"),
        ("Wien", "CRM_UI", "userId:1"),
    ]


def test_writing_the_same_value_tells_nobody(portal: PortalClient, receiver: Receiver) -> None:
    company = portal.create("companies", name="Acme", city="Ulm")
    subscribe(portal, receiver, changes_of("city"))
    portal.ok("PATCH", f"{COMPANIES}/{company}", {"properties": {"city": "Ulm"}})
    assert deliver(portal) == []


def test_a_delivery_carries_the_recorded_headers_and_three_signatures(
    portal: PortalClient, receiver: Receiver
) -> None:
    portal.clock(freeze=NOON)
    subscribe(portal, receiver, "company.creation")
    portal.create("companies", name="Ärger & Söhne")
    deliver(portal)
    headers, body = receiver.requests[0]
    assert headers["x-hubspot-request-timestamp"] == str(NOON_MS)
    assert headers["x-hubspot-timeout-millis"] == "10000"
    assert headers["user-agent"].startswith("HubSpot Connect 2.0 (http://dev.hubspot.com/)")
    checks = {"client_secret": "demo-secret", "request_body": body.decode()}
    assert headers["x-hubspot-signature-version"] == "v1"
    assert Signature.is_valid(
        signature=headers["x-hubspot-signature"], signature_version="v1", http_uri=receiver.url, **checks
    )
    portal.set(webhook_signature_version="v2")
    portal.create("companies", name="Another")
    deliver(portal)
    headers, body = receiver.requests[1]
    assert headers["x-hubspot-signature-version"] == "v2"
    checks["request_body"] = body.decode()
    assert Signature.is_valid(
        signature=headers["x-hubspot-signature"], signature_version="v2", http_uri=receiver.url, http_method="POST",
        **checks,
    )  # fmt: skip


@pytest.mark.parametrize("behind_proxy", [False, True])
def test_the_vendors_own_check_accepts_version_3(
    portal: PortalClient, receiver: Receiver, *, behind_proxy: bool
) -> None:
    signed_url = "https://abm.example.com/hooks?crm=hubspot" if behind_proxy else receiver.url
    subscribe(portal, receiver, "company.creation", signed_url=signed_url)
    portal.create("companies", name="Acme")
    deliver(portal)
    headers, body = receiver.requests[0]
    assert Signature.is_valid(
        signature=headers["x-hubspot-signature-v3"],
        client_secret="demo-secret",
        request_body=body.decode(),
        http_uri=signed_url,
        http_method="POST",
        signature_version="v3",
        timestamp=headers["x-hubspot-request-timestamp"],
    )


def test_what_is_refused_comes_again_ten_times_within_a_day(portal: PortalClient, receiver: Receiver) -> None:
    portal.clock(freeze=NOON)
    subscribe(portal, receiver, "company.creation")
    portal.create("companies", name="Acme")
    receiver.statuses = [500] * 11
    assert [row["status"] for row in deliver(portal)] == [500]
    assert deliver(portal) == []
    for attempt in range(1, 11):
        due_ms = portal.get("/_emulator/webhooks")["next_due_ms"]
        now_ms = NOON_MS if attempt == 1 else int(receiver.requests[-1][0]["x-hubspot-request-timestamp"])
        portal.clock(advance_seconds=(due_ms - now_ms) / 1000)
        assert deliver(portal) == [{"events": 1, "attempt": attempt, "status": 500}]
    assert [one["attemptNumber"] for one in receiver.events] == list(range(11))
    stamps = [int(headers["x-hubspot-request-timestamp"]) for headers, _ in receiver.requests]
    assert stamps == sorted(set(stamps))
    assert stamps[-1] - stamps[0] <= 86_400_000
    state = portal.get("/_emulator/webhooks")
    assert (state["waiting"], state["given_up"], state["delivered"]) == (0, 1, 0)


def test_an_address_where_nobody_answers_counts_as_refused(portal: PortalClient, receiver: Receiver) -> None:
    subscribe(portal, receiver, "company.creation")
    receiver.close()
    portal.create("companies", name="Acme")
    assert [row["status"] for row in deliver(portal)] == [0]
    assert portal.get("/_emulator/webhooks")["waiting"] == 1


def test_requests_hold_at_most_a_hundred_events_of_all_kinds(
    portal: PortalClient, receiver: Receiver
) -> None:
    subscribe(portal, receiver, "company.creation", changes_of("name"), "contact.creation")
    for start in (0, 100):
        inputs = [{"properties": {"name": f"C{start + number}"}} for number in range(100)]
        portal.post(f"{COMPANIES}/batch/create", {"inputs": inputs})
    portal.create("contacts", email="a@acme.example")
    rows = deliver(portal)
    assert sorted(row["events"] for row in rows) == [1, 100, 100, 100, 100]
    kinds = {one["subscriptionType"] for one in receiver.events}
    assert kinds == {"company.creation", "company.propertyChange", "contact.creation"}


def test_events_come_repeated_shuffled_and_late_where_the_settings_say_so(
    portal: PortalClient, receiver: Receiver
) -> None:
    portal.clock(freeze=NOON)
    portal.set(
        webhook_repeat_share=0.5, webhook_shuffle=True, webhook_late_share=0.5, webhook_late_seconds=600,
        webhook_delay_seconds=1, webhook_concurrency=1,
    )  # fmt: skip
    subscribe(portal, receiver, "company.creation")
    ids = [int(portal.create("companies", name=f"C{number}")) for number in range(40)]
    assert deliver(portal) == []
    portal.clock(advance_seconds=1)
    deliver(portal)
    early = [one["objectId"] for one in receiver.events]
    assert 0 < len(set(early)) < 40
    portal.clock(advance_seconds=600)
    deliver(portal)
    everything = [one["objectId"] for one in receiver.events]
    assert set(everything) == set(ids)
    assert len(everything) > 40
    assert early != sorted(early)
    repeated = {one["eventId"] for one in receiver.events}
    assert len(repeated) == 40


def test_an_association_is_told_once_per_side_and_a_primary_one_twice(
    portal: PortalClient, receiver: Receiver
) -> None:
    contact = portal.create("contacts", email="a@acme.example")
    first, second = (portal.create("companies", name=name) for name in ("A", "B"))
    subscribe(portal, receiver, "contact.associationChange", "company.associationChange")
    path = f"/crm/v4/objects/contacts/{contact}/associations"
    portal.ok("PUT", f"{path}/default/companies/{first}")
    deliver(portal)
    told = {
        (one["associationType"], one["fromObjectId"], one["toObjectId"], one["isPrimaryAssociation"])
        for one in receiver.events
    }
    assert len(receiver.events) == 4
    assert told == {
        ("CONTACT_TO_COMPANY", int(contact), int(first), True),
        ("CONTACT_TO_COMPANY", int(contact), int(first), False),
        ("COMPANY_TO_CONTACT", int(first), int(contact), True),
        ("COMPANY_TO_CONTACT", int(first), int(contact), False),
    }
    receiver.requests.clear()
    portal.ok("PUT", f"{path}/default/companies/{second}")
    deliver(portal)
    assert [one["isPrimaryAssociation"] for one in receiver.events] == [False, False]
    receiver.requests.clear()
    portal.call("DELETE", f"{path}/companies/{second}")
    deliver(portal)
    assert [one["associationRemoved"] for one in receiver.events] == [True, True]


@pytest.mark.parametrize("creates", [False, True])
def test_a_merge_names_the_survivor_and_the_merged(
    portal: PortalClient, receiver: Receiver, *, creates: bool
) -> None:
    portal.set(merge_creates_record=creates)
    one, other = (portal.create("companies", name="A"), portal.create("companies", name="B", city="Ulm"))
    subscribe(portal, receiver, "company.merge", "company.deletion")
    merged = portal.post(f"{COMPANIES}/merge", {"primaryObjectId": one, "objectIdToMerge": other})
    deliver(portal)
    (event,) = receiver.events
    assert (event["primaryObjectId"], event["mergedObjectIds"]) == (int(one), [int(other)])
    assert event["newObjectId"] == int(merged["id"])
    assert event["numberOfPropertiesMoved"] == 1


def test_deletion_restore_and_privacy_deletion_are_told(portal: PortalClient, receiver: Receiver) -> None:
    contact = portal.create("contacts", email="a@acme.example")
    subscribe(portal, receiver, "contact.deletion", "contact.restore", "contact.privacyDeletion")
    portal.call("DELETE", f"{CONTACTS}/{contact}")
    portal.post("/_emulator/restore", {"object": "contacts", "ids": [contact]})
    assert portal.get(f"{CONTACTS}/{contact}")["archived"] is False
    portal.call("POST", f"{CONTACTS}/gdpr-delete", {"objectId": contact})
    deliver(portal)
    assert [one["subscriptionType"] for one in receiver.events] == [
        "contact.deletion",
        "contact.restore",
        "contact.deletion",
        "contact.privacyDeletion",
    ]


def test_a_generic_association_names_the_types_of_both_ends(portal: PortalClient, receiver: Receiver) -> None:
    contact, company = portal.create("contacts", email="a@acme.example"), portal.create("companies", name="A")
    subscribe(portal, receiver, {"type": "object.associationChange", "objectTypeId": "0-1"})
    portal.ok("PUT", f"/crm/v4/objects/contacts/{contact}/associations/default/companies/{company}")
    deliver(portal)
    assert {(one["fromObjectTypeId"], one["toObjectTypeId"]) for one in receiver.events} == {("0-1", "0-2")}
    assert not any("objectTypeId" in one for one in receiver.events)


def test_generic_subscriptions_name_the_type_of_the_object(portal: PortalClient, receiver: Receiver) -> None:
    subscribe(
        portal,
        receiver,
        {"type": "object.creation", "objectTypeId": "0-47"},
        {"type": "object.propertyChange", "objectTypeId": "0-2", "property": "city"},
    )
    portal.create("meetings", hs_timestamp=NOON)
    portal.create("companies", name="Acme", city="Ulm")
    deliver(portal)
    told = [(one["subscriptionType"], one["objectTypeId"]) for one in receiver.events]
    assert told == [("object.creation", "0-47"), ("object.propertyChange", "0-2")]
    assert receiver.events[1]["isSensitive"] is False


def test_the_subscriber_may_call_the_api_while_it_is_served(portal: PortalClient, receiver: Receiver) -> None:
    subscribe(portal, receiver, "company.creation")
    company = portal.create("companies", name="Acme")
    seen: list[str] = []
    headers = {"Authorization": "Bearer demo-token"}
    receiver.on_request = lambda: seen.append(
        requests.get(f"{portal.url}{COMPANIES}/{company}", headers=headers, timeout=5).json()["id"]
    )
    assert [row["status"] for row in deliver(portal)] == [200]
    assert seen == [company]


@pytest.mark.parametrize(
    "body",
    [
        {"target_url": "https://example.com/hooks"},
        {"target_url": "http://10.0.0.1/hooks"},
        {"target_url": "http://localhost:1/", "subscriptions": [{"type": "company.explosion"}]},
        {"target_url": "http://localhost:1/", "subscriptions": [{"type": "company.propertyChange"}]},
        {"target_url": "http://localhost:1/", "subscriptions": [changes_of("hs_lastmodifieddate")]},
        {"target_url": "http://localhost:1/", "subscriptions": [{"type": "object.creation"}]},
        {"target_url": "http://localhost:1/", "subscriptions": [{"type": "product.associationChange"}]},
    ],
)
def test_what_hubspot_would_not_take_is_refused(portal: PortalClient, body: Any) -> None:
    assert portal.error("POST", "/_emulator/webhooks", body)[0] == 400


def test_loading_tells_nobody_and_a_reset_forgets_all(portal: PortalClient, receiver: Receiver) -> None:
    subscribe(portal, receiver, "company.creation")
    portal.load(objects={"companies": [{"id": 1, "properties": {"name": "A"}}]})
    assert deliver(portal) == []
    portal.post("/_emulator/reset", {})
    assert portal.get("/_emulator/webhooks")["subscriptions"] == []


def test_a_background_sender_can_be_started_and_stopped(portal: PortalClient, receiver: Receiver) -> None:
    subscribe(portal, receiver, "company.creation")
    assert portal.post("/_emulator/webhooks/background", {"every_seconds": 0.01})["running"] is True
    portal.create("companies", name="Acme")
    assert receiver.arrived.wait(10)
    assert portal.post("/_emulator/webhooks/background", {"every_seconds": None})["running"] is False
    deadline = time.monotonic() + 5
    while portal.get("/_emulator/webhooks")["waiting"]:
        assert time.monotonic() < deadline
