"""Faults of writing to HubSpot: lost answers, bad rows, changed properties and lists, people and automations."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Connector, Wanted
from core.changes import FieldWrite, Outcome, TargetList
from core.config import Config, GuardSettings, SyncSettings
from core.errors import ConfigError, ContractError, GuardStopped
from core.managed_fields import MANAGED_FIELDS
from core.records import Kind, RecordRef
from store.connections import connection_id, inventory
from store.database import open_database
from store.quarantine import entries
from sync.connected import Connected
from sync.engine import Engine
from sync.guards import stops
from sync.install import install
from sync.planner import Planner
from sync.planning import make_plan
from sync.runs import run_sync
from sync.uninstall import Uninstalled, plan_uninstall, uninstall
from tests.contract.harness import SECRET, PatientTiming
from tests.contract.hubspot_harness import HubspotHarness
from tests.integration.hubspot_connector.reading import companies, link, load, paths, pull
from tests.worlds import World, default_model

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
UPDATE = "/companies/batch/update$"
MEMBERS = "/memberships/add-and-remove$"
LISTS = Wanted(fields=[], lists=[TargetList("one_to_one", "1:1 accounts")])
GOOD = {
    "industry": "COMPUTER_SOFTWARE",
    "numberofemployees": "1500",
    "annualrevenue": "60000000",
    "country": "United States",
    "type": "PROSPECT",
}


def account(one: int) -> RecordRef:
    return RecordRef(Kind.ACCOUNT, str(one))


def write(one: int, **values: str | None) -> FieldWrite:
    return FieldWrite(account(one), values)


@pytest.fixture
def connector(portal: HubspotHarness) -> Connector:
    made = portal.connector()
    made.provision(Wanted(fields=MANAGED_FIELDS, lists=[]))
    load(portal, "companies", companies(range(1, 101)))
    return made


@pytest.fixture
def world(portal: HubspotHarness, tmp_path: Path) -> Iterator[World]:
    """The whole product beside the portal: forty good accounts, a person and a meeting at each, all installed."""
    database = open_database(f"sqlite:///{tmp_path}/store.sqlite")
    portal.set_clock(NOW - timedelta(days=2))
    rows = {one: {"name": f"Company {one}", "domain": f"c{one}.example", **GOOD} for one in range(1, 41)}
    load(portal, "companies", rows, at=NOW - timedelta(days=90))
    load(portal, "contacts", {100 + one: {"email": f"p@c{one}.example", "jobtitle": "CTO"} for one in rows})
    meeting = {"hs_timestamp": (NOW - timedelta(days=3)).isoformat(), "hs_meeting_outcome": "COMPLETED"}
    load(portal, "meetings", {200 + one: meeting for one in rows})
    link(portal, *(("contacts", 100 + one, "companies", one, kind) for one in rows for kind in (279, 1)))
    link(portal, *(("meetings", 200 + one, "contacts", 100 + one, 200) for one in rows))
    made = World(database, [portal.connector()], SyncSettings())  # type: ignore[list-item]  # the real one
    made.install()
    yield made
    database.close()


def sync(portal: HubspotHarness, world: World, at: datetime) -> int:
    """One sync at an instant of everybody's clock; how many records and members were written."""
    portal.set_clock(at)
    return sum(one.records + one.members for one in world.sync(at))


def written_calls(portal: HubspotHarness) -> int:
    return sum(one.endswith(("/batch/update", "/add-and-remove")) for one in paths(portal))


def values(portal: HubspotHarness, one: int) -> dict[str, Any]:
    return dict(portal.managed(account(one)))


def edit(portal: HubspotHarness, one: int, **properties: str) -> None:
    portal.control("POST", "edit", {"object": "companies", "id": str(one), "properties": properties})


# F27: a merge between planning and writing.


@pytest.mark.parametrize("makes_new", [False, True])
def test_f27_a_write_to_a_record_that_was_merged_meanwhile_names_the_survivor_which_the_next_run_writes(
    portal: HubspotHarness, world: World, *, makes_new: bool
) -> None:
    portal.control("POST", "settings", {"merge_creates_record": makes_new})
    portal.set_clock(NOW)
    world.pull(NOW)
    survivor = portal.merge_accounts("2", "1")
    sent = world.push(NOW)
    assert sum(one.rejected for one in sent) >= 1
    reasons = {one.reason for one in entries(world.database) if one.code == "MERGED"}
    assert reasons == {f"It was merged into {survivor}."}
    there = {row["id"] for row in portal.state("companies") if not row.get("archived")}
    assert len(there) == 39
    sync(portal, world, NOW + MINUTE)
    assert sync(portal, world, NOW + 2 * MINUTE) == 0
    assert values(portal, int(survivor))["tier"]


# F47, F48: answers that are lost, and crashes before they are stored.


def test_f47_a_lost_answer_to_a_write_is_sent_again_and_changes_nothing_twice(
    portal: HubspotHarness, connector: Connector
) -> None:
    portal.break_with({"path": UPDATE, "times": 1, "drop": "after"})
    results = connector.write_fields([write(one, fit_score="50.0") for one in range(1, 101)])
    assert {one.outcome for one in results} == {Outcome.WRITTEN}
    assert connector.calls()["write companies"] == 2
    assert len(portal.state("companies")) == 100


