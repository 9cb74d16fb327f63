"""What is gone is found by a full read and after a long gap, also where the process that began to read is killed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from core.errors import QuotaExhausted
from core.records import Kind, RecordRef
from store.database import open_database
from store.landing import forget_cursors, load_cursor
from tests.contract.hubspot_harness import HubspotHarness
from tests.contract.salesforce_harness import SalesforceHarness
from tests.contract.worlds import PULLED_AT, accounts
from tests.faults.salesforce_mirror import Dying, Killed, Mirror
from tests.faults.test_hubspot_reading_faults import NOW, OLD
from tests.faults.test_hubspot_reading_faults import Mirror as PortalMirror
from tests.faults.test_salesforce_reading_faults import DAY, HOUR, IN_ORDER, RANGES, WAYS
from tests.integration.hubspot_connector.reading import companies, load

JOB: Mapping[str, Any] = {"bulk_read_from": 20}
FORMULA = {
    "object": "Account",
    "fullName": "Parent_Industry__c",
    "label": "P",
    "type": "Text",
    "length": 80,
    "formula": "Parent.Industry",
}


@pytest.mark.parametrize(
    ("way", "kill_at"),
    [(IN_ORDER, 15), (IN_ORDER, 26), (RANGES, 15), (JOB, 1), (JOB, 5)],
    ids=["in order", "before the last page", "by ranges", "job made", "job half read"],
)
def test_f11_f21_a_full_read_that_is_killed_still_finds_what_is_gone(
    crm: SalesforceHarness, tmp_path: Path, way: Mapping[str, Any], kill_at: int
) -> None:
    loaded = crm.load(accounts(80))
    crm.control("settings", {"bulk": {"page_rows": 9}})
    crm.set_clock(PULLED_AT)
    mirror = Mirror.in_folder(crm, tmp_path, **way)
    mirror.pull(PULLED_AT)
    crm.delete(RecordRef(Kind.ACCOUNT, loaded["a1"]))
    crm.set_clock(PULLED_AT + HOUR)
    forget_cursors(mirror.database)
    with pytest.raises(Killed):
        mirror.pull(PULLED_AT + HOUR, connector=Dying(mirror.connector(), kill_at))
    assert mirror.cursor().position is not None

    mirror.pull(PULLED_AT + HOUR)

    assert mirror.living(Kind.ACCOUNT) == set(loaded.values()) - {loaded["a1"]}
    assert not mirror.cursor().must_compare
    mirror.database.close()


def test_f11_f21_a_first_load_that_is_killed_has_nothing_to_compare(
    crm: SalesforceHarness, tmp_path: Path
) -> None:
    loaded = crm.load(accounts(80))
    crm.set_clock(PULLED_AT)
    mirror = Mirror.in_folder(crm, tmp_path, **IN_ORDER)
    with pytest.raises(Killed):
        mirror.pull(PULLED_AT, connector=Dying(mirror.connector(), 15))
    assert mirror.cursor().position is not None

    mirror.pull(PULLED_AT)

    assert mirror.cursor().compared_at is None
    assert mirror.living(Kind.ACCOUNT) == set(loaded.values())
    mirror.database.close()


def test_f11_f21_a_full_read_of_hubspot_that_is_killed_still_finds_what_is_gone(
    portal: HubspotHarness, tmp_path: Path
) -> None:
    load(portal, "companies", companies(range(1, 1_151)), at=OLD)
    database = open_database(f"sqlite:///{tmp_path}/mirror.sqlite")
    mirror = PortalMirror(portal, database)
    mirror.pull(NOW)
    for gone in ("2", "1120"):
        portal.delete(RecordRef(Kind.ACCOUNT, gone))
    forget_cursors(database)
    with pytest.raises(Killed):
        mirror.pull(NOW + HOUR, Dying(portal.connector(), 11, stream="companies"))
    assert load_cursor(database, mirror.id, "companies").position is not None

    mirror.pull(NOW + HOUR)

    assert set(mirror.names()) == set(mirror.truth())
    assert not {"2", "1120"} & set(mirror.names())
    database.close()


@pytest.mark.parametrize("end", ["killed", "quota"])
def test_f22_a_run_after_a_long_gap_that_is_cut_short_still_compares_ids(
    crm: SalesforceHarness, tmp_path: Path, end: str
) -> None:
    loaded = crm.load(accounts(80))
    crm.set_clock(PULLED_AT)
    mirror = Mirror.in_folder(crm, tmp_path, **IN_ORDER)
    mirror.pull(PULLED_AT)
    crm.set_clock(PULLED_AT + HOUR)
    crm.delete(RecordRef(Kind.ACCOUNT, loaded["a1"]))
    crm.control("purge", {"ids": [loaded["a1"]]})
    crm.set_clock(PULLED_AT + 5 * DAY)
    for number in range(2, 80):
        crm.rename_account(loaded[f"a{number}"], f"Edited {number}")
    at = PULLED_AT + 17 * DAY
    crm.set_clock(at)
    if end == "killed":
        with pytest.raises(Killed):
            mirror.pull(at, connector=Dying(mirror.connector(), 15))
    else:
        used_up = {"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}
        rule = {"path": r"/query(All)?/\w", "skip": 12, "times": 1, "status": 403, "body": [used_up]}
        crm.control("faults", rule)
        with pytest.raises(QuotaExhausted):
            mirror.pull(at)
    assert mirror.cursor().position is not None

    mirror.pull(at)

    assert mirror.living(Kind.ACCOUNT) == set(loaded.values()) - {loaded["a1"]}
    mirror.database.close()


@WAYS
def test_f25_a_merge_just_before_a_full_read_is_told_of_as_one(
    crm: SalesforceHarness, tmp_path: Path, way: Mapping[str, Any]
) -> None:
    crm.control("schema", {"add": [FORMULA]})
    loaded = crm.load(accounts(40))
    crm.set_clock(PULLED_AT)
    mirror = Mirror.in_folder(crm, tmp_path, **way, fields={"parent_industry": "Parent_Industry__c"})
    mirror.pull(PULLED_AT)
    at = PULLED_AT + 8 * DAY
    crm.set_clock(at - HOUR)
    crm.merge_accounts(loaded["a0"], loaded["a1"])
    crm.set_clock(at)

    mirror.pull(at)

    row = mirror.rows(Kind.ACCOUNT)[loaded["a1"]]
    assert (bool(row["is_gone"]), row["survivor_id"]) == (True, loaded["a0"])
    assert mirror.cursor().full_at == at, "no full read"
    mirror.database.close()


def test_f25_a_full_read_does_without_the_mark_of_merges_where_it_is_hidden(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    loaded = crm.load(accounts(3))
    crm.control("settings", {"deny_fields": {"Account.MasterRecordId": "read"}})
    crm.merge_accounts(loaded["a0"], loaded["a1"])
    crm.set_clock(PULLED_AT)

    mirror.pull(PULLED_AT)

    assert mirror.living(Kind.ACCOUNT) == {loaded["a0"], loaded["a2"]}
