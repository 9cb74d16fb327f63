"""Turns "so many days before now" into instants at which people really work."""

from dataclasses import dataclass
from datetime import datetime, timedelta

_DAY_STARTS_HOUR = 7
_DAY_LASTS_HOURS = 11
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Calendar:
    """All of the world's times are offsets from `now`, so a seed draws the same numbers whatever `now` is."""

    now: datetime

    def exact(self, days_ago: float) -> datetime:
        """That many days before now, to the second."""
        return self.now - timedelta(seconds=round(days_ago * 86_400))

    def office(self, days_ago: float) -> datetime:
        """A weekday between 7:00 and 18:00 UTC near that time; the past stays past and the future future."""
        at = self.exact(days_ago)
        seconds = at.hour * 3600 + at.minute * 60 + at.second
        worked = timedelta(hours=_DAY_STARTS_HOUR, seconds=round(seconds / 24 * _DAY_LASTS_HOURS))
        snapped = _to_weekday(at.replace(hour=0, minute=0, second=0) + worked, into_past=days_ago >= 0)
        return snapped if (snapped <= self.now) == (days_ago >= 0) else at


def _to_weekday(at: datetime, *, into_past: bool) -> datetime:
    """Friday or Monday in place of a weekend day."""
    weekend_day = at.weekday() - _SATURDAY
    if weekend_day < 0:
        return at
    return at - timedelta(days=1 + weekend_day) if into_past else at + timedelta(days=2 - weekend_day)
