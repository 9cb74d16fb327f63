"""What a person can do about a refused record, by HubSpot's error code or category."""

from collections.abc import Mapping

ADVICE: Mapping[str, str] = {
    "CONFLICT": "Another write met ours, or the record is being merged; it is tried again by itself.",
    "INVALID_DATE": "The property's type is not the one that Shortlist made: run `shortlist check`.",
    "INVALID_INTEGER": "The property's type is not the one that Shortlist made: run `shortlist check`.",
    "INVALID_LONG": "The property's type is not the one that Shortlist made: run `shortlist check`.",
    "INVALID_OPTION": (
        "An option of the property is missing: run `shortlist install`, which puts the options of Shortlist back."
    ),
    "MERGED": "Nothing: the next pull follows the merge, and the next push writes the record that is left.",
    "MULTI_STATUS": "HubSpot gave no code; its words say what is wrong.",
    "OBJECT_NOT_FOUND": "The record is gone; the next pull notices it.",
    "VALIDATION_ERROR": (
        "HubSpot's words name the property: look at its validation rules, and complete the record."
    ),
}
"""A code that is not here has only HubSpot's own words."""
