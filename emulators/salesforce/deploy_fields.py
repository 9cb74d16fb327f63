"""A `<fields>` element of a CustomObject file as a field, with the refusals of the Metadata API.

The rules stand in the documentation of CustomField. Assumption: the texts of the refusals are widely
quoted, not recorded.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from emulators.salesforce.fields import Field
from emulators.salesforce.package import NAMESPACE, text_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*__c")
_NAME_LIMIT = 43
_LABEL_LIMIT = 40
_TEXT_LIMIT = 255
_LONG_TEXT_RANGE = range(256, 131_073)
_DIGITS_LIMIT = 18
_FIXED_LENGTH = {
    "TextArea": 255,
    "Email": 80,
    "Phone": 40,
    "Url": 255,
    "Picklist": 255,
    "MultiselectPicklist": 4099,
}
_TYPES = {
    "Text": "string",
    "TextArea": "textarea",
    "LongTextArea": "textarea",
    "Number": "double",
    "Currency": "currency",
    "Percent": "percent",
    "Checkbox": "boolean",
    "Picklist": "picklist",
    "MultiselectPicklist": "multipicklist",
    "Date": "date",
    "DateTime": "datetime",
    "Email": "email",
    "Phone": "phone",
    "Url": "url",
}
_NUMBERS = ("Number", "Currency", "Percent")


class FieldError(Exception):
    """The field definition is refused, with the reason."""


def read_field(element: Element) -> Field:
    """The field that an element defines. Raises FieldError."""
    name, label, kind = (text_of(element, key) for key in ("fullName", "label", "type"))
    if not _NAME.fullmatch(name) or len(name) > _NAME_LIMIT:
        raise FieldError(f"The name {name!r} is not a valid custom field name")
    if not label:
        raise FieldError("Required field is missing: label")
    if len(label) > _LABEL_LIMIT:
        raise FieldError(f"Label: data value too large: {label} (max length={_LABEL_LIMIT})")
    if kind not in _TYPES:
        raise FieldError(f"'{kind}' is not a valid value for the enum 'FieldType'")
    precision, scale = _digits(element, kind)
    required = text_of(element, "required") == "true"
    return Field(
        name=name,
        type=_TYPES[kind],
        label=label,
        length=_length(element, kind),
        precision=precision,
        scale=scale,
        createable=True,
        updateable=True,
        nillable=not required and kind != "Checkbox",
        defaulted=kind == "Checkbox",
        permissionable=not required,
        restricted=_is_restricted(element),
        external_id=text_of(element, "externalId") == "true",
        id_lookup=text_of(element, "externalId") == "true",
        unique=text_of(element, "unique") == "true",
        custom=True,
        picklist=_picklist(element, kind),
        inactive=_inactive(element),
        default_value=_default(element, kind),
    )


def _number(element: Element, name: str, *, kind: str) -> int:
    text = text_of(element, name)
    if not text.isdigit():
        raise FieldError(f"Must specify '{name}' for a CustomField of type {kind}")
    return int(text)


def _length(element: Element, kind: str) -> int:
    if kind not in ("Text", "LongTextArea"):
        return _FIXED_LENGTH.get(kind, 0)
    length = _number(element, "length", kind=kind)
    if kind == "Text" and not 1 <= length <= _TEXT_LIMIT:
        raise FieldError(f"Field length must be between 1 and {_TEXT_LIMIT}")
    if kind == "LongTextArea":
        _number(element, "visibleLines", kind=kind)
        if length not in _LONG_TEXT_RANGE:
            raise FieldError(f"Field length must be between {_LONG_TEXT_RANGE[0]} and {_LONG_TEXT_RANGE[-1]}")
    return length


def _digits(element: Element, kind: str) -> tuple[int, int]:
    if kind not in _NUMBERS:
        return 0, 0
    precision, scale = (_number(element, name, kind=kind) for name in ("precision", "scale"))
    if precision > _DIGITS_LIMIT or scale > precision:
        raise FieldError(f"Precision must be at most {_DIGITS_LIMIT} and at least the scale")
    return precision, scale


def _picklist(element: Element, kind: str) -> tuple[tuple[str, bool], ...]:
    if kind not in ("Picklist", "MultiselectPicklist"):
        return ()
    values = element.findall(f"{NAMESPACE}valueSet/{NAMESPACE}valueSetDefinition/{NAMESPACE}value")
    if not values:
        raise FieldError(f"Must specify a valueSet for a CustomField of type {kind}")
    return tuple((text_of(value, "fullName"), text_of(value, "default") == "true") for value in values)


def _inactive(element: Element) -> tuple[str, ...]:
    values = element.iter(f"{NAMESPACE}value")
    return tuple(text_of(value, "fullName") for value in values if text_of(value, "isActive") == "false")


def with_old_values(new: Field, old: Field | None) -> Field:
    """Values that a definition leaves out are switched off, and never go (documented with CustomValue)."""
    if old is None or "picklist" not in old.type or "picklist" not in new.type:
        return new
    named = {value for value, _ in new.picklist}
    left_out = tuple(value for value, _ in old.picklist if value not in named)
    picklist = (*new.picklist, *((value, False) for value in left_out))
    return replace(new, picklist=picklist, inactive=(*new.inactive, *left_out))


def _is_restricted(element: Element) -> bool:
    value_set = element.find(f"{NAMESPACE}valueSet")
    return value_set is not None and text_of(value_set, "restricted") == "true"


def _default(element: Element, kind: str) -> object:
    if kind == "Checkbox":
        text = text_of(element, "defaultValue")
        if text not in ("true", "false"):
            raise FieldError("Must specify 'defaultValue' for a CustomField of type Checkbox")
        return text == "true"
    return next((value for value, is_default in _picklist(element, kind) if is_default), None)