def test_f47_a_lost_answer_to_a_change_of_members_is_settled_by_reading_the_list(
    portal: HubspotHarness, connector: Connector
) -> None:
    list_id = connector.provision(LISTS).created[0].remote_id or ""
    portal.break_with({"path": MEMBERS, "times": 1, "drop": "after"})
    results = connector.change_members(list_id, ["1", "2"], [])
    assert [one.outcome for one in results] == [Outcome.WRITTEN] * 2
    assert portal.list_members(list_id) == {"1", "2"}


def test_f48_what_was_written_and_never_noted_is_seen_and_not_written_again(
    portal: HubspotHarness, world: World
) -> None:
    portal.set_clock(NOW)
    world.pull(NOW)
    plan = world.plan(NOW)
    connector = portal.connector()
    for kind in (Kind.ACCOUNT, Kind.CONTACT):
        connector.write_fields(
            [FieldWrite(one.ref, one.after) for one in plan.records if one.ref.kind is kind]
        )
    portal.set_clock(NOW + MINUTE)
    world.pull(NOW + MINUTE)
    assert world.plan(NOW).records == ()
    before = sum(one.endswith("/batch/update") for one in paths(portal))
    pushed = world.push(NOW)
    assert [one.records for one in pushed] == [0]
    assert sum(one.endswith("/batch/update") for one in paths(portal)) == before


# F49, F50, F51: batches.


def test_f49_of_a_partly_refused_batch_only_the_bad_row_is_refused_with_its_reason(
    portal: HubspotHarness, connector: Connector
) -> None:
    batch = [write(one, tier="none_of_them" if one == 40 else "one_to_few") for one in range(1, 101)]
    bad = [one for one in connector.write_fields(batch) if one.outcome is Outcome.REJECTED]
    assert [(one.ref.remote_id, "none_of_them" in str(one.reason)) for one in bad] == [("40", True)]
    assert connector.calls()["write companies"] == 1
    assert values(portal, 100) == {"tier": "one_to_few"}


def test_f49_an_error_of_a_partly_refused_batch_that_names_no_record_refuses_that_record_alone(
    portal: HubspotHarness, connector: Connector
) -> None:
    error = {"status": "error", "category": "VALIDATION_ERROR", "message": "Rule X does not allow it"}
    body = {"status": "COMPLETE", "results": [], "numErrors": 1, "errors": [error]}
    portal.break_with({"path": UPDATE, "body_contains": '"id":"40"', "status": 207, "body": body})

    results = connector.write_fields([write(one, fit_score="50.0") for one in range(1, 101)])

    rejected = [
        (one.ref.remote_id, one.code, one.reason) for one in results if one.outcome is Outcome.REJECTED
    ]
    assert rejected == [("40", "VALIDATION_ERROR", "Rule X does not allow it")]
    assert values(portal, 100) == {"fit_score": "50.0"}


@pytest.mark.parametrize("poison", [1, 50, 100])
def test_f50_a_row_that_spoils_its_whole_batch_is_found_and_the_others_written(
    portal: HubspotHarness, connector: Connector, poison: int
) -> None:
    body = {"message": "This one is not liked", "category": "VALIDATION_ERROR"}
    portal.break_with({"path": UPDATE, "body_contains": f'"id":"{poison}"', "status": 400, "body": body})
    results = connector.write_fields([write(one, fit_score="50.0") for one in range(1, 101)])
    assert [one.ref.remote_id for one in results if one.outcome is Outcome.REJECTED] == [str(poison)]
    assert sum(one.outcome is Outcome.WRITTEN for one in results) == 99
    assert connector.calls()["write companies"] <= 15


def test_f50_where_hubspot_refuses_every_record_alike_it_is_not_asked_for_all_of_them_and_none_is_refused_unasked(
    portal: HubspotHarness, connector: Connector
) -> None:
    load(portal, "companies", companies(range(101, 301)))
    body = {"message": "This app may not write", "category": "VALIDATION_ERROR"}
    portal.break_with({"path": UPDATE, "status": 400, "body": body})
    first = connector.write_fields([write(one, fit_score="1.0") for one in range(1, 101)])
    assert {one.outcome for one in first} == {Outcome.REJECTED}
    before = connector.calls()["write companies"]
    assert before == 199
    for start in (101, 201):
        with pytest.raises(ContractError, match=r"refuses every write of companies.*This app may not write"):
            connector.write_fields([write(one, fit_score="1.0") for one in range(start, start + 100)])
    assert connector.calls()["write companies"] - before == 2 * (1 + 3)
    portal.control("DELETE", "faults")
    last = connector.write_fields([write(one, fit_score="1.0") for one in range(201, 301)])
    assert {one.outcome for one in last} == {Outcome.WRITTEN}


@pytest.mark.parametrize("good", [120, 200])
def test_f50_a_good_record_behind_many_bad_ones_is_found_by_the_next_run_at_the_latest(
    portal: HubspotHarness, connector: Connector, good: int
) -> None:
    load(portal, "companies", companies(range(101, 201)))
    body = {"message": "Not liked", "category": "VALIDATION_ERROR"}
    portal.break_with({"path": UPDATE, "body_contains": '"2.0"', "status": 400, "body": body})
    connector.write_fields([write(one, fit_score="2.0") for one in range(1, 101)])
    batch = [write(one, fit_score="1.0" if one == good else "2.0") for one in range(101, 201)]
    if good == 120:  # it is none of those that are looked at
        with pytest.raises(ContractError):
            connector.write_fields(batch)
        pull(connector, "companies")
    written = [one.ref.remote_id for one in connector.write_fields(batch) if one.outcome is Outcome.WRITTEN]
    assert written == [str(good)]


