"""The token endpoints: /oauth/v3/token and its dated twins, /oauth/v1/token, introspection and revocation.

Parameters are form-encoded; version 1 also takes them from the query.
"""

from __future__ import annotations

import base64
import hashlib
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from emulators.hubspot.errors import ApiError, not_found
from emulators.hubspot.http import NO_CONTENT, Reply, Request, ok
from emulators.hubspot.oauth.grants import AccessToken, static_caller
from emulators.hubspot.scopes import granted

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulators.hubspot.oauth.grants import Code
    from emulators.hubspot.portal import Portal

USER, USER_ID, HUB_DOMAIN = "admin@example.com", 1, "demo.example.com"
_STATIC_SECONDS = 1800

Form = dict[str, str]


class OAuthError(ApiError):
    """A refusal in the form of RFC 6749 with HubSpot's `status` and `message` beside it (documented)."""

    def __init__(self, error: str, status: str, message: str) -> None:
        super().__init__(HTTPStatus.BAD_REQUEST, message)
        self._fields = {"error": error, "error_description": message, "status": status, "message": message}

    def body(self, _correlation_id: str) -> dict[str, Any]:
        """The JSON of the reply; the documented one has no correlation id."""
        return self._fields


def issue_token(portal: Portal, request: Request) -> Reply:
    """POST token: by code, by refresh token, or for the app itself."""
    form = request.form()
    grant = _GRANTS.get(form.get("grant_type", ""))
    if grant is None:
        # Assumption: the wording, here and in the other refusals but that of a refresh token.
        raise OAuthError("unsupported_grant_type", "BAD_GRANT_TYPE", "missing or unknown grant type")
    _check_client(portal, form)
    return ok(grant(portal, form))


def introspect(portal: Portal, request: Request) -> Reply:
    """POST token/introspect: what a token is; `{"active": false}` for one that is none any more."""
    form = request.form()
    _check_client(portal, form)
    text = form.get("token") or form.get("access_token") or form.get("refresh_token") or ""
    found = portal.grants.access_tokens.get(text)
    if found is not None and portal.now_ms() < found.expires_ms:
        return ok({"active": True, "token": text, **_access_facts(portal, found)})
    if text in portal.grants.refresh_tokens:
        scopes = portal.grants.refresh_tokens[text]
        return ok({"active": True, "token": text, **_refresh_facts(portal, scopes)})
    return ok({"active": False})  # Assumption: RFC 7662 names no other key.


def revoke_token(portal: Portal, request: Request) -> Reply:
    """POST token/revoke: the refresh token ends; 204 also for one that is unknown."""
    form = request.form()
    _check_client(portal, form)
    portal.grants.revoke(form.get("token") or form.get("refresh_token") or "")
    return NO_CONTENT  # Assumption: the status; the specification names none.


def delete_refresh_token(portal: Portal, _request: Request, token: str) -> Reply:
    """DELETE /oauth/v1/refresh-tokens/{token}."""
    portal.grants.revoke(token)
    return NO_CONTENT


def get_refresh_token(portal: Portal, _request: Request, token: str) -> Reply:
    """GET /oauth/v1/refresh-tokens/{token}: whose it is; 404 for an unknown one."""
    scopes = portal.grants.refresh_tokens.get(token)
    if scopes is None:
        raise not_found("refresh token not found")  # Assumption: the wording.
    facts = _refresh_facts(portal, scopes)
    facts.pop("token_use")
    return ok({"token": token, **facts, "token_type": "refresh"})


def get_access_token(portal: Portal, _request: Request, token: str) -> Reply:
    """GET /oauth/v1/access-tokens/{token}: portal, user and scopes; 404 for an unknown or expired token."""
    settings, now_ms = portal.settings, portal.now_ms()
    found = portal.grants.access_tokens.get(token)
    if token in settings.tokens:
        caller, seconds = static_caller(token, settings), _STATIC_SECONDS
    elif found is not None and now_ms < found.expires_ms:
        caller, seconds = found.caller, (found.expires_ms - now_ms) // 1000
    else:
        raise not_found("access token not found")  # Assumption: the wording.
    return ok(
        {
            "token": token,
            "user": USER,
            "hub_domain": HUB_DOMAIN,
            "scopes": granted(caller.scopes),
            "signed_access_token": {},
            "hub_id": settings.portal_id,
            "app_id": caller.app_id,
            "expires_in": seconds,
            "user_id": USER_ID,
            "token_type": "access",
        }
    )


