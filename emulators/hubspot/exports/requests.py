"""Requests about exports: /crm/v3/exports and its dated twins."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from emulators.hubspot.errors import not_found, validation_error
from emulators.hubspot.exports.files import make_file
from emulators.hubspot.exports.jobs import FILE_MS, Export
from emulators.hubspot.files import refusal, signed_url
from emulators.hubspot.filters import matcher
from emulators.hubspot.http import Reply, Request, object_of, objects_of, ok, text_of, texts_of
from emulators.hubspot.object_types import ObjectType, find_type
from emulators.hubspot.times import is_whole, to_iso

if TYPE_CHECKING:
    from emulators.hubspot.portal import Portal

_FORMATS, _LIST, _VIEW = ("CSV", "XLS", "XLSX"), "LIST", "VIEW"
_REQUIRED = ("exportType", "format", "exportName", "objectType", "language")


def start_export(portal: Portal, request: Request) -> Reply:
    """POST export/async: 202 with the task's id."""
    body = request.object()
    object_type = _checked(body)
    run_ms = int(portal.settings.export_seconds * 1000)
    record_ids = _covered(portal, object_type, body)
    made = portal.exports.start(body, object_type, record_ids, portal.now_ms(), run_ms)
    path = request.path.removesuffix("/")
    link = f"{request.base_url}{path}/tasks/{made.id}/status"
    return Reply(HTTPStatus.ACCEPTED, {"id": str(made.id), "links": {"status": link}})


def get_status(portal: Portal, request: Request, task_id: str) -> Reply:
    """GET export/async/tasks/{id}/status; `result` is where the file lies once it is COMPLETE."""
    export = _find(portal, task_id)
    status = export.status(portal.now_ms())
    body: dict[str, Any] = {"status": status, "requestedAt": to_iso(export.requested_ms)}
    if status != "PENDING":
        body["startedAt"] = to_iso(export.started_ms)
    if status == "COMPLETE":
        if export.file is None:
            export.file_name, export.file = make_file(portal, export)
        body["completedAt"] = to_iso(export.completed_ms)
        # Documented: five minutes from completion; asking again gives the same address.
        path = f"exports/{export.id}.{export.file_name.rpartition('.')[2]}"
        body["result"] = signed_url(request, path, export.completed_ms + FILE_MS)
    return ok(body)


def get_export(portal: Portal, _request: Request, export_id: str) -> Reply:
    """GET export/{id}: what was exported."""
    export = _find(portal, export_id)
    states = {"PENDING": "ENQUEUED", "PROCESSING": "PROCESSING", "COMPLETE": "DONE"}
    state = states[export.status(portal.now_ms())]
    body = {
        "id": str(export.id),
        "exportName": text_of(export.body, "exportName"),
        "exportType": export.body["exportType"],
        "objectType": export.object_type.type_id,
        "objectProperties": export.body["objectProperties"],
        "createdAt": to_iso(export.requested_ms),
        "updatedAt": to_iso(min(portal.now_ms(), export.completed_ms)),
        "exportState": state,
    }
    return ok({**body, "recordCount": len(export.record_ids)} if state == "DONE" else body)


def get_file(portal: Portal, request: Request, name: str) -> Reply:
    """GET the file at the address a status gave; no token."""
    refused = refusal(portal, request, f"exports/{name}")
    if refused is not None:
        return refused
    export = _find(portal, name.partition(".")[0])
    content = "application/zip" if export.file_name.endswith(".zip") else "text/csv"
    disposition = f'attachment; filename="{export.file_name}"'
    return Reply(HTTPStatus.OK, export.file, {"Content-Type": content, "Content-Disposition": disposition})


def _checked(body: dict[str, Any]) -> ObjectType:
    """The object of an export; a 400 for a body that is not one."""
    missing = [name for name in _REQUIRED if not text_of(body, name)]
    if missing or not texts_of(body, "objectProperties"):
        names = ", ".join(missing or ["objectProperties"])
        raise validation_error(f"Invalid input JSON: Some required fields were not set: [{names}]")
    if body["format"] not in _FORMATS or body["exportType"] not in (_LIST, _VIEW):
        raise validation_error(
            "Invalid input JSON: format or exportType is not known"
        )  # Assumption: wording.
    if body["format"] != "CSV":
        # Not HubSpot's: it makes spreadsheets too, this emulator does not.
        raise validation_error("The emulator exports CSV only")
    if body["exportType"] == _LIST and not text_of(body, "listId"):
        raise validation_error("Invalid input JSON: Some required fields were not set: [listId]")
    return find_type(text_of(body, "objectType"))


def _covered(portal: Portal, object_type: ObjectType, body: dict[str, Any]) -> list[int]:
    """The records of an export, by id: those of a list, or those that fit the search of a view."""
    table = portal.tables[object_type.name]
    if body["exportType"] == _LIST:
        item = portal.lists.by_id.get(text_of(body, "listId"))
        if item is None or item.deleted_at is not None or item.object_type_id != object_type.type_id:
            raise validation_error(f"List {body['listId']} cannot be exported")  # Assumption: the wording.
        return sorted(item.members)
    search = object_of(body, "publicCrmSearchRequest")
    groups = [objects_of(group, "filters") for group in objects_of(search, "filterGroups")]
    single = objects_of(search, "filters")
    matches = matcher(portal, object_type, [*groups, *([single] if single else [])], text_of(search, "query"))
    return sorted(record.id for record in table.live.values() if matches(record))


def _find(portal: Portal, text: str) -> Export:
    found = portal.exports.by_id.get(int(text)) if is_whole(text) else None
    if found is None:
        raise not_found()
    return found
