"""Requests about lists and memberships: /crm/v3/lists.

No full recording of these is public: shapes are the documented ones, and the quoted bodies of live users
where they differ (`recordsIdsAdded`, empty arrays left out).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.hubspot.errors import ApiError, not_found, validation_error
from emulators.hubspot.http import (
    API_ROOT,
    NO_CONTENT,
    Reply,
    Request,
    next_page,
    number_of,
    ok,
    text_of,
    texts_of,
)
from emulators.hubspot.lists import DYNAMIC, MAX_MEMBERS, PROCESSING_TYPES, RecordList
from emulators.hubspot.object_types import ALL, find_type
from emulators.hubspot.times import is_whole

if TYPE_CHECKING:
    from emulators.hubspot.portal import Portal

_PAGE, _MAX_PAGE = 100, 250
_MAX_SEARCH = 500
_TYPE_NAMES = {item.type_id: item.name for item in ALL}


def create_list(portal: Portal, request: Request) -> Reply:
    """POST: a new list, 200."""
    body = request.object()
    missing = [key for key in ("name", "objectTypeId", "processingType") if not text_of(body, key)]
    if missing:
        raise validation_error(
            f"Invalid input JSON: Some required fields were not set: [{', '.join(missing)}]"
        )
    if body["objectTypeId"] not in _TYPE_NAMES:
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
    return ok({"list": _find(portal, list_id).as_json()})


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
    _find(portal, list_id).deleted_at = portal.now()
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
    item = _find(portal, list_id)
    name = request.argument("listName")
    if not name:
        raise validation_error("Invalid input: listName is required")  # Assumption: the wording.
    portal.lists.refuse_name(name, but=item)
    item.name = name
    item.updated_at = portal.now()
    item.version += 1
    return ok({"updatedList": item.as_json()})


def get_members(portal: Portal, request: Request, list_id: str) -> Reply:
    """GET /{id}/memberships: members by record id, 250 at most; `after` is the next record id."""
    item = _find(portal, list_id)
    limit = request.limit(default=_PAGE, maximum=_MAX_PAGE)
    after = request.argument("after")
    first = int(after) if is_whole(after) else 0
    ids = sorted(record_id for record_id in item.members if record_id >= first)
    body: dict[str, Any] = {
        "total": len(item.members),
        "results": [
            {"recordId": str(record_id), "membershipTimestamp": item.members[record_id]}
            for record_id in ids[:limit]
        ],
    }
    if len(ids) > limit:
        after = str(ids[limit])
        body["paging"] = next_page(after, f"{API_ROOT}{request.path}?limit={limit}&after={after}")
    return ok(body)


def get_record_lists(portal: Portal, _request: Request, type_id: str, record_id: str) -> Reply:
    """GET /records/{type}/{record}/memberships: the lists a record is on."""
    object_type = find_type(type_id)
    number = int(record_id) if is_whole(record_id) else -1
    rows = [
        {
            "listId": item.list_id,
            "listVersion": item.version,
            "firstAddedTimestamp": item.members[number],
            "lastAddedTimestamp": item.members[number],
            "isPublicList": False,
        }
        for item in portal.lists.live()
        if item.object_type_id == object_type.type_id and number in item.members
    ]
    return ok({"results": rows, "total": len(rows)})


def add_members(portal: Portal, request: Request, list_id: str) -> Reply:
    """PUT /{id}/memberships/add: a bare array of record ids."""
    return ok(_change(portal, list_id, add=_ids(request.json()), remove=[]))


def remove_members(portal: Portal, request: Request, list_id: str) -> Reply:
    """PUT /{id}/memberships/remove: a bare array of record ids."""
    return ok(_change(portal, list_id, add=[], remove=_ids(request.json())))


def add_and_remove_members(portal: Portal, request: Request, list_id: str) -> Reply:
    """PUT /{id}/memberships/add-and-remove."""
    body = request.object()
    add, remove = (texts_of(body, key) for key in ("recordIdsToAdd", "recordIdsToRemove"))
    return ok(_change(portal, list_id, add=add, remove=remove))


def remove_all_members(portal: Portal, _request: Request, list_id: str) -> Reply:
    """DELETE /{id}/memberships."""
    item = _manual(portal, list_id)
    for record_id in list(item.members):
        portal.lists.leave(item, record_id)
    return NO_CONTENT


def _change(portal: Portal, list_id: str, *, add: list[str], remove: list[str]) -> dict[str, list[str]]:
    """Change the members; members already there, and ids that are none, are ignored."""
    item = _manual(portal, list_id)
    add, remove = list(dict.fromkeys(add)), list(dict.fromkeys(remove))
    live = portal.tables[_TYPE_NAMES[item.object_type_id]].live
    exists = {text for text in add if is_whole(text) and int(text) in live}
    # Assumption: recordIdsMissing names the ids that are no records; only additions are looked up.
    missing = [text for text in add if text not in exists]
    added = [text for text in add if text in exists and int(text) not in item.members]
    removed = [text for text in remove if is_whole(text) and int(text) in item.members]
    if len(item.members) + len(added) - len(removed) > MAX_MEMBERS:
        raise validation_error(f"A list can have at most {MAX_MEMBERS} members")  # Assumption: the wording.
    now = portal.now()
    for text in removed:
        portal.lists.leave(item, int(text))
    for text in added:
        portal.lists.join(item, int(text), now)
    reply = {"recordsIdsAdded": added, "recordIdsRemoved": removed, "recordIdsMissing": missing}
    return {key: ids for key, ids in reply.items() if ids}


def _ids(value: Any) -> list[str]:
    return texts_of({"ids": value}, "ids")


def _manual(portal: Portal, list_id: str) -> RecordList:
    item = _find(portal, list_id)
    if item.processing_type == DYNAMIC:
        # The message is recorded of the older lists API; here it is an assumption.
        raise validation_error("Can not operate manually on a dynamic list")
    return item


def _find(portal: Portal, list_id: str) -> RecordList:
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
