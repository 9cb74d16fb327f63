"""Associations: /crm/v4/associations and /crm/v4/objects/{type}/{id}/associations; of version 3 the batch read."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from emulators.hubspot.associations import (
    PAGE,
    checked_pair,
    checked_type_ids,
    known_id,
    labels_between,
    link,
    link_default,
    linked_page,
    unlink,
)
from emulators.hubspot.errors import ApiError, validation_error
from emulators.hubspot.http import (
    API_ROOT,
    NO_CONTENT,
    Reply,
    Request,
    batch_inputs,
    next_page,
    object_of,
    objects_of,
    ok,
    text_of,
)
from emulators.hubspot.links import UNLABELED
from emulators.hubspot.object_types import ObjectType, find_type
from emulators.hubspot.times import is_whole
from emulators.hubspot.views import inline_links

if TYPE_CHECKING:
    from emulators.hubspot.portal import Portal

MAX_READ, MAX_WRITE = 1_000, 2_000


def batch_read(portal: Portal, request: Request, from_name: str, to_name: str) -> Reply:
    """The associations of up to 1,000 records; 207 with an error for each that has none (recorded)."""
    source, target = find_type(from_name), find_type(to_name)
    started_at = portal.now()
    rows, errors = [], []
    for item in batch_inputs(request, MAX_READ):
        text = text_of(item, "id")
        linked = linked_page(portal, (source.name, target.name), text, text_of(item, "after"))
        if linked["results"]:
            paging = {"paging": linked["paging"]} if "paging" in linked else {}
            rows.append({"from": {"id": text}, "to": linked["results"], **paging})
        else:
            errors.append(_no_associations(source, target, text))
    return _envelope(portal, rows, errors, started_at=started_at)


def batch_read_v3(portal: Portal, request: Request, from_name: str, to_name: str) -> Reply:
    """The same in version 3: the linked ids with the name of each link (recorded)."""
    source, target = find_type(from_name), find_type(to_name)
    started_at = portal.now()
    rows, errors = [], []
    for item in batch_inputs(request, MAX_READ):
        text = text_of(item, "id")
        linked = inline_links(portal, source, int(text), target) if is_whole(text) else {"results": []}
        if linked["results"]:
            rows.append({"from": {"id": text}, "to": linked["results"]})
        else:
            errors.append(_no_associations(source, target, text))
    return _envelope(portal, rows, errors, started_at=started_at)


def batch_create(portal: Portal, request: Request, from_name: str, to_name: str) -> Reply:
    """Link pairs with given types: 201, 207 when some pairs name records that are not there."""
    source, target = find_type(from_name), find_type(to_name)
    started_at = portal.now()
    rows, errors = [], []
    for item in batch_inputs(request, MAX_WRITE):
        try:
            ids = checked_pair(portal, source, target, item)
            type_ids = checked_type_ids(portal, (source.name, target.name), item.get("types"))
        except ApiError as problem:
            errors.append(problem.row(_ids_context(item)))
            continue
        link(portal, (source, target), ids, type_ids)
        rows.append(labels_between(portal, source, target, ids))
    return _envelope(portal, rows, errors, started_at=started_at, status=HTTPStatus.CREATED)


def batch_default(portal: Portal, request: Request, from_name: str, to_name: str) -> Reply:
    """Link pairs with the unlabeled type; each gives two rows, one per direction (recorded)."""
    source, target = find_type(from_name), find_type(to_name)
    started_at = portal.now()
    rows: list[dict[str, Any]] = []
    errors = []
    for item in batch_inputs(request, MAX_WRITE):
        try:
            ids = checked_pair(portal, source, target, item)
        except ApiError as problem:
            errors.append(problem.row(_ids_context(item)))
            continue
        rows += link_default(portal, source, target, ids)
    return _envelope(portal, rows, errors, started_at=started_at)


def batch_archive(portal: Portal, request: Request, from_name: str, to_name: str) -> Reply:
    """Unlink pairs: 204, on the dated paths 200 with an empty envelope (documented difference)."""
    source, target = find_type(from_name), find_type(to_name)
    started_at = portal.now()
    for item in batch_inputs(request, MAX_WRITE):
        for one in objects_of(item, "to"):
            unlink(portal, source, target, text_of(object_of(item, "from"), "id"), text_of(one, "id"))
    if "/v4/" in request.path:
        return NO_CONTENT
    return _envelope(portal, [], [], started_at=started_at)


def batch_archive_labels(portal: Portal, request: Request, from_name: str, to_name: str) -> Reply:
    """Take types off pairs: 204."""
    source, target = find_type(from_name), find_type(to_name)
    pair = (source.name, target.name)
    for item in batch_inputs(request, MAX_WRITE):
        ids = checked_pair(portal, source, target, item)
        for type_id in checked_type_ids(portal, pair, item.get("types")):
            portal.links.remove_type(pair, *ids, type_id)
        portal.follow_links([(pair[0], ids[0]), (pair[1], ids[1])])
    return NO_CONTENT


def list_linked(portal: Portal, request: Request, from_name: str, record_id: str, to_name: str) -> Reply:
    """GET: what one record is linked with, up to 500 by id."""
    source, target = find_type(from_name), find_type(to_name)
    known_id(portal, source, record_id)
    limit = request.limit(default=PAGE, maximum=PAGE)
    found = linked_page(portal, (source.name, target.name), record_id, request.argument("after"), limit)
    if "paging" in found:
        after = found["paging"]["next"]["after"]
        found["paging"] = next_page(after, f"{API_ROOT}{request.path}?limit={limit}&after={after}")
    return ok(found)


def put_default(
    portal: Portal, _request: Request, from_name: str, record_id: str, to_name: str, to_id: str
) -> Reply:
    """PUT …/associations/default/…: link with the unlabeled type."""
    source, target = find_type(from_name), find_type(to_name)
    ids = known_id(portal, source, record_id), known_id(portal, target, to_id)
    started_at = portal.now()
    return _envelope(portal, link_default(portal, source, target, ids), [], started_at=started_at)


def put_labels(
    portal: Portal, request: Request, from_name: str, record_id: str, to_name: str, to_id: str
) -> Reply:
    """PUT …/associations/{type}/{id}: the given types replace the link's earlier labels; 201."""
    source, target = find_type(from_name), find_type(to_name)
    pair = (source.name, target.name)
    ids = known_id(portal, source, record_id), known_id(portal, target, to_id)
    type_ids = checked_type_ids(portal, pair, request.json())
    for old in set(portal.links.of(pair, ids[0]).get(ids[1], ())) - {UNLABELED[pair], *type_ids}:
        portal.links.remove_type(pair, *ids, old)
    link(portal, (source, target), ids, type_ids)
    return Reply(HTTPStatus.CREATED, labels_between(portal, source, target, ids))


