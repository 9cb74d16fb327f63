"""Applying a package to the organisation, all of it or nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from emulators.salesforce.checks import check_delete
from emulators.salesforce.deploy_fields import FieldError, read_field, with_old_values
from emulators.salesforce.errors import SalesforceError
from emulators.salesforce.package import NAMESPACE, Component, Package, PackageError, read_package, text_of
from emulators.salesforce.records import remove
from emulators.salesforce.times import to_wire

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from emulators.salesforce.org import Org
    from emulators.salesforce.store import Record

_OBJECT_PERMISSIONS = {
    "PermissionsCreate": "allowCreate",
    "PermissionsRead": "allowRead",
    "PermissionsEdit": "allowEdit",
    "PermissionsDelete": "allowDelete",
    "PermissionsViewAllRecords": "viewAllRecords",
    "PermissionsModifyAllRecords": "modifyAllRecords",
}


@dataclass(frozen=True)
class Outcome:
    """What became of one component; `problem` with `warning` set does not fail the deploy."""

    component: Component
    created: bool = False
    changed: bool = False
    deleted: bool = False
    problem: str | None = None
    warning: bool = False

    @property
    def success(self) -> bool:
        """Whether the component does not fail the deploy."""
        return self.problem is None or self.warning


class _RolledBackError(Exception):
    """Ends the transaction of a deploy that must leave no trace."""


def deploy(org: Org, user_id: str, data: bytes, *, check_only: bool) -> list[Outcome]:
    """Deploy a zip and say what became of each component.

    Nothing is kept when one fails or when it is only a check. Assumption: rollbackOnError=false is treated as
    true, which production organisations require anyway.
    """
    try:
        package = read_package(data)
    except PackageError as problem:
        return [Outcome(Component("", "package.xml", problem.file_name), problem=problem.problem)]
    schema_before = {name: dict(item.fields) for name, item in org.schema.objects.items()}
    outcomes: list[Outcome] = []
    try:
        with org.store.transaction():
            outcomes += _apply(org, user_id, package)
            if check_only or not all(outcome.success for outcome in outcomes):
                raise _RolledBackError
    except _RolledBackError:
        for name, fields in schema_before.items():
            org.schema.objects[name].fields = fields
        org.schema.version += 1
    return outcomes


def _apply(org: Org, user_id: str, package: Package) -> list[Outcome]:
    outcomes = [
        Outcome(component, problem=f"No {component.type} named: {component.full_name} found in the zip")
        for component in package.missing
    ]
    outcomes += [remove_one(org, user_id, component) for component in package.removed_first]
    outcomes += [apply_one(org, component) for component in package.fields]
    outcomes += [apply_one(org, component) for component in package.permission_sets]
    outcomes += [remove_one(org, user_id, component) for component in package.removed_last]
    return outcomes


def apply_one(org: Org, component: Component) -> Outcome:
    """Add or change one component, without a transaction around it."""
    if component.type == "CustomField":
        return _add_field(org, component)
    if component.type == "PermissionSet":
        return _add_permission_set(org, component)
    return Outcome(component, problem=f"Unknown type name '{component.type}'")


def _add_field(org: Org, component: Component) -> Outcome:
    object_name = component.full_name.partition(".")[0]
    holders = org.schema.holders(object_name)
    if component.element is None or not holders:
        return Outcome(component, problem=f"Entity Enumeration Or ID: bad value: {object_name}")
    try:
        new = read_field(component.element)
    except FieldError as problem:
        return Outcome(component, problem=str(problem))
    old = holders[0].fields.get(new.name.lower())
    new = with_old_values(new, old)
    if old == new:
        return Outcome(component)
    org.schema.add_field(object_name, new)
    return Outcome(component, created=old is None, changed=True)


def _add_permission_set(org: Org, component: Component) -> Outcome:
    element = component.element
    if element is None or not text_of(element, "label"):
        return Outcome(component, problem="Required field is missing: label")
    fields = [_field_permission(item) for item in element.findall(f"{NAMESPACE}fieldPermissions")]
    for permission in fields:
        field = org.schema.field(permission["Field"])
        if field is None:
            problem = f"In field: field - no CustomField named {permission['Field']} found"
            return Outcome(component, problem=problem)
        if not field.permissionable:
            return Outcome(component, problem=f"You cannot deploy to a required field: {permission['Field']}")
    objects = [_object_permission(item) for item in element.findall(f"{NAMESPACE}objectPermissions")]
    for permission in objects:
        if org.schema.find(permission["SobjectType"]) is None:
            problem = f"In field: object - no CustomObject named {permission['SobjectType']} found"
            return Outcome(component, problem=problem)
    old = _permission_set(org, component.full_name)
    record = _put_permission_set(org, component.full_name, element, old)
    # Assumption: a deployed permission set replaces what the old one granted.
    changed = _replace(org, "FieldPermissions", record["Id"], fields)
    changed = _replace(org, "ObjectPermissions", record["Id"], objects) or changed
    return Outcome(component, created=old is None, changed=changed or old != record)


def _field_permission(element: Element) -> Record:
    qualified = text_of(element, "field")
    editable = text_of(element, "editable") == "true"
    return {
        "Field": qualified,
        "SobjectType": qualified.partition(".")[0],
        "PermissionsEdit": editable,
        "PermissionsRead": editable or text_of(element, "readable") == "true",
    }


def _object_permission(element: Element) -> Record:
    granted = {key: text_of(element, name) == "true" for key, name in _OBJECT_PERMISSIONS.items()}
    return {"SobjectType": text_of(element, "object"), **granted}


def _permission_set(org: Org, name: str) -> Record | None:
    rows = org.store.tables["PermissionSet"].lookup("Name", [name])
    return rows[0] if rows else None


def _put_permission_set(org: Org, name: str, element: Element, old: Record | None) -> Record:
    values = {
        "Name": name,
        "Label": text_of(element, "label"),
        "Description": text_of(element, "description") or None,
        "HasActivationRequired": text_of(element, "hasActivationRequired") == "true",
        "IsCustom": True,
        "IsOwnedByProfile": False,
        "Type": "Regular",
    }
    given = {key: value for key, value in values.items() if value is not None}
    if old is not None and all(old.get(key) == value for key, value in values.items()):
        return old
    stamps = org.audit_fields(to_wire(org.clock.now()))
    record = {"Id": org.store.mint("0PS"), **stamps, **given} if old is None else {**old, **given}
    if old is not None:
        record.update(SystemModstamp=stamps["SystemModstamp"], LastModifiedDate=stamps["LastModifiedDate"])
    org.store.put("PermissionSet", record)
    return record


def _replace(org: Org, object_name: str, parent_id: str, wanted: list[Record]) -> bool:
    """Make the rows below a permission set equal to `wanted`; say whether anything changed."""
    old_rows = org.store.tables[object_name].lookup("ParentId", [parent_id])
    bookkeeping = {"Id", "ParentId", *org.audit_fields("")}
    old = [{key: value for key, value in row.items() if key not in bookkeeping} for row in old_rows]
    if sorted(map(repr, map(sorted, map(dict.items, old)))) == sorted(
        map(repr, map(sorted, map(dict.items, wanted)))
    ):
        return False
    for row in old_rows:
        org.store.remove(object_name, row["Id"])
    stamps = org.audit_fields(to_wire(org.clock.now()))
    prefix = org.schema.prefixes[object_name]
    for values in wanted:
        record: dict[str, Any] = {"Id": org.store.mint(prefix), "ParentId": parent_id, **stamps, **values}
        org.store.put(object_name, record)
    return True


def remove_one(org: Org, user_id: str, component: Component) -> Outcome:
    """Remove one component, without a transaction around it."""
    if component.type == "CustomField":
        return _remove_field(org, component)
    if component.type == "PermissionSet":
        return _remove_permission_set(org, user_id, component)
    return Outcome(component, problem=f"Unknown type name '{component.type}'")


def _remove_field(org: Org, component: Component) -> Outcome:
    object_name, _, name = component.full_name.partition(".")
    holders = org.schema.holders(object_name)
    field = holders[0].fields.get(name.lower()) if holders else None
    if field is None or not field.custom:
        return _nothing_to_remove(component)
    org.schema.remove_field(object_name, name)
    for holder in holders:
        for row in org.store.tables["FieldPermissions"].lookup("Field", [f"{holder.name}.{name}"]):
            org.store.remove("FieldPermissions", row["Id"])
    return Outcome(component, changed=True, deleted=True)


def _remove_permission_set(org: Org, user_id: str, component: Component) -> Outcome:
    record = _permission_set(org, component.full_name)
    if record is None:
        return _nothing_to_remove(component)
    try:
        check_delete(org.store, "PermissionSet", record)
    except SalesforceError as problem:
        return Outcome(component, problem=problem.message)
    remove(org, user_id, org.schema.objects["PermissionSet"], record)
    return Outcome(component, changed=True, deleted=True)


def _nothing_to_remove(component: Component) -> Outcome:
    """Removing what is not there is a warning."""
    problem = f"No {component.type} named: {component.full_name} found"
    return replace(Outcome(component), problem=problem, warning=True)
