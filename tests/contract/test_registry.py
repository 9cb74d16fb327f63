"""A CRM is not in the registry until it is held to the contract."""

from importlib import import_module

import pytest

from connectors import registry
from tests.contract.conftest import harness_module


@pytest.mark.parametrize("name", registry.names())
def test_every_registered_crm_is_held_to_the_contract(name: str) -> None:
    harness = import_module(harness_module(name)).HARNESS

    assert harness.crm == name
    assert registry.crm(name).settings.model_fields["crm"].annotation is not None
