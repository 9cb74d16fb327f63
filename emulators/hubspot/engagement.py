"""What a contact does, and the read-only properties in which HubSpot sums it up.

Marketing e-mail, forms and page views leave no record of their own: only these roll-ups, and web events where the
account is an Enterprise one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulators.hubspot.object_types import CONTACTS
from emulators.hubspot.times import to_iso
from emulators.hubspot.web_events import FORM_SUBMISSION, PAGE_VIEW

if TYPE_CHECKING:
    from emulators.hubspot.portal import Portal
    from emulators.hubspot.records import Record


@dataclass(frozen=True)
class RollUp:
    """The properties one kind of act moves: counts, the first and last time, the first and last name of it."""

    counts: tuple[str, ...]
    last_at: tuple[str, ...]
    first_at: tuple[str, ...] = ()
    last_name: str = ""
    first_name: str = ""
    event_type: str = ""


KINDS = {
    "email_delivered": RollUp(
        ("hs_email_delivered",), ("hs_email_last_send_date",), last_name="hs_email_last_email_name"
    ),
    "email_open": RollUp(("hs_email_open",), ("hs_email_last_open_date",), ("hs_email_first_open_date",)),
    "email_click": RollUp(("hs_email_click",), ("hs_email_last_click_date",), ("hs_email_first_click_date",)),
    "email_reply": RollUp(("hs_email_replied",), ("hs_email_last_reply_date",)),
    "email_bounce": RollUp(("hs_email_bounce",), ()),
    "form_submission": RollUp(
        ("num_conversion_events", "num_unique_conversion_events"),
        ("recent_conversion_date",),
        ("first_conversion_date",),
        "recent_conversion_event_name",
        "first_conversion_event_name",
        FORM_SUBMISSION,
    ),
    "page_view": RollUp(
        ("hs_analytics_num_page_views",),
        ("hs_analytics_last_timestamp",),
        ("hs_analytics_first_timestamp",),
        last_name="hs_analytics_last_url",
        event_type=PAGE_VIEW,
    ),
    "visit": RollUp(("hs_analytics_num_visits",), ("hs_analytics_last_visit_timestamp",)),
}


def engage(portal: Portal, contact: Record, kind: str, at_ms: int, name: str) -> Record:
    """A contact did something; `name` is that of the form, e-mail or page. KeyError: no such kind."""
    roll_up = KINDS[kind]
    if roll_up.event_type:
        properties = {"hs_url" if kind == "page_view" else "hs_form_name": name}
        portal.web_events.add(CONTACTS.name, contact.id, roll_up.event_type, at_ms, properties)
    return portal.store_changed(CONTACTS, contact, _moved(contact, roll_up, to_iso(at_ms), name))


def _moved(contact: Record, roll_up: RollUp, at: str, name: str) -> dict[str, str]:
    old = contact.properties
    values = {key: str(int(float(old.get(key, "0"))) + 1) for key in roll_up.counts}
    values |= {key: max(old.get(key, ""), at) for key in roll_up.last_at}
    values |= {key: min(old.get(key, at), at) for key in roll_up.first_at}
    if roll_up.last_name and name:
        values[roll_up.last_name] = name
    if roll_up.first_name and name:
        values[roll_up.first_name] = old.get(roll_up.first_name, name)
    return values
