"""Control routes for what an administrator does in Salesforce's own screens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, SubElement

from emulators.salesforce.deploy_fields import FieldError, read_field
from emulators.salesforce.ids import long_id
from emulators.salesforce.package import NAMESPACE
from emulators.salesforce.records import find
from emulators.salesforce.times import to_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from emulators.common.control import Extension
    from emulators.salesforce.fields import ObjectType
    from emulators.salesforce.org import Org
    from emulators.salesforce.store import Record

_EVERYONE = "Emulator_Everyone"


def extensions(org: Org) -> dict[str, Extension]:
    """The control routes by name.

    - `POST schema` {"add": [{"object", "fullName", "label", "type", …}], "remove": ["Account.X__c"],
      "grant": true}: custom fields as in a CustomObject file, values of a picklist as a list `values`;
      granted to the integration user unless `grant` is false. Adding a name that exists replaces the field.
    - `POST merge` {"object", "master", "losers": []}: children move to the master, losers point to it.
    - `POST late` {"records": {"Account": […]}, "seconds": 60}: written now by somebody else, visible later.
    - `POST refresh_sandbox` {"org_id"}: the same organisation under a new id, all tokens and grants gone.
    - `POST undelete` {"ids": []} and `POST purge` {"ids": []}: out of the recycle bin, or out of the world.
    """
    actions: dict[str, Callable[[Org, Mapping[str, Any]], Any]] = {
        "schema": _change_schema,
        "merge": _merge,
        "late": _write_late,
        "refresh_sandbox": _refresh_sandbox,
        "undelete": _undelete,
        "purge": _purge,
    }

    def locked(action: Callable[[Org, Mapping[str, Any]], Any]) -> Extension:
        def run(method: str, body: Any) -> Any:
            if method != "POST":
                return None
            with org.lock:
                return action(org, body)

        return run

    return {name: locked(action) for name, action in actions.items()}


def _change_schema(org: Org, body: Mapping[str, Any]) -> dict[str, Any]:
    added = [_add_field(org, definition) for definition in body.get("add", [])]
    for qualified in body.get("remove", []):
        object_name, _, name = qualified.partition(".")
        org.schema.remove_field(object_name, name)
    if body.get("grant", True):
        for qualified in added:
            _grant(org, qualified)
    return {"added": added, "removed": body.get("remove", [])}


def _add_field(org: Org, definition: Mapping[str, Any]) -> str:
    element = Element(f"{NAMESPACE}fields")
    for key, value in definition.items():
        if key not in ("object", "values"):
            text = str(value).lower() if isinstance(value, bool) else str(value)
            SubElement(element, NAMESPACE + key).text = text
    if "values" in definition:
        value_set = SubElement(element, f"{NAMESPACE}valueSet")
        SubElement(value_set, f"{NAMESPACE}restricted").text = "true"
        listing = SubElement(value_set, f"{NAMESPACE}valueSetDefinition")
        for value in definition["values"]:
            SubElement(SubElement(listing, f"{NAMESPACE}value"), f"{NAMESPACE}fullName").text = value
    try:
        field = read_field(element)
    except FieldError as problem:
        raise ValueError(str(problem)) from problem
    org.schema.add_field(definition["object"], field)
    return f"{definition['object']}.{field.name}"


def _grant(org: Org, qualified: str) -> None:
    """Open a field to the integration user through a permission set of the emulator's own."""
    sets = org.store.tables["PermissionSet"].lookup("Name", [_EVERYONE])
    if not sets:
        org.load(
            {"PermissionSet": [{"Name": _EVERYONE, "Label": _EVERYONE, "IsCustom": True, "Type": "Regular"}]}
        )
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


def _merge(org: Org, body: Mapping[str, Any]) -> dict[str, Any]:
    item = org.schema.objects[body["object"]]
    master = long_id(body["master"])
    now = to_wire(org.clock.now())
    moved = 0
    for text in body["losers"]:
        loser = find(org, item, text)
        moved += _move_children(org, item, loser["Id"], master)
        gone = {
            **loser,
            "IsDeleted": True,
            "MasterRecordId": master,
            "SystemModstamp": now,
            "LastModifiedDate": now,
        }
        org.store.put(item.name, gone)
    touched = {**find(org, item, master), "SystemModstamp": now, "LastModifiedDate": now}
    org.store.put(item.name, touched)
    return {"master": master, "moved": moved}


def _move_children(org: Org, item: ObjectType, old_id: str, new_id: str) -> int:
    now = to_wire(org.clock.now())
    moved = 0
    for child in org.schema.objects.values():
        for field in child.fields.values():
            if item.name in field.reference_to and field.name != "MasterRecordId":
                for row in org.store.tables[child.name].lookup(field.name, [old_id]):
                    org.store.put(child.name, {**row, field.name: new_id, "SystemModstamp": now})
                    moved += 1
    return moved


def _write_late(org: Org, body: Mapping[str, Any]) -> dict[str, Any]:
    stamp = org.late.write(org, body["records"], float(body["seconds"]))
    return {"SystemModstamp": stamp, "open": org.late.open_count}


def _refresh_sandbox(org: Org, body: Mapping[str, Any]) -> dict[str, Any]:
    org.change_settings({"org_id": body["org_id"], "expire_sessions": True})
    org.grants.close_all()
    return {"org_id": org.org_settings.org_id}


def _undelete(org: Org, body: Mapping[str, Any]) -> dict[str, Any]:
    now = to_wire(org.clock.now())
    for item, record in _deleted(org, body):
        back = {key: value for key, value in record.items() if key not in ("IsDeleted", "MasterRecordId")}
        org.store.put(item.name, {**back, "SystemModstamp": now, "LastModifiedDate": now})
    return {"undeleted": body["ids"]}


def _purge(org: Org, body: Mapping[str, Any]) -> dict[str, Any]:
    for item, record in _deleted(org, body):
        org.store.remove(item.name, record["Id"])
    return {"purged": body["ids"]}


def _deleted(org: Org, body: Mapping[str, Any]) -> list[tuple[ObjectType, Record]]:
    """The records of the recycle bin with the given ids. Raises KeyError for any other."""
    found = []
    for text in body["ids"]:
        item = org.schema.of_id(text)
        record = org.store.get(item.name, long_id(text)) if item else None
        if item is None or record is None or not record.get("IsDeleted"):
            raise KeyError(f"{text} is not in the recycle bin")
        found.append((item, record))
    return found
