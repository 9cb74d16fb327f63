"""Writing to Salesforce when answers are lost, rows are refused or locked, and fields change under us (F47 to F66)."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.contract import Connector, Provisioned, Wanted
from connectors.salesforce.connector import SalesforceConnector
from core.changes import FieldWrite, Outcome, WriteResult
from core.errors import ConfigError, ContractError, TransientError
from core.fields import canonical
from core.managed_fields import MANAGED_FIELDS, fields_of
from core.records import Account, Kind, RecordRef
from sync.connected import Connected
from sync.install import install
from sync.plan import change_of
from tests.contract.harness import PatientTiming
from tests.contract.salesforce_harness import SalesforceHarness
from tests.contract.worlds import EDITED_AT, PULLED_AT, WANTED, accounts, list_item, pull_all, records
from tests.faults.salesforce_mirror import Mirror

ONLY_FIELDS = Wanted(fields=MANAGED_FIELDS, lists=[])
VALUES = {"fit_score": "50.0", "tier": "one_to_few", "why": 'Industry 20,\n"employees" 16'}
SMALL: Mapping[str, Any] = {"bulk_write_from": 0}
LARGE: Mapping[str, Any] = {"bulk_write_from": 1}
SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["collections", "job"])
HOUR = timedelta(hours=1)


def installed(crm: SalesforceHarness, **settings: Any) -> Connector:
    connector = crm.configured(**settings)
    connector.provision(ONLY_FIELDS)
    return connector


def writes(remote_ids: Sequence[str], values: Mapping[str, str | None] = VALUES) -> list[FieldWrite]:
    return [FieldWrite(RecordRef(Kind.ACCOUNT, one), values) for one in remote_ids]


def outcomes(results: Sequence[WriteResult]) -> list[Outcome]:
    return [result.outcome for result in results]


def scores(crm: SalesforceHarness, remote_ids: Sequence[str]) -> list[Any]:
    rows = {row["Id"]: row.get("ABM_Fit_Score__c") for row in crm.state("Account")}
    return [rows[one] for one in remote_ids]


def requests_of(crm: SalesforceHarness, method: str, path: str) -> int:
    seen = crm.control("requests/summary")["by_endpoint"]
    return sum(count for endpoint, count in seen.items() if endpoint.startswith(method) and path in endpoint)


def field(name: str, **more: Any) -> dict[str, Any]:
    return {"object": "Account", "fullName": name, "label": name, **more}


# ---------------------------------------------------------------- another org


@SIZES
def test_f30_another_org_in_the_middle_of_a_run_is_not_written_to(
    crm: SalesforceHarness, size: Mapping[str, Any]
) -> None:
    connector = installed(crm, **size)
    loaded = list(crm.load(accounts(3)).values())
    connector.org_id()
    crm.control("refresh_sandbox", {"org_id": "00DNEW000000001"})

    for _ in range(2):
        with pytest.raises(ConfigError, match="new session is of org 00DNEW"):
            connector.write_fields(writes(loaded))

    assert scores(crm, loaded) == [None] * 3


# ---------------------------------------------------------------- no jobs


@pytest.mark.parametrize(("code", "status"), [("FUNCTIONALITY_NOT_ENABLED", 403), ("API_ERROR", 500)])
@pytest.mark.parametrize("path", [r"/jobs/ingest$", r"/batches$", r"/jobs/ingest/\w+$"])
def test_f45_where_the_bulk_api_is_closed_to_us_or_fails_collections_write(
    crm: SalesforceHarness, path: str, code: str, status: int
) -> None:
    connector = installed(crm, **LARGE)
    loaded = list(crm.load(accounts(3)).values())
    body = [{"errorCode": code, "message": "No jobs here."}]
    crm.control("faults", {"path": path, "status": status, "body": body})

    results = connector.write_fields(writes(loaded))

    assert outcomes(results) == [Outcome.WRITTEN] * 3
    assert scores(crm, loaded) == [50.0] * 3
    assert any("written without the Bulk API" in note and code in note for note in connector.take_notes())


# ---------------------------------------------------------------- lost answers and crashes


@pytest.mark.parametrize(
    ("size", "method", "path"),
    [
        (SMALL, "PATCH", "composite/sobjects"),
        (LARGE, "POST", "/jobs/ingest$"),
        (LARGE, "PUT", "/batches$"),
        (LARGE, "PATCH", "/jobs/ingest/"),
        (LARGE, "GET", "/jobs/ingest/"),
    ],
)
@pytest.mark.parametrize("drop", ["after", "before"])
def test_f47_a_lost_answer_is_made_good_without_a_double_write_or_a_new_record(
    crm: SalesforceHarness, size: Mapping[str, Any], method: str, path: str, drop: str
) -> None:
    connector = installed(crm, **size)
    loaded = list(crm.load(accounts(5)).values())
    crm.control("faults", {"method": method, "path": path, "times": 1, "drop": drop})

    results = connector.write_fields(writes(loaded))

    assert outcomes(results) == [Outcome.WRITTEN] * 5
    assert scores(crm, loaded) == [50.0] * 5
    assert len(crm.state("Account")) == 5


def test_f47_a_lost_answer_to_a_new_campaign_is_settled_by_looking(crm: SalesforceHarness) -> None:
    crm.control("settings", {"accounts_as_campaign_members": True})
    crm.control("faults", {"method": "POST", "path": "sobjects/Campaign$", "times": 1, "drop": "after"})

    made = crm.connector().provision(WANTED)

    assert list_item(made.created).remote_id == next(iter(crm.lists()))
    assert len(crm.lists()) == 1
    assert crm.connector().provision(WANTED).created == []


def test_f47_a_campaign_that_was_not_made_is_made_by_the_next_install(crm: SalesforceHarness) -> None:
    crm.control("settings", {"accounts_as_campaign_members": True})
    crm.control("faults", {"method": "POST", "path": "sobjects/Campaign$", "times": 1, "drop": "before"})

    with pytest.raises(TransientError):
        crm.connector().provision(WANTED)
    assert crm.lists() == {}

    assert list_item(crm.connector().provision(WANTED).created).remote_id in crm.lists()


@SIZES
def test_f48_a_crash_between_the_write_and_our_commit_heals_with_the_next_pull(
    crm: SalesforceHarness, mirror: Mirror, size: Mapping[str, Any]
) -> None:
    connector = installed(crm, **size)
    loaded = list(crm.load(accounts(3)).values())
    crm.set_clock(PULLED_AT)
    mirror.pull(PULLED_AT)
    crm.set_clock(EDITED_AT)
    connector.write_fields(writes(loaded))  # and the process dies before it stores the results
    crm.set_clock(EDITED_AT + HOUR)

    before = mirror.managed(loaded[0])
    assert change_of(Kind.ACCOUNT, before, {**before, **VALUES}) != ({}, {})
    mirror.pull(EDITED_AT + HOUR)

    for one in loaded:
        known = mirror.managed(one)
        assert change_of(Kind.ACCOUNT, known, {**known, **VALUES}) == ({}, {})


@pytest.mark.parametrize("share", [0.0, 0.5])
@pytest.mark.parametrize("fate", ["stuck", "fail", "abort"])
def test_f17_rows_that_a_job_leaves_undone_are_written_by_collections(
    crm: SalesforceHarness, fate: str, share: float
) -> None:
    patience = PatientTiming()
    connector = installed(crm, timing=patience.timing(), bulk_deadline_minutes=5, **LARGE)
    loaded = list(crm.load(accounts(40)).values())
    fates = [{"fate": fate, "job": "ingest", "at": share}]
    crm.control("settings", {"bulk": {"fates": fates, "batch_rows": 10}})

    results = connector.write_fields(writes(loaded))

    assert outcomes(results) == [Outcome.WRITTEN] * 40
    assert scores(crm, loaded) == [50.0] * 40
    assert requests_of(crm, "PATCH", "composite/sobjects") == 1
    assert patience.now < 1200
    stuck = [
        job
        for job in crm.control("requests")["requests"]
        if job["method"] == "PATCH" and "/jobs/" in job["path"]
    ]
    assert len(stuck) == (2 if fate == "stuck" else 1)


def test_f45_where_the_days_batches_are_used_up_collections_do_the_work(crm: SalesforceHarness) -> None:
    connector = installed(crm, **LARGE)
    loaded = list(crm.load(accounts(40)).values())
    crm.control("settings", {"bulk": {"batches": 0}})

    results = connector.write_fields(writes(loaded))

    assert outcomes(results) == [Outcome.WRITTEN] * 40
    assert scores(crm, loaded) == [50.0] * 40
    assert any("without the Bulk API" in note for note in connector.take_notes())


# ---------------------------------------------------------------- rows that are refused


@SIZES
def test_f49_one_bad_row_of_two_hundred_is_refused_alone(
    crm: SalesforceHarness, size: Mapping[str, Any]
) -> None:
    connector = installed(crm, **size)
    loaded = list(crm.load(accounts(200)).values())
    crm.control("load", {"Account": [{"Id": loaded[77], "Industry": "Banking"}]})
    rule = {
        "object": "Account",
        "condition": "Industry = 'Banking'",
        "message": "Banks are frozen.",
        "field": "Industry",
    }
    crm.control("rules", {"validation": [rule]})
    before = sum(connector.calls().values())

    results = connector.write_fields(writes(loaded))

    assert [i for i, result in enumerate(results) if result.outcome is Outcome.REJECTED] == [77]
    assert "Banks are frozen." in (results[77].reason or "")
    assert [i for i, score in enumerate(scores(crm, loaded)) if score is None] == [77]
    assert sum(connector.calls().values()) - before == (1 if size is SMALL else 6)


def test_f50_a_row_that_spoils_its_whole_batch_is_found_by_halving(crm: SalesforceHarness) -> None:
    connector = installed(crm, **SMALL)
    loaded = list(crm.load(accounts(200)).values())
    rule = {"method": "PATCH", "path": "composite/sobjects", "body_contains": loaded[123], "status": 400}
    crm.control("faults", {**rule, "body": [{"errorCode": "MALFORMED_ID", "message": "bad id"}]})
    before = connector.calls().get("write Account", 0)

    results = connector.write_fields(writes(loaded))

    assert [i for i, result in enumerate(results) if result.outcome is Outcome.REJECTED] == [123]
    assert [i for i, score in enumerate(scores(crm, loaded)) if score is None] == [123]
    assert connector.calls()["write Account"] - before <= 2 * 8 + 1


def test_f50_rows_that_are_all_refused_alike_are_not_asked_for_one_by_one(crm: SalesforceHarness) -> None:
    connector = installed(crm)
    loaded = list(crm.load(accounts(200)).values())
    body = [{"message": "sObject type 'Account' is not supported.", "errorCode": "INVALID_TYPE"}]
    crm.control("faults", {"path": "/composite/sobjects$", "status": 400, "body": body})

    with pytest.raises(ContractError, match="INVALID_TYPE: sObject type"):
        connector.write_fields(writes(loaded))

    assert requests_of(crm, "PATCH", "/composite/sobjects") < 20


def test_f50_bad_rows_beside_each_other_are_found_and_the_others_written(crm: SalesforceHarness) -> None:
    connector = installed(crm)
    loaded = list(crm.load(accounts(40)).values())
    body = [{"message": "words", "errorCode": "JSON_PARSER_ERROR"}]
    bad = [*loaded[:6], loaded[-1]]
    for one in bad:
        crm.control(
            "faults", {"path": "/composite/sobjects$", "body_contains": one, "status": 400, "body": body}
        )

    results = connector.write_fields(writes(loaded))

    refused = [result.ref.remote_id for result in results if result.outcome is Outcome.REJECTED]
    assert refused == bad
    assert outcomes(results).count(Outcome.WRITTEN) == 33


@SIZES
def test_f51_a_record_named_twice_is_sent_once_with_the_last_intent(
    crm: SalesforceHarness, size: Mapping[str, Any]
) -> None:
    connector = installed(crm, **size)
    one, other = crm.load(accounts(2)).values()
    first, last = {"fit_score": "10.0", "tier": "one_to_one"}, {"fit_score": "20.0"}
    wanted = [*writes([one], first), *writes([other], first), *writes([one[:15]], last)]

    results = connector.write_fields(wanted)

    assert outcomes(results) == [Outcome.WRITTEN] * 3
    assert [result.ref.remote_id for result in results] == [one, other, one[:15]]
    assert scores(crm, [one, other]) == [20.0, 10.0]


# ---------------------------------------------------------------- locks


@pytest.mark.parametrize("attempts", [1, 4])
def test_f52_locked_rows_are_tried_again_with_growing_pauses_and_in_the_end_alone(
    crm: SalesforceHarness, attempts: int
) -> None:
    patience = PatientTiming()
    connector = installed(crm, timing=patience.timing(), **SMALL)
    loaded = list(crm.load(accounts(200)).values())
    patience.pauses.clear()
    row = {
        "success": False,
        "errors": [{"statusCode": "UNABLE_TO_LOCK_ROW", "message": "locked", "fields": []}],
    }
    done = {"id": loaded[0], "success": True, "errors": []}
    five = [row] * 5
    crm.control(
        "faults",
        {
            "method": "PATCH",
            "path": "composite/sobjects",
            "times": 1,
            "status": 200,
            "body": [*five, *[done] * 195],
        },
    )
    for _ in range(min(attempts, 3) - 1):
        crm.control(
            "faults",
            {"method": "PATCH", "path": "composite/sobjects", "times": 1, "status": 200, "body": five},
        )
    if attempts > 3:
        crm.control(
            "faults",
            {"method": "PATCH", "path": "composite/sobjects", "times": 5, "status": 200, "body": [row]},
        )

    results = connector.write_fields(writes(loaded))

    assert outcomes(results) == [Outcome.WRITTEN] * 200
    assert scores(crm, loaded[:5]) == [50.0] * 5
    assert patience.pauses == sorted(set(patience.pauses))
    assert len(patience.pauses) == attempts
    assert connector.calls()["write Account"] == (2 if attempts == 1 else 3 + 5 + 5)


def test_f52_rows_that_a_job_finds_locked_go_again_by_collections(crm: SalesforceHarness) -> None:
    connector = installed(crm, **LARGE)
    loaded = list(crm.load(accounts(20)).values())
    crm.control("lock", {"ids": loaded[3:6], "attempts": 3})

    results = connector.write_fields(writes(loaded))

    assert outcomes(results) == [Outcome.WRITTEN] * 20
    assert scores(crm, loaded) == [50.0] * 20
    assert requests_of(crm, "PATCH", "composite/sobjects") == 1


def test_f52_a_row_that_stays_locked_is_refused_with_a_hint(crm: SalesforceHarness) -> None:
    connector = installed(crm, **SMALL)
    loaded = list(crm.load(accounts(3)).values())
    crm.control("lock", {"ids": [loaded[1]], "seconds": 3600})

    results = connector.write_fields(writes(loaded))

    assert outcomes(results) == [Outcome.WRITTEN, Outcome.REJECTED, Outcome.WRITTEN]
    assert results[1].code == "UNABLE_TO_LOCK_ROW"
    assert "next run" in connector.advice(results[1].code)


# ---------------------------------------------------------------- what describe knows before writing


@SIZES
def test_f53_a_value_that_a_restricted_picklist_lacks_is_never_sent(
    crm: SalesforceHarness, size: Mapping[str, Any]
) -> None:
    connector = installed(crm, **size)
    tiers = {"type": "Picklist", "values": ["one_to_one", "one_to_many", "none"]}
    crm.control("schema", {"add": [field("ABM_Tier__c", **tiers)], "grant": False})
    crm.set_clock(PULLED_AT)
    connector = crm.configured(**size)
    one, other = crm.load(accounts(2)).values()
    was_sent = {"status": 400, "body": [{"errorCode": "WAS_SENT", "message": "It was sent."}]}
    crm.control("faults", {"path": "/services/data/", "body_contains": one, **was_sent})

    results = connector.write_fields([*writes([one]), *writes([other], {"tier": "one_to_one"})])

    assert [result.code for result in results] == ["INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", None]
    assert outcomes(results) == [Outcome.REJECTED, Outcome.WRITTEN]
    assert connector.advice(results[0].code or "")
    assert scores(crm, [one]) == [None]


def test_f53_install_adds_missing_options_and_leaves_those_of_others(crm: SalesforceHarness) -> None:
    installed(crm)
    (account,) = crm.load(accounts(1)).values()
    # People made a value of their own, dropped one of ours and switched another one off.
    values = {"values": ["one_to_one", "gold", "old", "none"], "inactive": ["old", "none"]}
    crm.control("schema", {"add": [field("ABM_Tier__c", type="Picklist", **values)], "grant": False})
    lacking = "Account.ABM_Tier__c lacks the options one_to_few, one_to_many, none"
    assert any(lacking in one.message and one.advice for one in crm.connector().check().findings)
    planned = crm.connector().provision(ONLY_FIELDS, dry_run=True)

    again = crm.connector().provision(ONLY_FIELDS)

    assert again.created == planned.created == []
    assert again.notes == planned.notes
    assert "one_to_few" in again.notes[0]
    (result,) = crm.connector().write_fields(writes([account], {"tier": "one_to_few"}))
    assert result.outcome is Outcome.WRITTEN
    connector = crm.connector()
    assert not any("lacks" in one.message for one in connector.check().findings)
    assert isinstance(connector, SalesforceConnector)
    tier = connector.schema.of("Account").fields["ABM_Tier__c"]
    assert set(tier.values or ()) == {"one_to_one", "gold", "one_to_few", "one_to_many", "none"}
    assert [one.value for one in tier.options if not one.is_active] == ["old"]


@pytest.mark.parametrize(
    ("rule", "code", "words"),
    [
        (
            {"message": "Never on a Monday.", "field": "Name"},
            "FIELD_CUSTOM_VALIDATION_EXCEPTION",
            "Never on a Monday.",
        ),
        (
            {"message": "Flow Touch failed.", "code": "CANNOT_EXECUTE_FLOW_TRIGGER"},
            "CANNOT_EXECUTE_FLOW_TRIGGER",
            "Flow Touch failed.",
        ),
        (
            {"message": "AccountTrigger: null", "code": "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"},
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            "AccountTrigger",
        ),
        (
            {"message": "Required fields are missing: [Region]", "code": "REQUIRED_FIELD_MISSING"},
            "REQUIRED_FIELD_MISSING",
            "Region",
        ),
    ],
)
@SIZES
def test_f54_a_rule_of_the_org_refuses_a_row_in_its_own_words(
    crm: SalesforceHarness, size: Mapping[str, Any], rule: dict[str, Any], code: str, words: str
) -> None:
    connector = installed(crm, **size)
    loaded = crm.load(accounts(3))
    crm.control("rules", {"validation": [{"object": "Account", "condition": "Name = 'Company 1'", **rule}]})

    results = connector.write_fields(writes(list(loaded.values())))

    assert outcomes(results) == [Outcome.WRITTEN, Outcome.REJECTED, Outcome.WRITTEN]
    assert results[1].code == code
    assert words in (results[1].reason or "")
    assert connector.advice(code)


def test_f54_install_proves_itself_by_an_account_that_no_rule_of_the_org_refuses(
    crm: SalesforceHarness, mirror: Mirror
) -> None:
    loaded = crm.load(accounts(4))
    rule = {"object": "Account", "message": "Say which industry", "condition": "Name != 'Company 2'"}
    crm.control("rules", {"validation": [rule]})

    done = install(mirror.database, Connected(mirror.id, "the_crm", mirror.connector()), [])

    assert done.canary == loaded["a2"]
    assert crm.managed(RecordRef(Kind.ACCOUNT, loaded["a2"])) == {}
    crm.control("rules", {"validation": [{**rule, "condition": "Name != 'Nobody'"}]})
    with pytest.raises(ConfigError, match="Say which industry"):
        install(mirror.database, Connected(mirror.id, "the_crm", mirror.connector()), [])


def test_install_makes_no_job_for_its_trial_in_a_large_org(crm: SalesforceHarness) -> None:
    loaded = crm.load(accounts(8))
    connector = crm.configured(bulk_read_from=5)

    assert {one.remote_id for one in records(connector.sample())} == set(loaded.values())
    assert requests_of(crm, "POST", "/jobs/query") == 0
    assert connector.calls()["provision"] <= 3


@pytest.mark.parametrize("access", ["read", "edit"])
@SIZES
def test_f55_a_field_that_is_hidden_or_read_only_is_left_out_and_told(
    crm: SalesforceHarness, size: Mapping[str, Any], access: str
) -> None:
    installed(crm, **size)
    loaded = list(crm.load(accounts(3)).values())
    crm.control("settings", {"deny_fields": {"Account.ABM_Why__c": access}})
    connector = crm.configured(**size)

    results = connector.write_fields(writes(loaded))

    assert outcomes(results) == [Outcome.WRITTEN] * 3
    assert [result.left_out for result in results] == [("why",)] * 3
    assert scores(crm, loaded) == [50.0] * 3
    assert any("ABM_Why__c" in note and "shortlist install" in note for note in connector.take_notes())


@SIZES
def test_f55_records_that_want_nothing_but_a_read_only_field_do_not_stop_the_others(
    crm: SalesforceHarness, size: Mapping[str, Any]
) -> None:
    installed(crm, **size)
    loaded = list(crm.load(accounts(3)).values())
    crm.control("settings", {"deny_fields": {"Account.ABM_Fit_Score__c": "edit"}})
    connector = crm.configured(**size)

    results = connector.write_fields(writes(loaded, {"fit_score": "3.0"}))

    assert outcomes(results) == [Outcome.UNCHANGED] * 3
    assert [result.left_out for result in results] == [("fit_score",)] * 3
    assert any("cannot edit Account.ABM_Fit_Score__c" in note for note in connector.take_notes())


def test_f55_a_field_that_is_granted_again_is_written_by_the_next_run_of_the_same_process(
    crm: SalesforceHarness,
) -> None:
    installed(crm)
    loaded = list(crm.load(accounts(2)).values())
    crm.control("settings", {"deny_fields": {"Account.ABM_Fit_Score__c": "edit"}})
    connector = crm.configured()
    connector.write_fields(writes(loaded))
    crm.control("settings", {"deny_fields": {}})

    connector.org_id()  # as each run begins
    results = connector.write_fields(writes(loaded))

    assert [result.left_out for result in results] == [()] * 2
    assert scores(crm, loaded) == [50.0] * 2


def test_f55_what_an_org_looks_like_is_asked_again_once_a_day(crm: SalesforceHarness) -> None:
    timing = PatientTiming()
    connector = crm.configured(timing=timing.timing())
    described = []
    for wait in (0.0, 3_600.0, 86_400.0):
        timing.now += wait
        connector.org_id()
        assert connector.streams
        described.append(connector.calls()["describe"])

    assert described[1] == described[0]
    assert described[2] == 2 * described[0]


@pytest.mark.parametrize(
    "change",
    [{"remove": ["Account.ABM_Why__c"]}, {"rename": {"Account.ABM_Why__c": "Reasons__c"}}],
    ids=["removed", "renamed"],
)
@SIZES
def test_f56_a_field_that_vanishes_in_mid_run_pauses_itself_only(
    crm: SalesforceHarness, size: Mapping[str, Any], change: dict[str, Any]
) -> None:
    connector = installed(crm, **size)
    loaded = list(crm.load(accounts(150)).values())
    connector.write_fields(writes(loaded[:2], {"fit_score": "1.0"}))
    crm.control("schema", change)
    before = sum(connector.calls().values())

    results = connector.write_fields(writes(loaded))
    calls = sum(connector.calls().values()) - before
    later = connector.write_fields(writes(loaded, {"fit_score": "60.0", "why": "x"}))

    assert outcomes(results) == outcomes(later) == [Outcome.WRITTEN] * 150
    assert {result.left_out for result in results} == {("why",)}
    assert scores(crm, loaded) == [60.0] * 150
    assert calls <= (3 if size is SMALL else 12)
    assert any("ABM_Why__c" in note and "shortlist install" in note for note in connector.take_notes())


@SIZES
def test_f57_a_number_field_that_became_a_text_takes_the_number_as_text(
    crm: SalesforceHarness, size: Mapping[str, Any]
) -> None:
    installed(crm, **size)
    loaded = list(crm.load(accounts(2)).values())
    crm.control("schema", {"add": [field("ABM_Fit_Score__c", type="Text", length=20)], "grant": False})

    results = crm.configured(**size).write_fields(writes(loaded))

    assert outcomes(results) == [Outcome.WRITTEN] * 2
    assert scores(crm, loaded) == ["50.0", "50.0"]


@SIZES
def test_f57_a_field_that_became_shorter_refuses_the_row_and_nothing_is_cut(
    crm: SalesforceHarness, size: Mapping[str, Any]
) -> None:
    installed(crm, **size)
    one, other = crm.load(accounts(2)).values()
    crm.control("schema", {"add": [field("ABM_Lists__c", type="Text", length=10)], "grant": False})

    results = crm.configured(**size).write_fields(
        [*writes([one], {"lists": "one_to_one, one_to_few"}), *writes([other], {"lists": "one_to_one"})]
    )

    assert outcomes(results) == [Outcome.REJECTED, Outcome.WRITTEN]
    assert results[0].code == "STRING_TOO_LONG"
    rows = {row["Id"]: row.get("ABM_Lists__c") for row in crm.state("Account")}
    assert (rows[one], rows[other]) == (None, "one_to_one")


def installed_at_once(crm: SalesforceHarness) -> list[Provisioned]:
    """Two installs, of which both have looked before either makes its campaign."""
    crm.control("settings", {"accounts_as_campaign_members": True})
    crm.control("faults", {"method": "POST", "path": "sobjects/Campaign$", "delay_seconds": 0.5, "times": 2})
    with ThreadPoolExecutor(2) as pool:
        return list(
            pool.map(lambda connector: connector.provision(WANTED), [crm.connector(), crm.connector()])
        )


def test_f58_two_installs_at_once_make_everything_once(crm: SalesforceHarness) -> None:
    both = installed_at_once(crm)

    again = crm.connector().provision(WANTED)

    assert again.created == []
    assert len(crm.managed_field_names()) == len(MANAGED_FIELDS)
    assignments = [row for row in crm.state("PermissionSetAssignment") if not row.get("IsDeleted")]
    assert len({(row["PermissionSetId"], row["AssigneeId"]) for row in assignments}) == len(assignments)
    campaigns = list(crm.lists())
    assert len(campaigns) == 1
    assert [list_item([*one.created, *one.existing]).remote_id for one in both] == campaigns * 2
    assert sum(item.type == "list" for one in both for item in one.created) == 1


def test_f58_a_campaign_that_somebody_uses_already_is_not_withdrawn(crm: SalesforceHarness) -> None:
    used = {"totalSize": 1, "done": True, "records": [{"Id": "00vS00000000001AAA"}]}
    crm.control("faults", {"path": "/query", "query_contains": "CampaignMember", "status": 200, "body": used})

    installed_at_once(crm)

    assert len(crm.lists()) == 2


def test_f59_install_keeps_a_campaign_that_was_renamed_and_says_so(crm: SalesforceHarness) -> None:
    crm.control("settings", {"accounts_as_campaign_members": True})
    made = crm.connector().provision(WANTED)
    (campaign,) = crm.lists()
    crm.control("load", {"Campaign": [{"Id": campaign, "Name": "Our target accounts"}]})
    known = replace(WANTED, known=[*made.created, *made.existing])

    planned = crm.connector().provision(known, dry_run=True)
    again = crm.connector().provision(known)

    assert (planned.created, again.created) == ([], [])
    assert list_item(again.existing) == list_item(made.created)
    assert list(crm.lists()) == [campaign]
    (note,) = again.notes
    assert f"“ABM: 1:1 accounts” ({campaign}) is called “Our target accounts”" in note


@pytest.mark.parametrize("access", ["read", "edit"])
def test_f39_a_hidden_description_of_campaigns_is_named_before_one_is_made(
    crm: SalesforceHarness, access: str
) -> None:
    hidden = {"Campaign.Description": access}
    crm.control("settings", {"accounts_as_campaign_members": True, "deny_fields": hidden})

    with pytest.raises(ConfigError, match=r"cannot read and edit Campaign\.Description"):
        crm.connector().provision(WANTED, dry_run=True)

    (problem,) = crm.connector().check().problems
    assert "Campaign.Description" in problem.message
    assert not crm.lists()


def test_f59_install_makes_a_campaign_again_that_was_deleted(crm: SalesforceHarness) -> None:
    crm.control("settings", {"accounts_as_campaign_members": True})
    made = crm.connector().provision(WANTED)
    (campaign,) = crm.lists()
    crm.control("load", {"Campaign": [{"Id": campaign, "IsDeleted": True}]})

    again = crm.connector().provision(replace(WANTED, known=made.created))

    (fresh,) = crm.lists()
    assert fresh != campaign
    assert list_item(again.created).remote_id == fresh


# ---------------------------------------------------------------- the org answers back


@SIZES
def test_f64_a_flow_that_touches_what_we_write_causes_no_second_write(
    crm: SalesforceHarness, mirror: Mirror, size: Mapping[str, Any]
) -> None:
    connector = installed(crm, **size)
    loaded = list(crm.load(accounts(2)).values())
    crm.control(
        "rules",
        {
            "automation": [
                {"object": "Account", "on": ["update"], "set": {"Description": "touched"}},
                {"object": "Account", "on": ["update"], "delay_seconds": 30, "times": 3},
            ]
        },
    )
    crm.set_clock(EDITED_AT)
    connector.write_fields(writes(loaded))
    for minutes in range(1, 5):
        crm.set_clock(EDITED_AT + minutes * timedelta(minutes=1))
        mirror.pull(EDITED_AT + minutes * timedelta(minutes=1))
        for one in loaded:
            known = mirror.managed(one)
            assert change_of(Kind.ACCOUNT, known, {**known, **VALUES}) == ({}, {})


@SIZES
def test_f64_every_write_carries_our_name(crm: SalesforceHarness, size: Mapping[str, Any]) -> None:
    connector = installed(crm, **size)
    loaded = list(crm.load(accounts(2)).values())
    connector.write_fields(writes(loaded))

    written = [
        one
        for one in crm.control("requests")["requests"]
        if one["method"] in ("PATCH", "PUT", "POST") and "/services/data/" in one["path"]
    ]

    assert written
    assert all("client=shortlist" in one["headers"]["Sforce-Call-Options"] for one in written)


@SIZES
def test_f65_a_duplicate_rule_refuses_a_row_with_the_reason(
    crm: SalesforceHarness, size: Mapping[str, Any]
) -> None:
    connector = installed(crm, **size)
    loaded = list(crm.load(accounts(3)).values())
    crm.control("rules", {"duplicate": [{"object": "Account", "match": ["ABM_Tier__c"], "on": ["update"]}]})

    results = connector.write_fields([*writes(loaded[:2]), *writes(loaded[2:], {"tier": "one_to_one"})])

    assert outcomes(results) == [Outcome.WRITTEN, Outcome.REJECTED, Outcome.WRITTEN]
    assert results[1].code == "DUPLICATES_DETECTED"
    assert "duplicate record" in (results[1].reason or "")
    assert "duplicate rule" in connector.advice(results[1].code)


@SIZES
@pytest.mark.parametrize("text", ["62.0", "62", "0.0", "99.9", "100.0"])
def test_f66_a_number_that_comes_back_in_another_form_is_not_written_again(
    crm: SalesforceHarness, size: Mapping[str, Any], text: str
) -> None:
    connector = installed(crm, **size)
    (one,) = crm.load(accounts(1)).values()
    fit = next(item for item in fields_of(Kind.ACCOUNT) if item.name == "fit_score")
    wanted = canonical(fit, text)
    connector.write_fields(writes([one], {"fit_score": wanted}))
    crm.set_clock(PULLED_AT)

    for bulk_read_from in (0, 1):
        (record,) = records(pull_all(crm.configured(bulk_read_from=bulk_read_from), Kind.ACCOUNT))
        assert isinstance(record, Account)
        assert record.managed["fit_score"] == wanted
        assert change_of(Kind.ACCOUNT, record.managed, {**record.managed, "fit_score": wanted}) == ({}, {})
