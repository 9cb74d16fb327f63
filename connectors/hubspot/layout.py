"""What to read of each object type: decided by the settings and by what exists in the account."""

from collections.abc import Mapping
from typing import Any

from connectors.hubspot import schema, version
from connectors.hubspot.client import Client
from connectors.hubspot.objects import OBJECT_TYPES
from connectors.hubspot.raw import COMPANIES, CONTACTS, DEALS
from connectors.hubspot.records import Layout
from connectors.hubspot.schema import Property
from connectors.hubspot.settings import HubspotSettings
from connectors.hubspot.source import Source
from connectors.hubspot.values import property_name
from connectors.transport import Request
from core.errors import ConfigError
from core.fields import ManagedField, fields_of
from core.records import Kind


def open_source(client: Client, settings: HubspotSettings, name: str) -> Source:
    """How an object type is read now; asks HubSpot once where that depends on the account.

    Raises ConfigError for a mapped property that does not exist (HubSpot would silently leave it out).
    """
    there: Mapping[str, Property] = {}
    stages: Mapping[str, tuple[bool, bool]] = {}
    if name in (COMPANIES, CONTACTS):
        there = schema.existing(client, name, f"describe {name}")
        _demand(settings, name, there)
    elif name == DEALS:
        stages = read_stages(client)
    layout = Layout(
        fields={key: (one, there[one].type) for key, one in settings.fields.items() if one in there},
        account_fields=_present(Kind.ACCOUNT, there) if name == COMPANIES else (),
        contact_fields=_present(Kind.CONTACT, there) if name == CONTACTS else (),
        twin_property=settings.twin_id_property,
        buying_role_property=settings.buying_role_property,
        stages=stages,
    )
    return Source(client, OBJECT_TYPES[name], layout)


def mapped(settings: HubspotSettings, name: str) -> dict[str, str]:
    """The properties of an object type that the settings name, by the setting's key."""
    if name == CONTACTS:
        return {"buying_role_property": settings.buying_role_property}
    found = {f"fields.{key}": source for key, source in settings.fields.items()}
    if settings.twin_id_property:
        found["twin_id_property"] = settings.twin_id_property
    return found


def _demand(settings: HubspotSettings, name: str, there: Mapping[str, Property]) -> None:
    missing = [f"{key} = “{source}”" for key, source in mapped(settings, name).items() if source not in there]
    if missing:
        raise ConfigError(
            f"HubSpot at {settings.host} has no such property of {name}: {', '.join(missing)}. Correct the "
            "connection's settings, or make the property in HubSpot."
        )


def _present(kind: Kind, there: Mapping[str, Property]) -> tuple[ManagedField, ...]:
    return tuple(field for field in fields_of(kind) if property_name(field.name) in there)


def read_stages(client: Client) -> dict[str, tuple[bool, bool]]:
    """Deal stage id -> (is closed, is won), over all pipelines."""
    answer = client.ask(Request("describe deals", "GET", version.pipelines(DEALS)))
    return {
        str(stage["id"]): stage_meaning(stage.get("metadata") or {})
        for pipeline in answer["results"]
        for stage in pipeline.get("stages", ())
    }


def stage_meaning(metadata: Mapping[str, Any]) -> tuple[bool, bool]:
    """(is closed, is won) of a deal stage; where it does not say, a certain probability means closed."""
    probability = str(metadata.get("probability", ""))
    is_certain = probability in ("0", "0.0", "1", "1.0")
    is_closed = str(metadata.get("isClosed", is_certain)).lower() == "true"
    return is_closed, is_closed and probability in ("1", "1.0")
