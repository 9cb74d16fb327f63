"""From HubSpot's engagements and marketing roll-ups to activities."""

from datetime import datetime, timedelta

from connectors.hubspot.raw import (
    CALLS,
    COMPANIES,
    CONTACTS,
    EMAILS,
    MEETINGS,
    Links,
    Raw,
    first_linked,
    modified_at,
)
from connectors.hubspot.values import Properties, instant, number, text
from core.clock import millis, parse_instant
from core.records import Activity

_CONNECTED = "f240bbac-87c9-4f6e-bf70-924b57d47db7"
"""The disposition "Connected", the same id in every account."""
_NOT_HELD = ("CANCELED", "NO_SHOW")
_MILLIS_A_MINUTE = 60_000
_TOUCHES = (
    ("contact_open", "email_open", "hs_email_last_open_date"),
    ("contact_click", "email_click", "hs_email_last_click_date"),
    ("contact_form", "form_submission", "recent_conversion_date"),
)
"""Marketing touches: id prefix, activity type, and the contact property that holds the latest one."""
TOUCH_PROPERTIES = tuple(name for _, _, name in _TOUCHES)


def touches(raw: Raw, links: Links) -> list[Activity]:
    """The marketing touches that a contact's roll-up properties tell of.

    A roll-up holds the latest date only, so each new date is an activity of its own, and reading the same
    date again gives the same id.
    """
    found = []
    for prefix, activity_type, name in _TOUCHES:
        value = text(raw["properties"], name)
        if value is None:
            continue
        at = parse_instant(value)
        found.append(
            Activity(
                remote_id=f"{prefix}:{raw['id']}:{millis(at)}",
                modified_at=modified_at(raw, "lastmodifieddate"),
                account_id=first_linked(links, COMPANIES),
                contact_ids=(str(raw["id"]),),
                type=activity_type,
                occurred_at=at,
                minutes=None,
                is_cancelled=False,
            )
        )
    return found


def call(raw: Raw, links: Links) -> Activity:
    """A call; it counts as connected when its outcome says so."""
    properties = raw["properties"]
    duration = number(properties, "hs_call_duration")
    return _activity(
        raw,
        links,
        CALLS,
        activity_type="call_connected" if _is_connected(properties, duration) else "other",
        minutes=None if duration is None else round(duration / _MILLIS_A_MINUTE),
    )


def _is_connected(properties: Properties, duration: float | None) -> bool:
    disposition = text(properties, "hs_call_disposition")
    if disposition is not None:
        return disposition.lower() == _CONNECTED
    # Assumption: a call without an outcome that was completed and lasted was answered.
    return text(properties, "hs_call_status") == "COMPLETED" and bool(duration)


def meeting(raw: Raw, links: Links) -> Activity:
    """A meeting, at its start."""
    properties = raw["properties"]
    start, end = (text(properties, f"hs_meeting_{edge}_time") for edge in ("start", "end"))
    return _activity(
        raw,
        links,
        MEETINGS,
        activity_type="meeting",
        occurred_at=parse_instant(start) if start else None,
        minutes=_minutes(parse_instant(end) - parse_instant(start)) if start and end else None,
        is_cancelled=text(properties, "hs_meeting_outcome") in _NOT_HELD,
    )


def email(raw: Raw, links: Links) -> Activity:
    """A one-to-one e-mail: from the buyer it is a reply; ours counts little, and not at all unless sent."""
    properties = raw["properties"]
    incoming = text(properties, "hs_email_direction") == "INCOMING_EMAIL"
    status = text(properties, "hs_email_status") or "SENT"
    return _activity(
        raw,
        links,
        EMAILS,
        activity_type="email_reply" if incoming else "other",
        is_cancelled=not incoming and status != "SENT",
    )


def _activity(
    raw: Raw,
    links: Links,
    object_type: str,
    *,
    activity_type: str,
    occurred_at: datetime | None = None,
    minutes: int | None = None,
    is_cancelled: bool = False,
) -> Activity:
    return Activity(
        remote_id=f"{object_type}:{raw['id']}",
        modified_at=modified_at(raw, "hs_lastmodifieddate"),
        account_id=first_linked(links, COMPANIES),
        contact_ids=tuple(links.get(CONTACTS, ())),
        type=activity_type,
        occurred_at=occurred_at or instant(raw["properties"], "hs_timestamp"),
        minutes=minutes,
        is_cancelled=is_cancelled,
    )


def _minutes(length: timedelta) -> int:
    return max(0, round(length.total_seconds() / 60))
