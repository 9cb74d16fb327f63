"""Record ids: 15 characters that mind their case, or 18 with three more that say where the capitals are."""

import re

LONG = 18
"""The length of the form that is kept."""
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Z0-5]{3})?", re.ASCII)


def is_id(text: str) -> bool:
    """Whether a text has the shape of a record id."""
    return _ID.fullmatch(text) is not None


def canonical_id(text: str) -> str:
    """The 18-character form; what is not a 15-character id comes back as it is."""
    if len(text) != 15 or not is_id(text):  # noqa: PLR2004 the length of the short form
        return text
    return text + "".join(_checksum(text[start : start + 5]) for start in (0, 5, 10))


def _checksum(five: str) -> str:
    return _ALPHABET[sum(1 << place for place, letter in enumerate(five) if "A" <= letter <= "Z")]
