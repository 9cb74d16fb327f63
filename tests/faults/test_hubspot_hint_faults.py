"""Faults F67 to F69 and F72 to F74, F31 and F41: what comes by webhook or journal is forged, late, doubled or odd."""

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import hubspot
from connectors.contract import Wanted
from connectors.hubspot.journal import Journal
from connectors.hubspot.settings import HubspotSettings
from connectors.hubspot.signature import Delivery, Verifier, Version
from connectors.hubspot.webhooks import MAX_BODY_BYTES, MAX_EVENTS, Webhooks, _collect
from core.errors import AuthError, ContractError, SignatureError
from core.hints import ChangeHint, HintEvent
from core.managed_fields import MANAGED_FIELDS
from core.records import Kind, RecordRef
from core.secrets import SecretText
from tests.contract.harness import PatientTiming
from tests.contract.hubspot_harness import HubspotHarness
from tests.hubspot_deliveries import APP, CHANGE, PORTAL, signature_headers
from tests.integration.hubspot_connector.reading import companies, load, paths
from tests.integration.hubspot_emulator.receiver import Receiver

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
URL = "https://abm.example.com/webhooks/hubspot"
SECRET, OLD_SECRET = "canary-client-secret-81", "canary-client-secret-80"


def settings(**more: Any) -> HubspotSettings:
    given = {"crm": "hubspot", "token": "env:TOKEN", "client_secret": "env:NEW", "hints": "webhooks", **more}
    return HubspotSettings.model_validate(given)


def subscriber(**more: Any) -> Webhooks:
    secrets = {"NEW": SECRET, "OLD": OLD_SECRET}
    made = hubspot.webhooks(settings(**more), lambda ref: SecretText(secrets[ref.name]), PORTAL)
    assert made is not None
    return made


def signed(body: bytes, *, secret: str = SECRET, url: str = URL, at: datetime = NOW) -> dict[str, str]:
    return signature_headers(body, secret, url, at)


def told(*events: Mapping[str, Any], **more: Any) -> list[ChangeHint]:
    body = orjson.dumps(events)
    return list(subscriber(**more).received(signed(body), body, URL, NOW).hints)


def refused(headers: Mapping[str, str], body: bytes, url: str = URL, now: datetime = NOW) -> str:
    with pytest.raises(SignatureError) as caught:
        subscriber().received(headers, body, url, now)
    return str(caught.value)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def subscribe(portal: HubspotHarness, receiver: Receiver, *types: Any) -> None:
    subscriptions = [{"type": one} if isinstance(one, str) else one for one in types]
    portal.control("POST", "webhooks", {"target_url": receiver.url, "subscriptions": subscriptions})
    portal.control("POST", "settings", {"client_secret": SECRET})
    portal.set_clock(NOW)


def delivered(portal: HubspotHarness, receiver: Receiver) -> list[ChangeHint]:
    """What the real parser makes of what the emulator sends now."""
    receiver.requests.clear()
    portal.control("POST", "webhooks/deliver", {})
    return [
        hint
        for headers, body in receiver.requests
        for hint in subscriber().received(headers, body, receiver.url, NOW).hints
    ]


def brief(hints: list[ChangeHint]) -> set[tuple[str, str, str]]:
    return {(str(one.event), one.object_name, one.remote_id) for one in hints}


LEFT_OUT = object()
HEAD = ("appId", "subscriptionType", "changeSource", "sourceId")
PARTS: Mapping[str, tuple[Any, ...]] = {
    "portalId": (int(PORTAL), PORTAL, 1),
    "appId": (int(APP), 1),
    "subscriptionType": ("company.propertyChange", "object.creation", "contact.merge", 5),
    "objectTypeId": (LEFT_OUT, "0-47", "0-2"),
    "propertyName": ("city", None, []),
    "changeSource": ("CRM_UI", "INTEGRATION"),
    "sourceId": ("userId:7", str(APP)),
    "subscriptionId": (5, LEFT_OUT),
    "eventId": (1, 2),
    "occurredAt": (1_795_683_600_000,),
    "objectId": (7, "8", "x", "²", {}, LEFT_OUT),
}
USUAL = [
    dict(zip(PARTS, parts, strict=True))
    for parts in product(*(parts[:2] if name in HEAD else parts[:1] for name, parts in PARTS.items()))
]


