"""From HubSpot's records to ours; each function raises ValueError or KeyError for what it cannot read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from connectors.hubspot.activities import call, email, meeting, note, task
from connectors.hubspot.native import native_value
from connectors.hubspot.raw import (
    CALLS,
    COMPANIES,
    CONTACTS,
    DEALS,
    EMAILS,
    MEETINGS,
    NOTES,
    TASKS,
    Links,
    Raw,
    first_linked,
    modified_at,
)
from connectors.hubspot.settings import AccountFields, ActivityTypes, ContactFields, DealFields
from connectors.hubspot.tallies import Counters, counters, tallies, tally_properties
from connectors.hubspot.values import (
    PREFIX,
    Properties,
    day_or_instant,
    fit_value,
    flag,
    managed_value,
    number,
    text,
)
from core.clock import parse_instant
from core.fields import ManagedField
from core.records import Account, Activity, Contact, Deal, Record
from core.section import Section

MERGED_IDS = "hs_merged_object_ids"
_MERGED_VIDS = "hs_calculated_merged_vids"
MERGE_PROPERTIES = (MERGED_IDS, _MERGED_VIDS)
"""Where a record names the ones that were merged into it."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What to read besides the built-in properties; made from the settings and from what exists.

    native: HubSpot's own properties that follow the tier (connectors.hubspot.native), by our name.
    fields: fit field -> (company property, its HubSpot type). role_labels: type of a link between deal and
    contact -> buying role. has_web_events: page views and forms come as events, so their counters are not read.
    """

    fields: Mapping[str, tuple[str, str]]
    account_fields: tuple[ManagedField, ...]
    contact_fields: tuple[ManagedField, ...]
    twin_property: str | None
    account: AccountFields = field(default_factory=AccountFields)
    contact: ContactFields = field(default_factory=ContactFields)
    native: Mapping[str, str] = field(default_factory=dict)
    deal: DealFields = field(default_factory=DealFields)
    types: ActivityTypes = field(default_factory=ActivityTypes)
    stages: Mapping[str, tuple[bool, bool]] = field(default_factory=dict)
    role_labels: Mapping[int, str] = field(default_factory=dict)
    has_web_events: bool = False
    counters: Counters = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "counters", counters(self.types, has_web_events=self.has_web_events))


def account(raw: Raw, layout: Layout) -> Account:
    """A company. One without a name is called by its domain."""
    properties = raw["properties"]
    domain = text(properties, layout.account.website)
    return Account(
        remote_id=str(raw["id"]),
        modified_at=modified_at(raw, "hs_lastmodifieddate"),
        name=text(properties, "name") or domain or "",
        website=domain or text(properties, "website"),
        owner_id=text(properties, layout.account.owner),
        parent_id=text(properties, layout.account.parent),
        twin_id=text(properties, layout.twin_property) if layout.twin_property else None,
        fields={name: fit_value(properties, *source) for name, source in layout.fields.items()},
        managed=managed_values(properties, layout.account_fields)
        | {name: native_value(properties, name) for name in layout.native},
    )


def contact(raw: Raw, links: Links, layout: Layout) -> Contact:
    """A contact; its account is the primary company."""
    properties, fields = raw["properties"], layout.contact
    first, last = text(properties, "firstname"), text(properties, "lastname")
    return Contact(
        str(raw["id"]),
        modified_at(raw, "lastmodifieddate"),
        first_linked(links, COMPANIES),
        text(properties, fields.email),
        full_name(first, last),
        text(properties, fields.title),
        text(properties, fields.buying_role),
        managed_values(properties, layout.contact_fields),
    )


def full_name(first: str | None, last: str | None) -> str:
    """What is there of a person's name."""
    return f"{first} {last}" if first and last else first or last or ""


