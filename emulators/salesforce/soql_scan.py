"""Which records a query has to look at at all, and in which order they come.

Two orders are kept ready, (SystemModstamp, Id) and Id, and equality on ids, references and lookup fields has
an index, because that is how incremental pulls and read-backs ask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.salesforce.soql_filter import constant_value
from emulators.salesforce.soql_syntax import Comparison, Condition, Constant, Junction, Path, Query, SemiJoin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emulators.salesforce.fields import ObjectType
    from emulators.salesforce.store import Record, Table

_ID = "id"
_STAMP = "systemmodstamp"
_LOWER = frozenset([">", ">=", "="])
_UPPER = frozenset(["<", "<=", "="])

Bounds = tuple[str | None, str | None]


def candidates(table: Table, item: ObjectType, query: Query) -> tuple[Iterable[Record], bool]:
    """Records among which all matches are, and whether they come in the order the query asks for."""
    order = _ascending_order(query)
    indexed = _indexed(table, item, query)
    if indexed is not None:
        return indexed, not order
    stamps = _bounds(item, query, _STAMP)
    ids = _bounds(item, query, _ID)
    if order == [_ID] or (any(ids) and not any(stamps)):
        return table.by_id(*ids), order in ([], [_ID])
    if order[:1] == [_STAMP] or any(stamps):
        return table.by_stamp(*stamps), order in ([], [_STAMP], [_STAMP, _ID])
    return list(table.rows.values()), not order


def stamp_bounds(item: ObjectType, query: Query) -> Bounds:
    """The first and the last SystemModstamp a query asks for, None where it names no end."""
    return _bounds(item, query, _STAMP) if _STAMP in item.fields else (None, None)


def _ascending_order(query: Query) -> list[str]:
    """The ORDER BY fields as lower-case names; a marker that fits nothing for any other kind of order."""
    simple = all(isinstance(o.item, Path) and _is_plain(o.item) and not o.descending for o in query.order_by)
    if not simple:
        return ["?"]
    return [o.item.parts[0].lower() for o in query.order_by if isinstance(o.item, Path)]


def _is_plain(path: object) -> bool:
    """Whether a path is a field of the object itself."""
    return isinstance(path, Path) and len(path.parts) == 1 and path.function is None


def _indexed(table: Table, item: ObjectType, query: Query) -> list[Record] | None:
    """The records an AND-ed equality with an indexed field leaves, None without one."""
    for part in _conjuncts(query.where):
        if not isinstance(part, Comparison) or part.operator not in ("=", "IN"):
            continue
        if not isinstance(part.path, Path) or not _is_plain(part.path):
            continue
        field = item.fields.get(part.path.parts[0].lower())
        if field is None:
            continue
        values = [constant_value(field, constant, query.text) for constant in part.values]
        if field.name == "Id":
            return [table.rows[value] for value in dict.fromkeys(values) if value in table.rows]
        if field.type == "reference" or field.id_lookup or field.external_id or field.name == "Field":
            return table.lookup(field.name, values)
    return None


def _conjuncts(condition: Condition | None) -> tuple[Condition, ...]:
    if condition is None:
        return ()
    if isinstance(condition, Junction) and condition.kind == "AND":
        return tuple(inner for part in condition.parts for inner in _conjuncts(part))
    return (condition,)


def _bounds(item: ObjectType, query: Query, lower_name: str) -> Bounds:
    field = item.fields[lower_name]

    def value(constant: Constant) -> Any:
        return constant_value(field, constant, query.text)

    def bound(condition: Condition, operators: frozenset[str], *, low: bool) -> str | None:
        if isinstance(condition, Comparison):
            path = condition.path
            if condition.operator not in operators or not isinstance(path, Path) or not _is_plain(path):
                return None
            found: str | None = value(condition.values[0]) if path.parts[0].lower() == lower_name else None
            return found
        if isinstance(condition, SemiJoin) or condition.kind == "NOT":
            return None
        parts = [bound(part, operators, low=low) for part in condition.parts]
        known = [part for part in parts if part is not None]
        if condition.kind == "AND":
            return (max if low else min)(known, default=None)
        return (min if low else max)(known, default=None) if len(known) == len(parts) else None

    if query.where is None:
        return None, None
    return bound(query.where, _LOWER, low=True), bound(query.where, _UPPER, low=False)