def _check_client(portal: Portal, form: Form) -> None:
    if form.get("client_id") != portal.settings.client_id:
        raise OAuthError("invalid_client", "BAD_CLIENT_ID", "missing or unknown client id")
    if form.get("client_secret") != portal.settings.client_secret:
        raise OAuthError("invalid_client", "BAD_CLIENT_SECRET", "missing or invalid client secret")


def _by_code(portal: Portal, form: Form) -> dict[str, Any]:
    code = portal.grants.codes.pop(form.get("code", ""), None)
    if code is None or portal.now_ms() >= code.expires_ms:
        raise OAuthError("invalid_grant", "BAD_AUTH_CODE", "missing or unknown auth code")
    if form.get("redirect_uri") != code.redirect_uri:
        message = "redirect URI does not match initial auth code URI"
        raise OAuthError("invalid_grant", "MISMATCH_REDIRECT_URI_AUTH_CODE", message)
    if not _is_verified(code, form.get("code_verifier", "")):
        raise OAuthError("invalid_grant", "BAD_CODE_VERIFIER", "missing or invalid code verifier")
    return _pair(portal, portal.grants.new_refresh_token(code.scopes))


def _by_refresh_token(portal: Portal, form: Form) -> dict[str, Any]:
    token = form.get("refresh_token", "")
    if token not in portal.grants.refresh_tokens:
        message = "refresh token is invalid, expired or revoked"
        raise OAuthError("invalid_grant", "BAD_REFRESH_TOKEN", message)
    return _pair(portal, token)


def _by_client(portal: Portal, form: Form) -> dict[str, Any]:
    """A token of the app itself, for the Webhooks Journal; there is no refresh token."""
    scopes = form.get("scope", "").split()
    if not scopes:
        raise OAuthError("invalid_scope", "BAD_SCOPE", "missing or unknown scope")
    made = portal.grants.new_access_token(scopes, "", portal.settings, portal.now_ms())
    return {**_issued(portal, made), "token_use": "client_credentials"}


_GRANTS: dict[str, Callable[[Portal, Form], dict[str, Any]]] = {
    "authorization_code": _by_code,
    "refresh_token": _by_refresh_token,
    "client_credentials": _by_client,
}


def _pair(portal: Portal, refresh_token: str) -> dict[str, Any]:
    scopes = portal.grants.refresh_tokens[refresh_token]
    made = portal.grants.new_access_token(scopes, refresh_token, portal.settings, portal.now_ms())
    return {
        **_issued(portal, made),
        "refresh_token": refresh_token,
        "hub_id": portal.settings.portal_id,
        "user_id": USER_ID,
        "token_use": "access_token",
    }


def _issued(portal: Portal, made: AccessToken) -> dict[str, Any]:
    return {
        "token_type": "bearer",
        "access_token": made.caller.token,
        "scopes": made.caller.scopes,
        "expires_in": int(portal.settings.token_seconds),
    }


def _is_verified(code: Code, verifier: str) -> bool:
    """Whether the verifier fits the challenge of RFC 7636. Assumption: only S256, and only where one was sent."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return not code.challenge or base64.urlsafe_b64encode(digest).decode().rstrip("=") == code.challenge


def _refresh_facts(portal: Portal, scopes: list[str]) -> dict[str, Any]:
    settings = portal.settings
    return {
        "hub_id": settings.portal_id,
        "user_id": USER_ID,
        "client_id": settings.client_id,
        "app_id": settings.app_id,
        "user": USER,
        "hub_domain": HUB_DOMAIN,
        "scopes": scopes,
        "token_use": "refresh_token",
        "token_type": "Bearer",
    }


def _access_facts(portal: Portal, found: AccessToken) -> dict[str, Any]:
    settings = portal.settings
    signed = {
        "expiresAt": found.expires_ms,
        "scopes": "",
        "hubId": settings.portal_id,
        "userId": USER_ID,
        "appId": found.caller.app_id,
        "signature": "",
        "scopeToScopeGroupPks": "",
        "newSignature": "",
        "hublet": "na1",
        "trialScopes": "",
        "trialScopeToScopeGroupPks": "",
        "isUserLevel": False,
        "isPrivateDistribution": True,
    }
    return {
        **_refresh_facts(portal, found.caller.scopes),
        "signed_access_token": signed,
        "expires_in": (found.expires_ms - portal.now_ms()) // 1000,
        "is_private_distribution": True,
        "token_use": "access_token",
    }
