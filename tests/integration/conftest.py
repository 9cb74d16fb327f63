"""One emulated Salesforce for the tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.contract.harness import started
from tests.contract.salesforce_harness import SalesforceHarness


@pytest.fixture(scope="session")
def salesforce() -> Iterator[SalesforceHarness]:
    yield from started(SalesforceHarness())
