"""The bench's worlds: what they promise is what an emulator then holds."""

from datetime import datetime

from bench import hubspot_world, salesforce_world
from emulators import hubspot, salesforce


def test_a_hubspot_world_is_loaded_whole_and_a_fifth_of_it_changed_late() -> None:
    backend = hubspot.create_app().backend
    backend.load(hubspot_world.contacts(250))

    contacts = backend.state("contacts")
    since = datetime.fromisoformat(hubspot_world.CHANGED_SINCE)
    late = [one for one in contacts if datetime.fromisoformat(one["updatedAt"]) >= since]
    assert (len(contacts), len(late), len(backend.state("companies"))) == (250, 50, 2)
    assert len({one["properties"]["email"] for one in contacts}) == 250


def test_every_hubspot_object_that_is_read_has_as_many_records() -> None:
    backend = hubspot.create_app().backend
    backend.load(hubspot_world.objects(12))

    names = ("companies", "contacts", "deals", "calls", "meetings", "emails")
    assert [len(backend.state(name)) for name in names] == [12] * 6


def test_a_salesforce_world_is_loaded_whole() -> None:
    backend = salesforce.create_app().backend
    backend.load(salesforce_world.contacts(250))

    accounts = {one["Id"] for one in backend.state("Account")}
    contacts = backend.state("Contact")
    assert len(contacts) == 250
    assert accounts == {salesforce_world.account_id(0), salesforce_world.account_id(1)}
    assert {one["AccountId"] for one in contacts} == accounts
