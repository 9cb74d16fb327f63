"""What to read of each object type: decided by the settings and by what exists in the account."""

from collections.abc import Mapping
from typing import Any

from connectors.hubspot import schema, version
from connectors.hubspot.client import Client
from connectors.hubspot.deal_roles import role_labels
from connectors.hubspot.definitions import Definitions
from connectors.hubspot.native import native_fields
from connectors.hubspot.objects import OBJECT_TYPES
from connectors.hubspot.raw import COMPANIES, CONTACTS, DEALS
from connectors.hubspot.records import Layout, read_properties
from connectors.hubspot.schema import Property
from connectors.hubspot.settings import HubspotSettings
from connectors.hubspot.source import Source
from connectors.hubspot.values import property_name
from connectors.transport import Request
from core.errors import ConfigError
from core.fields import ManagedField, Policy
from core.managed_fields import fields_of
from core.records import Kind
from core.section import Section


def open_source(
    definitions: Definitions, settings: HubspotSettings, name: str, *, has_web_events: bool
) -> Source:
    """How an object type is read now; asks HubSpot where that depends on the account.

    Raises ConfigError for a mapped property that does not exist (HubSpot would silently leave it out).
    """
    client = definitions.client
    there: Mapping[str, Property] = {}
    stages: Mapping[str, tuple[bool, bool]] = {}
    labels: Mapping[int, str] = {}
    if name in (COMPANIES, CONTACTS) or (name == DEALS and _named(settings, name)):
        there = definitions.read(name)
        _demand(settings, name, there)
    if name == DEALS:
        stages, labels = read_stages(client), role_labels(client, settings.deal_roles)
    layout = Layout(
        fields={key: (one, there[one].type) for key, one in settings.fields.items() if one in there},
        account_fields=_present(Kind.ACCOUNT, there) if name == COMPANIES else (),
        contact_fields=_present(Kind.CONTACT, there) if name == CONTACTS else (),
        twin_property=settings.twin_id_property,
        account=settings.account_fields,
        contact=settings.contact_fields,
        deal=settings.deal_fields,
        native={
            key: one
            for key, one in native_fields(settings).items()
            if not schema.native_fault(there.get(one))
        },
        types=settings.activities,
        stages=stages,
        role_labels=labels,
        has_web_events=has_web_events,
    )
    return Source(client, OBJECT_TYPES[name], layout)


def read_fields(source: Source) -> list[str]:
    """What is asked for of a type, without what Shortlist itself fills; labels count as fields of deals."""
    labels = [f"label {role}" for role in source.layout.role_labels.values()]
    return [*read_properties(source.type.name, source.layout), *labels]


def mapped(settings: HubspotSettings, name: str) -> dict[str, str]:
    """The properties of an object type that the settings name, by section and key."""
    if name == COMPANIES:
        found = {f"fields.{key}": source for key, source in settings.fields.items()}
        found |= {"twin_id_property": settings.twin_id_property} if settings.twin_id_property else {}
        return found | _section("account_fields", settings.account_fields)
    sections = {CONTACTS: "contact_fields", DEALS: "deal_fields"}
    return _section(sections[name], getattr(settings, sections[name])) if name in sections else {}


def _section(name: str, section: Section) -> dict[str, str]:
    return {f"{name}.{key}": str(source) for key, source in section}


def _named(settings: HubspotSettings, name: str) -> set[str]:
    """The keys of `mapped` that must be there: all but those of a section's defaults."""
    keys = set(mapped(settings, name))
    for key in tuple(keys):
        section = getattr(settings, key.partition(".")[0])
        if isinstance(section, Section) and key.partition(".")[2] not in section.model_fields_set:
            keys.remove(key)
    return keys


def faults(settings: HubspotSettings, name: str, there: Mapping[str, Property]) -> dict[str, str]:
    """What is wrong with mapped properties, by section and key."""
    named, wanted = _named(settings, name), mapped(settings, name)
    return {
        key: f"HubSpot has no property “{source}” of {name}."
        for key, source in wanted.items()
        if key in named and source not in there
    }


def _demand(settings: HubspotSettings, name: str, there: Mapping[str, Property]) -> None:
    wrong = faults(settings, name, there)
    if wrong:
        raise ConfigError(
            "\n".join(
                f"{key}: {words} Correct the name, or make the property." for key, words in wrong.items()
            )
        )


def _present(kind: Kind, there: Mapping[str, Property]) -> tuple[ManagedField, ...]:
    """The managed fields that are there as they should be: others are neither read nor planned.

    What people decide in may be read-only for us.
    """
    return tuple(
        field
        for field in fields_of(kind)
        if (found := there.get(property_name(field.name)))
        and (field.policy is Policy.READS or not schema.fault(field, found))
    )


def read_stages(client: Client) -> dict[str, tuple[bool, bool]]:
    """Deal stage id -> (is closed, is won), over all pipelines."""
    pipelines = client.ask_list(Request("describe deals", "GET", version.pipelines(DEALS))).rows
    return {
        str(stage["id"]): stage_meaning(stage.get("metadata") or {})
        for pipeline in pipelines
        for stage in pipeline.get("stages", ())
    }


def stage_meaning(metadata: Mapping[str, Any]) -> tuple[bool, bool]:
    """(is closed, is won) of a deal stage; where it does not say, a certain probability means closed."""
    probability = str(metadata.get("probability", ""))
    is_certain = probability in ("0", "0.0", "1", "1.0")
    is_closed = str(metadata.get("isClosed", is_certain)).lower() == "true"
    return is_closed, is_closed and probability in ("1", "1.0")
