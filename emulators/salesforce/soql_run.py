"""Running a query: match, sort, cut, aggregate; and rendering the rows of a page."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from emulators.salesforce.errors import SalesforceError
from emulators.salesforce.soql_aggregate import aggregate_rows, is_aggregate
from emulators.salesforce.soql_budget import within_budget
from emulators.salesforce.soql_children import planner
from emulators.salesforce.soql_joins import ids_of
from emulators.salesforce.soql_match import matching, record_tests, sort_keys
from emulators.salesforce.soql_parser import parse
from emulators.salesforce.soql_prepare import prepare
from emulators.salesforce.soql_render import Renderer, plan_rows
from emulators.salesforce.soql_resolve import Resolver
from emulators.salesforce.soql_syntax import Aggregate, Path, Query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from emulators.salesforce.fields import ObjectType
    from emulators.salesforce.org import Org
    from emulators.salesforce.store import Record

_MAX_GROUPS = 2000


@dataclass(frozen=True, slots=True)
class Result:
    """A query's whole result: the count, and rows that are rendered page by page.

    Rows of records are ids: the set is fixed when the query runs, the values are read when a page is made.
    `is_wide` says that long text was asked for, which makes Salesforce's pages shorter.
    """

    total: int
    rows: Sequence[Any]
    render: Callable[[Sequence[Any], str], list[dict[str, Any]]]
    is_wide: bool = False


def run(org: Org, user_id: str, text: str, *, with_deleted: bool) -> Result:
    """Run a query for a user. Raises SalesforceError as Salesforce would answer."""
    query = parse(text)
    resolver = Resolver(org, user_id, text, query.alias)
    item = resolver.object(query.object_name, query.object_at)
    query = prepare(resolver, item, query, ids_of)
    if is_aggregate(query):
        found = matching(resolver, item, query, with_deleted=with_deleted, ordered=False)
        return _aggregated(resolver, item, query, list(within_budget(org, item, query, found)))
    # Names are checked before any record is read, so that errors come also from empty tables.
    renderer = plan_rows(resolver, item, query.select, planner(with_deleted=with_deleted))
    ids = [record["Id"] for record in records_of(resolver, item, query, with_deleted=with_deleted)]
    return Result(len(ids), ids, _page_renderer(org, item, renderer), _is_wide(resolver, item, query))


def records_of(resolver: Resolver, item: ObjectType, query: Query, *, with_deleted: bool) -> Iterator[Record]:
    """The records a prepared query without aggregates finds, in its order and within its limit."""
    found = matching(resolver, item, query, with_deleted=with_deleted, ordered=True)
    end = None if query.limit is None else query.offset + query.limit
    return islice(within_budget(resolver.org, item, query, found), query.offset, end)


def check_names(resolver: Resolver, item: ObjectType, query: Query) -> None:
    """Raise what is wrong with the names in a prepared query without looking for records."""
    plan_rows(resolver, item, query.select)
    sort_keys(resolver, item, query)
    record_tests(resolver, item, query, with_deleted=True)


def _aggregated(resolver: Resolver, item: ObjectType, query: Query, records: list[Record]) -> Result:
    first = query.select[0]
    if isinstance(first, Aggregate) and first.path is None and len(query.select) == 1:
        count = len(records) if query.limit is None else min(len(records), query.limit)
        return Result(count, [], lambda _rows, _base: [])
    rows = aggregate_rows(resolver, item, query, records)
    end = None if query.limit is None else query.offset + query.limit
    rows = rows[query.offset : end]
    if len(rows) > _MAX_GROUPS:
        # Assumption: the limit is documented, code and text are widely quoted.
        raise SalesforceError(
            "EXCEEDED_ID_LIMIT",
            "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch",
        )
    return Result(len(rows), rows, lambda page, _base: list(page))


def _is_wide(resolver: Resolver, item: ObjectType, query: Query) -> bool:
    plain = (path for path in query.select if isinstance(path, Path))
    return any(resolver.path(item, path).field.is_long_text for path in plain)


def _page_renderer(
    org: Org, item: ObjectType, renderer: Renderer
) -> Callable[[Sequence[str], str], list[dict[str, Any]]]:
    def render(ids: Sequence[str], base: str) -> list[dict[str, Any]]:
        rows = org.store.tables[item.name].rows
        # Assumption: a record removed for good between two pages is left out of the later one.
        found = filter(None, map(rows.get, ids))
        return [renderer(record, base) for record in found]

    return render
