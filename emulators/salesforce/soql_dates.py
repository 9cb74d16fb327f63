"""Date functions of SOQL: the part of a date or datetime that CALENDAR_YEAR and its like take out."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from emulators.salesforce.fields import Field

if TYPE_CHECKING:
    from collections.abc import Callable

_DAYS_A_WEEK = 7
_MONTHS_A_QUARTER = 3
_DATE_LENGTH = len("2026-01-31")


def taken(function: str, field: Field) -> tuple[Field, Callable[[Any], Any]]:
    """What the function yields as if it were a field, and how to work it out of a wire value."""
    read = _FUNCTIONS[function]
    kind = "date" if function == "DAY_ONLY" else "int"
    return Field(field.name, kind, field.label, nillable=True), lambda value: read(value) if value else None


def _day(read: Callable[[date], int]) -> Callable[[str], int]:
    return lambda value: read(date.fromisoformat(value[:_DATE_LENGTH]))


def _quarter(day: date) -> int:
    return (day.month - 1) // _MONTHS_A_QUARTER + 1


# Assumption: days are those of UTC and the fiscal year is the calendar year.
_FUNCTIONS: dict[str, Callable[[str], Any]] = {
    "CALENDAR_MONTH": _day(lambda day: day.month),
    "CALENDAR_QUARTER": _day(_quarter),
    "CALENDAR_YEAR": _day(lambda day: day.year),
    "DAY_IN_MONTH": _day(lambda day: day.day),
    "DAY_IN_WEEK": _day(lambda day: day.isoweekday() % _DAYS_A_WEEK + 1),
    "DAY_IN_YEAR": _day(lambda day: day.timetuple().tm_yday),
    "DAY_ONLY": lambda value: value[:_DATE_LENGTH],
    "FISCAL_MONTH": _day(lambda day: day.month),
    "FISCAL_QUARTER": _day(_quarter),
    "FISCAL_YEAR": _day(lambda day: day.year),
    "HOUR_IN_DAY": lambda value: int(value[11:13] or 0),
    "WEEK_IN_MONTH": _day(lambda day: (day.day - 1) // _DAYS_A_WEEK + 1),
    "WEEK_IN_YEAR": _day(lambda day: (day.timetuple().tm_yday - 1) // _DAYS_A_WEEK + 1),
}