def test_f51_a_record_that_is_named_twice_is_sent_once_with_the_last_intent(
    portal: HubspotHarness, connector: Connector
) -> None:
    first, second = connector.write_fields([write(1, tier="none", why="x"), write(1, tier="one_to_one")])
    assert (first.outcome, second.outcome) == (Outcome.WRITTEN, Outcome.WRITTEN)
    assert values(portal, 1) == {"tier": "one_to_one", "why": "x"}
    assert connector.calls()["write companies"] == 1


@pytest.mark.parametrize("status", [200, 201, 202, 207])
def test_f49_any_success_is_one_whatever_its_number(
    portal: HubspotHarness, connector: Connector, status: int
) -> None:
    body = {"status": "COMPLETE", "results": [{"id": "2"}, {"id": "1"}]}
    portal.break_with({"path": UPDATE, "times": 1, "status": status, "body": body})
    results = connector.write_fields([write(1, fit_score="1.0"), write(2, fit_score="2.0")])
    assert [(one.ref.remote_id, one.outcome) for one in results] == [
        ("1", Outcome.WRITTEN),
        ("2", Outcome.WRITTEN),
    ]


# F53 to F58: properties.


def test_f53_a_missing_option_refuses_its_rows_and_install_adds_it(
    portal: HubspotHarness, connector: Connector
) -> None:
    keep = [{"label": "None", "value": "none", "displayOrder": 0, "hidden": False}]
    portal.api("PATCH", "/crm/properties/2026-03/companies/abm_tier", {"options": keep})
    bad, good = connector.write_fields([write(1, tier="one_to_one"), write(2, tier="none")])
    assert (bad.outcome, good.outcome) == (Outcome.REJECTED, Outcome.WRITTEN)
    assert "one_to_one" in str(bad.reason)
    words = "companies.abm_tier lacks the options one_to_one, one_to_few, one_to_many"
    assert any(words in one.message and "install" in one.advice for one in connector.check().findings)
    connector.provision(Wanted(fields=MANAGED_FIELDS, lists=[]))
    assert not any("lacks" in one.message for one in connector.check().findings)
    (healed,) = connector.write_fields([write(1, tier="one_to_one")])
    assert healed.outcome is Outcome.WRITTEN


def test_f54_an_admin_s_rule_refuses_its_row_in_its_own_words_and_no_other(
    portal: HubspotHarness, connector: Connector
) -> None:
    when = {"property": "abm_tier", "values": ["one_to_one"]}
    portal.control("POST", "settings", {"rules_everywhere": True})
    portal.control("POST", "rules", {"rules": [{"object": "companies", "require": ["phone"], "when": when}]})
    bad, good = connector.write_fields([write(1, tier="one_to_one"), write(2, tier="one_to_few")])
    assert (bad.outcome, good.outcome) == (Outcome.REJECTED, Outcome.WRITTEN)
    assert "phone" in str(bad.reason)


def test_f55_a_property_that_may_only_be_read_is_found_before_anything_is_written(
    portal: HubspotHarness,
) -> None:
    definition = {
        "name": "abm_fit_score",
        "label": "Fit",
        "type": "number",
        "fieldType": "number",
        "groupName": "companyinformation",
        "modificationMetadata": {"readOnlyValue": True, "readOnlyDefinition": False, "archivable": True},
    }
    there = {"path": "/properties/2026-03/companies$", "method": "GET", "status": 200}
    portal.break_with({**there, "body": {"results": [definition]}})
    connector = portal.connector()
    assert any("abm_fit_score" in one.message for one in connector.check().problems)
    with pytest.raises(ConfigError, match=r"abm_fit_score is read-only"):
        connector.provision(Wanted(fields=MANAGED_FIELDS, lists=[]))
    assert portal.managed_field_names() == set()


def _read_only(portal: HubspotHarness, name: str) -> None:
    """An admin makes a property one that may only be read; definitions and writes say so."""
    words = f"{name} is a read only property; its value cannot be set."
    detail = {"code": "READ_ONLY_VALUE", "message": words, "context": {"propertyName": [name]}}
    body = {"status": "error", "category": "VALIDATION_ERROR", "message": words, "errors": [detail]}
    portal.break_with({"path": UPDATE, "body_contains": name, "status": 400, "body": body})


def _shown_read_only(portal: HubspotHarness, name: str) -> None:
    shown = portal.api("GET", "/crm/properties/2026-03/companies")["results"]
    for one in shown:
        one["modificationMetadata"]["readOnlyValue"] |= one["name"] == name
    there = {"path": "/properties/2026-03/companies$", "method": "GET", "status": 200}
    portal.break_with({**there, "body": {"results": shown}})


