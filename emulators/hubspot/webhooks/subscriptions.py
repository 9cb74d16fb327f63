"""Subscriptions of webhooks: the types HubSpot knows, and which events each of them hears."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulators.hubspot import events
from emulators.hubspot.events import Event
from emulators.hubspot.object_types import BY_NAME, find_type

GENERIC = "object"
_OBJECTS = ("company", "contact", "deal", "ticket", "line_item", "product", GENERIC)
_KINDS = (
    events.CREATION, events.DELETION, events.MERGE, events.RESTORE, events.PROPERTY_CHANGE,
    events.ASSOCIATION_CHANGE,
)  # fmt: skip
_CONVERSATION = ("creation", "deletion", "newMessage", "privacyDeletion", "propertyChange")
TYPES = {
    *(f"{name}.{kind}" for name in _OBJECTS for kind in _KINDS),
    "contact.privacyDeletion",
    *(f"conversation.{kind}" for kind in _CONVERSATION),
    "event.completed",
} - {"product.associationChange"}
_NOT_SUBSCRIBABLE = {"num_unique_conversion_events", "hs_lastmodifieddate", "lastmodifieddate"}
MAX_SUBSCRIPTIONS = 1_000


@dataclass(frozen=True)
class Subscription:
    """One subscription; `property_name` only of a propertyChange, `object_name` of a generic one."""

    id: int
    type: str
    property_name: str = ""
    object_name: str = ""

    @property
    def is_generic(self) -> bool:
        """Whether it is one of `object.*`, which name the type of the object in each event."""
        return self.type.startswith(f"{GENERIC}.")

    def hears(self, event: Event) -> bool:
        """Whether an event is one of this subscription's."""
        name, _, kind = self.type.partition(".")
        if kind != event.kind or event.object_name not in BY_NAME:
            return False
        if kind == events.PROPERTY_CHANGE and event.details["name"] != self.property_name:
            return False
        if self.is_generic:
            return event.object_name == self.object_name
        return BY_NAME[event.object_name].singular == name


def parse(number: int, given: Mapping[str, Any]) -> Subscription:
    """`{"type", "property"?, "objectTypeId"?}` as a subscription. ValueError: HubSpot would not take it."""
    kind = str(given.get("type", ""))
    name = str(given.get("property", ""))
    if kind not in TYPES:
        raise ValueError(f"no subscription type {kind!r}; known are {sorted(TYPES)}")
    if kind.endswith(f".{events.PROPERTY_CHANGE}") != bool(name):
        raise ValueError(f"{kind}: a property belongs to propertyChange, and only to it")
    if name in _NOT_SUBSCRIBABLE:
        raise ValueError(f"the property {name} cannot be subscribed to")
    if not kind.startswith(f"{GENERIC}."):
        return Subscription(number, kind, name)
    if "objectTypeId" not in given:
        raise ValueError(f"{kind} needs an objectTypeId")
    return Subscription(number, kind, name, find_type(str(given["objectTypeId"])).name)
