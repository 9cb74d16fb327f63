"""Writing to Salesforce: locked rows, refused batches, installs that are refused, lists that are not ours."""

from dataclasses import replace

import pytest

from connectors.contract import Wanted
from core.changes import FieldWrite, Outcome, TargetList
from core.errors import AuthError, ConfigError, ListLost
from core.fields import FieldType
from core.managed_fields import ACCOUNT_FIELDS, MANAGED_FIELDS
from core.records import Kind, RecordRef
from tests.contract.harness import PatientTiming
from tests.contract.salesforce_harness import SalesforceHarness
from tests.contract.worlds import WANTED, accounts, list_item

LOCKED = {
    "success": False,
    "errors": [
        {
            "statusCode": "UNABLE_TO_LOCK_ROW",
            "message": "unable to obtain exclusive access to this record",
            "fields": [],
        }
    ],
}
_WORDS = "This custom field is referenced elsewhere in salesforce.com: a permission in Flow A"
_FAILURE = {"componentFailures": [{"fullName": "Account.ABM_Tier__c", "problem": _WORDS}]}
IN_USE = {
    "method": "GET",
    "path": "deployRequest/",
    "times": 1,
    "status": 200,
    "body": {"deployResult": {"done": True, "success": False, "status": "Failed", "details": _FAILURE}},
}
"""A deployment that would delete a field in use fails."""
ONLY_FIELDS = Wanted(fields=MANAGED_FIELDS, lists=[])


@pytest.fixture
def crm(salesforce: SalesforceHarness) -> SalesforceHarness:
    salesforce.reset()
    return salesforce


def writes(remote_ids: list[str]) -> list[FieldWrite]:
    return [FieldWrite(RecordRef(Kind.ACCOUNT, one), {"fit_score": "50.0"}) for one in remote_ids]


def test_locked_rows_alone_are_tried_again(crm: SalesforceHarness) -> None:
    patience = PatientTiming()
    connector = crm.connector(timing=patience.timing())
    connector.provision(ONLY_FIELDS)
    patience.pauses.clear()
    one, other = crm.load(accounts(2)).values()
    body = [LOCKED, {"id": other, "success": True, "errors": []}]
    crm.control(
        "faults", {"method": "PATCH", "path": "composite/sobjects", "times": 1, "status": 200, "body": body}
    )

    results = connector.write_fields(writes([one, other]))

    assert [result.outcome for result in results] == [Outcome.WRITTEN] * 2
    assert len(patience.pauses) == 1
    # The first answer was made up and nothing was done; so only the second call's row shows.
    assert [crm.managed(RecordRef(Kind.ACCOUNT, row)) for row in (one, other)] == [{"fit_score": 50.0}, {}]


def test_a_row_that_stays_locked_is_rejected_in_salesforces_words(crm: SalesforceHarness) -> None:
    connector = crm.connector()
    connector.provision(ONLY_FIELDS)
    (one,) = crm.load(accounts(1)).values()
    crm.control("faults", {"method": "PATCH", "path": "composite/sobjects", "status": 200, "body": [LOCKED]})

    (result,) = connector.write_fields(writes([one]))

    assert (result.outcome, result.code) == (Outcome.REJECTED, "UNABLE_TO_LOCK_ROW")
    assert "exclusive access" in (result.reason or "")
    assert connector.calls()["write Account"] == 5


def test_a_row_that_is_refused_without_words_is_rejected_alone(crm: SalesforceHarness) -> None:
    connector = crm.connector()
    connector.provision(ONLY_FIELDS)
    one, other = crm.load(accounts(2)).values()
    wordless: dict[str, object] = {"statusCode": "DUPLICATES_DETECTED", "message": None, "fields": []}
    body = [{"success": False, "errors": [wordless]}, {"id": other, "success": True, "errors": []}]
    crm.control(
        "faults", {"method": "PATCH", "path": "composite/sobjects", "times": 1, "status": 200, "body": body}
    )

    results = connector.write_fields(writes([one, other]))

    assert [result.outcome for result in results] == [Outcome.REJECTED, Outcome.WRITTEN]
    assert results[0].code == "DUPLICATES_DETECTED"