def test_f55_a_property_made_read_only_after_install_is_left_out_and_the_others_are_written(
    portal: HubspotHarness, world: World
) -> None:
    sync(portal, world, NOW)
    _read_only(portal, "abm_fit_score")
    _shown_read_only(portal, "abm_fit_score")
    before = written_calls(portal)
    load(portal, "companies", {950: {"name": "N", "domain": "n.example", **GOOD}}, at=NOW + 2 * MINUTE)
    edit(portal, 1, numberofemployees="20")
    portal.set_clock(NOW + 5 * MINUTE)
    reports = world.sync(NOW + 5 * MINUTE)
    assert sum(one.rejected for one in reports) == 0
    assert values(portal, 950)["tier"]
    assert "fit_score" not in values(portal, 950)
    assert written_calls(portal) - before <= 4
    assert sync(portal, world, NOW + 6 * MINUTE) == 0


@pytest.mark.parametrize("shows", [True, False])
def test_f55_a_property_made_read_only_between_reading_and_writing_is_left_out_and_told(
    portal: HubspotHarness, connector: Connector, *, shows: bool
) -> None:
    if shows:
        _shown_read_only(portal, "abm_fit_score")
    _read_only(portal, "abm_fit_score")
    for start in (1, 51):
        results = connector.write_fields(
            [write(one, tier="none", fit_score="1.0") for one in range(start, start + 50)]
        )
        assert {(one.outcome, one.left_out) for one in results} == {(Outcome.WRITTEN, ("fit_score",))}
    assert values(portal, 100) == {"tier": "none"}
    assert connector.calls()["write companies"] == (2 if shows else 3)
    (note,) = connector.take_notes()
    assert re.search(r"companies\.abm_fit_score is .*read.only.*left out", note)


def test_f57_a_property_whose_type_changes_after_install_is_left_out_and_told_and_reading_goes_on(
    portal: HubspotHarness, world: World
) -> None:
    sync(portal, world, NOW)
    kept = values(portal, 1)["fit_score"]
    text = {"type": "string", "fieldType": "text"}
    portal.api("PATCH", "/crm/properties/2026-03/companies/abm_fit_score", text)
    load(portal, "companies", {950: {"name": "N", "domain": "n.example", **GOOD}}, at=NOW + 2 * MINUTE)
    edit(portal, 2, abm_fit_score="as good as it gets", numberofemployees="20")
    assert sync(portal, world, NOW + 5 * MINUTE) > 0
    assert values(portal, 950)["tier"]
    assert "fit_score" not in values(portal, 950)
    assert values(portal, 1)["fit_score"] == kept
    assert values(portal, 2)["fit_score"] == "as good as it gets"
    assert entries(world.database) == []
    connector = world.connections[0].connector
    connector.write_fields([write(1, fit_score="1.0", tier="none")])
    (note,) = connector.take_notes()
    assert "abm_fit_score is string, not number" in note


def test_f56_a_property_that_is_deleted_in_between_is_left_out_and_the_cure_named(
    portal: HubspotHarness, connector: Connector
) -> None:
    connector.write_fields([write(1, fit_score="2.0")])
    portal.api("DELETE", "/crm/properties/2026-03/companies/abm_tier")
    results = connector.write_fields([write(one, tier="none", fit_score="1.0") for one in range(1, 101)])
    assert {(one.outcome, one.left_out) for one in results} == {(Outcome.WRITTEN, ("tier",))}
    assert values(portal, 100) == {"fit_score": "1.0"}
    assert connector.calls()["write companies"] == 3
    (note,) = connector.take_notes()
    assert re.search(r"abm_tier.*run `shortlist install`", note)
    assert any("missing" in one.message for one in connector.check().findings)


def test_f56_a_property_that_is_deleted_in_between_stops_no_batch_that_says_nothing_else(
    portal: HubspotHarness, connector: Connector
) -> None:
    connector.write_fields([write(1, fit_score="2.0")])
    portal.api("DELETE", "/crm/properties/2026-03/companies/abm_tier")
    (alone,) = connector.write_fields([write(1, tier="none")])
    assert (alone.outcome, alone.left_out) == (Outcome.WRITTEN, ("tier",))
    assert connector.write_fields([write(2, fit_score="1.0")])[0].left_out == ()
    assert values(portal, 2) == {"fit_score": "1.0"}
    assert len(connector.take_notes()) == 1


@pytest.mark.parametrize("turn", [1, -1])
def test_f56_of_several_things_that_are_wrong_only_the_missing_property_is_left_out(
    portal: HubspotHarness, connector: Connector, turn: int
) -> None:
    errors = [
        {"code": code, "message": code, "context": {"propertyName": [name]}}
        for code, name in (("INVALID_OPTION", "abm_tier"), ("PROPERTY_DOESNT_EXIST", "abm_fit_band"))
    ]
    body = {"message": "Not valid", "category": "VALIDATION_ERROR", "errors": errors[::turn]}
    portal.break_with({"path": UPDATE, "body_contains": "abm_fit_band", "status": 400, "body": body})
    results = connector.write_fields([write(one, tier="none", fit_band="A") for one in range(1, 101)])
    assert {(one.outcome, one.left_out) for one in results} == {(Outcome.WRITTEN, ("fit_band",))}
    assert values(portal, 100) == {"tier": "none"}
    assert connector.calls()["write companies"] == 2


