"""Reading what changed, one step (one page) at a time.

A window that starts at nothing lists every record by id. A later window first looks into the recycle bin,
then searches by modified date, keyset by id. HubSpot shows at most 10,000 hits of one search; because each
page starts behind the last id, no search gets that far, however many records share one modified time.
Where a large share has changed, listing costs fewer calls than searching and takes over.

A position is `<phase>:<place>`: `archived:<after>`, `search:<last id>` or `list:<after>`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.hubspot import version
from connectors.hubspot.answers import server_time
from connectors.hubspot.client import SEARCH, Client
from connectors.hubspot.deal_roles import deal_roles
from connectors.hubspot.links import LISTED, links_of
from connectors.hubspot.objects import ObjectType
from connectors.hubspot.raw import Raw
from connectors.hubspot.records import MERGE_PROPERTIES, Layout, merged_ids, parse, record_properties
from connectors.hubspot.rows import fits_a_search, fits_an_address, read_batch
from connectors.transport import Request
from core.changes import Page, Skipped
from core.clock import millis, parse_instant
from core.cursors import Cursor
from core.errors import ContractError, TransientError
from core.records import Kind, Record, RecordRef, Tombstone

LIST_PAGE = 100
SEARCH_PAGE = 200
_LISTING_IS_CHEAPER = 0.4
"""Share of changed records from which listing wins: it needs twice the pages, but no reading of links."""
_WORTH_ASKING = 5 * SEARCH_PAGE
"""Below so many changed records the share is not worth a call."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one call gave; `next_position` is None at the end of the window."""

    server_time: datetime
    next_position: str | None
    rows: Sequence[Raw] = ()
    tombstones: Sequence[Tombstone] = ()
    expected: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """One object type of one connection, and how its records are laid out."""

    client: Client
    type: ObjectType
    layout: Layout
    properties: list[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "properties", record_properties(self.type.name, self.layout))


def pull(source: Source, cursor: Cursor) -> Iterator[Page]:
    """The pages of a window from its position on; the last one closes it."""
    position = cursor.position or _first_position(source, cursor)
    while True:
        step = _step(source, cursor, position)
        cursor = cursor.opened(step.server_time)
        if step.next_position is None:
            yield _page(source, step, cursor.closed())
            return
        if step.next_position == position:
            raise ContractError(
                f"{source.client.host} gave the same page of {source.type.name} twice ({position})."
            )
        position = step.next_position
        cursor = cursor.at(position)
        yield _page(source, step, cursor)


def _first_position(source: Source, cursor: Cursor) -> str:
    if cursor.since is None:
        return "list:"
    return "archived:" if source.type.has_tombstones else "search:"


def _step(source: Source, cursor: Cursor, position: str) -> Step:
    phase, _, place = position.partition(":")
    match phase:
        case "list":
            return _list(source, cursor, place)
        case "archived" if cursor.since:
            return _look_into_the_bin(source, cursor.since, place)
        case "search" if cursor.since:
            return _search(source, cursor.since, place)
        case _:
            raise ContractError(
                f"The cursor of {source.type.name} holds a position that is not HubSpot's: {position}"
            )


def _list(source: Source, cursor: Cursor, after: str) -> Step:
    """One page of every record, by id; of a later window only what changed is kept."""
    inline = fits_an_address(source.properties)
    params = {"limit": LIST_PAGE, "after": after, "associations": ",".join(source.type.linked)}
    if inline:
        params["properties"] = ",".join(source.properties)
    answer, at = _ask(source, _list_request(source, params))
    rows = [{**raw, LISTED: True} for raw in answer["results"]]
    if not inline:
        rows = read_batch(source.client, source.type.name, source.properties, rows)
    if cursor.since:
        rows = [raw for raw in rows if parse_instant(raw["updatedAt"]) >= cursor.since]
    return Step(at, _next(answer, "list"), rows)


def _look_into_the_bin(source: Source, since: datetime, after: str) -> Step:
    """One page of archived records; those archived in this window become tombstones.

    So do the records that were merged into them, which nothing else tells of any more.
    It comes before the search, so that a restored or a merged record, which the search shows, has the
    last word.
    """
    params = {"limit": LIST_PAGE, "after": after, "archived": "true"}
    params["properties"] = ",".join(MERGE_PROPERTIES)
    answer, at = _ask(source, _list_request(source, params))
    gone = [
        raw
        for raw in answer["results"]
        if "archivedAt" not in raw or parse_instant(raw["archivedAt"]) >= since
    ]
    own = [Tombstone(RecordRef(source.type.kind, str(raw["id"]))) for raw in gone]
    return Step(at, _next(answer, "archived") or "search:", tombstones=[*_merged(source, gone), *own])


