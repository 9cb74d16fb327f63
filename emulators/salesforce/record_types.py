"""Record types: an object has a RecordTypeId as soon as it has record types (recorded describes)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.salesforce.errors import SalesforceError
from emulators.salesforce.fields import Field

if TYPE_CHECKING:
    from emulators.salesforce.schema import Schema
    from emulators.salesforce.store import Record, Store

TABLE = "RecordType"
_FIELD = Field(
    "RecordTypeId",
    "reference",
    "Record Type ID",
    length=18,
    createable=True,
    updateable=True,
    nillable=True,
    reference_to=(TABLE,),
    relationship=TABLE,
)


def show_fields(schema: Schema, store: Store) -> None:
    """Give the objects that have record types the field that holds one."""
    for row in store.tables[TABLE].rows.values():
        item = schema.find(row.get("SobjectType", ""))
        if item is not None and _FIELD.name.lower() not in item.fields:
            item.add(_FIELD)
            schema.version += 1


def types_of(store: Store, object_name: str) -> list[Record]:
    """The active record types of an object."""
    rows = store.tables[TABLE].lookup("SobjectType", [object_name])
    return [row for row in rows if row.get("IsActive", False)]


def check_record_type(store: Store, object_name: str, record: Record) -> None:
    """Raise INVALID_CROSS_REFERENCE_KEY, in the recorded words, for a record type of something else."""
    given = record.get(_FIELD.name)
    if given is None or any(row["Id"] == given for row in types_of(store, object_name)):
        return
    message = f"Record Type ID: this ID value isn't valid for the user: {given}"
    raise SalesforceError("INVALID_CROSS_REFERENCE_KEY", message, fields=[_FIELD.name])