def deal(raw: Raw, links: Links, layout: Layout) -> Deal:
    """A deal; `closed_at` only where it is closed, because an open deal's close date is a plan."""
    properties = raw["properties"]
    stage = text(properties, "dealstage") or ""
    by_stage = layout.stages.get(stage, (False, False))
    closed, won = flag(properties, "hs_is_closed"), flag(properties, "hs_is_closed_won")
    is_closed = by_stage[0] if closed is None else closed
    closes = text(properties, layout.deal.closes_on)
    return Deal(
        remote_id=str(raw["id"]),
        modified_at=modified_at(raw, "hs_lastmodifieddate"),
        account_id=first_linked(links, COMPANIES),
        name=text(properties, "dealname") or "",
        stage=stage,
        amount=number(properties, layout.deal.amount),
        is_closed=is_closed,
        is_won=is_closed and (by_stage[1] if won is None else won),
        created_at=parse_instant(text(properties, "createdate") or raw["createdAt"]),
        closed_at=day_or_instant(closes) if closes and is_closed else None,
    )


def merged_ids(raw: Raw) -> list[str]:
    """Ids of the records that were merged into this one, earlier generations included."""
    properties = raw["properties"]
    if properties.get(MERGED_IDS) is None and properties.get(_MERGED_VIDS) is None:
        return []
    ids = (text(properties, MERGED_IDS) or "").split(";")
    # hs_calculated_merged_vids holds id:milliseconds pairs of contacts.
    vids = (pair.partition(":")[0] for pair in (text(properties, _MERGED_VIDS) or "").split(";"))
    found = dict.fromkeys(one.strip() for one in (*ids, *vids))
    return [one for one in found if one and one != str(raw["id"])]


def record_properties(object_type: str, layout: Layout) -> list[str]:
    """The properties to ask for."""
    managed = {COMPANIES: layout.account_fields, CONTACTS: layout.contact_fields}.get(object_type, ())
    names = [*read_properties(object_type, layout), *(PREFIX + one.name for one in managed)]
    return list(dict.fromkeys(names))


def read_properties(object_type: str, layout: Layout) -> list[str]:
    """The properties to ask for, without those that Shortlist itself fills."""
    names = list(_BUILT_IN[object_type])
    match object_type:
        case "companies":
            names += _names(layout.account)
            names += [source for source, _ in layout.fields.values()]
            names += [layout.twin_property] if layout.twin_property else []
            names += layout.native.values()
        case "contacts":
            names += _names(layout.contact)
            names += tally_properties(layout.counters)
        case "deals":
            names += _names(layout.deal)
    return list(dict.fromkeys(names))


def _names(section: Section) -> list[str]:
    return [str(name) for _, name in section]


_BUILT_IN: Mapping[str, tuple[str, ...]] = {
    COMPANIES: ("name", "website", MERGED_IDS),
    CONTACTS: ("firstname", "lastname", MERGED_IDS, _MERGED_VIDS),
    DEALS: ("dealname", "dealstage", "createdate", "hs_is_closed", "hs_is_closed_won", MERGED_IDS),
    CALLS: ("hs_timestamp", "hs_call_disposition", "hs_call_status", "hs_call_duration"),
    MEETINGS: ("hs_timestamp", "hs_meeting_start_time", "hs_meeting_end_time", "hs_meeting_outcome"),
    EMAILS: ("hs_timestamp", "hs_email_direction", "hs_email_status"),
    NOTES: ("hs_timestamp",),
    TASKS: ("hs_timestamp", "hs_task_status", "hs_task_type", "hs_task_completion_date"),
}
_ACTIVITIES: Mapping[str, Callable[[Raw, Links, ActivityTypes], Activity]] = {
    CALLS: call,
    MEETINGS: meeting,
    EMAILS: email,
    NOTES: note,
    TASKS: task,
}


def parse(object_type: str, raw: Raw, links: Links, layout: Layout) -> list[Record]:
    """Everything that one HubSpot record tells; a contact also tells of its marketing touches."""
    match object_type:
        case "companies":
            return [account(raw, layout)]
        case "contacts":
            return [
                contact(raw, links, layout),
                *tallies(raw, first_linked(links, COMPANIES), layout.counters),
            ]
        case "deals":
            return [deal(raw, links, layout)]
        case _:
            return [_ACTIVITIES[object_type](raw, links, layout.types)]


def managed_values(properties: Properties, fields: tuple[ManagedField, ...]) -> dict[str, str | None]:
    """What stands in the managed properties of one record, by field."""
    return {field.name: managed_value(properties, field) for field in fields}
