"""Reading what changed, one step (one page) at a time.

A window that starts at nothing lists every record by id, or exports them all. A later window first looks into the
recycle bin, then searches (connectors.hubspot.search). Where a large share has changed, listing costs fewer calls
than searching and takes over. What a first load has listed is held against HubSpot's own count.

A position is `<phase>:<place>`: `archived:<after>`, `search:`, `wide:` or `second:<last id>`, `list:<after>`, or
`export:…`.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from connectors.hubspot import version
from connectors.hubspot.contact_pages import contact_page
from connectors.hubspot.deal_roles import deal_roles
from connectors.hubspot.export import exported
from connectors.hubspot.links import links_of
from connectors.hubspot.listing import Forward, Listing
from connectors.hubspot.objects import ObjectType
from connectors.hubspot.raw import CONTACTS, Links, Raw
from connectors.hubspot.records import MERGE_PROPERTIES, merged_ids, parse
from connectors.hubspot.rows import fits_an_address, read_batch
from connectors.hubspot.search import count, first_phase, lowest, search
from connectors.hubspot.source import ENOUGH, LISTING, Source, Step, ask, broken
from connectors.hubspot.values import is_any_filled
from connectors.transport import Request
from core.changes import Page, Skipped
from core.clock import parse_instant
from core.cursors import Cursor
from core.errors import ShortlistError
from core.records import Kind, Record, RecordRef, Tombstone

LIST_PAGE = 100
# Documented are 90 days; the last one is not relied on.
_BIN_REACHES = timedelta(days=89)


def pull(source: Source, cursor: Cursor) -> Iterator[Page]:
    """The pages of a window from its position on; the last one closes it."""
    position: str | None = cursor.position or _first_position(source, cursor)
    since = cursor.since
    forward = Forward(source.client.host, source.type.name)
    forward.to(position)
    # Of a load that goes on where another process stopped nobody knows how much was listed.
    listed = 0 if since is None and position == _first_position(source, cursor) else None
    while position is not None:
        for step in _steps(source, cursor, position):
            if listed is not None and position and position.startswith(LISTING):
                listed += len(step.rows)
                if step.next_position is None:
                    is_short = listed >= LIST_PAGE and _is_short(source, listed)
                    step = replace(step, is_short=is_short)  # noqa: PLW2901 the same step
            cursor = cursor.opened(step.server_time)
            forward.to(step.next_position)
            position = step.next_position
            cursor = cursor.at(position) if position else cursor.closed()
            page = _page(source, step, cursor, since)
            # The next page is read into the same memory, which the processor still has at hand.
            del step
            yield page


def living(source: Source) -> Iterator[list[str]]:
    """The ids of all records, by page; by listing whatever their number, because a file may lack some.

    A listing that is short by HubSpot's own count is made once more: what neither of the two shows is gone.
    """
    for is_last in (False, True):
        listed = 0
        for ids in _listed_ids(source):
            listed += len(ids)
            yield ids
        if not _is_short(source, listed, tells=is_last):
            return


def _listed_ids(source: Source) -> Iterator[list[str]]:
    forward = Forward(source.client.host, source.type.name)
    after: str | None = ""
    while after is not None:
        listed, _ = ask(source, _list_request(source, {"limit": LIST_PAGE, "after": after}))
        yield [_remote_id(source.type, str(raw["id"])) for raw in listed.rows]
        after = listed.after
        forward.to(after)


def _first_position(source: Source, cursor: Cursor) -> str:
    if cursor.since is None:
        return LISTING if source.export_above is None else "export:"
    return "archived:" if source.type.has_tombstones else first_phase(source, cursor)


def _is_short(source: Source, listed: int, *, tells: bool = True) -> bool:
    """Whether a listing ended too early by HubSpot's own count; a note may tell where that is by more than a little."""
    try:
        wanted = count(source)
    except ShortlistError:  # a load that cannot be counted is taken as it is
        return False
    if tells and wanted > LIST_PAGE and listed < wanted * ENOUGH:
        source.note(
            f"HubSpot counts {wanted:,} {source.type.name} and listed {listed:,}. Run `shortlist pull --full`; "
            "if it stays so, look at what the token may see."
        )
    return listed < wanted


def _steps(source: Source, cursor: Cursor, position: str) -> Iterator[Step]:
    """At least one step from a position on."""
    phase, _, place = position.partition(":")
    match phase:
        case "list":
            yield _list(source, cursor, place)
        case "archived" if cursor.since:
            yield _look_into_the_bin(source, cursor, place)
        case "search" | "wide" | "second" if cursor.since:
            yield search(source, cursor, phase, place)
        case "export" if not cursor.since:
            yield from exported(source, cursor, place)
        case _:
            raise broken(source.type.name, position)


