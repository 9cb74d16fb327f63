"""WHERE as a function of a record, with the checks Salesforce makes of fields, operators and values."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from functools import reduce
from typing import TYPE_CHECKING, Any, TypeVar

from emulators.salesforce.fields import NUMBER_TYPES, STRING_TYPES, Field, ObjectType
from emulators.salesforce.ids import is_id, long_id
from emulators.salesforce.soql_syntax import Aggregate, Comparison, Condition, Constant, SemiJoin, query_error
from emulators.salesforce.store import Record
from emulators.salesforce.times import parse_datetime

if TYPE_CHECKING:
    from emulators.salesforce.errors import SalesforceError
    from emulators.salesforce.soql_resolve import Resolver

Predicate = Callable[[Record], bool]
_Row = TypeVar("_Row")

_ID_TYPES = ("id", "reference")
_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compile_condition(resolver: Resolver, item: ObjectType, condition: Condition) -> Predicate:
    """The condition as a predicate. Raises INVALID_FIELD or INVALID_QUERY_FILTER_OPERATOR."""
    return combined(condition, lambda comparison: _comparison(resolver, item, comparison))


def combined(
    condition: Condition, compiled: Callable[[Comparison], Callable[[_Row], bool]]
) -> Callable[[_Row], bool]:
    """The condition as a predicate of whatever `compiled` makes predicates of."""
    if isinstance(condition, SemiJoin):
        raise TypeError("semi-joins are run before conditions are compiled")
    if isinstance(condition, Comparison):
        return compiled(condition)
    parts = [combined(part, compiled) for part in condition.parts]
    if condition.kind == "NOT":
        return lambda record: not parts[0](record)
    joined = _both if condition.kind == "AND" else _either
    return reduce(joined, parts)


def _both(first: Callable[[_Row], bool], second: Callable[[_Row], bool]) -> Callable[[_Row], bool]:
    return lambda row: first(row) and second(row)


def _either(first: Callable[[_Row], bool], second: Callable[[_Row], bool]) -> Callable[[_Row], bool]:
    return lambda row: first(row) or second(row)


def constant_value(field: Field, constant: Constant, text: str) -> Any:
    """A constant in the form the field is stored in. Raises when its type does not fit."""
    if constant.kind == "null":
        return None
    if field.type in _ID_TYPES and constant.kind == "string":
        if not is_id(constant.value):
            reason = f"invalid ID field: {constant.value}"
            raise query_error("INVALID_QUERY_FILTER_OPERATOR", reason, text, constant.at)
        return long_id(constant.value)
    if constant.kind != _expected_kind(field):
        raise _wrong_type(field, constant, text)
    if constant.kind == "datetime":
        return parse_datetime(constant.value)
    return constant.value


def _expected_kind(field: Field) -> str:
    if field.type in STRING_TYPES or field.type in _ID_TYPES:
        return "string"
    return "number" if field.type in NUMBER_TYPES else field.type


def _wrong_type(field: Field, constant: Constant, text: str) -> SalesforceError:
    # Assumption: widely quoted, not recorded.
    kind = {"datetime": "dateTime", "reference": "id"}.get(field.type, field.type)
    quotes = (
        "should be enclosed in quotes"
        if _expected_kind(field) == "string"
        else "should not be enclosed in quotes"
    )
    reason = f"value of filter criterion for field '{field.name}' must be of type {kind} and {quotes}"
    return query_error("INVALID_FIELD", reason, text, constant.at)


def _comparison(resolver: Resolver, item: ObjectType, comparison: Comparison) -> Predicate:
    if isinstance(comparison.path, Aggregate):
        raise query_error("MALFORMED_QUERY", "unexpected aggregate", resolver.text, comparison.path.at)
    resolved = resolver.path(item, comparison.path)
    field, text, at = resolved.field, resolver.text, comparison.path.at
    if not field.filterable:
        reason = f"field '{field.name}' can not be filtered in a query call"
        raise query_error("INVALID_FIELD", reason, text, at)
    if not _operator_fits(field, comparison.operator):
        # Assumption: the code is documented, the text is not recorded.
        raise query_error(
            "INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {field.type} field", text, at
        )
    return predicate(comparison, field, resolved.get, text)


def predicate(
    comparison: Comparison, field: Field, read: Callable[[_Row], Any], text: str
) -> Callable[[_Row], bool]:
    """A comparison of what `read` finds with its constants; text is compared without regard to case."""
    values = [constant_value(field, constant, text) for constant in comparison.values]
    if field.type not in STRING_TYPES:
        return _predicate(comparison.operator, read, values)

    def folded(row: _Row) -> Any:
        value = read(row)
        return value.lower() if value is not None else None

    folded_values = [value.lower() if value is not None else None for value in values]
    return _predicate(comparison.operator, folded, folded_values)


def _operator_fits(field: Field, operator_text: str) -> bool:
    if operator_text == "LIKE":
        return field.type in STRING_TYPES
    if operator_text in ("INCLUDES", "EXCLUDES"):
        return field.type == "multipicklist"
    return not (operator_text in _ORDERED and field.type == "boolean")


def _predicate(operator_text: str, get: Callable[[_Row], Any], values: list[Any]) -> Callable[[_Row], bool]:
    first = values[0] if values else None
    if operator_text in _ORDERED:
        compare = _ORDERED[operator_text]
        if first is None:
            return lambda _record: False
        return lambda record: (value := get(record)) is not None and compare(value, first)
    if operator_text == "=":
        return lambda record: get(record) == first
    if operator_text == "!=":
        return lambda record: get(record) != first
    if operator_text == "LIKE":
        pattern = _like(first or "")
        return lambda record: pattern.fullmatch(get(record) or "") is not None
    return _membership(operator_text, get, values)


def _membership(operator_text: str, get: Callable[[_Row], Any], values: list[Any]) -> Callable[[_Row], bool]:
    wanted = frozenset(values)
    if operator_text == "IN":
        return lambda record: get(record) in wanted
    if operator_text == "NOT IN":
        return lambda record: get(record) not in wanted
    # Each text of INCLUDES is a set of choices, all of which must be there: 'A;B' means A and B.
    groups = [frozenset(value.split(";")) for value in values if value]

    def includes(record: _Row) -> bool:
        chosen = set((get(record) or "").split(";"))
        return any(group <= chosen for group in groups)

    if operator_text == "INCLUDES":
        return includes
    return lambda record: not includes(record)


def _like(pattern: str) -> re.Pattern[str]:
    r"""`%` is any text, `_` any character; `\%` and `\_` stand for themselves."""
    pieces = re.split(r"(\\[%_]|[%_])", pattern)
    meaning = {"%": ".*", "_": "."}
    return re.compile("".join(meaning.get(p) or re.escape(p.removeprefix("\\")) for p in pieces), re.DOTALL)
