"""How HubSpot writes values: everything is text, unset is null (or the key is missing)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from math import isfinite
from typing import Any

from core.clock import from_millis, parse_instant, wire_instant
from core.fields import FieldType, ManagedField, canonical
from core.records import Value

Properties = Mapping[str, Any]
"""The `properties` of one record as HubSpot sends them."""

PREFIX = "abm_"
"""Before the name of every property that Shortlist makes."""


def text(properties: Properties, name: str) -> str | None:
    """A property with something in it, or None."""
    value = properties.get(name)
    if value is None:
        return None
    return str(value).strip() or None


def texts(properties: Iterable[Properties], name: str) -> list[str | None]:
    """The same of many records."""
    found = [one.get(name) for one in properties]
    return [None if value is None else str(value).strip() or None for value in found]


def is_any_filled(records: Sequence[Properties], names: Sequence[str]) -> bool:
    """Whether one of the records has something in one of these: quicker than asking each of them."""
    return any([one.get(name) for name in names for one in records])  # noqa: C419 a list takes half the time


def number(properties: Properties, name: str) -> float | None:
    """A number, or None; raises ValueError for anything else."""
    value = text(properties, name)
    if value is None:
        return None
    found = float(value)
    if not isfinite(found):
        raise ValueError(f"{name} is not a number: {value!r}")
    return found


def flag(properties: Properties, name: str) -> bool | None:
    """A yes or no, or None where HubSpot does not say."""
    value = text(properties, name)
    return None if value is None else value.lower() == "true"


def instant(properties: Properties, name: str) -> datetime:
    """An instant that must be there; raises ValueError where it is not."""
    value = text(properties, name)
    if value is None:
        raise ValueError(f"{name} is empty")
    return parse_instant(value)


def day_or_instant(value: str) -> datetime:
    """What stands in a date (the first instant of its day, UTC) or in a datetime property; raises ValueError."""
    is_day = len(value) == len("2026-01-31") and not value.isdigit()
    return parse_instant(f"{value}T00:00:00Z" if is_day else value)


def fit_value(properties: Properties, name: str, property_type: str) -> Value:
    """A mapped property as the fit rules want it; dates are ISO text. Raises ValueError."""
    value = text(properties, name)
    if value is None:
        return None
    match property_type:
        case "number":
            return number(properties, name)
        case "bool":
            return value.lower() == "true"
        case "date":
            return _iso_date(value)
        case "datetime":
            return wire_instant(parse_instant(value))
        case _:
            return value


def managed_value(properties: Properties, field: ManagedField) -> str | None:
    """What stands in a managed property now, as canonical text; raises ValueError."""
    value = text(properties, property_name(field.name))
    if value is not None and field.type is FieldType.DATE:
        value = _iso_date(value)
    return canonical(field, value)


def property_name(field_name: str) -> str:
    """The property behind a managed field."""
    return PREFIX + field_name


def written_value(canonical_text: str | None) -> str:
    """Canonical text as HubSpot takes it: ISO dates and instants as they are, empty text clears."""
    return canonical_text or ""


def _iso_date(value: str) -> str:
    """The day of a date property, which reads as 2026-01-31 or as the milliseconds of its midnight (UTC)."""
    is_millis = value.lstrip("-").isdigit()
    return from_millis(int(value)).date().isoformat() if is_millis else value[:10]
