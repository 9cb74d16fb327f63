"""The scores of one account over the last weeks, from the table of scores by day."""

from datetime import date, timedelta
from typing import NamedTuple

from store.database import Database
from store.history import DayScore, day_scores

WEEKS = 13
_BLOCKS = "▁▂▃▄▅▆▇█"
_GAP = "·"
_LEAST_RANGE = 10.0
"""Points from the lowest block to the highest, at least: noise must not look like a mountain."""


class Week(NamedTuple):
    """An ISO week and its last score; None for a week without one."""

    week: str
    score: DayScore | None


def trend(database: Database, account_id: int, today: date, weeks: int = WEEKS) -> list[Week]:
    """The last score of each of the last weeks, that of `today` included, oldest first."""
    monday = today - timedelta(days=today.isoweekday() - 1)
    mondays = [monday - timedelta(weeks=back) for back in range(weeks - 1, -1, -1)]
    found = day_scores(database, account_id, first_day=mondays[0].isoformat(), last_day=today.isoformat())
    last = {_week(date.fromisoformat(score.day)): score for score in found}
    return [Week(_week(first), last.get(_week(first))) for first in mondays]


def sparkline(numbers: list[float | None]) -> str:
    """One block a number, from the lowest of them upwards; a dot where there is none."""
    known = [number for number in numbers if number is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    most = max(high - low, _LEAST_RANGE)
    return "".join(_GAP if number is None else _block((number - low) / most) for number in numbers)


def _block(height: float) -> str:
    return _BLOCKS[round((len(_BLOCKS) - 1) * height)]


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"
