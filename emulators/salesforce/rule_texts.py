"""The errors of rules: validation, duplicates, locks."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from emulators.salesforce.errors import SalesforceError

if TYPE_CHECKING:
    from emulators.salesforce.rule_kinds import DuplicateRule, ValidationRule
    from emulators.salesforce.store import Record

# The key is spelled like this on the wire, in two recordings of different organisations.
_RESULT_KEY = "duplicateResut"
_RECORD_BASE = "/services/data/v62.0/sobjects"


class DuplicatesDetectedError(SalesforceError):
    """DUPLICATES_DETECTED, which says under a key of its own what was found."""

    def __init__(self, message: str, result: dict[str, Any]) -> None:
        super().__init__("DUPLICATES_DETECTED", message)
        self.result = result

    def body(self) -> list[dict[str, Any]]:
        """The answer's body for a failed request, with the keys in the recorded order."""
        return [{_RESULT_KEY: self.result, "errorCode": self.code, "message": self.message}]

    def row(self) -> dict[str, Any]:
        """One row of a collections answer."""
        # Assumption: no row with duplicates is recorded.
        error = {
            "statusCode": self.code,
            _RESULT_KEY: self.result,
            "message": self.message,
            "fields": [],
        }
        return {"success": False, "errors": [error]}


def broken_rule(rule: ValidationRule) -> SalesforceError:
    """The administrator's words; `fields` holds the rule's field when it is shown at one."""
    # Assumption: the shape is widely quoted, not recorded.
    return SalesforceError(rule.code, rule.message, fields=[rule.field] if rule.field else [])


def row_locked(record_id: str, status: int = HTTPStatus.BAD_REQUEST) -> SalesforceError:
    """Another transaction holds the record."""
    message = f"unable to obtain exclusive access to this record or 1 records: {record_id}"
    return SalesforceError("UNABLE_TO_LOCK_ROW", message, status=status, fields=[])


def duplicates_detected(rule: DuplicateRule, twins: list[Record]) -> SalesforceError:
    """The records that a duplicate rule takes for the same as the new one."""
    matches = [_match(rule.object, twin) for twin in twins]
    result = {
        "allowSave": rule.allow_save,
        "duplicateRule": rule.name,
        "duplicateRuleEntityType": rule.object,
        "errorMessage": rule.message,
        "matchResults": [
            {
                "entityType": rule.object,
                "errors": [],
                "matchEngine": rule.engine,
                "matchRecords": matches,
                "rule": rule.match_rule,
                "size": len(matches),
                "success": True,
            }
        ],
    }
    return DuplicatesDetectedError(rule.message, result)


def _match(object_name: str, twin: Record) -> dict[str, Any]:
    # Assumption: the version in the address is the request's; here it is always the same one.
    attributes = {"type": object_name, "url": f"{_RECORD_BASE}/{object_name}/{twin['Id']}"}
    return {
        "additionalInformation": [],
        "fieldDiffs": [],
        "matchConfidence": 100.0,
        "record": {"attributes": attributes, "Id": twin["Id"]},
    }
