"""The header of an upload: fields by name, parents by a field that identifies them.

`Account.Ext__c` or `Parent__r.Ext__c` names a parent, `Contact:Who.Email` one that may be of several types
(documentation of relationship fields in a header row).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulators.salesforce.bulk_errors import JobError
from emulators.salesforce.parents import parent_id

if TYPE_CHECKING:
    from emulators.salesforce.fields import Field, ObjectType
    from emulators.salesforce.org import Org

_MOST_HEADER_CHARACTERS = 32_000
_MOST_COLUMNS = 5_000


@dataclass(frozen=True)
class Target:
    """Where the cells of a column go: the field's name, and how to make its value of a text."""

    name: str
    read: Callable[[str], Any] = str


def read_header(org: Org, user_id: str, item: ObjectType, names: Sequence[str]) -> list[Target]:
    """What each column stands for. Raises JobError."""
    # Assumption: the limits are documented, the texts are not recorded.
    if sum(map(len, names)) + len(names) - 1 > _MOST_HEADER_CHARACTERS:
        raise JobError(f"InvalidBatch : The header has more than {_MOST_HEADER_CHARACTERS} characters")
    if len(names) > _MOST_COLUMNS:
        raise JobError(f"InvalidBatch : The header has more than {_MOST_COLUMNS} fields")
    targets = [_target(org, user_id, item, name) for name in names]
    for position, target in enumerate(targets):
        if target.name in (earlier.name for earlier in targets[:position]):
            raise JobError(f"InvalidBatch : Duplicate field name : {names[position]}")
    return targets


def _target(org: Org, user_id: str, item: ObjectType, name: str) -> Target:
    readable = org.access.readable(user_id, item)
    field = readable.get(name.lower())
    if field is not None:
        return Target(field.name)
    type_name, _, path = name.rpartition(":")
    relationship, _, key_name = path.partition(".")
    reference = next((f for f in readable.values() if _is_named(f, relationship)), None)
    if reference is None or not key_name:
        raise _not_found(name)
    parent = _parent_type(org, reference, type_name, name)
    key = org.access.readable(user_id, parent).get(key_name.lower())
    if key is None or not (key.external_id or key.id_lookup):
        raise _not_found(name)
    return Target(reference.name, lambda text: parent_id(org, parent, key, text))


def _is_named(field: Field, relationship: str) -> bool:
    return field.relationship is not None and field.relationship.lower() == relationship.lower()


def _parent_type(org: Org, reference: Field, type_name: str, name: str) -> ObjectType:
    is_polymorphic = len(reference.reference_to) > 1
    if type_name and not is_polymorphic:
        raise JobError(
            "InvalidBatch : type is not needed for non polymorphic foreign key references: "
            f"{reference.relationship}"
        )
    # Assumption: without a type a reference to several types is not understood.
    wanted = type_name if is_polymorphic else reference.reference_to[0]
    parent = org.schema.find(wanted)
    if parent is None or parent.name not in reference.reference_to:
        raise _not_found(name)
    return parent


def _not_found(name: str) -> JobError:
    return JobError(f"InvalidBatch : Field name not found : {name}")
