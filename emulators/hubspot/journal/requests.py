"""Requests about the journal: /webhooks-journal/journal/2026-03 and its -local twin, with the app's own token.

The portal is the only one the app is installed in, so both twins hold the same; another `installPortalId` finds
nothing.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import orjson

from emulators.hubspot.errors import ApiError, not_found, validation_error
from emulators.hubspot.files import refusal, signed_url
from emulators.hubspot.http import NO_CONTENT, Reply, Request, number_of, objects_of, ok, text_of, texts_of
from emulators.hubspot.journal.entries import KNOWN_ACTIONS, OBJECT, JournalFile
from emulators.hubspot.object_types import find_type
from emulators.hubspot.times import is_whole, to_iso

if TYPE_CHECKING:
    from emulators.hubspot.portal import Portal

_URL_MS = 3_600_000  # Assumption: an address is good for an hour.
_MAX_COUNT = 100  # Assumption: the specification names no maximum.


def get_earliest(portal: Portal, request: Request) -> Reply:
    """GET earliest: the oldest file of the last three days; 204 when there is none."""
    return _first(portal, request, _files(portal, request))


def get_latest(portal: Portal, request: Request) -> Reply:
    """GET latest."""
    return _first(portal, request, _files(portal, request)[-1:])


def get_next(portal: Portal, request: Request, offset: str) -> Reply:
    """GET offset/{offset}/next: the file after one; 204 when it is the last, 404 when it is gone."""
    return _first(portal, request, _after(portal, request, offset))


def batch_earliest(portal: Portal, request: Request, number: str) -> Reply:
    """GET batch/earliest/{count}."""
    return _batch(portal, request, _files(portal, request)[: _count(number)])


def batch_latest(portal: Portal, request: Request, number: str) -> Reply:
    """GET batch/latest/{count}."""
    return _batch(portal, request, _files(portal, request)[-_count(number) :])


def batch_next(portal: Portal, request: Request, offset: str, number: str) -> Reply:
    """GET batch/{offset}/next/{count}."""
    return _batch(portal, request, _after(portal, request, offset)[: _count(number)])


def batch_read(portal: Portal, request: Request) -> Reply:
    """POST batch/read: files by offset; 207 when some are gone."""
    known = {one.offset: one for one in _files(portal, request)}
    wanted = texts_of(request.object(), "inputs")
    missing = [offset for offset in wanted if offset not in known]
    errors = [_gone().row({"offset": [offset]}) for offset in missing]
    return _batch(portal, request, [known[offset] for offset in wanted if offset in known], errors)


def get_file(portal: Portal, request: Request, offset: str) -> Reply:
    """GET the file itself, at the address a journal reply gave; no token."""
    refused = refusal(portal, request, f"journal/{offset}")
    if refused is not None:
        return refused
    found = portal.journal.find(offset)
    if found is None:
        raise _gone()
    return Reply(HTTPStatus.OK, orjson.dumps(found.as_json()), {"Content-Type": "application/json"})


def create_subscription(portal: Portal, request: Request) -> Reply:
    """POST subscriptions: a new one, or new contents for the one of the same kind, portal and object."""
    body = request.object()
    kind = text_of(body, "subscriptionType")
    if kind not in KNOWN_ACTIONS:
        raise validation_error(f"subscriptionType {kind} is not one of {sorted(KNOWN_ACTIONS)}")  # Assumption
    unknown = set(texts_of(body, "actions")) - KNOWN_ACTIONS[kind]
    if unknown:
        raise validation_error(f"{kind} has no actions {sorted(unknown)}")  # Assumption: the wording.
    if "objectTypeId" in body:
        body = {**body, "objectTypeId": find_type(text_of(body, "objectTypeId")).type_id}
    return ok(portal.journal.subscribe(body, portal.settings.app_id, portal.now()))


def list_subscriptions(portal: Portal, _request: Request) -> Reply:
    """GET subscriptions."""
    return ok({"results": list(portal.journal.subscriptions.values())})


def get_subscription(portal: Portal, _request: Request, number: str) -> Reply:
    """GET subscriptions/{id}."""
    found = portal.journal.subscriptions.get(int(number)) if is_whole(number) else None
    if found is None:
        raise not_found()
    return ok(found)


def delete_subscription(portal: Portal, _request: Request, number: str) -> Reply:
    """DELETE subscriptions/{id}."""
    if is_whole(number):
        portal.journal.subscriptions.pop(int(number), None)
    return NO_CONTENT


def delete_subscriptions(portal: Portal, _request: Request, number: str) -> Reply:
    """DELETE subscriptions/portals/{id}: all of one account."""
    kept = portal.journal.subscriptions.items()
    portal.journal.subscriptions = {key: one for key, one in kept if str(one.get("portalId")) != number}
    return NO_CONTENT


def create_snapshots(portal: Portal, request: Request) -> Reply:
    """POST snapshots/crm: the state of records becomes entries of the journal, with an id to ask after each."""
    rows = []
    for item in objects_of(request.object(), "snapshotRequests"):
        object_type = find_type(text_of(item, "objectTypeId"))
        record = portal.tables[object_type.name].find(text_of(item, "objectId"))
        status_id = str(uuid4())
        names = texts_of(item, "properties")
        about = {"portalId": portal.settings.portal_id, "objectTypeId": object_type.type_id}
        about["objectId"] = number_of(item, "objectId")
        if record is not None:
            values = {name: record.properties.get(name) for name in names}
            head = {"type": OBJECT, "occurredAt": portal.now(), "action": "SNAPSHOT"}
            portal.journal.add_snapshot({**head, **about, "propertyChanges": values})
        portal.journal.snapshots[status_id] = {
            "id": status_id,
            "initiatedAt": portal.now_ms(),
            "completedAt": portal.now_ms(),
            "status": "SUCCESS" if record is not None else "FAILED",
        }
        rows.append({**about, "snapshotStatusId": status_id})
    return ok({"snapshotResponses": rows})


def get_snapshot(portal: Portal, _request: Request, status_id: str) -> Reply:
    """GET status/{id} of a snapshot."""
    found = portal.journal.snapshots.get(status_id)
    if found is None:
        raise not_found()
    return ok(found)


def _files(portal: Portal, request: Request) -> list[JournalFile]:
    portal.journal.publish(portal.now_ms())
    wanted = request.argument("installPortalId", str(portal.settings.portal_id))
    return portal.journal.files if wanted == str(portal.settings.portal_id) else []


def _after(portal: Portal, request: Request, offset: str) -> list[JournalFile]:
    _files(portal, request)
    found = portal.journal.after(offset)
    if found is None:
        raise _gone()
    return found


def _gone() -> ApiError:
    return not_found("The offset does not exist or has expired")  # Assumption: the wording.


def _count(number: str) -> int:
    if not is_whole(number) or not 1 <= int(number) <= _MAX_COUNT:
        raise validation_error(f"count must be between 1 and {_MAX_COUNT}")  # Assumption: the wording.
    return int(number)


def _row(portal: Portal, request: Request, found: JournalFile) -> dict[str, Any]:
    expires_ms = portal.now_ms() + _URL_MS
    url = signed_url(request, f"journal/{found.offset}", expires_ms)
    return {"url": url, "expiresAt": to_iso(expires_ms), "currentOffset": found.offset}


def _first(portal: Portal, request: Request, files: list[JournalFile]) -> Reply:
    return ok(_row(portal, request, files[0])) if files else NO_CONTENT


def _batch(
    portal: Portal, request: Request, files: list[JournalFile], errors: list[dict[str, Any]] | None = None
) -> Reply:
    now = portal.now()
    rows = [_row(portal, request, one) for one in files]
    body: dict[str, Any] = {"status": "COMPLETE", "results": rows, "startedAt": now, "completedAt": now}
    if errors:
        return Reply(HTTPStatus.MULTI_STATUS, {**body, "numErrors": len(errors), "errors": errors})
    return ok(body)
