"""Running a query: match, sort, cut, aggregate; and rendering the rows of a page."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from emulators.salesforce.soql_aggregate import aggregate_rows, is_aggregate
from emulators.salesforce.soql_filter import compile_condition
from emulators.salesforce.soql_order import sort_key
from emulators.salesforce.soql_parser import parse
from emulators.salesforce.soql_render import Renderer, plan_rows
from emulators.salesforce.soql_resolve import Resolver
from emulators.salesforce.soql_scan import candidates
from emulators.salesforce.soql_syntax import Aggregate, Query, query_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from emulators.salesforce.fields import ObjectType
    from emulators.salesforce.org import Org
    from emulators.salesforce.store import Record


@dataclass(frozen=True, slots=True)
class Result:
    """A query's whole result: the count, and rows that are rendered page by page.

    Rows of records are ids: the set is fixed when the query runs, the values are read when a page is made.
    """

    total: int
    rows: Sequence[Any]
    render: Callable[[Sequence[Any], str], list[dict[str, Any]]]


def run(org: Org, user_id: str, text: str, *, with_deleted: bool) -> Result:
    """Run a query for a user. Raises SalesforceError as Salesforce would answer."""
    query = parse(text)
    resolver = Resolver(org, user_id, text)
    item = resolver.object(query.object_name, query.object_at)
    if is_aggregate(query):
        records = list(_matching(resolver, item, query, with_deleted=with_deleted, ordered=False))
        return _aggregated(resolver, item, query, records)
    # Names are checked before any record is read, so that errors come also from empty tables.
    renderer = plan_rows(resolver, item, query.select)
    matching = _matching(resolver, item, query, with_deleted=with_deleted, ordered=True)
    end = None if query.limit is None else query.offset + query.limit
    ids = [record["Id"] for record in islice(matching, query.offset, end)]
    return Result(len(ids), ids, _page_renderer(org, item, renderer))


def check_names(resolver: Resolver, item: ObjectType, query: Query) -> None:
    """Raise what is wrong with WHERE and ORDER BY without looking for records."""
    _sort_keys(resolver, item, query)
    if query.where is not None:
        compile_condition(resolver, item, query.where)


def _matching(
    resolver: Resolver, item: ObjectType, query: Query, *, with_deleted: bool, ordered: bool
) -> Iterable[Record]:
    keys = _sort_keys(resolver, item, query) if ordered else []
    accept = None if query.where is None else compile_condition(resolver, item, query.where)
    found, in_order = candidates(resolver.org.store.tables[item.name], item, query)
    if not with_deleted:
        found = (record for record in found if not record.get("IsDeleted"))
    if accept is not None:
        found = filter(accept, found)
    if not ordered or in_order:
        return found
    records = list(found)
    for key, descending in reversed(keys):
        records.sort(key=key, reverse=descending)
    return records


def _sort_keys(
    resolver: Resolver, item: ObjectType, query: Query
) -> list[tuple[Callable[[Record], Any], bool]]:
    keys = []
    for order in query.order_by:
        if isinstance(order.item, Aggregate):
            raise query_error(
                "MALFORMED_QUERY", "Ordering by an aggregate needs GROUP BY", query.text, order.item.at
            )
        resolved = resolver.path(item, order.item)
        if not resolved.field.sortable:
            # Assumption: by analogy with the recorded text for filters.
            reason = f"field '{resolved.field.name}' can not be sorted in a query call"
            raise query_error("INVALID_FIELD", reason, query.text, order.item.at)
        keys.append((sort_key(resolved.get, order), order.descending))
    return keys


def _aggregated(resolver: Resolver, item: ObjectType, query: Query, records: list[Record]) -> Result:
    first = query.select[0]
    if isinstance(first, Aggregate) and first.path is None:
        count = len(records) if query.limit is None else min(len(records), query.limit)
        return Result(count, [], lambda _rows, _base: [])
    rows = aggregate_rows(resolver, item, query, records)
    end = None if query.limit is None else query.offset + query.limit
    rows = rows[query.offset : end]
    return Result(len(rows), rows, lambda page, _base: list(page))


def _page_renderer(
    org: Org, item: ObjectType, renderer: Renderer
) -> Callable[[Sequence[str], str], list[dict[str, Any]]]:
    def render(ids: Sequence[str], base: str) -> list[dict[str, Any]]:
        rows = org.store.tables[item.name].rows
        # Assumption: a record removed for good between two pages is left out of the later one.
        return [renderer(rows[record_id], base) for record_id in ids if record_id in rows]

    return render