def test_f57_a_property_of_another_type_is_never_written_into(portal: HubspotHarness) -> None:
    text = {"name": "abm_fit_score", "label": "Fit", "groupName": "companyinformation"}
    portal.api("POST", "/crm/properties/2026-03/companies", {**text, "type": "string", "fieldType": "text"})
    connector = portal.connector()
    assert any("abm_fit_score is string" in one.message for one in connector.check().problems)
    with pytest.raises(ConfigError, match=r"abm_fit_score exists with type string, not number"):
        connector.provision(Wanted(fields=MANAGED_FIELDS, lists=[]))


def test_f58_two_installs_at_once_make_everything_once(portal: HubspotHarness) -> None:
    wanted = Wanted(fields=MANAGED_FIELDS, lists=LISTS.lists)
    both = [portal.connector(), portal.connector()]
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda one: one.provision(wanted), both))
    names = [row["name"] for row in portal.state("properties") if row["name"].startswith("abm_")]
    assert len(names) == len(set(names)) == len(MANAGED_FIELDS)
    assert list(portal.lists().values()) == ["ABM: 1:1 accounts"]
    assert portal.connector().provision(wanted).created == []


def test_the_proof_of_an_install_orders_no_file_of_all_companies(
    portal: HubspotHarness, connector: Connector, tmp_path: Path
) -> None:
    del connector  # it loaded the companies
    database = open_database(f"sqlite:///{tmp_path}/store.sqlite")
    asked = portal.connector(export_above=10)
    installed = install(
        database, Connected(connection_id(database, "hubspot", "hubspot"), "hubspot", asked), ()
    )
    database.close()
    assert installed.canary == "1"
    assert not any("export" in operation or "count" in operation for operation in asked.calls())
    assert sum(asked.calls().values()) < 40


# F59, F60: lists.


def _list(world: World) -> tuple[str, str]:
    """(id, name) of the first target list."""
    item = next(one for one in inventory(world.database, world.connections[0].id) if one.type == "list")
    return str(item.remote_id), item.name.removeprefix("ABM: ")


@pytest.mark.parametrize("change", [{"deleted": True}, {"processing_type": "DYNAMIC"}])
def test_f59_a_list_that_was_deleted_or_made_dynamic_is_named_and_left_alone_and_fields_are_written(
    portal: HubspotHarness, world: World, change: dict[str, Any]
) -> None:
    list_id, name = _list(world)
    portal.control("POST", "lists", {"id": list_id, **change})
    portal.set_clock(NOW)
    world.pull(NOW)
    before = len(paths(portal))
    lost = world.plan(NOW).lost
    assert len(lost) == 1
    assert lost[0].startswith(f"crm1: the target list “{name}” is left alone: ")
    assert len(paths(portal)) - before <= 2 * len(portal.lists()) + 4
    world.push(NOW)
    assert values(portal, 1)["tier"]
    assert not any(f"/{list_id}/memberships/add" in one for one in paths(portal))


def test_f59_a_list_that_refuses_its_members_keeps_no_other_list_from_being_written(
    portal: HubspotHarness, world: World
) -> None:
    portal.set_clock(NOW)
    world.pull(NOW)
    first, *others = world.plan(NOW).members
    assert others
    full = {"message": "A list can have at most 100000 members", "category": "VALIDATION_ERROR"}
    portal.break_with({"path": f"/{first.list_id}{MEMBERS}", "status": 400, "body": full})
    with pytest.raises(ContractError, match=f"list {first.list_id}: A list can have at most"):
        world.push(NOW)
    assert portal.list_members(first.list_id) == set()
    assert {one.list_id: portal.list_members(one.list_id) for one in others} == {
        one.list_id: set(one.add) for one in others
    }


def test_f59_a_renamed_list_stays_ours_by_its_id(portal: HubspotHarness, world: World) -> None:
    list_id, _ = _list(world)
    portal.control("POST", "lists", {"id": list_id, "name": "Sales calls it something else"})
    sync(portal, world, NOW)
    assert sync(portal, world, NOW + MINUTE) == 0


def test_f59_install_makes_no_second_list_for_one_that_was_renamed_but_tells_of_it(
    portal: HubspotHarness, world: World
) -> None:
    list_id, name = _list(world)
    portal.control("POST", "lists", {"id": list_id, "name": "Sales calls it something else"})
    before = portal.lists()
    (made,) = world.install()
    assert portal.lists() == before
    assert made.made.created == []
    (note,) = made.made.notes
    assert f"“ABM: {name}” ({list_id}) is called “Sales calls it something else”" in note
    assert world.install()[0].made.created == []


def test_f59_install_makes_a_list_again_that_was_deleted(portal: HubspotHarness, world: World) -> None:
    list_id, name = _list(world)
    portal.control("POST", "lists", {"id": list_id, "deleted": True})
    (made,) = world.install()
    assert [item.name for item in made.made.created] == [f"ABM: {name}"]
    assert _list(world)[0] != list_id