def _list_request(source: Source, params: dict[str, Any]) -> Request:
    given = {name: value for name, value in params.items() if value != ""}
    return Request(f"read {source.type.name}", "GET", version.objects(source.type.name), params=given)


def _search(source: Source, since: datetime, last_id: str) -> Step:
    """One page of changed records, by id, behind the last one seen."""
    inline = fits_a_search(source.properties)
    properties = source.properties if inline else []
    answer, at = _ask(source, _search_request(source, since, last_id, properties))
    rows = answer["results"]
    total = int(answer.get("total") or 0)
    following = _behind(source, rows, last_id) if answer.get("paging", {}).get("next") else None
    if following and not last_id and total > _WORTH_ASKING:
        share = total / max(1, _count(source))
        following = "list:" if share > _LISTING_IS_CHEAPER else following
    if not inline:
        rows = read_batch(source.client, source.type.name, source.properties, rows)
    return Step(at, following, rows, expected=None if last_id else total)


def _behind(source: Source, rows: Sequence[Raw], last_id: str) -> str:
    """The position behind a page; raises where that would not move forward."""
    if not rows:
        raise TransientError(
            f"{source.client.host} gave an empty page of {source.type.name} though more are to come."
        )
    highest = max(int(raw["id"]) for raw in rows)
    if last_id and highest <= int(last_id):
        raise ContractError(f"{source.client.host} does not sort {source.type.name} by id.")
    return f"search:{highest}"


def _search_request(source: Source, since: datetime, last_id: str, properties: list[str]) -> Request:
    filters = [
        {"propertyName": source.type.modified_property, "operator": "GTE", "value": str(millis(since))}
    ]
    if last_id:
        filters.append({"propertyName": "hs_object_id", "operator": "GT", "value": last_id})
    body = {
        "filterGroups": [{"filters": filters}],
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "properties": properties,
        "limit": SEARCH_PAGE,
    }
    name = source.type.name
    return Request(f"read {name}", "POST", version.search(name), json=body, bucket=SEARCH)


def _count(source: Source) -> int:
    """How many records of the type there are."""
    request = Request(
        f"count {source.type.name}",
        "POST",
        version.search(source.type.name),
        json={"filterGroups": [], "properties": [], "limit": 1},
        bucket=SEARCH,
    )
    return int(source.client.ask(request).get("total") or 0)


def _ask(source: Source, request: Request) -> tuple[Any, datetime]:
    response = source.client.call(request)
    return source.client.read(request, response), server_time(response)


def _next(answer: Any, phase: str) -> str | None:
    after = answer.get("paging", {}).get("next", {}).get("after")
    return f"{phase}:{after}" if after else None


def _page(source: Source, step: Step, cursor: Cursor) -> Page:
    records, skipped = parse_rows(source, step.rows)
    return Page(
        records=records,
        next_cursor=cursor,
        tombstones=[*step.tombstones, *_merged(source, step.rows)],
        skipped=skipped,
        expected=step.expected,
    )


def parse_rows(source: Source, rows: Sequence[Raw]) -> tuple[list[Record], list[Skipped]]:
    """The records of raw rows, and those that could not be read."""
    records: list[Record] = []
    skipped: list[Skipped] = []
    linked = links_of(source.client, source.type.name, source.type.linked, rows)
    for raw, links in zip(rows, linked, strict=True):
        try:
            records += parse(source.type.name, raw, links, source.layout)
        except (KeyError, OverflowError, TypeError, ValueError) as error:
            ref = RecordRef(source.type.kind, _remote_id(source.type, str(raw["id"])))
            skipped.append(Skipped(ref, f"{type(error).__name__}: {error}"))
    if source.type.kind is Kind.DEAL:
        records += deal_roles(source.client, source.layout.role_labels, rows)
    return records, skipped


def _remote_id(object_type: ObjectType, record_id: str) -> str:
    return f"{object_type.name}:{record_id}" if object_type.kind.value == "activity" else record_id


def _merged(source: Source, rows: Sequence[Raw]) -> list[Tombstone]:
    if not source.type.has_tombstones:
        return []
    return [
        Tombstone(RecordRef(source.type.kind, loser), survivor_id=str(raw["id"]))
        for raw in rows
        for loser in merged_ids(raw)
    ]
