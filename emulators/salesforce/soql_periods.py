"""Date literals (TODAY, LAST_WEEK, LAST_N_DAYS:7) as spans of days, by the documentation of SOQL.

Assumption: the organisation's days are those of UTC, its weeks begin on Sunday (United States), its fiscal
year is the calendar year, and spans that end "now" end with today.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

_COUNTED = re.compile(r"(LAST|NEXT)_N_(\w+?)S:(\d+)|N_(\w+?)S_AGO:(\d+)|(LAST|THIS|NEXT)_(\w+)")
_DAY = timedelta(days=1)
_DAYS_A_WEEK = 7
_MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}
_MONTHS_A_YEAR = 12
_SINGLE_DAYS = {"YESTERDAY": -1, "TODAY": 0, "TOMORROW": 1}
_NEAR = {"LAST": -1, "THIS": 0, "NEXT": 1}
_FIXED = {"LAST_90_DAYS": "LAST_N_DAYS:90", "NEXT_90_DAYS": "NEXT_N_DAYS:90"}


def span(literal: str, today: date) -> tuple[date, date]:
    """The first day of a literal and the first day after it. Raises ValueError for an unknown literal."""
    if literal in _SINGLE_DAYS:
        day = today + _SINGLE_DAYS[literal] * _DAY
        return day, day + _DAY
    match = _COUNTED.fullmatch(_FIXED.get(literal, literal))
    if match is None:
        raise ValueError(literal)
    which, unit, count, ago_unit, ago_count, near, near_unit = match.groups()
    if ago_unit:
        return _unit(ago_unit, today, -int(ago_count))
    if near:
        return _unit(near_unit, today, _NEAR[near])
    return _counted(which, unit, int(count), today)


def _counted(which: str, unit: str, count: int, today: date) -> tuple[date, date]:
    """LAST_N_DAYS includes today; the other units leave the one that runs out."""
    if which == "LAST":
        start = _unit(unit, today, -count)[0]
        return start, today + _DAY if unit == "DAY" else _unit(unit, today, 0)[0]
    return _unit(unit, today, 1)[0], _unit(unit, today, count)[1]


def _unit(unit: str, today: date, steps: int) -> tuple[date, date]:
    """The day, week, month, quarter or year that lies `steps` units from today's."""
    unit = unit.removeprefix("FISCAL_")
    if unit == "DAY":
        day = today + steps * _DAY
        return day, day + _DAY
    if unit == "WEEK":
        sunday = today - timedelta(days=(today.weekday() + 1) % _DAYS_A_WEEK)
        start = sunday + timedelta(days=_DAYS_A_WEEK * steps)
        return start, start + timedelta(days=_DAYS_A_WEEK)
    if unit not in _MONTHS:
        raise ValueError(unit)
    months = _MONTHS[unit]
    first = (today.year * _MONTHS_A_YEAR + today.month - 1) // months + steps
    return _month(first * months), _month((first + 1) * months)


def _month(number: int) -> date:
    """The first day of a month, counted from the year 0."""
    return date(number // _MONTHS_A_YEAR, number % _MONTHS_A_YEAR + 1, 1)
