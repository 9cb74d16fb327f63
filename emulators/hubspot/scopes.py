"""The scopes of the API, and which of them a request needs."""

from __future__ import annotations

from emulators.hubspot.errors import missing_scopes
from emulators.hubspot.object_types import find_type
from emulators.hubspot.settings import ALL_SCOPES

_OBJECTS = ("companies", "contacts", "deals")
_ACCESS = ("read", "write")
KNOWN = (
    *(f"crm.objects.{name}.{access}" for name in _OBJECTS for access in _ACCESS),
    *(f"crm.schemas.{name}.{access}" for name in _OBJECTS for access in _ACCESS),
    *(f"crm.lists.{access}" for access in _ACCESS),
    "crm.objects.owners.read",
    "crm.export",
    "crm.import",
    "business-intelligence",
    "sales-email-read",
    "tickets",
    "oauth",
)


def granted(scopes: list[str]) -> list[str]:
    """The scopes of a token, `*` spelled out."""
    return list(KNOWN) if ALL_SCOPES in scopes else scopes


def require(held: list[str], area: str, access: str, type_name: str) -> None:
    """Raise the 403 unless one of the scopes this request needs is held.

    `area` is objects, schemas, lists, owners or none.
    """
    if area == "none" or ALL_SCOPES in held:
        return
    needed = _needed(area, access, type_name)
    if not set(needed) & set(held):
        raise missing_scopes(needed)


def _needed(area: str, access: str, type_name: str) -> list[str]:
    if area == "lists":
        return [f"crm.lists.{access}"]
    if area == "owners":
        return ["crm.objects.owners.read"]
    name = find_type(type_name).scope
    if area == "schemas" and access == "write":
        return [f"crm.schemas.{name}.write"]
    if area == "schemas":
        return [f"crm.schemas.{name}.read", f"crm.objects.{name}.read"]
    return [f"crm.objects.{name}.{access}"]
