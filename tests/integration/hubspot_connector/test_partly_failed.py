"""A 207 leaves out the rows that failed, just as it leaves out what is not there: the two are told apart."""

from typing import Any

import pytest

from core.cursors import Cursor
from core.errors import ContractError, TransientError
from core.records import Activity, Contact, DealRoles, Kind, RecordRef, Tombstone
from tests.contract.harness import PatientTiming
from tests.contract.hubspot_harness import HubspotHarness
from tests.integration.hubspot_connector.reading import (
    LOADED_AT,
    companies,
    link,
    load,
    pull,
    records,
    tombstones,
)

ANN = RecordRef(Kind.CONTACT, "7")
NOTE = RecordRef(Kind.ACTIVITY, "notes:31")
LINKS = "associations/2026-03/contacts/companies/batch/read$"
NOTES = "objects/2026-03/notes/batch/read$"


def failed(**error: Any) -> dict[str, Any]:
    error = {"status": "error", "message": "It broke.", "context": {"fromObjectId": ["7"]}, **error}
    return {
        "status": 207,
        "body": {"status": "COMPLETE", "results": [], "numErrors": 1, "errors": [error]},
    }


INTERNAL = failed(category="INTERNAL_ERROR")
UNNAMED = {"status": 207, "body": {"status": "COMPLETE", "results": [], "numErrors": 1}}
UNREADABLE = {"status": 207, "body": {"results": [], "errors": ["gone"]}}


@pytest.fixture
def crm(portal: HubspotHarness) -> HubspotHarness:
    load(portal, "companies", companies([1]))
    load(portal, "contacts", {7: {"email": "ann@x.example"}})
    load(portal, "notes", {31: {"hs_timestamp": "2026-03-01T08:00:00.000Z"}})
    link(portal, ("contacts", 7, "companies", 1, 279), ("contacts", 7, "companies", 1, 1))
    return portal


@pytest.mark.parametrize("fault", [INTERNAL, UNNAMED])
def test_f49_a_contact_keeps_its_company_when_reading_its_links_fails_once(
    crm: HubspotHarness, fault: dict[str, Any]
) -> None:
    crm.break_with({"path": LINKS, "times": 1, **fault})
    connector = crm.connector()

    (contact,) = records(connector.fetch([ANN]))

    assert isinstance(contact, Contact)
    assert contact.account_id == "1"
    assert connector.calls()["read links of contacts"] == 2


def test_a_delta_waits_for_the_links_that_failed(crm: HubspotHarness) -> None:
    crm.break_with({"path": LINKS, "times": 1, **INTERNAL})

    (contact,) = records(pull(crm.connector(), "contacts", Cursor(since=LOADED_AT)))

    assert isinstance(contact, Contact)
    assert contact.account_id == "1"


def test_roles_in_a_deal_are_not_none_because_reading_them_failed_once(crm: HubspotHarness) -> None:
    load(crm, "deals", {5: {"dealname": "D", "dealstage": "closedwon", "pipeline": "default"}})
    body = {"label": "Decision maker", "name": "decision_maker"}
    made = crm.api("POST", "/crm/associations/2026-03/deals/contacts/labels", body)
    link(crm, ("deals", 5, "contacts", 7, int(made["results"][0]["typeId"])))
    crm.break_with({"path": "associations/2026-03/deals/contacts/batch/read$", "times": 1, **INTERNAL})

    found = records(pull(crm.connector(), "deals"))

    assert [one.people for one in found if isinstance(one, DealRoles)] == [(("7", "decision maker"),)]


def test_a_note_is_not_buried_because_reading_it_failed_once(crm: HubspotHarness) -> None:
    crm.break_with({"path": NOTES, "times": 1, **INTERNAL})

    pages = list(crm.connector().fetch([NOTE]))

    assert [one.remote_id for one in records(pages) if isinstance(one, Activity)] == [NOTE.remote_id]
    assert tombstones(pages) == []


def test_what_fails_again_and_again_stops_the_reading_in_hubspot_s_words(crm: HubspotHarness) -> None:
    crm.break_with({"path": NOTES, **INTERNAL})
    patience = PatientTiming()

    with pytest.raises(TransientError, match=r"read notes.*INTERNAL_ERROR.*It broke"):
        list(crm.connector(timing=patience.timing()).fetch([NOTE]))
    assert patience.pauses


@pytest.mark.parametrize("fault", [failed(category="VALIDATION_ERROR"), UNREADABLE])
def test_what_another_try_would_not_cure_stops_the_reading_at_once(
    crm: HubspotHarness, fault: dict[str, Any]
) -> None:
    crm.break_with({"path": LINKS, **fault})
    connector = crm.connector()

    with pytest.raises(ContractError, match="read links of contacts"):
        list(connector.fetch([ANN]))
    assert connector.calls()["read links of contacts"] == 1


def test_what_is_not_there_is_still_none(crm: HubspotHarness) -> None:
    load(crm, "contacts", {8: {"email": "bo@x.example"}})
    gone = RecordRef(Kind.ACTIVITY, "notes:99")

    pages = list(crm.connector().fetch([NOTE, gone, RecordRef(Kind.CONTACT, "8")]))

    assert tombstones(pages) == [Tombstone(gone)]
    assert [one.account_id for one in records(pages) if isinstance(one, Contact)] == [None]
