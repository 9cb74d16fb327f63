"""Install: a property group "ABM" per object type, properties in it, and target lists."""

from collections.abc import Sequence
from http import HTTPStatus

from connectors.contract import Provisioned, Wanted
from connectors.hubspot import lists, schema, version
from connectors.hubspot.answers import refusal
from connectors.hubspot.client import Client
from connectors.hubspot.native import native_faults
from connectors.hubspot.raw import COMPANIES
from connectors.hubspot.schema import Property
from connectors.hubspot.settings import HubspotSettings
from connectors.hubspot.values import property_name
from connectors.transport import Request, redact
from core.changes import InventoryItem, TargetList
from core.errors import ConfigError, TransientError
from core.fields import ManagedField

_OPERATION = "provision"
_BATCH = 100
_OPTION_KEYS = ("label", "value", "displayOrder", "hidden", "description")
"""What an option may have when it is written; more comes back when it is read."""


def provision(client: Client, settings: HubspotSettings, wanted: Wanted, *, dry_run: bool) -> Provisioned:
    """Create what is missing; with dry_run only say what would be created.

    Raises ConfigError for a property that exists but cannot be what is wanted.
    """
    created: list[InventoryItem] = []
    existing: list[InventoryItem] = []
    _demand_native(client, settings)
    for object_type in dict.fromkeys(schema.object_type_of(field) for field in wanted.fields):
        fields = [field for field in wanted.fields if schema.object_type_of(field) == object_type]
        _provision_type(client, object_type, fields, dry_run=dry_run, created=created, existing=existing)
    known = {item.details.get("key"): item for item in wanted.known if item.type == "list"}
    notes: list[str] = []
    for target in wanted.lists:
        ours = known.get(target.key)
        shown = lists.look_up(client, _OPERATION, ours.remote_id) if ours and ours.remote_id else None
        if ours and shown and shown.is_manual:
            existing.append(ours)
            notes += [_renamed(ours, shown.name)] if shown.name != ours.name else []
            continue
        found = lists.find(client, lists.crm_name(target.name))
        if found is not None:
            existing.append(_list_item(target, found))
        else:
            made = None if dry_run else lists.create(client, lists.crm_name(target.name))
            created.append(_list_item(target, made))
        notes += [f"{shown.complaint()} It is left to people, and another one is ours now."] if shown else []
    return Provisioned(created, existing, notes)


def _demand_native(client: Client, settings: HubspotSettings) -> None:
    """Raise ConfigError where a property of HubSpot's own is to be written and cannot be."""
    if settings.write_target_account or settings.write_icp_tier:
        faults = list(native_faults(settings, schema.existing(client, COMPANIES, _OPERATION)))
        if faults:
            raise ConfigError(" ".join(f"{key}: {words} Switch it off." for key, words in faults))


def _provision_type(
    client: Client,
    object_type: str,
    fields: Sequence[ManagedField],
    *,
    dry_run: bool,
    created: list[InventoryItem],
    existing: list[InventoryItem],
) -> None:
    group = InventoryItem("field_group", f"{object_type}.{schema.GROUP}")
    has_group = group_exists(client, object_type)
    (existing if has_group else created).append(group)
    there = schema.existing(client, object_type, _OPERATION)
    missing = [field for field in fields if property_name(field.name) not in there]
    kept = [field for field in fields if property_name(field.name) in there]
    for field in kept:
        _demand_usable(field, there[property_name(field.name)])
    created += [_field_item(field) for field in missing]
    existing += [_field_item(field) for field in kept]
    if dry_run:
        return
    if not has_group:
        _create_group(client, object_type)
    for field in kept:
        _add_options(client, object_type, field, there[property_name(field.name)])
    if missing:
        _create_properties(client, object_type, missing)


