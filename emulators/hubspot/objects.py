"""Requests about single records and pages of them: /crm/v3/objects/{type}."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.hubspot import events
from emulators.hubspot.associations import checked_targets, link_new_record
from emulators.hubspot.errors import not_found, validation_error
from emulators.hubspot.http import (
    API_ROOT,
    NO_CONTENT,
    Reply,
    Request,
    created,
    next_page,
    ok,
    text_of,
)
from emulators.hubspot.merges import merge
from emulators.hubspot.object_types import CONTACTS, ObjectType, find_type, linked_types
from emulators.hubspot.times import is_whole
from emulators.hubspot.views import created_view, known_names, updated_view, view, with_associations
from emulators.hubspot.writes import (
    apply_changes,
    changes_of,
    create,
    draft_new,
    find_record,
)

if TYPE_CHECKING:
    from emulators.hubspot.portal import Portal
    from emulators.hubspot.records import Record, Table

_PAGE, _MAX_PAGE, _MAX_PAGE_WITH_HISTORY = 10, 100, 50


def list_records(portal: Portal, request: Request, type_name: str) -> Reply:
    """GET: a page in the order of ids; `after` is the id the next page begins with."""
    object_type = find_type(type_name)
    with_history = request.names("propertiesWithHistory")
    limit = request.limit(default=_PAGE, maximum=_MAX_PAGE_WITH_HISTORY if with_history else _MAX_PAGE)
    table = portal.tables[object_type.name]
    found = table.page(request.argument("after"), limit + 1, archived=request.flag("archived"))
    names = known_names(portal, object_type, request.names("properties"))
    targets = linked_types(request.names("associations"))
    body: dict[str, Any] = {
        "results": [
            {**_row(portal, object_type, record, names, targets), **_past(table, record, with_history)}
            for record in found[:limit]
        ]
    }
    if len(found) > limit:
        after = str(found[limit].id)
        body["paging"] = next_page(after, _link(request, after))
    return ok(body)


def get_record(portal: Portal, request: Request, type_name: str, record_id: str) -> Reply:
    """GET one; `idProperty` reads by a unique property, an id merged away gives the survivor."""
    object_type = find_type(type_name)
    if request.flag("archived"):
        archived = portal.tables[object_type.name].archived
        record = archived.get(int(record_id)) if is_whole(record_id) else None
        if record is None:
            raise not_found()
    else:
        record = find_record(portal, object_type, record_id, request.argument("idProperty"))
    names = known_names(portal, object_type, request.names("properties"))
    targets = linked_types(request.names("associations"))
    past = _past(portal.tables[object_type.name], record, request.names("propertiesWithHistory"))
    return ok({**_row(portal, object_type, record, names, targets), **past})


def create_record(portal: Portal, request: Request, type_name: str) -> Reply:
    """POST: create one record, with its associations."""
    object_type = find_type(type_name)
    body = request.object()
    draft = draft_new(portal, object_type, sent_properties(body))
    targets = checked_targets(portal, object_type, body)
    record = link_new_record(portal, object_type, create(portal, draft), targets)
    return created(created_view(portal, object_type, record))


def update_record(portal: Portal, request: Request, type_name: str, record_id: str) -> Reply:
    """PATCH one."""
    object_type = find_type(type_name)
    record = find_record(portal, object_type, record_id, request.argument("idProperty"))
    sent = sent_properties(request.object())
    portal.locks.count(portal.settings, object_type.name, [record.id])
    record = apply_changes(portal, object_type, record, changes_of(portal, object_type, record, sent))
    return ok(updated_view(portal, object_type, record, sent))


def archive_record(portal: Portal, _request: Request, type_name: str, record_id: str) -> Reply:
    """DELETE one: 204 also for an id that never existed."""
    object_type = find_type(type_name)
    record = portal.tables[object_type.name].live.get(int(record_id)) if is_whole(record_id) else None
    if record is not None:
        portal.archive(object_type, record)
    return NO_CONTENT


def merge_records(portal: Portal, request: Request, type_name: str) -> Reply:
    """POST …/merge: one record into another of the same type."""
    object_type = find_type(type_name)
    body = request.object()
    ids = [text_of(body, key) for key in ("primaryObjectId", "objectIdToMerge")]
    primary, other = (find_record(portal, object_type, record_id, "") for record_id in ids)
    if primary.id == other.id:
        raise validation_error("A record cannot be merged with itself")  # Assumption: the wording.
    return ok(created_view(portal, object_type, merge(portal, object_type, primary, other)))


def erase_record(portal: Portal, request: Request, type_name: str) -> Reply:
    """POST …/gdpr-delete: a record is gone for good, not archived; 204 in any case.

    Version 3 has it for contacts only, the versions with dates for every object (documented).
    """
    object_type = find_type(type_name)
    if object_type is not CONTACTS and "/v3/" in request.path:
        raise not_found()
    body = request.object()
    table = portal.tables[object_type.name]
    text, id_property = text_of(body, "objectId"), text_of(body, "idProperty")
    record = table.find(text) if id_property in ("", "hs_object_id") else _by_unique(table, id_property, text)
    if record is not None:
        portal.archive(object_type, record)
        table.forget_archived(record.id)
        portal.severed.forget(object_type.name, record.id)
        portal.note(events.PRIVACY_DELETION, object_type.name, record.id)
    return NO_CONTENT


def _by_unique(table: Table, name: str, value: str) -> Record | None:
    return table.find_unique(name, value) if name in table.unique else None


def sent_properties(body: dict[str, Any]) -> dict[str, Any]:
    """The `properties` of a write; a 400 when there are none."""
    properties = body.get("properties")
    if not isinstance(properties, dict):
        raise validation_error("Invalid input JSON: Some required fields were not set: [properties]")
    return properties


def _row(
    portal: Portal, object_type: ObjectType, record: Record, names: list[str], targets: list[ObjectType]
) -> dict[str, Any]:
    row = view(portal, object_type, record, names)
    associations = with_associations(portal, object_type, record, targets) if targets else {}
    return {**row, "associations": associations} if associations else row


def _past(table: Table, record: Record, names: list[str]) -> dict[str, Any]:
    """The earlier values of some properties, when they are asked for."""
    return {"propertiesWithHistory": table.history.of(record, names)} if names else {}


def _link(request: Request, after: str) -> str:
    kept = {name: ",".join(values) for name, values in request.query.items() if name != "after"}
    query = "&".join(f"{name}={value}" for name, value in {**kept, "after": after}.items())
    return f"{API_ROOT}{request.path}?{query}"
