"""One emulated organisation per module, emptied before every test, with its clock stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.test_salesforce_emulator import Api, running

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = "2026-05-13T12:00:00+00:00"  # a Wednesday


@pytest.fixture(scope="module")
def organisation() -> Iterator[Api]:
    with running() as client:
        yield client


@pytest.fixture
def api(organisation: Api) -> Api:
    organisation.control("reset", {})
    organisation.control("clock", {"freeze": NOW})
    organisation.login()
    return organisation
