"""A signal as a source tells it: the rules every row must keep, from a file and over HTTP alike."""

import hashlib
import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from core.clock import millis, parse_as_of
from core.domains import registrable_domain
from core.errors import ShortlistError

SIGNAL_KINDS = ("topic", "technographic", "funding", "leadership_change", "product_launch", "hiring", "other")
COLUMNS = ("source", "domain", "kind", "topic", "strength", "observed_at", "id")
"""What a row may hold; topic and id may be missing."""

_MAX_SOURCE = 80
_MAX_TEXT = 255
_TOP = 100.0
_FIRST_DAY = datetime(2000, 1, 1, tzinfo=UTC)
_CLOCK_SKEW = timedelta(days=1)


class Signal(NamedTuple):
    """One reading of one source. `domain` is registrable, strength is 0 to 100.

    `id` is the source's own, or a hash of the rest.
    """

    source: str
    id: str
    domain: str
    kind: str
    topic: str
    strength: float
    observed_at: datetime


class SignalFault(ShortlistError):
    """A row that cannot be a signal: which column, what is wrong with it, and what to do.

    `cause` is the same for all rows with the same fault; `value` is what stands in the row.
    """

    def __init__(self, column: str, cause: str, advice: str, value: str = "") -> None:
        shown = f" ({value})" if value else ""
        super().__init__(f"{column}: {cause}{shown}; {advice}")
        self.column, self.cause, self.advice, self.value = column, cause, advice, value


def read_signal(row: Mapping[str, object], now: datetime) -> Signal:
    """Read a row of COLUMNS, values as text, numbers or dates; raises SignalFault with the first fault.

    `now` bounds observed_at: a reading from the future is a mistyped date.
    """
    _check_shapes(row)
    source = _text(row, "source", "name the source, such as bombora", longest=_MAX_SOURCE)
    domain = _domain(row)
    kind = _kind(row)
    topic = _optional_text(row, "topic")
    strength = _strength(row)
    observed_at = _observed_at(row, now)
    own = _optional_text(row, "id")
    known = Signal(source, own, domain, kind, topic, strength, observed_at)
    return known if own else known._replace(id=_hash(known))


def _check_shapes(row: Mapping[str, object]) -> None:
    for column in COLUMNS:
        if isinstance(row.get(column), list | tuple | dict | bytes):
            raise SignalFault(column, "is no single value", "give one text or number, no list or object")


def shown(value: object) -> str:
    """A value for a message: one line, not long."""
    text = " ".join(str(value).split())
    text = "".join(character if character.isprintable() else "?" for character in text)
    return repr(text if len(text) <= 40 else f"{text[:39]}…")  # noqa: PLR2004 fits on a line


def _hash(signal: Signal) -> str:
    """Stands for the whole row; lengths stand before the parts, so that no two rows run into one text."""
    numbers = (repr(signal.strength), str(millis(signal.observed_at)))
    parts = (signal.source, signal.domain, signal.kind, signal.topic, *numbers)
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _domain(row: Mapping[str, object]) -> str:
    text = _text(row, "domain", "give the company's website, domain or an e-mail address there")
    domain = registrable_domain(text)
    if domain is None:
        advice = "give the domain of one company: no IP address, free-mail provider or shared site"
        raise SignalFault("domain", "belongs to no single company", advice, shown(text))
    return domain


def _kind(row: Mapping[str, object]) -> str:
    advice = f"use one of {', '.join(SIGNAL_KINDS)}"
    kind = _text(row, "kind", advice).casefold().replace(" ", "_")
    if kind not in SIGNAL_KINDS:
        raise SignalFault("kind", "unknown kind", advice, shown(kind))
    return kind


def _strength(row: Mapping[str, object]) -> float:
    advice = "give a number from 0 to 100"
    value = row.get("strength")
    if value is None or value == "":
        raise SignalFault("strength", "missing", advice)
    number = number_of(value)
    if number is None:
        raise SignalFault("strength", "is not a number", advice, shown(value))
    if not 0 <= number <= _TOP:
        raise SignalFault("strength", "is outside 0 to 100", f"{advice}, or name a mapping", shown(value))
    return number + 0.0  # never -0.0, which would hash apart from 0.0


def number_of(value: object) -> float | None:
    """A finite number out of a number or a text ("85", "85.5", "1e2"); None for everything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    # float() also reads "1_000" and digits of other scripts; neither is meant by a vendor's number.
    plain = not isinstance(value, str) or (value.isascii() and "_" not in value)
    return number if plain and math.isfinite(number) else None


def _observed_at(row: Mapping[str, object], now: datetime) -> datetime:
    advice = "write 2026-01-31 or 2026-01-31T09:00:00Z"
    value = row.get("observed_at")
    if value is None or value == "":
        raise SignalFault("observed_at", "missing", advice)
    at = _instant(value)
    if at is None:
        raise SignalFault("observed_at", "is no date, or a time without an offset", advice, shown(value))
    if not _FIRST_DAY <= at <= now + _CLOCK_SKEW:
        cause = "lies before the year 2000" if at < _FIRST_DAY else "lies in the future"
        raise SignalFault("observed_at", cause, f"correct the date: {advice}", shown(value))
    return at


def _instant(value: object) -> datetime | None:
    """An aware instant out of text, epoch milliseconds, a date or an aware datetime (as Parquet gives)."""
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else None
    if isinstance(value, bool) or not isinstance(value, int | str | date):
        return None
    try:
        return parse_as_of(str(value).strip())
    except (ValueError, OSError):
        return None


def _text(row: Mapping[str, object], column: str, advice: str, *, longest: int = _MAX_TEXT) -> str:
    text = _optional_text(row, column, longest=longest)
    if not text:
        raise SignalFault(column, "missing", advice)
    return text


def _optional_text(row: Mapping[str, object], column: str, *, longest: int = _MAX_TEXT) -> str:
    """Text with single spaces, "" where there is none; numbers are taken as they are written."""
    value = row.get(column)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise SignalFault(column, "is no text", "give a text")
    text = " ".join(str(value).split())
    if not text.isprintable():
        advice = "save the file as UTF-8 and remove control characters"
        raise SignalFault(column, "has characters that cannot be read", advice, shown(text))
    if len(text) > longest:
        raise SignalFault(column, f"is longer than {longest} characters", "shorten it", shown(text))
    return text
