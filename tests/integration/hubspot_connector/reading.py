"""How these tests load native records and read them back through the connector."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.contract import Connector
from core.changes import Page, Stream
from core.clock import wire_instant
from core.cursors import Cursor
from core.records import Record, Tombstone
from tests.contract.hubspot_harness import HubspotHarness

LOADED_AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
EVERYTHING = Cursor()


def load(
    portal: HubspotHarness,
    object_type: str,
    rows: Mapping[int, Mapping[str, Any]],
    *,
    at: datetime = LOADED_AT,
    **more: Any,
) -> None:
    """Load records of one type by id, all with one modification time."""
    stamp = wire_instant(at)
    records = [
        {"id": str(one), "properties": dict(values), "createdAt": stamp, "updatedAt": stamp, **more}
        for one, values in rows.items()
    ]
    portal.control("POST", "load", {"objects": {object_type: records}})


def companies(ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Companies by id."""
    return {one: {"name": f"Company {one}", "domain": f"c{one}.example"} for one in ids}


def link(portal: HubspotHarness, *rows: tuple[str, int, str, int, int]) -> None:
    """Associate loaded records: from type, from id, to type, to id, association type."""
    portal.control("POST", "load", {"associations": [list(row) for row in rows]})


def stream(connector: Connector, name: str) -> Stream:
    """A stream by its name."""
    return next(one for one in connector.streams if one.name == name)


def pull(connector: Connector, name: str, cursor: Cursor = EVERYTHING) -> list[Page]:
    """All pages of a stream."""
    return list(connector.pull(stream(connector, name), cursor))


def records(pages: Iterable[Page]) -> list[Record]:
    """The records of pages in order."""
    return [record for page in pages for record in page.records]


def ids(pages: Iterable[Page]) -> list[int]:
    """The ids of pages in order, with repeats."""
    return [int(record.remote_id) for record in records(pages)]


def tombstones(pages: Iterable[Page]) -> list[Tombstone]:
    """The tombstones of pages in order."""
    return [stone for page in pages for stone in page.tombstones]


def paths(portal: HubspotHarness) -> list[str]:
    """Method and path of every request so far."""
    return [f"{one['method']} {one['path']}" for one in portal.control("GET", "requests")["requests"]]
