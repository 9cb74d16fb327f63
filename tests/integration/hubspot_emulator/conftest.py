"""One emulated portal per module, emptied before every test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from emulators.common.server import start
from emulators.hubspot import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator


class PortalClient:
    """Requests to one emulated portal, with the demo token."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.headers["Authorization"] = "Bearer demo-token"

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        return self.session.request(method, self.url + path, json=body, params=query, timeout=10)

    def get(self, path: str, **query: Any) -> Any:
        return self.ok("GET", path, None, **query)

    def post(self, path: str, body: Any) -> Any:
        return self.ok("POST", path, body)

    def ok(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        response = self.call(method, path, body, **query)
        assert response.ok, response.text
        return response.json() if response.content else None

    def error(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, Any]:
        response = self.call(method, path, body, **query)
        assert not response.ok
        return response.status_code, response.json()

    def load(self, **records: Any) -> Any:
        return self.post("/_emulator/load", records)["loaded"]

    def set(self, **settings: Any) -> None:
        self.post("/_emulator/settings", settings)

    def clock(self, **change: Any) -> None:
        self.post("/_emulator/clock", change)

    def create(self, kind: str, **properties: Any) -> str:
        made = self.post(f"/crm/v3/objects/{kind}", {"properties": properties})
        return str(made["id"])

    def search(self, kind: str, *filters: dict[str, Any], **body: Any) -> Any:
        groups = [{"filters": list(filters)}] if filters else []
        return self.post(f"/crm/v3/objects/{kind}/search", {"filterGroups": groups, **body})


@pytest.fixture(scope="module")
def emulator() -> Iterator[PortalClient]:
    running = start(create_app())
    client = PortalClient(running.url)
    yield client
    client.session.close()
    running.stop()


@pytest.fixture
def portal(emulator: PortalClient) -> PortalClient:
    emulator.post("/_emulator/reset", {})
    emulator.set(search_per_second=None)
    return emulator
