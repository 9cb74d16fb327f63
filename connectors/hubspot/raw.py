"""One HubSpot record as it is sent, and what every kind of record has."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.hubspot.values import text
from core.clock import parse_instant

Raw = Mapping[str, Any]
"""One record as HubSpot sends it: id, properties, createdAt, updatedAt, archived."""
Links = Mapping[str, tuple[str, ...]]
"""Ids of linked records by object type, the primary company first."""

COMPANIES, CONTACTS, DEALS = "companies", "contacts", "deals"
CALLS, MEETINGS, EMAILS, NOTES, TASKS = "calls", "meetings", "emails", "notes", "tasks"
OWNERS, WEB_EVENTS = "owners", "web_events"


def modified_at(raw: Raw, name: str) -> datetime:
    """When a record changed last, by its modified property or by the record itself."""
    return parse_instant(text(raw["properties"], name) or raw["updatedAt"])


def first_linked(links: Links, object_type: str) -> str | None:
    """The linked record that counts: the primary company, or else the first link."""
    linked = links.get(object_type)
    return linked[0] if linked else None