def _demand_usable(field: ManagedField, found: Property) -> None:
    """Raise ConfigError where a property of this name cannot hold the field."""
    name = schema.full_name(field)
    if found.type != schema.wanted_type(field):
        raise ConfigError(
            f"The HubSpot property {name} exists with type {found.type}, not {schema.wanted_type(field)}; "
            "rename or delete it in HubSpot (settings, properties), then run install again."
        )
    if found.is_read_only:
        raise ConfigError(
            f"The HubSpot property {name} is read-only; rename or delete it, then run install again."
        )
    if found.is_fixed and not set(field.options) <= found.values:
        raise ConfigError(
            f"The HubSpot property {name} lacks options and its definition is locked; add them in HubSpot."
        )


def group_exists(client: Client, object_type: str) -> bool:
    """Whether an object type has our group."""
    request = Request(_OPERATION, "GET", version.property_group(object_type, schema.GROUP))
    response = client.call(request)
    if response.status == HTTPStatus.NOT_FOUND:
        return False
    return not client.read(request, response).get("archived")


def _create_group(client: Client, object_type: str) -> None:
    body = {"name": schema.GROUP, "label": schema.GROUP_LABEL, "displayOrder": -1}
    request = Request(_OPERATION, "POST", version.property_groups(object_type), json=body, repeatable=False)
    try:
        response = client.call(request)
    except TransientError:
        if not group_exists(client, object_type):
            raise
        return
    if response.status != HTTPStatus.CONFLICT:  # somebody else was faster
        client.read(request, response)


def _create_properties(client: Client, object_type: str, fields: Sequence[ManagedField]) -> None:
    """Create properties, then look: neither a lost answer nor a second admin makes this wrong."""
    trouble: TransientError | None = None
    words = ""
    for start in range(0, len(fields), _BATCH):
        request = Request(
            _OPERATION,
            "POST",
            version.property_batch(object_type, "create"),
            json={"inputs": [schema.definition(field) for field in fields[start : start + _BATCH]]},
            repeatable=False,
        )
        try:
            response = client.call(request)
        except TransientError as error:
            trouble = error
            continue
        if response.status >= HTTPStatus.MULTI_STATUS:
            words = refusal(response).message or redact(response.body.decode("utf-8", "replace"))
    there = schema.existing(client, object_type, _OPERATION)
    missing = [field for field in fields if property_name(field.name) not in there]
    if missing and trouble:
        raise trouble
    if missing:
        raise _cannot_create(client, object_type, missing, words)


def _cannot_create(
    client: Client, object_type: str, missing: Sequence[ManagedField], words: str
) -> ConfigError:
    names = ", ".join(schema.full_name(field) for field in missing)
    archived = schema.existing(client, object_type, _OPERATION, archived=True)
    if any(property_name(field.name) in archived for field in missing):
        return ConfigError(
            f"HubSpot still holds archived properties of these names: {names}. Restore them (settings, "
            f"properties, archived), then run install again. HubSpot says: {words}"
        )
    return ConfigError(f"HubSpot did not create {names}: {words}")


def _add_options(client: Client, object_type: str, field: ManagedField, found: Property) -> None:
    """Add missing options behind those that are there; a PATCH replaces the whole array."""
    missing = [value for value in field.options if value not in found.values]
    if not missing:
        return
    kept = [{key: one[key] for key in _OPTION_KEYS if key in one} for one in found.options]
    options = [*kept, *schema.options(missing, first=len(kept))]
    path = version.property_named(object_type, found.name)
    client.ask(Request(_OPERATION, "PATCH", path, json={"options": options}))


def _field_item(field: ManagedField) -> InventoryItem:
    return InventoryItem("field", schema.full_name(field))


def _list_item(target: TargetList, list_id: str | None) -> InventoryItem:
    name = lists.crm_name(target.name)
    return InventoryItem("list", name, remote_id=list_id, details={"key": target.key})


def _renamed(item: InventoryItem, name: str) -> str:
    return (
        f"The list “{item.name}” ({item.remote_id}) is called “{name}” in HubSpot now. It stays ours, and no other "
        "one was made."
    )
