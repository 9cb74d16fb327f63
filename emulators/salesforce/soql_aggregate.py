"""COUNT, MIN, MAX, SUM, AVG and GROUP BY."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from emulators.salesforce.fields import NUMBER_TYPES, Field, ObjectType
from emulators.salesforce.soql_filter import combined, predicate
from emulators.salesforce.soql_order import sort_key
from emulators.salesforce.soql_syntax import Aggregate, Comparison, Order, Path, Query, query_error
from emulators.salesforce.store import Record

if TYPE_CHECKING:
    from emulators.salesforce.soql_resolve import Getter, Resolver

Group = list[Record]
Reader = Callable[[Group], Any]

_NUMBERS_ONLY = ("SUM", "AVG")


def is_aggregate(query: Query) -> bool:
    """Whether the answer has AggregateResult rows (or, for COUNT(), none)."""
    return bool(query.group_by) or any(isinstance(item, Aggregate) for item in query.select)


def aggregate_rows(
    resolver: Resolver, item: ObjectType, query: Query, records: Sequence[Record]
) -> list[dict[str, Any]]:
    """One AggregateResult per group. MALFORMED_QUERY: a field is neither grouped nor aggregated."""
    columns = _columns(resolver, item, query)
    groups = _groups([_group_getter(resolver, item, path) for path in query.group_by], records)
    if query.having is not None:
        accept = combined(query.having, lambda part: _group_predicate(resolver, item, query, part))
        groups = [group for group in groups if accept(group)]
    for order in reversed(query.order_by):
        key = _group_key(resolver, item, query, order)
        groups.sort(key=key, reverse=order.descending)
    return [
        {"attributes": {"type": "AggregateResult"}, **{name: read(group) for name, read in columns}}
        for group in groups
    ]


def _group_predicate(
    resolver: Resolver, item: ObjectType, query: Query, comparison: Comparison
) -> Callable[[Group], bool]:
    """One comparison of HAVING."""
    if isinstance(comparison.path, Path):
        _, read = _grouped_column(resolver, item, query, comparison.path)
        return predicate(comparison, resolver.path(item, comparison.path).field, read, query.text)
    read = _aggregate_reader(resolver, item, comparison.path)
    field = _result_field(resolver, item, comparison.path)
    return predicate(comparison, field, read, query.text)


def _result_field(resolver: Resolver, item: ObjectType, aggregate: Aggregate) -> Field:
    """What an aggregate yields as if it were a field: a number, or for MIN and MAX what it looks at."""
    if aggregate.function in ("MIN", "MAX") and aggregate.path is not None:
        return resolver.path(item, aggregate.path).field
    return Field(aggregate.function, "double", aggregate.function)


def _groups(getters: list[Getter], records: Sequence[Record]) -> list[Group]:
    if not getters:
        return [list(records)]
    groups: dict[tuple[Any, ...], Group] = {}
    for record in records:
        groups.setdefault(tuple(get(record) for get in getters), []).append(record)
    return list(groups.values())


def _group_getter(resolver: Resolver, item: ObjectType, path: Path) -> Getter:
    resolved = resolver.path(item, path)
    if not resolved.field.groupable:
        # Assumption: by analogy with the recorded text for filters.
        reason = f"field '{resolved.field.name}' can not be grouped in a query call"
        raise query_error("INVALID_FIELD", reason, resolver.text, path.at)
    return resolved.get


def _columns(resolver: Resolver, item: ObjectType, query: Query) -> list[tuple[str, Reader]]:
    """The answer's columns; aggregates without an alias are named expr0, expr1 and so on."""
    columns: list[tuple[str, Reader]] = []
    unnamed = 0
    for selected in query.select:
        if isinstance(selected, Aggregate):
            name = selected.alias or f"expr{unnamed}"
            unnamed += selected.alias is None
            columns.append((name, _aggregate_reader(resolver, item, selected)))
        elif isinstance(selected, Path):
            name, read = _grouped_column(resolver, item, query, selected)
            if selected.function is not None and selected.alias is None:
                name, unnamed = f"expr{unnamed}", unnamed + 1
            columns.append((selected.alias or name, read))
        else:
            # Assumption: neither TYPEOF nor lists of children go with groups; the text is not recorded.
            reason = "Grouped query cannot use child relationships in the SELECT list"
            raise query_error("MALFORMED_QUERY", reason, query.text, 0)
    return columns


def _grouped_column(resolver: Resolver, item: ObjectType, query: Query, path: Path) -> tuple[str, Reader]:
    grouped = {_key(resolver, item, other) for other in query.group_by}
    if _key(resolver, item, path) not in grouped:
        reason = f"Field must be grouped or aggregated: {'.'.join(path.parts)}"
        raise query_error("MALFORMED_QUERY", reason, query.text, path.at)
    resolved = resolver.path(item, path)
    return resolved.field.name, lambda group: resolved.get(group[0])


def _key(resolver: Resolver, item: ObjectType, path: Path) -> tuple[str | None, ...]:
    """What makes two spellings of a grouped field the same."""
    resolved = resolver.path(item, path)
    steps = (relation.key for relation in resolved.relations)
    return (path.function, *steps, resolved.field.name)


def _aggregate_reader(resolver: Resolver, item: ObjectType, aggregate: Aggregate) -> Reader:
    if aggregate.path is None:
        raise query_error("MALFORMED_QUERY", "COUNT() must be the only item", resolver.text, aggregate.at)
    resolved = resolver.path(item, aggregate.path)
    field, function = resolved.field, aggregate.function
    if not field.aggregatable or (function in _NUMBERS_ONLY and field.type not in NUMBER_TYPES):
        # Assumption: widely quoted, not recorded.
        reason = f"field {field.name} does not support aggregate operator {function}"
        raise query_error("INVALID_FIELD", reason, resolver.text, aggregate.at)
    compute = _FUNCTIONS[function]

    def read(group: Group) -> Any:
        return compute([value for value in map(resolved.get, group) if value is not None])

    return read


def _group_key(resolver: Resolver, item: ObjectType, query: Query, order: Order) -> Callable[[Group], Any]:
    if isinstance(order.item, Aggregate):
        read = _aggregate_reader(resolver, item, order.item)
    else:
        _, read = _grouped_column(resolver, item, query, order.item)
    return sort_key(read, order)


_FUNCTIONS: dict[str, Callable[[list[Any]], Any]] = {
    "COUNT": len,
    "COUNT_DISTINCT": lambda values: len(set(values)),
    "MIN": lambda values: min(values, default=None),
    "MAX": lambda values: max(values, default=None),
    "SUM": lambda values: float(sum(values)) if values else None,
    "AVG": lambda values: sum(values) / len(values) if values else None,
}
