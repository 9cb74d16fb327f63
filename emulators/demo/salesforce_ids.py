"""Salesforce record ids: 15 case-sensitive characters and a suffix of three that survives case folding."""

from functools import lru_cache
from typing import Final

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SUFFIX: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_POD: Final = "Wd0000"
_GAP: Final = 53  # real orgs skip numbers
_FIRST: Final = 62**4 * 7

KEY_PREFIXES: Final = {
    "User": "005",
    "Account": "001",
    "Contact": "003",
    "Lead": "00Q",
    "Opportunity": "006",
    "OpportunityContactRole": "00K",
    "Task": "00T",
    "Event": "00U",
    "Campaign": "701",
    "CampaignMember": "00v",
    "EmailMessage": "02s",
}


def record_id(kind: str, number: int) -> str:
    """The 18-character id of the `number`th record of an object."""
    value, digits = _FIRST + number * _GAP, ""
    for _ in range(6):
        value, digit = divmod(value, 62)
        digits = _DIGITS[digit] + digits
    return with_suffix(f"{KEY_PREFIXES[kind]}{_POD}{digits}")


def with_suffix(short_id: str) -> str:
    """The 18-character form of a 15-character id.

    Docs: for each five characters, a bit for every capital letter (the first is the lowest bit) picks one of
    A-Z and 0-5.
    """
    return short_id + _capitals(short_id[:5]) + _capitals(short_id[5:10]) + _capitals(short_id[10:])


@lru_cache(maxsize=4096)
def _capitals(five: str) -> str:
    return _SUFFIX[sum(1 << place for place, letter in enumerate(five) if "A" <= letter <= "Z")]
