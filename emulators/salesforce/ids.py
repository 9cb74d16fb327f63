"""Salesforce record ids: 15 characters that distinguish case, or 18 with a checksum of their case."""

from __future__ import annotations

import re
import string

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_CHECKSUM = string.ascii_uppercase + "012345"
_SHORT = 15
_LONG = 18
_CHUNK = 5
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-5]{3})?")

# Characters 4 to 6 of an id name the instance; these mark an id as minted here.
_INSTANCE = "Em0"


def long_id(record_id: str) -> str:
    """The 18-character form of a 15-character id; any other text is returned as it is."""
    if len(record_id) != _SHORT:
        return record_id
    suffix = ""
    for start in range(0, _SHORT, _CHUNK):
        chunk = record_id[start : start + _CHUNK]
        suffix += _CHECKSUM[sum(1 << place for place, char in enumerate(chunk) if char.isupper())]
    return record_id + suffix


def is_id(text: object) -> bool:
    """Whether `text` has the form of a record id."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def mint(prefix: str, number: int) -> str:
    """The `number`-th id of the object with this key prefix; ids of one object sort as they were minted."""
    digits = ""
    width = _SHORT - len(prefix) - len(_INSTANCE)
    for _ in range(width):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return long_id(prefix + _INSTANCE + digits)
