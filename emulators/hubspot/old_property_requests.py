"""Property definitions as the API before CRM v3 lists them: GET /properties/v2/{type}/properties."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.hubspot.http import Reply, Request, ok
from emulators.hubspot.object_types import find_type
from emulators.hubspot.times import parse_ms

if TYPE_CHECKING:
    from emulators.hubspot.portal import Portal

_SAME = (
    "name",
    "label",
    "description",
    "groupName",
    "fieldType",
    "options",
    "displayOrder",
    "formField",
    "hidden",
    "calculated",
    "externalOptions",
    "hubspotDefined",
)


def list_properties(portal: Portal, _request: Request, type_name: str) -> Reply:
    """GET: a bare list of all live definitions, by name."""
    schema = portal.schemas[find_type(type_name).name]
    return ok([_old_form(definition) for definition in schema.listing(archived=False)])


def _old_form(definition: dict[str, Any]) -> dict[str, Any]:
    """The names are those of the documentation of the old API; a yes-or-no property is an enumeration there."""
    what_may_change = definition["modificationMetadata"]
    return {
        **{name: definition[name] for name in _SAME if name in definition},
        "type": "enumeration" if definition["type"] == "bool" else definition["type"],
        "readOnlyValue": what_may_change["readOnlyValue"],
        "readOnlyDefinition": what_may_change["readOnlyDefinition"],
        "deleted": False,
        **{name: parse_ms(definition[name]) for name in ("createdAt", "updatedAt") if name in definition},
    }
