"""HubSpot's events, as its webhooks and its journal tell them, as hints."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from connectors.hubspot.objects import OBJECT_TYPES
from connectors.hubspot.values import PREFIX
from core.clock import from_millis
from core.hints import ChangeHint, HintEvent
from core.records import Kind

SINGULAR: Mapping[str, str] = {
    "company": "companies",
    "contact": "contacts",
    "deal": "deals",
    "call": "calls",
    "meeting": "meetings",
    "email": "emails",
    "note": "notes",
    "task": "tasks",
}
"""How events call an object -> how paths do; the objects that paths and events call alike are not here."""
TYPE_IDS: Mapping[str, str] = {
    "0-1": "contacts",
    "0-2": "companies",
    "0-3": "deals",
    "0-27": "tasks",
    "0-46": "notes",
    "0-47": "meetings",
    "0-48": "calls",
    "0-49": "emails",
}
"""objectTypeId of generic events -> object (documented)."""
EVENTS: Mapping[str, HintEvent] = {
    "creation": HintEvent.CHANGED,
    "propertyChange": HintEvent.CHANGED,
    "deletion": HintEvent.DELETED,
    "restore": HintEvent.RESTORED,
    "privacyDeletion": HintEvent.ERASED,
}
"""Kinds of events about one record; merges and changed associations are about several."""


class Unreadable(ValueError):
    """An event that has not the form of one."""


class Record(NamedTuple):
    """A record that an event is about: HubSpot's name of the object, and the record's own id."""

    object_name: str
    id: str


def hint_of(
    key: str,
    event: HintEvent,
    record: Record,
    at: datetime | None,
    field: str | None = None,
    value: Any = None,
) -> ChangeHint:
    """A hint; the value only of properties that Shortlist made: no other one may leave a record this way."""
    known = OBJECT_TYPES.get(record.object_name)
    prefix = f"{record.object_name}:" if known and known.kind is Kind.ACTIVITY else ""
    return ChangeHint(
        key=f"{key}:{record.object_name}:{record.id}",
        event=event,
        object_name=record.object_name,
        remote_id=f"{prefix}{record.id}",
        kind=known.kind if known else None,
        occurred_at=at,
        field=field,
        value=str(value) if value is not None and field and field.startswith(PREFIX) else None,
    )


def hints_of_event(event: Mapping[str, Any]) -> Iterator[ChangeHint]:
    """The hints of one entry of a webhook's array, none for what is no record's (a conversation's).

    Raises Unreadable for an entry that has not the form of one.
    """
    type_ = str(event.get("subscriptionType") or event.get("eventType") or "")
    name, _, kind = type_.partition(".")
    object_name = object_named(name, event)
    at = instant_of(event.get("occurredAt"))
    key = _key(event, type_)
    if kind == "merge":
        yield from _merge(key, object_name, event, at)
    elif kind == "associationChange":
        yield from _association(key, object_name, event, at)
    elif name != "conversation" and "objectId" in event:
        field = event.get("propertyName")
        record = Record(object_name, record_id(event["objectId"]))
        # A kind that is new to us still says that the record may be another one now.
        happened = EVENTS.get(kind, HintEvent.CHANGED)
        yield hint_of(key, happened, record, at, str(field) if field else None, event.get("propertyValue"))


def object_named(name: str, event: Mapping[str, Any]) -> str:
    """The object of an event: by its subscription, or of a generic one by the id of its type."""
    if name == "object":
        type_id = str(event.get("objectTypeId") or "")
        return TYPE_IDS.get(type_id, type_id)
    return SINGULAR.get(name.lower(), name)


def _key(event: Mapping[str, Any], type_: str) -> str:
    """What is the same in each repeat of an event. Its id alone is not: HubSpot gives one id to several."""
    get = event.get  # written out: a flood brings 50,000 of these a second
    whose = f"{get('portalId', '')}:{get('subscriptionId', '')}"
    return f"{type_}:{whose}:{get('eventId', '')}:{get('occurredAt', '')}:{get('propertyName', '')}"


def _merge(key: str, object_name: str, event: Mapping[str, Any], at: datetime | None) -> Iterator[ChangeHint]:
    """Every record that went into a merge, and the one that came out of it, which may be a new one."""
    merged = event.get("mergedObjectIds")
    told = [
        event.get("primaryObjectId"),
        *(merged if isinstance(merged, list) else ()),
        event.get("newObjectId"),
    ]
    if told == [None, None]:
        told = [event.get("objectId")]
    for one in dict.fromkeys(record_id(each) for each in told if each is not None):
        yield hint_of(key, HintEvent.MERGED, Record(object_name, one), at)


def _association(
    key: str, object_name: str, event: Mapping[str, Any], at: datetime | None
) -> Iterator[ChangeHint]:
    """Both ends: HubSpot tells each end's subscription, and perhaps only one of them is there.

    `associationType` names them (documented: CONTACT_TO_COMPANY).
    """
    _, _, other = str(event.get("associationType") or "").lower().partition("_to_")
    other_name = SINGULAR.get(other.rpartition("_")[2], other) or object_name
    yield hint_of(key, HintEvent.CHANGED, Record(object_name, record_id(event.get("fromObjectId"))), at)
    yield hint_of(key, HintEvent.CHANGED, Record(other_name, record_id(event.get("toObjectId"))), at)


def record_id(value: Any) -> str:
    """A record's id as text; raises Unreadable for what is none."""
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit()):
        raise Unreadable(f"{value!r:.40} is no record id")
    return text


def instant_of(value: Any) -> datetime | None:
    """The instant of epoch milliseconds; None for anything else, because nothing rests on it."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    try:
        return from_millis(value)
    except (OverflowError, ValueError, OSError):
        return None
