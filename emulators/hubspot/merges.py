"""Merging two records of one type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.hubspot import events
from emulators.hubspot.errors import ApiError
from emulators.hubspot.object_types import CONTACTS
from emulators.hubspot.records import Record

MAX_IDENTITIES = 250  # documented: a record that would exceed it is refused with 414

if TYPE_CHECKING:
    from emulators.hubspot.object_types import ObjectType
    from emulators.hubspot.portal import Portal


def merge(portal: Portal, object_type: ObjectType, primary: Record, other: Record) -> Record:
    """Merge `other` into `primary`; returns the survivor.

    The primary's values win, blanks are filled from the other. With the setting `merge_creates_record` the
    survivor is a new record and both old ids lead to it, as the documentation says can happen. ApiError: the
    survivor would have too many identities.
    """
    table = portal.tables[object_type.name]
    gone = [other, primary] if portal.settings.merge_creates_record else [other]
    survivor_id = portal.take_id() if portal.settings.merge_creates_record else primary.id
    own = {**other.properties, **primary.properties, "hs_object_id": str(survivor_id)}
    merged_ids = [*own_merged_ids(primary), *own_merged_ids(other), *(str(item.id) for item in gone)]
    own["hs_merged_object_ids"] = ";".join(dict.fromkeys(merged_ids))
    _refuse_too_many(merged_ids)
    if object_type is CONTACTS:
        own |= _contact_identities(portal, primary, other, survivor_id)
    for item in gone:
        table.remove(item, portal.visible_ms())
        table.merged_into[item.id] = survivor_id
    survivor = Record(survivor_id, own, primary.created_at, primary.modified_ms)
    touched = [(object_type.name, survivor_id)]
    for item in gone:
        touched += portal.links.move_record(object_type.name, item.id, survivor_id)
        portal.lists.move_record(object_type.type_id, item.id, survivor_id)
    survivor = portal.store_changed(object_type, survivor, {})
    for address in _parts(survivor, "hs_additional_emails") if object_type is CONTACTS else ():
        table.unique["email"][address.lower()] = survivor.id
    portal.note(
        events.MERGE,
        object_type.name,
        survivor_id,
        primary=primary.id,
        merged=[other.id],
        new=survivor_id,
        moved=len(other.properties.keys() - primary.properties.keys()),
    )
    portal.follow_links(touched)
    return table.live[survivor.id]


def _refuse_too_many(merged_ids: list[str]) -> None:
    if len(set(merged_ids)) + 1 > MAX_IDENTITIES:
        # Assumption: the body; the status is documented.
        message = f"The merged record would have more than {MAX_IDENTITIES} identities"
        raise ApiError(414, message, category="VALIDATION_ERROR")


def _contact_identities(portal: Portal, primary: Record, other: Record, survivor_id: int) -> dict[str, str]:
    """What a merged contact says of those it was made from: ids with times, and the other's addresses.

    The forms are those of a recorded schema; an address of the other goes on finding the contact.
    """
    vids = [
        *_parts(primary, "hs_calculated_merged_vids"),
        *_parts(other, "hs_calculated_merged_vids"),
        f"{other.id}:{portal.now_ms()}",
    ]
    addresses = [
        *_parts(primary, "hs_additional_emails"),
        *_parts(other, "hs_additional_emails"),
        *(
            [other.properties["email"]]
            if primary.properties.get("email") and "email" in other.properties
            else []
        ),
    ]
    all_vids = dict.fromkeys([str(survivor_id), *_parts(primary, "hs_all_contact_vids"), str(other.id)])
    return {
        "hs_calculated_merged_vids": ";".join(vids),
        "hs_additional_emails": ";".join(addresses),
        "hs_all_contact_vids": ";".join(all_vids),
    }


def _parts(record: Record, name: str) -> list[str]:
    return [part for part in record.properties.get(name, "").split(";") if part]


def own_merged_ids(record: Record) -> list[str]:
    """The ids that were merged into a record earlier."""
    return _parts(record, "hs_merged_object_ids")
