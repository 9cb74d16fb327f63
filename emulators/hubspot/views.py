"""Records as the API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.hubspot.links import PRIMARY, Pair
from emulators.hubspot.times import to_iso

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emulators.hubspot.object_types import ObjectType
    from emulators.hubspot.portal import Portal
    from emulators.hubspot.records import Record

# Recorded: a write's reply has these besides what was sent.
_FIXED = (
    "hs_object_source",
    "hs_object_source_id",
    "hs_object_source_label",
    "hs_pipeline",
    "lifecyclestage",
)
_INLINE_ASSOCIATIONS = 100


def known_names(portal: Portal, object_type: ObjectType, asked: list[str]) -> list[str]:
    """The property names of a reply, ascending: asked ones that exist, and the automatic ones.

    Unknown names are left out without an error (recorded).
    """
    defined = portal.schemas[object_type.name].live
    names = {name for name in asked if name in defined} if asked else set(object_type.default_properties)
    return sorted(names.union(object_type.always))


def view(portal: Portal, object_type: ObjectType, record: Record, names: Iterable[str]) -> dict[str, Any]:
    """A record with these properties; null for each that is not set."""
    get = record.properties.get
    body: dict[str, Any] = {
        "id": str(record.id),
        "properties": {name: get(name) for name in names},
        "createdAt": record.created_at,
        "updatedAt": record.properties[object_type.modified_property],
        "archived": record.archived_at is not None,
    }
    if record.archived_at is not None:
        body["archivedAt"] = record.archived_at
    body["url"] = portal.url(object_type, record.id)
    return body


def created_view(portal: Portal, object_type: ObjectType, record: Record) -> dict[str, Any]:
    """The reply to a creation: everything that is set now."""
    return view(portal, object_type, record, sorted(record.properties))


def updated_view(
    portal: Portal, object_type: ObjectType, record: Record, sent: Iterable[str]
) -> dict[str, Any]:
    """The reply to an update: what was sent and the fixed set."""
    fixed = (name for name in _FIXED if name in record.properties)
    return view(portal, object_type, record, sorted({*sent, *fixed, *object_type.always}))


def with_associations(
    portal: Portal, object_type: ObjectType, record: Record, targets: list[ObjectType]
) -> dict[str, Any]:
    """The `associations` of a record in a list or single read: per object, one row per id and type."""
    found = {target.name: inline_links(portal, object_type, record.id, target) for target in targets}
    return {name: rows for name, rows in found.items() if rows["results"]}


def inline_links(
    portal: Portal, object_type: ObjectType, record_id: int, target: ObjectType
) -> dict[str, Any]:
    """The links of one record with one object, each with its name; the first hundred, and where the next begin."""
    pair = (object_type.name, target.name)
    labels = portal.links.labels(pair)
    plain = f"{object_type.singular}_to_{target.singular}"
    rows = [
        {"id": str(other), "type": _type_name(pair, type_id, labels.get(type_id), plain)}
        for other, type_ids in sorted(portal.links.of(pair, record_id).items())
        for type_id in type_ids
    ]
    if len(rows) <= _INLINE_ASSOCIATIONS:
        return {"results": rows}
    after = rows[_INLINE_ASSOCIATIONS]["id"]
    return {"results": rows[:_INLINE_ASSOCIATIONS], "paging": {"next": {"after": after}}}


def _type_name(pair: Pair, type_id: int, label: str | None, plain: str) -> str:
    """The plain `contact_to_company` is the primary link; the other link of such a pair is `…_unlabeled`.

    Both appear where a company is primary (live users report so); a pair without a primary has the plain
    name only (recorded: task_to_contact).
    """
    if pair not in PRIMARY:
        # Assumption: the labeled form.
        return plain if label is None else f"{plain}_{label.lower().replace(' ', '_')}"
    if type_id == PRIMARY[pair]:
        return plain
    return f"{plain}_unlabeled" if label is None else f"{plain}_{label.lower().replace(' ', '_')}"


def state_view(record: Record) -> dict[str, Any]:
    """A record in the state dump: every property that is set."""
    body = {
        "id": str(record.id),
        "properties": record.properties,
        "createdAt": record.created_at,
        "updatedAt": to_iso(record.modified_ms),
        "archived": record.archived_at is not None,
    }
    return body if record.archived_at is None else {**body, "archivedAt": record.archived_at}
