"""What a person can do about a refused row, by Salesforce's status code."""

from collections.abc import Mapping

ADVICE: Mapping[str, str] = {
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": (
        "A trigger or flow of the org failed on this record; its owner must repair it, or exempt the "
        "integration user."
    ),
    "CANNOT_EXECUTE_FLOW_TRIGGER": (
        "A flow of the org failed on this record; its owner must repair it, or exempt the integration user."
    ),
    "CIRCULAR_DEPENDENCY": "Correct the record's hierarchy in Salesforce.",
    "DUPLICATES_DETECTED": (
        "A duplicate rule blocks every edit of this record: merge the duplicates, or let the rule allow edits "
        "by the integration user."
    ),
    "ENTITY_IS_DELETED": "The record is gone; the next pull notices it.",
    "ENTITY_IS_LOCKED": (
        "The record is locked by an approval process: finish it, or give the integration user Modify All."
    ),
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": (
        "A validation rule refuses the record as it is: complete the record, or exempt the integration user in "
        "the rule."
    ),
    "FIELD_INTEGRITY_EXCEPTION": "A field holds a value that the org no longer accepts: correct the record.",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": (
        "Give the integration user access to what the record points at (its owner, parent or campaign)."
    ),
    "INSUFFICIENT_ACCESS_OR_READONLY": (
        "Give the integration user edit access to the record: sharing rules, or Modify All on the object."
    ),
    "INVALID_CROSS_REFERENCE_KEY": "The record is gone or hidden from the integration user.",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": (
        "The picklist lacks a value of Shortlist, or the record type does not offer it: run `shortlist install` "
        "and add the value to the record type."
    ),
    "REQUIRED_FIELD_MISSING": "The record lacks a field that the org requires: complete the record.",
    "STRING_TOO_LONG": "The field is shorter than Shortlist made it: run `shortlist install`.",
    "UNABLE_TO_LOCK_ROW": (
        "Other software kept the record, or its parent, locked; it is tried again by itself. If it stays so, "
        "sync at another hour."
    ),
}
"""Codes of the API's StatusCode enumeration; a code that is not here has only Salesforce's own words."""