def test_a_batch_that_is_refused_whole_is_bisected(crm: SalesforceHarness) -> None:
    connector = crm.connector()
    connector.provision(ONLY_FIELDS)
    loaded = list(crm.load(accounts(4)).values())
    # Assumption: some errors of one row refuse the whole call; here every call that names this row.
    rule = {"method": "PATCH", "path": "composite/sobjects", "body_contains": loaded[2], "status": 400}
    crm.control("faults", {**rule, "body": [{"errorCode": "MALFORMED_ID", "message": "bad id"}]})

    results = connector.write_fields(writes(loaded))

    assert [(result.outcome, result.code) for result in results] == [
        (Outcome.WRITTEN, None),
        (Outcome.WRITTEN, None),
        (Outcome.REJECTED, "MALFORMED_ID"),
        (Outcome.WRITTEN, None),
    ]
    assert [bool(crm.managed(RecordRef(Kind.ACCOUNT, one))) for one in loaded] == [True, True, False, True]


def test_text_that_is_too_long_is_rejected_and_never_cut(crm: SalesforceHarness) -> None:
    connector = crm.connector()
    connector.provision(ONLY_FIELDS)
    (one,) = crm.load(accounts(1)).values()
    ref = RecordRef(Kind.ACCOUNT, one)

    (result,) = connector.write_fields([FieldWrite(ref, {"lists": "x" * 256})])

    assert (result.outcome, result.code) == (Outcome.REJECTED, "STRING_TOO_LONG")
    assert crm.managed(ref) == {}


def test_short_ids_are_written_to_the_same_record(crm: SalesforceHarness) -> None:
    connector = crm.connector()
    connector.provision(ONLY_FIELDS)
    (one,) = crm.load(accounts(1)).values()

    for named in ([one[:15]], [one, one[:15]]):
        results = connector.write_fields(writes(named))
        assert [result.outcome for result in results] == [Outcome.WRITTEN] * len(named)
        assert [result.ref.remote_id for result in results] == named
    assert crm.managed(RecordRef(Kind.ACCOUNT, one)) == {"fit_score": 50.0}


def test_writing_before_install_says_install(crm: SalesforceHarness) -> None:
    (one,) = crm.load(accounts(1)).values()

    with pytest.raises(ConfigError, match=r"ABM_Fit_Score__c.*shortlist install"):
        crm.connector().write_fields(writes([one]))


def test_the_override_belongs_to_people(crm: SalesforceHarness) -> None:
    connector = crm.connector()
    connector.provision(ONLY_FIELDS)
    (one,) = crm.load(accounts(1)).values()

    ref = RecordRef(Kind.ACCOUNT, one)
    (result,) = connector.write_fields([FieldWrite(ref, {"tier_override": "none"})])

    assert (result.outcome, result.left_out) == (Outcome.UNCHANGED, ("tier_override",))
    assert "tier_override" not in crm.managed(ref)


def test_a_field_of_another_type_stops_the_install(crm: SalesforceHarness) -> None:
    tier = next(field for field in ACCOUNT_FIELDS if field.name == "tier")
    crm.connector().provision(Wanted(fields=[replace(tier, type=FieldType.TEXT)], lists=[]))

    with pytest.raises(ConfigError, match=r"Account\.ABM_Tier__c exists as string"):
        crm.connector().provision(WANTED)
    assert len(crm.managed_field_names()) == 1
    assert any("ABM_Tier__c" in one.message for one in crm.connector().check().problems)


def test_a_hidden_field_is_made_visible_and_is_not_ours_to_remove(crm: SalesforceHarness) -> None:
    first = crm.connector().provision(ONLY_FIELDS)
    assignment = next(item for item in first.created if item.type == "permission_set_assignment")
    crm.connector().deprovision([assignment])
    connector = crm.connector()

    again = connector.provision(ONLY_FIELDS)

    assert [(item.type, item.name) for item in again.created] == [(assignment.type, assignment.name)]
    assert len(again.existing) == len(MANAGED_FIELDS) + 3


