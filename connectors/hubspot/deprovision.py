"""Uninstall: lists, then properties, then groups. What HubSpot does not let go stays, with its words, the rest goes."""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus

from connectors.contract import Deprovisioned, Refused
from connectors.hubspot import lists, schema, version
from connectors.hubspot.answers import refusal
from connectors.hubspot.client import Client
from connectors.hubspot.provision import group_exists
from connectors.hubspot.schema import Property
from connectors.transport import Request
from core.changes import InventoryItem

_OPERATION = "deprovision"
_BATCH = 100


def deprovision(client: Client, inventory: Sequence[InventoryItem], *, dry_run: bool) -> Deprovisioned:
    """Remove what an inventory names and is still there.

    A list that is not MANUAL any more stays, and so does a group that would still hold somebody else's property.
    """
    going, refused = _lists(client, inventory)
    fields, groups = _removable(client, inventory)
    going += [*fields, *groups]
    if not dry_run:
        refused += _remove_lists(client, going)
        refused += _archive(client, fields)
        refused += _remove_groups(client, groups, {one.item.name for one in refused})
    staying = [one.item for one in refused]
    return Deprovisioned([item for item in going if item not in staying], refused)


def _lists(client: Client, inventory: Sequence[InventoryItem]) -> tuple[list[InventoryItem], list[Refused]]:
    """The lists of an inventory that are there: those that may go, and those that are people's by now."""
    going: list[InventoryItem] = []
    refused: list[Refused] = []
    for item in inventory:
        shown = (
            lists.look_up(client, _OPERATION, item.remote_id)
            if item.type == "list" and item.remote_id
            else None
        )
        if shown and shown.is_manual:
            going.append(item)
        elif shown:
            refused.append(Refused(item, shown.complaint()))
    return going, refused


def _removable(
    client: Client, inventory: Sequence[InventoryItem]
) -> tuple[list[InventoryItem], list[InventoryItem]]:
    """The properties and the groups of an inventory that are there and may go."""
    fields: list[InventoryItem] = []
    groups: list[InventoryItem] = []
    named = [item for item in inventory if item.type in ("field", "field_group")]
    for object_type in dict.fromkeys(_split(item)[0] for item in named):
        there = schema.existing(client, object_type, _OPERATION)
        ours = [item for item in named if _split(item)[0] == object_type]
        gone = [item for item in ours if item.type == "field" and _split(item)[1] in there]
        fields += gone
        names = {_split(item)[1] for item in gone}
        groups += [
            item for item in ours if item.type == "field_group" and _is_free(client, item, there, names)
        ]
    return fields, groups


def _is_free(client: Client, item: InventoryItem, there: Mapping[str, Property], going: set[str]) -> bool:
    object_type, group = _split(item)
    held = {one.name for one in there.values() if one.group == group}
    return held <= going and group_exists(client, object_type)


def _remove_lists(client: Client, items: Sequence[InventoryItem]) -> Iterator[Refused]:
    for item in items:
        if item.type == "list" and (
            words := _refused(client, "DELETE", version.list_by_id(str(item.remote_id)))
        ):
            yield Refused(item, words)


def _archive(client: Client, fields: Sequence[InventoryItem]) -> Iterator[Refused]:
    """Archive properties in batches; of a refused batch, which is refused for one that is in use, each alone."""
    for object_type in dict.fromkeys(_split(item)[0] for item in fields):
        items = [item for item in fields if _split(item)[0] == object_type]
        path = version.property_batch(object_type, "archive")
        for start in range(0, len(items), _BATCH):
            batch = items[start : start + _BATCH]
            if _refused(client, "POST", path, batch):
                for item in batch:
                    if words := _refused(client, "POST", path, [item]):
                        yield Refused(item, words)


def _remove_groups(client: Client, groups: Sequence[InventoryItem], staying: set[str]) -> Iterator[Refused]:
    """Groups hold all our properties of their object type: with one that stays, its group does."""
    for item in groups:
        object_type, group = _split(item)
        held = sorted(name for name in staying if name.startswith(f"{object_type}."))
        if held:
            yield Refused(item, f"It still holds {', '.join(held)}.")
        elif words := _refused(client, "DELETE", version.property_group(object_type, group)):
            yield Refused(item, words)


def _refused(client: Client, method: str, path: str, fields: Sequence[InventoryItem] = ()) -> str:
    """HubSpot's words where it refuses to remove something that is there; nothing where it is gone now."""
    body = {"inputs": [{"name": _split(item)[1]} for item in fields]} if fields else None
    response = client.call(Request(_OPERATION, method, path, json=body))
    is_gone = response.status == HTTPStatus.NOT_FOUND and not fields
    if response.status < HTTPStatus.BAD_REQUEST or is_gone:
        return ""
    found = refusal(response)
    return found.message or found.code


def _split(item: InventoryItem) -> tuple[str, str]:
    object_type, _, name = item.name.partition(".")
    return object_type, name
