"""The grant types of the token endpoint: from the form of a request to whom a token is for."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulators.salesforce.grants import CODE_LIFE, Grant
from emulators.salesforce.oauth_error import OAuthError, Refusal
from emulators.salesforce.oauth_jwt import check_claims, read_assertion

if TYPE_CHECKING:
    from emulators.salesforce.org import Org

REFRESH_SCOPES = frozenset({"refresh_token", "offline_access", "full"})


@dataclass(frozen=True)
class Granted:
    """Whom a token is for. `refresh_token` is handed out with it; "" for none."""

    user_id: str
    scope: str
    grant_id: str = ""
    refresh_token: str = ""


@dataclass(frozen=True)
class TokenRequest:
    """A request for a token: the client that asks, its form, and whether it came to a login host."""

    org: Org
    client_id: str
    secret: str
    form: Mapping[str, str]
    on_login_host: bool


def client_credentials(request: TokenRequest) -> Granted:
    """The user the app runs as. Only a My Domain host offers this grant (documentation of the flow)."""
    if request.on_login_host:
        raise OAuthError(Refusal.WRONG_HOST)
    check_client(request, secret_needed=True)
    return Granted(request.org.integration_user_id, "api")


def jwt_bearer(request: TokenRequest) -> Granted:
    """The user an assertion names, when an administrator or the user approved the app."""
    org = request.org
    claims = read_assertion(request.form.get("assertion", ""), org.org_settings.certificate)
    if claims.get("iss") != org.org_settings.client_id:
        raise OAuthError(Refusal.UNKNOWN_CLIENT)
    check_claims(claims, {login_host(org)}, org.clock.now())
    username = str(claims.get("sub", ""))
    user_id = find_user(org, username)
    if user_id is None or username in org.org_settings.unapproved_users:
        raise OAuthError(Refusal.NOT_APPROVED)
    return Granted(user_id, org.org_settings.scopes)


def password(request: TokenRequest) -> Granted:
    """The user of a name and a password."""
    check_client(request, secret_needed=True)
    user_id = check_password(request.org, request.form.get("username", ""), request.form.get("password", ""))
    if user_id is None:
        raise OAuthError(Refusal.WRONG_PASSWORD)
    return Granted(user_id, "api")


def authorization_code(request: TokenRequest) -> Granted:
    """The user who sent a code; with a scope of `refresh_token` a grant is opened."""
    org, form = request.org, request.form
    check_client(request, secret_needed=org.org_settings.require_secret)
    code = org.grants.take_code(form.get("code", ""))
    if code is None or code.client_id != request.client_id:
        raise OAuthError(Refusal.UNKNOWN_CODE)
    if org.clock.now() - code.issued_at > CODE_LIFE:
        raise OAuthError(Refusal.EXPIRED_CODE)
    if code.redirect_uri != form.get("redirect_uri"):
        raise OAuthError(Refusal.WRONG_REDIRECT)
    if code.challenge and code.challenge != _challenge(form.get("code_verifier", "")):
        raise OAuthError(Refusal.WRONG_VERIFIER)
    if not REFRESH_SCOPES & set(code.scope.split()):
        return Granted(code.user_id, code.scope)
    grant = org.grants.open(code.user_id, code.client_id, code.scope)
    return Granted(code.user_id, code.scope, grant.id, grant.token)


def refresh_token(request: TokenRequest) -> Granted:
    """The user of a refresh token.

    With rotation each one works once and brings the next; one that comes a second time was stolen or lost,
    and ends the grant with all its tokens (documentation of refresh token rotation).
    """
    org = request.org
    check_client(request, secret_needed=org.org_settings.require_secret)
    token = request.form.get("refresh_token", "")
    grant = org.grants.find(token)
    if grant is None or grant.client_id != request.client_id:
        raise OAuthError(Refusal.EXPIRED_TOKEN)
    if token in grant.spent:
        end_grant(org, grant)
        raise OAuthError(Refusal.EXPIRED_TOKEN)
    if not org.org_settings.rotate_refresh_tokens:
        return Granted(grant.user_id, grant.scope, grant.id)
    org.grants.rotate(grant)
    return Granted(grant.user_id, grant.scope, grant.id, grant.token)


def end_grant(org: Org, grant: Grant) -> None:
    """End a grant and every access token that came from it."""
    org.grants.close(grant)
    org.sessions.revoke_grant(grant.id)


def check_client(request: TokenRequest, *, secret_needed: bool) -> None:
    """Raise OAuthError unless the client is the app, with its secret where one is needed or given."""
    settings = request.org.org_settings
    if request.client_id != settings.client_id:
        raise OAuthError(Refusal.UNKNOWN_CLIENT)
    if (secret_needed or request.secret) and not hmac.compare_digest(
        request.secret.encode(), settings.client_secret.encode()
    ):
        raise OAuthError(Refusal.WRONG_SECRET)


def check_password(org: Org, username: str, given: str) -> str | None:
    """The user of a name and a password (with the security token behind it or not), else None."""
    known = org.org_settings.password
    if given not in (known, known + org.org_settings.security_token):
        return None
    return find_user(org, username)


def find_user(org: Org, username: str) -> str | None:
    """The id of a user by name."""
    rows = org.store.tables["User"].lookup("Username", [username])
    return str(rows[0]["Id"]) if rows else None


def login_host(org: Org) -> str:
    """The login host of the organisation's kind: what assertions are addressed to and identities start with."""
    return f"https://{'test' if org.org_settings.is_sandbox else 'login'}.salesforce.com"


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


GRANT_TYPES: dict[str, Callable[[TokenRequest], Granted]] = {
    "client_credentials": client_credentials,
    "urn:ietf:params:oauth:grant-type:jwt-bearer": jwt_bearer,
    "password": password,
    "authorization_code": authorization_code,
    "refresh_token": refresh_token,
}
