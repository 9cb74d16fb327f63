"""Looking at property definitions: those that are read, those that are ours, and the room for those yet to be made."""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus

from connectors.hubspot import schema, version
from connectors.hubspot.client import Client
from connectors.hubspot.layout import faults
from connectors.hubspot.native import native_faults
from connectors.hubspot.objects import TYPE_IDS, WRITABLE
from connectors.hubspot.raw import COMPANIES, CONTACTS, DEALS
from connectors.hubspot.schema import Property
from connectors.hubspot.settings import HubspotSettings
from connectors.hubspot.values import property_name
from connectors.transport import Request
from core.changes import Finding
from core.errors import AuthError
from core.fields import ManagedField
from core.managed_fields import MANAGED_FIELDS

Definitions = Mapping[str, Property]


def property_findings(client: Client, settings: HubspotSettings, operation: str) -> Iterator[Finding]:
    """What is wrong with the properties of companies, contacts and deals; raises TransientError."""
    missing: dict[str, int] = {}
    for name in (COMPANIES, CONTACTS, DEALS):
        try:
            there = schema.existing(client, name, operation)
        except AuthError as error:
            yield Finding("problem", f"{name} properties", str(error))
            continue
        yield from _mapped(settings, name, there)
        fields = [field for field in MANAGED_FIELDS if schema.object_type_of(field) == name]
        missing[name] = sum(property_name(field.name) not in there for field in fields)
        if fields:
            yield from _managed(name, fields, there, missing[name])
    yield from _room(client, missing, operation)


def _mapped(settings: HubspotSettings, name: str, there: Definitions) -> Iterator[Finding]:
    for key, message in faults(settings, name, there).items():
        yield Finding("problem", key, message, f"Correct {key} in the connection's settings.")
    if name == COMPANIES:
        for key, message in native_faults(settings, there):
            yield Finding("problem", key, message, f"Set {key} to false, or mend the property.")


def _managed(
    name: str, fields: Sequence[ManagedField], there: Definitions, missing: int
) -> Iterator[Finding]:
    for field in fields:
        found = there.get(property_name(field.name))
        if found and (found.type != schema.wanted_type(field) or found.is_read_only):
            message = f"{schema.full_name(field)} is {found.type}{', read-only' * found.is_read_only}."
            advice = f"It must be a writable {schema.wanted_type(field)}: rename it, then run install."
            yield Finding("problem", "managed fields", message, advice)
        elif found and (lacking := [one for one in field.options if one not in found.values]):
            message = f"{schema.full_name(field)} lacks the options {', '.join(lacking)}: records are refused for them."
            yield Finding("warning", "managed fields", message, "Run install, which puts them back.")
    if missing:
        message = f"{missing} of {len(fields)} managed properties of {name} are missing."
        yield Finding("warning", "managed fields", message, "Run install.")
    else:
        yield Finding("ok", "managed fields", f"All managed properties of {name} are there.")


def _room(client: Client, missing: Mapping[str, int], operation: str) -> Iterator[Finding]:
    """A problem for each object type without room for its missing properties; one call, where any are missing.

    How many an object may have depends on the edition (HubSpot docs: limits tracking). An account that does not
    tell gives no finding; install then learns it from the refusal.
    """
    left = _left(client, operation) if any(missing.values()) else {}
    for kind, name in WRITABLE.items():
        room, needed = left.get(TYPE_IDS[kind]), missing.get(name, 0)
        if room is not None and room < needed:
            message = f"HubSpot has room for {max(room, 0):,} more custom properties of {name}; {needed} are needed."
            advice = (
                "Archive properties that nobody uses (settings, properties), or move to a larger edition."
            )
            yield Finding("problem", "managed fields", message, advice)


def _left(client: Client, operation: str) -> Mapping[str, int]:
    """Custom properties that may still be made, by object type id."""
    request = Request(operation, "GET", version.CUSTOM_PROPERTY_LIMITS)
    try:
        response = client.call(request)
    except AuthError:
        return {}
    if response.status != HTTPStatus.OK:
        return {}
    rows = client.read(request, response).get("byObjectType") or ()
    return {str(row["objectTypeId"]): int(row["limit"]) - int(row["usage"]) for row in rows}
