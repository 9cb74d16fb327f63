"""Merging records of one object into one of them, as users do in Salesforce's screens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.salesforce.records import find
from emulators.salesforce.times import to_wire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emulators.salesforce.fields import ObjectType
    from emulators.salesforce.org import Org
    from emulators.salesforce.store import Record


def merge(org: Org, item: ObjectType, master_id: str, loser_ids: Sequence[str]) -> int:
    """Delete the losers, pointing to the master, and move their children there; how many were moved.

    Losers of earlier merges keep pointing to what they were merged into: chains have to be followed
    (documentation of MasterRecordId). Raises SalesforceError when a record is missing or deleted.
    """
    master = find(org, item, master_id)
    losers = [find(org, item, text) for text in loser_ids]
    now = org.clock.now()
    stamps = {"SystemModstamp": to_wire(now), "LastModifiedDate": to_wire(now)}
    moved = 0
    for loser in losers:
        moved += _move_children(org, item, loser["Id"], master["Id"])
        gone = {**loser, "IsDeleted": True, "MasterRecordId": master["Id"], **stamps}
        org.store.put(item.name, gone)
        org.bin.add(now, (item.name, loser["Id"]), loser["Id"])
    org.store.put(item.name, {**master, **stamps})
    return moved


def _move_children(org: Org, item: ObjectType, old_id: str, new_id: str) -> int:
    now = to_wire(org.clock.now())
    moved = 0
    for child in org.schema.objects.values():
        for field in child.fields.values():
            if item.name not in field.reference_to or field.name == "MasterRecordId":
                continue
            for row in org.store.tables[child.name].lookup(field.name, [old_id]):
                current = org.store.get(child.name, row["Id"]) or row
                if child.name == "CampaignMember" and _is_member(org, row, field.name, new_id):
                    org.store.remove(child.name, row["Id"])
                    continue
                org.store.put(child.name, {**current, field.name: new_id, "SystemModstamp": now})
                moved += 1
    return moved


def _is_member(org: Org, row: Record, field_name: str, new_id: str) -> bool:
    """Whether the master is in the campaign already: a campaign has each person once."""
    twins = org.store.tables["CampaignMember"].lookup(field_name, [new_id])
    return any(twin["CampaignId"] == row["CampaignId"] for twin in twins)
