"""From a value as a client sends it to the value as it is stored and sent back."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from emulators.salesforce.errors import SalesforceError, WrongTypeError
from emulators.salesforce.fields import NUMBER_TYPES, STRING_TYPES, Field
from emulators.salesforce.ids import is_id, long_id
from emulators.salesforce.times import parse_date, parse_datetime

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_INT_LIMIT = 2**31
_DEFAULT_PRECISION = 18
_JSON_NAMES = {
    str: "VALUE_STRING",
    bool: "VALUE_BOOLEAN",
    int: "VALUE_NUMBER_INT",
    float: "VALUE_NUMBER_FLOAT",
}


def to_stored(field: Field, value: Any, prefixes: Mapping[str, str]) -> Any:
    """`value` in wire form, None for nothing; `prefixes` maps object names to key prefixes.

    Raises SalesforceError with the code and the field Salesforce names.
    """
    if value is None:
        return None
    if field.type in STRING_TYPES:
        return _text(field, value)
    if field.type in NUMBER_TYPES:
        return _number(field, value)
    if field.type == "reference":
        return _reference(field, value, prefixes)
    return _OTHERS[field.type](field, value)


def _text(field: Field, value: Any) -> str | None:
    if not isinstance(value, str):
        raise _not_deserializable(field, value)
    text = value.strip()
    if not text:
        return None
    if len(text) > field.length:
        # Assumption: the shape of the message is known, no body was recorded.
        message = f"{field.label}: data value too large: {text} (max length={field.length})"
        raise SalesforceError("STRING_TOO_LONG", message, fields=[field.name])
    if field.type == "email":
        return _email(field, text)
    if field.restricted:
        _check_picklist(field, text)
    return text


def _email(field: Field, text: str) -> str:
    if not _EMAIL.fullmatch(text):
        # Assumption: widely quoted, not recorded.
        message = f"{field.label}: invalid email address: {text}"
        raise SalesforceError("INVALID_EMAIL_ADDRESS", message, fields=[field.name])
    return text.lower()


def _check_picklist(field: Field, text: str) -> None:
    allowed = {value for value, _ in field.picklist} - set(field.inactive)
    chosen = text.split(";") if field.type == "multipicklist" else [text]
    for value in chosen:
        if value not in allowed:
            message = f"{field.label}: bad value for restricted picklist field: {value}"
            raise SalesforceError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, fields=[field.name])


def _number(field: Field, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise _not_deserializable(field, value)
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise _not_deserializable(field, value) from None
    if field.type == "int":
        return _integer(field, number, value)
    rounded = number.quantize(Decimal(1).scaleb(-field.scale), ROUND_HALF_UP)
    if abs(rounded) >= Decimal(10) ** ((field.precision or _DEFAULT_PRECISION) - field.scale):
        raise _out_of_range(field, value)
    return float(rounded)


def _integer(field: Field, number: Decimal, value: Any) -> int:
    if number != number.to_integral_value():
        raise _not_deserializable(field, value)
    if abs(number) >= _INT_LIMIT:
        raise _out_of_range(field, value)
    return int(number)


def _reference(field: Field, value: Any, prefixes: Mapping[str, str]) -> str | None:
    if value == "":
        return None
    expected = [prefixes[name] for name in field.reference_to if name in prefixes]
    if not is_id(value) or not value.startswith(tuple(expected)):
        # Assumption: widely quoted, not recorded.
        message = f"{field.label}: id value of incorrect type: {value}"
        raise SalesforceError("MALFORMED_ID", message, fields=[field.name])
    return long_id(value)


def _boolean(field: Field, value: Any) -> bool:
    spelled = {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else value
    if not isinstance(spelled, bool):
        raise _not_deserializable(field, value)
    return spelled


def _date(field: Field, value: Any) -> str | None:
    return _time(field, value, parse_date)


def _datetime(field: Field, value: Any) -> str | None:
    return _time(field, value, parse_datetime)


def _time(field: Field, value: Any, parse: Callable[[str], str]) -> str | None:
    if value == "":
        return None
    try:
        return parse(value)
    except (ValueError, TypeError, AttributeError):
        raise _not_deserializable(field, value) from None


def _not_deserializable(field: Field, value: Any) -> SalesforceError:
    # Assumption: the wording is known from public reports; the position is not computed.
    kind = _JSON_NAMES.get(type(value), "START_OBJECT")
    message = (
        f"Cannot deserialize instance of {field.type} from {kind} value {value} or request may be missing a"
        " required field at [line:1, column:2]"
    )
    return WrongTypeError(message, field.name, f"{field.label}: value not of required type: {value}")


def _out_of_range(field: Field, value: Any) -> SalesforceError:
    # Assumption: widely quoted, not recorded.
    message = f"{field.label}: value outside of valid range on numeric field: {value}"
    return SalesforceError("NUMBER_OUTSIDE_VALID_RANGE", message, fields=[field.name])


_OTHERS: dict[str, Callable[[Field, Any], Any]] = {
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
}
