"""Which account and which people a record belongs to."""

from datetime import timedelta

import pytest

from core.cursors import Cursor
from core.records import Activity, Contact, Deal
from tests.contract.hubspot_harness import HubspotHarness
from tests.integration.hubspot_connector.reading import LOADED_AT, companies, link, load, paths, pull, records

WINDOWS = [Cursor(), Cursor(since=LOADED_AT)]
"""A first load gets links inline, a delta in batches: both must say the same."""


@pytest.mark.parametrize("cursor", WINDOWS)
def test_the_primary_company_is_the_account(portal: HubspotHarness, cursor: Cursor) -> None:
    load(portal, "companies", companies([1, 2]))
    load(
        portal,
        "contacts",
        {7: {"email": "a@x.example"}, 8: {"email": "b@x.example"}, 9: {"email": "c@x.example"}},
    )
    load(portal, "deals", {5: {"dealname": "D", "dealstage": "closedwon", "pipeline": "default"}})
    link(
        portal,
        ("contacts", 7, "companies", 1, 279),
        ("contacts", 7, "companies", 2, 279),
        ("contacts", 7, "companies", 2, 1),
        ("contacts", 8, "companies", 1, 279),
        ("deals", 5, "companies", 1, 341),
        ("deals", 5, "companies", 2, 341),
        ("deals", 5, "companies", 2, 5),
    )
    connector = portal.connector()

    contacts = records(pull(connector, "contacts", cursor))
    (deal,) = records(pull(connector, "deals", cursor))

    accounts = {one.remote_id: one.account_id for one in contacts if isinstance(one, Contact)}
    assert accounts == {"7": "2", "8": "1", "9": None}
    assert isinstance(deal, Deal)
    assert (deal.account_id, deal.is_closed, deal.is_won) == ("2", True, True)


@pytest.mark.parametrize("cursor", WINDOWS)
def test_a_meeting_has_all_its_people_however_many(portal: HubspotHarness, cursor: Cursor) -> None:
    people = range(1, 251)
    load(portal, "companies", companies([900]))
    load(portal, "contacts", {one: {"email": f"p{one}@x.example"} for one in people})
    start = LOADED_AT + timedelta(days=1)
    load(portal, "meetings", {5: {"hs_timestamp": start.isoformat()}})
    link(portal, ("meetings", 5, "companies", 900, 188))
    link(portal, *[("meetings", 5, "contacts", one, 200) for one in people])

    (meeting,) = records(pull(portal.connector(), "meetings", cursor))

    assert isinstance(meeting, Activity)
    assert meeting.account_id == "900"
    assert sorted(map(int, meeting.contact_ids)) == list(people)


def test_links_of_a_delta_are_read_once_a_page(portal: HubspotHarness) -> None:
    load(portal, "companies", companies([1]))
    load(portal, "contacts", {one: {"email": f"p{one}@x.example"} for one in range(10, 160)})
    link(portal, *[("contacts", one, "companies", 1, 279) for one in range(10, 160, 2)])

    found = records(pull(portal.connector(), "contacts", Cursor(since=LOADED_AT)))

    assert sum(one.account_id == "1" for one in found if isinstance(one, Contact)) == 75
    assert sum("associations" in path for path in paths(portal)) == 1


def test_a_first_load_needs_no_call_for_links(portal: HubspotHarness) -> None:
    load(portal, "companies", companies([1]))
    load(portal, "contacts", {one: {"email": f"p{one}@x.example"} for one in range(10, 160)})
    link(portal, *[("contacts", one, "companies", 1, 279) for one in range(10, 160, 2)])

    pull(portal.connector(), "contacts")

    assert not any("associations" in path for path in paths(portal))
