"""Runs every test of the suite once for each CRM that has a harness."""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec

import pytest

from connectors import registry
from connectors.contract import Connector
from tests.contract.harness import CrmHarness


def harness_module(crm: str) -> str:
    """The module that a CRM's harness lives in."""
    return f"tests.contract.{crm}_harness"


_WITH_HARNESS = [name for name in registry.names() if find_spec(harness_module(name))]


@pytest.fixture(scope="session", params=_WITH_HARNESS)
def running(request: pytest.FixtureRequest) -> Iterator[CrmHarness]:
    harness: CrmHarness = import_module(harness_module(request.param)).HARNESS()
    harness.start()
    yield harness
    harness.stop()


@pytest.fixture
def crm(running: CrmHarness) -> CrmHarness:
    running.reset()
    return running


@pytest.fixture
def connector(crm: CrmHarness) -> Connector:
    return crm.connector()
