"""The token endpoint, and revoking and looking into the tokens it gave."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from emulators.salesforce.call import Reply
from emulators.salesforce.errors import not_found
from emulators.salesforce.oauth_authorize import authorize
from emulators.salesforce.oauth_error import OAuthError, Refusal
from emulators.salesforce.oauth_grants import (
    GRANT_TYPES,
    Granted,
    TokenRequest,
    check_client,
    end_grant,
)
from emulators.salesforce.oauth_identity import identity_url, user_name, userinfo
from emulators.salesforce.sessions import Session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Request

    from emulators.salesforce.org import Org

PREFIX = "/services/oauth2/"
_LOGIN_HOSTS = ("login.salesforce.com", "test.salesforce.com")
_HOUR_SECONDS = 3600


def answer(org: Org, request: Request) -> Reply:
    """The answer below /services/oauth2/. Raises NOT_FOUND where there is nothing."""
    host_url = request.host_url.rstrip("/")
    authorization = request.headers.get("Authorization", "")
    try:
        match (request.method, request.path.removeprefix(PREFIX)):
            case ("POST", "token"):
                return token(org, request.form, authorization, host_url)
            case ("GET" | "POST", "authorize"):
                return authorize(org, request.values)
            case ("GET" | "POST", "revoke"):
                return revoke(org, request.values.get("token", ""))
            case ("POST", "introspect"):
                return introspect(org, request.form, authorization)
            case ("GET" | "POST", "userinfo"):
                return userinfo(org, authorization, host_url)
    except OAuthError as problem:
        return problem.reply()
    raise not_found()


def token(org: Org, form: Mapping[str, str], authorization: str, host_url: str) -> Reply:
    """POST /services/oauth2/token. Raises OAuthError."""
    grant_type = GRANT_TYPES.get(form.get("grant_type", ""))
    if grant_type is None:
        raise OAuthError(Refusal.UNSUPPORTED_GRANT)
    if not org.org_settings.org_active:
        raise OAuthError(Refusal.INACTIVE_ORG)
    if not org.org_settings.app_installed:
        raise OAuthError(Refusal.APP_NOT_FOUND)
    client_id, secret = _credentials(form, authorization)
    granted = grant_type(TokenRequest(org, client_id, secret, form, _is_login_host(org, host_url)))
    if not (org.store.get("User", granted.user_id) or {}).get("IsActive"):
        raise OAuthError(Refusal.INACTIVE_USER)
    _count_login(org)
    return Reply(_reply(org, granted, host_url))


def _reply(org: Org, granted: Granted, host_url: str) -> dict[str, Any]:
    now = org.clock.now()
    settings = org.org_settings
    issued_at = str(int(now.timestamp() * 1000))
    identity = identity_url(org, granted.user_id)
    key = settings.client_secret.encode()
    signed = hmac.new(key, (identity + issued_at).encode(), hashlib.sha256).digest()
    session = Session(granted.user_id, now, settings.client_id, granted.scope, granted.grant_id)
    reply = {
        "access_token": org.sessions.issue(settings.org_id, session),
        "signature": base64.b64encode(signed).decode(),
        "scope": granted.scope,
        "instance_url": settings.instance_url or host_url,
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued_at,
    }
    return {**reply, "refresh_token": granted.refresh_token} if granted.refresh_token else reply


def revoke(org: Org, text: str) -> Reply:
    """GET or POST /services/oauth2/revoke?token=: a refresh token takes its access tokens along."""
    grant = org.grants.find(text)
    if grant is not None:
        end_grant(org, grant)
    elif not org.sessions.revoke(text):
        raise OAuthError(Refusal.INVALID_TOKEN)
    return Reply(status=HTTPStatus.OK)


def introspect(org: Org, form: Mapping[str, str], authorization: str) -> Reply:
    """POST /services/oauth2/introspect: what an access or refresh token is worth (RFC 7662)."""
    client_id, secret = _credentials(form, authorization)
    check_client(TokenRequest(org, client_id, secret, form, on_login_host=False), secret_needed=True)
    text, life = form.get("token", ""), org.org_settings.session_seconds
    grant = org.grants.find(text)
    if grant is not None and text == grant.token:
        known = _introspected(org, grant.user_id, grant.scope)
        return Reply({**known, "token_type": "refresh_token"})
    session = org.sessions.find(text, org.clock.now(), life)
    if session is None:
        return Reply({"active": False})
    issued = int(session.issued_at.timestamp())
    times = {"iat": issued, "nbf": issued}
    end = session.ends_at(life)
    if end is not None:
        times["exp"] = int(end.timestamp())
    known = _introspected(org, session.user_id, session.scope)
    return Reply({**known, "token_type": "access_token", **times})


def _introspected(org: Org, user_id: str, scope: str) -> dict[str, Any]:
    return {
        "active": True,
        "scope": scope,
        "client_id": org.org_settings.client_id,
        "username": user_name(org, user_id),
        "sub": identity_url(org, user_id),
    }


def _is_login_host(org: Org, host_url: str) -> bool:
    """Whether the request was sent to login. or test.salesforce.com, or the settings say so."""
    return org.org_settings.host_kind == "login" or urlsplit(host_url).hostname in _LOGIN_HOSTS


def _count_login(org: Org) -> None:
    """Raise OAuthError when the logins of this hour are used up."""
    limit = org.org_settings.logins_per_hour
    hour = int(org.clock.now().timestamp()) // _HOUR_SECONDS
    org.logins = (hour, (org.logins[1] if org.logins[0] == hour else 0) + 1)
    if limit is not None and org.logins[1] > limit:
        raise OAuthError(Refusal.TOO_MANY_LOGINS)


def _credentials(form: Mapping[str, str], authorization: str) -> tuple[str, str]:
    """Client id and secret, from the form or from HTTP basic authentication."""
    if authorization.startswith("Basic "):
        try:
            decoded = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        client_id, _, secret = decoded.partition(":")
        return client_id, secret
    return form.get("client_id", ""), form.get("client_secret", "")