@pytest.mark.parametrize("usual", USUAL, ids=lambda one: "-".join(str(one[name]) for name in HEAD))
def test_f74_what_events_share_is_found_out_once_and_each_says_what_it_says_alone(usual: Any) -> None:
    """A flood is read by what its events share; one by one is the reference."""
    one_by_one = subscriber()

    def by_rules(few: Sequence[Any]) -> tuple[set[str], Counter[str]]:
        hints: dict[Any, ChangeHint] = {}
        reasons = [one_by_one._refused(one) or _collect(one, hints) for one in few]
        return set(map(repr, hints.values())), Counter(filter(None, reasons))

    odd = [{**usual, name: part} for name, parts in PARTS.items() for part in parts]
    kinds = [{k: v for k, v in one.items() if v is not LEFT_OUT} for one in odd]
    for few in product([*kinds, "no event"], repeat=2):
        body = orjson.dumps(few)
        found = one_by_one.received(signed(body), body, URL, NOW)
        assert (set(map(repr, found.hints)), found.left_out) == by_rules(few), few


# F67: our own writes come back.


def test_f67_a_write_of_our_own_app_is_no_hint_and_a_person_s_edit_in_the_same_minute_is(
    portal: HubspotHarness, receiver: Receiver
) -> None:
    load(portal, "companies", companies([1]))
    subscribe(portal, receiver, {"type": "company.propertyChange", "property": "city"})
    portal.api("PATCH", "/crm/objects/2026-03/companies/1", {"properties": {"city": "Ulm"}})
    portal.control("POST", "edit", {"object": "companies", "id": "1", "properties": {"city": "Bern"}})

    hints = delivered(portal, receiver)

    assert len(receiver.events) == 2
    assert [(one.remote_id, one.kind, one.field) for one in hints] == [("1", Kind.ACCOUNT, "city")]


def test_f67_another_app_s_write_is_a_hint_and_so_is_our_app_s_deletion() -> None:
    ours = {**CHANGE, "changeSource": "INTEGRATION", "sourceId": APP}
    assert told(ours) == []
    assert len(told({**ours, "sourceId": "77"})) == 1
    assert len(told({**ours, "changeSource": "CRM_UI"})) == 1
    assert len(told({**ours, "subscriptionType": "company.deletion"})) == 1
    assert len(told({**ours, "subscriptionType": "company.creation"})) == 1
    assert len(told({**ours, "appId": 77, "sourceId": "77"}, app_id=int(APP))) == 0


# F68 and F69: the same event again, and in any order.


def test_f68_an_event_sent_three_times_is_one_key_and_different_events_with_one_id_are_two() -> None:
    again = [{**CHANGE, "attemptNumber": n} for n in range(3)]
    other = {**CHANGE, "propertyName": "name", "propertyValue": "Acme"}
    hints = told(*again, other)
    assert [one.field for one in hints] == ["domain", "name"]
    assert told(again[2])[0].key == hints[0].key


def test_f69_shuffled_and_repeated_deliveries_tell_the_same_records(
    portal: HubspotHarness, receiver: Receiver
) -> None:
    load(portal, "companies", companies(range(1, 151)))
    subscribe(portal, receiver, {"type": "company.propertyChange", "property": "name"})
    portal.control("POST", "settings", {"webhook_shuffle": True, "webhook_repeat_share": 1.0})
    for one in range(1, 151):
        portal.control(
            "POST", "edit", {"object": "companies", "id": str(one), "properties": {"name": f"N{one}"}}
        )

    hints = delivered(portal, receiver)

    assert len(receiver.events) == 300
    assert {one.remote_id for one in hints} == {str(one) for one in range(1, 151)}
    assert len({one.key for one in hints}) == 150


# Every kind of event.


