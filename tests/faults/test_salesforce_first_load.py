"""A first load whose size Salesforce estimates: an estimate may spare a turn and decides nothing else (F08 to F17)."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import pytest

from core.clock import wire_instant
from core.cursors import Cursor
from core.errors import ContractError
from core.records import Kind
from tests.contract.harness import PatientTiming, World
from tests.contract.salesforce_harness import SalesforceHarness
from tests.contract.worlds import EDITED_AT, LOADED_AT, PULLED_AT, accounts, ids, small_world
from tests.faults.salesforce_mirror import Mirror

LARGE = 20
MINUTE = timedelta(minutes=1)
ESTIMATE = r"/limits/recordCount$"


def requests(crm: SalesforceHarness) -> list[dict[str, Any]]:
    """Every request so far, oldest first."""
    seen: list[dict[str, Any]] = crm.control("requests")["requests"]
    return seen


def asked_of_accounts(crm: SalesforceHarness) -> list[str]:
    """What was asked of accounts, in the order of arrival: a page, a count, or a new job."""
    asked = []
    for one in requests(crm):
        if one["method"] == "POST" and one["path"].endswith("/jobs/query"):
            asked.append("job")
        elif "FROM+Account" in one["query"] or "FROM%20Account" in one["query"]:
            asked.append("count" if "COUNT" in one["query"] else "page")
    return asked


def loading(crm: SalesforceHarness, **settings: Any) -> Any:
    """A connector that has been told of a first load."""
    settings = {"bulk_read_from": LARGE, **settings}
    connector = crm.configured(timing=PatientTiming().timing(), **settings)
    connector.expect_first_load()
    return connector


def account_pages(connector: Any) -> Any:
    return connector.pull(connector.streams[0], Cursor())


def test_f14_a_load_that_is_estimated_to_be_large_is_a_job_without_a_page_before(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    loaded = crm.load(accounts(40))
    crm.set_clock(PULLED_AT)

    mirror.pull(PULLED_AT, connector=crm.configured(bulk_read_from=LARGE))

    assert mirror.living(Kind.ACCOUNT) == set(loaded.values())
    assert sorted(asked_of_accounts(crm)) == ["count", "job"]
    assert (mirror.calls["estimate"], mirror.calls["count Account"]) == (1, 1)
    assert mirror.cursor().since == PULLED_AT
    assert not mirror.notes


def test_f14_it_costs_no_more_calls_than_a_job_behind_a_page_and_the_estimate(crm: SalesforceHarness) -> None:
    crm.load(accounts(40))
    crm.set_clock(PULLED_AT)
    behind_a_page, at_once = crm.configured(bulk_read_from=LARGE), loading(crm)

    for connector in (behind_a_page, at_once):
        assert len(ids(account_pages(connector))) == 40

    before, since = (sum(one.calls().values()) for one in (behind_a_page, at_once))
    assert since == before + 1


def test_f14_the_estimate_is_asked_for_beside_the_descriptions_and_a_small_org_takes_no_turn_more(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    loaded = crm.load(small_world())
    crm.set_clock(PULLED_AT)

    mirror.pull(PULLED_AT, connector=crm.configured(bulk_read_from=LARGE))

    paths = [one["path"] for one in requests(crm)]
    [at] = [number for number, path in enumerate(paths) if path.endswith("/limits/recordCount")]
    first_query = next(number for number, path in enumerate(paths) if "/query" in path)
    assert at < first_query
    assert asked_of_accounts(crm) == ["page"]
    assert mirror.living(Kind.ACCOUNT) == {loaded["acme"], loaded["beta"]}


def test_f14_only_a_first_load_that_may_be_a_job_asks_for_estimates(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    crm.load(accounts(4))
    crm.set_clock(PULLED_AT)
    mirror.pull(PULLED_AT, connector=crm.configured(bulk_read_from=0))
    assert "estimate" not in mirror.calls
    mirror.set_cursor(
        '{"since": null, "started_at": null, "position": null}'
    )  # the other objects have been read, so this is no first load
    mirror.pull(EDITED_AT, connector=crm.configured(bulk_read_from=LARGE))
    assert "estimate" not in mirror.calls
    mirror.pull(EDITED_AT, connector=crm.configured(bulk_read_from=LARGE))
    assert "estimate" not in mirror.calls


@pytest.mark.parametrize(
    "settings",
    [
        {"record_counts": {"Account": 1}},
        {"record_counts": {"Account": 0}},
        {"record_counts": {"Account": 9_000_000}},
        {"view_setup": False},
    ],
    ids=["too low", "left out", "too high", "refused"],
)
@pytest.mark.parametrize("world", [accounts(5), accounts(40)], ids=["small", "large"])
def test_f14_an_estimate_that_is_stale_or_refused_changes_nothing_about_what_is_read(
    crm: SalesforceHarness, mirror: Mirror, settings: Mapping[str, Any], world: World
) -> None:
    loaded = crm.load(world)
    crm.control("settings", settings)
    crm.set_clock(PULLED_AT)

    mirror.pull(PULLED_AT, connector=crm.configured(bulk_read_from=LARGE))

    assert mirror.living(Kind.ACCOUNT) == set(loaded.values())
    assert mirror.cursor().since == PULLED_AT
    assert mirror.calls["estimate"] == 1
    assert not mirror.notes


@pytest.mark.parametrize(
    "fault",
    [
        {"drop": "before"},
        {"half": True},
        {"status": 500, "body": "<html>an error page</html>"},
        {"status": 404, "body": [{"errorCode": "NOT_FOUND", "message": "not here"}]},
        {"status": 200, "body": None},
        {"status": 200, "body": []},
        {"status": 200, "body": {"sObjects": None}},
        {"status": 200, "body": {"sObjects": [None, {"name": "Account"}, {"name": "Account", "count": "x"}]}},
    ],
)
def test_f14_an_estimate_that_fails_is_not_asked_for_again_and_the_load_goes_on(
    crm: SalesforceHarness, mirror: Mirror, fault: Mapping[str, Any]
) -> None:
    loaded = crm.load(accounts(40))
    crm.set_clock(PULLED_AT)
    crm.control("faults", {"path": ESTIMATE, **fault})

    mirror.pull(PULLED_AT, connector=crm.configured(bulk_read_from=LARGE))

    assert mirror.living(Kind.ACCOUNT) == set(loaded.values())
    assert mirror.calls["estimate"] == 1
    assert asked_of_accounts(crm)[:2] == ["page", "job"]
    assert not mirror.notes


def short_job(
    crm: SalesforceHarness,
    loaded: Mapping[str, str],
    *,
    times: int | None,
    recent: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Let jobs of accounts be done with 30 of 40 rows, the recent ones first, and agree with themselves about it."""
    stamps = dict.fromkeys(recent.values(), PULLED_AT) | dict.fromkeys(loaded.values(), LOADED_AT)
    rows = "".join(
        f'"{one}","false","{wire_instant(stamp)}","Name"\n' for one, stamp in list(stamps.items())[:30]
    )
    limited = {} if times is None else {"times": times}
    crm.control(
        "faults",
        {
            "method": "GET",
            "path": r"/jobs/query/\w+$",
            "status": 200,
            "body": {"state": "JobComplete", "numberRecordsProcessed": 30},
            **limited,
        },
    )
    crm.control(
        "faults",
        {
            "path": r"/results$",
            "status": 200,
            "headers": {"Sforce-NumberOfRecords": "30", "Sforce-Locator": "null"},
            "body": f'"Id","IsDeleted","SystemModstamp","Name"\n{rows}',
            **limited,
        },
    )
    page = {"resultUrl": "/services/data/v66.0/jobs/query/750Em0000000001IAA/results?locator=MA"}
    crm.control(
        "faults",
        {
            "path": r"/resultPages$",
            "status": 200,
            "body": {"resultPages": [page], "nextRecordsUrl": None, "done": True},
            **limited,
        },
    )


