"""Requests about who is on a list: /crm/v3/lists/{id}/memberships.

No full recording of these is public: shapes are the documented ones, and the quoted bodies of live users
where they differ (`recordsIdsAdded`, empty arrays left out).
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from emulators.hubspot.errors import not_found, validation_error
from emulators.hubspot.http import (
    API_ROOT,
    NO_CONTENT,
    Reply,
    Request,
    batch_inputs,
    next_page,
    ok,
    text_of,
    texts_of,
)
from emulators.hubspot.list_requests import TYPE_NAMES, find_list
from emulators.hubspot.lists import DYNAMIC, MAX_MEMBERS, RecordList
from emulators.hubspot.object_types import find_type
from emulators.hubspot.times import is_whole

if TYPE_CHECKING:
    from emulators.hubspot.object_types import ObjectType
    from emulators.hubspot.portal import Portal

_PAGE, _MAX_PAGE = 100, 250
_MAX_BATCH = 100  # Assumption: the specification names none.


def get_members(portal: Portal, request: Request, list_id: str) -> Reply:
    """GET /{id}/memberships: members by record id, 250 at most; `after` is the next record id."""
    item = find_list(portal, list_id)
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


def get_members_by_time(portal: Portal, request: Request, list_id: str) -> Reply:
    """GET /{id}/memberships/join-order: members by the time they joined; `after` is a position."""
    item = find_list(portal, list_id)
    limit = request.limit(default=_PAGE, maximum=_MAX_PAGE)
    after = request.argument("after")
    start = int(after) if is_whole(after) else 0
    joined = sorted(item.members.items(), key=lambda member: (member[1], member[0]))
    body: dict[str, Any] = {
        "total": len(joined),
        "results": [
            {"recordId": str(record_id), "membershipTimestamp": joined_at}
            for record_id, joined_at in joined[start : start + limit]
        ],
    }
    if start + limit < len(joined):
        body["paging"] = next_page(str(start + limit))
    return ok(body)


def get_record_lists(portal: Portal, _request: Request, type_id: str, record_id: str) -> Reply:
    """GET /records/{type}/{record}/memberships: the lists a record is on."""
    rows = _record_rows(portal, find_type(type_id), record_id)
    return ok({"results": rows, "total": len(rows)})


def read_record_lists(portal: Portal, request: Request) -> Reply:
    """POST /records/memberships/batch/read: the lists of several records; 207 when some are no records."""
    started_at = portal.now()
    rows: list[dict[str, Any]] = []
    missing: list[str] = []
    for item in batch_inputs(request, _MAX_BATCH):
        object_type, text = find_type(text_of(item, "objectTypeId")), text_of(item, "recordId")
        if portal.tables[object_type.name].find(text) is None:
            missing.append(text)
        else:
            rows += _record_rows(portal, object_type, text)
    body = {"status": "COMPLETE", "results": rows, "startedAt": started_at, "completedAt": portal.now()}
    if not missing:
        return ok(body)
    error = not_found("Some records do not exist").row({"recordId": missing})  # Assumption: the wording.
    return Reply(HTTPStatus.MULTI_STATUS, {**body, "numErrors": 1, "errors": [error]})


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


def add_from_list(portal: Portal, _request: Request, list_id: str, source_id: str) -> Reply:
    """PUT /{id}/memberships/add-from/{source}: all members of another list; 204."""
    item, source = _manual(portal, list_id), find_list(portal, source_id)
    if len(item.members | source.members) > MAX_MEMBERS:
        raise validation_error(f"A list can have at most {MAX_MEMBERS} members")  # Assumption: the wording.
    for record_id in source.members:
        portal.lists.join(item, record_id, portal.now())
    return NO_CONTENT


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
    live = portal.tables[TYPE_NAMES[item.object_type_id]].live
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


def _record_rows(portal: Portal, object_type: ObjectType, record_id: str) -> list[dict[str, Any]]:
    number = int(record_id) if is_whole(record_id) else -1
    return [
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


def _ids(value: Any) -> list[str]:
    return texts_of({"ids": value}, "ids")


def _manual(portal: Portal, list_id: str) -> RecordList:
    item = find_list(portal, list_id)
    if item.processing_type == DYNAMIC:
        # The message is recorded of the older lists API; here it is an assumption.
        raise validation_error("Can not operate manually on a dynamic list")
    return item
