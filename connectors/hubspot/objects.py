"""The HubSpot objects that are read, and what is special about each."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.hubspot.raw import (
    CALLS,
    COMPANIES,
    CONTACTS,
    DEALS,
    EMAILS,
    MEETINGS,
    NOTES,
    OWNERS,
    TASKS,
    WEB_EVENTS,
)
from core.changes import Stream
from core.records import Kind


@dataclass(frozen=True, slots=True)
class ObjectType:
    """One object type.

    linked: types whose links are read with it; has_tombstones: whether each delta window also looks into
    the recycle bin (one call per 100 archived records of the last 90 days, so at least one call a window).
    """

    name: str
    kind: Kind
    linked: tuple[str, ...]
    has_tombstones: bool
    modified_property: str = "hs_lastmodifieddate"

    @property
    def stream(self) -> Stream:
        """The stream that reads it."""
        return Stream(self.name, self.kind)


OBJECT_TYPES: Mapping[str, ObjectType] = {
    one.name: one
    for one in (
        ObjectType(COMPANIES, Kind.ACCOUNT, (), has_tombstones=True),
        ObjectType(
            CONTACTS, Kind.CONTACT, (COMPANIES,), has_tombstones=True, modified_property="lastmodifieddate"
        ),
        ObjectType(DEALS, Kind.DEAL, (COMPANIES,), has_tombstones=True),
        ObjectType(CALLS, Kind.ACTIVITY, (COMPANIES, CONTACTS), has_tombstones=False),
        ObjectType(MEETINGS, Kind.ACTIVITY, (COMPANIES, CONTACTS), has_tombstones=False),
        ObjectType(EMAILS, Kind.ACTIVITY, (COMPANIES, CONTACTS), has_tombstones=False),
        ObjectType(NOTES, Kind.ACTIVITY, (COMPANIES, CONTACTS), has_tombstones=False),
        ObjectType(TASKS, Kind.ACTIVITY, (COMPANIES, CONTACTS), has_tombstones=False),
    )
}
STREAMS = (
    *(one.stream for one in OBJECT_TYPES.values()),
    Stream(OWNERS, Kind.OWNER),
    Stream(WEB_EVENTS, Kind.ACTIVITY),
)
WRITABLE: Mapping[Kind, str] = {Kind.ACCOUNT: COMPANIES, Kind.CONTACT: CONTACTS}
"""The object type of the kinds that Shortlist fetches again and writes to."""
TYPE_IDS: Mapping[Kind, str] = {Kind.ACCOUNT: "0-2", Kind.CONTACT: "0-1"}
"""HubSpot's own ids of these types, which stand in the addresses of records."""
