"""Linking records, and links as the API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.hubspot.errors import not_found, validation_error
from emulators.hubspot.http import checked_objects, next_page, number_of, object_of, objects_of, text_of
from emulators.hubspot.links import HUBSPOT_DEFINED, UNLABELED, Pair
from emulators.hubspot.object_types import ObjectType, find_type
from emulators.hubspot.times import is_whole

if TYPE_CHECKING:
    from emulators.hubspot.portal import Portal
    from emulators.hubspot.records import Record

PAGE = 500


Target = tuple[ObjectType, int, int]
"""What a new record is to be linked with: object type, record id, type id of the link."""


def checked_targets(portal: Portal, object_type: ObjectType, body: dict[str, Any]) -> list[Target]:
    """The `associations` of a creation, `[{"to": {"id"}, "types": [{category, type id}]}]`, all checked."""
    targets: list[Target] = []
    for item in objects_of(body, "associations"):
        to_id = text_of(object_of(item, "to"), "id")
        for spec in objects_of(item, "types"):
            type_id = number_of(spec, "associationTypeId")
            other = _type_by_id(portal, object_type, type_id)
            targets.append((other, known_id(portal, other, to_id), type_id))
    return targets


def link_new_record(portal: Portal, object_type: ObjectType, record: Record, targets: list[Target]) -> Record:
    """Link a record that was just created; returns it as it is now."""
    for other, other_id, type_id in targets:
        link(portal, (object_type, other), (record.id, other_id), [type_id])
    return portal.tables[object_type.name].live[record.id]


def link(
    portal: Portal, types: tuple[ObjectType, ObjectType], ids: tuple[int, int], type_ids: list[int]
) -> None:
    """Link two records with these types and bring mirrored properties up to date."""
    pair = (types[0].name, types[1].name)
    for type_id in type_ids:
        portal.links.add(pair, ids[0], ids[1], type_id)
    portal.follow_links([(pair[0], ids[0]), (pair[1], ids[1])])


def link_default(
    portal: Portal, source: ObjectType, target: ObjectType, ids: tuple[int, int]
) -> list[dict[str, Any]]:
    """Link two records with the unlabeled type; one row per direction (recorded)."""
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


def labels_between(
    portal: Portal, source: ObjectType, target: ObjectType, ids: tuple[int, int]
) -> dict[str, Any]:
    """A link as the label endpoints answer: both ends and the labels of all its types."""
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


def unlink(portal: Portal, source: ObjectType, target: ObjectType, one: str, other: str) -> None:
    """Unlink two records; ids that are no ids, and links that are not there, are ignored."""
    if is_whole(one) and is_whole(other):
        portal.links.remove((source.name, target.name), int(one), int(other))
        portal.follow_links([(source.name, int(one)), (target.name, int(other))])


def checked_type_ids(portal: Portal, pair: Pair, specs: Any) -> list[int]:
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


def checked_pair(
    portal: Portal, source: ObjectType, target: ObjectType, item: dict[str, Any]
) -> tuple[int, int]:
    """The ids of `from` and `to` of a batch input; a 404 when one is not there."""
    one, other = (text_of(object_of(item, key), "id") for key in ("from", "to"))
    return known_id(portal, source, one), known_id(portal, target, other)


def known_id(portal: Portal, object_type: ObjectType, text: str) -> int:
    """The id of a live record, an id merged away giving the survivor's; a 404 when there is none."""
    record = portal.tables[object_type.name].find(text)
    if record is None:
        # Assumption: the wording.
        raise not_found(f"{object_type.singular.upper()} {text} does not exist")
    return record.id


def linked_page(portal: Portal, pair: Pair, text: str, after: str, limit: int = PAGE) -> dict[str, Any]:
    """What a record is linked with, by id, and `paging` when there is more than `limit`."""
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
