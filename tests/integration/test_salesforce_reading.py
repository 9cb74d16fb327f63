"""Reading Salesforce when sessions, locators and time run out, and when people edit meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from connectors.contract import Connector, Wanted
from connectors.salesforce.errors import Refusal
from connectors.salesforce.objects import DESCRIBED
from core.changes import FieldWrite
from core.cursors import Cursor
from core.errors import AuthError, ConfigError, ContractError, QuotaExhausted, TransientError
from core.managed_fields import MANAGED_FIELDS
from core.records import Account, Activity, Kind, RecordRef
from tests.contract.harness import PatientTiming
from tests.contract.salesforce_harness import SalesforceHarness
from tests.contract.worlds import (
    EDITED_AT,
    LOADED_AT,
    PULLED_AT,
    accounts,
    ids,
    pull_all,
    records,
    small_world,
    tombstones,
)


@pytest.fixture
def crm(salesforce: SalesforceHarness) -> SalesforceHarness:
    salesforce.reset()
    salesforce.set_clock(LOADED_AT)
    return salesforce


def refusal(code: str, status: int = 400) -> dict[str, Any]:
    return {"status": status, "body": [{"message": f"words for {code}", "errorCode": code}]}


def test_a_session_that_ends_between_pages_is_renewed_once(crm: SalesforceHarness) -> None:
    loaded = crm.load(accounts(8))
    crm.set_clock(PULLED_AT)
    connector = crm.connector()
    pages = connector.pull(connector.streams[0], Cursor())
    first = next(pages)
    crm.control("settings", {"expire_sessions": True})

    rest = list(pages)

    assert sorted(ids([first, *rest])) == sorted(loaded.values())
    assert connector.calls()["log in"] == 2


def test_a_locator_ends_with_its_session(crm: SalesforceHarness) -> None:
    loaded = crm.load(accounts(8))
    crm.set_clock(PULLED_AT)
    connector = crm.connector()
    pages = connector.pull(connector.streams[0], Cursor())
    first = next(pages)
    # The old session is over, and the new one may not go on with the old one's locator either.
    crm.control("settings", {"expire_sessions": True})
    crm.control("faults", {"path": "/query(All)?/0r8", "times": 2, **refusal("INVALID_SESSION_ID", 401)})

    rest = list(pages)

    assert len(ids([first, *rest])) == 8
    assert set(ids([first, *rest])) == set(loaded.values())
    assert connector.calls()["log in"] == 2


def test_a_session_that_rest_does_not_take_is_not_renewed_for_ever(crm: SalesforceHarness) -> None:
    connector = crm.connector()
    message = "This session is not valid for use with the REST API"
    body = [{"message": message, "errorCode": "INVALID_SESSION_ID"}]
    crm.control("faults", {"path": "^/services/data/", "status": 401, "body": body})

    with pytest.raises(AuthError, match="not valid for use"):
        pull_all(connector, Kind.ACCOUNT)
    assert connector.calls() == {"log in": 1, "describe": len(DESCRIBED)}


def test_a_session_that_never_works_is_renewed_once_a_request(crm: SalesforceHarness) -> None:
    connector = crm.connector()
    crm.control("faults", {"path": "^/services/data/", **refusal("INVALID_SESSION_ID", 401)})

    with pytest.raises(AuthError):
        pull_all(connector, Kind.ACCOUNT)
    calls = connector.calls()
    assert calls["describe"] == 2 * len(DESCRIBED)  # once each, and once more behind a renewal
    assert 2 <= calls["log in"] <= 1 + len(DESCRIBED)


def test_many_readers_log_in_once(crm: SalesforceHarness) -> None:
    loaded = crm.load(small_world())
    crm.set_clock(PULLED_AT)
    connector = crm.connector()

    with ThreadPoolExecutor(6) as pool:
        pulled = list(pool.map(lambda stream: list(connector.pull(stream, Cursor())), connector.streams))

    found = {one.partition(":")[2] or one for pages in pulled for one in ids(pages)}
    assert {one for one in found if not one.startswith("005")} == set(loaded.values())
    assert connector.calls()["log in"] == 1


def test_many_readers_renew_a_session_once(crm: SalesforceHarness) -> None:
    crm.load(small_world())
    crm.set_clock(PULLED_AT)
    connector = crm.connector()
    list(connector.pull(connector.streams[0], Cursor()))
    crm.control("settings", {"expire_sessions": True, "latency_ms": 20})

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda stream: list(connector.pull(stream, Cursor())), connector.streams))

    assert connector.calls()["log in"] == 2


def test_a_lost_locator_restarts_at_the_position(crm: SalesforceHarness) -> None:
    loaded = crm.load(accounts(8))
    crm.set_clock(PULLED_AT)
    connector = crm.connector()
    pages = connector.pull(connector.streams[0], Cursor())
    first = next(pages)
    crm.control("settings", {"expire_locators": True})

    rest = list(pages)

    assert len(ids([first, *rest])) == 8
    assert set(ids([first, *rest])) == set(loaded.values())


def test_a_read_gets_on_even_where_every_locator_is_lost(crm: SalesforceHarness) -> None:
    loaded = crm.load(accounts(8))
    crm.set_clock(PULLED_AT)
    crm.control("faults", {"path": "/query(All)?/0r8", **refusal("INVALID_QUERY_LOCATOR")})

    assert sorted(ids(pull_all(crm.connector(), Kind.ACCOUNT))) == sorted(loaded.values())


def test_a_lost_locator_without_progress_is_an_error(crm: SalesforceHarness) -> None:
    crm.load(accounts(8))  # as late as the window itself, so that no row of it can be a position
    crm.control("faults", {"path": "/query(All)?/0r8", **refusal("INVALID_QUERY_LOCATOR")})
    connector = crm.connector()

    with pytest.raises(ContractError, match="INVALID_QUERY_LOCATOR"):
        pull_all(connector, Kind.ACCOUNT)
    assert connector.calls()["read Account"] == 4


def test_cursors_share_a_large_window_in_as_few_turns_as_can_be(crm: SalesforceHarness) -> None:
    crm.control("settings", {"page_sizes": [200]})
    loaded = crm.load(accounts(2500))
    crm.set_clock(PULLED_AT)
    connector = crm.connector()

    pages = pull_all(connector, Kind.ACCOUNT)

    assert sorted(ids(pages)) == sorted(loaded.values())
    # 13 pages: the first by time, the first by id beside the highest id, and 12 shared by three cursors.
    assert 3 + 12 <= connector.calls()["read Account"] <= 3 + 12 + 3


def test_a_query_that_takes_too_long_is_cut_into_slices(crm: SalesforceHarness) -> None:
    crm.control("settings", {"page_sizes": [200]})
    loaded = crm.load(accounts(700))
    crm.set_clock(PULLED_AT)
    crm.control("faults", {"path": "/queryAll/?$", "times": 7, **refusal("QUERY_TIMEOUT")})
    connector = crm.connector()

    pages = pull_all(connector, Kind.ACCOUNT)

    assert sorted(ids(pages)) == sorted(loaded.values())
    # 7 in vain, then slices of 312, 312 and 76 rows in pages of 200.
    assert connector.calls()["read Account"] == 7 + 2 + 2 + 1


def test_a_query_that_is_always_too_long_is_given_up(crm: SalesforceHarness) -> None:
    crm.control("faults", {"path": "/queryAll/?$", **refusal("QUERY_TIMEOUT")})

    with pytest.raises(TransientError, match="Account"):
        pull_all(crm.connector(), Kind.ACCOUNT)


def test_an_edit_while_paging_never_moves_the_position_past_unread_rows(crm: SalesforceHarness) -> None:
    loaded = crm.load(accounts(9))
    crm.set_clock(PULLED_AT)
    order = ids(pull_all(crm.connector(), Kind.ACCOUNT))
    connector = crm.connector()
    pages = connector.pull(connector.streams[0], Cursor())
    first = next(pages)
    crm.set_clock(EDITED_AT)
    crm.rename_account(order[5], "Edited")  # the last row of the second page
    second = next(pages)

    resumed = pull_all(crm.connector(), Kind.ACCOUNT, second.next_cursor)

    assert set(ids([first, second, *resumed])) == set(loaded.values())
    # and the window that follows sees the edit, whatever this one saw of it
    after = pull_all(crm.connector(), Kind.ACCOUNT, resumed[-1].next_cursor)
    assert [(one.remote_id, one.name) for one in records(after) if isinstance(one, Account)] == [
        (order[5], "Edited")
    ]


def test_a_restart_does_not_repeat_rows_that_were_edited_meanwhile(crm: SalesforceHarness) -> None:
    loaded = crm.load(accounts(9))
    crm.set_clock(PULLED_AT)
    order = ids(pull_all(crm.connector(), Kind.ACCOUNT))
    connector = crm.connector()
    pages = connector.pull(connector.streams[0], Cursor())
    first = next(pages)
    crm.set_clock(EDITED_AT)
    crm.rename_account(order[5], "Edited")
    second = next(pages)
    crm.control("settings", {"expire_locators": True})

    read = ids([first, second, *pages])

    assert sorted(read) == sorted(loaded.values())


def test_a_first_load_leaves_out_what_is_gone_already(crm: SalesforceHarness) -> None:
    loaded = crm.load(accounts(2))
    crm.delete(RecordRef(Kind.ACCOUNT, loaded["a0"]))
    crm.set_clock(PULLED_AT)

    pages = pull_all(crm.connector(), Kind.ACCOUNT)

    assert (ids(pages), tombstones(pages)) == ([loaded["a1"]], [])


def test_a_configured_field_that_is_not_there_is_named(crm: SalesforceHarness) -> None:
    connector = crm.configured(fields={"segment": "Segment__c"})

    with pytest.raises(ConfigError, match=r"fields\.segment: Account has no field Segment__c"):
        pull_all(connector, Kind.ACCOUNT)
    assert any("Segment__c" in one.message for one in connector.check().problems)


def test_a_default_input_that_is_hidden_is_left_out(crm: SalesforceHarness) -> None:
    crm.load(accounts(1))
    crm.set_clock(PULLED_AT)
    crm.control("settings", {"deny_fields": {"Account.AnnualRevenue": "read"}})
    connector = crm.connector()

    (account,) = records(pull_all(connector, Kind.ACCOUNT))

    assert isinstance(account, Account)
    assert set(account.fields) == {"industry", "employees", "country", "type"}
    assert any(
        one.level == "warning" and "AnnualRevenue" in one.message for one in connector.check().findings
    )


def activities_without(crm: SalesforceHarness, hidden: str, **settings: Any) -> list[Activity]:
    """A response and an answered message, read by a run-as user who may not see a field; check must name it."""
    loaded = crm.load(small_world())
    campaign, task = "701S00000000001AAA", "00TS00000000001AAA"
    member = {"CampaignId": campaign, "ContactId": loaded["ann"], "Status": "Responded"}
    message = {"ActivityId": task, "Incoming": True, "Status": "1", "RelatedToId": loaded["acme"]}
    rows = {
        "Campaign": [{"Id": campaign, "Name": "Spring webinar", "Type": "Webinar"}],
        "CampaignMember": [member],
        "Task": [{"Id": task, "WhoId": loaded["ann"], "TaskSubtype": "Email", "Status": "Completed"}],
        "EmailMessage": [message],
    }
    crm.control("load", rows)
    crm.set_clock(PULLED_AT)
    crm.control("settings", {"deny_fields": {hidden: "read"}})
    connector = crm.configured(**settings)

    named = [one for one in connector.check().findings if hidden.partition(".")[2] in one.message]
    assert [one.level for one in named] == ["warning"]
    return [one for one in records(pull_all(connector, Kind.ACTIVITY)) if isinstance(one, Activity)]


@pytest.mark.parametrize("size", [{"bulk_read_from": 0}, {"bulk_read_from": 1}], ids=["queries", "jobs"])
def test_f39_a_response_whose_campaign_type_is_hidden_is_a_response(
    crm: SalesforceHarness, size: dict[str, Any]
) -> None:
    found = activities_without(crm, "Campaign.Type", **size)

    assert [one.type for one in found if one.remote_id.startswith("CampaignMember")] == ["campaign_response"]


def test_f39_a_message_whose_task_is_hidden_still_counts_for_its_account(crm: SalesforceHarness) -> None:
    found = activities_without(crm, "EmailMessage.ActivityId")

    (message,) = (one for one in found if one.remote_id.startswith("EmailMessage"))
    assert (message.type, message.contact_ids, message.replaces) == ("email_reply", (), None)
    assert message.account_id is not None


def test_f39_a_parents_field_that_is_hidden_in_mid_run_is_left_out_from_then_on(
    crm: SalesforceHarness,
) -> None:
    crm.load(small_world())
    crm.set_clock(PULLED_AT)
    connector = crm.connector()
    assert connector.streams
    crm.control("settings", {"deny_fields": {"Campaign.Type": "read"}})

    assert len(pull_all(connector, Kind.ACTIVITY)) >= 4


def test_inputs_come_under_their_configured_names(crm: SalesforceHarness) -> None:
    (account_id,) = crm.load(accounts(1)).values()
    values = {"Industry": "Banking", "NumberOfEmployees": 250, "AccountNumber": "hs-77"}
    crm.control("load", {"Account": [{"Id": account_id, **values}]})
    crm.set_clock(PULLED_AT)

    connector = crm.configured(
        fields={"sector": "Industry", "size": "NumberOfEmployees"}, twin_id_field="AccountNumber"
    )
    (account,) = records(pull_all(connector, Kind.ACCOUNT))

    assert isinstance(account, Account)
    assert (account.fields, account.twin_id) == ({"sector": "Banking", "size": 250}, "hs-77")


def test_a_needed_field_that_is_hidden_is_a_missing_permission(crm: SalesforceHarness) -> None:
    crm.control("settings", {"deny_fields": {"Opportunity.StageName": "read"}})

    with pytest.raises(AuthError, match=r"Opportunity\.StageName"):
        pull_all(crm.connector(), Kind.DEAL)


def test_a_field_that_is_hidden_in_mid_run_is_left_out_from_then_on(crm: SalesforceHarness) -> None:
    loaded = crm.load(accounts(2))
    crm.set_clock(PULLED_AT)
    connector = crm.connector()
    pull_all(connector, Kind.ACCOUNT)
    crm.control("settings", {"deny_fields": {"Account.AnnualRevenue": "read"}})

    assert sorted(ids(pull_all(connector, Kind.ACCOUNT))) == sorted(loaded.values())


def test_f56_records_are_read_again_without_a_field_that_is_hidden_in_mid_run(crm: SalesforceHarness) -> None:
    loaded = crm.load(accounts(3))
    refs = [RecordRef(Kind.ACCOUNT, one) for one in loaded.values()]
    connector = crm.connector()
    assert len(records(connector.fetch(refs))) == 3
    crm.control("settings", {"deny_fields": {"Account.AnnualRevenue": "read"}})

    assert len(records(connector.fetch(refs))) == 3
    assert connector.calls()["fetch Account"] == 3


def test_f56_a_named_field_that_is_gone_stops_reading_again_before_records_are_asked_for_one_by_one(
    crm: SalesforceHarness,
) -> None:
    segment = {"object": "Account", "fullName": "Segment__c", "label": "S", "type": "Text", "length": 20}
    crm.control("schema", {"add": [segment]})
    loaded = crm.load(accounts(3))
    refs = [RecordRef(Kind.ACCOUNT, one) for one in loaded.values()]
    connector = crm.configured(fields={"segment": "Segment__c"})
    assert len(records(connector.fetch(refs))) == 3
    crm.control("schema", {"remove": ["Account.Segment__c"]})

    with pytest.raises(ConfigError, match=r"fields\.segment: Account has no field Segment__c"):
        list(connector.fetch(refs))


def test_the_daily_limit_stops_at_once(crm: SalesforceHarness) -> None:
    crm.control("settings", {"daily_limit": 1000, "api_used": 1000})
    patience = PatientTiming()

    with pytest.raises(QuotaExhausted):
        pull_all(crm.connector(timing=patience.timing()), Kind.ACCOUNT)
    assert patience.pauses == []


def test_a_cursor_from_the_future_is_refused(crm: SalesforceHarness) -> None:
    with pytest.raises(ContractError, match="future"):
        pull_all(crm.connector(), Kind.ACCOUNT, Cursor(since=datetime(2999, 12, 31, tzinfo=UTC)))


def test_a_session_on_a_foreign_host_is_refused(crm: SalesforceHarness) -> None:
    granted = {
        "access_token": "00D!x",
        "instance_url": "https://salesforce.example",
        "id": "https://login.salesforce.com/id/00DEm0000000001MAA/005000000000001AAA",
    }
    crm.control("faults", {"path": "/oauth2/token", "status": 200, "body": granted})

    with pytest.raises(ContractError, match=r"salesforce\.example"):
        crm.connector().check()
    assert crm.requests_seen() == 1


def test_proxies_of_the_environment_are_not_trusted(
    crm: SalesforceHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert crm.connector().check().org_id


def test_redirects_are_not_followed(crm: SalesforceHarness) -> None:
    crm.control("faults", {"path": "/sobjects/Account", "status": 302, "headers": {"Location": crm.url}})

    with pytest.raises(ConfigError, match="instance_url"):
        pull_all(crm.connector(), Kind.ACCOUNT)


def test_half_an_answer_is_asked_for_again(crm: SalesforceHarness) -> None:
    loaded = crm.load(accounts(2))
    crm.set_clock(PULLED_AT)
    crm.control("faults", {"path": "/queryAll", "half": True, "times": 2})

    assert sorted(ids(pull_all(crm.connector(), Kind.ACCOUNT))) == sorted(loaded.values())


LOCATED = r"/query(All)?/0r8\w+-\d+$"
DAMAGED = {"status": 200, "headers": {"Content-Encoding": "gzip"}, "body": "not packed at all"}


def test_f19_a_page_that_cannot_be_unpacked_is_asked_for_once_more(crm: SalesforceHarness) -> None:
    loaded = crm.load(accounts(40))
    crm.set_clock(PULLED_AT)
    connector = crm.configured(bulk_read_from=0)
    crm.control("faults", {"path": LOCATED, "times": 1, **DAMAGED})
    assert sorted(ids(connector.pull(connector.streams[0], Cursor()))) == sorted(loaded.values())


def test_f19_a_page_that_stays_damaged_is_left_to_the_next_pull(crm: SalesforceHarness) -> None:
    loaded = crm.load(accounts(40))
    crm.set_clock(PULLED_AT)
    connector = crm.configured(bulk_read_from=0)
    crm.control("faults", {"path": LOCATED, **DAMAGED})
    with pytest.raises(TransientError, match="cannot be unpacked"):
        list(connector.pull(connector.streams[0], Cursor()))
    requests.delete(f"{crm.url}/_emulator/faults", timeout=10)
    assert sorted(ids(connector.pull(connector.streams[0], Cursor()))) == sorted(loaded.values())


def test_a_refusal_of_a_page_is_read_although_it_is_so_large_that_it_comes_packed(
    crm: SalesforceHarness,
) -> None:
    connector: Any = crm.configured()
    call = connector.client.call("read Account")
    with pytest.raises(Refusal) as refused:
        call.query_unread(f"SELECT {'x' * 3000} FROM Account")  # noqa: S608 no values in it
    assert refused.value.code == "INVALID_FIELD"


@pytest.mark.parametrize(
    "row", [{"attributes": {}}, {"Id": None, "SystemModstamp": "2026-03-02T09:30:00.000+0000"}]
)
def test_a_row_without_an_id_among_ranges_stops_the_run(crm: SalesforceHarness, row: dict[str, Any]) -> None:
    crm.load(accounts(40))
    crm.set_clock(PULLED_AT)
    answer = {"totalSize": 1, "done": True, "records": [row]}
    crm.control("faults", {"path": LOCATED, "status": 200, "body": answer})
    connector = crm.configured(bulk_read_from=0)
    with pytest.raises(ContractError, match="no id"):
        list(connector.pull(connector.streams[0], Cursor()))


def test_calls_and_responses_are_activities(crm: SalesforceHarness) -> None:
    loaded = crm.load(small_world())
    campaign = "701S00000000001AAA"
    crm.control(
        "load",
        {
            "Task": [
                {
                    "WhoId": loaded["ann"],
                    "Status": "Completed",
                    "TaskSubtype": "Call",
                    "CallDurationInSeconds": 130,
                    "CallDisposition": "Connected",
                },
                {"WhoId": loaded["bo"], "Status": "Not Started", "ActivityDate": "2026-04-01"},
            ],
            "Campaign": [{"Id": campaign, "Name": "Spring webinar", "Type": "Webinar"}],
            "CampaignMemberStatus": [
                {"CampaignId": campaign, "Label": "Sent", "IsDefault": True},
                {"CampaignId": campaign, "Label": "Attended", "HasResponded": True},
            ],
            "CampaignMember": [
                {"CampaignId": campaign, "ContactId": loaded["cy"], "Status": "Attended"},
                {"CampaignId": campaign, "ContactId": loaded["bo"], "Status": "Sent"},
            ],
        },
    )
    crm.set_clock(PULLED_AT)

    pulled = [one for one in records(pull_all(crm.connector(), Kind.ACTIVITY)) if isinstance(one, Activity)]

    assert sorted(
        (one.type, one.contact_ids, one.account_id, one.minutes, one.is_cancelled) for one in pulled
    ) == [
        ("call_connected", (loaded["ann"],), loaded["acme"], 3, False),
        ("meeting", (loaded["ann"],), loaded["acme"], 45, False),
        ("other", (loaded["bo"],), loaded["acme"], None, True),
        ("webinar_attended", (loaded["cy"],), loaded["beta"], None, False),
    ]


def test_account_members_of_our_lists_are_no_activities(crm: SalesforceHarness) -> None:
    loaded = crm.load(small_world())
    campaign = "701S00000000001AAA"
    members = [{"CampaignId": campaign, "AccountId": loaded["acme"]}]
    crm.control("load", {"Campaign": [{"Id": campaign, "Name": "ABM: x"}], "CampaignMember": members})

    pulled = pull_all(crm.connector(), Kind.ACTIVITY, Cursor(since=LOADED_AT - timedelta(days=1)))

    assert [one.remote_id.partition(":")[0] for one in records(pulled)] == ["Event"]


@pytest.mark.parametrize(
    ("kind", "remote_id"),
    [
        (Kind.ACCOUNT, "001S00000000001IAA"),
        (Kind.CONTACT, "Lead:00QS00000000001IAA"),
        (Kind.ACTIVITY, "Task:00TS00000000001IAA"),
    ],
)
def test_every_record_has_a_page_even_where_its_object_stands_before_its_id(
    crm: SalesforceHarness, kind: Kind, remote_id: str
) -> None:
    url = crm.connector().record_url(RecordRef(kind, remote_id), "00D")

    assert url == f"{crm.url}/{remote_id[-18:]}"


def test_ids_of_any_shape_can_be_fetched(crm: SalesforceHarness) -> None:
    loaded = crm.load(accounts(1))
    refs = [
        RecordRef(Kind.ACCOUNT, loaded["a0"][:15]),
        RecordRef(Kind.ACCOUNT, "001S00009999999AAA"),
        RecordRef(Kind.ACCOUNT, "not' OR an id"),
    ]

    pages = list(crm.connector().fetch(refs))

    assert ids(pages) == [loaded["a0"]]
    assert [stone.ref.remote_id for stone in tombstones(pages)] == ["001S00009999999AAA", "not' OR an id"]


@pytest.mark.parametrize("body", [None, [], {}, 5, "text", [None], {"records": None}, {"id": None}])
@pytest.mark.parametrize(
    "path", ["oauth2/token", "describe$", "/query", "limits", "composite", "deployRequest"]
)
def test_answers_that_we_do_not_understand_stop_the_run(
    crm: SalesforceHarness, path: str, body: object
) -> None:
    (one,) = crm.load(accounts(1)).values()
    connector = crm.connector()
    if path == "composite":
        connector.provision(Wanted(fields=MANAGED_FIELDS, lists=[]))
    crm.control("faults", {"path": path, "status": 200, "body": body})

    with pytest.raises(ContractError):
        use_everything(connector, one)


@pytest.mark.parametrize("row", [{}, {"Id": "001S00000000001AAA"}, {"SystemModstamp": "soon"}])
def test_rows_without_an_identity_stop_the_run(crm: SalesforceHarness, row: object) -> None:
    body = {"totalSize": 1, "done": True, "records": [row]}
    crm.control("faults", {"path": "/query", "status": 200, "body": body})

    with pytest.raises(ContractError):
        pull_all(crm.connector(), Kind.ACCOUNT)


def test_a_row_that_cannot_be_read_is_skipped_and_named(crm: SalesforceHarness) -> None:
    stamp = "2026-03-02T09:00:00.000+0000"
    rows = [
        {"Id": "001S00000000001AAA", "IsDeleted": False, "SystemModstamp": stamp},
        {"Id": "001S00000000002AAA", "IsDeleted": True, "SystemModstamp": stamp, "MasterRecordId": None},
    ]
    body = {"totalSize": 2, "done": True, "records": rows}
    crm.control("faults", {"path": "/query", "status": 200, "body": body})

    (page,) = pull_all(crm.connector(), Kind.ACCOUNT)

    assert [(one.ref.remote_id, one.reason) for one in page.skipped] == [
        ("001S00000000001AAA", "KeyError: 'Name'")
    ]
    assert [one.ref.remote_id for one in page.tombstones] == ["001S00000000002AAA"]


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/services/data/v66.0/query/0r8",
        "/services/data/v66.0/query/../../apexrest/x",
        "/x",
    ],
)
def test_a_next_page_elsewhere_is_refused(crm: SalesforceHarness, url: str) -> None:
    body = {"totalSize": 9, "done": False, "records": [], "nextRecordsUrl": url}
    crm.control("faults", {"path": "/query", "status": 200, "body": body})

    with pytest.raises(ContractError, match="elsewhere"):
        pull_all(crm.connector(), Kind.ACCOUNT)


def test_a_next_page_that_comes_twice_is_an_error(crm: SalesforceHarness) -> None:
    url = "/services/data/v66.0/query/0r8000000000001AAA-2000"
    body = {"totalSize": 9, "done": False, "records": [], "nextRecordsUrl": url}
    crm.control("faults", {"path": "/query", "status": 200, "body": body})

    with pytest.raises(ContractError, match="same next page"):
        pull_all(crm.connector(), Kind.ACCOUNT)


def use_everything(connector: Connector, account_id: str) -> None:
    """Every kind of call that a connector makes."""
    connector.check()
    pull_all(connector, Kind.ACCOUNT)
    connector.provision(Wanted(fields=MANAGED_FIELDS, lists=[]))
    connector.write_fields([FieldWrite(RecordRef(Kind.ACCOUNT, account_id), {"fit_score": "1.0"})])
