"""Finding a parent by a field that identifies it, for writes that do not know its id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.salesforce.errors import SalesforceError
from emulators.salesforce.records import matches

if TYPE_CHECKING:
    from emulators.salesforce.fields import Field, ObjectType
    from emulators.salesforce.org import Org


def parent_id(org: Org, parent: ObjectType, key: Field, value: str) -> str:
    """The id of the one live record of `parent` whose `key` is `value`. Raises INVALID_FIELD."""
    found = matches(org, parent, key, value)
    if not found:
        message = f"Foreign key external ID: {value} not found for field {key.name} in entity {parent.name}"
        raise SalesforceError("INVALID_FIELD", message, fields=[])
    if len(found) > 1:
        # Assumption: the text is not recorded.
        message = f"More than one record found for field {key.name} in entity {parent.name}: {value}"
        raise SalesforceError("INVALID_FIELD", message, fields=[])
    return str(found[0]["Id"])
