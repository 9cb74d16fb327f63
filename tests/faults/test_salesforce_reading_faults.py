"""Reading Salesforce when rows come late, clocks differ, pages break, jobs fail and records vanish (F01 to F46)."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from string import ascii_letters
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from connectors.salesforce.positions import JobPlace, read_place
from core.clock import parse_instant, wire_instant
from core.cursors import Cursor
from core.errors import AuthError, ConfigError, ContractError, QuotaExhausted
from core.records import Account, Kind, RecordRef
from tests.contract.harness import PatientTiming, World
from tests.contract.salesforce_harness import SalesforceHarness, long_id
from tests.contract.worlds import (
    EDITED_AT,
    LOADED_AT,
    PULLED_AT,
    WANTED,
    accounts,
    ids,
    pull_all,
    records,
    small_world,
)
from tests.faults.salesforce_mirror import Dying, Killed, Mirror

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
SALESFORCE_GIVES_UP_AFTER_SECONDS = 120
BULK: Mapping[str, Any] = {"bulk_read_from": 1}
IN_ORDER: Mapping[str, Any] = {"parallel_cursors": 1, "bulk_read_from": 0}
RANGES: Mapping[str, Any] = {"bulk_read_from": 0}
WAYS = pytest.mark.parametrize("way", [IN_ORDER, RANGES, BULK], ids=["in order", "by ranges", "as a job"])
NASTY = [
    "plain",
    'quo"te',
    '""',
    "comma, and ; and \t",
    "line\nfeed",
    "carriage\rreturn",
    "both\r\nof them",
    "emoji \U0001f469\u200d\U0001f4bb and \u00e9\u0301",
    "\ufeffmark of order",
    "nul \x00 inside",
    "line\u2028separator\x85",
    "#N/A",
    "x" * 250,
]


def refusal(code: str, status: int = 400) -> dict[str, Any]:
    return {"status": status, "body": [{"message": f"words for {code}", "errorCode": code}]}


def jobs(crm: SalesforceHarness) -> int:
    """Requests for new query jobs so far."""
    seen = crm.control("requests/summary")["by_endpoint"]
    return sum(
        count
        for endpoint, count in seen.items()
        if endpoint.startswith("POST") and endpoint.endswith("/jobs/query")
    )


def account_pages(connector: Any, cursor: Cursor = Cursor()) -> Any:  # noqa: B008 frozen
    return connector.pull(connector.streams[0], cursor)


# ---------------------------------------------------------------- rows, pages and cursors


def test_f01_a_row_that_commits_behind_the_cursor_is_found(crm: SalesforceHarness, mirror: Mirror) -> None:
    crm.load(accounts(2))
    crm.set_clock(PULLED_AT)
    crm.control("late", {"seconds": 120, "records": {"Account": [{"Name": "Late"}]}})
    crm.set_clock(PULLED_AT + MINUTE)
    mirror.pull(PULLED_AT + MINUTE)
    assert len(mirror.living(Kind.ACCOUNT)) == 2
    crm.set_clock(PULLED_AT + 3 * MINUTE)

    mirror.pull(PULLED_AT + 3 * MINUTE)

    assert "Late" in {row["name"] for row in mirror.rows(Kind.ACCOUNT).values()}


def test_f02_thousands_of_rows_with_one_stamp_are_read_once_each(crm: SalesforceHarness) -> None:
    crm.control("settings", {"page_sizes": [200], "query_timeout_rows": 700})
    crm.set_clock(EDITED_AT)
    loaded = crm.load(accounts(5000))
    crm.set_clock(EDITED_AT + HOUR)
    connector = crm.configured(**IN_ORDER)

    read = ids(account_pages(connector, Cursor(since=EDITED_AT)))

    assert sorted(read) == sorted(loaded.values())


def test_f03_an_edit_exactly_on_the_boundary_of_two_windows_is_seen(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    loaded = crm.load(accounts(2))
    crm.set_clock(PULLED_AT)
    mirror.pull(PULLED_AT, overlap=timedelta())
    assert mirror.cursor().since == PULLED_AT
    crm.rename_account(loaded["a0"], "On the boundary")
    crm.set_clock(EDITED_AT)

    mirror.pull(EDITED_AT, overlap=timedelta())

    assert mirror.rows(Kind.ACCOUNT)[loaded["a0"]]["name"] == "On the boundary"


@pytest.mark.parametrize("skew", [-10 * MINUTE, 10 * MINUTE])
def test_f04_the_cursor_follows_salesforces_clock_not_ours(
    crm: SalesforceHarness, mirror: Mirror, skew: timedelta
) -> None:
    loaded = crm.load(accounts(2))
    crm.set_clock(PULLED_AT)
    mirror.pull(PULLED_AT + skew, overlap=timedelta())
    assert mirror.cursor().since == PULLED_AT
    crm.set_clock(PULLED_AT + MINUTE)
    crm.rename_account(loaded["a1"], "Soon after")
    crm.set_clock(PULLED_AT + 2 * MINUTE)

    mirror.pull(PULLED_AT + 2 * MINUTE + skew, overlap=timedelta())

    assert mirror.rows(Kind.ACCOUNT)[loaded["a1"]]["name"] == "Soon after"


@WAYS
def test_f08_a_row_that_is_edited_while_pages_are_read_comes_with_the_next_window(
    crm: SalesforceHarness, way: Mapping[str, Any]
) -> None:
    loaded = crm.load(accounts(40))
    crm.control("settings", {"bulk": {"page_rows": 9}})
    crm.set_clock(PULLED_AT)
    pages = account_pages(crm.configured(**way))
    first = [next(pages), next(pages)]
    edited = ids(first)[0]
    crm.set_clock(EDITED_AT)
    crm.rename_account(edited, "Edited meanwhile")

    rest = list(pages)

    assert set(ids([*first, *rest])) == set(loaded.values())
    after = records(account_pages(crm.connector(), rest[-1].next_cursor))
    assert [(one.remote_id, one.name) for one in after if isinstance(one, Account)] == [
        (edited, "Edited meanwhile")
    ]


def test_f08_an_edit_on_a_page_to_come_never_moves_the_cursor_past_unread_rows(
    crm: SalesforceHarness,
) -> None:
    loaded = crm.load(accounts(9))
    crm.set_clock(PULLED_AT)
    changed = Cursor(since=LOADED_AT)  # a window whose rows nobody counts, as those of a first load are
    order = ids(account_pages(crm.connector(), changed))
    pages = account_pages(crm.configured(**IN_ORDER), changed)
    first = next(pages)
    crm.set_clock(EDITED_AT)
    crm.rename_account(order[5], "Edited")
    second = next(pages)

    resumed = list(account_pages(crm.connector(), second.next_cursor))

    assert set(ids([first, second, *resumed])) == set(loaded.values())


@pytest.mark.parametrize("settings", [{"query_timeout_days": 1.5}, {"query_timeout_rows": 300}])
def test_f09_a_window_that_takes_too_long_is_halved_and_the_good_size_is_kept(
    crm: SalesforceHarness, settings: dict[str, Any]
) -> None:
    loaded: dict[str, str] = {}
    crm.control("settings", {"page_sizes": [200]})
    for day in range(8):
        crm.set_clock(LOADED_AT + day * DAY)
        new = crm.load(World(accounts=accounts(40).accounts))
        loaded |= {f"{key} of day {day}": one for key, one in new.items()}
    crm.set_clock(LOADED_AT + 8 * DAY)
    crm.control("settings", settings)
    connector = crm.configured(**IN_ORDER)
    cursor = Cursor(since=LOADED_AT - HOUR)

    read = ids(account_pages(connector, cursor))
    before = crm.control("requests/summary")["by_status"].get("400", 0)
    again = ids(account_pages(connector, cursor))

    assert sorted(read) == sorted(loaded.values())
    assert sorted(again) == sorted(loaded.values())
    assert before > 0
    assert crm.control("requests/summary")["by_status"].get("400", 0) == before


def test_f09_a_size_that_suited_a_short_window_does_not_cut_a_long_one_into_thousands(
    crm: SalesforceHarness,
) -> None:
    crm.set_clock(LOADED_AT - 20 * DAY)
    loaded = crm.load(accounts(5))
    crm.set_clock(LOADED_AT)
    connector = crm.configured(**IN_ORDER)
    crm.control("faults", {"path": "/queryAll", "times": 1, **refusal("QUERY_TIMEOUT")})
    list(account_pages(connector, Cursor(since=LOADED_AT - 15 * MINUTE)))
    before = connector.calls()["read Account"]

    read = ids(account_pages(connector, Cursor(since=LOADED_AT - 30 * DAY)))

    assert sorted(read) == sorted(loaded.values())
    assert connector.calls()["read Account"] - before < 10


def test_f09_a_row_that_is_edited_while_slices_are_read_is_there_when_ids_are_compared(
    crm: SalesforceHarness,
) -> None:
    crm.set_clock(LOADED_AT - 10 * DAY)
    loaded = set(crm.load(accounts(320)).values())
    crm.set_clock(LOADED_AT - 5 * DAY)
    [edited] = crm.load(accounts(1)).values()
    crm.set_clock(LOADED_AT)
    crm.control("settings", {"page_sizes": [2000]})
    connector = crm.configured(**IN_ORDER)
    crm.control("faults", {"path": "/queryAll", "times": 7, **refusal("QUERY_TIMEOUT")})
    list(account_pages(connector, Cursor(since=LOADED_AT - 15 * MINUTE)))  # 312 rows, 128 spans
    parts = connector.living(connector.streams[0])
    first = next(parts)
    crm.set_clock(LOADED_AT + 3 * HOUR)
    crm.rename_account(edited, "Edited")

    rest = {one for part in parts for one in part}

    assert len(first) == 312
    assert {*first, *rest} == {*loaded, edited}


def test_f09_a_size_is_forgotten_after_a_day(crm: SalesforceHarness) -> None:
    timing = PatientTiming()
    connector = crm.configured(timing=timing.timing(), **IN_ORDER)
    crm.control("faults", {"path": "/queryAll", "times": 1, **refusal("QUERY_TIMEOUT")})
    list(account_pages(connector, Cursor(since=LOADED_AT - DAY)))
    sizes = []
    for wait in (0.0, 86_401.0):
        timing.now += wait
        before = connector.calls()["read Account"]
        list(account_pages(connector, Cursor(since=LOADED_AT - DAY)))
        sizes.append(connector.calls()["read Account"] - before)

    assert sizes == [3, 1]  # two halves and what came since, then all at once


def test_f09_queries_are_waited_for_longer_than_salesforce_works_on_them_and_log_ins_are_not(
    crm: SalesforceHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm.load(accounts(6))
    crm.set_clock(PULLED_AT)
    waits: dict[bool, set[float]] = {True: set(), False: set()}
    send = HTTPAdapter.send

    def noted(adapter: HTTPAdapter, request: PreparedRequest, *args: Any, **more: Any) -> Response:
        waits["/oauth2/" in str(request.url)].add(more["timeout"][1])
        return send(adapter, request, *args, **more)

    monkeypatch.setattr(HTTPAdapter, "send", noted)
    assert len(ids(account_pages(crm.connector()))) == 6

    assert min(waits[False]) > SALESFORCE_GIVES_UP_AFTER_SECONDS
    assert max(waits[True]) <= 30


def test_f09_too_many_distinct_people_are_too_much_at_once_only(crm: SalesforceHarness) -> None:
    loaded = crm.load(accounts(6))
    crm.set_clock(PULLED_AT)
    crm.control("faults", {"path": "/queryAll/?$", "times": 2, **refusal("OPERATION_TOO_LARGE")})

    assert sorted(ids(account_pages(crm.connector()))) == sorted(loaded.values())


def test_f10_a_locator_that_expires_in_the_middle_costs_one_query(crm: SalesforceHarness) -> None:
    loaded = crm.load(accounts(24))
    crm.set_clock(PULLED_AT)
    crm.control("faults", {"path": r"/query(All)?/\w+-18$", "times": 1, **refusal("INVALID_QUERY_LOCATOR")})
    connector = crm.configured(**IN_ORDER)

    read = ids(account_pages(connector))

    assert sorted(read) == sorted(loaded.values())
    assert connector.calls()["read Account"] == 8 + 1


def test_f10_a_range_goes_on_behind_its_last_row_when_its_locator_expires(crm: SalesforceHarness) -> None:
    loaded = crm.load(accounts(40))
    crm.set_clock(PULLED_AT)
    pages = account_pages(crm.configured(**RANGES))
    some = [next(pages), next(pages)]
    crm.control("settings", {"expire_locators": True})

    read = ids([*some, *pages])

    assert sorted(read) == sorted(loaded.values())


@WAYS
def test_f11_a_process_that_dies_after_any_page_loses_and_doubles_nothing(
    crm: SalesforceHarness, tmp_path: Path, way: Mapping[str, Any]
) -> None:
    loaded = crm.load(accounts(40))
    crm.control("settings", {"bulk": {"page_rows": 9}})
    crm.set_clock(PULLED_AT)
    kills = 0
    for kill_at in count(0, 4):
        only_accounts = {"bulk_read_from": 20} if way is BULK else {}
        mirror = Mirror.in_folder(crm, tmp_path, **{**way, **only_accounts})
        with mirror.database.write() as writer:
            writer.exec_driver_sql("DELETE FROM crm_account")
            writer.exec_driver_sql("DELETE FROM stream_cursor")
        try:
            mirror.pull(PULLED_AT, connector=Dying(mirror.connector(), kill_at))
        except Killed:
            kills += 1
        else:  # how many pages ranges make depends on who was first, so the last kill is known by its absence
            mirror.database.close()
            break
        before = jobs(crm)

        mirror.pull(PULLED_AT)

        assert mirror.living(Kind.ACCOUNT) == set(loaded.values())
        assert mirror.cursor().since == PULLED_AT
        if way is BULK and kill_at >= 1:
            assert jobs(crm) == before, "the job was made anew although it is there"
        mirror.database.close()
    assert kills > 1


def test_f11_a_job_that_is_gone_at_the_restart_is_made_anew(crm: SalesforceHarness, tmp_path: Path) -> None:
    loaded = crm.load(accounts(40))
    crm.control("settings", {"bulk": {"page_rows": 9}})
    crm.set_clock(PULLED_AT)
    mirror = Mirror.in_folder(crm, tmp_path, **BULK)
    with pytest.raises(Killed):
        mirror.pull(PULLED_AT, connector=Dying(mirror.connector(), 2))
    crm.set_clock(PULLED_AT + 8 * DAY)

    mirror.pull(PULLED_AT + 8 * DAY)

    assert mirror.living(Kind.ACCOUNT) == set(loaded.values())
    mirror.database.close()


@pytest.mark.parametrize(
    "text",
    [
        '{"since": "2999-12-31T00:00:00Z"}',
        "",
        '""',
        '{"since": ""}',
        "not json",
        '{"since": "2026-03-02T10:30:00Z", "started_at": "2026-03-02T10:30:00Z", "position": "job|x"}',
        '{"since": "2026-03-02T10:30:00Z", "started_at": "2026-03-02T10:30:00Z", "position": "garbage"}',
    ],
)
def test_f12_a_broken_cursor_is_refused_and_a_full_pull_is_offered(
    crm: SalesforceHarness, mirror: Mirror, text: str
) -> None:
    crm.load(accounts(2))
    crm.set_clock(PULLED_AT)
    mirror.pull(PULLED_AT)
    mirror.set_cursor(text)

    with pytest.raises((ConfigError, ContractError), match="full"):
        mirror.pull(PULLED_AT)


def test_f12_a_cursor_in_the_future_is_refused_by_the_connector_itself(crm: SalesforceHarness) -> None:
    crm.load(accounts(2))
    crm.set_clock(PULLED_AT)

    with pytest.raises(ContractError, match="lies in the future"):
        list(account_pages(crm.connector(), Cursor(since=PULLED_AT + DAY)))


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 bounds
    st.integers(-14 * 4, 14 * 4),
)
def test_f13_instants_of_every_form_are_the_same_instant(instant: datetime, quarters: int) -> None:
    exact = instant.replace(microsecond=instant.microsecond // 1000 * 1000)
    millis = f"{exact.microsecond // 1000:03}"
    offset = timedelta(minutes=15 * quarters)
    sign, minutes = ("-" if quarters < 0 else "+"), 15 * abs(quarters)
    away = f"{sign}{minutes // 60:02}:{minutes % 60:02}"
    wall = f"{(exact + offset):%Y-%m-%dT%H:%M:%S}.{millis}{away}"
    forms = [
        f"{exact:%Y-%m-%dT%H:%M:%S}.{millis}Z",
        f"{exact:%Y-%m-%dT%H:%M:%S}.{millis}+0000",
        str(round(exact.timestamp() * 1000)),
        wall,
    ]

    assert {parse_instant(form) for form in forms} == {exact}
    assert all(parse_instant(form).tzinfo is UTC for form in forms)


def test_f13_a_job_and_a_query_tell_the_same_times_and_values(crm: SalesforceHarness) -> None:
    (one,) = crm.load(accounts(1)).values()
    crm.control("load", {"Account": [{"Id": one, "NumberOfEmployees": 250, "AnnualRevenue": 12.5}]})
    crm.set_clock(PULLED_AT)

    assert records(account_pages(crm.configured(**BULK))) == records(account_pages(crm.connector()))


def test_f14_a_first_load_takes_rows_of_any_age(crm: SalesforceHarness, mirror: Mirror) -> None:
    crm.set_clock(datetime(2009, 5, 1, tzinfo=UTC))
    loaded = crm.load(accounts(5))
    crm.set_clock(PULLED_AT)

    mirror.pull(PULLED_AT)

    assert mirror.living(Kind.ACCOUNT) == set(loaded.values())


def test_f14_a_first_load_that_lacks_rows_is_counted_and_read_again(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    loaded = crm.load(accounts(40))
    crm.set_clock(PULLED_AT)
    end = {"totalSize": 40, "done": True, "records": []}
    crm.control("faults", {"path": r"/query(All)?/\w+-6$", "times": 1, "status": 200, "body": end})

    mirror.pull(PULLED_AT, connector=crm.configured(**IN_ORDER))

    assert mirror.living(Kind.ACCOUNT) == set(loaded.values())


def test_f14_a_row_that_is_edited_meanwhile_is_not_missed_where_a_load_is_read_again(
    crm: SalesforceHarness,
) -> None:
    loaded = set(crm.load(accounts(9)).values())
    crm.set_clock(PULLED_AT)
    connector = crm.configured(**IN_ORDER)
    parts = connector.living(connector.streams[0])
    seen = {*next(parts)}
    crm.set_clock(EDITED_AT)
    crm.rename_account(max(loaded - seen), "Edited")
    more = {"totalSize": 99, "done": True, "records": []}
    crm.control(
        "faults", {"path": "/queryAll", "query_contains": "COUNT", "times": 1, "status": 200, "body": more}
    )

    seen |= {one for part in parts for one in part}

    assert seen == loaded


def test_f14_a_first_load_that_stays_short_is_no_success(crm: SalesforceHarness, mirror: Mirror) -> None:
    crm.load(accounts(40))
    crm.set_clock(PULLED_AT)
    end = {"totalSize": 40, "done": True, "records": []}
    crm.control("faults", {"path": r"/query(All)?/\w+-6$", "status": 200, "body": end})

    for _ in range(2):
        with pytest.raises(ContractError, match="rows of Account do not come"):
            mirror.pull(PULLED_AT, connector=crm.configured(**IN_ORDER))
        assert mirror.cursor().since is None


def test_f16_a_formula_is_named_by_check_and_read_again_on_a_schedule(
    crm: SalesforceHarness, tmp_path: Path
) -> None:
    formula = {
        "object": "Account",
        "fullName": "Parent_Industry__c",
        "label": "P",
        "type": "Text",
        "length": 80,
    }
    crm.control("schema", {"add": [{**formula, "formula": "Parent.Industry"}]})
    loaded = crm.load(accounts(2))
    crm.control(
        "load",
        {
            "Account": [
                {"Id": loaded["a0"], "ParentId": loaded["a1"]},
                {"Id": loaded["a1"], "Industry": "Energy"},
            ]
        },
    )
    crm.set_clock(PULLED_AT)
    mirror = Mirror.in_folder(crm, tmp_path, fields={"parent_industry": "Parent_Industry__c"})
    mirror.pull(PULLED_AT)
    assert mirror.fields(loaded["a0"])["parent_industry"] == "Energy"
    crm.set_clock(PULLED_AT + DAY)
    crm.control("load", {"Account": [{"Id": loaded["a1"], "Industry": "Media"}]})
    crm.set_clock(PULLED_AT + 2 * DAY)
    mirror.pull(PULLED_AT + 2 * DAY)
    assert mirror.fields(loaded["a0"])["parent_industry"] == "Energy"

    crm.set_clock(PULLED_AT + 8 * DAY)
    mirror.pull(PULLED_AT + 8 * DAY)

    assert mirror.fields(loaded["a0"])["parent_industry"] == "Media"
    warning = next(one for one in mirror.connector().check().findings if "Parent_Industry__c" in one.message)
    assert "every 7 days" in warning.message
    mirror.database.close()


def test_f16_formulas_of_contacts_and_deals_are_named_and_read_again_too(
    crm: SalesforceHarness, tmp_path: Path
) -> None:
    title = {"object": "Contact", "fullName": "Persona__c", "label": "P", "type": "Text", "length": 80}
    amount = {"object": "Opportunity", "fullName": "Arr__c", "label": "A", "type": "Number"}
    added = [
        {**title, "formula": "Account.Industry"},
        {**amount, "precision": 18, "scale": 2, "formula": "Account.AnnualRevenue"},
    ]
    crm.control("schema", {"add": added})
    loaded = crm.load(small_world())
    acme = {"Id": loaded["acme"], "Industry": "Energy", "AnnualRevenue": 5}
    crm.control("load", {"Account": [acme]})
    mapped = {"contact_fields": {"title": "Persona__c"}, "deal_fields": {"amount": "Arr__c"}}
    mirror = Mirror.in_folder(crm, tmp_path, **mapped)
    crm.set_clock(PULLED_AT)
    mirror.pull(PULLED_AT)
    crm.set_clock(PULLED_AT + DAY)
    crm.control("load", {"Account": [{**acme, "Industry": "Media", "AnnualRevenue": 7}]})

    crm.set_clock(PULLED_AT + 8 * DAY)
    mirror.pull(PULLED_AT + 8 * DAY)

    assert mirror.rows(Kind.CONTACT)[loaded["ann"]]["title"] == "Media"
    assert mirror.rows(Kind.DEAL)[loaded["deal"]]["amount"] == 7
    warnings = {one.subject: one.message for one in mirror.connector().check().findings}
    assert "Contact.Persona__c" in warnings["contact_fields.title"]
    assert "Opportunity.Arr__c" in warnings["deal_fields.amount"]
    mirror.database.close()


@pytest.mark.parametrize("fate", ["stuck", "fail", "abort"])
def test_f17_a_job_that_comes_to_no_good_end_is_replaced_by_queries(
    crm: SalesforceHarness, mirror: Mirror, fate: str
) -> None:
    loaded = crm.load(accounts(40))
    crm.control("settings", {"bulk": {"fates": [{"fate": fate, "job": "query"}]}})
    crm.set_clock(PULLED_AT)
    patience = PatientTiming()

    mirror.pull(
        PULLED_AT,
        connector=crm.configured(timing=patience.timing(), bulk_deadline_minutes=10, bulk_read_from=20),
    )

    assert mirror.living(Kind.ACCOUNT) == set(loaded.values())
    assert any("Account is read without the Bulk API" in note for note in mirror.notes)
    if fate == "stuck":
        assert patience.pauses[:4] == sorted(patience.pauses[:4])
        assert patience.now < 3600
        seen = crm.control("requests/summary")["by_endpoint"]
        assert any(endpoint.startswith("PATCH") and "jobs/query" in endpoint for endpoint in seen)


@pytest.mark.parametrize("way", [RANGES, BULK], ids=["query", "job"])
def test_f18_every_kind_of_text_survives(crm: SalesforceHarness, way: Mapping[str, Any]) -> None:
    rows = [{"Id": long_id(f"001N{number:011}"), "Name": text} for number, text in enumerate(NASTY)]
    crm.control("load", {"Account": rows})
    crm.control("settings", {"bulk": {"page_rows": 4}})
    crm.set_clock(PULLED_AT)

    read = {
        one.remote_id: one.name
        for one in records(account_pages(crm.configured(**way)))
        if isinstance(one, Account)
    }

    assert read == {row["Id"]: row["Name"] for row in rows}


@pytest.mark.parametrize(
    "fault", [{"half": True}, {"drop": "after"}, {"drop": "before"}], ids=["half", "after", "before"]
)
@pytest.mark.parametrize(
    ("way", "path"),
    [
        (IN_ORDER, r"/query(All)?/"),
        (RANGES, r"/query(All)?/"),
        (BULK, r"/results$"),
        (BULK, r"/resultPages$"),
    ],
    ids=["in order", "by ranges", "results", "list of results"],
)
def test_f19_a_broken_answer_is_thrown_away_and_asked_for_again(
    crm: SalesforceHarness, mirror: Mirror, way: Mapping[str, Any], path: str, fault: dict[str, Any]
) -> None:
    loaded = crm.load(accounts(40))
    crm.control("settings", {"bulk": {"page_rows": 15}})
    crm.set_clock(PULLED_AT)
    crm.control("faults", {"path": path, "times": 3, **fault})

    mirror.pull(PULLED_AT, connector=crm.configured(**way))

    assert mirror.living(Kind.ACCOUNT) == set(loaded.values())
    assert not mirror.notes


def test_f19_a_large_download_that_breaks_off_begins_anew_and_not_behind_what_came(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    letters = random.Random(19)
    names = {long_id(f"001N{n:011}"): "".join(letters.choices(ascii_letters, k=250)) for n in range(1500)}
    crm.control("load", {"Account": [{"Id": one, "Name": name} for one, name in names.items()]})
    crm.set_clock(PULLED_AT)
    crm.control("faults", {"path": r"/results$", "times": 1, "half": True})

    mirror.pull(PULLED_AT, connector=crm.configured(**BULK))

    assert {one: row["name"] for one, row in mirror.rows(Kind.ACCOUNT).items()} == names
    assert not mirror.notes


def test_f19_results_of_a_job_that_lack_rows_are_read_by_queries(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    loaded = list(crm.load(accounts(40)).values())
    crm.control("settings", {"bulk": {"page_rows": 15}})
    crm.set_clock(PULLED_AT)
    rows = "".join(f'"{one}","2026-03-01T09:00:00.000Z","false","n"\n' for one in loaded[:14])
    short = {"status": 200, "headers": {"Sforce-NumberOfRecords": "15"}}
    crm.control(
        "faults",
        {
            "path": r"/results$",
            "query_contains": "locator",
            **short,
            "body": f'"Id","SystemModstamp","IsDeleted","Name"\n{rows}',
        },
    )

    mirror.pull(PULLED_AT, connector=crm.configured(**BULK))

    assert mirror.living(Kind.ACCOUNT) == set(loaded)
    assert any("hold 14 rows, not the 15" in note for note in mirror.notes)


@pytest.mark.parametrize(
    "retyped", [{"type": "Number", "precision": 18, "scale": 0}, {"type": "Checkbox", "defaultValue": False}]
)
def test_f19_a_job_from_before_a_field_changed_its_type_is_given_up(
    crm: SalesforceHarness, mirror: Mirror, retyped: dict[str, Any]
) -> None:
    segment = {"object": "Account", "fullName": "Segment__c", "label": "S"}
    crm.control("schema", {"add": [{**segment, "type": "Text", "length": 20}]})
    loaded = list(crm.load(accounts(40)).values())
    crm.control("load", {"Account": [{"Id": one, "Segment__c": "large"} for one in loaded]})
    crm.set_clock(PULLED_AT)
    crm.control("settings", {"bulk": {"page_rows": 9}})
    settings = {"fields": {"segment": "Segment__c"}, **BULK}
    with pytest.raises(Killed):
        mirror.pull(PULLED_AT, connector=Dying(crm.configured(**settings), 2))
    assert isinstance(read_place(mirror.cursor().position), JobPlace)
    crm.control("schema", {"add": [{**segment, **retyped}]})

    mirror.pull(PULLED_AT, connector=crm.configured(**settings))

    assert mirror.living(Kind.ACCOUNT) == set(loaded)
    assert mirror.cursor().position is None


def test_f19_a_first_part_that_ends_elsewhere_than_the_named_one_is_not_taken(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    loaded = crm.load(accounts(40))
    crm.control("settings", {"bulk": {"page_rows": 15}})
    crm.set_clock(PULLED_AT)
    rows = "".join(f'"{one}","2026-03-01T09:00:00.000Z","false"\n' for one in list(loaded.values())[:10])
    early = {"status": 200, "headers": {"Sforce-NumberOfRecords": "10", "Sforce-Locator": "MTA"}}
    body = f'"Id","SystemModstamp","IsDeleted"\n{rows}'
    crm.control("faults", {"path": r"/results$", "query_contains": "locator"})  # these parts come as they are
    crm.control("faults", {"path": r"/results$", "times": 1, **early, "body": body})

    mirror.pull(PULLED_AT, connector=crm.configured(**BULK))

    assert mirror.living(Kind.ACCOUNT) == set(loaded.values())
    assert not mirror.notes


@WAYS
def test_f20_a_token_that_ends_in_the_middle_of_a_long_read_is_renewed(
    crm: SalesforceHarness, way: Mapping[str, Any]
) -> None:
    loaded = crm.load(accounts(40))
    crm.control("settings", {"bulk": {"page_rows": 4}})
    crm.set_clock(PULLED_AT)
    connector = crm.configured(**way)
    read: list[Any] = []

    for number, page in enumerate(account_pages(connector)):
        read.append(page)
        if number == 1:
            crm.control("settings", {"expire_sessions": True})

    assert set(ids(read)) == set(loaded.values())
    assert connector.calls()["log in"] == 2


# ---------------------------------------------------------------- deletions and merges


def test_f21_a_deleted_account_is_buried_and_never_written_again(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    loaded = crm.load(accounts(3))
    crm.set_clock(PULLED_AT)
    mirror.pull(PULLED_AT)
    assert loaded["a1"] in mirror.writable(Kind.ACCOUNT)
    crm.set_clock(EDITED_AT)
    crm.delete(RecordRef(Kind.ACCOUNT, loaded["a1"]))
    crm.set_clock(EDITED_AT + HOUR)

    mirror.pull(EDITED_AT + HOUR)

    assert mirror.living(Kind.ACCOUNT) == {loaded["a0"], loaded["a2"]}
    assert mirror.writable(Kind.ACCOUNT) == {loaded["a0"], loaded["a2"]}


def purged_after_a_pull(crm: SalesforceHarness, mirror: Mirror) -> Mapping[str, str]:
    """Four accounts that were read; a1 was deleted since, and is gone from the recycle bin too."""
    loaded = crm.load(accounts(4))
    crm.set_clock(PULLED_AT)
    mirror.pull(PULLED_AT)
    crm.set_clock(PULLED_AT + HOUR)
    crm.delete(RecordRef(Kind.ACCOUNT, loaded["a1"]))
    crm.control("purge", {"ids": [loaded["a1"]]})
    return loaded


def test_f22_deletions_during_a_gap_of_more_than_two_weeks_are_found_by_comparing_ids(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    loaded = crm.load(accounts(4))
    crm.set_clock(PULLED_AT)
    mirror.pull(PULLED_AT)
    crm.set_clock(PULLED_AT + HOUR)
    crm.delete(RecordRef(Kind.ACCOUNT, loaded["a1"]))
    crm.set_clock(PULLED_AT + 17 * DAY)

    mirror.pull(PULLED_AT + 17 * DAY)

    assert mirror.living(Kind.ACCOUNT) == set(loaded.values()) - {loaded["a1"]}
    assert mirror.calls.get("read deleted Account") is None


def test_f22_a_log_of_deletions_that_begins_too_late_is_no_complete_one(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    loaded = purged_after_a_pull(crm, mirror)
    crm.control("settings", {"delete_log_days": 0.5})
    crm.set_clock(PULLED_AT + 2 * DAY)

    mirror.pull(PULLED_AT + 2 * DAY)

    assert mirror.living(Kind.ACCOUNT) == set(loaded.values()) - {loaded["a1"]}


def test_f22_an_answer_whose_log_begins_too_late_is_no_complete_one(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    loaded = purged_after_a_pull(crm, mirror)
    told = {
        "deletedRecords": [],
        "earliestDateAvailable": wire_instant(PULLED_AT + 2 * HOUR),
        "latestDateCovered": wire_instant(PULLED_AT + 3 * HOUR),
    }
    crm.control("faults", {"path": "/sobjects/Account/deleted", "status": 200, "body": told})
    crm.set_clock(PULLED_AT + 3 * HOUR)

    mirror.pull(PULLED_AT + 3 * HOUR)

    assert mirror.living(Kind.ACCOUNT) == set(loaded.values()) - {loaded["a1"]}


def test_f22_the_feed_of_deletions_names_what_has_left_the_recycle_bin(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    loaded = crm.load(accounts(4))
    crm.set_clock(PULLED_AT)
    mirror.pull(PULLED_AT)
    crm.set_clock(PULLED_AT + 3 * HOUR)
    told = {
        "deletedRecords": [{"id": loaded["a1"], "deletedDate": "2026-03-02T12:00:00.000+0000"}],
        "earliestDateAvailable": "2026-02-20T00:00:00.000+0000",
        "latestDateCovered": "2026-03-02T13:00:00.000+0000",
    }
    crm.control("faults", {"path": "/sobjects/Account/deleted", "status": 200, "body": told})

    mirror.pull(PULLED_AT + 3 * HOUR)

    assert mirror.living(Kind.ACCOUNT) == set(loaded.values()) - {loaded["a1"]}


def test_f23_members_that_were_deleted_without_a_trace_are_found(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    loaded = crm.load(small_world())
    campaign, member, other = (
        long_id(f"{prefix}S00000000{number:03}") for prefix, number in (("701", 1), ("00v", 1), ("00v", 2))
    )
    rows = [
        {"Id": one, "CampaignId": campaign, "ContactId": loaded[person], "Status": "Responded"}
        for one, person in ((member, "ann"), (other, "bo"))
    ]
    crm.control("load", {"Campaign": [{"Id": campaign, "Name": "Webinar"}], "CampaignMember": rows})
    crm.set_clock(PULLED_AT)
    mirror.pull(PULLED_AT)
    assert f"CampaignMember:{member}" in mirror.living(Kind.ACTIVITY)
    delete(crm, "CampaignMember", member)
    crm.set_clock(PULLED_AT + 2 * DAY)

    mirror.pull(PULLED_AT + 2 * DAY)

    assert f"CampaignMember:{member}" not in mirror.living(Kind.ACTIVITY)
    assert f"CampaignMember:{other}" in mirror.living(Kind.ACTIVITY)


def test_f23_members_who_were_only_invited_are_not_missed_by_a_read_of_everything(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    crm.set_clock(PULLED_AT)
    mirror.pull(PULLED_AT)
    campaign = long_id("701S00000000001")
    people = [long_id(f"003S00000001{number:03}") for number in range(30)]
    members = [long_id(f"00vS00000000{number:03}") for number in range(30)]
    rows = [
        {"Id": one, "CampaignId": campaign, "ContactId": person, "Status": "Sent"}
        for one, person in zip(members, people, strict=True)
    ]
    crm.set_clock(PULLED_AT + MINUTE)
    crm.control("load", {"Contact": [{"Id": one, "LastName": "Invited"} for one in people]})
    crm.control("load", {"Campaign": [{"Id": campaign, "Name": "Webinar"}], "CampaignMember": rows})
    crm.control("load", {"CampaignMember": [{"Id": one, "Status": "Responded"} for one in members[:2]]})
    crm.set_clock(PULLED_AT + HOUR)
    mirror.pull(PULLED_AT + HOUR)
    responded = mirror.living(Kind.ACTIVITY)
    crm.control("load", {"CampaignMember": [{"Id": members[0], "Status": "Sent"}]})
    mirror.set_cursor("{}", "CampaignMember")  # as when a field is mapped, or people ask for all
    crm.set_clock(PULLED_AT + 2 * HOUR)

    mirror.pull(PULLED_AT + 2 * HOUR)

    assert responded == {f"CampaignMember:{one}" for one in members[:2]}
    assert mirror.living(Kind.ACTIVITY) == {f"CampaignMember:{members[1]}"}


def test_f23_roles_on_deals_that_were_deleted_without_a_trace_are_found(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    loaded = crm.load(small_world())
    deal = next(row["Id"] for row in crm.control("state/Opportunity")["records"])
    gone, kept = (long_id(f"00KS00000000{number:03}") for number in (1, 2))
    rows = [
        {"Id": one, "OpportunityId": deal, "ContactId": loaded[person], "Role": "Champion"}
        for one, person in ((gone, "ann"), (kept, "bo"))
    ]
    crm.control("load", {"OpportunityContactRole": rows})
    crm.set_clock(PULLED_AT)
    mirror.pull(PULLED_AT)
    assert roles_of(mirror) == {loaded["ann"], loaded["bo"]}
    delete(crm, "OpportunityContactRole", gone)
    crm.set_clock(PULLED_AT + 2 * DAY)

    mirror.pull(PULLED_AT + 2 * DAY)

    assert roles_of(mirror) == {loaded["bo"]}


def roles_of(mirror: Mirror) -> set[str]:
    """The contacts that have a role on a deal, by our account."""
    with mirror.database.read() as reader:
        found = reader.exec_driver_sql("SELECT contact_id FROM crm_deal_role WHERE NOT is_gone")
        return {str(row.contact_id) for row in found}


def delete(crm: SalesforceHarness, table: str, record_id: str) -> None:
    """Delete a record over the API, as another tool would."""
    import requests  # noqa: PLC0415 only here

    form = {
        "grant_type": "client_credentials",
        "client_id": "suite-client",
        "client_secret": "canary-7f3a-of-the-suite",
    }
    token = requests.post(f"{crm.url}/services/oauth2/token", data=form, timeout=30).json()["access_token"]
    answer = requests.delete(
        f"{crm.url}/services/data/v66.0/sobjects/{table}/{record_id}",
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
    )
    assert answer.status_code == 204, answer.text


def test_f23_a_person_can_ask_for_the_comparison(crm: SalesforceHarness, mirror: Mirror) -> None:
    loaded = crm.load(accounts(4))
    crm.set_clock(PULLED_AT)
    mirror.pull(PULLED_AT)
    crm.delete(RecordRef(Kind.ACCOUNT, loaded["a1"]))
    crm.control("purge", {"ids": [loaded["a1"]]})
    crm.set_clock(PULLED_AT + HOUR)
    mirror.pull(PULLED_AT + HOUR)
    assert loaded["a1"] in mirror.living(Kind.ACCOUNT)

    mirror.pull(PULLED_AT + HOUR, compare=True)

    assert mirror.living(Kind.ACCOUNT) == set(loaded.values()) - {loaded["a1"]}


@WAYS
def test_f22_f23_archived_activities_are_no_deleted_ones(
    crm: SalesforceHarness, tmp_path: Path, way: Mapping[str, Any]
) -> None:
    account = crm.load(accounts(1))["a0"]
    task = {"Status": "Completed", "WhatId": account, "ActivityDate": "2024-01-05"}
    event = {"WhatId": account, "StartDateTime": "2024-01-06T09:00:00Z", "DurationInMinutes": 60}
    crm.control("load", {"Task": [{**task, "Subject": "T"}], "Event": [{**event, "Subject": "E"}]})
    crm.set_clock(PULLED_AT)
    mirror = Mirror.in_folder(crm, tmp_path, **way)
    mirror.pull(PULLED_AT)
    read = mirror.living(Kind.ACTIVITY)
    assert len(read) == 2

    mirror.pull(PULLED_AT + HOUR, compare=True)

    assert mirror.living(Kind.ACTIVITY) == read
    mirror.database.close()


@WAYS
def test_f23_archived_tasks_and_events_are_there_when_ids_are_compared(
    crm: SalesforceHarness, tmp_path: Path, way: Mapping[str, Any]
) -> None:
    """Salesforce archives activities after a year; a plain query does not show them any more."""
    mirror = Mirror.in_folder(crm, tmp_path, **way)
    meeting = crm.load(small_world())["meeting"]
    tasks = [long_id(f"00TS00000000{number:03}") for number in range(4)]
    rows = [{"Id": one, "Status": "Completed", "IsArchived": one != tasks[0]} for one in tasks]
    crm.control("load", {"Task": rows, "Event": [{"Id": meeting, "IsArchived": True}]})
    crm.set_clock(PULLED_AT)
    mirror.pull(PULLED_AT)
    known = mirror.living(Kind.ACTIVITY)
    crm.control("load", {"Task": [{"Id": tasks[3], "IsDeleted": True}]})
    crm.control("purge", {"ids": [tasks[3]]})
    crm.set_clock(PULLED_AT + HOUR)

    mirror.pull(PULLED_AT + HOUR, compare=True)

    assert known == {f"Event:{meeting}", *(f"Task:{one}" for one in tasks)}
    assert mirror.living(Kind.ACTIVITY) == known - {f"Task:{tasks[3]}"}
    mirror.database.close()


def test_f24_an_undeleted_account_comes_back_with_its_people_and_what_they_did(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    loaded = crm.load(small_world())
    crm.set_clock(PULLED_AT)
    mirror.pull(PULLED_AT)
    people, evidence = mirror.living(Kind.CONTACT), mirror.evidence()
    assert evidence
    crm.set_clock(EDITED_AT)
    delete(crm, "Account", loaded["acme"])
    crm.set_clock(EDITED_AT + HOUR)
    mirror.pull(EDITED_AT + HOUR)
    assert mirror.writable(Kind.ACCOUNT) == {loaded["beta"]}
    assert mirror.living(Kind.CONTACT) == {loaded["cy"]}
    assert mirror.evidence() == []
    crm.set_clock(EDITED_AT + 2 * HOUR)
    crm.control("undelete", {"ids": [loaded["acme"]]})
    crm.set_clock(EDITED_AT + 5 * HOUR)

    mirror.pull(EDITED_AT + 5 * HOUR)

    assert mirror.writable(Kind.ACCOUNT) == {loaded["acme"], loaded["beta"]}
    assert (mirror.living(Kind.CONTACT), mirror.evidence()) == (people, evidence)


def test_f25_merged_accounts_lead_to_the_last_survivor_and_are_never_written(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    loaded = crm.load(small_world())
    third = crm.load(World(accounts=accounts(1).accounts))["a0"]
    crm.set_clock(PULLED_AT)
    mirror.pull(PULLED_AT)
    crm.set_clock(EDITED_AT)
    crm.merge_accounts(loaded["beta"], loaded["acme"])
    crm.set_clock(EDITED_AT + MINUTE)
    crm.merge_accounts(third, loaded["beta"])
    crm.set_clock(EDITED_AT + HOUR)

    mirror.pull(EDITED_AT + HOUR)

    rows = mirror.rows(Kind.ACCOUNT)
    assert rows[loaded["acme"]]["survivor_id"] in (loaded["beta"], third)
    assert rows[loaded["beta"]]["survivor_id"] == third
    [(key, activity)] = mirror.evidence()
    assert (key, activity) == ("company0.example", f"Event:{loaded['meeting']}")
    assert mirror.writable(Kind.ACCOUNT) == {third}
    assert {row["account_id"] for row in mirror.rows(Kind.CONTACT).values()} == {third}
    with mirror.database.read() as reader:
        links = reader.exec_driver_sql("SELECT DISTINCT account_id FROM contact_link").fetchall()
    assert len(links) == 1


def test_f28_both_lengths_of_an_id_are_one_record(crm: SalesforceHarness) -> None:
    (one,) = crm.load(accounts(1)).values()
    crm.set_clock(PULLED_AT)
    connector = crm.configured(fields={})
    stamp = "2026-03-02T09:00:00.000+0000"
    row = {"Id": one[:15], "IsDeleted": False, "SystemModstamp": stamp, "Name": "Short", "ParentId": one[:15]}
    crm.control(
        "faults",
        {
            "path": "/query",
            "times": 1,
            "status": 200,
            "body": {"totalSize": 1, "done": True, "records": [row]},
        },
    )

    (read,) = records(account_pages(connector))
    (fetched,) = connector.fetch([RecordRef(Kind.ACCOUNT, one[:15]), RecordRef(Kind.ACCOUNT, one)])

    assert isinstance(read, Account)
    assert (read.remote_id, read.parent_id) == (one, one)
    assert [record.remote_id for record in fetched.records] == [one]


def test_f30_another_org_behind_the_same_credentials_is_refused(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    crm.load(accounts(2))
    crm.set_clock(PULLED_AT)
    mirror.pull(PULLED_AT)
    before = mirror.cursor()
    crm.control("refresh_sandbox", {"org_id": "00DNEW000000001"})
    crm.control("load", {"Account": [{"Name": "Of another org"}]})
    crm.set_clock(EDITED_AT)

    with pytest.raises(ConfigError, match="org"):
        mirror.pull(EDITED_AT)

    assert mirror.cursor() == before
    assert len(mirror.living(Kind.ACCOUNT)) == 2


@pytest.mark.parametrize("settings", [{"bulk_read_from": 0, "parallel_cursors": 1}, {"bulk_read_from": 0}])
def test_f30_another_org_in_the_middle_of_a_read_ends_it(
    crm: SalesforceHarness, settings: Mapping[str, Any]
) -> None:
    crm.load(accounts(40))
    crm.set_clock(PULLED_AT)
    connector = crm.configured(**settings)
    before = connector.org_id()
    pages = account_pages(connector)
    first = next(pages)
    crm.control("refresh_sandbox", {"org_id": "00DNEW000000001"})

    with pytest.raises(ConfigError, match=f"new session is of org 00DNEW.*before was of {before}"):
        list(pages)
    with pytest.raises(ConfigError, match="new session is of org 00DNEW"):
        connector.org_id()

    assert first.records


# ---------------------------------------------------------------- permissions, quotas, weather


def test_f39_an_object_that_is_closed_to_us_is_named_and_the_others_go_on(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    loaded = crm.load(small_world())
    crm.control("settings", {"deny": ["Opportunity.read"]})
    crm.set_clock(PULLED_AT)

    with pytest.raises(AuthError, match="Opportunity"):
        mirror.pull(PULLED_AT)

    assert mirror.living(Kind.ACCOUNT) == {loaded["acme"], loaded["beta"]}
    assert len(mirror.living(Kind.CONTACT)) == 3
    assert mirror.cursor("Event").since == PULLED_AT


def test_f39_an_object_that_may_not_be_described_keeps_no_other_from_being_read(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    crm.load(small_world())
    crm.control("faults", {"path": "Opportunity/describe", **refusal("INSUFFICIENT_ACCESS", 403)})
    crm.set_clock(PULLED_AT)

    with pytest.raises(AuthError, match="INSUFFICIENT_ACCESS"):
        mirror.pull(PULLED_AT)

    assert (len(mirror.living(Kind.ACCOUNT)), len(mirror.living(Kind.CONTACT))) == (2, 3)
    assert mirror.cursor("Event").since == PULLED_AT


def test_f55_what_people_pinned_is_read_again_where_its_field_was_hidden_for_a_while(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    account = crm.load(accounts(1))["a0"]
    crm.connector().provision(WANTED)
    crm.control("load", {"Account": [{"Id": account, "ABM_Tier_Override__c": "1"}]})
    crm.set_clock(PULLED_AT)
    mirror.pull(PULLED_AT)
    pinned = mirror.managed(account)["tier_override"]
    crm.control("settings", {"deny_fields": {"Account.ABM_Tier_Override__c": "read"}})
    crm.rename_account(account, "Edited while its pin is hidden")
    crm.set_clock(PULLED_AT + HOUR)
    mirror.pull(PULLED_AT + HOUR)
    crm.control("settings", {"deny_fields": {}})
    crm.set_clock(PULLED_AT + 2 * HOUR)

    mirror.pull(PULLED_AT + 2 * HOUR)
    calls = mirror.calls["read Account"]
    mirror.pull(PULLED_AT + 2 * HOUR)

    assert pinned == "1"
    assert mirror.managed(account).get("tier_override") == "1"
    assert (calls, mirror.calls["read Account"]) == (1, 1)


@pytest.mark.parametrize("how", ["compared", "read anew"])
@pytest.mark.parametrize("count", [2, 25])
def test_f39_what_an_object_brought_before_it_was_hidden_stays_and_stops_nothing(
    crm: SalesforceHarness, mirror: Mirror, count: int, how: str
) -> None:
    loaded = crm.load(small_world())
    role = {"OpportunityId": loaded["deal"], "ContactId": loaded["ann"], "Role": "Champion"}
    lead = {"LastName": "Lead", "Company": "Acme"}
    crm.control("load", {"OpportunityContactRole": [role] * count, "Lead": [lead] * count})
    crm.set_clock(PULLED_AT)
    mirror.pull(PULLED_AT)
    people = mirror.living(Kind.CONTACT)
    crm.control("settings", {"deny": ["OpportunityContactRole.read", "Lead.read"]})
    if how == "read anew":
        mirror.set_cursor("{}", "Lead")
        mirror.set_cursor("{}", "OpportunityContactRole")
    crm.set_clock(PULLED_AT + 2 * DAY)

    mirror.pull(PULLED_AT + 2 * DAY, compare=True)

    assert len(people) == 3 + count
    assert mirror.living(Kind.CONTACT) == people
    assert roles_of(mirror) == {loaded["ann"]}
    assert mirror.cursor("Event").since == PULLED_AT + 2 * DAY


def test_f39_an_object_that_is_hidden_while_a_process_lives_fails_one_pull_and_none_of_the_others(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    crm.load(small_world())
    crm.control("load", {"Lead": [{"LastName": "Lead", "Company": "Acme"}]})
    crm.set_clock(PULLED_AT)
    connector = mirror.connector()
    mirror.pull(PULLED_AT, connector=connector)
    people = mirror.living(Kind.CONTACT)
    crm.control("settings", {"deny": ["Lead.read"]})
    crm.set_clock(PULLED_AT + HOUR)

    with pytest.raises(AuthError, match="Lead"):
        mirror.pull(PULLED_AT + HOUR, connector=connector)
    first = mirror.cursor("Event").since
    crm.set_clock(PULLED_AT + 2 * HOUR)
    mirror.pull(PULLED_AT + 2 * HOUR, connector=connector)

    assert first == PULLED_AT + HOUR
    assert mirror.cursor("Event").since == PULLED_AT + 2 * HOUR
    assert mirror.living(Kind.CONTACT) == people


@pytest.mark.parametrize(
    ("hidden", "error"),
    [
        ({"deny": ["Opportunity.read"]}, AuthError),
        ({"deny_fields": {"Account.Rating": "read"}}, ConfigError),
    ],
)
def test_f39_what_is_granted_because_a_pull_asked_for_it_is_there_for_the_next_one_of_the_same_process(
    crm: SalesforceHarness, tmp_path: Path, hidden: Mapping[str, Any], error: type[Exception]
) -> None:
    mirror = Mirror.in_folder(crm, tmp_path, fields={"rating": "Rating"})
    crm.load(small_world())
    crm.control("settings", hidden)
    crm.set_clock(PULLED_AT)
    connector = mirror.connector()
    for _ in range(2):
        with pytest.raises(error, match="grant"):
            mirror.pull(PULLED_AT, connector=connector)
    crm.control("settings", {"deny": [], "deny_fields": {}})

    mirror.pull(PULLED_AT, connector=connector)

    assert len(mirror.living(Kind.ACCOUNT)) == 2
    assert mirror.cursor("Opportunity").since == PULLED_AT
    mirror.database.close()


def test_f39_records_of_an_object_that_is_hidden_meanwhile_are_not_asked_for_one_by_one(
    crm: SalesforceHarness,
) -> None:
    leads = [long_id(f"00QS00000000{number:03}") for number in range(8)]
    crm.control("load", {"Lead": [{"Id": one, "LastName": "Lead", "Company": "Acme"} for one in leads]})
    refs = [RecordRef(Kind.CONTACT, f"Lead:{one}") for one in leads]
    connector = crm.connector()
    list(connector.fetch(refs))
    crm.control("settings", {"deny": ["Lead.read"]})

    with pytest.raises(AuthError, match="Lead"):
        list(connector.fetch(refs))

    assert list(connector.fetch(refs)) == []


def test_f41_the_days_quota_stops_a_pull_which_later_goes_on_where_it_stood(
    crm: SalesforceHarness, tmp_path: Path
) -> None:
    loaded = crm.load(accounts(60))
    crm.set_clock(PULLED_AT)
    mirror = Mirror.in_folder(crm, tmp_path, api_reserve_percent=0, **IN_ORDER)
    crm.control("settings", {"daily_limit": 1000, "api_used": 980})
    with pytest.raises(QuotaExhausted):
        mirror.pull(PULLED_AT)
    stood = mirror.cursor()
    assert stood.position is not None
    assert any("more than 90 %" in note for note in mirror.notes)
    assert 0 < len(mirror.living(Kind.ACCOUNT)) < 60
    crm.control("settings", {"daily_limit": 100_000, "api_used": 0})
    crm.set_clock(PULLED_AT + DAY)

    mirror.pull(PULLED_AT + DAY)

    assert mirror.living(Kind.ACCOUNT) == set(loaded.values())
    assert mirror.cursor().since == PULLED_AT
    mirror.database.close()


def test_f41_a_refusal_because_the_day_is_used_up_is_not_waited_for(crm: SalesforceHarness) -> None:
    crm.load(accounts(2))
    used_up = {"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}
    crm.control("faults", {"path": "/query", "status": 403, "body": [used_up]})
    patience = PatientTiming()

    with pytest.raises(QuotaExhausted):
        list(account_pages(crm.connector(timing=patience.timing())))

    assert patience.pauses == []


def test_f42_what_another_app_uses_counts_and_the_reserve_is_left_to_it(crm: SalesforceHarness) -> None:
    crm.load(accounts(60))
    crm.set_clock(PULLED_AT)
    crm.control("settings", {"daily_limit": 1000, "api_used": 100})
    connector = crm.configured(**IN_ORDER)
    pages = account_pages(connector)
    next(pages)
    crm.control("settings", {"api_used": 850})

    with pytest.raises(QuotaExhausted, match="reserve"):
        list(pages)

    assert connector.calls()["read Account"] < 10
    assert crm.control("requests/summary")["by_status"].get("403") is None


def test_f39_a_user_who_may_not_ask_for_limits_reads_all_and_check_says_so_as_a_hint(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    loaded = crm.load(accounts(2))
    crm.set_clock(PULLED_AT)
    crm.control("settings", {"view_setup": False, "daily_limit": 1000, "api_used": 100})

    mirror.pull(PULLED_AT)
    report = crm.connector().check()

    assert mirror.living(Kind.ACCOUNT) == set(loaded.values())
    assert not report.problems
    [hint] = [finding for finding in report.findings if "View Setup" in finding.advice]
    assert (hint.level, hint.subject) == ("ok", "API calls")
    assert report.calls_left is not None
    assert 800 < report.calls_left < 900


def test_f42_the_reserve_is_left_where_limits_may_not_be_asked_for_too(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    crm.load(accounts(2))
    crm.set_clock(PULLED_AT)
    crm.control("settings", {"view_setup": False, "daily_limit": 1000, "api_used": 850})
    connector = crm.connector()

    with pytest.raises(QuotaExhausted, match="reserve"):
        mirror.pull(PULLED_AT, connector=connector)
    crm.control("settings", {"api_used": 100})
    mirror.pull(PULLED_AT, connector=connector)

    assert len(mirror.living(Kind.ACCOUNT)) == 2


def test_f45_where_the_days_jobs_are_used_up_queries_do_the_work(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    loaded = crm.load(small_world())
    crm.control("settings", {"bulk": {"query_jobs": 0}})
    crm.set_clock(PULLED_AT)

    mirror.pull(PULLED_AT, connector=crm.configured(**BULK))

    assert mirror.living(Kind.ACCOUNT) == {loaded["acme"], loaded["beta"]}
    assert len(mirror.living(Kind.CONTACT)) == 3
    assert any("without the Bulk API" in note and "LIMIT_EXCEEDED" in note for note in mirror.notes)


JOBS_CLOSED = [("FUNCTIONALITY_NOT_ENABLED", 403), ("API_ERROR", 500)]


@pytest.mark.parametrize(("code", "status"), JOBS_CLOSED)
@pytest.mark.parametrize("path", [r"/jobs/query$", r"/jobs/query/\w+$", r"/jobs/query/\w+/results$"])
def test_f45_where_the_bulk_api_is_closed_to_us_or_fails_queries_do_the_work(
    crm: SalesforceHarness, mirror: Mirror, path: str, code: str, status: int
) -> None:
    loaded = crm.load(accounts(10))
    crm.set_clock(PULLED_AT)
    crm.control("faults", {"path": path, **refusal(code, status)})

    mirror.pull(PULLED_AT, connector=crm.configured(**BULK))

    assert mirror.living(Kind.ACCOUNT) == set(loaded.values())
    assert any("Account is read without the Bulk API" in note and code in note for note in mirror.notes)


def test_f45_what_closes_the_whole_connection_is_not_taken_for_a_closed_bulk_api(
    crm: SalesforceHarness,
) -> None:
    crm.load(accounts(10))
    crm.set_clock(PULLED_AT)
    connector = crm.configured(**BULK)
    crm.control("faults", {"path": "/jobs/query$", **refusal("API_DISABLED_FOR_ORG", 403)})

    with pytest.raises(AuthError, match="API Enabled"):
        list(account_pages(connector))

    assert not any("Bulk" in note for note in connector.take_notes())


@pytest.mark.parametrize(
    "weather",
    [
        refusal("REQUEST_LIMIT_EXCEEDED", 403)
        | {
            "body": [
                {"message": "ConcurrentPerOrgLongTxn Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}
            ]
        },
        {"status": 503, "body": "<html>Down for maintenance</html>"},
        {"status": 530, "body": "<html>Origin DNS error</html>"},
        {"status": 503, "headers": {"Retry-After": "3"}, "body": ""},
        refusal("SERVER_UNAVAILABLE", 503),
        refusal("UNKNOWN_EXCEPTION", 500),
    ],
    ids=["long calls", "maintenance", "530", "retry after", "unavailable", "unknown"],
)
def test_f46_bad_weather_is_waited_out(
    crm: SalesforceHarness, mirror: Mirror, weather: dict[str, Any]
) -> None:
    loaded = crm.load(accounts(8))
    crm.set_clock(PULLED_AT)
    crm.control("faults", {"path": "/query", "times": 2, **weather})
    patience = PatientTiming()

    mirror.pull(PULLED_AT, connector=crm.configured(timing=patience.timing()))

    assert mirror.living(Kind.ACCOUNT) == set(loaded.values())
    assert len(patience.pauses) == 2
    if told := weather.get("headers"):
        assert patience.pauses == [float(told["Retry-After"])] * 2


def test_f46_a_lost_permission_is_no_weather(crm: SalesforceHarness) -> None:
    crm.load(accounts(2))
    crm.control("faults", {"path": "/query", **refusal("API_CURRENTLY_DISABLED", 403)})
    patience = PatientTiming()

    with pytest.raises(AuthError):
        pull_all(crm.connector(timing=patience.timing()), Kind.ACCOUNT)

    assert patience.pauses == []
