"""Which records a query finds, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.salesforce.soql_filter import compile_condition
from emulators.salesforce.soql_order import sort_key
from emulators.salesforce.soql_scan import candidates
from emulators.salesforce.soql_syntax import Aggregate, Query, query_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from emulators.salesforce.fields import ObjectType
    from emulators.salesforce.soql_resolve import Resolver
    from emulators.salesforce.store import Record

SortKeys = list[tuple["Callable[[Record], Any]", bool]]


def matching(
    resolver: Resolver, item: ObjectType, query: Query, *, with_deleted: bool, ordered: bool
) -> Iterable[Record]:
    """The records of a prepared query. Raises what the names and values in it deserve."""
    keys = sort_keys(resolver, item, query) if ordered else []
    tests = record_tests(resolver, item, query, with_deleted=with_deleted)
    found, in_order = candidates(resolver.org.store.tables[item.name], item, query)
    for test in tests:
        found = filter(test, found)
    if not ordered or in_order:
        return found
    return in_sorted_order(found, keys)


def record_tests(
    resolver: Resolver, item: ObjectType, query: Query, *, with_deleted: bool
) -> list[Callable[[Record], bool]]:
    """What a record must pass: neither deleted nor archived, visible to the user, and as WHERE says."""
    tests: list[Callable[[Record], bool]] = []
    if not with_deleted:
        tests.append(_is_live)
    visible = resolver.org.access.visible(item, resolver.user_id)
    if visible is not None:
        tests.append(visible)
    if query.where is not None:
        tests.append(compile_condition(resolver, item, query.where))
    return tests


def sort_keys(resolver: Resolver, item: ObjectType, query: Query) -> SortKeys:
    """A key and its direction for each item of ORDER BY."""
    keys: SortKeys = []
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


def in_sorted_order(found: Iterable[Record], keys: SortKeys) -> list[Record]:
    """The records sorted by the keys, the first of which weighs most."""
    records = list(found)
    for key, descending in reversed(keys):
        records.sort(key=key, reverse=descending)
    return records


def _is_live(record: Record) -> bool:
    """Whether query() shows it: archived activities it leaves out as it does deleted records (documented)."""
    return not (record.get("IsDeleted") or record.get("IsArchived"))
