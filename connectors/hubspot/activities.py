"""From HubSpot's engagements to activities."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from connectors.hubspot.raw import (
    CALLS,
    COMPANIES,
    CONTACTS,
    EMAILS,
    MEETINGS,
    NOTES,
    TASKS,
    Links,
    Raw,
    first_linked,
    modified_at,
)
from connectors.hubspot.settings import (
    CALL_DISPOSITIONS,
    EMAIL_DIRECTIONS,
    MEETING_OUTCOMES,
    TASK_TYPES,
    ActivityTypes,
)
from connectors.hubspot.values import Properties, instant, number, text
from core.clock import parse_instant
from core.records import NO_TYPE, Activity

_MILLIS_A_MINUTE = 60_000


def call(raw: Raw, links: Links, types: ActivityTypes) -> Activity:
    """A call; its outcome says what it was."""
    properties = raw["properties"]
    duration = number(properties, "hs_call_duration")
    return _activity(
        raw,
        links,
        CALLS,
        activity_type=_call_type(properties, duration, types),
        minutes=None if duration is None else round(duration / _MILLIS_A_MINUTE),
    )


def _call_type(properties: Properties, duration: float | None, types: ActivityTypes) -> str:
    disposition = text(properties, "hs_call_disposition")
    if disposition is not None:
        return _lookup(disposition, CALL_DISPOSITIONS, types.call_dispositions) or "other"
    # Assumption: a call without an outcome that was completed and lasted was answered.
    is_talk = text(properties, "hs_call_status") == "COMPLETED" and bool(duration)
    return "call_connected" if is_talk else "other"


def meeting(raw: Raw, links: Links, types: ActivityTypes) -> Activity:
    """A meeting, at its start."""
    properties = raw["properties"]
    start, end = (text(properties, f"hs_meeting_{edge}_time") for edge in ("start", "end"))
    outcome = text(properties, "hs_meeting_outcome")
    return _activity(
        raw,
        links,
        MEETINGS,
        activity_type=_lookup(outcome, MEETING_OUTCOMES, types.meeting_outcomes) or "meeting",
        occurred_at=parse_instant(start) if start else None,
        minutes=_minutes(parse_instant(end) - parse_instant(start)) if start and end else None,
    )


def email(raw: Raw, links: Links, types: ActivityTypes) -> Activity:
    """A one-to-one e-mail: from the buyer it is a reply; ours counts little, and not at all unless sent."""
    direction = text(raw["properties"], "hs_email_direction")
    status = text(raw["properties"], "hs_email_status") or "SENT"
    return _activity(
        raw,
        links,
        EMAILS,
        activity_type=_lookup(direction, EMAIL_DIRECTIONS, types.email_directions) or "other",
        is_cancelled=direction != "INCOMING_EMAIL" and status != "SENT",
    )


def note(raw: Raw, links: Links, types: ActivityTypes) -> Activity:
    """A note; what it says is not read."""
    return _activity(raw, links, NOTES, activity_type=types.notes)


def task(raw: Raw, links: Links, types: ActivityTypes) -> Activity:
    """A task, when it was completed; until then it is a plan and counts for nothing."""
    properties = raw["properties"]
    done_at = text(properties, "hs_task_completion_date")
    return _activity(
        raw,
        links,
        TASKS,
        activity_type=_lookup(text(properties, "hs_task_type"), TASK_TYPES, types.task_types) or "other",
        occurred_at=parse_instant(done_at) if done_at else None,
        is_cancelled=text(properties, "hs_task_status") != "COMPLETED",
    )


def _lookup(word: str | None, defaults: Mapping[str, str], configured: Mapping[str, str]) -> str | None:
    """The type behind a word, however it is written; what is configured comes first."""
    wanted = (word or "").casefold()
    for known in (configured, defaults):
        for key, type_ in known.items():
            if key.casefold() == wanted:
                return type_
    return None


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
    counts = activity_type != NO_TYPE
    return Activity(
        remote_id=f"{object_type}:{raw['id']}",
        modified_at=modified_at(raw, "hs_lastmodifieddate"),
        account_id=first_linked(links, COMPANIES),
        contact_ids=tuple(links.get(CONTACTS, ())),
        type=activity_type if counts else "other",
        occurred_at=occurred_at or instant(raw["properties"], "hs_timestamp"),
        minutes=minutes,
        is_cancelled=is_cancelled or not counts,
    )


def _minutes(length: timedelta) -> int:
    return max(0, round(length.total_seconds() / 60))
