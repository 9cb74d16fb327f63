"""When a schedule is due: pure arithmetic over cron expressions, time zones and instants.

A slot is the instant (aware UTC, a whole minute) at which a schedule is due. Where clocks are turned:

- A schedule with given hours means the clock's face. A time that occurs twice is its first occurrence, so that the
  autumn hour does not repeat; a time that does not occur is as late as it would have been without the change
  (02:30 becomes 03:30). So each local day has exactly the runs that are written down.
- A schedule with every hour (`*`) means time that passes: it is due in each real hour, once.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.errors import ConfigError
from sync.cron import Cron

_DAY = timedelta(days=1)
_MOST_DAYS = 8 * 366 + 1
"""Two 29ths of February lie eight years apart at most (around 2100)."""


def zone_of(name: str) -> ZoneInfo:
    """A time zone by its name; raises ConfigError for another one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(f"{name!r} is no time zone; write one such as Europe/Berlin or UTC.") from error


def slots(cron: Cron, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[datetime]:
    """The slots after one instant, up to and with another, in order."""
    # Before and behind by a day: a turned clock moves a time into the day beside its own.
    day, last = after.astimezone(zone).date() - _DAY, until.astimezone(zone).date() + _DAY
    waiting: set[datetime] = set()
    while day <= last:
        found = {slot for slot in _of_day(cron, zone, day) if after < slot <= until}
        settled = {slot for slot in waiting if not found or slot < min(found)}
        yield from sorted(settled)
        waiting = (waiting | found) - settled
        day += _DAY
    yield from sorted(waiting)


def next_slot(cron: Cron, zone: ZoneInfo, after: datetime) -> datetime | None:
    """The first slot after an instant; None where there is none in the next eight years."""
    first = after.astimezone(zone).date() - _DAY
    # A day's slots, and those of the day after it, which a turned clock may have moved before them.
    for number in range(_MOST_DAYS):
        day = first + number * _DAY
        if cron.is_on(day) and (found := _after(cron, zone, day, after)):
            return min(filter(None, (found, _after(cron, zone, day + _DAY, after))))
    return None


def due(cron: Cron, zone: ZoneInfo, after: datetime, now: datetime) -> datetime | None:
    """The newest slot since `after` that has come; what was missed before it is made up for by this one."""
    first, day = after.astimezone(zone).date() - _DAY, now.astimezone(zone).date() + _DAY
    while day >= first:
        # The day before too: a turned clock may have moved one of its slots behind those of this day.
        found = {s for of in (day, day - _DAY) for s in _of_day(cron, zone, of) if after < s <= now}
        if found:
            return max(found)
        day -= _DAY
    return None


def _after(cron: Cron, zone: ZoneInfo, day: date, after: datetime) -> datetime | None:
    return min((slot for slot in _of_day(cron, zone, day) if slot > after), default=None)


def _of_day(cron: Cron, zone: ZoneInfo, day: date) -> set[datetime]:
    """The slots of a local day."""
    if not cron.is_on(day):
        return set()
    faces = [datetime.combine(day, time(hour, minute), zone) for hour, minute in cron.times()]
    if not cron.every_hour:
        return {face.astimezone(UTC) for face in faces}
    both = {face.replace(fold=fold).astimezone(UTC) for face in faces for fold in (0, 1)}
    # A time that the clock skips is no time that passes; its hour has its own.
    shown = {face.replace(tzinfo=None) for face in faces}
    return {slot for slot in both if _face(slot, zone) in shown}


def _face(slot: datetime, zone: ZoneInfo) -> datetime:
    return slot.astimezone(zone).replace(tzinfo=None)