def test_f59_after_people_made_a_list_dynamic_install_says_what_to_do_and_that_leads_out(
    portal: HubspotHarness, world: World
) -> None:
    sync(portal, world, NOW)
    list_id, name = next((one, title) for one, title in portal.lists().items() if portal.list_members(one))
    members = portal.list_members(list_id)
    portal.control("POST", "lists", {"id": list_id, "processing_type": "DYNAMIC"})
    with pytest.raises(ConfigError, match=rf"“{name}” \({list_id}\) is DYNAMIC.*rename or delete it"):
        world.install()
    assert list_id in portal.lists()
    portal.control("POST", "lists", {"id": list_id, "name": "Sales keeps this one"})
    (made,) = world.install()
    (item,) = made.made.created
    assert (item.type, item.name) == ("list", name)
    assert ["left to people" in note for note in made.made.notes] == [True]
    assert item.remote_id not in (None, list_id)
    known = {one.remote_id for one in inventory(world.database, world.connections[0].id)}
    assert (list_id in known, item.remote_id in known) == (False, True)
    portal.set_clock(NOW + MINUTE)
    world.pull(NOW + MINUTE)
    planner = Planner(world.database, world.connections, world.settings)
    assert stops(*make_plan(planner, world.scored(NOW + MINUTE)), GuardSettings(floor=1)) == []
    world.push(NOW + MINUTE)
    assert portal.list_members(str(item.remote_id)) == members
    assert portal.list_members(list_id) == members
    assert world.install()[0].made.created == []


def test_f59_a_list_of_people_s_own_in_place_of_ours_is_used_and_not_deleted_by_uninstall(
    portal: HubspotHarness, world: World
) -> None:
    list_id, name = _list(world)
    portal.control("POST", "lists", {"id": list_id, "deleted": True})
    body = {"name": f"ABM: {name}", "objectTypeId": "0-2", "processingType": "MANUAL"}
    theirs = portal.api("POST", "/crm/lists/2026-03", body)["list"]["listId"]
    world.install()
    assert _list(world)[0] == theirs
    uninstall(world.database, world.connections[0])
    assert list(portal.lists()) == [theirs]


def test_f59_uninstall_leaves_a_list_that_people_made_dynamic_and_says_so(
    portal: HubspotHarness, world: World
) -> None:
    sync(portal, world, NOW)
    list_id, name = _list(world)
    portal.control("POST", "load", {"objects": {"companies": [_company(900)]}})
    portal.add_member(list_id, "900")
    portal.control("POST", "lists", {"id": list_id, "processing_type": "DYNAMIC"})
    members = portal.list_members(list_id)
    planned = plan_uninstall(world.database, world.connections[0])
    done = uninstall(world.database, world.connections[0])
    assert list(portal.lists()) == [list_id]
    assert portal.list_members(list_id) == members
    assert planned == done
    assert [(kept.item.name, kept.members) for kept in done.kept] == [(f"ABM: {name}", None)]
    assert f"({list_id}) is DYNAMIC" in done.kept[0].reason
    assert plan_uninstall(world.database, world.connections[0]) == Uninstalled([], done.kept, [])


@pytest.mark.parametrize(
    ("path", "named", "staying"),
    [
        (
            "/companies/batch/archive$",
            '"abm_tier"',
            {
                "companies.abm_tier": "used in workflow 7",
                "companies.abm": "It still holds companies.abm_tier.",
            },
        ),
        ("/lists/2026-03/1$", "", {"ABM: Target accounts": "used in workflow 7"}),
    ],
)
def test_f59_uninstall_goes_on_where_hubspot_keeps_one_thing_and_the_next_one_finishes(
    portal: HubspotHarness, world: World, path: str, named: str, staying: dict[str, str]
) -> None:
    refusal = {"status": 400, "body": {"category": "VALIDATION_ERROR", "message": "used in workflow 7"}}
    kept = {} if not named else {"body_contains": named}
    portal.break_with({"path": path, "method": "POST" if named else "DELETE", **kept, **refusal})
    connected = world.connections[0]
    made = inventory(world.database, connected.id, made_by_us=True)
    done = uninstall(world.database, connected)
    assert {one.item.name: one.reason for one in done.refused} == staying
    assert {item.name for item in made} - {item.name for item in done.removed} == staying.keys()
    left = {item.name for item in inventory(world.database, connected.id, made_by_us=True)}
    assert left == staying.keys()
    portal.control("DELETE", "faults")
    again = uninstall(world.database, connected)
    assert {item.name for item in again.removed} == staying.keys()
    assert not again.refused
    assert (portal.lists(), portal.managed_field_names()) == ({}, set())
    assert inventory(world.database, connected.id, made_by_us=True) == []


def test_f59_uninstall_goes_on_where_a_list_is_gone_already(portal: HubspotHarness, world: World) -> None:
    list_id, _ = _list(world)
    portal.control("POST", "lists", {"id": list_id, "deleted": True})
    done = uninstall(world.database, world.connections[0])
    assert done.kept == []
    assert (portal.lists(), portal.managed_field_names()) == ({}, set())
    assert inventory(world.database, world.connections[0].id, made_by_us=True) == []


def test_f60_members_of_others_stay_and_only_ours_are_removed(portal: HubspotHarness, world: World) -> None:
    sync(portal, world, NOW)
    list_id, ours = next(
        (one, portal.list_members(one)) for one in portal.lists() if portal.list_members(one)
    )
    portal.control("POST", "load", {"objects": {"companies": [_company(900)]}})
    portal.add_member(list_id, "900")
    first = int(min(ours, key=int))
    edit(portal, first, abm_tier_override="none")
    sync(portal, world, NOW + MINUTE)
    assert "900" in portal.list_members(list_id)
    assert str(first) not in portal.list_members(list_id)


