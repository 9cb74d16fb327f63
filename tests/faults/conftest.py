"""One emulated HubSpot portal for all fault tests, emptied before each."""

from collections.abc import Iterator

import pytest

from tests.contract.hubspot_harness import HubspotHarness


@pytest.fixture(scope="session")
def running_portal() -> Iterator[HubspotHarness]:
    harness = HubspotHarness()
    harness.start()
    yield harness
    harness.stop()


@pytest.fixture
def portal(running_portal: HubspotHarness) -> HubspotHarness:
    running_portal.reset()
    return running_portal
