"""The errors Salesforce answers with, by the codes and words it uses.

The texts come from recorded answers and from the documentation; the ones that do not are marked.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

_COLUMN_ADVICE = (
    " If you are attempting to use a custom field, be sure to append the '__c' after the custom field name."
    " Please reference your WSDL or the describe call for the appropriate names."
)
_ENTITY_ADVICE = (
    " If you are attempting to use a custom object, be sure to append the '__c' after the entity name."
    " Please reference your WSDL or the describe call for the appropriate names."
)


class SalesforceError(Exception):
    """An error of a request or of one row; `fields` None means the answer has no such key."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int = HTTPStatus.BAD_REQUEST,
        fields: list[str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = int(status)
        self.fields = fields

    def body(self) -> list[dict[str, Any]]:
        """The answer's body for a failed request."""
        error: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        if self.fields is not None:
            error["fields"] = self.fields
        return [error]

    def row(self) -> dict[str, Any]:
        """One row of a collections answer; its key is statusCode, not errorCode, and it has no id."""
        error = {"statusCode": self.code, "message": self.message, "fields": self.fields or []}
        return {"success": False, "errors": [error]}


class WrongTypeError(SalesforceError):
    """A value that its field cannot hold: where JSON is read a JSON_PARSER_ERROR, of a CSV a plain row error."""

    def __init__(self, message: str, field_name: str, plain_message: str) -> None:
        super().__init__("JSON_PARSER_ERROR", message)
        self.field_name = field_name
        self.plain_message = plain_message


def not_found() -> SalesforceError:
    """The record or the resource is not there."""
    return SalesforceError("NOT_FOUND", "The requested resource does not exist", status=HTTPStatus.NOT_FOUND)


def entity_is_deleted() -> SalesforceError:
    """The record lies in the recycle bin."""
    return SalesforceError("ENTITY_IS_DELETED", "entity is deleted", status=HTTPStatus.NOT_FOUND, fields=[])


def no_external_field(name: str) -> SalesforceError:
    """The field of an upsert cannot be used to find records."""
    message = f"Provided external ID field does not exist or is not accessible: {name}"
    return SalesforceError("NOT_FOUND", message, status=HTTPStatus.NOT_FOUND)


def no_such_column(name: str, object_name: str) -> SalesforceError:
    """A written field does not exist on the object."""
    return SalesforceError("INVALID_FIELD", f"No such column '{name}' on sobject of type {object_name}")


def column_text(name: str, object_name: str) -> str:
    """What a query says about a field that does not exist or is hidden from the user."""
    return f"No such column '{name}' on entity '{object_name}'.{_COLUMN_ADVICE}"


def object_text(name: str) -> str:
    """What a query says about an object that does not exist."""
    return f"sObject type '{name}' is not supported.{_ENTITY_ADVICE}"


def relationship_text(name: str) -> str:
    """What a query says about an unknown relationship."""
    # Assumption: widely quoted, not recorded.
    return (
        f"Didn't understand relationship '{name}' in field path. If you are attempting to use a custom"
        " relationship, be sure to append the '__r' after the custom relationship name."
        " Please reference your WSDL or the describe call for the appropriate names."
    )


def invalid_session() -> SalesforceError:
    """The access token is unknown or expired."""
    return SalesforceError("INVALID_SESSION_ID", "Session expired or invalid", status=HTTPStatus.UNAUTHORIZED)


def request_limit_exceeded() -> SalesforceError:
    """The organisation's calls of the day are used up."""
    return SalesforceError(
        "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", status=HTTPStatus.FORBIDDEN
    )


def concurrent_limit_exceeded() -> SalesforceError:
    """Too many calls of 20 seconds and more are open."""
    message = "ConcurrentPerOrgLongTxn Limit exceeded."
    return SalesforceError("REQUEST_LIMIT_EXCEEDED", message, status=HTTPStatus.FORBIDDEN)


def retired_version(version: str) -> SalesforceError:
    """The API version was retired: 410 over REST, a fault over SOAP (article on API retirement)."""
    # Assumption: the status and the code are documented, this text is not.
    message = f"API version {version} has been retired and is no longer supported."
    return SalesforceError("UNSUPPORTED_API_VERSION", message, status=HTTPStatus.GONE)


def locked_row(record_id: str) -> SalesforceError:
    """Another transaction holds the record."""
    message = f"unable to obtain exclusive access to this record or 1 records: {record_id}"
    return SalesforceError("UNABLE_TO_LOCK_ROW", message, fields=[])


def not_writeable(names: list[str]) -> SalesforceError:
    """Fields the user may not write, whether by field-level security or by nature."""
    message = (
        f"Unable to create/update fields: {', '.join(names)}. Please check the security settings of this"
        " field and verify that it is read/write for your profile or permission set."
    )
    return SalesforceError("INVALID_FIELD_FOR_INSERT_UPDATE", message, fields=names)


def required_missing(names: list[str]) -> SalesforceError:
    """Required fields are absent or null."""
    message = f"Required fields are missing: [{', '.join(names)}]"
    return SalesforceError("REQUIRED_FIELD_MISSING", message, fields=names)


def insufficient_access(what: str = "entity type cannot be changed: insufficient access") -> SalesforceError:
    """The user lacks the object permission."""
    # Assumption: the code is documented, this text and the status are not recorded.
    return SalesforceError("INSUFFICIENT_ACCESS_OR_READONLY", what, status=HTTPStatus.FORBIDDEN, fields=[])


def no_access_to(record_id: str) -> SalesforceError:
    """The user does not see a record he wants to change; the text shows the short form of its id."""
    message = f"insufficient access rights on cross-reference id: {record_id[:15]}"
    return SalesforceError("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", message, fields=[])


def bad_reference() -> SalesforceError:
    """A reference, or the id of a row, points nowhere."""
    return SalesforceError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", fields=[])


def malformed_id(text: str) -> SalesforceError:
    """A value is not an id, or an id of another object."""
    # Assumption: the code is known, the text is not recorded.
    return SalesforceError("MALFORMED_ID", f"id value of incorrect type: {text}", fields=["Id"])


def json_parser_error(message: str) -> SalesforceError:
    """The body, or a value in it, cannot be read."""
    return SalesforceError("JSON_PARSER_ERROR", message)


def duplicate_value(message: str, fields: list[str] | None = None) -> SalesforceError:
    """A value, or a record, that may exist once exists already."""
    return SalesforceError("DUPLICATE_VALUE", message, fields=fields or [])