def delete_link(
    portal: Portal, _request: Request, from_name: str, record_id: str, to_name: str, to_id: str
) -> Reply:
    """DELETE: unlink two records; 204 also when they were not linked."""
    unlink(portal, find_type(from_name), find_type(to_name), record_id, to_id)
    return NO_CONTENT


def list_labels(portal: Portal, _request: Request, from_name: str, to_name: str) -> Reply:
    """GET …/labels: every type of a direction."""
    pair = (find_type(from_name).name, find_type(to_name).name)
    return ok({"results": [portal.links.spec(pair, type_id) for type_id in portal.links.labels(pair)]})


def create_label(portal: Portal, request: Request, from_name: str, to_name: str) -> Reply:
    """POST …/labels: a label of users, in both directions."""
    pair = (find_type(from_name).name, find_type(to_name).name)
    body = request.object()
    if pair not in UNLABELED or not text_of(body, "label"):
        raise validation_error("Invalid input JSON: Some required fields were not set: [label]")
    made = portal.links.create_label(pair, text_of(body, "label"), text_of(body, "inverseLabel"))
    return ok({"results": [portal.links.spec(direction, type_id) for direction, type_id in made]})


def _envelope(
    portal: Portal,
    rows: list[dict[str, Any]],
    errors: list[dict[str, Any]],
    *,
    started_at: str,
    status: int = HTTPStatus.OK,
) -> Reply:
    body: dict[str, Any] = {"status": "COMPLETE", "results": rows}
    if errors:
        body |= {"errors": errors, "numErrors": len(errors)}
        status = HTTPStatus.MULTI_STATUS
    return Reply(status, {**body, "startedAt": started_at, "completedAt": portal.now()})


def _ids_context(item: dict[str, Any]) -> dict[str, list[str]]:
    return {f"{key}ObjectId": [text_of(object_of(item, key), "id")] for key in ("from", "to")}


def _no_associations(source: ObjectType, target: ObjectType, text: str) -> dict[str, Any]:
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
        "message": f"No {target.singular} is associated with {source.singular} {text}.",
        "context": {
            "fromObjectId": [text],
            "fromObjectType": [source.singular],
            "toObjectType": [target.singular],
        },
    }
