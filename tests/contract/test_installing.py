"""What provisioning, target lists and checking promise, whatever the CRM."""

from connectors.contract import Connector
from core.changes import Outcome
from core.managed_fields import MANAGED_FIELDS
from tests.contract.harness import CrmHarness
from tests.contract.worlds import WANTED, accounts, list_item


def test_a_dry_run_says_everything_and_changes_nothing(crm: CrmHarness, connector: Connector) -> None:
    planned = connector.provision(WANTED, dry_run=True)

    assert {item.type for item in planned.created} >= {"field", "list"}
    assert sum(item.type == "field" for item in planned.created) == len(MANAGED_FIELDS)
    assert list(planned.existing) == []
    assert crm.managed_field_names() == set()
    assert crm.lists() == {}


def test_install_makes_what_the_dry_run_said(crm: CrmHarness, connector: Connector) -> None:
    planned = connector.provision(WANTED, dry_run=True)

    made = connector.provision(WANTED)

    assert {(item.type, item.name) for item in made.created} == {
        (item.type, item.name) for item in planned.created
    }
    assert len(crm.managed_field_names()) == len(MANAGED_FIELDS)
    assert list(crm.lists()) == [list_item(made.created).remote_id]


def test_installing_twice_makes_nothing_twice(crm: CrmHarness, connector: Connector) -> None:
    first = connector.provision(WANTED)
    lists = crm.lists()

    second = crm.connector().provision(WANTED)

    assert list(second.created) == []
    assert {(item.type, item.name) for item in second.existing} == {
        (item.type, item.name) for item in first.created
    }
    assert crm.lists() == lists
    assert list_item(second.existing).remote_id == list_item(first.created).remote_id


def test_uninstall_removes_exactly_what_install_made(crm: CrmHarness, connector: Connector) -> None:
    made = connector.provision(WANTED)
    would = connector.deprovision(made.created, dry_run=True)
    assert len(crm.managed_field_names()) == len(MANAGED_FIELDS)

    removed = connector.deprovision(made.created)

    assert {(item.type, item.name) for item in removed.removed} == {
        (item.type, item.name) for item in made.created
    }
    assert removed == would
    assert crm.managed_field_names() == set()
    assert crm.lists() == {}
    assert list(connector.deprovision(made.created).removed) == []


def test_uninstall_leaves_what_the_inventory_does_not_name(crm: CrmHarness, connector: Connector) -> None:
    made = connector.provision(WANTED)
    kept = next(item for item in made.created if item.type == "field")

    connector.deprovision([item for item in made.created if item.type == "field" and item != kept])

    assert len(crm.managed_field_names()) == 1
    assert len(crm.lists()) == 1


def test_members_are_added_and_removed_and_foreign_ones_stay(crm: CrmHarness, connector: Connector) -> None:
    list_id = list_item(connector.provision(WANTED).created).remote_id
    assert list_id is not None
    loaded = crm.load(accounts(4))
    crm.add_member(list_id, loaded["a3"])

    added = connector.change_members(list_id, add=[loaded["a0"], loaded["a1"]], remove=[])
    changed = connector.change_members(list_id, add=[loaded["a2"]], remove=[loaded["a0"]])

    assert [result.outcome for result in (*added, *changed)] == [Outcome.WRITTEN] * 4
    assert [result.ref.remote_id for result in changed] == [loaded["a2"], loaded["a0"]]
    assert crm.list_members(list_id) == {loaded["a1"], loaded["a2"], loaded["a3"]}
    assert set(connector.members(list_id)) == {loaded["a1"], loaded["a2"], loaded["a3"]}


def test_changing_members_twice_is_harmless(crm: CrmHarness, connector: Connector) -> None:
    list_id = list_item(connector.provision(WANTED).created).remote_id
    assert list_id is not None
    loaded = crm.load(accounts(2))

    for _ in range(2):
        results = connector.change_members(list_id, add=[loaded["a0"]], remove=[loaded["a1"]])
        assert [result.outcome for result in results] == [Outcome.WRITTEN] * 2

    assert crm.list_members(list_id) == {loaded["a0"]}


def test_more_members_than_a_page_are_all_read(crm: CrmHarness, connector: Connector) -> None:
    list_id = list_item(connector.provision(WANTED).created).remote_id
    assert list_id is not None
    loaded = list(crm.load(accounts(crm.page_size + 1)).values())
    size = connector.capabilities.member_batch
    for start in range(0, len(loaded), size):
        connector.change_members(list_id, add=loaded[start : start + size], remove=[])

    assert sorted(connector.members(list_id)) == sorted(loaded)


def test_check_of_a_fresh_org_asks_for_the_fields_and_changes_nothing(
    crm: CrmHarness, connector: Connector
) -> None:
    report = connector.check()

    assert report.org_id
    assert report.calls_left is None or report.calls_left > 0
    assert report.problems == []
    assert any(finding.level == "warning" and "install" in finding.advice for finding in report.findings)
    assert crm.managed_field_names() == set()


def test_check_of_an_installed_org_is_satisfied(connector: Connector) -> None:
    connector.provision(WANTED)

    assert [one for one in connector.check().findings if one.level != "ok"] == []
