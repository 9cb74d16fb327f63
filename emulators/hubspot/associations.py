"""Associations, version 4: /crm/v4/associations and /crm/v4/objects/{type}/{id}/associations."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from emulators.hubspot.errors import ApiError, not_found, validation_error
from emulators.hubspot.http import (
    API_ROOT,
    NO_CONTENT,
    Reply,
    Request,
    batch_inputs,
    checked_objects,
    next_page,
    number_of,
    object_of,
    objects_of,
    ok,
    text_of,
)
from emulators.hubspot.links import HUBSPOT_DEFINED, UNLABELED, Pair
from emulators.hubspot.object_types import ObjectType, find_type
from emulators.hubspot.times import is_whole

if TYPE_CHECKING:
    from emulators.hubspot.portal import Portal

MAX_READ, MAX_WRITE = 1_000, 2_000
_PAGE = 500


def link_new_record(
    portal: Portal, object_type: ObjectType, record_id: int, associations: list[dict[str, Any]]
) -> None:
    """Do the `associations` of a creation: `[{"to": {"id"}, "types": [{category, type id}]}]`."""
    for item in associations:
        to_id = text_of(object_of(item, "to"), "id")
        for spec in objects_of(item, "types"):
            type_id = number_of(spec, "associationTypeId")
            other = _type_by_id(portal, object_type, type_id)
            link(portal, (object_type, other), (record_id, _known(portal, other, to_id)), [type_id])


def link(
    portal: Portal, types: tuple[ObjectType, ObjectType], ids: tuple[int, int], type_ids: list[int]
) -> None:
    """Link two records with these types and bring mirrored properties up to date."""
    pair = (types[0].name, types[1].name)
    before = portal.links.primary(pair, ids[0]) if pair == ("contacts", "companies") else None
    for type_id in type_ids:
        portal.links.add(pair, ids[0], ids[1], type_id)
    portal.follow_links([(pair[0], ids[0]), (pair[1], ids[1])])
    if before is not None:
        portal.follow_links([("companies", before)])


def batch_read(portal: Portal, request: Request, from_name: str, to_name: str) -> Reply:
    """The associations of up to 1,000 records; 207 with an error for each that has none (recorded)."""
    source, target = find_type(from_name), find_type(to_name)
    started_at = portal.now()
    rows, errors = [], []
    for item in batch_inputs(request, MAX_READ):
        text = text_of(item, "id")
        linked = _linked(portal, (source.name, target.name), text, text_of(item, "after"))
        if linked["results"]:
            paging = {"paging": linked["paging"]} if "paging" in linked else {}
            rows.append({"from": {"id": text}, "to": linked["results"], **paging})
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
            ids = _pair_ids(portal, source, target, item)
            type_ids = _type_ids(portal, (source.name, target.name), item.get("types"))
        except ApiError as problem:
            errors.append(problem.row(_ids_context(item)))
            continue
        link(portal, (source, target), ids, type_ids)
        rows.append(_between(portal, source, target, ids))
    return _envelope(portal, rows, errors, started_at=started_at, status=HTTPStatus.CREATED)


def batch_default(portal: Portal, request: Request, from_name: str, to_name: str) -> Reply:
    """Link pairs with the unlabeled type; each gives two rows, one per direction (recorded)."""
    source, target = find_type(from_name), find_type(to_name)
    started_at = portal.now()
    rows: list[dict[str, Any]] = []
    errors = []
    for item in batch_inputs(request, MAX_WRITE):
        try:
            ids = _pair_ids(portal, source, target, item)
        except ApiError as problem:
            errors.append(problem.row(_ids_context(item)))
            continue
        rows += _link_default(portal, source, target, ids)
    return _envelope(portal, rows, errors, started_at=started_at)


def batch_archive(portal: Portal, request: Request, from_name: str, to_name: str) -> Reply:
    """Unlink pairs: 204, on the dated paths 200 with an empty envelope (documented difference)."""
    source, target = find_type(from_name), find_type(to_name)
    started_at = portal.now()
    for item in batch_inputs(request, MAX_WRITE):
        for one in objects_of(item, "to"):
            _unlink(portal, source, target, text_of(object_of(item, "from"), "id"), text_of(one, "id"))
    if "/v4/" in request.path:
        return NO_CONTENT
    return _envelope(portal, [], [], started_at=started_at)


def batch_archive_labels(portal: Portal, request: Request, from_name: str, to_name: str) -> Reply:
    """Take types off pairs: 204."""
    source, target = find_type(from_name), find_type(to_name)
    pair = (source.name, target.name)
    for item in batch_inputs(request, MAX_WRITE):
        ids = _pair_ids(portal, source, target, item)
        for type_id in _type_ids(portal, pair, item.get("types")):
            portal.links.remove_type(pair, *ids, type_id)
        portal.follow_links([(pair[0], ids[0]), (pair[1], ids[1])])
    return NO_CONTENT


def list_linked(portal: Portal, request: Request, from_name: str, record_id: str, to_name: str) -> Reply:
    """GET: what one record is linked with, up to 500 by id."""
    source, target = find_type(from_name), find_type(to_name)
    _known(portal, source, record_id)
    limit = request.limit(default=_PAGE, maximum=_PAGE)
    found = _linked(portal, (source.name, target.name), record_id, request.argument("after"), limit)
    if "paging" in found:
        after = found["paging"]["next"]["after"]
        found["paging"] = next_page(after, f"{API_ROOT}{request.path}?limit={limit}&after={after}")
    return ok(found)


def put_default(
    portal: Portal, _request: Request, from_name: str, record_id: str, to_name: str, to_id: str
) -> Reply:
    """PUT …/associations/default/…: link with the unlabeled type."""
    source, target = find_type(from_name), find_type(to_name)
    ids = _known(portal, source, record_id), _known(portal, target, to_id)
    started_at = portal.now()
    return _envelope(portal, _link_default(portal, source, target, ids), [], started_at=started_at)


def put_labels(
    portal: Portal, request: Request, from_name: str, record_id: str, to_name: str, to_id: str
) -> Reply:
    """PUT …/associations/{type}/{id}: the given types replace the link's earlier labels; 201."""
    source, target = find_type(from_name), find_type(to_name)
    pair = (source.name, target.name)
    ids = _known(portal, source, record_id), _known(portal, target, to_id)
    type_ids = _type_ids(portal, pair, request.json())
    for old in set(portal.links.of(pair, ids[0]).get(ids[1], ())) - {UNLABELED[pair], *type_ids}:
        portal.links.remove_type(pair, *ids, old)
    link(portal, (source, target), ids, type_ids)
    return Reply(HTTPStatus.CREATED, _between(portal, source, target, ids))


