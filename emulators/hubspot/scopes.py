"""The scopes of the API, and which of them a request needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.hubspot.errors import ApiError, missing_scopes
from emulators.hubspot.object_types import find_type
from emulators.hubspot.settings import ALL_SCOPES

if TYPE_CHECKING:
    from emulators.hubspot.oauth.grants import Caller

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
_SINGLE = {
    "owners": "crm.objects.owners.read",
    "exports": "crm.export",
    "events": "business-intelligence",
}


def granted(scopes: list[str]) -> list[str]:
    """The scopes of a token, `*` spelled out."""
    return list(KNOWN) if ALL_SCOPES in scopes else scopes


def require(caller: Caller, area: str, access: str, type_name: str) -> None:
    """Raise the 403 unless the caller holds one of the scopes this request needs.

    `area` is objects, schemas, lists, owners, exports, events, journal or none. The journal is for the app itself,
    all else for an account that installed it.
    """
    if caller.is_app != (area == "journal"):
        # Assumption: status and wording; documented is only which token belongs where.
        raise ApiError(401, "This token cannot be used for this request.", category="INVALID_AUTHENTICATION")
    held = caller.scopes
    if area == "none" or ALL_SCOPES in held:
        return
    needed = _needed(area, access, type_name)
    if not set(needed) & set(held):
        raise missing_scopes(needed)


def _needed(area: str, access: str, type_name: str) -> list[str]:
    if area == "lists":
        return [f"crm.lists.{access}"]
    if area == "journal":
        return [f"developer.webhooks_journal.{access}"]
    if area in _SINGLE:
        return [_SINGLE[area]]
    name = find_type(type_name).scope
    if area == "schemas" and access == "write":
        return [f"crm.schemas.{name}.write"]
    if area == "schemas":
        return [f"crm.schemas.{name}.read", f"crm.objects.{name}.read"]
    return [f"crm.objects.{name}.{access}"]
