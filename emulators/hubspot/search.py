"""POST /crm/v3/objects/{type}/search: filters, sorts, pages of at most 200, 10,000 results in all."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any

import orjson

from emulators.hubspot.errors import validation_error
from emulators.hubspot.filters import matcher, modified_bounds, search_value
from emulators.hubspot.http import Reply, Request, invalid_json, next_page, objects_of, ok, text_of, texts_of
from emulators.hubspot.object_types import ObjectType, find_type
from emulators.hubspot.times import is_whole
from emulators.hubspot.views import known_names, view

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulators.hubspot.index import SearchIndex
    from emulators.hubspot.portal import Portal
    from emulators.hubspot.records import Record

_PAGE, _MAX_PAGE = 10, 200
_MAX_RESULTS = 10_000
_MAX_GROUPS, _MAX_FILTERS, _MAX_ALL_FILTERS = 5, 6, 18
_MAX_BODY = 3_000
_ID = "hs_object_id"


def search_records(portal: Portal, request: Request, type_name: str) -> Reply:
    """Find records as the index knows them.

    A record that was archived since is left out of the rows, but still counted (recorded: stale totals). With the
    setting `search_rows_are_live` the rows show what the store has by now, so that one can carry a modified date the
    filters exclude (reported of live portals).
    """
    object_type = find_type(type_name)
    body = request.object()
    _check_size(request, body)
    offset, limit = _page_of(body)
    ids = _matching_ids(portal, object_type, body)
    table = portal.tables[object_type.name]
    names = known_names(portal, object_type, texts_of(body, "properties"))
    shown = table.live if portal.settings.search_rows_are_live else table.index.visible
    rows = [
        view(portal, object_type, shown[record_id], names)
        for record_id in ids[offset : offset + limit]
        if record_id in table.live
    ]
    reply: dict[str, Any] = {"total": len(ids), "results": rows}
    if offset + limit < len(ids):
        reply["paging"] = next_page(str(offset + limit))
    return ok(reply)


def _check_size(request: Request, body: dict[str, Any]) -> None:
    groups = objects_of(body, "filterGroups")
    filters = [objects_of(group, "filters") for group in groups]
    # Assumption: the wording of all four.
    if len(request.raw) > _MAX_BODY:
        raise validation_error(f"The request body is longer than {_MAX_BODY} characters")
    if len(groups) > _MAX_GROUPS:
        raise validation_error(f"At most {_MAX_GROUPS} filterGroups are allowed")
    if any(len(group) > _MAX_FILTERS for group in filters):
        raise validation_error(f"At most {_MAX_FILTERS} filters are allowed in a filterGroup")
    if sum(map(len, filters)) > _MAX_ALL_FILTERS:
        raise validation_error(f"At most {_MAX_ALL_FILTERS} filters are allowed")


def _page_of(body: dict[str, Any]) -> tuple[int, int]:
    limit = body.get("limit", _PAGE)
    after = text_of(body, "after") or "0"
    if not isinstance(limit, int) or isinstance(limit, bool) or not 0 <= limit <= _MAX_PAGE:
        raise validation_error(f"Invalid value for limit: {limit}. It must be at most {_MAX_PAGE}")
    if not is_whole(after):
        raise validation_error(f"Invalid value for after: {after}")
    if int(after) + limit > _MAX_RESULTS:
        # Assumption: the wording; the 400 is documented.
        raise validation_error(f"Paging past {_MAX_RESULTS} results is not allowed")
    return int(after), limit


def _matching_ids(portal: Portal, object_type: ObjectType, body: dict[str, Any]) -> list[int]:
    """The ids of all matches in the order asked for.

    Results are remembered until the index changes. A range of ids in a single group is applied afterwards, so
    that a client which pages by id pays for one evaluation only.
    """
    groups = [objects_of(group, "filters") for group in objects_of(body, "filterGroups")]
    sort_name, descending = _sort_of(portal, object_type, body)
    by_id = sort_name == _ID and len(groups) == 1
    id_filters = [item for item in groups[0] if _is_id_range(item)] if by_id else []
    if by_id:
        groups = [[item for item in groups[0] if not _is_id_range(item)]]
    query = text_of(body, "query")
    matches = matcher(portal, object_type, groups, query)
    index = portal.tables[object_type.name].index

    def evaluate() -> list[int]:
        candidates, exact = _candidates(index, object_type, groups)
        found = candidates if exact and not query else [record for record in candidates if matches(record)]
        found.sort(key=_sort_key(portal, object_type, sort_name))
        return [record.id for record in found]

    key = orjson.dumps([groups, sort_name, query])
    # Links change without the index noticing, so results that depend on them are not remembered.
    ids = evaluate() if b'"associations.' in key else index.remembered(key, evaluate)
    for item in id_filters:
        ids = _cut(ids, item)
    return ids[::-1] if descending else ids


def _candidates(
    index: SearchIndex, object_type: ObjectType, groups: list[list[Any]]
) -> tuple[list[Record], bool]:
    """A superset of the matches, and whether it is exact: a range of modified dates comes from the index."""
    group = groups[0] if len(groups) == 1 else []
    low_ms, high_ms, exact = modified_bounds(object_type, group)
    if low_ms is None and high_ms is None:
        return list(index.visible.values()), len(groups) <= 1 and not group
    order = index.by_modified()
    start = 0 if low_ms is None else bisect_left(order, (low_ms, 0))
    end = len(order) if high_ms is None else bisect_left(order, (high_ms + 1, 0))
    return [index.visible[record_id] for _, record_id in order[start:end]], exact


def _sort_of(portal: Portal, object_type: ObjectType, body: dict[str, Any]) -> tuple[str, bool]:
    sorts = body.get("sorts") or []
    if not isinstance(sorts, list):
        raise invalid_json("sorts must be an array")
    if not sorts:
        # Oldest first is documented; ids are given in the order of creation.
        return _ID, False
    if len(sorts) > 1:
        raise validation_error("Only one sort is allowed")  # Assumption: the wording.
    first = sorts[0] if isinstance(sorts[0], dict) else {"propertyName": sorts[0]}
    name = str(first.get("propertyName", "")).removeprefix("-")
    if name not in portal.schemas[object_type.name].live:
        raise validation_error(f"Property {name} does not exist")  # Assumption: the wording.
    return name, first.get("direction") == "DESCENDING" or str(sorts[0]).startswith("-")


def _sort_key(
    portal: Portal, object_type: ObjectType, name: str
) -> Callable[[Record], tuple[bool, Any, int]]:
    """Empty values last, then by value, then by id."""
    if name == _ID:
        return lambda record: (False, 0, record.id)
    if name == object_type.modified_property:
        return lambda record: (False, record.modified_ms, record.id)
    value_type = portal.schemas[object_type.name].live[name]["type"]

    def key(record: Record) -> tuple[bool, Any, int]:
        text = record.properties.get(name, "")
        return (not text, search_value(value_type, text) if text else 0, record.id)

    return key


def _is_id_range(item: dict[str, Any]) -> bool:
    return (
        item.get("propertyName") == _ID
        and item.get("operator") in ("GT", "GTE", "LT", "LTE")
        and is_whole(str(item.get("value", "")))
    )


def _cut(ids: list[int], item: dict[str, Any]) -> list[int]:
    value, operator = int(item["value"]), item["operator"]
    if operator == "GT":
        return ids[bisect_right(ids, value) :]
    if operator == "GTE":
        return ids[bisect_left(ids, value) :]
    return ids[: bisect_left(ids, value)] if operator == "LT" else ids[: bisect_right(ids, value)]
