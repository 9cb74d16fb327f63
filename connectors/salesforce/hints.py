"""What a person can do about a write that Salesforce refuses, by Salesforce's error code."""

from collections.abc import Mapping

ADVICE: Mapping[str, str] = {
    "CANNOT_EXECUTE_FLOW_TRIGGER": "A flow of your org failed on this record; mend it or let it pass over ABM fields.",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": "An Apex trigger of your org failed on this record; ask who keeps it.",
    "CANNOT_UPDATE_CONVERTED_LEAD": "The lead was converted; its contact is written instead.",
    "DUPLICATES_DETECTED": "A duplicate rule blocks every save of this record; merge the duplicates, or let the rule "
    "pass the run-as user.",
    "DUPLICATE_VALUE": "Another record has the same unique value.",
    "ENTITY_IS_DELETED": "The record was deleted; the next pull notes it.",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "A validation rule of your org refuses the record as it is; correct the "
    "record, or let the rule pass the run-as user.",
    "FIELD_INTEGRITY_EXCEPTION": "The record breaks a rule of Salesforce's own; open and save it to see which.",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": "The run-as user may not see a record that this one points to.",
    "INSUFFICIENT_ACCESS_OR_READONLY": "Sharing keeps the run-as user from editing this record; give it access.",
    "INVALID_CROSS_REFERENCE_KEY": "The record is not there any more, or its record type is not open to the run-as "
    "user.",
    "INVALID_FIELD_FOR_INSERT_UPDATE": "The run-as user may not edit the field: run `shortlist install`, which assigns "
    "ABM_Integration to it.",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "The value is missing among the picklist's values: run `shortlist "
    "install`, or add it in Setup.",
    "INVALID_TYPE_ON_FIELD_IN_RECORD": "The field's type was changed in Setup; make it again with `shortlist install`.",
    "JSON_PARSER_ERROR": "The field's type was changed in Setup; make it again with `shortlist install`.",
    "NUMBER_OUTSIDE_VALID_RANGE": "The field holds fewer digits than Shortlist's; give it back its length in Setup.",
    "REQUIRED_FIELD_MISSING": "A field became required after this record was made; fill it in on the record.",
    "STRING_TOO_LONG": "The field was made shorter than Shortlist's; give it back its length in Setup.",
    "UNABLE_TO_LOCK_ROW": "Others hold the record or its account; it is tried again with the next run.",
}
