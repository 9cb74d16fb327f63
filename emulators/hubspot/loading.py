"""Filling a portal with native records, and showing all of what it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.hubspot.links import CHILD_TO_PARENT, PRIMARY
from emulators.hubspot.object_types import DEALS, ObjectType, find_type
from emulators.hubspot.pipelines import derived_deal_values
from emulators.hubspot.property_requests import define
from emulators.hubspot.records import Record
from emulators.hubspot.times import parse_ms, to_iso
from emulators.hubspot.values import as_text
from emulators.hubspot.views import state_view

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from emulators.hubspot.portal import Portal

_MOST_SHARED = 50_000
# Properties that mirror a link: object, property, type of the link.
_MIRRORS = (
    ("contacts", "associatedcompanyid", PRIMARY["contacts", "companies"]),
    ("companies", "hs_parent_company_id", CHILD_TO_PARENT),
)


def load(portal: Portal, records: Mapping[str, Any]) -> dict[str, int]:
    """Take native records: any of the keys of `steps` below, each with the form its function names.

    Returns how many of each were taken. Loaded records keep their times and are in the search index at once.
    ValueError or KeyError: something is not understood; what came before it stays loaded.
    """
    steps: dict[str, Callable[[Portal, Any], int]] = {
        "properties": _load_properties,
        "owners": _load_owners,
        "pipelines": _load_pipelines,
        "objects": _load_objects,
        "associations": _load_associations,
        "lists": _load_lists,
        "events": _load_events,
    }
    unknown = set(records) - set(steps)
    if unknown:
        raise KeyError(f"cannot load {sorted(unknown)}; known are {sorted(steps)}")
    loaded = {name: step(portal, records[name]) for name, step in steps.items() if name in records}
    _link_as_named(portal, records.get("objects", {}))
    return loaded


def state(portal: Portal, name: str) -> list[dict[str, Any]]:
    """Everything of one kind: an object type, `associations`, `lists`, `properties` or `owners`."""
    if name == "associations":
        return portal.links.everything()
    if name == "lists":
        lists = portal.lists.by_id.values()
        return [{**item.as_json(), "members": [str(one) for one in sorted(item.members)]} for item in lists]
    if name == "owners":
        return list(portal.owners.by_id.values())
    if name == "properties":
        return [
            {"objectType": kind, **definition}
            for kind, schema in portal.schemas.items()
            for chosen in (False, True)
            for definition in schema.listing(archived=chosen)
        ]
    return [state_view(record) for record in portal.tables[name].all_records()]


def _load_properties(portal: Portal, by_type: dict[str, list[dict[str, Any]]]) -> int:
    for name, definitions in by_type.items():
        schema = portal.schemas[find_type(name).name]
        for body in definitions:
            group = body["groupName"]
            if group not in schema.groups:
                schema.create_group({"name": group, "label": group})
            define(portal, name, body)
    return sum(map(len, by_type.values()))


def _load_owners(portal: Portal, owners: list[dict[str, Any]]) -> int:
    portal.owners.load(owners, portal.now())
    return len(owners)


def _load_pipelines(portal: Portal, by_object: dict[str, list[dict[str, Any]]]) -> int:
    portal.pipelines.load(by_object, portal.now())
    return sum(map(len, by_object.values()))


def _load_objects(portal: Portal, by_type: dict[str, list[dict[str, Any]]]) -> int:
    now = portal.now()
    shared: dict[str, str] = {}
    for name, items in by_type.items():
        object_type = find_type(name)
        _refuse_unknown_names(portal, object_type, items)
        table = portal.tables[object_type.name]
        for item in items:
            record = _record(portal, object_type, item, now, shared)
            if record.archived_at is None:
                table.put(record, None)
            elif record.id in table.live:
                portal.archive(object_type, table.live[record.id])
            else:
                table.put_archived(record)
        portal.keep_ids_above(table.highest_id())
    return sum(map(len, by_type.values()))


def _refuse_unknown_names(portal: Portal, object_type: ObjectType, items: list[dict[str, Any]]) -> None:
    names: set[str] = set()
    for item in items:
        names.update(item.get("properties", ()))
    unknown = names - portal.schemas[object_type.name].live.keys()
    if unknown:
        raise ValueError(
            f"{object_type.name} have no properties {sorted(unknown)}; load their definitions too"
        )


def _record(
    portal: Portal, object_type: ObjectType, item: dict[str, Any], now: str, shared: dict[str, str]
) -> Record:
    """A record as loaded. `shared` holds values seen before: a million records have many in common."""
    record_id = int(item["id"])
    values = {
        name: _one_object(value if isinstance(value, str) else as_text(value), shared)
        for name, value in item.get("properties", {}).items()
        if value not in (None, "")
    }
    created_at = item.get("createdAt") or values.get(object_type.created_property) or now
    updated_at = item.get("updatedAt") or values.get(object_type.modified_property) or created_at
    created_at = to_iso(parse_ms(created_at))
    modified_ms = parse_ms(updated_at)
    values.setdefault(object_type.created_property, created_at)
    values[object_type.modified_property] = to_iso(modified_ms)
    values["hs_object_id"] = str(record_id)
    if object_type is DEALS:
        values = {**derived_deal_values(portal.pipelines, values), **values}
    archived_at = (item.get("archivedAt") or updated_at) if item.get("archived") else None
    return Record(record_id, values, created_at, modified_ms, archived_at)


def _one_object(text: str, shared: dict[str, str]) -> str:
    """The same text as one object, as long as there are not too many."""
    if len(shared) < _MOST_SHARED:
        return shared.setdefault(text, text)
    return shared.get(text, text)


def _load_associations(portal: Portal, rows: list[list[Any]]) -> int:
    """Rows of from-object, from-id, to-object, to-id, type id; one direction is enough."""
    add = portal.links.add
    touched: set[tuple[str, int]] = set()
    names = {name: find_type(name).name for name in {row[0] for row in rows} | {row[2] for row in rows}}
    for from_name, from_id, to_name, to_id, type_id in rows:
        pair = (names[from_name], names[to_name])
        if type_id not in portal.links.labels(pair):
            raise ValueError(f"association type {type_id} does not exist between {pair[0]} and {pair[1]}")
        one, other = int(from_id), int(to_id)
        if one not in portal.tables[pair[0]].live or other not in portal.tables[pair[1]].live:
            raise ValueError(f"no {pair[0]} {one} or no {pair[1]} {other} to associate")
        add(pair, one, other, type_id)
        touched.update(((pair[0], one), (pair[1], other)))
    portal.follow_links(touched, silently=True)
    return len(rows)


def _link_as_named(portal: Portal, by_type: dict[str, list[dict[str, Any]]]) -> None:
    """Link loaded records to the company a mirroring property names, unless they are linked already."""
    companies = portal.tables["companies"].live
    for name, property_name, type_id in _MIRRORS:
        pair = (name, "companies")
        for item in by_type.get(name, ()):
            named = item.get("properties", {}).get(property_name)
            record_id = int(item["id"])
            if not named or portal.links.first_of_type(pair, record_id, type_id) is not None:
                continue
            if int(named) not in companies:
                raise ValueError(f"{name} {record_id} names company {named}, which is not loaded")
            if record_id in portal.tables[name].live:
                portal.links.add(pair, record_id, int(named), type_id)


def _load_lists(portal: Portal, lists: list[dict[str, Any]]) -> int:
    """Create bodies, with `members` (record ids) and optionally `listId`; an id that is there is replaced."""
    now = portal.now()
    for body in lists:
        portal.lists.by_id.pop(str(body.get("listId")), None)
        made = portal.lists.create({"processingType": "MANUAL", **body}, now)
        made.members.update({int(record_id): now for record_id in body.get("members", [])})
    return len(lists)


def _load_events(portal: Portal, events: list[dict[str, Any]]) -> int:
    """Web events: `objectType`, `objectId`, `eventType`, `occurredAt` and optionally `properties`."""
    for item in events:
        name, at_ms = find_type(item["objectType"]).name, parse_ms(item["occurredAt"])
        properties = item.get("properties", {})
        portal.web_events.add(name, int(item["objectId"]), item["eventType"], at_ms, properties)
    return len(events)