def delete_link(
    portal: Portal, _request: Request, from_name: str, record_id: str, to_name: str, to_id: str
) -> Reply:
    """DELETE: unlink two records; 204 also when they were not linked."""
    _unlink(portal, find_type(from_name), find_type(to_name), record_id, to_id)
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


def _linked(portal: Portal, pair: Pair, text: str, after: str, limit: int = _PAGE) -> dict[str, Any]:
    links = portal.links.of(pair, int(text)) if is_whole(text) else {}
    first = int(after) if is_whole(after) else 0
    ids = [other for other in sorted(links) if other >= first]
    rows = [
        {
            "toObjectId": other,
            "associationTypes": [portal.links.spec(pair, type_id) for type_id in links[other]],
        }
        for other in ids[:limit]
    ]
    body: dict[str, Any] = {"results": rows}
    if len(ids) > limit:
        body["paging"] = next_page(str(ids[limit]))
    return body


def _link_default(
    portal: Portal, source: ObjectType, target: ObjectType, ids: tuple[int, int]
) -> list[dict[str, Any]]:
    pair = (source.name, target.name)
    _require_pair(pair)
    link(portal, (source, target), ids, [UNLABELED[pair]])
    directions = ((pair, ids), (pair[::-1], ids[::-1]))
    return [
        {
            "from": {"id": str(one)},
            "to": {"id": str(other)},
            "associationSpec": {
                "associationCategory": HUBSPOT_DEFINED,
                "associationTypeId": UNLABELED[direction],
            },
        }
        for direction, (one, other) in directions
    ]


def _between(portal: Portal, source: ObjectType, target: ObjectType, ids: tuple[int, int]) -> dict[str, Any]:
    pair = (source.name, target.name)
    labels = portal.links.labels(pair)
    set_labels = [labels.get(type_id) for type_id in portal.links.of(pair, ids[0])[ids[1]]]
    return {
        "fromObjectTypeId": source.type_id,
        "fromObjectId": ids[0],
        "toObjectTypeId": target.type_id,
        "toObjectId": ids[1],
        "labels": [label for label in set_labels if label],
    }


def _unlink(portal: Portal, source: ObjectType, target: ObjectType, one: str, other: str) -> None:
    if is_whole(one) and is_whole(other):
        portal.links.remove((source.name, target.name), int(one), int(other))
        portal.follow_links([(source.name, int(one)), (target.name, int(other))])


def _type_ids(portal: Portal, pair: Pair, specs: Any) -> list[int]:
    """The type ids of `[{associationCategory, associationTypeId}]`; a 400 for one this pair does not have."""
    _require_pair(pair)
    if not specs:
        raise validation_error("Invalid input JSON: Some required fields were not set: [types]")
    known = portal.links.labels(pair)
    type_ids = [number_of(spec, "associationTypeId") for spec in checked_objects(specs)]
    for type_id in type_ids:
        if type_id not in known:
            # Assumption: the wording.
            raise validation_error(
                f"Association type {type_id} does not exist between {pair[0]} and {pair[1]}"
            )
    return type_ids


def _type_by_id(portal: Portal, source: ObjectType, type_id: int) -> ObjectType:
    for pair in UNLABELED:
        if pair[0] == source.name and type_id in portal.links.labels(pair):
            return find_type(pair[1])
    raise validation_error(
        f"Association type {type_id} does not exist for {source.name}"
    )  # Assumption: wording.


def _require_pair(pair: Pair) -> None:
    if pair not in UNLABELED:
        raise validation_error(f"No association between {pair[0]} and {pair[1]}")  # Assumption: the wording.


def _pair_ids(
    portal: Portal, source: ObjectType, target: ObjectType, item: dict[str, Any]
) -> tuple[int, int]:
    one, other = (text_of(object_of(item, key), "id") for key in ("from", "to"))
    return _known(portal, source, one), _known(portal, target, other)


def _known(portal: Portal, object_type: ObjectType, text: str) -> int:
    record = portal.tables[object_type.name].find(text)
    if record is None:
        # Assumption: the wording.
        raise not_found(f"{object_type.singular.upper()} {text} does not exist")
    return record.id


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
