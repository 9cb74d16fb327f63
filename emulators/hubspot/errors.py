"""Error replies, worded as recorded where a recording exists."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson

SCOPES_LINK = "https://developers.hubspot.com/scopes"


class ApiError(Exception):
    """A reply with an error body; the correlation id is added when it is sent."""

    def __init__(
        self, status: int, message: str, *, headers: dict[str, str] | None = None, **fields: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}
        self.fields = fields

    def body(self, correlation_id: str) -> dict[str, Any]:
        """The JSON of the reply."""
        return {"status": "error", "message": self.message, "correlationId": correlation_id, **self.fields}

    def row(self, context: dict[str, list[str]]) -> dict[str, Any]:
        """The same error as one entry of `errors` in a 207 reply."""
        kept = {key: value for key, value in self.fields.items() if key in ("category", "subCategory")}
        return {"status": "error", **kept, "message": self.message, "context": context}


class PropertyValueError(Exception):
    """One property value that cannot be stored."""

    def __init__(self, code: str, name: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.name = name
        self.message = message


def validation_error(message: str, **fields: Any) -> ApiError:
    """A 400 with the category VALIDATION_ERROR."""
    return ApiError(HTTPStatus.BAD_REQUEST, message, **fields, category="VALIDATION_ERROR")


def invalid_properties(problems: list[PropertyValueError], portal_id: int) -> ApiError:
    """The 400 for property values; the message carries the problems as JSON text."""
    details = [
        {
            "isValid": False,
            "message": problem.message,
            "error": problem.code,
            "name": problem.name,
            "localizedErrorMessage": problem.message,
            "portalId": portal_id,
        }
        for problem in problems
    ]
    errors = [
        {"message": problem.message, "code": problem.code, "context": {"propertyName": [problem.name]}}
        for problem in problems
    ]
    text = orjson.dumps(details).decode()
    return validation_error(f"Property values were not valid: {text}", errors=errors)


def not_found(message: str = "resource not found", **fields: Any) -> ApiError:
    """A 404 as for a record, property or route that is not there; `x-hubspot-notfound` is recorded."""
    return ApiError(
        HTTPStatus.NOT_FOUND,
        message,
        headers={"x-hubspot-notfound": "true"},
        **fields,
        category="OBJECT_NOT_FOUND",
    )


def missing_records(singular: str, ids: list[str]) -> ApiError:
    """The 404 for ids that a batch names and the portal does not have."""
    message = (
        f"Could not get some {singular.upper()} objects, they may be deleted or not exist. "
        "Check that ids are valid."
    )
    return ApiError(HTTPStatus.NOT_FOUND, message, context={"ids": ids}, category="OBJECT_NOT_FOUND")


def conflict(message: str, **fields: Any) -> ApiError:
    """A 409."""
    return ApiError(HTTPStatus.CONFLICT, message, **fields, category="CONFLICT")


def missing_scopes(scopes: list[str]) -> ApiError:
    """The 403 for a token that lacks every one of `scopes`."""
    return ApiError(
        HTTPStatus.FORBIDDEN,
        "This app hasn't been granted all required scopes to make this call. "
        f"Read more about required scopes here: {SCOPES_LINK}.",
        errors=[
            {
                "message": "One or more of the following scopes are required.",
                "context": {"requiredGranularScopes": scopes},
            }
        ],
        links={"scopes": SCOPES_LINK},
        category="MISSING_SCOPES",
    )