def _company(one: int) -> dict[str, Any]:
    stamp = (NOW - timedelta(days=90)).isoformat()
    return {"id": str(one), "properties": {"name": "By hand"}, "createdAt": stamp, "updatedAt": stamp}


def test_f60_what_the_answer_does_not_name_is_looked_up_in_the_list(
    portal: HubspotHarness, connector: Connector
) -> None:
    list_id = connector.provision(LISTS).created[0].remote_id or ""
    portal.add_member(list_id, "3")
    portal.break_with({"path": MEMBERS, "times": 1, "status": 200, "body": {}})
    results = connector.change_members(list_id, ["1", "3"], ["2"])
    assert [(one.ref.remote_id, one.outcome, one.code) for one in results] == [
        ("1", Outcome.REJECTED, "NOT_CHANGED"),
        ("3", Outcome.WRITTEN, None),
        ("2", Outcome.WRITTEN, None),
    ]


# F61 to F66: guards, people, automations, numbers.


def test_f61_a_world_turned_upside_down_is_stopped_before_a_write(
    portal: HubspotHarness, world: World
) -> None:
    sync(portal, world, NOW)
    before = written_calls(portal)
    for one in range(1, 41):
        edit(portal, one, numberofemployees="", annualrevenue="", industry="", country="", type="")
    late = NOW + timedelta(days=200)
    portal.set_clock(late)
    config = Config.model_validate({"connections": {"hubspot": None}})
    engine = Engine(
        world.database, world.connections, config, default_model(), "model", world.progress, lambda: late
    )
    with pytest.raises(GuardStopped, match=r"in a tier would leave it.*guards\.tier_moves_percent"):
        run_sync(engine, late)
    assert written_calls(portal) == before


def test_f63_a_person_s_number_in_our_field_is_corrected_once_and_there_is_no_war(
    portal: HubspotHarness, world: World
) -> None:
    sync(portal, world, NOW)
    mine = values(portal, 1)["fit_score"]
    edit(portal, 1, abm_fit_score="3")
    assert sync(portal, world, NOW + MINUTE) == 1
    assert float(values(portal, 1)["fit_score"]) == float(mine)
    before = written_calls(portal)
    assert [sync(portal, world, NOW + n * MINUTE) for n in (2, 3, 4)] == [0, 0, 0]
    assert written_calls(portal) == before


def test_f64_automations_that_touch_what_we_wrote_make_no_loop(portal: HubspotHarness, world: World) -> None:
    sync(portal, world, NOW)
    before = written_calls(portal)
    for round_ in range(1, 4):
        for one in range(1, 41):
            edit(portal, one, description=f"Flow {round_}")
        assert sync(portal, world, NOW + round_ * MINUTE) == 0
    assert written_calls(portal) == before


def test_f66_numbers_and_instants_spelt_another_way_are_not_written_again(
    portal: HubspotHarness, world: World
) -> None:
    sync(portal, world, NOW)
    before = written_calls(portal)
    for one in range(1, 41):
        held = values(portal, one)
        scored = datetime.fromisoformat(str(held["scored_at"]))
        other = {
            "abm_fit_score": f"{float(held['fit_score']):.4f}",
            "abm_engagement_score": f"{float(held['engagement_score']):g}",
            "abm_scored_at": str(int(scored.timestamp() * 1000)),
        }
        body = {"object": "companies", "id": str(one), "properties": other, "computed": True}
        portal.control("POST", "edit", body)
    assert sync(portal, world, NOW + MINUTE) == 0
    assert written_calls(portal) == before
    # What is written because something else has changed does not take them along either.
    edit(portal, 1, numberofemployees="20")
    portal.set_clock(NOW + 2 * MINUTE)
    world.pull(NOW + 2 * MINUTE)
    [change] = [one for one in world.plan(NOW).records if one.ref == account(1)]
    assert "fit_score" in change.after
    assert "engagement_score" not in change.after


def test_i5_when_nothing_changed_nothing_is_written(portal: HubspotHarness, world: World) -> None:
    assert sync(portal, world, NOW) > 40
    before = written_calls(portal)
    assert sync(portal, world, NOW + MINUTE) == 0
    assert written_calls(portal) == before


# F46 while writing.


def test_f46_records_that_hubspot_locks_are_written_when_the_lock_ends(
    portal: HubspotHarness, connector: Connector
) -> None:
    del connector  # it made the fields
    locked = {"status": 423, "body": {"message": "Locked", "category": "LOCKED"}}
    portal.break_with({"path": UPDATE, "times": 2, **locked})
    patience = PatientTiming()
    again = portal.connector(timing=patience.timing())
    (result,) = again.write_fields([write(1, fit_score="1.0")])
    assert result.outcome is Outcome.WRITTEN
    assert patience.pauses == [2.0, 2.0]


# HubSpot's own properties.


def native(portal: HubspotHarness, one: int) -> tuple[Any, Any, Any]:
    row = next(row for row in portal.state("companies") if row["id"] == str(one))["properties"]
    names = ("hs_is_target_account", "hs_ideal_customer_profile", "hs_target_account")
    return tuple(row.get(name) or None for name in names)  # type: ignore[return-value]


