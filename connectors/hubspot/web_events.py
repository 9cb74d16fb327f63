"""Web events: each page view and form submission of a known contact. Enterprise accounts have them.

Any 403 means that this account or this key has none; that is no fault, and the counters of the contacts tell
of page views and forms instead (tallies.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from connectors.hubspot import version
from connectors.hubspot.answers import server_time
from connectors.hubspot.client import Client
from connectors.hubspot.listing import Forward
from connectors.hubspot.raw import WEB_EVENTS
from connectors.hubspot.settings import WEB_EVENTS as DEFAULTS
from connectors.hubspot.settings import ActivityTypes
from connectors.hubspot.tallies import told
from connectors.transport import Request
from core.changes import Page, Skipped
from core.clock import parse_instant, wire_instant
from core.cursors import Cursor
from core.errors import AuthError
from core.records import NO_TYPE, Activity, Kind, Record, RecordRef

_PAGE = 100
_OPERATION = f"read {WEB_EVENTS}"
# Assumption: occurredAfter leaves its own instant out; the documentation only says "after".
_CLOSED_BOUND = timedelta(milliseconds=1)


def event_types(types: ActivityTypes) -> dict[str, str]:
    """Types of activity by the events that are read."""
    found = {**DEFAULTS, **types.web_events}
    return {event: type_ for event, type_ in found.items() if type_ != NO_TYPE}


def refusal(client: Client, types: ActivityTypes, operation: str = f"describe {WEB_EVENTS}") -> str | None:
    """Why there are no web events, in HubSpot's words; None where there are. One call, counted as `operation`."""
    names = list(event_types(types))
    if not names:
        return "None are mapped."
    params = {"objectType": "contact", "eventType": names[0], "limit": 1}
    try:
        client.ask(Request(operation, "GET", version.WEB_EVENTS, params=params))
    except AuthError as error:
        return str(error)
    return None


def pull(client: Client, types: ActivityTypes, cursor: Cursor) -> Iterator[Page]:
    """One type of event after the other, oldest first. A position is `<event>:<after>`."""
    names = list(event_types(types))
    if not names:
        yield Page([], cursor)
        return
    position: str | None = cursor.position or f"{names[0]}:"
    forward = Forward(client.host, WEB_EVENTS)
    forward.to(position)
    while position is not None:
        event, _, after = position.partition(":")
        if event not in names:  # it is not mapped any more
            event, after = names[0], ""
        page, following, cursor = _page(client, event, after, cursor, names)
        forward.to(following)
        position = following
        yield _typed(page, types)


def _page(
    client: Client, event: str, after: str, cursor: Cursor, names: list[str]
) -> tuple[Page, str | None, Cursor]:
    params: dict[str, Any] = {
        "objectType": "contact",
        "eventType": event,
        "limit": _PAGE,
        "sort": "occurredAt",
    }
    if cursor.since:
        params["occurredAfter"] = wire_instant(cursor.since - _CLOSED_BOUND)
    if after:
        params["after"] = after
    request = Request(_OPERATION, "GET", version.WEB_EVENTS, params=params)
    response = client.call(request)
    listed = client.read_list(request, response)
    cursor = cursor.opened(server_time(response))
    following = f"{event}:{listed.after}" if listed.after else _next_event(event, names)
    cursor = cursor.at(following) if following else cursor
    records, skipped = _read(listed.rows)
    return Page(records, cursor if following else cursor.closed(), (), skipped), following, cursor


def _next_event(event: str, names: list[str]) -> str | None:
    place = names.index(event) + 1
    return f"{names[place]}:" if place < len(names) else None


def _read(rows: Sequence[Mapping[str, Any]]) -> tuple[list[Record], list[Skipped]]:
    """The events, and the counters that have counted them, too: an account may lose its events again."""
    records: list[Record] = []
    skipped: list[Skipped] = []
    for row in rows:
        try:
            activity = _activity(row)
            records += (activity, *told(activity.type, activity))
        except (KeyError, TypeError, ValueError) as error:
            ref = RecordRef(Kind.ACTIVITY, f"{WEB_EVENTS}:{row.get('id')}")
            skipped.append(Skipped(ref, f"{type(error).__name__}: {error}"))
    return records, skipped


def _activity(row: Mapping[str, Any]) -> Activity:
    """One event, its type still in HubSpot's words; where it happened and on which page is not kept."""
    occurred_at = parse_instant(row["occurredAt"])
    return Activity(
        remote_id=f"{WEB_EVENTS}:{row['id']}",
        modified_at=occurred_at,
        account_id=None,
        contact_ids=(str(row["objectId"]),),
        type=row["eventType"],
        occurred_at=occurred_at,
        minutes=None,
        is_cancelled=False,
    )


def _typed(page: Page, types: ActivityTypes) -> Page:
    by_event = event_types(types)
    records = [
        one._replace(type=by_event[one.type]) if isinstance(one, Activity) else one for one in page.records
    ]
    return Page(records, page.next_cursor, page.tombstones, page.skipped)