def test_a_missing_metadata_permission_is_named(crm: SalesforceHarness) -> None:
    crm.control("settings", {"deny_metadata": True})

    with pytest.raises(AuthError, match="Modify Metadata"):
        crm.connector().provision(WANTED)


def test_uninstall_says_what_salesforce_keeps_removes_the_rest_and_finishes_the_next_time(
    crm: SalesforceHarness,
) -> None:
    connector = crm.connector()
    made = connector.provision(WANTED).created
    crm.control("faults", IN_USE)

    removed, refused = connector.deprovision(made)

    assert {item.type for item in removed} == {"list", "permission_set_assignment"}
    assert {item.type for item, _ in refused} == {"permission_set", "field"}
    assert len(removed) + len(refused) == len(made)
    assert "Flow A" in refused[0].reason
    assert "run `shortlist uninstall` again" in refused[0].reason
    again = connector.deprovision([item for item, _ in refused])
    assert (len(again.removed), len(again.refused)) == (len(refused), 0)
    assert crm.managed_field_names() == set()


def test_f39_uninstall_that_is_refused_again_still_knows_the_fields_which_are_hidden_by_then(
    crm: SalesforceHarness,
) -> None:
    connector = crm.connector()
    made = connector.provision(ONLY_FIELDS).created
    crm.control("faults", {**IN_USE, "times": 2})
    first = [item for item, _ in connector.deprovision(made).refused]

    again = [item for item, _ in crm.connector().deprovision(first).refused]

    assert sum(item.type == "field" for item in again) == len(MANAGED_FIELDS)
    assert again == first


def test_uninstall_goes_on_where_a_campaign_may_not_be_deleted(crm: SalesforceHarness) -> None:
    connector = crm.connector()
    made = connector.provision(WANTED).created
    refusal = [{"errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": "Ask Marketing first"}]
    crm.control(
        "faults", {"method": "DELETE", "path": "/Campaign/", "times": 1, "status": 400, "body": refusal}
    )

    removed, refused = connector.deprovision(made)

    assert [(item.type, reason) for item, reason in refused] == [("list", "Ask Marketing first")]
    assert {item.type for item in removed} == {"field", "permission_set", "permission_set_assignment"}
    assert list(crm.lists()) == [refused[0].item.remote_id]
    assert connector.deprovision([refused[0].item]).removed == [refused[0].item]


def test_f39_uninstall_goes_on_where_campaigns_are_hidden_by_now(crm: SalesforceHarness) -> None:
    made = crm.connector().provision(WANTED).created
    crm.control("settings", {"deny": ["Campaign.read"]})
    connector = crm.connector()
    with pytest.raises(ListLost, match="Campaign"):
        list(connector.members(list_item(made).remote_id or ""))
    planned = connector.deprovision(made, dry_run=True)

    removed, refused = connector.deprovision(made)

    assert [item.type for item, _ in refused] == ["list"]
    assert "Campaign" in refused[0].reason
    assert (planned.removed, list(planned.refused)) == (removed, list(refused))
    assert len(removed) == len(made) - 1
    assert list(crm.lists()) == [refused[0].item.remote_id]


def test_uninstall_says_what_stays_where_assignments_may_not_be_taken_back(crm: SalesforceHarness) -> None:
    connector = crm.connector()
    made = connector.provision(WANTED).created
    refusal = [{"errorCode": "INSUFFICIENT_ACCESS", "message": "insufficient access rights"}]
    crm.control(
        "faults",
        {"method": "DELETE", "path": "/PermissionSetAssignment/", "status": 403, "body": refusal, "times": 1},
    )

    removed, refused = connector.deprovision(made)

    assert {item.type for item in removed} == {"list"}
    assert len(removed) + len(refused) == len(made)
    assert "insufficient access rights" in refused[0].reason
    again = connector.deprovision([item for item, _ in refused])
    assert (len(again.removed), len(again.refused)) == (len(refused), 0)


