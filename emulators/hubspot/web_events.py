"""Web events: /events/v3/events, since 2026-03 /events/event-occurrences. Enterprise accounts only."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from emulators.hubspot.errors import ApiError, validation_error
from emulators.hubspot.http import Reply, Request, next_page, ok
from emulators.hubspot.object_types import find_type
from emulators.hubspot.times import is_whole, parse_ms, to_iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from emulators.hubspot.portal import Portal

PAGE_VIEW, FORM_SUBMISSION = "e_page_views", "e_form_submissions"
# Assumption: real accounts list hundreds; these are those that Shortlist's facts name, and a few that are documented.
TYPES = (
    PAGE_VIEW,
    FORM_SUBMISSION,
    "e_visited_page",
    "e_call_logged",
    "e_meeting_booked",
    "e_sequence_email_opened",
)
ENTERPRISE = "enterprise"
_PAGE, _MAX_PAGE = 100, 1000  # Assumption: both; the specification names none.


@dataclass(frozen=True, slots=True)
class WebEvent:
    """One occurrence."""

    id: int
    object_name: str
    object_id: int
    event_type: str
    occurred_ms: int
    properties: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        """The occurrence as the API shows it."""
        return {
            "objectType": find_type(self.object_name).singular.upper(),
            "objectId": str(self.object_id),
            "eventType": self.event_type,
            "occurredAt": to_iso(self.occurred_ms),
            "id": str(self.id),
            "properties": self.properties,
        }


class WebEvents:
    """All occurrences, by record."""

    def __init__(self) -> None:
        self._by_record: dict[tuple[str, int], list[WebEvent]] = {}
        self._count = 0

    def add(
        self, object_name: str, object_id: int, event_type: str, at_ms: int, properties: Mapping[str, str]
    ) -> None:
        """Note an occurrence."""
        self._count += 1
        event = WebEvent(self._count, object_name, object_id, event_type, at_ms, properties)
        self._by_record.setdefault((object_name, object_id), []).append(event)

    def of(self, object_name: str, object_id: int | None) -> Iterable[WebEvent]:
        """The occurrences of one record, or of all records of an object."""
        if object_id is not None:
            return self._by_record.get((object_name, object_id), ())
        return (one for (name, _), found in self._by_record.items() if name == object_name for one in found)


def list_events(portal: Portal, request: Request) -> Reply:
    """GET: occurrences, newest first unless `sort` is `occurredAt`."""
    if portal.settings.tier != ENTERPRISE:
        # Assumption: the body; documented is that only Enterprise accounts have occurrences.
        message = (
            "This account does not have access to event occurrences; they require an Enterprise product."
        )
        raise ApiError(HTTPStatus.FORBIDDEN, message, category="BANNED")
    found = sorted(_matching(portal, request), key=lambda one: (one.occurred_ms, one.id))
    if request.argument("sort", "-occurredAt").startswith("-"):
        found.reverse()
    limit = request.limit(default=_PAGE, maximum=_MAX_PAGE)
    after = request.argument("after")
    start = int(after) if is_whole(after) else 0
    body: dict[str, Any] = {"results": [one.as_json() for one in found[start : start + limit]]}
    if start + limit < len(found):
        body["paging"] = next_page(str(start + limit))
    return ok(body)


def list_types(_portal: Portal, _request: Request) -> Reply:
    """GET event-types: all that there are, whatever the account may use (documented)."""
    return ok({"eventTypes": list(TYPES)})


def _matching(portal: Portal, request: Request) -> list[WebEvent]:
    object_id = request.argument("objectId")
    kind = request.argument("eventType")
    ids = set(request.names("id"))
    after_ms, before_ms = (_moment(request, name) for name in ("occurredAfter", "occurredBefore"))
    if not request.argument("objectType") and not ids:
        raise validation_error("objectType is required")  # Assumption: the wording.
    name = find_type(request.argument("objectType", "contact")).name
    found = portal.web_events.of(name, int(object_id) if is_whole(object_id) else None)
    return [
        one
        for one in found
        if (not kind or one.event_type == kind)
        and (not ids or str(one.id) in ids)
        and (after_ms is None or one.occurred_ms > after_ms)
        and (before_ms is None or one.occurred_ms < before_ms)
    ]


def _moment(request: Request, name: str) -> int | None:
    text = request.argument(name)
    try:
        return parse_ms(text) if text else None
    except ValueError:
        raise validation_error(f"{name} is no date: {text}") from None  # Assumption: the wording.
