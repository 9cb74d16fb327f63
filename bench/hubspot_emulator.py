"""`python -m bench.hubspot_emulator [CONTACTS]`: what the emulated HubSpot itself costs, without a network.

It must never be what a measurement of the connector measures: a page of 100 has to stay below 2 ms of CPU.
"""

from __future__ import annotations

import gzip
import resource
import sys
import time
from io import BytesIO
from typing import TYPE_CHECKING, Any

import orjson

from bench.measure import Watch
from emulators.hubspot import create_app

if TYPE_CHECKING:
    from collections.abc import Callable

_CHUNK = 50_000
_GZIP = b"\x1f\x8b"
_PATH = "/crm/v3/objects/contacts"
_NAMES = [
    "email", "firstname", "lastname", "jobtitle", "lifecyclestage", "hs_email_open", "hs_email_click",
    "num_conversion_events", "associatedcompanyid", "lastmodifieddate",
]  # fmt: skip


class Portal:
    """An emulated portal, called as WSGI in this process."""

    def __init__(self) -> None:
        self._app = create_app()

    def call(self, method: str, path: str, body: Any = None, query: str = "") -> bytes:
        """The body of an answer. ValueError: its status is no success."""
        raw = b"" if body is None else orjson.dumps(body)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(raw)),
            "wsgi.input": BytesIO(raw),
            "HTTP_AUTHORIZATION": "Bearer demo-token",
            "HTTP_ACCEPT_ENCODING": "gzip",
        }
        started: list[str] = []
        answer = b"".join(self._app(environ, lambda status, *_: started.append(status)))  # type: ignore[arg-type]
        if not started[0].startswith("2"):
            raise ValueError(f"{method} {path}: {started[0]} {answer[:200]!r}")
        return gzip.decompress(answer) if answer.startswith(_GZIP) else answer


def contact(number: int) -> dict[str, Any]:
    """One native contact."""
    return {
        "id": number,
        "properties": {
            "email": f"person{number}@company{number % 20_000}.example",
            "firstname": "Ann",
            "lastname": f"Miller {number}",
            "jobtitle": "Chief of staff",
            "lifecyclestage": "lead",
            "hs_email_open": str(number % 7),
            "hs_email_last_open_date": "2026-04-01T10:00:00Z",
            "num_conversion_events": "1",
            "hs_analytics_num_page_views": "5",
        },
        "createdAt": "2025-01-01T00:00:00Z",
        "updatedAt": f"2026-01-01T00:{number // 60 % 60:02}:{number % 60:02}.000Z",
    }


def search(portal: Portal, turn: int) -> None:
    """One page of a search by modified date, as a connector pages."""
    condition = {"propertyName": "lastmodifieddate", "operator": "GTE", "value": "1767225600000"}
    sort = {"propertyName": "lastmodifieddate", "direction": "ASCENDING"}
    body = {"filterGroups": [{"filters": [condition]}], "sorts": [sort], "properties": _NAMES}
    portal.call("POST", f"{_PATH}/search", {**body, "limit": 100, "after": str(turn % 90 * 100)})


def read(portal: Portal, turn: int) -> None:
    """One batch read of 100."""
    inputs = [{"id": str(turn * 100 + number)} for number in range(1, 101)]
    portal.call("POST", f"{_PATH}/batch/read", {"properties": _NAMES, "inputs": inputs})


def write(portal: Portal, turn: int) -> None:
    """One batch update of two values of 100 contacts."""
    inputs = [
        {
            "id": str(turn * 100 + number),
            "properties": {"firstname": f"Name {turn}", "jobtitle": f"Title {turn}"},
            "objectWriteTraceId": str(number),
        }
        for number in range(1, 101)
    ]
    portal.call("POST", f"{_PATH}/batch/update", {"inputs": inputs})


def page(portal: Portal, turn: int) -> None:
    """One page of 100 of the list endpoint."""
    query = f"limit=100&after={1 + turn * 100}&properties={','.join(_NAMES)}"
    portal.call("GET", _PATH, query=query)


def mean_ms(act: Callable[[Portal, int], None], portal: Portal, turns: int) -> float:
    """Mean CPU milliseconds of one act, after one to warm up."""
    act(portal, 0)
    started = time.process_time()
    for turn in range(1, turns + 1):
        act(portal, turn)
    return (time.process_time() - started) / turns * 1000


def loaded(contacts: int) -> Portal:
    """A portal without limits that holds so many contacts."""
    portal = Portal()
    limits = {"burst_limit": None, "daily_limit": None, "search_per_second": None}
    portal.call("POST", "/_emulator/settings", limits)
    for first in range(1, contacts + 1, _CHUNK):
        rows = [contact(number) for number in range(first, min(first + _CHUNK, contacts + 1))]
        portal.call("POST", "/_emulator/load", {"objects": {"contacts": rows}})
    return portal


def costs(watch: Watch, contacts: int) -> dict[str, float]:
    """CPU milliseconds of each kind of request, over enough contacts for its pages."""
    portal = loaded(contacts)
    with watch:
        return {
            name: mean_ms(act, portal, min(turns, contacts // 100 - 1))
            for name, (act, turns) in _ACTS.items()
        }


def main() -> None:
    """Load, measure, print."""
    contacts = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    for name, milliseconds in costs(Watch(), contacts).items():
        print(f"{name:24} {milliseconds:.2f} ms CPU")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{contacts:,} contacts, {peak:,} MB at most")


PAGE = "page of 100, gzip"
_ACTS = {
    PAGE: (page, 200),
    "search page of 100": (search, 200),
    "batch read of 100": (read, 200),
    "batch update of 100": (write, 50),
}

if __name__ == "__main__":
    main()
