"""Taking native records as they are: which objects first, and what a bare record is completed with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.salesforce.derive import derive
from emulators.salesforce.ids import long_id
from emulators.salesforce.times import parse_datetime

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulators.salesforce.fields import ObjectType
    from emulators.salesforce.org import Org
    from emulators.salesforce.schema import Schema
    from emulators.salesforce.store import Record

# Derived values read other objects, which therefore go first.
_FIRST = (
    "Organization",
    "User",
    "RecordType",
    "Account",
    "Contact",
    "Lead",
    "Campaign",
    "CampaignMemberStatus",
    "Opportunity",
)
_STAMPS = ("SystemModstamp", "CreatedDate", "LastModifiedDate")


def load_order(schema: Schema, records: Mapping[str, Any]) -> list[str]:
    """The object names of `records` in the order to load them. Raises ValueError for an unknown one."""
    unknown = sorted(set(records) - set(schema.objects))
    if unknown:
        raise ValueError(f"unknown objects: {', '.join(unknown)}")
    rank = {name: position for position, name in enumerate(_FIRST)}
    return sorted(records, key=lambda name: rank.get(name, len(_FIRST)))


def check_names(schema: Schema, records: Mapping[str, Any]) -> None:
    """Raise ValueError for an object or a field that does not exist."""
    for name in load_order(schema, records):
        fields = schema.objects[name].fields
        unknown = sorted({key for row in records[name] for key in row if key.lower() not in fields})
        if unknown:
            raise ValueError(f"{name} has no field {', '.join(unknown)}")


def complete(org: Org, item: ObjectType, given: Record, now: str) -> Record:
    """`given` over what is stored under its Id, with ids, stamps, defaults and derived values added."""
    for name in given:
        known = item.fields.get(name.lower())
        if (known is None and name != "IsDeleted") or (known is not None and known.formula is not None):
            raise ValueError(f"{item.name} has no field {name}")
    record_id = long_id(given["Id"]) if "Id" in given else org.store.mint(item.prefix)
    old = org.store.get(item.name, record_id)
    merged = {**(old or _bare(org, item)), **given, "Id": record_id}
    record = {name: value for name, value in merged.items() if value is not None}
    for name in _STAMPS:
        if name in record and name in given:
            record[name] = parse_datetime(given[name])
    stamp = record["SystemModstamp"] if "SystemModstamp" in given else now
    record["SystemModstamp"] = stamp
    record.setdefault("CreatedDate", stamp)
    if "LastModifiedDate" not in given:
        record["LastModifiedDate"] = stamp
    derive(org.store, item.name, record, old)
    return {name: value for name, value in record.items() if value is not None}


def _bare(org: Org, item: ObjectType) -> Record:
    """The values a record has that was loaded with none."""
    users = org.store.tables["User"].rows
    author = next(iter(users), None)
    record: Record = {
        field.name: field.default_value for field in item.fields.values() if field.default_value is not None
    }
    if author is not None:
        record.update(CreatedById=author, LastModifiedById=author)
        if "ownerid" in item.fields:
            record["OwnerId"] = author
    return record
