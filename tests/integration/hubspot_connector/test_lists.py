"""Target lists in HubSpot."""

import pytest

from connectors.contract import Connector, Wanted
from core.changes import Outcome, TargetList
from core.errors import ConfigError, ContractError
from tests.contract.hubspot_harness import HubspotHarness
from tests.integration.hubspot_connector.reading import companies, load

WANTED = Wanted(fields=[], lists=[TargetList("one_to_one", "1:1 accounts")])
NAME = "ABM: 1:1 accounts"


@pytest.fixture
def connector(portal: HubspotHarness) -> Connector:
    return portal.connector()


def make_list(connector: Connector) -> str:
    (item,) = connector.provision(WANTED).created
    assert item.remote_id
    return item.remote_id


def test_a_list_is_manual_and_of_companies(portal: HubspotHarness, connector: Connector) -> None:
    make_list(connector)

    (found,) = portal.state("lists")
    assert (found["name"], found["processingType"], found["objectTypeId"]) == (NAME, "MANUAL", "0-2")


def test_a_lost_answer_makes_no_second_list(portal: HubspotHarness, connector: Connector) -> None:
    portal.break_with({"method": "POST", "path": "/lists/2026-03$", "times": 1, "drop": "after"})

    made = make_list(connector)

    assert list(portal.lists()) == [made]


def test_many_members_are_read_by_page(portal: HubspotHarness, connector: Connector) -> None:
    load(portal, "companies", companies(range(1, 601)))
    made = make_list(connector)
    wanted = [str(one) for one in range(1, 601)]

    results = connector.change_members(made, add=wanted, remove=[])

    assert {result.outcome for result in results} == {Outcome.WRITTEN}
    assert sorted(connector.members(made), key=int) == wanted
    assert connector.calls()["read members"] == 1 + 3
    assert connector.calls()["change members"] == 1


def test_companies_that_are_not_there_are_rejected_the_others_join(
    portal: HubspotHarness, connector: Connector
) -> None:
    load(portal, "companies", companies([1]))
    made = make_list(connector)

    there, gone = connector.change_members(made, add=["1", "999"], remove=[])

    assert (there.outcome, gone.outcome) == (Outcome.WRITTEN, Outcome.REJECTED)
    assert (gone.ref.remote_id, gone.code) == ("999", "RECORD_MISSING")
    assert portal.list_members(made) == {"1"}


def test_a_list_that_became_dynamic_is_named(portal: HubspotHarness, connector: Connector) -> None:
    dynamic = {"name": NAME, "objectTypeId": "0-2", "processingType": "DYNAMIC", "filterBranch": {"f": 1}}
    made = str(portal.api("POST", "/crm/lists/2026-03", dynamic)["list"]["listId"])

    with pytest.raises(ContractError, match=NAME):
        list(connector.members(made))
    with pytest.raises(ContractError, match="DYNAMIC, not MANUAL"):
        connector.change_members(made, add=["1"], remove=[])
    with pytest.raises(ConfigError, match=f"{NAME}.*rename or delete it"):
        connector.provision(WANTED)


def test_a_deleted_list_is_not_an_empty_one(portal: HubspotHarness, connector: Connector) -> None:
    made = make_list(connector)
    portal.api("DELETE", f"/crm/lists/2026-03/{made}")

    with pytest.raises(ContractError, match=made):
        list(connector.members(made))
    with pytest.raises(ContractError, match=made):
        connector.change_members(made, add=["1"], remove=[])


def test_a_list_in_the_recycle_bin_is_gone(portal: HubspotHarness, connector: Connector) -> None:
    made = make_list(connector)
    deleted = {"list": {"listId": made, "processingType": "MANUAL", "deletedAt": "2026-03-02T09:30:00Z"}}
    portal.break_with({"method": "GET", "path": f"/lists/2026-03/{made}$", "status": 200, "body": deleted})

    with pytest.raises(ContractError, match="deleted"):
        list(connector.members(made))


def test_nothing_to_change_is_no_call(connector: Connector) -> None:
    assert connector.change_members("1", add=[], remove=[]) == []
    assert connector.calls() == {}


def test_a_list_that_is_full_is_not_called_gone(portal: HubspotHarness, connector: Connector) -> None:
    made = make_list(connector)
    full = {"category": "VALIDATION_ERROR", "message": "A list can have at most 100000 members."}
    portal.break_with({"path": "/add-and-remove$", "status": 400, "body": full})

    with pytest.raises(ContractError, match=r"at most 100000 members.*100,000.*thresholds") as raised:
        connector.change_members(made, ["1"], [])
    assert "gone" not in str(raised.value)


def test_a_list_that_went_between_looking_and_changing_is_called_gone(
    portal: HubspotHarness, connector: Connector
) -> None:
    made = make_list(connector)
    portal.api("DELETE", f"/crm/lists/2026-03/{made}")

    with pytest.raises(ContractError, match="is gone"):
        connector.change_members(made, ["1"], [])
