"""Emulated CRMs as child processes, filled with a generated world before they answer."""

import gc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

import requests

from emulators.common.server import start

TOKEN = "demo-token"  # noqa: S105 what the emulated HubSpot accepts
CLIENT = ("demo-client", "demo-secret")
"""Client id and secret that the emulated Salesforce accepts."""

MakeWorld = Callable[[int], dict[str, Any]]
"""Native records for a number of records; must be importable by name."""


_TIMEOUT_SECONDS = 120
_THREADS = 32
"""More than clients ask at once, so that waiting for latency never holds a request back."""


@dataclass(frozen=True, slots=True)
class Emulator:
    """A running emulator, seen through its control routes."""

    url: str

    def change(self, **settings: Any) -> None:
        """Change its settings."""
        answer = requests.post(f"{self.url}/_emulator/settings", json=settings, timeout=_TIMEOUT_SECONDS)
        answer.raise_for_status()

    def advance(self, seconds: float) -> None:
        """Move its clock; a negative number moves it back."""
        answer = requests.post(
            f"{self.url}/_emulator/clock", json={"advance_seconds": seconds}, timeout=_TIMEOUT_SECONDS
        )
        answer.raise_for_status()

    def arrivals(self) -> list[datetime]:
        """When each of the last 10,000 requests arrived, oldest first."""
        return [at for at, _ in self.journal()]

    def journal(self) -> list[tuple[datetime, str]]:
        """When each of the last 10,000 requests arrived, with its method and path, oldest first."""
        return [
            (datetime.fromisoformat(one["at"]), f"{one['method']} {one['path']}")
            for one in self._get("requests")["requests"]
        ]

    def took(self) -> list[tuple[str, float]]:
        """Method and path of each of the last 10,000 requests, and the seconds until it was answered, oldest first.

        What waits for its answer is left out.
        """
        return [
            (f"{one['method']} {one['path']}", one["milliseconds"] / 1000)
            for one in self._get("requests")["requests"]
            if one["milliseconds"] is not None
        ]

    def statuses(self) -> Counter[str]:
        """Answers so far by HTTP status."""
        return Counter(self._get("requests/summary")["by_status"])

    def endpoints(self) -> Counter[str]:
        """Requests so far by method and path."""
        return Counter(self._get("requests/summary")["by_endpoint"])

    def _get(self, route: str) -> Any:
        answer = requests.get(f"{self.url}/_emulator/{route}", timeout=_TIMEOUT_SECONDS)
        answer.raise_for_status()
        return answer.json()


@contextmanager
def emulator(crm: str, make_world: MakeWorld, size: int) -> Iterator[Emulator]:
    """An emulated CRM with `make_world(size)` in it; it ends with the block."""
    here, there = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_serve, args=(crm, make_world, size, there), daemon=True)
    process.start()
    there.close()
    try:
        yield Emulator(here.recv())
    finally:
        here.close()
        process.join()


def _serve(crm: str, make_world: MakeWorld, size: int, parent: Connection) -> None:
    app = import_module(f"emulators.{crm}").create_app()
    app.backend.load(make_world(size))
    gc.freeze()  # the collector need not walk a world that stays
    running = start(app, threads=_THREADS)
    parent.send(running.url)
    try:
        parent.recv()
    except EOFError:  # the parent closed its end: that is the sign to stop
        running.stop()
