"""The web server flow's first half: a browser is sent here and sent back with a code.

There is no login page and no consent screen: the user is `login_hint`, or the integration user, and consents
unless the setting `deny_consent` is on.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from emulators.salesforce.call import Reply
from emulators.salesforce.grants import Code
from emulators.salesforce.oauth_error import OAuthError, Refusal
from emulators.salesforce.oauth_grants import find_user

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulators.salesforce.org import Org

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_NO_STORE = {"Cache-Control": "no-cache,no-store"}


def authorize(org: Org, args: Mapping[str, str]) -> Reply:
    """GET /services/oauth2/authorize: 302 to the redirect URI with `code` or `error`, and `state`.

    Raises OAuthError as long as it is not known that the redirect URI belongs to the app.
    """
    settings = org.org_settings
    if args.get("client_id") != settings.client_id:
        raise OAuthError(Refusal.UNKNOWN_CLIENT)
    redirect_uri = args.get("redirect_uri", "")
    if not _is_registered(redirect_uri, settings.redirect_uris):
        raise OAuthError(Refusal.WRONG_REDIRECT)
    state = {"state": args["state"]} if "state" in args else {}
    try:
        values = {"code": _code(org, args, redirect_uri)}
    except OAuthError as problem:
        values = problem.values()
    joint = "&" if "?" in redirect_uri else "?"
    location = f"{redirect_uri}{joint}{urlencode({**values, **state})}"
    return Reply(b"", HTTPStatus.FOUND, {**_NO_STORE, "Content-Type": "text/html", "Location": location})


def _code(org: Org, args: Mapping[str, str], redirect_uri: str) -> str:
    settings = org.org_settings
    if args.get("response_type") != "code":
        raise OAuthError(Refusal.WRONG_RESPONSE_TYPE)
    challenge = args.get("code_challenge", "")
    if settings.require_pkce and not challenge:
        raise OAuthError(Refusal.NO_CHALLENGE)
    if not settings.app_installed:
        raise OAuthError(Refusal.APP_NOT_FOUND)
    user_id = find_user(org, args["login_hint"]) if "login_hint" in args else org.integration_user_id
    if settings.deny_consent or user_id is None:
        raise OAuthError(Refusal.DENIED)
    scope = args.get("scope") or settings.scopes
    code = Code(user_id, settings.client_id, redirect_uri, scope, challenge, org.clock.now())
    return org.grants.add_code(code)


def _is_registered(redirect_uri: str, registered: list[str]) -> bool:
    """Whether the app knows the URI to the letter; an app without any takes every one of this machine."""
    if registered:
        return redirect_uri in registered
    return urlsplit(redirect_uri).hostname in _LOOPBACK
