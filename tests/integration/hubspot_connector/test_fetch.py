"""Reading hinted records again."""

from connectors.contract import Connector
from core.records import Account, Contact, Kind, RecordRef, Tombstone
from tests.contract.hubspot_harness import HubspotHarness
from tests.integration.hubspot_connector.reading import companies, link, load, records, tombstones


def account(one: int) -> RecordRef:
    return RecordRef(Kind.ACCOUNT, str(one))


def fetch_calls(connector: Connector) -> int:
    return sum(count for name, count in connector.calls().items() if name.startswith("read "))


def test_a_hundred_at_a_time_each_once(portal: HubspotHarness) -> None:
    load(portal, "companies", companies(range(1, 251)))
    connector = portal.connector()

    pages = list(connector.fetch([account(one) for one in (*range(1, 251), 1, 2)]))

    assert sorted(int(record.remote_id) for record in records(pages)) == list(range(1, 251))
    assert fetch_calls(connector) == 3


def test_contacts_come_with_their_company(portal: HubspotHarness) -> None:
    load(portal, "companies", companies([1]))
    load(portal, "contacts", {7: {"email": "a@x.example"}})
    link(portal, ("contacts", 7, "companies", 1, 1))

    found = records(portal.connector().fetch([RecordRef(Kind.CONTACT, "7"), account(1)]))

    assert [type(one) for one in found] == [Account, Contact]
    assert isinstance(found[1], Contact)
    assert found[1].account_id == "1"


def test_a_chain_of_merges_ends_at_the_survivor(portal: HubspotHarness) -> None:
    load(portal, "companies", companies([1, 2, 3]))
    portal.merge_accounts("2", "1")
    portal.merge_accounts("3", "2")

    pages = list(portal.connector().fetch([account(1), account(3), account(99)]))

    assert [one.remote_id for one in records(pages)] == ["3"]
    assert tombstones(pages) == [Tombstone(account(1), "3"), Tombstone(account(99))]


def test_the_survivor_comes_along_when_only_the_loser_was_asked_for(portal: HubspotHarness) -> None:
    load(portal, "companies", companies([1, 2]))
    portal.merge_accounts("2", "1")

    (page,) = portal.connector().fetch([account(1)])

    assert [one.remote_id for one in page.records] == ["2"]
    assert list(page.tombstones) == [Tombstone(account(1), "2")]


def test_the_survivor_has_all_its_values_however_many_are_mapped(portal: HubspotHarness) -> None:
    names = [f"a_property_of_quite_some_length_{number:04}" for number in range(250)]
    text = {"type": "string", "fieldType": "text", "groupName": "companyinformation"}
    portal.control(
        "POST", "load", {"properties": {"companies": [{"name": one, "label": one, **text} for one in names]}}
    )
    load(
        portal,
        "companies",
        {1: {"name": "One"}, 2: {"name": "Two", "domain": "two.example", names[249]: "x"}},
    )
    portal.merge_accounts("2", "1")

    (page,) = portal.connector(fields={one: one for one in names}).fetch([account(1)])

    (survivor,) = page.records
    assert isinstance(survivor, Account)
    assert (survivor.name, survivor.website, survivor.fields[names[249]]) == ("Two", "two.example", "x")
    assert list(page.tombstones) == [Tombstone(account(1), "2")]


def test_a_batch_of_which_nothing_is_left_is_all_tombstones(portal: HubspotHarness) -> None:
    portal.break_with({"path": "/batch/read$", "status": 404, "body": {"category": "OBJECT_NOT_FOUND"}})

    (page,) = portal.connector().fetch([account(1), account(2)])

    assert list(page.tombstones) == [Tombstone(account(1)), Tombstone(account(2))]


def test_other_kinds_are_not_fetched(portal: HubspotHarness) -> None:
    assert list(portal.connector().fetch([RecordRef(Kind.OWNER, "1")])) == []
