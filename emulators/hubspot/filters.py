"""Search filters as predicates over records."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from emulators.hubspot.errors import validation_error
from emulators.hubspot.http import text_of, texts_of
from emulators.hubspot.object_types import ObjectType, find_type
from emulators.hubspot.times import is_whole, parse_date, parse_ms

if TYPE_CHECKING:
    from emulators.hubspot.portal import Portal
    from emulators.hubspot.records import Record

Predicate = Callable[["Record"], bool]

_ASSOCIATIONS = "associations."
_TOKEN = re.compile(r"[^\W_]+")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "EQ": lambda have, want: have == want,
    "LT": lambda have, want: have < want,
    "LTE": lambda have, want: have <= want,
    "GT": lambda have, want: have > want,
    "GTE": lambda have, want: have >= want,
}
_RANGES = ("LT", "LTE", "GT", "GTE", "BETWEEN")
_OPERATORS = {
    *_COMPARE, "NEQ", "BETWEEN", "IN", "NOT_IN", "HAS_PROPERTY", "NOT_HAS_PROPERTY", "CONTAINS_TOKEN",
    "NOT_CONTAINS_TOKEN",
}  # fmt: skip


def matcher(portal: Portal, object_type: ObjectType, groups: list[list[Any]], query: str) -> Predicate:
    """Whether a record fits one of the groups wholly, and the query text."""
    compiled = [[_predicate(portal, object_type, item) for item in group] for group in groups]
    words = query.lower().split()

    def matches(record: Record) -> bool:
        if compiled and not any(all(test(record) for test in group) for group in compiled):
            return False
        return not words or _has_words(record, object_type, words)

    return matches


def modified_bounds(object_type: ObjectType, group: list[Any]) -> tuple[int | None, int | None, bool]:
    """(lowest, highest modified milliseconds, whether the group asks nothing else)."""
    low_ms: int | None = None
    high_ms: int | None = None
    exact = True
    for item in group:
        operator = item.get("operator")
        if item.get("propertyName") != object_type.modified_property or operator not in _RANGES:
            exact = False
            continue
        value_ms = search_value("datetime", str(item.get("value", "")))
        if operator in ("GT", "GTE", "BETWEEN"):
            lowest = value_ms + (operator == "GT")
            low_ms = lowest if low_ms is None else max(low_ms, lowest)
        if operator in ("LT", "LTE", "BETWEEN"):
            top = (
                search_value("datetime", str(item.get("highValue", "")))
                if operator == "BETWEEN"
                else value_ms
            )
            highest = top - (operator == "LT")
            high_ms = highest if high_ms is None else min(high_ms, highest)
    return low_ms, high_ms, exact


def search_value(value_type: str, text: str) -> Any:
    """A value in the form it is compared in; a 400 when the text is none of this type.

    Strings compare without regard to case, enumerations with (documented).
    """
    try:
        if value_type == "datetime":
            return parse_ms(text)
        if value_type == "date":
            return parse_date(text)
        if value_type == "number":
            return float(text)
    except (ValueError, OverflowError):
        raise validation_error(f"'{text}' is not a valid {value_type}") from None  # Assumption: the wording.
    return text if value_type in ("enumeration", "bool") else text.lower()


def _predicate(portal: Portal, object_type: ObjectType, item: dict[str, Any]) -> Predicate:
    name, operator = str(item.get("propertyName", "")), item.get("operator")
    if operator not in _OPERATORS:
        raise validation_error(f"Invalid input JSON: unknown operator {operator}")
    if name.startswith(_ASSOCIATIONS):
        return _associated(portal, object_type, name.removeprefix(_ASSOCIATIONS), item)
    definition = portal.schemas[object_type.name].live.get(name)
    if definition is None:
        raise validation_error(f"Property {name} does not exist")  # Assumption: the wording.
    if operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
        return _presence(name, item)
    if operator in ("IN", "NOT_IN"):
        return _membership(name, definition["type"], item)
    if operator in ("CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"):
        return _tokens(name, item)
    return _comparison(name, definition, item)


def _presence(name: str, item: dict[str, Any]) -> Predicate:
    wanted = item["operator"] == "HAS_PROPERTY"
    if item.get("value") is not None and not wanted:
        # Reported of live portals: NOT_HAS_PROPERTY with a value is refused. Assumption: the wording.
        raise validation_error("NOT_HAS_PROPERTY must not have a value")
    return lambda record: (name in record.properties) is wanted


def _comparison(name: str, definition: dict[str, Any], item: dict[str, Any]) -> Predicate:
    operator, value_type = item["operator"], definition["type"]
    if item.get("value") is None:
        raise validation_error(f"Operator {operator} needs a value")  # Assumption: the wording.
    want = search_value(value_type, str(item["value"]))
    multiple = definition["fieldType"] == "checkbox"

    def holds(record: Record, compare: Callable[[Any, Any], bool], bound: Any) -> bool:
        text = record.properties.get(name)
        if text is None:
            return False
        if multiple:
            return any(compare(search_value(value_type, part), bound) for part in text.split(";"))
        return compare(search_value(value_type, text), bound)

    if operator == "BETWEEN":
        high = search_value(value_type, str(item.get("highValue", "")))
        return lambda record: holds(record, _COMPARE["GTE"], want) and holds(record, _COMPARE["LTE"], high)
    if operator == "NEQ":
        # Assumption: like NOT_IN, NEQ finds only records that have a value.
        return lambda record: name in record.properties and not holds(record, _COMPARE["EQ"], want)
    return lambda record: holds(record, _COMPARE[operator], want)


def _membership(name: str, value_type: str, item: dict[str, Any]) -> Predicate:
    """IN and NOT_IN. On strings the given values must be in lower case themselves (documented)."""
    values = texts_of(item, "values")
    if not values:
        raise validation_error(f"Operator {item['operator']} needs values")  # Assumption: the wording.
    as_given = value_type in ("string", "phone_number")
    wanted = {str(value) if as_given else search_value(value_type, str(value)) for value in values}
    inside = item["operator"] == "IN"

    def test(record: Record) -> bool:
        text = record.properties.get(name)
        if text is None:
            return False
        parts = text.split(";") if value_type == "enumeration" else [text]
        return any(search_value(value_type, part) in wanted for part in parts) is inside

    return test


def _tokens(name: str, item: dict[str, Any]) -> Predicate:
    """CONTAINS_TOKEN: a whole word, or part of the text with `*` at its ends."""
    token = str(item.get("value", "")).lower()
    bare = token.strip("*")
    inside = item["operator"] == "CONTAINS_TOKEN"

    def test(record: Record) -> bool:
        text = record.properties.get(name, "").lower()
        if "*" in token:
            return (bare in text) is inside
        words = _TOKEN.findall(text)
        return (text == bare or all(word in words for word in _TOKEN.findall(bare))) is inside

    return test


def _associated(portal: Portal, object_type: ObjectType, target: str, item: dict[str, Any]) -> Predicate:
    pair = (object_type.name, find_type(target).name)
    if item["operator"] in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
        wanted = item["operator"] == "HAS_PROPERTY"
        return lambda record: bool(portal.links.of(pair, record.id)) is wanted
    values = texts_of(item, "values") or [text_of(item, "value")]
    ids = {int(value) for value in values if is_whole(str(value))}
    return lambda record: not ids.isdisjoint(portal.links.of(pair, record.id))


def _has_words(record: Record, object_type: ObjectType, words: list[str]) -> bool:
    texts = [record.properties.get(name, "").lower() for name in object_type.searchable]
    return all(any(word in text for text in texts) for word in words)
