"""Searching for what changed: by modified date, keyset by id, so that no search comes near its 10,000 hits.

The index is late, by seconds as a rule and now and then by much more than any overlap. So each window also looks a
second time at what was modified a while ago (`second_look`): windows follow each other without a gap, and so do the
same windows moved back by that while; everything is seen twice, the second time when the index surely has it. A
window that is longer than the while simply begins earlier. What the last full read has listed needs no second look.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from connectors.hubspot import version
from connectors.hubspot.client import SEARCH
from connectors.hubspot.listing import Forward, Listing
from connectors.hubspot.raw import Raw
from connectors.hubspot.rows import fits_a_search, read_batch
from connectors.hubspot.source import LISTING, Source, Step, ask, broken
from connectors.transport import Request
from core.clock import millis
from core.cursors import Cursor
from core.errors import ContractError

SEARCH_PAGE = 200
NEW, WIDE, SECOND = "search", "wide", "second"
"""Phases: what is new; the same with what is due for its second look; that alone."""
_LISTING_IS_CHEAPER = 0.4
"""Share of changed records from which listing wins: it needs twice the pages, but no reading of links."""
_WORTH_ASKING = 5 * SEARCH_PAGE
"""Below so many changed records the share is not worth a call."""


class _Range(NamedTuple):
    """Modified dates from `low` on, below `high`."""

    low: datetime
    high: datetime | None = None


def first_phase(source: Source, cursor: Cursor) -> str:
    """How the search of a window begins."""
    opened, since = cursor.started_at, cursor.since
    is_long = opened is not None and since is not None and opened - source.second_look >= since
    return f"{WIDE}:" if is_long else f"{NEW}:"


def search(source: Source, cursor: Cursor, phase: str, last_id: str) -> Step:
    """One page of changed records, by id, behind the last one seen."""
    is_id = last_id.isascii() and last_id.isdigit()
    if cursor.since is None or (last_id and not is_id):
        raise broken(source.type.name, f"{phase}:{last_id}")
    span = _range(source, cursor, cursor.since, phase)
    inline = fits_a_search(source.properties)
    listed, at, total = _found(source, _request(source, span, last_id, source.properties if inline else []))
    rows: Sequence[Raw] = listed.rows
    following = _behind(source, phase, rows, last_id) if listed.after else None
    if following and not last_id and total > _WORTH_ASKING:
        share = total / max(1, count(source))
        following = LISTING if share > _LISTING_IS_CHEAPER else following
    if not inline:
        rows = read_batch(source.client, source.type.name, source.properties, rows)
    if following is None and phase == NEW and _is_due(source, cursor.opened(at), cursor.since):
        following = f"{SECOND}:"
    return Step(at, following, rows, expected=None if last_id or phase == SECOND else total)


def _found(source: Source, request: Request) -> tuple[Listing, datetime, int]:
    """The first page with something on it, HubSpot's clock, and how many were found in all.

    Records that were archived since are left out of a page and still counted (recorded), be it all of them.
    """
    listed, at = ask(source, request)
    total, forward = listed.total, Forward(source.client.host, source.type.name)
    while not listed.rows and listed.after:
        forward.to(listed.after)
        listed, _ = ask(source, request._replace(json={**request.json, "after": listed.after}))
    return listed, at, total


def lowest(source: Source, cursor: Cursor, since: datetime) -> datetime:
    """Where what is due for its second look begins; the window's own beginning where nothing is."""
    if cursor.full_at is None:
        return since
    return min(since, max(since - source.second_look, cursor.full_at))


def _is_due(source: Source, cursor: Cursor, since: datetime) -> bool:
    span = _range(source, cursor, since, SECOND)
    return span.high is not None and span.low < span.high


def _range(source: Source, cursor: Cursor, since: datetime, phase: str) -> _Range:
    low = lowest(source, cursor, since)
    if phase != SECOND:
        return _Range(low if phase == WIDE else since)
    if cursor.started_at is None:
        raise broken(source.type.name, phase)
    return _Range(low, min(since, cursor.started_at - source.second_look))


def _behind(source: Source, phase: str, rows: Sequence[Raw], last_id: str) -> str:
    """The position behind a page; raises where that would not move forward."""
    highest = max(int(raw["id"]) for raw in rows)
    if last_id and highest <= int(last_id):
        raise ContractError(f"{source.client.host} does not sort {source.type.name} by id.")
    return f"{phase}:{highest}"


def _request(source: Source, span: _Range, last_id: str, properties: list[str]) -> Request:
    modified = source.type.modified_property
    filters = [{"propertyName": modified, "operator": "GTE", "value": str(millis(span.low))}]
    if span.high is not None:
        filters.append({"propertyName": modified, "operator": "LT", "value": str(millis(span.high))})
    if last_id:
        filters.append({"propertyName": "hs_object_id", "operator": "GT", "value": last_id})
    body: dict[str, Any] = {
        "filterGroups": [{"filters": filters}],
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "properties": properties,
        "limit": SEARCH_PAGE,
    }
    name = source.type.name
    return Request(f"read {name}", "POST", version.search(name), json=body, bucket=SEARCH)


def count(source: Source) -> int:
    """How many records of the type there are."""
    return counted(source)[0]


def counted(source: Source) -> tuple[int, datetime]:
    """How many records of the type there are, and HubSpot's clock."""
    request = Request(
        f"count {source.type.name}",
        "POST",
        version.search(source.type.name),
        json={"filterGroups": [], "properties": [], "limit": 1},
        bucket=SEARCH,
    )
    listed, at = ask(source, request)
    return listed.total, at
