"""What pulling and fetching promise, whatever the CRM."""

from datetime import timedelta

from connectors.contract import Connector
from core.cursors import Cursor
from core.records import Account, Activity, Contact, Deal, Kind, RecordRef
from tests.contract.harness import CrmHarness
from tests.contract.worlds import (
    EDITED_AT,
    LOADED_AT,
    PULLED_AT,
    accounts,
    ids,
    moves_forward,
    pull_all,
    records,
    small_world,
    tombstones,
)


def test_a_full_pull_gives_every_account_once(crm: CrmHarness, connector: Connector) -> None:
    crm.set_clock(LOADED_AT)
    loaded = crm.load(accounts(2 * crm.page_size + 1))
    crm.settle()
    crm.set_clock(PULLED_AT)

    pages = pull_all(connector, Kind.ACCOUNT)

    assert sorted(ids(pages)) == sorted(loaded.values())
    assert len(pages) >= 3
    assert moves_forward(pages)
    assert not any(page.skipped for page in pages)


def test_records_say_what_was_loaded(crm: CrmHarness, connector: Connector) -> None:
    crm.set_clock(LOADED_AT)
    loaded = crm.load(small_world())
    crm.settle()
    crm.set_clock(PULLED_AT)

    by_id = {record.remote_id: record for kind in Kind for record in records(pull_all(connector, kind))}
    acme, ann, deal = (by_id[loaded[key]] for key in ("acme", "ann", "deal"))
    meetings = [one for one in by_id.values() if isinstance(one, Activity) and one.type == "meeting"]

    assert isinstance(acme, Account)
    assert (acme.name, acme.modified_at) == ("Acme", LOADED_AT)
    assert acme.website is not None
    assert "acme.example" in acme.website
    assert isinstance(ann, Contact)
    assert (ann.account_id, ann.email, ann.name) == (loaded["acme"], "ann@acme.example", "Ann Ek")
    assert ann.title == "VP Marketing"
    assert isinstance(deal, Deal)
    assert (deal.account_id, deal.amount, deal.is_closed, deal.is_won) == (
        loaded["acme"],
        12500.5,
        False,
        False,
    )
    assert [
        (one.remote_id.partition(":")[2], one.contact_ids, one.minutes, one.occurred_at) for one in meetings
    ] == [(loaded["meeting"], (loaded["ann"],), 45, LOADED_AT - timedelta(days=3))]


def test_managed_values_are_empty_before_install(crm: CrmHarness, connector: Connector) -> None:
    crm.load(small_world())
    crm.settle()

    pulled = records(pull_all(connector, Kind.ACCOUNT)) + records(pull_all(connector, Kind.CONTACT))

    assert len(pulled) == 5
    assert all(one.managed == {} for one in pulled if isinstance(one, Account | Contact))


def test_any_page_is_a_place_to_go_on_from(crm: CrmHarness) -> None:
    crm.set_clock(LOADED_AT)
    loaded = crm.load(accounts(2 * crm.page_size + 1))
    crm.settle()
    crm.set_clock(PULLED_AT)
    pages = pull_all(crm.connector(), Kind.ACCOUNT)

    for end in range(1, len(pages)):
        cursor = Cursor.from_json(pages[end - 1].next_cursor.to_json())
        rest = pull_all(crm.connector(), Kind.ACCOUNT, cursor)
        assert {*ids(pages[:end]), *ids(rest)} == set(loaded.values())
        assert rest[-1].next_cursor == pages[-1].next_cursor


def test_an_empty_window_still_closes(crm: CrmHarness, connector: Connector) -> None:
    crm.set_clock(PULLED_AT)

    (page,) = pull_all(connector, Kind.ACCOUNT)

    assert page.records == []
    assert page.next_cursor == Cursor(since=PULLED_AT)


