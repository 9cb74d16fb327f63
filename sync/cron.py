"""Cron expressions: five fields, read as cron(8) reads them. Weekdays are numbered as cron's: 0 and 7 are Sunday."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from core.errors import ConfigError

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


@dataclass(frozen=True, slots=True)
class _Field:
    """One of the five: what its numbers mean, and the names that stand for some of them."""

    label: str
    low: int
    high: int
    names: Mapping[str, int]


_FIELDS = (
    _Field("minute", 0, 59, {}),
    _Field("hour", 0, 23, {}),
    _Field("day of the month", 1, 31, {}),
    _Field("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    _Field("weekday", 0, 7, {name: number for number, name in enumerate(_WEEKDAYS)}),
)


@dataclass(frozen=True, slots=True)
class Cron:
    """A parsed expression. `weekdays` are those of cron, Sunday as 0.

    every_hour: the hours are not restricted, so it means instants that pass, not times on a clock's face.
    either_day: both kinds of day are restricted, and then one that fits is enough (cron's old rule).
    """

    text: str
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    every_hour: bool
    either_day: bool

    def is_on(self, day: date) -> bool:
        """Whether it has times on a day."""
        if day.month not in self.months:
            return False
        fits = (day.day in self.days, day.isoweekday() % 7 in self.weekdays)
        return any(fits) if self.either_day else all(fits)

    def times(self) -> Iterator[tuple[int, int]]:
        """The times (hour, minute) of such a day, in order."""
        return ((hour, minute) for hour in sorted(self.hours) for minute in sorted(self.minutes))


def parse_cron(text: str) -> Cron:
    """Read an expression such as `30 2 * * mon-fri`; raises ConfigError that names the field at fault."""
    words = text.lower().split()
    if len(words) != len(_FIELDS):
        raise ConfigError(
            f"The cron expression {text!r} has {len(words)} fields; it needs five: minute, hour, day of the month, "
            "month, weekday."
        )
    minutes, hours, days, months, weekdays = (
        _numbers(word, field, text) for word, field in zip(words, _FIELDS, strict=True)
    )
    return Cron(
        " ".join(words),
        minutes,
        hours,
        days,
        months,
        frozenset(number % 7 for number in weekdays),
        every_hour=words[1].startswith("*"),
        either_day=not (words[2].startswith("*") or words[4].startswith("*")),
    )


def _numbers(word: str, field: _Field, text: str) -> frozenset[int]:
    try:
        return frozenset(number for part in word.split(",") for number in _part(part, field))
    except ValueError as error:
        raise ConfigError(
            f"The cron expression {text!r}: {word!r} is no {field.label}; write {field.low} to {field.high}, "
            "a range 1-5, a list 1,3, a step */15 or *."
        ) from error


def _part(part: str, field: _Field) -> range:
    span, has_step, step_text = part.partition("/")
    step = int(step_text) if has_step else 1
    first, is_range, last = span.partition("-")
    if span == "*":
        low, high = field.low, field.high if field.label != "weekday" else 6
    else:
        low = _number(first, field)
        # As in cron, a step without a range needs one: 5/15 would mean nothing.
        high = _number(last, field) if is_range else low
        if has_step and not is_range:
            raise ValueError(part)
    if step < 1 or low > high:
        raise ValueError(part)
    return range(low, high + 1, step)


def _number(word: str, field: _Field) -> int:
    number = field.names[word] if word in field.names else int(word) if word.isdecimal() else -1
    if not field.low <= number <= field.high:
        raise ValueError(word)
    return number
