"""Refusals of the OAuth endpoints.

The codes are documented ("OAuth 2.0 Authorization Errors"); the texts are the ones users report.
"""

from __future__ import annotations

from enum import Enum
from http import HTTPStatus

from emulators.salesforce.call import Reply


class Refusal(Enum):
    """Code and text of each refusal."""

    UNSUPPORTED_GRANT = ("unsupported_grant_type", "grant type not supported")
    UNKNOWN_CLIENT = ("invalid_client_id", "client identifier invalid")
    WRONG_SECRET = ("invalid_client", "invalid client credentials")
    APP_NOT_FOUND = ("app_not_found", "External client app is not installed in this org")
    WRONG_HOST = ("invalid_grant", "request not supported on this domain")
    WRONG_PASSWORD = ("invalid_grant", "authentication failure")
    NOT_APPROVED = ("invalid_grant", "user hasn't approved this consumer")
    EXPIRED_TOKEN = ("invalid_grant", "expired access/refresh token")
    INVALID_ASSERTION = ("invalid_grant", "invalid assertion")
    WRONG_AUDIENCE = ("invalid_grant", "audience is invalid")
    # Assumption: reports quote this text for an assertion whose time is over, as for a code.
    EXPIRED_CODE = ("invalid_grant", "expired authorization code")
    UNKNOWN_CODE = ("invalid_grant", "invalid authorization code")
    WRONG_VERIFIER = ("invalid_grant", "invalid code verifier")
    WRONG_REDIRECT = ("redirect_uri_mismatch", "redirect_uri must match configuration")
    NO_CHALLENGE = ("invalid_request", "missing required code challenge")
    WRONG_RESPONSE_TYPE = ("unsupported_response_type", "response type not supported")
    DENIED = ("access_denied", "end-user denied authorization")
    INACTIVE_USER = ("inactive_user", "user is inactive")
    # Assumption: the texts of these three.
    INACTIVE_ORG = ("inactive_org", "organization is inactive")
    TOO_MANY_LOGINS = ("rate_limit_exceeded", "login rate exceeded")
    INVALID_TOKEN = ("invalid_token", "invalid token")


class OAuthError(Exception):
    """A refusal of an OAuth endpoint."""

    def __init__(self, refusal: Refusal) -> None:
        self.code, self.description = refusal.value
        super().__init__(self.description)

    def values(self) -> dict[str, str]:
        """The two keys of the refusal."""
        return {"error": self.code, "error_description": self.description}

    def reply(self) -> Reply:
        """The answer to a client: always 400."""
        return Reply(self.values(), HTTPStatus.BAD_REQUEST)
