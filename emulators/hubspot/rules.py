"""Rules of a portal's admins: properties that are required, always on creation or when another has a value.

HubSpot holds API writes to them from version 2026-09 on; before, they bound only its screens (documented).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulators.hubspot.errors import validation_error
from emulators.hubspot.object_types import find_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulators.hubspot.errors import ApiError
    from emulators.hubspot.object_types import ObjectType

ENFORCING = "/2026-09/"  # how a path names the first version that enforces the rules


@dataclass(frozen=True)
class Rule:
    """`required` must be set: on creation, or, with `property_name`, whenever that has one of `values`."""

    object_name: str
    required: tuple[str, ...]
    property_name: str = ""
    values: tuple[str, ...] = ()

    def missing(self, values: Mapping[str, str], *, is_new: bool) -> list[str]:
        """The required properties that a record with these values would lack."""
        applies = values.get(self.property_name) in self.values if self.property_name else is_new
        return [name for name in self.required if not values.get(name)] if applies else []


def parse(given: Mapping[str, Any]) -> Rule:
    """`{"object", "require": […], "when"?: {"property", "values": […]}}` as a rule."""
    when = given.get("when") or {}
    name = find_type(str(given["object"])).name
    return Rule(name, tuple(given["require"]), when.get("property", ""), tuple(when.get("values", ())))


def broken(
    rules: list[Rule], object_type: ObjectType, values: Mapping[str, str], *, is_new: bool
) -> ApiError | None:
    """The 400 for a record that breaks a rule; None when it breaks none."""
    missing = [
        name
        for rule in rules
        if rule.object_name == object_type.name
        for name in rule.missing(values, is_new=is_new)
    ]
    if not missing:
        return None
    # Documented: status, category and that `errors` name the properties. Assumption: wording and code.
    errors = [
        {
            "message": f"Property '{name}' is required",
            "code": "REQUIRED_PROPERTY_MISSING",
            "context": {"propertyName": [name]},
        }
        for name in dict.fromkeys(missing)
    ]
    names = ", ".join(dict.fromkeys(missing))
    return validation_error(f"Some required properties are missing: [{names}]", errors=errors)