def test_each_kind_of_event_names_the_records_it_is_about(portal: HubspotHarness, receiver: Receiver) -> None:
    load(portal, "companies", companies([1, 2, 3, 4]))
    load(portal, "contacts", {11: {"email": "a@c1.example"}})
    kinds = ("deletion", "restore", "merge", "associationChange")
    subscribe(
        portal,
        receiver,
        *(f"company.{kind}" for kind in kinds),
        "contact.privacyDeletion",
        "contact.deletion",
    )
    at = "/crm/objects/2026-03"
    portal.delete(RecordRef(Kind.ACCOUNT, "1"))
    portal.control("POST", "restore", {"object": "companies", "ids": ["1"]})
    assert brief(delivered(portal, receiver)) == {
        ("deleted", "companies", "1"),
        ("restored", "companies", "1"),
    }
    survivor = portal.merge_accounts("2", "3")
    assert brief(delivered(portal, receiver)) >= {
        ("merged", "companies", one) for one in ("2", "3", survivor)
    }
    portal.api("PUT", f"{at}/companies/4/associations/default/contacts/11")
    # Made with our own app's token, but not by us: Shortlist links nothing.
    assert brief(delivered(portal, receiver)) == {
        ("changed", "companies", "4"),
        ("changed", "contacts", "11"),
    }
    portal.api("POST", f"{at}/contacts/gdpr-delete", {"objectId": "11"})
    assert ("erased", "contacts", "11") in brief(delivered(portal, receiver))


def test_both_ends_of_a_changed_link_are_told_of() -> None:
    link = {
        **{name: CHANGE[name] for name in ("eventId", "subscriptionId", "portalId", "appId", "occurredAt")},
        "subscriptionType": "contact.associationChange",
        "associationType": "CONTACT_TO_COMPANY",
        "fromObjectId": 11,
        "toObjectId": 4,
        "associationRemoved": True,
        "isPrimaryAssociation": True,
        "changeSource": "CRM_UI",
        "sourceId": "userId:1",
    }
    assert brief(told(link)) == {("changed", "contacts", "11"), ("changed", "companies", "4")}
    child = {**link, "subscriptionType": "company.associationChange"}
    child["associationType"] = "CHILD_COMPANY_TO_PARENT_COMPANY"
    assert brief(told(child)) == {("changed", "companies", "11"), ("changed", "companies", "4")}
    unlabeled = {**link, "associationType": "CONTACT_TO_COMPANY_UNLABELED"}
    assert brief(told(unlabeled)) == {("changed", "contacts", "11"), ("changed", "companies", "4")}
    generic = {
        **link,
        "subscriptionType": "object.associationChange",
        "associationType": None,
        "fromObjectTypeId": "0-1",
        "toObjectTypeId": "0-2",
    }
    assert brief(told(generic)) == {("changed", "contacts", "11"), ("changed", "companies", "4")}


def test_generic_events_name_their_object_by_the_id_of_its_type() -> None:
    generic = {**CHANGE, "subscriptionType": "object.propertyChange", "isSensitive": False}
    company, call, custom = told(
        *({**generic, "objectTypeId": type_id} for type_id in ("0-2", "0-48", "2-3453932"))
    )
    assert (company.object_name, company.kind, company.remote_id) == ("companies", Kind.ACCOUNT, "41")
    assert (call.object_name, call.kind, call.remote_id) == ("calls", Kind.ACTIVITY, "calls:41")
    assert (custom.object_name, custom.kind) == ("2-3453932", None)


def test_no_value_leaves_a_delivery() -> None:
    theirs, ours = told(
        CHANGE, {**CHANGE, "propertyName": "abm_tier_override", "propertyValue": "acme.example"}
    )
    assert (theirs.field, ours.field) == ("domain", "abm_tier_override")
    assert "acme.example" not in repr((theirs, ours))


# F72: forged, stale, future, replayed elsewhere.


def test_f72_the_published_vector_verifies_and_with_one_bit_changed_it_does_not() -> None:
    body = (
        b'[{"eventId":531833541,"subscriptionId":3923621,"portalId":48807704,"appId":16111050,'
        b'"occurredAt":1752613920733,"subscriptionType":"contact.creation","attemptNumber":0,'
        b'"objectId":138017612137,"changeFlag":"CREATED","changeSource":"CRM_UI","sourceId":"userId:76023669"}]'
    )
    headers = {
        "x-hubspot-signature-v3": "gbj1XPRvUt0noT7i7fXfTzOD4sLzQmf0VT28ZYq0EYg=",
        "x-hubspot-request-timestamp": "1752613922216",
    }
    url = "https://webhook.site/335453f5-94b3-49d9-b684-a55354d4b8df"
    now = datetime.fromtimestamp(1_752_613_923, UTC)
    app = Webhooks("48807704", Verifier([SecretText("cfc68c0b-4b4e-4ef8-b764-95350e4ea479")]))

    (hint,) = app.received(headers, body, url, now).hints

    assert (hint.event, hint.kind, hint.remote_id) == (HintEvent.CHANGED, Kind.CONTACT, "138017612137")
    for bad in (body + b" ", body.replace(b"531833541", b"531833542")):
        with pytest.raises(SignatureError):
            app.received(headers, bad, url, now)
    with pytest.raises(SignatureError):
        app.received(headers, body, f"{url}/", now)


