"""What a query says in short, written out before it runs: FIELDS(…), date literals, semi-joins, scopes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from emulators.salesforce.errors import SalesforceError
from emulators.salesforce.soql_periods import span
from emulators.salesforce.soql_syntax import (
    Aggregate,
    Comparison,
    Condition,
    Constant,
    FieldSet,
    Junction,
    Path,
    Query,
    SelectItem,
    SemiJoin,
    query_error,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from emulators.salesforce.fields import ObjectType
    from emulators.salesforce.soql_resolve import Resolver

_DATES = ("date", "datetime")


def prepare(
    resolver: Resolver, item: ObjectType, query: Query, ids_of: Callable[[Resolver, Query], list[str]]
) -> Query:
    """The query in plain words; `ids_of` runs the query of a semi-join. Raises INVALID_FIELD."""
    select = tuple(plain for selected in query.select for plain in _fields(resolver, item, selected))
    where = query.where and _written_out(resolver, item, query.where, ids_of)
    if query.scope is not None and query.scope.lower() == "mine" and "ownerid" in item.fields:
        mine = Comparison(Path(("OwnerId",), 0), "=", (Constant("string", resolver.user_id, 0),))
        where = mine if where is None else Junction("AND", (where, mine))
    return replace(query, select=select, where=where)


def _fields(resolver: Resolver, item: ObjectType, selected: SelectItem) -> list[SelectItem]:
    if not isinstance(selected, FieldSet):
        return [selected]
    wanted = {"ALL": (True, False), "CUSTOM": (True,), "STANDARD": (False,)}[selected.which]
    names = [field.name for field in resolver.fields(item).values() if field.custom in wanted]
    return [Path((name,), selected.at) for name in names]


def _written_out(
    resolver: Resolver,
    item: ObjectType,
    condition: Condition,
    ids_of: Callable[[Resolver, Query], list[str]],
) -> Condition:
    if isinstance(condition, Junction):
        parts = tuple(_written_out(resolver, item, part, ids_of) for part in condition.parts)
        return replace(condition, parts=parts)
    if isinstance(condition, SemiJoin):
        return _joined(resolver, item, condition, ids_of)
    if condition.values and condition.values[0].kind == "period":
        return _period(resolver, item, condition)
    return condition


def _joined(
    resolver: Resolver,
    item: ObjectType,
    join: SemiJoin,
    ids_of: Callable[[Resolver, Query], list[str]],
) -> Comparison:
    outer = resolver.path(item, join.path).field
    if outer.type not in ("id", "reference"):
        # Assumption: the rule is documented, the text is not recorded.
        reason = "The left operand field in the where expression should be of type Id"
        raise query_error("MALFORMED_QUERY", reason, resolver.text, join.path.at)
    ids = ids_of(resolver, join.query)
    return Comparison(join.path, join.operator, tuple(Constant("string", one, join.path.at) for one in ids))


def _period(resolver: Resolver, item: ObjectType, comparison: Comparison) -> Condition:
    constant = comparison.values[0]
    if isinstance(comparison.path, Aggregate):
        raise query_error("MALFORMED_QUERY", "unexpected date literal", resolver.text, constant.at)
    field = resolver.path(item, comparison.path).field
    if field.type not in _DATES:
        return comparison  # the filter says what type the field has
    try:
        days = span(constant.value, resolver.org.clock.now().date())
    except (ValueError, OverflowError):
        # Assumption: code and text are not recorded.
        raise SalesforceError("MALFORMED_QUERY", f"Invalid date literal or value: {constant.value}") from None
    start, end = (_constant(field.type, day, constant.at) for day in days)
    return _compared(comparison, comparison.path, start, end)


def _constant(kind: str, day: date, at: int) -> Constant:
    text = day.isoformat()
    return Constant(kind, text if kind == "date" else f"{text}T00:00:00.000+0000", at)


def _compared(comparison: Comparison, path: Path, start: Constant, end: Constant) -> Condition:
    """A span is over when its last day is: `>` means after it, `<` before it."""
    inside = Junction("AND", (Comparison(path, ">=", (start,)), Comparison(path, "<", (end,))))
    spelled: dict[str, Condition] = {
        "=": inside,
        "!=": Junction("NOT", (inside,)),
        "<": Comparison(path, "<", (start,)),
        "<=": Comparison(path, "<", (end,)),
        ">": Comparison(path, ">=", (end,)),
        ">=": Comparison(path, ">=", (start,)),
    }
    return spelled.get(comparison.operator, comparison)
