"""One emulated portal for all tests of this folder, emptied before each."""

from collections.abc import Iterator

import pytest

from tests.contract.harness import started
from tests.contract.hubspot_harness import HubspotHarness


@pytest.fixture(scope="session")
def running() -> Iterator[HubspotHarness]:
    yield from started(HubspotHarness())


@pytest.fixture
def portal(running: HubspotHarness) -> HubspotHarness:
    running.reset()
    return running