def _list(source: Source, cursor: Cursor, after: str) -> Step:
    """One page of every record, by id; of a later window only what changed is kept."""
    inline = fits_an_address(source.properties)
    params = {"limit": LIST_PAGE, "after": after, "associations": ",".join(source.type.linked)}
    if inline:
        params["properties"] = ",".join(source.properties)
    listed, at = ask(source, _list_request(source, params))
    rows: Sequence[Raw] = listed.rows
    if not inline:
        rows = read_batch(source.client, source.type.name, source.properties, rows)
    if cursor.since:
        low = lowest(source, cursor, cursor.since)
        rows = [raw for raw in rows if parse_instant(raw["updatedAt"]) >= low]
    return Step(at, _next(listed, "list"), rows, has_links=True)


def _look_into_the_bin(source: Source, cursor: Cursor, after: str) -> Step:
    """One page of archived records; those archived in this window become tombstones.

    So do the records that were merged into them, which nothing else tells of any more.
    It comes before the search, so that a restored or a merged record, which the search shows, has the
    last word.
    """
    params = {"limit": LIST_PAGE, "after": after, "archived": "true"}
    params["properties"] = ",".join(MERGE_PROPERTIES)
    listed, at = ask(source, _list_request(source, params))
    gone = [raw for raw in listed.rows if _went_since(raw, cursor.since)]
    own = [Tombstone(RecordRef(source.type.kind, str(raw["id"]))) for raw in gone]
    following = _next(listed, "archived") or first_phase(source, cursor.opened(at))
    return Step(at, following, tombstones=[*_merged(source, gone), *own])


def _went_since(raw: Raw, since: datetime | None) -> bool:
    """Whether a record of the recycle bin was archived in a window; one that says that it lives was not."""
    if raw.get("archived") is False:
        return False
    archived_at = raw.get("archivedAt")
    return not archived_at or since is None or parse_instant(archived_at) >= since


def _list_request(source: Source, params: dict[str, Any]) -> Request:
    given = {name: value for name, value in params.items() if value != ""}
    return Request(f"read {source.type.name}", "GET", version.objects(source.type.name), params=given)


def _next(listed: Listing, phase: str) -> str | None:
    return f"{phase}:{listed.after}" if listed.after else None


def _page(source: Source, step: Step, cursor: Cursor, since: datetime | None) -> Page:
    records, skipped = parse_rows(source, step.rows, has_links=step.has_links)
    return Page(
        records=records,
        next_cursor=cursor,
        tombstones=[*step.tombstones, *_merged(source, step.rows)],
        skipped=skipped,
        expected=step.expected,
        deletions_lost=step.is_short or (source.type.has_tombstones and _outlasts_the_bin(since, cursor)),
        older=frozenset(_older(step.rows, since)) if since and source.type.has_tombstones else frozenset(),
    )


def _outlasts_the_bin(since: datetime | None, cursor: Cursor) -> bool:
    """Whether records that were deleted since have left the recycle bin, where nothing tells of them any more."""
    # A closed cursor knows its window's opening as the next one's beginning.
    at = cursor.started_at or cursor.since
    return since is not None and at is not None and at - since > _BIN_REACHES


_UNREADABLE = (KeyError, OverflowError, TypeError, ValueError)


def _older(rows: Sequence[Raw], since: datetime) -> Iterator[str]:
    """The ids of rows that were made before a window; an odd date tells nothing."""
    for raw in rows:
        with suppress(*_UNREADABLE):
            if parse_instant(raw["createdAt"]) < since:
                yield str(raw["id"])


def parse_rows(
    source: Source, rows: Sequence[Raw], *, has_links: bool = False
) -> tuple[Sequence[Record], list[Skipped]]:
    """The records of raw rows, and those that could not be read. has_links: see Step."""
    if has_links and source.type.name == CONTACTS:
        with suppress(*_UNREADABLE):
            return contact_page(rows, source.layout), []
    links = links_of(source.client, source.type.name, source.type.linked, rows, listed=has_links)
    records, skipped = _parse_each(source, rows, links)
    if source.type.kind is Kind.DEAL:
        unreadable = {ref.remote_id for ref, _ in skipped}
        readable = [raw for raw in rows if str(raw["id"]) not in unreadable]
        records += deal_roles(source.client, source.layout.role_labels, readable)
    return records, skipped


def _parse_each(
    source: Source, rows: Sequence[Raw], links: Sequence[Links]
) -> tuple[list[Record], list[Skipped]]:
    records: list[Record] = []
    skipped: list[Skipped] = []
    for raw, linked in zip(rows, links, strict=True):
        try:
            records += parse(source.type.name, raw, linked, source.layout)
        except _UNREADABLE as error:
            ref = RecordRef(source.type.kind, _remote_id(source.type, str(raw["id"])))
            skipped.append(Skipped(ref, f"{type(error).__name__}: {error}"))
    return records, skipped


def _remote_id(object_type: ObjectType, record_id: str) -> str:
    return f"{object_type.name}:{record_id}" if object_type.kind.value == "activity" else record_id


def _merged(source: Source, rows: Sequence[Raw]) -> list[Tombstone]:
    properties = [raw["properties"] for raw in rows]
    if not source.type.has_tombstones or not is_any_filled(properties, MERGE_PROPERTIES):
        return []
    return [
        Tombstone(RecordRef(source.type.kind, loser), survivor_id=str(raw["id"]))
        for raw in rows
        for loser in merged_ids(raw)
    ]
