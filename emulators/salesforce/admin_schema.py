"""The control route `schema`: custom fields come, change and go, as in Salesforce's setup screens.

    {"add": [{"object", "fullName", "label", "type", …}], "remove": ["Account.X__c"],
     "rename": {"Account.X__c": "Y__c"}, "grant": true}

A definition has the elements of a CustomObject file, and besides: `values` and `inactive` values of a picklist;
`formula`, a path to the value that is shown ("Account.Industry"); `rollup` {"object", "field", "function", "of"}.
New fields are granted to the integration user unless `grant` is false. Adding a name that exists changes the
field and, with its type, the values in all records.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, SubElement

from emulators.salesforce.deploy_fields import FieldError, read_field
from emulators.salesforce.fields import Field, Formula
from emulators.salesforce.package import NAMESPACE
from emulators.salesforce.retyping import retype

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulators.salesforce.org import Org

_EVERYONE = "Emulator_Everyone"
_OWN_KEYS = frozenset(["object", "values", "inactive", "formula", "rollup"])


def change_schema(org: Org, body: Mapping[str, Any]) -> dict[str, Any]:
    """Add, remove and rename custom fields. Raises ValueError for a definition that is not understood."""
    added = [_add_field(org, definition) for definition in body.get("add", [])]
    for qualified in body.get("remove", []):
        object_name, _, name = qualified.partition(".")
        org.schema.remove_field(object_name, name)
    for qualified, new_name in body.get("rename", {}).items():
        _rename(org, qualified, new_name)
    if body.get("grant", True):
        for qualified in added:
            _grant(org, qualified)
    return {"added": added, "removed": body.get("remove", []), "renamed": body.get("rename", {})}


def _add_field(org: Org, definition: Mapping[str, Any]) -> str:
    try:
        field = read_field(_element(definition))
    except FieldError as problem:
        raise ValueError(str(problem)) from problem
    field = _with_own_keys(field, definition)
    object_name = definition["object"]
    old = org.schema.field(f"{object_name}.{field.name}")
    org.schema.add_field(object_name, field)
    if old is not None:
        for holder in org.schema.holders(object_name):
            retype(org.store.tables[holder.name], old, field)
    return f"{object_name}.{field.name}"


def _element(definition: Mapping[str, Any]) -> Element:
    element = Element(f"{NAMESPACE}fields")
    for key, value in definition.items():
        if key not in _OWN_KEYS:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            SubElement(element, NAMESPACE + key).text = text
    if "values" in definition:
        value_set = SubElement(element, f"{NAMESPACE}valueSet")
        SubElement(value_set, f"{NAMESPACE}restricted").text = "true"
        listing = SubElement(value_set, f"{NAMESPACE}valueSetDefinition")
        for value in definition["values"]:
            SubElement(SubElement(listing, f"{NAMESPACE}value"), f"{NAMESPACE}fullName").text = value
    return element


def _with_own_keys(field: Field, definition: Mapping[str, Any]) -> Field:
    formula = None
    if "rollup" in definition:
        rollup = definition["rollup"]
        formula = Formula(rollup.get("of", "Id"), rollup["function"], rollup["object"], rollup["field"])
    elif "formula" in definition:
        formula = Formula(definition["formula"])
    field = replace(field, inactive=tuple(definition.get("inactive", [])))
    if formula is None:
        return field
    return replace(field, formula=formula, createable=False, updateable=False, nillable=True)


def _rename(org: Org, qualified: str, new_name: str) -> None:
    """Values and permissions follow a renamed field."""
    object_name, _, name = qualified.partition(".")
    renamed = org.schema.rename_field(qualified, new_name)
    for holder in org.schema.holders(object_name):
        table = org.store.tables[holder.name]
        rows = [row for row in table.rows.values() if name in row]
        table.put_many([{renamed.name if key == name else key: row[key] for key in row} for row in rows])
        permissions = org.store.tables["FieldPermissions"]
        for row in permissions.lookup("Field", [f"{holder.name}.{name}"]):
            permissions.put({**row, "Field": f"{holder.name}.{renamed.name}"})


def _grant(org: Org, qualified: str) -> None:
    """Open a field to the integration user through a permission set of the emulator's own."""
    sets = org.store.tables["PermissionSet"].lookup("Name", [_EVERYONE])
    if not sets:
        everyone = {"Name": _EVERYONE, "Label": _EVERYONE, "IsCustom": True, "Type": "Regular"}
        org.load({"PermissionSet": [everyone]})
        sets = org.store.tables["PermissionSet"].lookup("Name", [_EVERYONE])
        assignment = {"PermissionSetId": sets[0]["Id"], "AssigneeId": org.integration_user_id}
        org.load({"PermissionSetAssignment": [assignment]})
    object_name, _, name = qualified.partition(".")
    rows = [
        {
            "ParentId": sets[0]["Id"],
            "SobjectType": holder.name,
            "Field": f"{holder.name}.{name}",
            "PermissionsRead": True,
            "PermissionsEdit": True,
        }
        for holder in org.schema.holders(object_name)
    ]
    org.load({"FieldPermissions": rows})