@pytest.mark.parametrize("seconds", [-301, 301, -86_400, 315_360_000])
def test_f72_a_stale_delivery_and_one_from_the_future_are_refused(seconds: int) -> None:
    body = orjson.dumps([CHANGE])
    assert "five minutes" in refused(signed(body, at=NOW + timedelta(seconds=seconds)), body)


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_f72_the_window_s_borders_are_inside(seconds: int) -> None:
    body = orjson.dumps([CHANGE])
    headers = signed(body, at=NOW + timedelta(seconds=seconds))
    assert len(subscriber().received(headers, body, URL, NOW).hints) == 1


@pytest.mark.parametrize("header", ["X-HubSpot-Signature-V3", "X-HubSpot-Request-Timestamp"])
@pytest.mark.parametrize(
    "value", [None, "", "é", "\uff11\uff17", "1764.0", "9" * 5000, "-5", "\ud800", "x" * 100_000]
)
def test_f72_missing_and_odd_headers_are_a_refusal_and_no_crash(header: str, value: str | None) -> None:
    body = orjson.dumps([CHANGE])
    headers = signed(body)
    headers.pop(header)
    if value is not None:
        headers[header] = value
    refused(headers, body)


def test_f72_a_header_that_comes_twice_is_refused() -> None:
    body = orjson.dumps([CHANGE])
    headers = signed(body)
    assert "twice" in refused({**headers, "x-hubspot-request-timestamp": "1"}, body)


@pytest.mark.parametrize("url", [f"{URL}?a=1", URL.replace("https", "http"), f"{URL}/other", "é", "\ud800"])
def test_f72_a_delivery_to_another_address_is_refused(url: str) -> None:
    body = orjson.dumps([CHANGE])
    refused(signed(body), body, url)


def test_f72_the_bytes_are_verified_and_not_what_they_mean() -> None:
    body = orjson.dumps([CHANGE])
    refused(signed(body), json.dumps([CHANGE]).encode())


def test_f72_only_the_documented_escapes_of_an_address_are_undone() -> None:
    body = orjson.dumps([CHANGE])
    given = f"{URL}/a%3Ab%2fc?q=%40%25%26%2B%20d"
    as_signed = f"{URL}/a:b/c?q=@%25%26%2B%20d"
    assert len(subscriber().received(signed(body, url=as_signed), body, given, NOW).hints) == 1
    refused(signed(body, url=given), body, given)


def test_f72_during_a_rotation_both_secrets_are_good_and_afterwards_one() -> None:
    body = orjson.dumps([CHANGE])
    during = subscriber(client_secret_before="env:OLD")
    for secret in (SECRET, OLD_SECRET):
        assert during.received(signed(body, secret=secret), body, URL, NOW).hints
    refused(signed(body, secret=OLD_SECRET), body)


def test_f72_versions_that_can_be_replayed_are_refused_unless_they_are_asked_for(
    portal: HubspotHarness, receiver: Receiver
) -> None:
    load(portal, "companies", companies([1]))
    subscribe(portal, receiver, {"type": "company.propertyChange", "property": "name"})
    portal.control("POST", "edit", {"object": "companies", "id": "1", "properties": {"name": "New"}})
    assert len(delivered(portal, receiver)) == 1
    headers, body = receiver.requests[0]
    del headers["x-hubspot-signature-v3"]
    with pytest.raises(SignatureError):
        subscriber().received(headers, body, receiver.url, NOW)
    assert len(subscriber(signatures=("v1",)).received(headers, body, receiver.url, NOW).hints) == 1


def test_f72_without_a_secret_nothing_is_taken() -> None:
    body = orjson.dumps([CHANGE])
    with pytest.raises(SignatureError):
        Webhooks(PORTAL, Verifier([SecretText("")])).received(signed(body, secret=""), body, URL, NOW)


