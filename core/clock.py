"""Instants: how they are read and written. Only the outer loop asks for the time."""

from collections.abc import Callable
from datetime import UTC, date, datetime

Clock = Callable[[], datetime]
"""Gives the present instant, aware UTC."""


def system_clock() -> datetime:
    """Read the machine's clock. For the outermost edge only; everything else takes `now` or `as_of`."""
    return datetime.now(UTC)


def parse_instant(text: str) -> datetime:
    """Read ISO 8601 as either CRM writes it (Z, +0000, with or without a fraction), or epoch milliseconds.

    Raises ValueError for anything else, a time without an offset included.
    """
    try:
        if text.isdigit():
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        parsed = datetime.fromisoformat(text)
        if parsed.tzinfo is UTC:
            return parsed
        if parsed.tzinfo is None:
            raise ValueError(f"time without an offset: {text!r}")
        return parsed if parsed.tzinfo is UTC else parsed.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"time out of range: {text!r}") from error


def parse_as_of(text: str) -> datetime:
    """Read what a person types: a date (its first instant, UTC) or an instant; raises ValueError."""
    if len(text) == len("2026-01-31"):
        day = date.fromisoformat(text)
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    return parse_instant(text)


def wire_instant(at: datetime) -> str:
    """Write an instant as 2026-01-31T12:00:00.000Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def millis(at: datetime) -> int:
    """Whole milliseconds since 1970 (UTC), as the store keeps instants."""
    return round(at.timestamp() * 1000)


def from_millis(value: int) -> datetime:
    """The instant of so many milliseconds since 1970."""
    return datetime.fromtimestamp(value / 1000, UTC)
