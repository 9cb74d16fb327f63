"""Owners, roles on deals, counters, web events, parents and mapped properties, from the emulator into the store."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.clock import wire_instant
from core.errors import ConfigError
from store.landing import forget_cursors
from tests.contract.hubspot_harness import HubspotHarness
from tests.integration.hubspot_connector.reading import HOUR, LOADED_AT, link, load
from tests.stored import Stored, stored

ACME, BETA, HOLDING = 101, 102, 103
ANN, BO = 201, 202
DEAL, NEWER = 301, 302
PULLED_AT = LOADED_AT + HOUR
STAMP = "2026-03-01T08:00:00.000Z"


@pytest.fixture
def crm(portal: HubspotHarness) -> HubspotHarness:
    portal.set_clock(LOADED_AT)
    owner = {"id": "11", "firstName": "Jo", "lastName": "Roe", "email": "jo@us.example"}
    portal.control("POST", "load", {"owners": [owner]})
    load(
        portal,
        "companies",
        {
            ACME: {"name": "Acme", "domain": "acme.example", "hubspot_owner_id": "11"},
            BETA: {"name": "Beta", "domain": "beta.example"},
            HOLDING: {"name": "Holding", "domain": "holding.example"},
        },
    )
    load(portal, "contacts", {ANN: {"email": "ann@acme.example"}, BO: {"email": "bo@acme.example"}})
    link(portal, *(("contacts", one, "companies", ACME, 1) for one in (ANN, BO)))
    portal.set_clock(PULLED_AT)
    return portal


@pytest.fixture
def world(crm: HubspotHarness, tmp_path: Path) -> Iterator[Stored]:
    with stored(tmp_path, hubspot=crm.connector()) as found:
        yield found


def later(crm: HubspotHarness, hours: float) -> None:
    crm.set_clock(PULLED_AT + timedelta(hours=hours))


def edit(crm: HubspotHarness, name: str, record: int, **properties: str) -> None:
    crm.control("POST", "edit", {"object": name, "id": str(record), "properties": properties})


def engage(crm: HubspotHarness, kind: str, contact: int = ANN, times: int = 1) -> None:
    for _ in range(times):
        crm.control("POST", "engage", {"contact": str(contact), "kind": kind, "name": "Demo"})


def label(crm: HubspotHarness, text: str) -> int:
    body = {"label": text, "name": text.lower().replace(" ", "_")}
    made = crm.api("POST", "/crm/associations/2026-03/deals/contacts/labels", body)
    return int(made["results"][0]["typeId"])


def test_an_account_knows_its_owner_by_name_also_when_the_owner_has_left(
    crm: HubspotHarness, world: Stored
) -> None:
    world.pull()
    assert [one.owner for one in world.accounts()] == ["Jo Roe", None, None]

    later(crm, 1)
    gone = {"id": "11", "firstName": "Jo", "lastName": "Poe", "email": "jo@us.example", "archived": True}
    crm.control("POST", "load", {"owners": [gone]})
    world.pull()

    assert [one.owner for one in world.accounts()] == ["Jo Poe", None, None]
    assert world.rows("SELECT is_active FROM crm_owner") == [(0,)]


def test_labels_of_deal_contacts_are_buying_roles_and_others_are_not(
    crm: HubspotHarness, tmp_path: Path
) -> None:
    decides, pays, invoice = (label(crm, text) for text in ("Decision maker", "Signs", "Invoice address"))
    load(crm, "deals", {DEAL: {"dealname": "D", "createdate": STAMP}})
    link(crm, *(("deals", DEAL, "contacts", ANN, one) for one in (decides, invoice)))
    link(crm, ("deals", DEAL, "contacts", BO, invoice))

    with stored(tmp_path, hubspot=crm.connector(deal_roles={"signs": "budget holder"})) as world:
        world.pull()
        assert world.roles() == {"ann@acme.example": "decision maker"}

        later(crm, 1)
        newer = wire_instant(LOADED_AT)
        load(crm, "deals", {NEWER: {"dealname": "N", "createdate": newer}}, at=PULLED_AT + HOUR)
        link(crm, ("deals", NEWER, "contacts", ANN, pays))
        world.pull()
        assert world.roles() == {"ann@acme.example": "budget holder"}

        later(crm, 2)
        crm.api("DELETE", f"/crm/objects/2026-03/deals/{NEWER}")
        later(crm, 3)
        world.pull()
        assert world.roles() == {"ann@acme.example": "decision maker"}


def test_a_label_that_was_taken_away_is_no_role_any_more(crm: HubspotHarness, world: Stored) -> None:
    decides = label(crm, "Decision maker")
    load(crm, "deals", {DEAL: {"dealname": "D", "createdate": STAMP}})
    link(crm, ("deals", DEAL, "contacts", ANN, decides))
    world.pull()
    assert world.roles() == {"ann@acme.example": "decision maker"}

    later(crm, 1)
    crm.api("DELETE", f"/crm/objects/2026-03/deals/{DEAL}/associations/contacts/{ANN}")
    edit(crm, "deals", DEAL, dealname="Renamed")
    world.pull()

    assert world.roles() == {}


def test_a_deal_that_cannot_be_read_keeps_no_other_from_being_read(
    crm: HubspotHarness, world: Stored
) -> None:
    rows = {one: {"dealname": "D", "createdate": STAMP} for one in (DEAL, NEWER)}
    load(crm, "deals", rows)
    link(crm, ("deals", NEWER, "contacts", ANN, label(crm, "Decision maker")))
    shown = crm.api("GET", "/crm/objects/2026-03/deals?properties=dealname,createdate")
    shown["results"][0]["properties"]["createdate"] = "some day"
    crm.break_with({"path": "/objects/2026-03/deals$", "method": "GET", "status": 200, "body": shown})

    (deals,) = [one for one in world.pull() if one.stream == "deals"]

    assert deals.skipped == 1
    assert world.roles() == {"ann@acme.example": "decision maker"}


def test_the_role_of_the_contact_itself_comes_first(crm: HubspotHarness, world: Stored) -> None:
    load(crm, "deals", {DEAL: {"dealname": "D", "createdate": STAMP}})
    link(crm, ("deals", DEAL, "contacts", ANN, label(crm, "Decision maker")))
    edit(crm, "contacts", ANN, hs_buying_role="CHAMPION")

    world.pull()

    assert world.roles() == {"ann@acme.example": "CHAMPION"}


def test_notes_and_done_tasks_are_small_activities(crm: HubspotHarness, world: Stored) -> None:
    load(crm, "notes", {1: {"hs_timestamp": STAMP}})
    done = {"hs_timestamp": STAMP, "hs_task_type": "CALL"}
    load(
        crm,
        "tasks",
        {1: {**done, "hs_task_status": "COMPLETED"}, 2: {**done, "hs_task_status": "NOT_STARTED"}},
    )
    link(crm, ("notes", 1, "contacts", ANN, 202))
    link(crm, *(("tasks", one, "contacts", ANN, 204) for one in (1, 2)))

    world.pull()

    person = "ann@acme.example"
    assert world.evidence("acme.example") == [(person, "other", "notes:1"), (person, "other", "tasks:1")]


def kinds(world: Stored) -> list[str]:
    return [kind for _, kind, _ in world.evidence("acme.example")]


def test_counters_on_a_contact_are_no_records_of_their_own(crm: HubspotHarness, world: Stored) -> None:
    engage(crm, "email_open", times=3)
    engage(crm, "page_view")
    assert {one.stream: one.read for one in world.pull()}["contacts"] == 2


def test_each_step_of_a_counter_is_one_activity(crm: HubspotHarness, world: Stored) -> None:
    engage(crm, "email_open", times=3)
    world.pull()
    assert kinds(world) == ["email_open"]

    later(crm, 1)
    engage(crm, "email_open", times=2)
    engage(crm, "email_click")
    engage(crm, "page_view", times=4)
    world.pull()
    expected = ["email_click", *["email_open"] * 3, "page_view"]
    assert kinds(world) == expected

    later(crm, 2)
    assert [one.changed for one in world.pull() if one.stream == "contacts"] == [0]
    assert kinds(world) == expected

    engage(crm, "form_submission", times=1)
    engage(crm, "page_view", times=2)
    world.pull()
    assert kinds(world) == ["email_click", *["email_open"] * 3, "form_submission", *["page_view"] * 3]


def test_a_full_pull_counts_nothing_twice(crm: HubspotHarness, world: Stored) -> None:
    engage(crm, "email_click", times=2)
    world.pull()
    later(crm, 1)
    engage(crm, "email_click", times=2)
    world.pull()
    before = world.evidence()
    assert len(before) == 3

    with world.database.write() as writer:
        writer.exec_driver_sql("DELETE FROM stream_cursor")
    world.connectors["hubspot"] = crm.connector()
    world.pull()

    assert world.evidence() == before


def test_a_merged_contact_goes_on_counting_from_the_sum(crm: HubspotHarness, world: Stored) -> None:
    engage(crm, "email_click", ANN, times=3)
    engage(crm, "email_click", BO, times=2)
    world.pull()
    assert len(world.evidence()) == 2

    later(crm, 1)
    merge = {"primaryObjectId": str(ANN), "objectIdToMerge": str(BO)}
    survivor = int(crm.api("POST", "/crm/objects/2026-03/contacts/merge", merge)["id"])
    computed = {"hs_email_click": "5"}
    crm.control(
        "POST", "edit", {"object": "contacts", "id": str(survivor), "properties": computed, "computed": True}
    )
    world.pull()
    assert len(world.evidence()) == 2

    later(crm, 2)
    engage(crm, "email_click", survivor)
    world.pull()
    assert len(world.evidence()) == 3


def test_web_events_tell_of_pages_and_forms_where_the_account_has_them(
    crm: HubspotHarness, tmp_path: Path
) -> None:
    crm.control("POST", "settings", {"tier": "enterprise"})
    engage(crm, "page_view", times=2)
    engage(crm, "form_submission")
    engage(crm, "email_open")

    with stored(tmp_path, hubspot=crm.connector()) as world:
        world.pull()
        assert kinds(world) == ["email_open", "form_submission", "page_view", "page_view"]
        later(crm, 1)
        engage(crm, "page_view")
        world.pull()
        assert kinds(world) == ["email_open", "form_submission", *["page_view"] * 3]
        found = {one.subject: one.message for one in world.connectors["hubspot"].check().findings}
        assert found["web events"] == "each page view and form is read"


def test_without_web_events_check_says_what_is_read_instead(crm: HubspotHarness, world: Stored) -> None:
    world.pull()
    report = world.connectors["hubspot"].check()

    assert not report.problems
    found = {one.subject: one.message for one in report.findings}
    assert found["web events"].startswith("not available; counters of contacts tell of page views and forms")
    assert crm.control("GET", "requests/summary")["total"] > 0


def test_an_account_that_gets_web_events_counts_nothing_twice(crm: HubspotHarness, world: Stored) -> None:
    engage(crm, "page_view", times=2)
    later(crm, 0.5)
    world.pull()
    assert kinds(world) == ["page_view"]

    later(crm, 1)
    crm.control("POST", "settings", {"tier": "enterprise"})
    world.connectors["hubspot"] = crm.connector()
    engage(crm, "page_view")
    world.pull()

    assert kinds(world) == ["page_view", "page_view"]


def lose_web_events(crm: HubspotHarness, world: Stored, how: str) -> None:
    if how == "tier":
        crm.control("POST", "settings", {"tier": "professional"})
    off: dict[str, Any] = {} if how == "tier" else {"web_events": "off"}
    world.connectors["hubspot"] = crm.connector(**off)


LOSSES = pytest.mark.parametrize("how", ["tier", "off"])


@LOSSES
def test_f11_an_account_that_loses_its_web_events_counts_nothing_twice(
    crm: HubspotHarness, world: Stored, how: str
) -> None:
    engage(crm, "page_view", times=2)
    later(crm, 0.5)
    world.pull()
    later(crm, 1)
    crm.control("POST", "settings", {"tier": "enterprise"})
    world.connectors["hubspot"] = crm.connector()
    world.pull()
    later(crm, 2)
    engage(crm, "page_view", times=5)
    for minutes in (0, 1, 2):  # the same events come again and again
        later(crm, 2 + minutes / 60)
        world.pull()
    assert kinds(world) == ["page_view"] * 6

    lose_web_events(crm, world, how)
    later(crm, 4)
    edit(crm, "contacts", ANN, firstname="Anna")
    later(crm, 5)
    world.pull()
    assert kinds(world) == ["page_view"] * 6

    engage(crm, "page_view", times=3)
    later(crm, 6)
    world.pull()
    assert kinds(world) == ["page_view"] * 9


@LOSSES
def test_f62_reading_all_of_an_account_that_lost_its_web_events_buries_none_of_them(
    crm: HubspotHarness, tmp_path: Path, how: str
) -> None:
    crm.control("POST", "settings", {"tier": "enterprise"})
    with stored(tmp_path, hubspot=crm.connector()) as world:
        engage(crm, "page_view", times=25)
        later(crm, 1)
        world.pull()
        lose_web_events(crm, world, how)
        for compare in (False, True):
            later(crm, 2)
            forget_cursors(world.database)
            world.pull(compare=compare)
            assert kinds(world) == ["page_view"] * 25


@LOSSES
def test_what_web_events_alone_have_told_is_no_news_of_a_counter(
    crm: HubspotHarness, tmp_path: Path, how: str
) -> None:
    crm.control("POST", "settings", {"tier": "enterprise"})
    with stored(tmp_path, hubspot=crm.connector()) as world:
        engage(crm, "page_view", times=3)
        engage(crm, "form_submission")
        later(crm, 1)
        world.pull()
        lose_web_events(crm, world, how)
        later(crm, 2)
        world.pull()
        assert kinds(world) == ["form_submission", *["page_view"] * 3]

        engage(crm, "page_view")
        later(crm, 3)
        world.pull()
        assert kinds(world) == ["form_submission", *["page_view"] * 4]


def test_children_count_for_the_topmost_parent_once(crm: HubspotHarness, world: Stored) -> None:
    load(crm, "notes", {1: {"hs_timestamp": STAMP}})
    link(crm, ("notes", 1, "contacts", ANN, 202), ("notes", 1, "contacts", BO, 202))
    link(crm, ("companies", ACME, "companies", BETA, 14), ("companies", BETA, "companies", HOLDING, 14))

    world.pull(parents="to_parent")

    both = [("ann@acme.example", "other", "notes:1"), ("bo@acme.example", "other", "notes:1")]
    assert world.evidence("acme.example") == both
    assert world.evidence("holding.example") == both
    assert world.evidence("beta.example") == []


def test_mapped_properties_that_are_not_there_stop_a_pull_before_it_reads(
    crm: HubspotHarness, tmp_path: Path
) -> None:
    wrong: Mapping[str, Any] = {
        "contact_fields": {"title": "jobtitel"},
        "deal_fields": {"amount": "acv"},
        "account_fields": {"website": "web"},
    }
    with stored(tmp_path, hub=crm.connector(**wrong)) as world, pytest.raises(ConfigError) as caught:
        world.pull()

    message = str(caught.value)
    for key in ("contact_fields.title", "deal_fields.amount", "account_fields.website"):
        assert f"connections.hub.{key}: HubSpot has no property" in message
    assert not [name for name in world.connectors["hub"].calls() if name.startswith("read ")]
    problems = {one.subject for one in world.connectors["hub"].check().problems}
    assert problems == {"contact_fields.title", "deal_fields.amount", "account_fields.website"}


def test_f15_a_property_that_is_mapped_later_is_read_for_old_records_too(
    crm: HubspotHarness, world: Stored
) -> None:
    edit(crm, "companies", ACME, industry="BANKING", city="Bonn")
    world.pull()
    later(crm, 1)
    world.pull()

    world.connectors["hubspot"] = crm.connector(fields={"industry": "industry", "city": "city"})
    world.pull()

    assert world.accounts()[0].fields == {"industry": "BANKING", "city": "Bonn"}
    later(crm, 2)
    before = world.connectors["hubspot"].calls()["read companies"]
    world.pull()
    assert world.connectors["hubspot"].calls()["read companies"] == before + 2  # the bin and the search


CANARY = "canary-5d1f"
NOT_MAPPED: Mapping[str, tuple[str, ...]] = {
    "companies": ("phone", "address", "description"),
    "contacts": ("phone", "address", "mobilephone"),
    "deals": ("description",),
    "calls": ("hs_call_body", "hs_call_title"),
    "meetings": ("hs_meeting_body", "hs_meeting_title"),
    "emails": ("hs_email_text", "hs_email_subject"),
    "notes": ("hs_note_body",),
    "tasks": ("hs_task_body", "hs_task_subject"),
}
"""Properties in which people keep what is none of our business."""


def test_what_is_not_mapped_is_neither_asked_for_nor_stored(crm: HubspotHarness, tmp_path: Path) -> None:
    for number, (name, properties) in enumerate(NOT_MAPPED.items(), 900):
        times = {} if name in ("companies", "contacts", "deals") else {"hs_timestamp": STAMP}
        more = {"hs_task_status": "COMPLETED"} if name == "tasks" else {}
        load(crm, name, {number: {**times, **more, **dict.fromkeys(properties, CANARY)}})
        if times:
            link(crm, (name, number, "companies", ACME, _TO_COMPANY[name]))
    crm.control("POST", "settings", {"tier": "enterprise"})
    crm.control("POST", "engage", {"contact": str(ANN), "kind": "page_view", "name": CANARY})

    with stored(tmp_path, hubspot=crm.connector()) as world:
        world.pull()
        assert len(world.evidence("acme.example")) == 6
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())

    assert b"acme.example" in kept
    assert CANARY.encode() not in kept
    asked = {
        name
        for one in crm.control("GET", "requests")["requests"]
        for name in one["query"].replace("%2C", ",").replace("=", ",").split(",")
    }
    assert "domain" in asked
    assert not asked & {name for names in NOT_MAPPED.values() for name in names}


_TO_COMPANY = {"calls": 182, "meetings": 188, "emails": 186, "notes": 190, "tasks": 192}