def test_f72_no_message_shows_a_secret_or_the_body() -> None:
    body = orjson.dumps([{**CHANGE, "propertyValue": "canary-of-a-person"}])
    words = refused(signed(body, secret="wrong"), body)
    assert "canary" not in words
    assert "canary" not in repr(subscriber())


_CORPUS = os.environ.get("SHORTLIST_CORPUS")


@pytest.mark.skipif(_CORPUS is None, reason="SHORTLIST_CORPUS does not name a folder of recordings")
def test_f72_all_published_vectors_verify() -> None:
    found = sorted((Path(_CORPUS or "") / "hubspot").glob("1[01]?_webhook_v*.json"))
    vectors = [orjson.loads(one.read_bytes()) for one in found if ".body." not in one.name]
    for vector in vectors:
        body = (found[0].parent / vector["body_file"]).read_bytes()
        secret = vector["notes"].partition("client_secret=")[2].split()[0].rstrip(".,;")
        versions: tuple[Version, ...] = ("v1", "v2", "v3")
        stamp = int(vector["headers"].get("x-hubspot-request-timestamp", 0)) / 1000
        delivery = Delivery(vector["path"], body, vector["method"])
        Verifier([SecretText(secret)], versions).verify(
            vector["headers"], delivery, datetime.fromtimestamp(stamp, UTC)
        )
        with pytest.raises(SignatureError):
            Verifier([SecretText(f"{secret}x")], versions).verify(
                vector["headers"], delivery, datetime.fromtimestamp(stamp, UTC)
            )
    assert len(vectors) == 8


# F73 and F74: malformed, unknown.


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"null",
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b"\xff\xfe\x00",
        b'[{"a": 1]',
        b" " * (MAX_BODY_BYTES + 1),
        orjson.dumps([CHANGE] * (MAX_EVENTS + 1)),
    ],
)
def test_f73_a_body_that_hubspot_would_not_send_is_refused(body: bytes) -> None:
    refused(signed(body), body)


def test_f73_a_compressed_body_is_refused_unopened() -> None:
    body = orjson.dumps([CHANGE])
    assert "compressed" in refused({**signed(body), "Content-Encoding": "gzip"}, body)


@given(
    st.lists(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=20),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from([*CHANGE, "mergedObjectIds", "toObjectId"]), inner, max_size=6
                )
            ),
            max_leaves=12,
        ),
        max_size=4,
    )
)
def test_f73_whatever_stands_in_a_signed_body_one_good_event_in_it_is_told(odd: list[Any]) -> None:
    body = json.dumps([*odd, CHANGE]).encode()
    try:
        hints = subscriber().received(signed(body), body, URL, NOW).hints
    except SignatureError:
        return  # numbers or texts that JSON in UTF-8 does not know
    assert "41" in {one.remote_id for one in hints}


def test_f74_unknown_types_portals_and_apps_are_left_out_counted_and_spoil_nothing() -> None:
    odd = [
        {**CHANGE, "portalId": 1},
        {**CHANGE, "objectId": None},
        {**CHANGE, "objectId": True},
        {**CHANGE, "subscriptionType": "conversation.newMessage"},
        {**CHANGE, "subscriptionType": "company.merge", "mergedObjectIds": "7", "objectId": []},
        "text",
    ]
    body = orjson.dumps([*odd, {**CHANGE, "subscriptionType": "spaceship.landing"}, CHANGE])

    hints, left_out, _ = subscriber().received(signed(body), body, URL, NOW)

    assert [(one.object_name, one.kind) for one in hints] == [
        ("spaceship", None),
        ("companies", Kind.ACCOUNT),
    ]
    assert left_out == {"another portal's": 1, "unreadable": 4, "not about a record": 1}


def test_f74_older_deliveries_call_the_type_event_type() -> None:
    old = {name: value for name, value in CHANGE.items() if name != "subscriptionType"}
    (hint,) = told({**old, "eventType": "contact.creation", "occurredAt": "no instant"})
    assert hint.kind is Kind.CONTACT


