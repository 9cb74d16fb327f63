"""Writes of one row among many, by the rules that collections and bulk jobs share.

They raise SalesforceError; a row that fails leaves the others alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.salesforce import records
from emulators.salesforce.errors import SalesforceError, bad_reference, duplicate_value, malformed_id
from emulators.salesforce.ids import is_id, long_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulators.salesforce.fields import Field, ObjectType
    from emulators.salesforce.org import Org


def row_id(item: ObjectType, value: object) -> str:
    """The id a row names. Raises MISSING_ARGUMENT or MALFORMED_ID."""
    if value is None:
        # Assumption: widely quoted, not recorded.
        raise SalesforceError("MISSING_ARGUMENT", "Id not specified in an update call", fields=[])
    if not is_id(value) or not str(value).startswith(item.prefix):
        raise malformed_id(str(value))
    return long_id(str(value))


def once(seen: set[str], key: str, message: str = "Duplicate id specified: ") -> None:
    """Refuse a key that an earlier row of the request had."""
    if key in seen:
        # Assumption: the first row is done and the later ones are refused.
        raise duplicate_value(f"{message}{key}")
    seen.add(key)


def update_row(org: Org, user_id: str, item: ObjectType, record_id: str, values: Mapping[str, Any]) -> None:
    """Change a record; an id that points nowhere is a bad reference here."""
    if org.store.get(item.name, record_id) is None:
        raise bad_reference()
    records.update(org, user_id, item, record_id, values)


def upsert_row(
    org: Org, user_id: str, item: ObjectType, field: Field, data: Mapping[str, Any], seen: set[str]
) -> tuple[str, bool]:
    """Create or change the record whose `field` has the row's value; return its id and whether it is new."""
    key = field.name.lower()
    value = next((data[given] for given in data if given.lower() == key), None)
    if value is None and field.name != "Id":
        # Assumption: code and text are not recorded.
        raise SalesforceError("MISSING_ARGUMENT", f"{field.name} not specified", fields=[])
    values = {given: v for given, v in data.items() if given.lower() != key}
    if value is None:
        return records.create(org, user_id, item, values), True
    once(seen, str(value).lower(), "Duplicate external id specified: ")
    found = records.matches(org, item, field, str(value))
    if len(found) > 1:
        message = f"{field.name}: more than one record found for external id field"
        raise duplicate_value(message, [field.name])
    if found:
        records.update(org, user_id, item, found[0]["Id"], values)
        return str(found[0]["Id"]), False
    if field.name == "Id":
        raise bad_reference()
    return records.create(org, user_id, item, {**values, field.name: value}), True


def delete_row(org: Org, user_id: str, item: ObjectType, record_id: str) -> None:
    """Delete a record; an id that points nowhere is a bad reference here."""
    if org.store.get(item.name, record_id) is None:
        # Assumption: as recorded for updates.
        raise bad_reference()
    records.delete(org, user_id, item, record_id)