def test_uninstall_takes_back_assignments_that_others_made(crm: SalesforceHarness) -> None:
    connector = crm.connector()
    made = connector.provision(WANTED)
    reader = next(row["Id"] for row in crm.state("PermissionSet") if row["Name"] == "ABM_Reader")
    rep = crm.state("User")[1]["Id"]
    crm.control("load", {"PermissionSetAssignment": [{"AssigneeId": rep, "PermissionSetId": reader}]})

    connector.deprovision(made.created)

    assert crm.state("PermissionSet") == []
    assert crm.state("PermissionSetAssignment") == []


@pytest.mark.parametrize("how", ["off", "org", "permission"])
def test_without_account_members_there_are_no_lists(crm: SalesforceHarness, how: str) -> None:
    if how == "org":
        crm.control("settings", {"accounts_as_campaign_members": False})
    if how == "permission":
        crm.control("settings", {"deny": ["Campaign.create"]})
    connector = crm.configured(lists_as_campaigns="off" if how == "off" else "auto")

    made = connector.provision(WANTED)

    assert not connector.capabilities.has_lists
    assert not any(item.type == "list" for item in made.created)
    assert crm.lists() == {}
    (finding,) = [one for one in connector.check().findings if one.subject == "lists"]
    assert finding.level == ("ok" if how == "off" else "warning")


def test_members_are_read_again_where_a_locator_is_lost(crm: SalesforceHarness) -> None:
    connector = crm.connector()
    list_id = list_item(connector.provision(WANTED).created).remote_id or ""
    loaded = list(crm.load(accounts(5)).values())
    connector.change_members(list_id, add=loaded, remove=[])
    body = [{"message": "invalid query locator", "errorCode": "INVALID_QUERY_LOCATOR"}]
    crm.control("faults", {"path": "/query/0r8", "times": 1, "status": 400, "body": body})

    assert sorted(connector.members(list_id)) == sorted(loaded)


def test_a_campaign_of_the_same_name_is_left_alone(crm: SalesforceHarness) -> None:
    theirs = "701S00000000001AAA"
    crm.control("load", {"Campaign": [{"Id": theirs, "Name": "ABM: 1:1 accounts", "Description": "ours!"}]})

    item = list_item(crm.connector().provision(WANTED).created)

    assert item.remote_id != theirs
    assert set(crm.lists()) == {theirs, item.remote_id}


def test_long_and_quoted_list_names_fit(crm: SalesforceHarness) -> None:
    wanted = Wanted(fields=MANAGED_FIELDS, lists=[TargetList("k", "O'Brien's \"best\" " + "x" * 100)])

    first = crm.connector().provision(wanted)
    second = crm.connector().provision(wanted)

    assert list_item(first.created, "k").remote_id == list_item(second.existing, "k").remote_id
    (name,) = crm.lists().values()
    assert len(name) <= 80


def test_a_member_that_is_refused_is_a_result(crm: SalesforceHarness) -> None:
    connector = crm.connector()
    list_id = list_item(connector.provision(WANTED).created).remote_id or ""
    (one,) = crm.load(accounts(1)).values()

    results = connector.change_members(list_id, add=["001S00009999999AAA", one], remove=[])

    assert [result.outcome for result in results] == [Outcome.REJECTED, Outcome.WRITTEN]
    assert results[0].code == "INVALID_CROSS_REFERENCE_KEY"


def test_a_deployment_that_fails_changes_nothing_and_says_why(crm: SalesforceHarness) -> None:
    rank = next(field for field in ACCOUNT_FIELDS if field.name == "priority_rank")

    with pytest.raises(ConfigError, match="nothing was changed"):
        crm.connector().provision(
            Wanted(fields=[*MANAGED_FIELDS, replace(rank, name="x", decimals=30)], lists=[])
        )
    assert crm.managed_field_names() == set()


def test_an_account_that_was_merged_away_takes_no_write(crm: SalesforceHarness) -> None:
    connector = crm.connector()
    connector.provision(ONLY_FIELDS)
    survivor, loser = crm.load(accounts(2)).values()
    crm.merge_accounts(survivor, loser)

    (result,) = connector.write_fields(writes([loser]))

    assert (result.outcome, result.code) == (Outcome.REJECTED, "ENTITY_IS_DELETED")