def test_hints_need_their_secret_and_none_is_configured_for_nothing() -> None:
    with pytest.raises(ValueError, match='hints = "webhooks" needs client_secret'):
        settings(client_secret=None)
    with pytest.raises(ValueError, match="does not use client_secret"):
        settings(hints="none")
    assert (
        hubspot.webhooks(settings(hints="none", client_secret=None), lambda _: SecretText(SECRET), PORTAL)
        is None
    )


# The journal.


@pytest.fixture
def journal(portal: HubspotHarness) -> Journal:
    own = settings(
        hints="journal", client_id="env:ID", client_secret="env:NEW", base_url=portal.url, emulator=True
    )
    secrets = {"ID": "demo-client", "NEW": "demo-secret"}
    portal.set_clock(NOW)
    made = hubspot.journal(own, lambda ref: SecretText(secrets[ref.name]), PORTAL, PatientTiming().timing())
    assert made is not None
    made.subscribe()
    return made


def edit(portal: HubspotHarness, one: int, **properties: str) -> None:
    portal.control("POST", "edit", {"object": "companies", "id": str(one), "properties": properties})


def test_the_journal_tells_what_webhooks_would_and_goes_on_behind_its_offset(
    portal: HubspotHarness, journal: Journal
) -> None:
    load(portal, "companies", companies([1, 2]))
    load(portal, "contacts", {11: {"email": "a@c1.example"}})
    edit(portal, 1, city="Ulm")
    (first,) = journal.read(None)
    survivor = portal.merge_accounts("2", "1")
    portal.api("POST", "/crm/objects/2026-03/contacts/gdpr-delete", {"objectId": "11"})
    rest = list(journal.read(first.offset))

    assert brief(list(first.hints)) == {("changed", "companies", "1")}
    merged = brief([hint for page in rest for hint in page.hints])
    assert merged >= {("merged", "companies", one) for one in ("1", "2", survivor)}
    assert ("erased", "contacts", "11") in merged
    assert list(journal.read(rest[-1].offset)) == []
    assert [one.key for page in journal.read(None) for one in page.hints][: len(first.hints)] == [
        one.key for one in first.hints
    ]


def test_f67_the_journal_tells_of_no_change_that_touches_our_fields_only(
    portal: HubspotHarness, journal: Journal
) -> None:
    load(portal, "companies", companies([1]))
    portal.connector().provision(Wanted(fields=MANAGED_FIELDS, lists=[]))
    edit(portal, 1, abm_tier="one_to_few")
    assert [page.hints for page in journal.read(None)] == [[]]
    edit(portal, 1, abm_tier_override="one_to_one")
    assert [one.field for page in journal.read(None) for one in page.hints] == ["abm_tier_override"]


def test_f70_a_flood_of_hints_costs_one_read_for_a_hundred_records(portal: HubspotHarness) -> None:
    load(portal, "companies", companies(range(1, 251)))
    events = [
        {**CHANGE, "eventId": turn * 250 + one, "objectId": one, "propertyValue": f"{turn}.example"}
        for turn in range(3)
        for one in range(1, 251)
    ]
    told_of = [hint for start in range(0, len(events), 100) for hint in told(*events[start : start + 100])]
    connector = portal.connector()
    pages = list(connector.fetch([RecordRef(Kind.ACCOUNT, hint.remote_id) for hint in told_of]))
    assert len(told_of) == 750
    assert sorted(one.remote_id for page in pages for one in page.records) == sorted(map(str, range(1, 251)))
    assert connector.calls()["read companies"] == 3


def test_f71_a_journal_that_was_not_read_for_three_days_says_so_and_goes_on(
    portal: HubspotHarness, journal: Journal
) -> None:
    load(portal, "companies", companies([1]))
    edit(portal, 1, city="Ulm")
    (first,) = journal.read(None)
    portal.set_clock(NOW + timedelta(days=4))
    edit(portal, 1, city="Bern")

    (page,) = journal.read(first.offset)

    assert page.has_gap
    assert brief(list(page.hints)) == {("changed", "companies", "1")}
    portal.set_clock(NOW + timedelta(days=8))
    (nothing,) = journal.read(page.offset)
    assert (nothing.hints, nothing.offset, nothing.has_gap) == ((), None, True)


def test_f19_a_journal_file_that_breaks_off_is_fetched_again(
    portal: HubspotHarness, journal: Journal
) -> None:
    load(portal, "companies", companies([1]))
    edit(portal, 1, city="Ulm")
    portal.break_with({"path": "^/_files/", "times": 2, "half": True})
    (page,) = journal.read(None)
    assert len(page.hints) == 1


