"""Activity as HubSpot has it: calls, meetings, e-mails and notes as objects, the rest as contact roll-ups."""

from datetime import timedelta
from typing import Final

from emulators.demo.hubspot_records import as_record, hubspot_id
from emulators.demo.model import Touch, TouchKind, World
from emulators.demo.wire import Record, call_outcome, pick, seconds_text, subject

OBJECT_OF: Final[dict[TouchKind, str]] = {
    "call": "calls",
    "meeting": "meetings",
    "email": "emails",
    "reply": "emails",
    "note": "notes",
}
# Association type ids: object -> to contact, to company, to deal.
_LINKS: Final = {
    "calls": (194, 182, 206),
    "meetings": (200, 188, 212),
    "emails": (198, 186, 210),
    "notes": (202, 190, 214),
}
# HubSpot's default call outcomes are fixed GUIDs.
_DISPOSITIONS: Final = {
    "connected": ("f240bbac-87c9-4f6e-bf70-924b57d47db7", "COMPLETED"),
    "voicemail": ("b2cf5968-551e-4856-9783-52b3da59a7d0", "COMPLETED"),
    "no_answer": ("73a0d17f-1163-4015-bdd5-ec830791da20", "NO_ANSWER"),
}
_OUTCOMES: Final = {"planned": "SCHEDULED", "canceled": "CANCELED", "done": "COMPLETED"}


def engagements(touches: list[Touch], world: World) -> dict[str, list[Record]]:
    """The records of touches that HubSpot keeps as objects, by object type."""
    objects: dict[str, list[Record]] = {name: [] for name in _LINKS}
    for touch in touches:
        objects[OBJECT_OF[touch.kind]].append(_engagement(touch, world))
    return objects


def _engagement(touch: Touch, world: World) -> Record:
    listing = world.listings[world.people[touch.person].hubspot or 0]
    created_at = min(touch.at, world.now - timedelta(hours=1 + pick(touch.number, 96)))
    properties = {
        "hs_timestamp": f"{seconds_text(touch.at)}Z",
        "hubspot_owner_id": hubspot_id("owners", listing.owner),
        "hs_createdate": f"{seconds_text(created_at)}Z",
        "hs_lastmodifieddate": f"{seconds_text(created_at)}Z",
        **_details(touch),
    }
    return as_record(hubspot_id(OBJECT_OF[touch.kind], touch.number), properties, created_at, created_at)


def _details(touch: Touch) -> Record:
    if touch.kind == "call":
        return _call(touch)
    if touch.kind == "meeting":
        return {
            "hs_meeting_title": subject(touch).capitalize(),
            "hs_meeting_start_time": f"{seconds_text(touch.at)}Z",
            "hs_meeting_end_time": f"{seconds_text(touch.at + timedelta(seconds=touch.seconds))}Z",
            "hs_meeting_outcome": "NO_SHOW" if _missed(touch) else _OUTCOMES[touch.status],
        }
    if touch.kind == "note":
        return {"hs_note_body": f"Spoke about {subject(touch)}."}
    is_reply = touch.kind == "reply"
    return {
        "hs_email_direction": "INCOMING_EMAIL" if is_reply else "EMAIL",
        "hs_email_status": "SENT" if is_reply or pick(touch.number, 40) else "BOUNCED",
        "hs_email_subject": ("Re: " if is_reply else "") + subject(touch).capitalize(),
    }


def _call(touch: Touch) -> Record:
    outcome, seconds = call_outcome(touch)
    disposition, status = _DISPOSITIONS[outcome]
    return {
        "hs_call_title": f"Call about {subject(touch)}",
        "hs_call_direction": "OUTBOUND",
        "hs_call_disposition": disposition,
        "hs_call_status": status,
        "hs_call_duration": seconds * 1000,
    }


def _missed(touch: Touch) -> bool:
    """One meeting in thirty that should have happened did not."""
    return touch.status == "done" and pick(touch.number, 30) == 1


def engagement_associations(touches: list[Touch], world: World) -> list[tuple[str, str, str, str, int]]:
    """Each engagement to its contact, that contact's company, and the deal where HubSpot has it."""
    rows: list[tuple[str, str, str, str, int]] = []
    for touch in touches:
        name = OBJECT_OF[touch.kind]
        number, (to_contact, to_company, to_deal) = hubspot_id(name, touch.number), _LINKS[name]
        person = world.people[touch.person]
        rows.append((name, number, "contacts", hubspot_id("contacts", person.number), to_contact))
        rows.append((name, number, "companies", hubspot_id("companies", person.hubspot or 0), to_company))
        if touch.deal is not None and world.deals[touch.deal].in_hubspot:
            rows.append((name, number, "deals", hubspot_id("deals", touch.deal), to_deal))
    return rows


def contact_roll_ups(touches: list[Touch], world: World) -> Record:
    """Counts and last dates of what HubSpot keeps on the contact only. Touches come oldest first or not."""
    by_kind: dict[str, list[Touch]] = {}
    for touch in sorted(touches, key=lambda touch: (touch.at, touch.number)):
        by_kind.setdefault("form" if touch.kind == "event" else touch.kind, []).append(touch)
    forms = by_kind.get("form", [])
    return {
        **_rolled_up(by_kind.get("open", []), "hs_email_open", "hs_email_last_open_date"),
        **_rolled_up(by_kind.get("click", []), "hs_email_click", "hs_email_last_click_date"),
        **_rolled_up(
            by_kind.get("page_view", []), "hs_analytics_num_page_views", "hs_analytics_last_timestamp"
        ),
        **_rolled_up(forms, "num_conversion_events", "recent_conversion_date"),
        **({"recent_conversion_event_name": _form_name(forms[-1], world)} if forms else {}),
    }


def _rolled_up(touches: list[Touch], count: str, last: str) -> Record:
    return {count: len(touches), last: f"{seconds_text(touches[-1].at)}Z"} if touches else {}


def _form_name(touch: Touch, world: World) -> str:
    """As HubSpot shows it: page and form."""
    campaign = world.campaigns[touch.campaign or 0]
    return f"{campaign.name}: {'Registration' if touch.kind == 'event' else 'Request'} form"
