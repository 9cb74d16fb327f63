"""Instants as milliseconds since 1970 inside, as ISO 8601 text on the wire."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
DAY_MS = 86_400_000
_MAX_DIGITS = 19


def to_ms(moment: datetime) -> int:
    """The milliseconds since 1970 of an aware instant, cut to whole ones."""
    return (moment - _EPOCH) // _MILLISECOND


def to_iso(milliseconds: int) -> str:
    """Text as the API writes it: UTC with `Z`, milliseconds only where there are some.

    Recorded bodies have both `2024-01-17T19:55:04.281Z` and `1970-01-01T00:00:00Z`.
    """
    moment = _EPOCH + timedelta(milliseconds=milliseconds)
    text = moment.isoformat(timespec="milliseconds" if milliseconds % 1000 else "seconds")
    return text.removesuffix("+00:00") + "Z"


def parse_ms(text: str) -> int:
    """Milliseconds of either a number of milliseconds or ISO 8601 text. Raises ValueError."""
    if is_whole(text.removeprefix("-")):
        return int(text)
    moment = datetime.fromisoformat(text)
    return to_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def parse_date(text: str) -> str:
    """`YYYY-MM-DD` of a date or of midnight UTC in milliseconds. ValueError: neither."""
    if is_whole(text.removeprefix("-")):
        milliseconds = int(text)
        if milliseconds % DAY_MS:
            raise ValueError(f"{text} is not midnight UTC")
        return (_EPOCH + timedelta(milliseconds=milliseconds)).date().isoformat()
    if "T" in text:
        return parse_date(str(parse_ms(text)))
    return date.fromisoformat(text).isoformat()


def is_whole(text: str) -> bool:
    """Whether a text is a whole number without sign, of a size that ids and offsets have."""
    return text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