def test_f14_a_job_that_lacks_rows_is_found_out_by_salesforces_count_and_read_again(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    loaded = crm.load(accounts(40))
    crm.set_clock(PULLED_AT)
    short_job(crm, loaded, times=1)

    mirror.pull(PULLED_AT, connector=crm.configured(bulk_read_from=LARGE))

    assert mirror.living(Kind.ACCOUNT) == set(loaded.values())
    assert mirror.calls["count Account"] == 2


def test_f14_a_job_that_stays_short_is_no_success(crm: SalesforceHarness, mirror: Mirror) -> None:
    loaded = crm.load(accounts(40))
    crm.set_clock(PULLED_AT)
    short_job(crm, loaded, times=None)

    with pytest.raises(ContractError, match="10 rows of Account do not come"):
        mirror.pull(PULLED_AT, connector=crm.configured(bulk_read_from=LARGE))

    assert mirror.cursor().since is None


def test_f14_a_count_that_fails_while_the_job_runs_is_made_good_at_its_end(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    loaded = crm.load(accounts(40))
    crm.set_clock(PULLED_AT)
    refusal = {"status": 400, "body": [{"errorCode": "QUERY_TIMEOUT", "message": "too long"}]}
    crm.control("faults", {"path": "/queryAll", "query_contains": "COUNT", "times": 1, **refusal})

    mirror.pull(PULLED_AT, connector=crm.configured(bulk_read_from=LARGE))

    assert mirror.living(Kind.ACCOUNT) == set(loaded.values())
    assert mirror.calls["count Account"] == 2
    assert not mirror.notes


def test_f14_a_late_commit_and_an_edit_do_not_make_a_whole_load_short(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    """Salesforce counts what was written before the opening and committed behind it, where no page can show it."""
    loaded = crm.load(accounts(60))
    crm.set_clock(PULLED_AT)
    crm.control("late", {"seconds": 60, "records": {"Account": [{"Name": "Late"}]}})
    crm.set_clock(PULLED_AT + MINUTE / 2)
    connector = crm.configured(parallel_cursors=1, bulk_read_from=0)
    pages = account_pages(connector)
    some = [next(pages), next(pages)]
    crm.set_clock(PULLED_AT + 2 * MINUTE)
    crm.rename_account(max(loaded.values()), "Edited")

    read = ids([*some, *pages])

    assert sorted(read) == sorted(loaded.values())
    assert connector.calls()["count Account"] == 1
    mirror.pull(PULLED_AT + MINUTE / 2, connector=crm.configured(parallel_cursors=1, bulk_read_from=0))
    assert len(mirror.living(Kind.ACCOUNT)) == 61


def test_f14_recent_rows_do_not_make_good_for_old_ones_that_are_missing(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    loaded = crm.load(accounts(30))
    crm.set_clock(PULLED_AT)
    recent = crm.load(accounts(10))
    crm.set_clock(PULLED_AT + MINUTE)
    short_job(crm, loaded, times=1, recent=recent)

    mirror.pull(PULLED_AT + MINUTE, connector=crm.configured(bulk_read_from=LARGE))

    assert mirror.living(Kind.ACCOUNT) == {*loaded.values(), *recent.values()}


def test_f14_a_load_that_is_too_large_to_be_counted_is_taken_and_says_so(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    loaded = crm.load(accounts(40))
    crm.set_clock(PULLED_AT)
    refusal = {"status": 400, "body": [{"errorCode": "QUERY_TIMEOUT", "message": "too long"}]}
    crm.control("faults", {"path": "/queryAll", "query_contains": "COUNT", **refusal})

    mirror.pull(PULLED_AT, connector=crm.configured(bulk_read_from=LARGE))

    assert mirror.living(Kind.ACCOUNT) == set(loaded.values())
    assert any("Account is too large to be counted" in note for note in mirror.notes)


def test_f08_the_window_opens_when_the_job_is_made_so_that_later_edits_are_read_again(
    crm: SalesforceHarness,
) -> None:
    loaded = crm.load(accounts(40))
    crm.set_clock(PULLED_AT)
    connector = loading(crm)
    pages = account_pages(connector)
    made = next(pages)
    crm.set_clock(EDITED_AT)
    crm.rename_account(loaded["a7"], "Edited")

    rest = list(pages)

    assert made.next_cursor.started_at == PULLED_AT
    assert set(ids(rest)) == set(loaded.values())
    assert rest[-1].next_cursor.since == PULLED_AT
    again = connector.pull(connector.streams[0], rest[-1].next_cursor)
    assert loaded["a7"] in ids(again)


@pytest.mark.parametrize("fate", ["fail", "abort"])
def test_f17_a_job_that_fails_is_replaced_by_queries_from_the_beginning(
    crm: SalesforceHarness, mirror: Mirror, fate: str
) -> None:
    loaded = crm.load(accounts(40))
    crm.control("settings", {"bulk": {"fates": [{"fate": fate, "job": "query"}]}})
    crm.set_clock(PULLED_AT)

    mirror.pull(PULLED_AT, connector=crm.configured(bulk_read_from=LARGE))

    assert mirror.living(Kind.ACCOUNT) == set(loaded.values())
    assert asked_of_accounts(crm).count("job") == 1
    assert any("Account is read without the Bulk API" in note for note in mirror.notes)


def test_f11_a_load_that_was_killed_goes_on_with_its_job(crm: SalesforceHarness) -> None:
    loaded = crm.load(accounts(40))
    crm.set_clock(PULLED_AT)
    made = next(account_pages(loading(crm)))
    crm.set_clock(PULLED_AT + timedelta(minutes=1))
    connector = loading(crm)

    rest = list(connector.pull(connector.streams[0], made.next_cursor))

    assert sorted(ids(rest)) == sorted(loaded.values())
    assert asked_of_accounts(crm).count("job") == 1
    assert connector.calls()["count Account"] == 1
