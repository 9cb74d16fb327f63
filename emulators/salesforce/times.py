"""Dates and datetimes as Salesforce writes and reads them.

On the wire a datetime is `2024-10-08T15:05:08.000+0000`: UTC, whole seconds, so that it sorts as text.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache


def to_wire(instant: datetime) -> str:
    """An aware instant in wire form."""
    # Assumption: stamps are whole seconds; every recorded one ends in .000.
    return f"{instant.astimezone(UTC).isoformat(timespec='seconds')[:-6]}.000+0000"


@lru_cache(maxsize=4096)  # records that are loaded or sent together have few different times
def parse_datetime(text: str) -> str:
    """Any ISO 8601 datetime with an offset in wire form. Raises ValueError."""
    if text.endswith(".000+0000") and len(text) == len("2024-10-08T15:05:08.000+0000"):
        return text
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text} has no offset")
    return to_wire(instant)


def parse_date(text: str) -> str:
    """A date in wire form. Raises ValueError."""
    return date.fromisoformat(text).isoformat()
