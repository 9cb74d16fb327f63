"""Writing managed fields: partial results, refused batches, shuffled answers."""

import pytest

from connectors.contract import Connector, Wanted
from core.changes import FieldWrite, Outcome
from core.errors import ConfigError, ContractError
from core.managed_fields import MANAGED_FIELDS
from core.records import Kind, RecordRef
from tests.contract.hubspot_harness import HubspotHarness
from tests.integration.hubspot_connector.reading import HOUR, LOADED_AT, companies, load, pull, records

UPDATE = "/companies/batch/update$"


@pytest.fixture
def connector(portal: HubspotHarness) -> Connector:
    made = portal.connector()
    made.provision(Wanted(fields=MANAGED_FIELDS, lists=[]))
    load(portal, "companies", companies(range(1, 101)))
    return made


def write(company: int, **values: str | None) -> FieldWrite:
    return FieldWrite(RecordRef(Kind.ACCOUNT, str(company)), values)


def test_one_bad_row_of_a_hundred_is_named_and_the_rest_written_in_one_call(
    portal: HubspotHarness, connector: Connector
) -> None:
    writes = [write(one, tier="none_of_them" if one == 40 else "one_to_few") for one in range(1, 101)]

    results = connector.write_fields(writes)

    rejected = [result for result in results if result.outcome is not Outcome.WRITTEN]
    assert [result.ref.remote_id for result in results] == [str(one) for one in range(1, 101)]
    assert [(one.ref.remote_id, one.outcome) for one in rejected] == [("40", Outcome.REJECTED)]
    assert "none_of_them" in (rejected[0].reason or "")
    assert connector.calls()["write companies"] == 1
    assert portal.managed(RecordRef(Kind.ACCOUNT, "41")) == {"tier": "one_to_few"}


def test_a_batch_that_is_refused_whole_is_cut_until_the_bad_row_is_found(
    portal: HubspotHarness, connector: Connector
) -> None:
    poison = {"path": UPDATE, "body_contains": '"id":"40"', "status": 400}
    portal.break_with(
        {**poison, "body": {"message": "This one is not liked", "category": "VALIDATION_ERROR"}}
    )

    results = connector.write_fields([write(one, fit_score="50.0") for one in range(1, 101)])

    assert [
        (one.ref.remote_id, one.code, one.reason) for one in results if one.outcome is Outcome.REJECTED
    ] == [("40", "VALIDATION_ERROR", "This one is not liked")]
    assert sum(one.outcome is Outcome.WRITTEN for one in results) == 99
    assert connector.calls()["write companies"] <= 2 * 7 + 1
    assert portal.managed(RecordRef(Kind.ACCOUNT, "100")) == {"fit_score": "50.0"}


def test_results_are_matched_by_id_in_whatever_order(portal: HubspotHarness, connector: Connector) -> None:
    writes = [write(one, fit_score=f"{one}.0") for one in range(100, 0, -1)]

    results = connector.write_fields(writes)

    assert [result.ref for result in results] == [write.ref for write in writes]
    assert all(result.outcome is Outcome.WRITTEN for result in results)
    assert portal.managed(RecordRef(Kind.ACCOUNT, "77")) == {"fit_score": "77.0"}


def test_clearing_empties_the_property(portal: HubspotHarness, connector: Connector) -> None:
    connector.write_fields([write(1, fit_score="50.0", why="Because")])

    connector.write_fields([write(1, why=None)])

    assert portal.managed(RecordRef(Kind.ACCOUNT, "1")) == {"fit_score": "50.0"}


def test_a_merged_away_record_is_rejected_not_written_through(
    portal: HubspotHarness, connector: Connector
) -> None:
    portal.merge_accounts("2", "1")

    loser, survivor = connector.write_fields([write(1, fit_score="1.0"), write(2, fit_score="2.0")])

    assert (loser.outcome, survivor.outcome) == (Outcome.REJECTED, Outcome.WRITTEN)
    assert portal.managed(RecordRef(Kind.ACCOUNT, "2")) == {"fit_score": "2.0"}


def test_where_all_properties_are_deleted_the_write_stops_before_it_is_sent(
    portal: HubspotHarness, connector: Connector
) -> None:
    for name in portal.managed_field_names():
        object_type, _, own = name.partition(".")
        portal.api("DELETE", f"/crm/properties/2026-03/{object_type}/{own}")

    for _ in range(2):
        with pytest.raises(ConfigError, match=r"abm_.*install"):
            connector.write_fields([write(one, tier="one_to_few") for one in range(1, 101)])
    assert "write companies" not in connector.calls()