@pytest.mark.parametrize("body", [b"<html>", {"journalEvents": None}, {"journalEvents": {"a": 1}}, [], {}])
def test_f19_a_journal_file_that_is_none_is_named(
    portal: HubspotHarness, journal: Journal, body: Any
) -> None:
    load(portal, "companies", companies([1]))
    edit(portal, 1, city="Ulm")
    text = body.decode() if isinstance(body, bytes) else body
    portal.break_with({"path": "^/_files/", "status": 200, "body": text})
    with pytest.raises(ContractError, match="a file in its journal that is not one"):
        list(journal.read(None))


@pytest.mark.parametrize("body", [{}, [], {"currentOffset": "x"}])
def test_f19_a_journal_that_names_no_file_is_named(
    portal: HubspotHarness, journal: Journal, body: Any
) -> None:
    portal.break_with({"path": "/journal/2026-03/earliest$", "status": 200, "body": body})
    with pytest.raises(ContractError, match=r"read journal .*/journal/2026-03/earliest.* without"):
        list(journal.read(None))


def test_f06_a_journal_that_leads_back_ends_as_an_error(portal: HubspotHarness, journal: Journal) -> None:
    load(portal, "companies", companies([1]))
    edit(portal, 1, city="Ulm")
    (first,) = journal.read(None)
    back = {
        "currentOffset": first.offset,
        "url": f"{portal.url}/_files/x",
        "expiresAt": "2027-01-01T00:00:00Z",
    }
    portal.break_with({"path": "/next$", "status": 200, "body": back, "times": 50})
    with pytest.raises(ContractError, match="the journal twice"):
        list(journal.read(None))


MERGED = {
    "type": "OBJECT",
    "portalId": int(PORTAL),
    "action": "MERGE",
    "objectTypeId": "0-2",
    "objectId": 5,
    "occurredAt": "2026-06-01T09:00:00Z",
}


@pytest.mark.parametrize(
    ("merged", "ids"), [([7, "8"], "578"), (7, "57"), ("7", "57"), (None, "5"), ("7;8", ""), ({"7": 8}, "")]
)
def test_f74_an_odd_entry_of_the_journal_spoils_no_other(
    portal: HubspotHarness, journal: Journal, merged: Any, ids: str
) -> None:
    load(portal, "companies", companies([1]))
    edit(portal, 1, city="Ulm")
    events = [{**MERGED, "mergedObjectIds": merged}, {**MERGED, "action": "UPDATE", "objectId": 9}]
    portal.break_with({"path": "^/_files/", "status": 200, "body": {"offset": "x", "journalEvents": events}})
    (page,) = journal.read(None)
    assert brief(list(page.hints)) == {
        *(("merged", "companies", one) for one in ids),
        ("changed", "companies", "9"),
    }


def test_f33_an_app_token_that_ends_in_between_is_renewed_once(
    portal: HubspotHarness, journal: Journal
) -> None:
    load(portal, "companies", companies([1]))
    edit(portal, 1, city="Ulm")
    portal.control("POST", "oauth", {"expire_tokens": True})
    assert len(list(journal.read(None))) == 1
    assert paths(portal).count("POST /oauth/v3/token") == 2


def test_f38_the_journal_fetches_no_file_from_elsewhere(portal: HubspotHarness, journal: Journal) -> None:
    row = {"url": "http://169.254.169.254/latest", "currentOffset": "x", "expiresAt": "2027-01-01T00:00:00Z"}
    portal.break_with({"path": "/journal/2026-03/earliest$", "status": 200, "body": row})
    with pytest.raises(ContractError, match=r"169\.254"):
        list(journal.read(None))


def test_f39_a_journal_without_its_scopes_names_them(portal: HubspotHarness, journal: Journal) -> None:
    denied = {
        "category": "MISSING_SCOPES",
        "message": "no",
        "errors": [{"context": {"requiredGranularScopes": ["developer.webhooks_journal.read"]}}],
    }
    portal.break_with({"path": "/journal/2026-03/earliest$", "status": 403, "body": denied})
    with pytest.raises(AuthError, match=r"developer\.webhooks_journal\.read"):
        list(journal.read(None))
