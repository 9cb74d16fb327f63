"""A new, empty organisation for each test, with its clock stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.test_salesforce_emulator import Api, running

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = "2026-05-13T12:00:00+00:00"  # a Wednesday


@pytest.fixture
def api() -> Iterator[Api]:
    with running() as client:
        client.control("clock", {"freeze": NOW})
        yield client
