"""What a connector does when the CRM, the network or the credential fails."""

from collections.abc import Iterator

import pytest

from connectors.contract import Connector
from core.changes import FieldWrite, Outcome
from core.errors import AuthError, ContractError, TransientError
from core.records import Kind, RecordRef
from tests.contract.harness import SECRET, WRONG_SECRET, CrmHarness, Fault, PatientTiming
from tests.contract.worlds import WANTED, accounts, ids, list_item, pull_all


@pytest.mark.parametrize("fault", ["rate_limited_once", "server_error_once", "connection_lost_after_work"])
def test_a_passing_fault_costs_a_read_only_time(crm: CrmHarness, fault: Fault) -> None:
    loaded = crm.load(accounts(2))
    crm.settle()
    patience = PatientTiming()
    connector = crm.connector(timing=patience.timing())
    connector.check()
    crm.break_next(fault)

    pages = pull_all(connector, Kind.ACCOUNT)

    assert sorted(ids(pages)) == sorted(loaded.values())
    assert patience.pauses


@pytest.mark.parametrize("fault", ["rate_limited_once", "server_error_once", "connection_lost_after_work"])
def test_a_passing_fault_costs_a_write_only_time(crm: CrmHarness, fault: Fault) -> None:
    connector = crm.connector()
    connector.provision(WANTED)
    loaded = crm.load(accounts(2))
    writes = [FieldWrite(RecordRef(Kind.ACCOUNT, one), {"fit_score": "7.0"}) for one in loaded.values()]
    connector.write_fields(writes)
    crm.break_next(fault)

    results = connector.write_fields(writes)

    assert [result.outcome for result in results] == [Outcome.WRITTEN] * 2


@pytest.mark.parametrize("fault", ["rate_limited_once", "server_error_once", "connection_lost_after_work"])
def test_a_passing_fault_makes_no_membership_wrong(crm: CrmHarness, fault: Fault) -> None:
    connector = crm.connector()
    list_id = list_item(connector.provision(WANTED).created).remote_id
    assert list_id is not None
    loaded = crm.load(accounts(2))
    crm.break_next(fault)

    results = connector.change_members(list_id, add=list(loaded.values()), remove=[])

    assert [result.outcome for result in results] == [Outcome.WRITTEN] * 2
    assert crm.list_members(list_id) == set(loaded.values())


def test_a_wrong_credential_is_an_auth_error_that_says_what_to_do(crm: CrmHarness) -> None:
    connector = crm.connector(secret=WRONG_SECRET)

    with pytest.raises(AuthError) as raised:
        connector.check()

    assert WRONG_SECRET not in str(raised.value)
    assert "127.0.0.1" in str(raised.value)


def test_a_dead_host_is_a_transient_error_that_names_it(crm: CrmHarness, dead: None) -> None:  # noqa: ARG001
    with pytest.raises(TransientError) as raised:
        crm.connector().check()

    assert "127.0.0.1" in str(raised.value)
    assert SECRET not in str(raised.value)


def test_a_list_that_is_gone_is_not_an_empty_list(crm: CrmHarness, connector: Connector) -> None:
    made = connector.provision(WANTED).created
    item = list_item(made)
    assert item.remote_id is not None
    connector.deprovision([item])

    with pytest.raises(ContractError):
        list(crm.connector().members(item.remote_id))


def test_every_request_is_counted(crm: CrmHarness) -> None:
    crm.load(accounts(crm.page_size + 1))
    crm.settle()
    connector = crm.connector()
    before = crm.requests_seen()

    pull_all(connector, Kind.ACCOUNT)
    connector.provision(WANTED)
    connector.check()

    assert sum(connector.calls().values()) == crm.requests_seen() - before
    assert all(count > 0 for count in connector.calls().values())


@pytest.fixture
def dead(crm: CrmHarness) -> Iterator[None]:
    crm.stop()
    yield
    crm.start()
