"""One emulated Salesforce for the tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.contract.salesforce_harness import SalesforceHarness


@pytest.fixture(scope="session")
def salesforce() -> Iterator[SalesforceHarness]:
    harness = SalesforceHarness()
    harness.start()
    yield harness
    harness.stop()