def test_what_can_be_written_is_looked_up_once_a_process(
    portal: HubspotHarness, connector: Connector
) -> None:
    for _ in range(3):
        connector.write_fields([write(1, fit_score="1.0")])
    assert connector.calls()["describe companies"] == 1

    read = portal.connector()
    pull(read, "companies")
    read.write_fields([write(1, fit_score="2.0")])
    assert read.calls()["describe companies"] == 1


def test_an_answer_without_results_or_errors_is_none(portal: HubspotHarness, connector: Connector) -> None:
    portal.break_with({"path": UPDATE, "status": 207, "body": {"status": "COMPLETE", "results": []}})

    with pytest.raises(ContractError, match="without its result"):
        connector.write_fields([write(1, fit_score="1.0"), write(2, fit_score="2.0")])


def test_of_a_batch_refused_whole_the_records_that_hubspot_names_are_refused_without_halving(
    portal: HubspotHarness, connector: Connector
) -> None:
    body = {"message": "Not these", "category": "VALIDATION_ERROR", "context": {"ids": ["7", "40"]}}
    portal.break_with({"path": UPDATE, "body_contains": '"id":"40"', "status": 400, "body": body})

    results = connector.write_fields([write(one, fit_score="50.0") for one in range(1, 101)])

    rejected = [one.ref.remote_id for one in results if one.outcome is Outcome.REJECTED]
    assert rejected == ["7", "40"]
    assert connector.calls()["write companies"] == 2


def test_a_batch_refused_for_an_unknown_property_is_not_cut_into_pieces(
    portal: HubspotHarness, connector: Connector
) -> None:
    detail = {"code": "PROPERTY_DOESNT_EXIST", "context": {"propertyName": ["abm_tier"]}}
    portal.break_with({"path": UPDATE, "status": 400, "body": {"message": "No", "errors": [detail]}})

    results = connector.write_fields([write(one, tier="one_to_few") for one in range(1, 101)])

    assert {(one.outcome, one.left_out) for one in results} == {(Outcome.WRITTEN, ("tier",))}
    assert connector.calls()["write companies"] == 1


def test_a_lost_answer_is_sent_again_without_harm(portal: HubspotHarness, connector: Connector) -> None:
    portal.break_with({"path": UPDATE, "times": 1, "drop": "after"})

    (result,) = connector.write_fields([write(1, fit_score="50.0")])

    assert result.outcome is Outcome.WRITTEN
    assert portal.managed(RecordRef(Kind.ACCOUNT, "1")) == {"fit_score": "50.0"}


def test_an_answer_that_leaves_a_record_out_is_asked_again(
    portal: HubspotHarness, connector: Connector
) -> None:
    portal.break_with({"path": UPDATE, "times": 1, "status": 200, "body": {"results": [{"id": "1"}]}})

    first, second = connector.write_fields([write(1, fit_score="1.0"), write(2, fit_score="2.0")])

    assert (first.outcome, second.outcome) == (Outcome.WRITTEN, Outcome.WRITTEN)
    assert portal.managed(RecordRef(Kind.ACCOUNT, "2")) == {"fit_score": "2.0"}


def test_writing_what_stands_there_is_no_change_for_the_next_pull(
    portal: HubspotHarness, connector: Connector
) -> None:
    portal.set_clock(LOADED_AT)
    connector.write_fields([write(1, fit_score="62", scored_at="2026-03-02T09:30:00.000Z")])
    portal.set_clock(LOADED_AT + 3 * HOUR)
    cursor = pull(connector, "companies")[-1].next_cursor
    portal.set_clock(LOADED_AT + 4 * HOUR)
    connector.write_fields([write(1, fit_score="62", scored_at="2026-03-02T09:30:00.000Z")])

    assert records(pull(connector, "companies", cursor)) == []


def test_two_writes_of_one_record_are_put_together(portal: HubspotHarness, connector: Connector) -> None:
    connector.write_fields([write(1, fit_score="1.0", why="First"), write(1, fit_score="2.0")])

    assert portal.managed(RecordRef(Kind.ACCOUNT, "1")) == {"fit_score": "2.0", "why": "First"}


def test_nothing_to_write_is_no_call(connector: Connector) -> None:
    before = connector.calls()

    assert connector.write_fields([]) == []
    assert connector.calls() == before
