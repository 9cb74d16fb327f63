"""Install, sync, uninstall: both CRMs hold what they held before, byte for byte, and what people did meanwhile."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from shortlist.session import FAILED
from tests.e2e.crms import AS_OF, Crms, end_state, started

STAMPS = {
    *("SystemModstamp", "LastModifiedDate", "LastModifiedById"),
    *("updatedAt", "hs_lastmodifieddate", "lastmodifieddate"),
}
"""Keys that may differ on records that we wrote: the CRM itself stamps when and by whom a record was last written,
and no client can set them back. Whether a record was written at all is asserted by the other tests of this folder."""
BINS = ("IsDeleted", "archived", "deletedAt")
"""Marks of what lies in a CRM's own bins (15 days in Salesforce, 90 in HubSpot), where people cannot be kept from it:
our deleted campaigns with their statuses, our deleted lists, our archived properties."""


def shown(crms: Crms) -> dict[str, Any]:
    """All that both CRMs show: every record, link, list, definition and permission.

    A field counts if it is defined: the values of a deleted field are gone with it for everybody who looks.
    """
    org, portal = crms.salesforce.backend, crms.hubspot.backend
    return {
        "salesforce": {
            name: _rows(_defined(org, name, org.state(name))) for name in sorted(org.store.tables)
        },
        "salesforce fields": {name: sorted(kind.fields) for name, kind in sorted(org.schema.objects.items())},
        "hubspot": {
            name: _rows(_with_live_properties(portal, name, portal.state(name)))
            for name in ("companies", "contacts", "deals", "meetings", "calls", "emails", "tasks", "notes")
        },
        "hubspot more": {
            name: _rows(portal.state(name)) for name in ("associations", "lists", "owners", "properties")
        },
    }


def _defined(org: Any, name: str, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    fields = {"IsDeleted", *org.schema.find(name).fields}
    for row in rows:
        yield {key: value for key, value in row.items() if key in fields}


def _with_live_properties(portal: Any, name: str, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    live = {
        one["name"]
        for one in portal.state("properties")
        if one["objectType"] == name and not one.get("archived")
    }
    for row in rows:
        yield {**row, "properties": {key: value for key, value in row["properties"].items() if key in live}}


def _rows(rows: Any) -> list[dict[str, Any]]:
    return [_without_stamps(row) for row in rows if not any(row.get(key) for key in BINS)]


def _without_stamps(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _without_stamps(value) if isinstance(value, dict) else value
        for key, value in row.items()
        if key not in STAMPS
    }


def as_bytes(state: dict[str, Any]) -> dict[str, bytes]:
    """By CRM, so that a difference is short enough to read."""
    tables = {f"{part} {name}": rows for part, of_part in state.items() for name, rows in of_part.items()}
    return {
        name: orjson.dumps(rows, option=orjson.OPT_SORT_KEYS, default=str)
        for name, rows in tables.items()
        if rows
    }


@contextmanager
def loaded(folder: Path) -> Iterator[tuple[Crms, dict[str, bytes]]]:
    with started(folder, accounts=10) as crms:
        yield crms, as_bytes(shown(crms))


def test_uninstall_leaves_both_crms_as_they_were_byte_for_byte(tmp_path: Path) -> None:
    with loaded(tmp_path) as (crms, before):
        crms.run("install")
        crms.run("sync", "--as-of", AS_OF)
        assert as_bytes(shown(crms)) != before
        planned = crms.run("uninstall", "--dry-run", expect=2)
        done = crms.run("uninstall")
        assert planned == done
        assert as_bytes(shown(crms)) == before
        assert crms.run("uninstall", "--dry-run") == {
            name: {"removed": [], "kept": [], "refused": []} for name in ("salesforce", "hubspot")
        }


def test_what_people_changed_meanwhile_stays_and_is_all_that_differs(tmp_path: Path) -> None:
    with loaded(tmp_path) as (crms, _):
        crms.run("install")
        crms.run("sync", "--as-of", AS_OF)
        [account, *_] = crms.salesforce.backend.state("Account")
        crms.salesforce.backend.load({"Account": [{"Id": account["Id"], "Industry": "Banking"}]})
        lists = crms.hubspot.backend.state("lists")
        ours = next(item for item in lists if item["members"])
        mine = next(
            row["id"] for row in crms.hubspot.backend.state("companies") if row["id"] not in ours["members"]
        )
        crms.hubspot.backend.load({"lists": [{**ours, "members": [*ours["members"], mine]}]})

        done = crms.run("uninstall")
        [kept] = done["hubspot"]["kept"]
        assert kept["members"] == 1
        [left] = [item for item in crms.hubspot.backend.state("lists") if not item.get("deletedAt")]
        assert (left["name"], left["members"]) == (ours["name"], [mine]), "theirs stays, ours are off it"
        rows = {row["Id"]: row for row in crms.salesforce.backend.state("Account")}
        assert rows[account["Id"]]["Industry"] == "Banking"
        live = [one["name"] for one in crms.hubspot.backend.state("properties") if not one.get("archived")]
        assert not [name for name in live if name.startswith("abm_")]


def test_installing_again_writes_everything_again(tmp_path: Path) -> None:
    with loaded(tmp_path) as (crms, _):
        crms.run("install")
        crms.run("sync", "--as-of", AS_OF)
        synced = end_state(crms)
        crms.run("uninstall")
        crms.run("install")
        crms.run("sync", "--as-of", AS_OF)
        after = end_state(crms)
        for part in ("accounts", "contacts", "companies", "people"):
            assert after[part] == synced[part], part


def test_install_looks_at_every_crm_before_it_changes_one(tmp_path: Path) -> None:
    with loaded(tmp_path) as (crms, before):
        crms.hubspot.backend.change_settings({"tokens": {"demo-token": ["crm.objects.companies.read"]}})
        planned = crms.run("install", "--dry-run", expect=FAILED)
        assert planned["salesforce"]["created"]
        assert planned["hubspot"]["problems"]
        assert planned["hubspot"]["check"]["findings"]
        refused = crms.run("install", expect=FAILED)["error"]
        assert "hubspot is not ready, nothing was changed" in refused
        assert as_bytes(shown(crms)) == before


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_a_plan_to_install_says_what_was_looked_at(tmp_path: Path, crm: str) -> None:
    with loaded(tmp_path) as (crms, _):
        plan = crms.run("install", "--dry-run", expect=2)[crm]
        assert plan["problems"] == []
        assert {found["level"] for found in plan["check"]["findings"]} <= {"ok", "warning"}
        assert plan["check"]["calls_left"] is None or plan["check"]["calls_left"] > 0


def test_a_plan_to_install_tells_of_a_list_that_people_renamed(tmp_path: Path) -> None:
    with loaded(tmp_path) as (crms, _):
        crms.run("install")
        one = crms.hubspot.backend.state("lists")[0]
        crms.hubspot.backend.load({"lists": [{**one, "name": "Somebody's own"}]})
        (note,) = crms.run("install", "--dry-run")["hubspot"]["notes"]
        assert "is called “Somebody's own” in HubSpot now" in note
