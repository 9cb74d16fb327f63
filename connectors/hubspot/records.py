"""From HubSpot's records to ours; each function raises ValueError or KeyError for what it cannot read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from connectors.hubspot.values import Properties, fit_value, flag, instant, managed_value, number, text
from core.clock import millis, parse_instant
from core.fields import ManagedField
from core.records import Account, Activity, Contact, Deal, Record

Raw = Mapping[str, Any]
"""One record as HubSpot sends it: id, properties, createdAt, updatedAt, archived."""
Links = Mapping[str, tuple[str, ...]]
"""Ids of linked records by object type, the primary company first."""

COMPANIES, CONTACTS, DEALS = "companies", "contacts", "deals"
CALLS, MEETINGS, EMAILS = "calls", "meetings", "emails"

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
MERGED_IDS = "hs_merged_object_ids"
_MERGED_VIDS = "hs_calculated_merged_vids"


@dataclass(frozen=True, slots=True)
class Layout:
    """What to read besides the built-in properties; made from the settings and from what exists.

    fields: fit field -> (company property, its HubSpot type).
    """

    fields: Mapping[str, tuple[str, str]]
    account_fields: tuple[ManagedField, ...]
    contact_fields: tuple[ManagedField, ...]
    twin_property: str | None
    buying_role_property: str
    stages: Mapping[str, tuple[bool, bool]] = field(default_factory=dict)


def account(raw: Raw, layout: Layout) -> Account:
    """A company. One without a name is called by its domain."""
    properties = raw["properties"]
    domain = text(properties, "domain")
    return Account(
        remote_id=str(raw["id"]),
        modified_at=modified_at(raw, "hs_lastmodifieddate"),
        name=text(properties, "name") or domain or "",
        website=domain or text(properties, "website"),
        owner_id=text(properties, "hubspot_owner_id"),
        parent_id=text(properties, "hs_parent_company_id"),
        twin_id=text(properties, layout.twin_property) if layout.twin_property else None,
        fields={name: fit_value(properties, *source) for name, source in layout.fields.items()},
        managed=_managed(properties, layout.account_fields),
    )


def contact(raw: Raw, links: Links, layout: Layout) -> Contact:
    """A contact; its account is the primary company."""
    properties = raw["properties"]
    names = (text(properties, "firstname"), text(properties, "lastname"))
    return Contact(
        remote_id=str(raw["id"]),
        modified_at=modified_at(raw, "lastmodifieddate"),
        account_id=_first(links, COMPANIES),
        email=text(properties, "email"),
        name=" ".join(name for name in names if name),
        title=text(properties, "jobtitle"),
        buying_role=text(properties, layout.buying_role_property),
        managed=_managed(properties, layout.contact_fields),
    )


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
                account_id=_first(links, COMPANIES),
                contact_ids=(str(raw["id"]),),
                type=activity_type,
                occurred_at=at,
                minutes=None,
                is_cancelled=False,
            )
        )
    return found


def deal(raw: Raw, links: Links, layout: Layout) -> Deal:
    """A deal; `closed_at` only where it is closed, because an open deal's close date is a plan."""
    properties = raw["properties"]
    stage = text(properties, "dealstage") or ""
    by_stage = layout.stages.get(stage, (False, False))
    closed, won = flag(properties, "hs_is_closed"), flag(properties, "hs_is_closed_won")
    is_closed = by_stage[0] if closed is None else closed
    closes = text(properties, "closedate")
    return Deal(
        remote_id=str(raw["id"]),
        modified_at=modified_at(raw, "hs_lastmodifieddate"),
        account_id=_first(links, COMPANIES),
        name=text(properties, "dealname") or "",
        stage=stage,
        amount=number(properties, "amount"),
        is_closed=is_closed,
        is_won=is_closed and (by_stage[1] if won is None else won),
        created_at=parse_instant(text(properties, "createdate") or raw["createdAt"]),
        closed_at=parse_instant(closes) if closes and is_closed else None,
    )


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
        account_id=_first(links, COMPANIES),
        contact_ids=tuple(links.get(CONTACTS, ())),
        type=activity_type,
        occurred_at=occurred_at or instant(raw["properties"], "hs_timestamp"),
        minutes=minutes,
        is_cancelled=is_cancelled,
    )


def modified_at(raw: Raw, name: str) -> datetime:
    """When a record changed last, by its modified property or by the record itself."""
    return parse_instant(text(raw["properties"], name) or raw["updatedAt"])


def merged_ids(raw: Raw) -> list[str]:
    """Ids of the records that were merged into this one, earlier generations included."""
    properties = raw["properties"]
    ids = (text(properties, MERGED_IDS) or "").split(";")
    # hs_calculated_merged_vids holds id:milliseconds pairs of contacts.
    vids = (pair.partition(":")[0] for pair in (text(properties, _MERGED_VIDS) or "").split(";"))
    found = dict.fromkeys(one.strip() for one in (*ids, *vids))
    return [one for one in found if one and one != str(raw["id"])]


def record_properties(object_type: str, layout: Layout) -> list[str]:
    """The properties to ask for."""
    managed = {COMPANIES: layout.account_fields, CONTACTS: layout.contact_fields}.get(object_type, ())
    names = [*_BUILT_IN[object_type], *(f"abm_{one.name}" for one in managed)]
    if object_type == COMPANIES:
        names += [source for source, _ in layout.fields.values()]
        names += [layout.twin_property] if layout.twin_property else []
    if object_type == CONTACTS:
        names.append(layout.buying_role_property)
    return list(dict.fromkeys(names))


_BUILT_IN: Mapping[str, tuple[str, ...]] = {
    COMPANIES: ("name", "domain", "website", "hubspot_owner_id", "hs_parent_company_id", MERGED_IDS),
    CONTACTS: ("email", "firstname", "lastname", "jobtitle", MERGED_IDS, _MERGED_VIDS, *TOUCH_PROPERTIES),
    DEALS: (
        "dealname",
        "dealstage",
        "amount",
        "closedate",
        "createdate",
        "hs_is_closed",
        "hs_is_closed_won",
    ),
    CALLS: ("hs_timestamp", "hs_call_disposition", "hs_call_status", "hs_call_duration"),
    MEETINGS: ("hs_timestamp", "hs_meeting_start_time", "hs_meeting_end_time", "hs_meeting_outcome"),
    EMAILS: ("hs_timestamp", "hs_email_direction", "hs_email_status"),
}


def parse(object_type: str, raw: Raw, links: Links, layout: Layout) -> list[Record]:
    """Everything that one HubSpot record tells; a contact also tells of its marketing touches."""
    match object_type:
        case "companies":
            return [account(raw, layout)]
        case "contacts":
            return [contact(raw, links, layout), *touches(raw, links)]
        case "deals":
            return [deal(raw, links, layout)]
        case "calls":
            return [call(raw, links)]
        case "meetings":
            return [meeting(raw, links)]
        case _:
            return [email(raw, links)]


def _managed(properties: Properties, fields: tuple[ManagedField, ...]) -> dict[str, str | None]:
    return {field.name: managed_value(properties, field) for field in fields}


def _first(links: Links, object_type: str) -> str | None:
    return next(iter(links.get(object_type, ())), None)


def _minutes(length: timedelta) -> int:
    return max(0, round(length.total_seconds() / 60))