def test_hubspot_s_own_properties_are_not_touched_unless_that_is_asked_for(
    portal: HubspotHarness, connector: Connector
) -> None:
    connector.write_fields([write(1, tier="one_to_one")])
    assert native(portal, 1) == (None, None, None)


def test_asked_for_they_say_what_is_wanted_of_them_and_the_older_one_never_does(
    portal: HubspotHarness, connector: Connector
) -> None:
    del connector  # it made the fields
    both = portal.connector(write_target_account=True, write_icp_tier=True)
    tiers = ("one_to_one", "one_to_few", "one_to_many")
    both.write_fields(
        [write(one, is_target_account="true", icp_tier=tier) for one, tier in enumerate(tiers, 1)]
    )
    assert [native(portal, one) for one in range(1, 5)] == [
        ("true", "tier_1", None),
        ("true", "tier_2", None),
        ("true", "tier_3", None),
        (None, None, None),
    ]
    both.write_fields([write(1, is_target_account="false", icp_tier=None), write(2, fit_score="1.0")])
    assert native(portal, 1) == ("false", None, None)
    assert native(portal, 2) == ("true", "tier_2", None)


def test_switched_off_in_between_they_are_left_out_of_a_write(
    portal: HubspotHarness, connector: Connector
) -> None:
    results = connector.write_fields(
        [write(1, is_target_account="true", fit_score="1.0"), write(2, icp_tier="one_to_one")]
    )
    assert [(one.outcome, one.left_out) for one in results] == [
        (Outcome.WRITTEN, ("is_target_account",)),
        (Outcome.WRITTEN, ("icp_tier",)),
    ]
    assert native(portal, 1) == native(portal, 2) == (None, None, None)


def test_switched_on_later_they_are_written_though_no_tier_moves_and_a_person_s_edit_is_put_right(
    portal: HubspotHarness, world: World
) -> None:
    sync(portal, world, NOW)
    one = next(one for one in range(1, 41) if values(portal, one)["tier"] != "none")
    world.crms = [portal.connector(write_target_account=True, write_icp_tier=True)]  # type: ignore[list-item]  # the real one
    assert sync(portal, world, NOW + MINUTE) > 0
    right = native(portal, one)
    assert right[0] == "true"
    assert right[1] in ("tier_1", "tier_2", "tier_3")
    assert sync(portal, world, NOW + 2 * MINUTE) == 0
    edit(portal, one, hs_is_target_account="false")
    assert sync(portal, world, NOW + 10 * MINUTE) == 1
    assert native(portal, one) == right


def test_f55_one_of_them_that_may_only_be_read_is_left_out_and_told_and_asked_for_no_more(
    portal: HubspotHarness, connector: Connector
) -> None:
    del connector  # it made the fields
    both = portal.connector(write_target_account=True, write_icp_tier=True)
    _read_only(portal, "hs_is_target_account")
    (result,) = both.write_fields([write(1, is_target_account="true", icp_tier="one_to_one")])
    assert (result.outcome, result.left_out) == (Outcome.WRITTEN, ("is_target_account",))
    assert native(portal, 1) == (None, "tier_1", None)
    assert both.calls()["write companies"] == 2
    (note,) = both.take_notes()
    assert re.search(r"companies\.hs_is_target_account is refused.*`write_target_account`.*left out", note)


def test_f55_one_of_them_that_is_shown_read_only_is_not_planned(portal: HubspotHarness, world: World) -> None:
    _shown_read_only(portal, "hs_is_target_account")
    _read_only(portal, "hs_is_target_account")
    world.crms = [portal.connector(write_target_account=True, write_icp_tier=True)]  # type: ignore[list-item]  # the real one
    assert sync(portal, world, NOW) > 0
    assert sync(portal, world, NOW + MINUTE) == 0
    assert {native(portal, one)[0] for one in range(1, 41)} == {None}


def test_a_field_that_shortlist_knows_no_more_is_left_out_of_a_write(connector: Connector) -> None:
    (result,) = connector.write_fields([write(1, of_old="1", tier="none")])
    assert (result.outcome, result.left_out) == (Outcome.WRITTEN, ("of_old",))


def test_asked_for_in_an_account_without_their_options_install_says_so(portal: HubspotHarness) -> None:
    one = {"label": "T1", "value": "tier_1", "displayOrder": 0, "hidden": False}
    portal.api("PATCH", "/crm/properties/2026-03/companies/hs_ideal_customer_profile", {"options": [one]})
    connector = portal.connector(write_icp_tier=True)
    assert any("tier_2" in one.message for one in connector.check().problems)
    with pytest.raises(ConfigError, match=r"write_icp_tier.*tier_2, tier_3"):
        connector.provision(Wanted(fields=MANAGED_FIELDS, lists=[]))
    assert portal.managed_field_names() == set()


def test_no_message_of_a_refused_write_shows_the_token(portal: HubspotHarness, connector: Connector) -> None:
    portal.break_with(
        {"path": UPDATE, "status": 400, "body": {"message": f"Bearer {SECRET}", "category": "X"}}
    )
    (result,) = connector.write_fields([write(1, fit_score="1.0")])
    assert SECRET not in str(result)
