"""Control routes for what people, and HubSpot itself, do to a portal besides the API.

    POST /_emulator/edit      {"object", "id"?, "properties", "archived"?, "source"?, "source_id"?, "computed"?}
    POST /_emulator/restore   {"object", "ids": […]}
    POST /_emulator/engage    {"contact", "kind", "name"?, "at"?}: an e-mail opened, a form sent, a page seen …
    GET|POST /_emulator/rules {"rules": [{"object", "require": […], "when"?: {"property", "values": […]}}]}
    POST /_emulator/lists     {"id", "name"?, "processing_type"?, "deleted"?, "add"?, "remove"?}
    GET|POST /_emulator/oauth {"uninstall": true} | {"expire_tokens": true}

`computed` writes properties that are read-only for people too, as HubSpot's own processes do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from emulators.hubspot import events, rules
from emulators.hubspot.engagement import engage
from emulators.hubspot.events import UI, Source
from emulators.hubspot.lists import PROCESSING_TYPES
from emulators.hubspot.object_types import CONTACTS, find_type
from emulators.hubspot.times import parse_ms
from emulators.hubspot.values import as_text
from emulators.hubspot.views import state_view
from emulators.hubspot.writes import apply_changes, changes_of, create, draft_new, find_record

if TYPE_CHECKING:
    from emulators.hubspot.object_types import ObjectType
    from emulators.hubspot.portal import Portal
    from emulators.hubspot.records import Record

ControlHandler = Callable[["Portal", str, Any], Any]
"""Takes the portal, whose lock is held, the method and the JSON body.

ValueError, KeyError or ApiError: the body is not understood.
"""


def _oauth(portal: Portal, method: str, body: dict[str, Any]) -> dict[str, Any]:
    """What is granted; ends all grants or all access tokens."""
    if method == "POST" and body.get("uninstall"):
        portal.grants.uninstall()
        portal.note(events.UNINSTALL, "", 0)
    if method == "POST" and body.get("expire_tokens"):
        portal.grants.expire_access_tokens(portal.now_ms())
    grants = portal.grants
    return {"refresh_tokens": list(grants.refresh_tokens), "access_tokens": len(grants.access_tokens)}


def _edit(portal: Portal, _method: str, body: dict[str, Any]) -> dict[str, Any]:
    """A record is made, changed or deleted by a person or any other source."""
    object_type = find_type(str(body["object"]))
    source = Source(str(body.get("source", UI.name)), str(body.get("source_id", UI.id)))
    with portal.acting_as(source):
        record = _edited(portal, object_type, body)
        if body.get("archived"):
            portal.archive(object_type, record)
    return state_view(record)


def _edited(portal: Portal, object_type: ObjectType, body: dict[str, Any]) -> Record:
    properties = body.get("properties", {})
    if "id" not in body:
        return create(portal, draft_new(portal, object_type, properties))
    record = find_record(portal, object_type, str(body["id"]), "")
    if body.get("computed"):
        values = {name: as_text(value) for name, value in properties.items()}
        return portal.store_changed(object_type, record, values)
    return apply_changes(portal, object_type, record, changes_of(portal, object_type, record, properties))


def _restore(portal: Portal, _method: str, body: dict[str, Any]) -> dict[str, Any]:
    """Records come back from the recycle bin."""
    object_type = find_type(str(body["object"]))
    return {"restored": [state_view(portal.restore(object_type, int(one))) for one in body["ids"]]}


def _engage(portal: Portal, _method: str, body: dict[str, Any]) -> dict[str, Any]:
    """A contact does something that HubSpot sums up in its properties."""
    contact = portal.tables[CONTACTS.name].live[int(body["contact"])]
    at_ms = parse_ms(body["at"]) if "at" in body else portal.now_ms()
    return state_view(engage(portal, contact, str(body["kind"]), at_ms, str(body.get("name", ""))))


def _rules(portal: Portal, method: str, body: dict[str, Any]) -> dict[str, Any]:
    """The admins' rules about required properties."""
    if method == "POST":
        portal.rules = [rules.parse(one) for one in body["rules"]]
    return {"rules": [asdict(one) for one in portal.rules]}


def _lists(portal: Portal, _method: str, body: dict[str, Any]) -> dict[str, Any]:
    """A list is renamed, converted, deleted, or gets other members: what its owner does in the screens."""
    item = portal.lists.by_id[str(body["id"])]
    if "processing_type" in body and body["processing_type"] not in PROCESSING_TYPES:
        raise ValueError(f"processing_type is one of {PROCESSING_TYPES}")
    item.name = str(body.get("name", item.name))
    item.processing_type = body.get("processing_type", item.processing_type)
    item.updated_at = portal.now()
    item.version += 1
    if "deleted" in body:
        item.deleted_at = portal.now() if body["deleted"] else None
    for record_id in body.get("add", ()):
        portal.lists.join(item, int(record_id), portal.now())
    for record_id in body.get("remove", ()):
        portal.lists.leave(item, int(record_id))
    return item.as_json()


CONTROL_ROUTES: dict[str, ControlHandler] = {
    "oauth": _oauth,
    "edit": _edit,
    "restore": _restore,
    "lists": _lists,
    "engage": _engage,
    "rules": _rules,
}
