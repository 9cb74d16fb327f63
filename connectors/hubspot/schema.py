"""Property definitions: what exists, and how a managed field is one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.hubspot import version
from connectors.hubspot.client import Client
from connectors.hubspot.objects import WRITABLE
from connectors.hubspot.values import property_name
from connectors.transport import Request
from core.fields import FieldType, ManagedField

GROUP = "abm"
GROUP_LABEL = "ABM"

_TYPES: Mapping[FieldType, tuple[str, str]] = {
    FieldType.TEXT: ("string", "text"),
    FieldType.LONG_TEXT: ("string", "textarea"),
    FieldType.NUMBER: ("number", "number"),
    FieldType.PICKLIST: ("enumeration", "select"),
    FieldType.DATE: ("date", "date"),
    FieldType.DATETIME: ("datetime", "date"),
}
"""HubSpot's type and fieldType of each field type."""


@dataclass(frozen=True, slots=True)
class Property:
    """One property that is there."""

    name: str
    type: str
    group: str
    options: tuple[Mapping[str, Any], ...]
    is_read_only: bool
    is_fixed: bool
    """Whether its definition (its options) cannot be changed by API."""

    @property
    def values(self) -> set[str]:
        """The values of its options."""
        return {str(option["value"]) for option in self.options}


def existing(
    client: Client, object_type: str, operation: str, *, archived: bool = False
) -> dict[str, Property]:
    """The properties of an object type by name."""
    params = {"archived": "true"} if archived else None
    request = Request(operation, "GET", version.properties(object_type), params=params)
    return {str(one["name"]): _property(one) for one in client.ask_list(request).rows}


def _property(raw: Mapping[str, Any]) -> Property:
    modification = raw.get("modificationMetadata") or {}
    return Property(
        name=str(raw["name"]),
        type=str(raw.get("type") or ""),
        group=str(raw.get("groupName") or ""),
        options=tuple(raw.get("options") or ()),
        is_read_only=bool(modification.get("readOnlyValue")),
        is_fixed=bool(modification.get("readOnlyDefinition") or modification.get("readOnlyOptions")),
    )


def wanted_type(field: ManagedField) -> str:
    """The HubSpot type a managed field must have."""
    return _TYPES[field.type][0]


def fault(field: ManagedField, found: Property | None) -> str:
    """Why a property cannot hold the field as it is, nothing where it can."""
    if found and found.type != wanted_type(field):
        return f"is {found.type}, not {wanted_type(field)}"
    return native_fault(found)


def native_fault(found: Property | None) -> str:
    """The same for a property of HubSpot's own, which has HubSpot's type."""
    if found is None:
        return "is not there"
    return "is read-only" if found.is_read_only else ""


def object_type_of(field: ManagedField) -> str:
    """The object type that a managed field is on."""
    return WRITABLE[field.kind]


def full_name(field: ManagedField) -> str:
    """How a managed field is called in an inventory and in messages."""
    return f"{object_type_of(field)}.{property_name(field.name)}"


def definition(field: ManagedField) -> dict[str, Any]:
    """The property to create for a managed field."""
    kind, widget = _TYPES[field.type]
    made: dict[str, Any] = {
        "name": property_name(field.name),
        "label": field.label,
        "description": field.description,
        "groupName": GROUP,
        "type": kind,
        "fieldType": widget,
        "formField": False,
    }
    if field.options:
        made["options"] = options(field.options)
    return made


def options(values: Iterable[str], first: int = 0) -> list[dict[str, Any]]:
    """Options of a select, labelled in words, in this order."""
    return [
        {
            "value": value,
            "label": value.replace("_", " ").capitalize(),
            "displayOrder": order,
            "hidden": False,
        }
        for order, value in enumerate(values, start=first)
    ]
