"""One emulated CRM of each kind for the tests of this folder, empty again before each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.harness import started
from tests.contract.hubspot_harness import HubspotHarness
from tests.contract.salesforce_harness import SalesforceHarness
from tests.contract.worlds import LOADED_AT
from tests.faults.salesforce_mirror import Mirror


@pytest.fixture(scope="module")
def salesforce() -> Iterator[SalesforceHarness]:
    yield from started(SalesforceHarness())


@pytest.fixture
def crm(salesforce: SalesforceHarness) -> SalesforceHarness:
    salesforce.reset()
    salesforce.set_clock(LOADED_AT)
    return salesforce


@pytest.fixture
def mirror(crm: SalesforceHarness, tmp_path: Path) -> Iterator[Mirror]:
    made = Mirror.in_folder(crm, tmp_path)
    yield made
    made.database.close()


@pytest.fixture(scope="session")
def running_portal() -> Iterator[HubspotHarness]:
    yield from started(HubspotHarness())


@pytest.fixture
def portal(running_portal: HubspotHarness) -> HubspotHarness:
    running_portal.reset()
    return running_portal
