"""HubSpot's events, as its webhooks and its journal tell them, as hints."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import repeat
from operator import itemgetter
from typing import Any, NamedTuple

from connectors.hubspot.objects import OBJECT_TYPES
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


def record_type_id(kind: Kind, prefix: str) -> str | None:
    """HubSpot's own id of the type of a record; `prefix` names the object of an activity. None for other kinds."""
    named = {one.name if one.kind is Kind.ACTIVITY else one.kind: one.name for one in OBJECT_TYPES.values()}
    name = named.get(prefix or kind)
    return next((type_id for type_id, known in TYPE_IDS.items() if known == name), None)


Key = tuple[Any, ...]
"""What is the same in each repeat of an event, without the record of those that are about several."""


class Unreadable(ValueError):
    """An event that has not the form of one."""


class Record(NamedTuple):
    """A record that an event is about: HubSpot's name of the object, and the record's own id."""

    object_name: str
    id: str


class _Shape(NamedTuple):
    """What a type of event says by itself; `kind` and `prefix` as Shortlist knows records of the object."""

    sort: str
    event: HintEvent
    object_name: str
    kind: Kind | None
    prefix: str


@lru_cache(maxsize=4096)
def _shape(type_: str, type_id: str) -> _Shape:
    """Looked up once for each type: a flood brings 50,000 events of a few types a second."""
    name, _, sort = type_.partition(".")
    object_name = (
        TYPE_IDS.get(type_id, type_id) if type_.startswith(_GENERIC) else SINGULAR.get(name.lower(), name)
    )
    # A kind that is new to us still says that the record may be another one now.
    event = EVENTS.get(sort, HintEvent.CHANGED)
    return _Shape("" if name == "conversation" else sort, event, object_name, *_known(object_name))


@lru_cache(maxsize=4096)
def _known(object_name: str) -> tuple[Kind | None, str]:
    known = OBJECT_TYPES.get(object_name)
    if known is None:
        return None, ""
    return known.kind, f"{object_name}:" if known.kind is Kind.ACTIVITY else ""


def hint_of(key: Key, event: HintEvent, record: Record, field: str | None = None) -> ChangeHint:
    """A hint about one record."""
    name, record_id_ = record
    kind, prefix = _known(name)
    return ChangeHint((*key, name, record_id_), event, name, f"{prefix}{record_id_}", kind, field)


class Alike(NamedTuple):
    """What events say that differ in record, time and numbers only."""

    type_: str
    object_name: str
    event: HintEvent
    kind: Kind | None
    prefix: str
    field: str | None


_GENERIC = "object."
"""Such events name the type of their object beside it."""
head_of = itemgetter("portalId", "appId", "subscriptionType", "propertyName", "changeSource", "sourceId")
"""What a usual event shares with those that are alike; others lack one of these, or have more that counts."""
_own_of = itemgetter("subscriptionId", "eventId", "occurredAt", "objectId")
_object_of = itemgetter(-1)
_hint: Callable[[tuple[Any, ...]], ChangeHint] = partial(tuple.__new__, ChangeHint)
"""A hint of a plain tuple, without the step through Python that ChangeHint(...) takes."""


def alike(event: Mapping[str, Any]) -> Alike | None:
    """What every event with this head says, where it is about one record; see hints_of_event."""
    type_, field = str(event["subscriptionType"] or ""), event["propertyName"]
    shape = _shape(type_, "")
    if shape.sort == "" or shape.sort in _OF_SEVERAL or type_.startswith(_GENERIC):
        return None
    return Alike(type_, shape.object_name, shape.event, shape.kind, shape.prefix, field and str(field))


def hints_alike(said: Alike, events: Sequence[Mapping[str, Any]]) -> list[ChangeHint]:
    """The hints of events with one head, each once, column by column.

    Raises KeyError, TypeError or Unreadable where one of them is not usual.
    """
    type_, name, happened, kind, prefix, field = said
    owns = dict.fromkeys(map(_own_of, events))
    ids = list(map(str, map(_object_of, owns)))
    if not all(map(str.isdigit, ids)) or not "".join(ids).isascii():
        raise Unreadable("One of the ids is no record id")
    keys = zip(repeat(type_), repeat(name), repeat(field), owns, strict=False)
    remote_ids = map(prefix.__add__, ids) if prefix else ids
    columns = (keys, repeat(happened), repeat(name), remote_ids, repeat(kind), repeat(field))
    return list(map(_hint, zip(*columns, strict=False)))


def hints_of_event(event: Mapping[str, Any]) -> Sequence[ChangeHint]:
    """The hints of one entry of a webhook's array, none for what is no record's (a conversation's).

    Raises Unreadable for an entry that has not the form of one.
    """
    get = event.get
    type_, field = str(get("subscriptionType") or get("eventType") or ""), get("propertyName")
    sort, happened, name, kind, prefix = _shape(type_, str(get("objectTypeId") or ""))
    # What is the same in each repeat of an event. Its id alone is not: HubSpot gives one id to several.
    own = (get("subscriptionId"), get("eventId"), get("occurredAt"), get("objectId"))
    key = (type_, name, field and str(field), own)
    if sort in _OF_SEVERAL:
        return list(_OF_SEVERAL[sort](key, name, event))
    if sort == "" or "objectId" not in event:
        return ()
    id_ = prefix + record_id(event["objectId"])
    return (ChangeHint(key, happened, name, id_, kind, field and str(field)),)


def _merge(key: Key, object_name: str, event: Mapping[str, Any]) -> Iterator[ChangeHint]:
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
        yield hint_of(key, HintEvent.MERGED, Record(object_name, one))


def _association(key: Key, object_name: str, event: Mapping[str, Any]) -> Iterator[ChangeHint]:
    """Both ends: HubSpot tells each end's subscription, and perhaps only one of them is there.

    `associationType` names them (documented: CONTACT_TO_COMPANY); generic events say the type of each end instead of
    one `objectTypeId` (documented: fromObjectTypeId, toObjectTypeId).
    """
    one, _, other = str(event.get("associationType") or "").lower().partition("_to_")
    from_name = object_name or _end(event.get("fromObjectTypeId"), one)
    to_name = _end(event.get("toObjectTypeId"), other) or from_name
    yield hint_of(key, HintEvent.CHANGED, Record(from_name, record_id(event.get("fromObjectId"))))
    yield hint_of(key, HintEvent.CHANGED, Record(to_name, record_id(event.get("toObjectId"))))


def _end(type_id: Any, named: str) -> str:
    """The object at one end of a link, by its type's id or by a word of its name (PARENT_COMPANY is a company)."""
    if type_id:
        return TYPE_IDS.get(str(type_id), str(type_id))
    return next((SINGULAR[word] for word in named.split("_") if word in SINGULAR), named)


_OF_SEVERAL: Mapping[str, Callable[[Key, str, Mapping[str, Any]], Iterator[ChangeHint]]] = {
    "merge": _merge,
    "associationChange": _association,
}
"""Events about several records."""


def record_id(value: Any) -> str:
    """A record's id as text; raises Unreadable for what is none."""
    text = str(value)
    if not (text.isascii() and text.isdigit()):
        raise Unreadable(f"{value!r:.40} is no record id")
    return text
