"""Subscriptions of the journal, and the files its events are published in.

No recorded file is public: the shape is the documented one, and where that says nothing it is an assumption.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from emulators.hubspot import events
from emulators.hubspot.object_types import BY_NAME
from emulators.hubspot.times import DAY_MS, to_iso

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulators.hubspot.events import Event
    from emulators.hubspot.settings import Settings

OBJECT, ASSOCIATION, LIST_MEMBERSHIP = "OBJECT", "ASSOCIATION", "LIST_MEMBERSHIP"
GDPR, LIFECYCLE = "GDPR_PRIVACY_DELETION", "APP_LIFECYCLE_EVENT"
KEPT_MS = 3 * DAY_MS
_MAX_EVENTS = 10_000  # in one file

_ACTIONS = {
    events.CREATION: (OBJECT, "CREATE"),
    events.PROPERTY_CHANGE: (OBJECT, "UPDATE"),
    events.DELETION: (OBJECT, "DELETE"),
    events.MERGE: (OBJECT, "MERGE"),
    events.RESTORE: (OBJECT, "RESTORE"),
    events.PRIVACY_DELETION: (GDPR, "GDPR_DELETE"),
    events.UNINSTALL: (LIFECYCLE, "APP_UNINSTALL"),
}
_REMOVABLE = {
    events.ASSOCIATION_CHANGE: (ASSOCIATION, "ASSOCIATION_ADDED", "ASSOCIATION_REMOVED"),
    events.MEMBERSHIP: (LIST_MEMBERSHIP, "ADDED_TO_LIST", "REMOVED_FROM_LIST"),
}
KNOWN_ACTIONS = {
    OBJECT: {"CREATE", "UPDATE", "DELETE", "MERGE", "RESTORE"},
    ASSOCIATION: {"ASSOCIATION_ADDED", "ASSOCIATION_REMOVED"},
    LIST_MEMBERSHIP: {"ADDED_TO_LIST", "REMOVED_FROM_LIST"},
    GDPR: {"GDPR_DELETE"},
    LIFECYCLE: {"APP_INSTALL", "APP_UNINSTALL"},
}


@dataclass(frozen=True)
class JournalFile:
    """One published file; `offset` is its address in the journal."""

    offset: str
    published_ms: int
    events: list[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        """What is in the file."""
        published_at = to_iso(self.published_ms)
        return {"offset": self.offset, "journalEvents": self.events, "publishedAt": published_at}


@dataclass
class Journal:
    """The journal of one app: what it subscribed to, what waits, what is published."""

    subscriptions: dict[int, dict[str, Any]] = field(default_factory=dict)
    files: list[JournalFile] = field(default_factory=list)
    snapshots: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._ids = count(1)
        self._waiting: list[dict[str, Any]] = []

    def subscribe(self, body: Mapping[str, Any], app_id: int, now: str) -> dict[str, Any]:
        """Add a subscription, or change the one of the same kind, portal and object; returns it."""
        key = ("subscriptionType", "portalId", "objectTypeId")
        same = (
            one for one in self.subscriptions.values() if all(one.get(name) == body.get(name) for name in key)
        )
        old = next(same, None)
        number = old["id"] if old else next(self._ids)
        made_at = old["createdAt"] if old else now
        self.subscriptions[number] = {
            "objectTypeId": None,
            **body,
            "id": number,
            "appId": app_id,
            "createdAt": made_at,
            "updatedAt": now,
            "createdBy": 1,
        }
        return self.subscriptions[number]

    def take(self, event: Event, settings: Settings) -> None:
        """Note an event once, if a subscription asks for it; what one write changed is one entry."""
        kind, action = _action(event)
        entry = _entry(event, kind, action, settings.portal_id)
        if not any(_asks(one, entry) for one in self.subscriptions.values()):
            return
        if action == "UPDATE" and self._waiting and _same_write(self._waiting[-1], entry):
            self._waiting[-1]["propertyChanges"].update(entry["propertyChanges"])
        else:
            self._waiting.append(entry)

    def add_snapshot(self, entry: dict[str, Any]) -> None:
        """Note the state of a record that was asked for."""
        self._waiting.append(entry)

    def publish(self, now_ms: int) -> None:
        """Put what waits into files and forget files older than three days."""
        for start in range(0, len(self._waiting), _MAX_EVENTS):
            part = self._waiting[start : start + _MAX_EVENTS]
            self.files.append(JournalFile(str(uuid4()), now_ms, part))
        self._waiting = []
        self.files = [one for one in self.files if one.published_ms > now_ms - KEPT_MS]

    def after(self, offset: str) -> list[JournalFile] | None:
        """The files after one, oldest first; None when there is no such file (any more)."""
        places = [place for place, one in enumerate(self.files) if one.offset == offset]
        return self.files[places[0] + 1 :] if places else None

    def find(self, offset: str) -> JournalFile | None:
        """One file."""
        return next((one for one in self.files if one.offset == offset), None)


def _action(event: Event) -> tuple[str, str]:
    if event.kind in _REMOVABLE:
        kind, added, removed = _REMOVABLE[event.kind]
        return kind, removed if event.details["removed"] else added
    return _ACTIONS[event.kind]


def _entry(event: Event, kind: str, action: str, portal_id: int) -> dict[str, Any]:
    """One entry. Assumption: `type` is the kind of subscription, and the keys beyond the documented ones."""
    entry: dict[str, Any] = {
        "type": kind,
        "portalId": portal_id,
        "occurredAt": to_iso(event.occurred_ms),
        "action": action,
    }
    if kind == LIFECYCLE:
        return entry
    details = event.details
    entry |= {"objectTypeId": BY_NAME[event.object_name].type_id, "objectId": event.object_id}
    if kind == ASSOCIATION:
        associated = BY_NAME[details["to_name"]].type_id
        entry |= {"associatedObjectTypeId": associated, "associatedObjectId": details["to_id"]}
        entry |= {"associationTypeId": details["type_id"], "isPrimaryAssociation": details["primary"]}
    elif kind == LIST_MEMBERSHIP:
        entry["listId"] = details["list_id"]
    elif action == "UPDATE":
        entry["propertyChanges"] = {details["name"]: details["value"]}
    elif action == "MERGE":
        merged = {"primaryObjectId": details["primary"], "mergedObjectIds": details["merged"]}
        entry |= {**merged, "newObjectId": details["new"]}
    return entry


def _asks(subscription: dict[str, Any], entry: dict[str, Any]) -> bool:
    """Whether a subscription asks for an entry; an empty or absent list of ids or names asks for all."""

    def wanted(key: str, value: Any) -> bool:
        chosen = subscription.get(key) or []
        return not chosen or value in chosen

    type_id = subscription["objectTypeId"]
    names = subscription.get("properties") or []
    return (
        subscription["subscriptionType"] == entry["type"]
        and wanted("actions", entry["action"])
        and type_id in (None, entry.get("objectTypeId"))
        and wanted("objectIds", entry.get("objectId"))
        and wanted("listIds", entry.get("listId"))
        and wanted("associatedObjectTypeIds", entry.get("associatedObjectTypeId"))
        and (
            not names or entry["action"] != "UPDATE" or not entry["propertyChanges"].keys().isdisjoint(names)
        )
    )


def _same_write(one: dict[str, Any], other: dict[str, Any]) -> bool:
    keys = ("type", "action", "objectTypeId", "objectId", "occurredAt")
    return all(one.get(key) == other.get(key) for key in keys)
