"""Merging two records of one type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.hubspot.records import Record

if TYPE_CHECKING:
    from emulators.hubspot.object_types import ObjectType
    from emulators.hubspot.portal import Portal


def merge(portal: Portal, object_type: ObjectType, primary: Record, other: Record) -> Record:
    """Merge `other` into `primary`; returns the survivor.

    The primary's values win, blanks are filled from the other. With the setting `merge_creates_record` the
    survivor is a new record and both old ids lead to it, as the documentation says can happen.
    """
    table = portal.tables[object_type.name]
    gone = [other, primary] if portal.settings.merge_creates_record else [other]
    survivor_id = portal.take_id() if portal.settings.merge_creates_record else primary.id
    own = {**other.properties, **primary.properties, "hs_object_id": str(survivor_id)}
    merged_ids = [*own_merged_ids(primary), *own_merged_ids(other), *(str(item.id) for item in gone)]
    own["hs_merged_object_ids"] = ";".join(dict.fromkeys(merged_ids))
    for item in gone:
        table.remove(item, portal.visible_ms())
        table.merged_into[item.id] = survivor_id
    survivor = Record(survivor_id, own, primary.created_at, primary.modified_ms)
    touched = [(object_type.name, survivor_id)]
    for item in gone:
        touched += portal.links.move_record(object_type.name, item.id, survivor_id)
        portal.lists.move_record(object_type.type_id, item.id, survivor_id)
    survivor = portal.store_changed(object_type, survivor, {})
    portal.follow_links(touched)
    return table.live[survivor.id]


def own_merged_ids(record: Record) -> list[str]:
    """The ids that were merged into a record earlier."""
    return [part for part in record.properties.get("hs_merged_object_ids", "").split(";") if part]
