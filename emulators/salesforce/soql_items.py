"""What stands in a SELECT list and what is compared or sorted: fields, functions, aggregates, TYPEOF."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from emulators.salesforce.soql_syntax import Aggregate, FieldSet, Path, TypeOf

if TYPE_CHECKING:
    from emulators.salesforce.soql_stream import Stream

AGGREGATES = frozenset(["COUNT", "COUNT_DISTINCT", "MIN", "MAX", "SUM", "AVG"])
DATE_FUNCTIONS = frozenset(
    [
        "CALENDAR_MONTH",
        "CALENDAR_QUARTER",
        "CALENDAR_YEAR",
        "DAY_IN_MONTH",
        "DAY_IN_WEEK",
        "DAY_IN_YEAR",
        "DAY_ONLY",
        "FISCAL_MONTH",
        "FISCAL_QUARTER",
        "FISCAL_YEAR",
        "HOUR_IN_DAY",
        "WEEK_IN_MONTH",
        "WEEK_IN_YEAR",
    ]
)
# What these do to a value does not show here: labels are the values, and there is one language and currency.
_PLAIN_FUNCTIONS = frozenset(["TOLABEL", "CONVERTCURRENCY", "CONVERTTIMEZONE"])
_FIELD_SETS = frozenset(["ALL", "CUSTOM", "STANDARD"])


def field_item(stream: Stream) -> Path:
    """A field, or a function of one."""
    word = stream.next.word()
    if stream.second.text != "(" or word not in DATE_FUNCTIONS | _PLAIN_FUNCTIONS:
        return stream.path()
    function = stream.take()
    stream.expect("(")
    path = field_item(stream)
    stream.expect(")")
    if word in _PLAIN_FUNCTIONS:
        return path
    return replace(path, function=function.word(), at=function.at)


def column(stream: Stream) -> Path | Aggregate:
    """A field or an aggregate, in ORDER BY and HAVING."""
    if stream.next.word() in AGGREGATES and stream.second.text == "(":
        return aggregate(stream)
    return field_item(stream)


def aggregate(stream: Stream) -> Aggregate:
    """COUNT() or a function of a field; a name behind it is its alias."""
    function = stream.take()
    stream.expect("(")
    path = None if stream.next.text == ")" and function.word() == "COUNT" else field_item(stream)
    stream.expect(")")
    return Aggregate(function.word(), path, None, function.at)


def selected(stream: Stream) -> Path | Aggregate | TypeOf | FieldSet:
    """An item of a SELECT list, apart from a list of children."""
    if stream.next.word() == "TYPEOF":
        return _type_of(stream)
    if stream.next.word() == "FIELDS" and stream.second.text == "(":
        return _field_set(stream)
    return replace(column(stream), alias=stream.alias())


def _field_set(stream: Stream) -> FieldSet:
    at = stream.take().at
    stream.expect("(")
    which = stream.take()
    if which.word() not in _FIELD_SETS:
        raise stream.unexpected(which)
    stream.expect(")")
    return FieldSet(which.word(), at)


def _type_of(stream: Stream) -> TypeOf:
    at = stream.take().at
    relationship = stream.name().text
    cases = []
    while stream.accept("WHEN"):
        type_name = stream.name().text
        stream.expect("THEN")
        cases.append((type_name, stream.comma_list(stream.path)))
    if not cases:
        raise stream.unexpected()
    otherwise = stream.comma_list(stream.path) if stream.accept("ELSE") else ()
    stream.expect("END")
    return TypeOf(relationship, tuple(cases), otherwise, at)
