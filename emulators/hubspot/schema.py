"""The property definitions and groups of every object type, as the portal has them now."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

from emulators.hubspot import catalog, object_types
from emulators.hubspot.errors import ApiError, conflict, not_found, validation_error
from emulators.hubspot.http import objects_of, text_of

TYPES = {
    "bool": {"booleancheckbox", "calculation_equation"},
    "enumeration": {"booleancheckbox", "checkbox", "radio", "select", "calculation_equation"},
    "date": {"date"},
    "datetime": {"date"},
    "string": {"file", "text", "textarea", "html", "phonenumber", "calculation_equation"},
    "number": {"number", "calculation_equation"},
}
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_MAX_NAME = 100
_MAX_UNIQUE = 10
_REQUIRED = ("name", "label", "type", "fieldType", "groupName")
_OPTIONAL = {
    "description": "",
    "options": [],
    "displayOrder": -1,
    "hasUniqueValue": False,
    "hidden": False,
    "formField": False,
    "externalOptions": False,
}
_CHANGEABLE = {
    "label", "type", "fieldType", "groupName", "description", "options", "displayOrder", "hidden",
    "formField", "calculationFormula",
}  # fmt: skip
_OPTION_DEFAULTS = {"description": "", "displayOrder": -1, "hidden": False}


class Schema:
    """Definitions and groups of one object type, by name; archived definitions are kept apart."""

    def __init__(self, object_type: object_types.ObjectType) -> None:
        self.object_type = object_type
        self.live = {item["name"]: item for item in catalog.definitions(object_type.name)}
        self.archived: dict[str, dict[str, Any]] = {}
        labels = catalog.GROUPS[object_type.name].items()
        self.groups = {name: _group(name, label, order) for order, (name, label) in enumerate(labels)}

    def listing(self, *, archived: bool) -> list[dict[str, Any]]:
        """All definitions by name."""
        chosen = self.archived if archived else self.live
        return [chosen[name] for name in sorted(chosen)]

    def get(self, name: str, *, archived: bool = False) -> dict[str, Any]:
        """One definition; 404 when there is none."""
        found = (self.archived if archived else self.live).get(name)
        if found is None:
            raise not_found(f"Property {name} does not exist")  # Assumption: the wording.
        return found

    def create(self, body: dict[str, Any], now: str) -> dict[str, Any]:
        """Add a custom property; 400 for a bad definition, 409 when the name is taken."""
        self._check_new(body)
        definition = {
            "updatedAt": now,
            "createdAt": now,
            **{key: body[key] for key in _REQUIRED},
            **{key: body.get(key, default) for key, default in _OPTIONAL.items()},
            "createdUserId": "1",
            "updatedUserId": "1",
            "calculated": body["fieldType"] == "calculation_equation",
            "archived": False,
            "modificationMetadata": _custom_modification(body),
            "dataSensitivity": "non_sensitive",
        }
        definition["options"] = _options(body)
        if "calculationFormula" in body:
            definition["calculationFormula"] = body["calculationFormula"]
        self.archived.pop(definition["name"], None)
        self.live[definition["name"]] = definition
        return definition

    def custom_count(self) -> int:
        """How many definitions are not HubSpot's own; archived ones do not count."""
        # Assumption: that archived properties leave room.
        return sum(not item.get("hubspotDefined") for item in self.live.values())

    def change(self, name: str, body: dict[str, Any], now: str) -> dict[str, Any]:
        """Change a definition; options are replaced as a whole."""
        old = self.get(name)
        rules = old["modificationMetadata"]
        changes = {key: value for key, value in body.items() if key in _CHANGEABLE}
        if rules["readOnlyDefinition"] and (
            set(changes) != {"options"} or rules.get("readOnlyOptions", True)
        ):
            # Assumption: the wording.
            raise validation_error(f"Property {name} is defined by HubSpot and cannot be changed")
        merged = {**old, **changes, "updatedAt": now}
        self._check_definition(merged)
        merged["options"] = _options(merged)
        self.live[name] = merged
        return merged

    def archive(self, name: str, now: str) -> None:
        """Move a custom property to the archive; 404 when there is none."""
        definition = self.get(name)
        if definition.get("hubspotDefined"):
            # Assumption: the wording; the documentation says HubSpot's own properties cannot be deleted.
            raise validation_error(f"Property {name} is defined by HubSpot and cannot be archived")
        self.archived[name] = {**self.live.pop(name), "archived": True, "archivedAt": now}

    def create_group(self, body: dict[str, Any]) -> dict[str, Any]:
        """Add a group; 409 when the name is taken."""
        name = text_of(_need(body, ("name", "label")), "name")
        if name in self.groups:
            raise conflict(f"A group named '{name}' already exists.")  # Assumption: the wording.
        self.groups[name] = _group(name, body["label"], body.get("displayOrder", -1))
        return self.groups[name]

    def get_group(self, name: str) -> dict[str, Any]:
        """One group; 404 when there is none."""
        if name not in self.groups:
            raise not_found(f"Property group {name} does not exist")  # Assumption: the wording.
        return self.groups[name]

    def change_group(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """Change the label or the order of a group."""
        kept = {key: value for key, value in body.items() if key in ("label", "displayOrder")}
        self.groups[name] = {**self.get_group(name), **kept}
        return self.groups[name]

    def archive_group(self, name: str) -> None:
        """Remove a group; 400 as long as it has properties."""
        self.get_group(name)
        if any(item["groupName"] == name for item in self.live.values()):
            # Assumption: live portals refuse this too.
            raise validation_error(f"Property group {name} still has properties")
        del self.groups[name]

    def _check_new(self, body: dict[str, Any]) -> None:
        name = text_of(_need(body, _REQUIRED), "name")
        if not _NAME.fullmatch(name) or len(name) > _MAX_NAME:
            raise validation_error(
                f"'{name}' is not a valid property name: lower case letters, digits and underscores only"
            )
        if name in self.live:
            raise _name_taken(name)
        self._check_definition(body)
        unique = [
            item for item in self.live.values() if item["hasUniqueValue"] and "hubspotDefined" not in item
        ]
        if body.get("hasUniqueValue") and len(unique) >= _MAX_UNIQUE:
            raise validation_error(f"At most {_MAX_UNIQUE} properties of an object may have unique values")

    def _check_definition(self, body: dict[str, Any]) -> None:
        if text_of(body, "groupName") not in self.groups:
            raise validation_error(
                f"Property group {body['groupName']} does not exist"
            )  # Assumption: wording.
        if text_of(body, "fieldType") not in TYPES.get(text_of(body, "type"), set()):
            raise validation_error(
                f"Invalid combination of type {body['type']} and fieldType {body['fieldType']}"
            )  # Assumption: the wording.
        options = objects_of(body, "options")
        if body["type"] == "enumeration" and not options and not body.get("externalOptions"):
            raise validation_error("An enumeration property needs options")  # Assumption: the wording.
        values = [_need(option, ("label", "value"))["value"] for option in options]
        if len(set(values)) < len(values):
            raise validation_error("Option values must be unique")  # Assumption: the wording.


def _name_taken(name: str) -> ApiError:
    # Assumption: the wording; the status and the subCategory are what public clients test for.
    return conflict(f"A property named '{name}' already exists.", subCategory="Properties.PROPERTY_EXISTS")


def _need(body: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    missing = [name for name in names if not text_of(body, name)]
    if missing:
        # Assumption: the exact text; live portals name the fields in this form.
        raise validation_error(
            f"Invalid input JSON: Some required fields were not set: [{', '.join(missing)}]"
        )
    return body


def _options(body: dict[str, Any]) -> list[dict[str, Any]]:
    if body["type"] == "bool" and not body.get("options"):
        return deepcopy(catalog.options.BOOLEAN)
    return [{**_OPTION_DEFAULTS, **option} for option in objects_of(body, "options")]


def _custom_modification(body: dict[str, Any]) -> dict[str, bool]:
    calculated = body["fieldType"] == "calculation_equation"
    return {"archivable": True, "readOnlyDefinition": False, "readOnlyValue": calculated}


def _group(name: str, label: str, order: int) -> dict[str, Any]:
    return {"name": name, "label": label, "displayOrder": order, "archived": False}
