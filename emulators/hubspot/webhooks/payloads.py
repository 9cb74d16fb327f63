"""An event as one entry of a webhook's array, keys in the order of recorded deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from emulators.hubspot import events
from emulators.hubspot.links import CHILD_TO_PARENT, PARENT_TO_CHILD
from emulators.hubspot.object_types import BY_NAME

if TYPE_CHECKING:
    from emulators.hubspot.events import Event
    from emulators.hubspot.settings import Settings
    from emulators.hubspot.webhooks.subscriptions import Subscription

# Recorded: CREATED. Assumption: the flags of the other kinds.
_FLAGS = {events.CREATION: "CREATED", events.DELETION: "DELETED", events.RESTORE: "RESTORED"}
# Assumption: the names of the links between parents and children; the form of all names is documented.
_NAMED_LINKS = {
    PARENT_TO_CHILD: "PARENT_COMPANY_TO_CHILD_COMPANY",
    CHILD_TO_PARENT: "CHILD_COMPANY_TO_PARENT_COMPANY",
}


def payload(settings: Settings, subscription: Subscription, event: Event, event_id: int) -> dict[str, Any]:
    """The entry without its `attemptNumber`, which each attempt sets."""
    body: dict[str, Any] = {
        "eventId": event_id,
        "subscriptionId": subscription.id,
        "portalId": settings.portal_id,
        "appId": settings.app_id,
        "occurredAt": event.occurred_ms,
        "subscriptionType": subscription.type,
        "attemptNumber": 0,
        **_SPECIAL.get(event.kind, _of_record)(event),
        "changeSource": event.source.name,
        "sourceId": event.source.id,
    }
    if subscription.is_generic and event.kind == events.ASSOCIATION_CHANGE:
        # Documented: these name the types of both ends, and no objectTypeId.
        body["fromObjectTypeId"] = BY_NAME[event.object_name].type_id
        body["toObjectTypeId"] = BY_NAME[event.details["to_name"]].type_id
    elif subscription.is_generic:
        body["objectTypeId"] = BY_NAME[event.object_name].type_id
        if event.kind == events.PROPERTY_CHANGE:
            body["isSensitive"] = False
    return body


def _of_record(event: Event) -> dict[str, Any]:
    flag = _FLAGS.get(event.kind)
    return {"objectId": event.object_id, **({"changeFlag": flag} if flag else {})}


def _of_property(event: Event) -> dict[str, Any]:
    return {
        "objectId": event.object_id,
        "propertyName": event.details["name"],
        "propertyValue": event.details["value"],
    }


def _of_merge(event: Event) -> dict[str, Any]:
    details: Mapping[str, Any] = event.details
    return {
        "objectId": details[
            "new"
        ],  # Assumption: documentation shows no whole event; this is the record it is about.
        "primaryObjectId": details["primary"],
        "mergedObjectIds": details["merged"],
        "newObjectId": details["new"],
        "numberOfPropertiesMoved": details["moved"],
    }


def _of_association(event: Event) -> dict[str, Any]:
    details = event.details
    one, other = (BY_NAME[name].singular.upper() for name in (event.object_name, details["to_name"]))
    return {
        "associationType": _NAMED_LINKS.get(details["type_id"], f"{one}_TO_{other}"),
        "fromObjectId": event.object_id,
        "toObjectId": details["to_id"],
        "associationRemoved": details["removed"],
        "isPrimaryAssociation": details["primary"],
    }


_SPECIAL = {
    events.PROPERTY_CHANGE: _of_property,
    events.MERGE: _of_merge,
    events.ASSOCIATION_CHANGE: _of_association,
}
