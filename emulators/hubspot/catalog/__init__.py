"""The properties HubSpot itself defines, as compact tables.

A line is `name | label | kind | group | flags | options`. Kinds are the keys of KINDS. Options are
`value:label` separated by commas, or the name of a list in `options`. Flags: R the value is read-only, H
hidden, X the options live elsewhere (owners, pipeline stages), U the value is unique, F a form field, T the
definition shows no times. An enumeration may have no options at all: then any value is one.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from emulators.hubspot.catalog import companies, contacts, deals, engagements, options

KINDS: dict[str, tuple[str, str]] = {
    "text": ("string", "text"),
    "area": ("string", "textarea"),
    "html": ("string", "html"),
    "phone": ("string", "phonenumber"),
    "number": ("number", "number"),
    "rollup": ("number", "calculation_rollup"),
    "equation": ("number", "calculation_equation"),
    "score": ("number", "calculation_score"),
    "text_equation": ("string", "calculation_equation"),
    "date": ("date", "date"),
    "datetime": ("datetime", "date"),
    "entered": ("datetime", "calculation_read_time"),
    "bool": ("bool", "booleancheckbox"),
    "bool_equation": ("bool", "calculation_equation"),
    "bool_read_time": ("bool", "calculation_read_time"),
    "select": ("enumeration", "select"),
    "radio": ("enumeration", "radio"),
    "checks": ("enumeration", "checkbox"),
    "single": ("enumeration", "booleancheckbox"),
}
# Assumption: one creation and update time for all; real portals have one per property.
DEFINED_AT = "2020-06-30T15:57:37.573Z"
_REFERENCES = {
    "hubspot_owner_id": "OWNER",
    "hs_parent_company_id": "COMPANY",
    "associatedcompanyid": "COMPANY",
}

_TABLES: dict[str, str] = {
    "companies": companies.PROPERTIES,
    "contacts": contacts.PROPERTIES,
    "deals": deals.PROPERTIES,
    **engagements.PROPERTIES,
}
GROUPS: dict[str, dict[str, str]] = {
    "companies": companies.GROUPS,
    "contacts": contacts.GROUPS,
    "deals": deals.GROUPS,
    **engagements.GROUPS,
}


@cache
def definitions(object_name: str) -> tuple[dict[str, Any], ...]:
    """The definitions of one object's own properties as the API shows them; copy before changing one."""
    lines = [line for line in _TABLES[object_name].splitlines() if line.strip()]
    return tuple(_definition(*(cell.strip() for cell in line.split("|"))) for line in lines)


def _definition(name: str, label: str, kind: str, group: str, flags: str, choices: str) -> dict[str, Any]:
    value_type, field_type = KINDS[kind]
    entries = options.BOOLEAN if value_type == "bool" else options.named(choices)
    reference = _REFERENCES.get(name)
    times = {} if "T" in flags else {"updatedAt": DEFINED_AT, "createdAt": DEFINED_AT}
    return {
        **times,
        "name": name,
        "label": label,
        "type": value_type,
        "fieldType": field_type,
        "description": "",
        "groupName": group,
        "options": entries,
        **({"referencedObjectType": reference} if reference else {}),
        "displayOrder": -1,
        "calculated": False,
        "externalOptions": "X" in flags,
        "hasUniqueValue": "U" in flags,
        "hidden": "H" in flags,
        "hubspotDefined": True,
        "modificationMetadata": _modification(flags, has_options=bool(entries) and value_type != "bool"),
        "formField": "F" in flags,
        "dataSensitivity": "non_sensitive",
    }


def _modification(flags: str, *, has_options: bool) -> dict[str, bool]:
    options_flag = {"readOnlyOptions": False} if has_options and "R" not in flags else {}
    return {
        "archivable": True,
        "readOnlyDefinition": True,
        **options_flag,
        "readOnlyValue": "R" in flags,
    }
