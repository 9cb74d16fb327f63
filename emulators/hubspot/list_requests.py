"""Requests about lists: /crm/v3/lists. No full recording of these is public: shapes are the documented ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.hubspot.errors import ApiError, not_found, validation_error
from emulators.hubspot.http import (
    NO_CONTENT,
    Reply,
    Request,
    number_of,
    ok,
    text_of,
    texts_of,
)
from emulators.hubspot.lists import DYNAMIC, PROCESSING_TYPES, RecordList
from emulators.hubspot.object_types import ALL, find_type

if TYPE_CHECKING:
    from emulators.hubspot.portal import Portal

_MAX_SEARCH = 500
TYPE_NAMES = {item.type_id: item.name for item in ALL}


def create_list(portal: Portal, request: Request) -> Reply:
    """POST: a new list, 200."""
    body = request.object()
    missing = [key for key in ("name", "objectTypeId", "processingType") if not text_of(body, key)]
    if missing:
        raise validation_error(
            f"Invalid input JSON: Some required fields were not set: [{', '.join(missing)}]"
        )
    if body["objectTypeId"] not in TYPE_NAMES:
        raise validation_error(
            f"The objectTypeId {body['objectTypeId']} provided for the list is not valid for this portal.",
            subCategory="ListError.INVALID_OBJECT_TYPE_FOR_LIST",
        )
    if body["processingType"] not in PROCESSING_TYPES:
        raise validation_error(f"Invalid processingType {body['processingType']}")  # Assumption: the wording.
    if body["processingType"] == DYNAMIC and not body.get("filterBranch"):
        raise validation_error("A DYNAMIC list needs a filterBranch")  # Assumption: the wording.
    return ok({"list": portal.lists.create({**body, "name": text_of(body, "name")}, portal.now()).as_json()})


def get_lists(portal: Portal, request: Request) -> Reply:
    """GET /?listIds=…: several lists."""
    wanted = request.names("listIds")
    return ok({"lists": [item.as_json() for item in portal.lists.live() if item.list_id in wanted]})


def get_list(portal: Portal, _request: Request, list_id: str) -> Reply:
    """GET /{id}."""
    return ok({"list": find_list(portal, list_id).as_json()})


def get_list_by_name(portal: Portal, _request: Request, type_id: str, name: str) -> Reply:
    """GET /object-type-id/{type}/name/{name}; the 400 for an unknown name is quoted from a live user."""
    type_id = find_type(type_id).type_id
    found = portal.lists.find_name(name, type_id)
    if found is None:
        message = f"List does not exist with name {name} and object type ID {type_id}."
        raise validation_error(message, subCategory="ILS.LIST_NOT_FOUND")
    return ok({"list": found.as_json()})


def search_lists(portal: Portal, request: Request) -> Reply:
    """POST /search: by part of the name, ids and processing types; `offset` pages."""
    body = request.object()
    count = min(number_of(body, "count", 20), _MAX_SEARCH)
    offset = number_of(body, "offset")
    words = text_of(body, "query").lower()
    ids, kinds = texts_of(body, "listIds"), texts_of(body, "processingTypes")
    found = [
        item
        for item in portal.lists.live()
        if words in item.name.lower()
        and (not ids or item.list_id in ids)
        and (not kinds or item.processing_type in kinds)
    ]
    page = found[offset : offset + count]
    return ok(
        {
            "offset": offset + len(page),
            "hasMore": offset + len(page) < len(found),
            "total": len(found),
            "lists": [_search_row(item) for item in page],
        }
    )


def delete_list(portal: Portal, _request: Request, list_id: str) -> Reply:
    """DELETE /{id}: restorable for 90 days."""
    find_list(portal, list_id).deleted_at = portal.now()
    return NO_CONTENT


def restore_list(portal: Portal, _request: Request, list_id: str) -> Reply:
    """PUT /{id}/restore."""
    item = portal.lists.by_id.get(list_id)
    if item is None:
        raise _no_list(list_id)
    portal.lists.refuse_name(item.name, but=item)
    item.deleted_at = None
    return NO_CONTENT


def rename_list(portal: Portal, request: Request, list_id: str) -> Reply:
    """PUT /{id}/update-list-name?listName=…: a new name."""
    item = find_list(portal, list_id)
    name = request.argument("listName")
    if not name:
        raise validation_error("Invalid input: listName is required")  # Assumption: the wording.
    portal.lists.refuse_name(name, but=item)
    item.name = name
    item.updated_at = portal.now()
    item.version += 1
    return ok({"updatedList": item.as_json()})


def find_list(portal: Portal, list_id: str) -> RecordList:
    """The list with this id; a 404 when there is none or it was deleted."""
    item = portal.lists.by_id.get(list_id)
    if item is None or item.deleted_at is not None:
        raise _no_list(list_id)
    return item


def _no_list(list_id: str) -> ApiError:
    # Assumption: status and wording.
    return not_found(f"List does not exist with ID {list_id}.", subCategory="ILS.LIST_NOT_FOUND")


def _search_row(item: RecordList) -> dict[str, Any]:
    row = item.as_json()
    size = row.pop("size")
    row.pop("filterBranch", None)
    return {**row, "additionalProperties": {"hs_list_size": str(size)}}
