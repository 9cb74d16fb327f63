"""From what a client sends for a property to the text HubSpot keeps; and comparing the two.

Codes and messages follow recorded and documented errors: INVALID_OPTION, INVALID_INTEGER, INVALID_LONG,
INVALID_EMAIL. Those of dates and of text that is too long are assumptions.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from emulators.hubspot.errors import PropertyValueError
from emulators.hubspot.times import parse_date, parse_ms, to_iso

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_TEXT = 65_536
_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]+")


def as_text(value: Any) -> str:
    """A JSON value as the API echoes it: numbers and booleans as text, null as the empty text."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def canonical(definition: dict[str, Any], value: Any, current: str = "") -> str:
    """The text to store for `value`; empty clears. Raises PropertyValueError when it is not valid."""
    name = definition["name"]
    if not isinstance(value, str | int | float | bool | None):
        raise PropertyValueError(
            "INVALID_VALUE", name, f"{value} is not a plain value"
        )  # Assumption: the code.
    text = as_text(value)
    if definition["modificationMetadata"]["readOnlyValue"]:
        # Assumption: the code; the message is quoted in public notes of live answers.
        message = f'"{name}" is a read only property; its value cannot be set.'
        raise PropertyValueError("READ_ONLY_VALUE", name, message)
    if text == "":
        return ""
    return _CANONICAL[definition["type"]](definition, text, current)


def same_value(value_type: str, one: str, other: str) -> bool:
    """Whether two stored texts are the same value, so that writing one over the other changes nothing."""
    if one == other:
        return True
    # Assumption: 62 and 62.0 are one number.
    return value_type == "number" and "" not in (one, other) and float(one) == float(other)


def _text(definition: dict[str, Any], text: str, _current: str) -> str:
    if len(text) > MAX_TEXT:
        message = f"Value is too long: {len(text)} characters, at most {MAX_TEXT} are allowed"
        raise PropertyValueError("PROPERTY_VALUE_TOO_LONG", definition["name"], message)
    if definition["name"] == "email" and not _EMAIL.fullmatch(text):
        raise PropertyValueError("INVALID_EMAIL", "email", f"Email address {text} is invalid")
    return text.lower() if definition["name"] in ("email", "domain") else text


def _number(definition: dict[str, Any], text: str, _current: str) -> str:
    try:
        float(text)
    except ValueError:
        message = f"{text} was not a valid number."
        raise PropertyValueError("INVALID_INTEGER", definition["name"], message) from None
    return text


def _datetime(definition: dict[str, Any], text: str, _current: str) -> str:
    try:
        return to_iso(parse_ms(text))
    except (ValueError, OverflowError):
        message = f"{text} was not a valid long."
        raise PropertyValueError("INVALID_LONG", definition["name"], message) from None


def _date(definition: dict[str, Any], text: str, _current: str) -> str:
    try:
        return parse_date(text)
    except (ValueError, OverflowError):
        message = f"{text} is not a date: YYYY-MM-DD or midnight UTC in milliseconds is expected."
        raise PropertyValueError("INVALID_DATE", definition["name"], message) from None


def _bool(definition: dict[str, Any], text: str, _current: str) -> str:
    if text.lower() not in ("true", "false"):
        raise _not_an_option(definition["name"], text, ["true", "false"])
    return text.lower()


def _enumeration(definition: dict[str, Any], text: str, current: str) -> str:
    multiple = definition["fieldType"] == "checkbox"
    if multiple and text.startswith(";"):
        text = ";".join(part for part in (*current.split(";"), *text.split(";")) if part)
    parts = list(dict.fromkeys(text.split(";"))) if multiple else [text]
    allowed = [option["value"] for option in definition["options"]]
    for part in parts:
        if allowed and part not in allowed:
            raise _not_an_option(definition["name"], part, allowed)
    return ";".join(parts)


def _not_an_option(name: str, text: str, allowed: list[str]) -> PropertyValueError:
    message = f"{text} was not one of the allowed options: [{', '.join(allowed)}]"
    return PropertyValueError("INVALID_OPTION", name, message)


_CANONICAL: dict[str, Callable[[dict[str, Any], str, str], str]] = {
    "string": _text,
    "phone_number": _text,
    "number": _number,
    "datetime": _datetime,
    "date": _date,
    "bool": _bool,
    "enumeration": _enumeration,
}
