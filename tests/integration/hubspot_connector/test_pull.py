"""Pulling: first loads, deltas, resuming, equal stamps, lateness, deletions and merges."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from core.cursors import Cursor
from core.errors import ConfigError, ContractError
from core.records import Account, Contact, Deal, Kind, RecordRef, Tally, Tombstone
from tests.contract.hubspot_harness import HubspotHarness
from tests.integration.hubspot_connector.reading import (
    HOUR,
    LOADED_AT,
    companies,
    ids,
    load,
    paths,
    pull,
    records,
    stream,
    tombstones,
)


def test_a_first_load_lists_and_searches_to_count_only(portal: HubspotHarness) -> None:
    load(portal, "companies", companies(range(1, 251)))

    connector = portal.connector()
    pages = pull(connector, "companies")

    assert [len(page.records) for page in pages] == [100, 100, 50]
    assert ids(pages) == list(range(1, 251))
    assert sum("search" in path for path in paths(portal)) == connector.calls()["count companies"] == 1


def test_a_crash_in_a_delta_loses_nothing(portal: HubspotHarness) -> None:
    load(portal, "companies", companies(range(1, 2001)))
    load(portal, "companies", companies(range(3001, 3501)), at=LOADED_AT + 2 * HOUR)
    load(portal, "companies", companies([9001]), at=LOADED_AT + 2 * HOUR, archived=True)
    whole = pull(portal.connector(), "companies", Cursor(since=LOADED_AT + 2 * HOUR))

    for end in range(1, len(whole)):
        cursor = Cursor.from_json(whole[end - 1].next_cursor.to_json())
        rest = pull(portal.connector(), "companies", cursor)
        assert ids(whole[:end]) + ids(rest) == list(range(3001, 3501))
        assert rest[-1].next_cursor.since == whole[-1].next_cursor.since

    assert tombstones(whole[:1]) == [Tombstone(RecordRef(Kind.ACCOUNT, "9001"))]


@pytest.mark.parametrize(("others", "searches", "listings"), [(28_000, 61, 1), (1_000, 2, 131)])
def test_more_than_ten_thousand_records_with_one_modified_time(
    portal: HubspotHarness, others: int, searches: int, listings: int
) -> None:
    changed = range(1, 12_001)
    load(portal, "companies", companies(changed), at=LOADED_AT + 2 * HOUR)
    load(portal, "companies", companies(range(20_001, 20_001 + others)))

    pages = pull(portal.connector(), "companies", Cursor(since=LOADED_AT + 2 * HOUR))

    assert sorted(set(ids(pages))) == list(changed)
    made = paths(portal)
    assert sum(path.endswith("/companies/search") for path in made) == searches
    # One look into the recycle bin; and the listing, where so many have changed that it is cheaper.
    assert made.count("GET /crm/objects/2026-03/companies") == listings


def test_a_delta_of_few_asks_for_no_count(portal: HubspotHarness) -> None:
    load(portal, "companies", companies(range(1, 11)))

    connector = portal.connector()
    pull(connector, "companies", Cursor(since=LOADED_AT))

    assert connector.calls() == {"describe companies": 1, "read companies": 2}


def test_ids_sort_as_numbers_not_as_text(portal: HubspotHarness) -> None:
    wanted = [*range(98, 300), *range(9_990, 10_010)]
    load(portal, "companies", companies(wanted))

    assert ids(pull(portal.connector(), "companies", Cursor(since=LOADED_AT))) == wanted


def test_a_record_edited_behind_us_comes_with_the_next_window(portal: HubspotHarness) -> None:
    load(portal, "companies", companies(range(1, 401)))
    portal.set_clock(LOADED_AT + 2 * HOUR)
    connector = portal.connector()
    pages = connector.pull(stream(connector, "companies"), Cursor(since=LOADED_AT))
    first = [next(pages), next(pages)]
    portal.rename_account("1", "New name")
    rest = list(pages)

    following = pull(connector, "companies", rest[-1].next_cursor)

    assert set(ids([*first, *rest])) == set(range(1, 401))
    assert [record.name for record in records(following) if isinstance(record, Account)] == ["New name"]


def test_the_next_window_begins_where_this_one_was_opened_not_where_it_ended(portal: HubspotHarness) -> None:
    load(portal, "companies", companies(range(1, 251)))
    for cursor in (Cursor(), Cursor(since=LOADED_AT)):
        portal.set_clock(LOADED_AT + 2 * HOUR)
        connector = portal.connector()
        pages = connector.pull(stream(connector, "companies"), cursor)
        first = next(pages)
        portal.set_clock(LOADED_AT + 4 * HOUR)

        (*_, last) = pages

        assert first.next_cursor.started_at == LOADED_AT + 2 * HOUR
        assert last.next_cursor == Cursor(since=LOADED_AT + 2 * HOUR)


def test_streams_can_be_read_at_once(portal: HubspotHarness) -> None:
    load(portal, "companies", companies(range(1, 951)))
    load(portal, "contacts", {one: {"email": f"p{one}@x.example"} for one in range(2001, 2951)})
    at = {"hs_timestamp": "2026-03-01T08:00:00.000Z"}
    load(portal, "calls", dict.fromkeys(range(4001, 4951), at))
    connector = portal.connector()

    with ThreadPoolExecutor(3) as threads:
        companies_read, contacts_read, calls_read = threads.map(
            lambda name: pull(connector, name), ("companies", "contacts", "calls")
        )

    assert ids(companies_read) == list(range(1, 951))
    assert ids(contacts_read) == list(range(2001, 2951))
    assert len(records(calls_read)) == 950
    assert sum(connector.calls().values()) == len(paths(portal))


def test_what_the_index_shows_late_is_seen_through_the_overlap(portal: HubspotHarness) -> None:
    load(portal, "companies", companies(range(1, 4)))
    portal.control("POST", "settings", {"index_lag_seconds": 30})
    portal.set_clock(LOADED_AT + 2 * HOUR)
    portal.rename_account("2", "Late")
    connector = portal.connector()
    blind = pull(connector, "companies", Cursor(since=LOADED_AT + HOUR + timedelta(seconds=1)))
    portal.set_clock(LOADED_AT + 2 * HOUR + timedelta(seconds=60))

    since = blind[-1].next_cursor.since
    assert since == LOADED_AT + 2 * HOUR
    seen = pull(connector, "companies", Cursor(since=since - timedelta(seconds=300)))

    assert ids(blind) == []
    assert ids(seen) == [2]


def test_a_stale_total_does_not_keep_us_searching(portal: HubspotHarness) -> None:
    load(portal, "companies", companies(range(1, 4)))
    portal.control("POST", "settings", {"index_lag_seconds": 30})
    portal.set_clock(LOADED_AT + 2 * HOUR)
    for one in (1, 2, 3):
        portal.delete(RecordRef(Kind.ACCOUNT, str(one)))

    pages = pull(portal.connector(), "companies", Cursor(since=LOADED_AT))

    assert ids(pages) == []
    assert sorted(stone.ref.remote_id for stone in tombstones(pages)) == ["1", "2", "3"]


def test_pages_of_a_search_that_are_empty_because_of_deletions_do_not_end_it(portal: HubspotHarness) -> None:
    load(portal, "companies", companies(range(1, 701)))
    portal.control("POST", "settings", {"index_lag_seconds": 30})
    portal.set_clock(LOADED_AT + 2 * HOUR)
    for start in range(1, 451, 100):
        gone = [{"id": str(one)} for one in range(start, min(start + 100, 451))]
        portal.api("POST", "/crm/objects/2026-03/companies/batch/archive", {"inputs": gone})
    connector = portal.connector()

    pages = pull(connector, "companies", Cursor(since=LOADED_AT))

    assert ids(pages) == list(range(451, 701))
    assert len(tombstones(pages)) == 450
    assert connector.calls()["read companies"] == 5 + 4


def test_only_what_was_archived_in_the_window_becomes_a_tombstone(portal: HubspotHarness) -> None:
    load(portal, "contacts", {1: {"email": "a@x.example"}}, archived=True)
    load(portal, "contacts", {2: {"email": "b@x.example"}}, at=LOADED_AT + 2 * HOUR, archived=True)

    pages = pull(portal.connector(), "contacts", Cursor(since=LOADED_AT + 2 * HOUR))

    assert tombstones(pages) == [Tombstone(RecordRef(Kind.CONTACT, "2"))]


def test_many_archived_records_are_read_by_page(portal: HubspotHarness) -> None:
    load(portal, "companies", companies(range(1, 251)), archived=True)

    pages = pull(portal.connector(), "companies", Cursor(since=LOADED_AT))

    assert len(tombstones(pages)) == 250


@pytest.mark.parametrize("creates_record", [False, True])
def test_a_chain_of_merges_leads_to_the_last_survivor(
    portal: HubspotHarness, *, creates_record: bool
) -> None:
    load(portal, "companies", companies([1, 2, 3]))
    portal.control("POST", "settings", {"merge_creates_record": creates_record})
    portal.set_clock(LOADED_AT + 2 * HOUR)
    middle = portal.merge_accounts("2", "1")
    last = portal.merge_accounts("3", middle)

    pages = pull(portal.connector(), "companies", Cursor(since=LOADED_AT + 2 * HOUR))

    gone = {stone.ref.remote_id: stone.survivor_id for stone in tombstones(pages)}
    assert gone == dict.fromkeys({"1", "2", "3", middle} - {last}, last)
    assert ids(pages) == [int(last)]


def test_a_survivor_that_was_deleted_takes_the_merged_records_along(portal: HubspotHarness) -> None:
    load(portal, "companies", companies([1, 2]))
    portal.set_clock(LOADED_AT + 2 * HOUR)
    portal.merge_accounts("2", "1")
    portal.delete(RecordRef(Kind.ACCOUNT, "2"))

    pages = pull(portal.connector(), "companies", Cursor(since=LOADED_AT + 2 * HOUR))

    gone = {stone.ref.remote_id: stone.survivor_id for stone in tombstones(pages)}
    assert gone == {"1": "2", "2": None}


def test_contacts_bring_their_marketing_touches(portal: HubspotHarness) -> None:
    opened = "2026-03-01T08:00:00.000Z"
    properties = {"email": "ann@acme.example", "hs_email_last_open_date": opened}
    load(portal, "contacts", {7: properties})
    connector = portal.connector()

    contact, touch = records(pull(connector, "contacts"))
    again = records(pull(connector, "contacts", Cursor(since=LOADED_AT)))

    assert isinstance(contact, Contact)
    assert isinstance(touch, Tally)
    assert (touch.type, touch.contact_id, touch.total) == ("email_open", "7", None)
    assert touch.remote_id == "contact_open:7"
    assert again == [contact, touch]


def test_a_record_that_cannot_be_read_is_skipped_by_name(portal: HubspotHarness) -> None:
    stamp = {"hs_timestamp": "2026-03-01T08:00:00.000Z", "hs_email_direction": "EMAIL"}
    load(portal, "emails", {1: stamp, 2: {"hs_email_direction": "EMAIL"}, 3: stamp})

    (page,) = pull(portal.connector(), "emails")

    assert [record.remote_id for record in page.records] == ["emails:1", "emails:3"]
    assert [(skipped.ref.remote_id, "hs_timestamp" in skipped.reason) for skipped in page.skipped] == [
        ("emails:2", True)
    ]


def test_a_record_that_cannot_be_read_is_found_in_hubspot(portal: HubspotHarness) -> None:
    connector, page = portal.connector(), "https://app.hubspot.com/contacts/4711"

    shown = [
        (RecordRef(Kind.ACTIVITY, "emails:2"), f"{page}/record/0-49/2"),
        (RecordRef(Kind.DEAL, "3"), f"{page}/record/0-3/3"),
        (RecordRef(Kind.OWNER, "4"), page),
        (RecordRef(Kind.ACTIVITY, "web_events:x"), page),
    ]
    assert [connector.record_url(ref, "4711") for ref, _ in shown] == [url for _, url in shown]


def test_a_mapping_too_long_for_an_address_is_read_in_batches(portal: HubspotHarness) -> None:
    names = [f"{'long_' * 15}{number}" for number in range(100)]
    definitions = [
        {
            "name": name,
            "label": name,
            "type": "string",
            "fieldType": "text",
            "groupName": "companyinformation",
        }
        for name in names
    ]
    portal.control("POST", "load", {"properties": {"companies": definitions}})
    load(portal, "companies", {1: {"name": "Acme", names[99]: "yes"}, 2: {"name": "Beta"}})
    connector = portal.connector(fields={name: name for name in names})

    for cursor in (Cursor(), Cursor(since=LOADED_AT)):
        found = records(pull(connector, "companies", cursor))
        assert [one.fields[names[99]] for one in found if isinstance(one, Account)] == ["yes", None]


def test_a_mapped_property_that_does_not_exist_is_named(portal: HubspotHarness) -> None:
    connector = portal.connector(fields={"industry": "sektor"})

    with pytest.raises(ConfigError, match="sektor"):
        pull(connector, "companies")


def test_a_foreign_position_is_refused(portal: HubspotHarness) -> None:
    with pytest.raises(ContractError, match="nonsense"):
        pull(portal.connector(), "companies", Cursor(position="nonsense:1"))


def test_every_stream_can_be_read(portal: HubspotHarness) -> None:
    connector = portal.connector()

    for one in connector.streams:
        for cursor in (Cursor(), Cursor(since=LOADED_AT)):
            (*_, last) = connector.pull(one, cursor)
            assert last.next_cursor.since is not None


def test_a_closed_deal_may_be_dated_by_a_day(portal: HubspotHarness) -> None:
    signed = {"name": "signed_on", "label": "Signed on", "type": "date", "fieldType": "date"}
    portal.api("POST", "/crm/properties/2026-03/deals", {**signed, "groupName": "dealinformation"})
    deal = {"dealname": "D", "pipeline": "default", "dealstage": "closedwon"}
    load(portal, "deals", {1: {**deal, "signed_on": "2026-01-31"}, 2: {**deal, "signed_on": "1769817600000"}})

    (page,) = pull(portal.connector(deal_fields={"closes_on": "signed_on"}), "deals")

    closed = [one.closed_at for one in page.records if isinstance(one, Deal)]
    assert closed == [datetime(2026, 1, 31, tzinfo=UTC)] * 2
    assert list(page.skipped) == []
