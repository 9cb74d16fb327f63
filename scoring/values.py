"""Reading an account's field values and matching them against the conditions of a model."""

import math
from typing import Literal

from scoring.countries import country_code
from scoring.spec import Condition

Value = str | float | bool | None
Kind = Literal["any", "number", "truth", "country", "text"]

_TRUE = frozenset({"true", "yes", "y", "1"})
_FALSE = frozenset({"false", "no", "n", "0"})


def fold(text: str) -> str:
    """The form in which strings are compared: trimmed, case-folded."""
    return text.strip().casefold()


def kinds_of(condition: Condition) -> list[Kind]:
    """Every kind of value the condition asks for; a sound condition asks for one, a default for none."""
    asked: dict[Kind, bool] = {
        "number": condition.at_least is not None or condition.below is not None,
        "truth": condition.is_true is not None,
        "country": bool(condition.country),
        "text": bool(condition.one_of or condition.contains),
    }
    return [kind for kind, present in asked.items() if present]


def read(kind: Kind, value: Value) -> Value:
    """The value in the form that conditions of this kind compare, None when it is unknown.

    Unknown are null, empty text, and what cannot be read: a number that is not one is not guessed at.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    match kind:
        case "number":
            return _number(value)
        case "truth":
            return _truth(value)
        case "country":
            return country_code(value) if isinstance(value, str) else None
        case "text":
            return fold(value if isinstance(value, str) else f"{value:g}")
        case "any":
            return value


def matches(condition: Condition, value: Value) -> bool:
    """Whether a value that `read` returned meets the condition; a condition that asks nothing is met."""
    if isinstance(value, str):
        return _text_matches(condition, value)
    if isinstance(value, bool):
        return condition.is_true in (None, value)
    if isinstance(value, float):
        above = condition.at_least is None or value >= condition.at_least
        return above and (condition.below is None or value < condition.below)
    return False


def _text_matches(condition: Condition, value: str) -> bool:
    if condition.country:
        return value in {country_code(name) for name in condition.country}
    if condition.one_of or condition.contains:
        part = any(fold(text) in value for text in condition.contains)
        return part or value in {fold(text) for text in condition.one_of}
    return True


def _number(value: str | float | bool) -> float | None:  # noqa: FBT001 - a field's value, not a switch
    if isinstance(value, bool):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _truth(value: str | float | bool) -> bool | None:  # noqa: FBT001 - a field's value, not a switch
    text = fold(value) if isinstance(value, str) else f"{value:g}"
    if text in _TRUE:
        return True
    return False if text in _FALSE else None