def test_a_delta_sees_an_edit_and_nothing_else(crm: CrmHarness, connector: Connector) -> None:
    crm.set_clock(LOADED_AT)
    loaded = crm.load(accounts(3))
    crm.settle()
    crm.set_clock(PULLED_AT)
    cursor = pull_all(connector, Kind.ACCOUNT)[-1].next_cursor
    crm.set_clock(EDITED_AT)
    crm.rename_account(loaded["a1"], "New name")
    crm.settle()

    (changed,) = records(pull_all(connector, Kind.ACCOUNT, cursor))

    assert isinstance(changed, Account)
    assert (changed.remote_id, changed.name) == (loaded["a1"], "New name")


def test_the_lower_bound_is_closed(crm: CrmHarness, connector: Connector) -> None:
    crm.set_clock(LOADED_AT)
    loaded = crm.load(accounts(2))
    crm.settle()

    pages = pull_all(connector, Kind.ACCOUNT, Cursor(since=LOADED_AT))

    assert sorted(ids(pages)) == sorted(loaded.values())


def test_equal_stamps_across_page_borders_lose_nothing(crm: CrmHarness, connector: Connector) -> None:
    crm.set_clock(LOADED_AT)
    crm.load(accounts(3))
    crm.set_clock(EDITED_AT)
    loaded = crm.load(accounts(2 * crm.page_size + 1))
    crm.settle()
    crm.set_clock(EDITED_AT + timedelta(hours=1))

    pages = pull_all(connector, Kind.ACCOUNT, Cursor(since=EDITED_AT))

    assert sorted(set(ids(pages))) == sorted(loaded.values())


def test_a_deleted_account_is_a_tombstone_in_the_next_delta(crm: CrmHarness, connector: Connector) -> None:
    crm.set_clock(LOADED_AT)
    loaded = crm.load(accounts(3))
    crm.settle()
    crm.set_clock(PULLED_AT)
    cursor = pull_all(connector, Kind.ACCOUNT)[-1].next_cursor
    crm.set_clock(EDITED_AT)
    crm.delete(RecordRef(Kind.ACCOUNT, loaded["a2"]))
    crm.settle()

    pages = pull_all(connector, Kind.ACCOUNT, cursor)

    assert [stone.ref for stone in tombstones(pages)] == [RecordRef(Kind.ACCOUNT, loaded["a2"])]
    assert loaded["a2"] not in ids(pages)


def test_a_merge_is_a_tombstone_that_names_the_survivor(crm: CrmHarness, connector: Connector) -> None:
    crm.set_clock(LOADED_AT)
    loaded = crm.load(accounts(3))
    crm.settle()
    crm.set_clock(PULLED_AT)
    cursor = pull_all(connector, Kind.ACCOUNT)[-1].next_cursor
    crm.set_clock(EDITED_AT)
    survivor = crm.merge_accounts(loaded["a0"], loaded["a1"])
    crm.settle()

    pages = pull_all(connector, Kind.ACCOUNT, cursor)

    gone = {stone.ref.remote_id: stone.survivor_id for stone in tombstones(pages)}
    assert gone[loaded["a1"]] == survivor
    assert survivor in ids(pages)


def test_fetch_reads_what_is_there_and_buries_what_is_not(crm: CrmHarness, connector: Connector) -> None:
    loaded = crm.load(small_world())
    gone = RecordRef(Kind.CONTACT, loaded["bo"])
    crm.delete(gone)
    crm.settle()
    refs = [RecordRef(Kind.ACCOUNT, loaded["acme"]), RecordRef(Kind.CONTACT, loaded["ann"]), gone]

    pages = list(connector.fetch(refs))

    assert sorted(ids(pages)) == sorted([loaded["acme"], loaded["ann"]])
    assert [stone.ref for stone in tombstones(pages)] == [gone]


def test_fetch_of_a_merged_account_names_the_survivor(crm: CrmHarness, connector: Connector) -> None:
    loaded = crm.load(accounts(2))
    survivor = crm.merge_accounts(loaded["a0"], loaded["a1"])
    crm.settle()

    pages = list(connector.fetch([RecordRef(Kind.ACCOUNT, loaded["a1"])]))

    assert [(stone.ref.remote_id, stone.survivor_id) for stone in tombstones(pages)] == [
        (loaded["a1"], survivor)
    ]
