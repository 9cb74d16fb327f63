"""OAuth: tokens for the client credentials grant, and who is behind a token."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from emulators.salesforce.call import Reply
from emulators.salesforce.times import to_wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulators.salesforce.org import Org

_LOGIN_HOST = "https://login.salesforce.com"


def token(org: Org, form: Mapping[str, str], authorization: str, host_url: str) -> Reply:
    """POST /services/oauth2/token."""
    if form.get("grant_type") != "client_credentials":
        return _error("unsupported_grant_type", "grant type not supported")
    client_id, secret = _credentials(form, authorization)
    if client_id != org.org_settings.client_id:
        return _error("invalid_client_id", "client identifier invalid")
    if not hmac.compare_digest(secret.encode(), org.org_settings.client_secret.encode()):
        return _error("invalid_client", "invalid client credentials")
    user_id = org.integration_user_id
    user = org.store.get("User", user_id) or {}
    if not user.get("IsActive"):
        return _error("inactive_user", "user is inactive")
    return Reply(_granted(org, user_id, secret, host_url))


def _granted(org: Org, user_id: str, secret: str, host_url: str) -> dict[str, Any]:
    now = org.clock.now()
    issued_at = str(int(now.timestamp() * 1000))
    identity = _identity(org, user_id)
    signed = hmac.new(secret.encode(), (identity + issued_at).encode(), hashlib.sha256).digest()
    return {
        "access_token": org.sessions.issue(org.org_settings.org_id, user_id, now),
        "signature": base64.b64encode(signed).decode(),
        "scope": "api",
        "instance_url": host_url,
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued_at,
    }


def userinfo(org: Org, user_id: str, host_url: str) -> Reply:
    """GET /services/oauth2/userinfo."""
    user = org.store.get("User", user_id) or {}
    data = f"{host_url}/services/data/v{{version}}"
    return Reply(
        {
            "sub": _identity(org, user_id),
            "user_id": user_id,
            "organization_id": org.org_settings.org_id,
            "preferred_username": user.get("Username"),
            "nickname": user.get("CommunityNickname"),
            "name": user.get("Name"),
            "email": user.get("Email"),
            "email_verified": True,
            "given_name": user.get("FirstName"),
            "family_name": user.get("LastName"),
            "zoneinfo": user.get("TimeZoneSidKey"),
            "urls": {
                "rest": f"{data}/",
                "sobjects": f"{data}/sobjects/",
                "query": f"{data}/query/",
                "custom_domain": host_url,
            },
            "active": user.get("IsActive", False),
            "user_type": "STANDARD",
            "language": user.get("LanguageLocaleKey"),
            "locale": user.get("LocaleSidKey"),
            "updated_at": user.get("SystemModstamp", to_wire(org.clock.now())),
        }
    )


def _identity(org: Org, user_id: str) -> str:
    return f"{_LOGIN_HOST}/id/{org.org_settings.org_id}/{user_id}"


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


def _error(code: str, description: str) -> Reply:
    return Reply({"error": code, "error_description": description}, HTTPStatus.BAD_REQUEST)
