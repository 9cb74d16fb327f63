"""From HubSpot's records to ours; each function raises ValueError or KeyError for what it cannot read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.hubspot.activities import TOUCH_PROPERTIES, call, email, meeting, touches
from connectors.hubspot.raw import (
    CALLS,
    COMPANIES,
    CONTACTS,
    DEALS,
    EMAILS,
    MEETINGS,
    Links,
    Raw,
    first_linked,
    modified_at,
)
from connectors.hubspot.values import PREFIX, Properties, fit_value, flag, managed_value, number, text
from core.clock import parse_instant
from core.fields import ManagedField
from core.records import Account, Contact, Deal, Record

MERGED_IDS = "hs_merged_object_ids"
_MERGED_VIDS = "hs_calculated_merged_vids"
MERGE_PROPERTIES = (MERGED_IDS, _MERGED_VIDS)
"""Where a record names the ones that were merged into it."""


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
        account_id=first_linked(links, COMPANIES),
        email=text(properties, "email"),
        name=" ".join(name for name in names if name),
        title=text(properties, "jobtitle"),
        buying_role=text(properties, layout.buying_role_property),
        managed=_managed(properties, layout.contact_fields),
    )


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
        account_id=first_linked(links, COMPANIES),
        name=text(properties, "dealname") or "",
        stage=stage,
        amount=number(properties, "amount"),
        is_closed=is_closed,
        is_won=is_closed and (by_stage[1] if won is None else won),
        created_at=parse_instant(text(properties, "createdate") or raw["createdAt"]),
        closed_at=parse_instant(closes) if closes and is_closed else None,
    )


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
    names = [*_BUILT_IN[object_type], *(PREFIX + one.name for one in managed)]
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
        MERGED_IDS,
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
