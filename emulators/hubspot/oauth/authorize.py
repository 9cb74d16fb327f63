"""GET /oauth/authorize: the consent screen of app.hubspot.com, with a person who decides at once.

The setting `consent` says what the person answers. A request the screen cannot show ends on an error page, never in
a redirect.
"""

from __future__ import annotations

from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from emulators.hubspot.http import Reply, Request
from emulators.hubspot.scopes import granted
from emulators.hubspot.settings import ALL_SCOPES

if TYPE_CHECKING:
    from emulators.hubspot.portal import Portal

ALLOW = "allow"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def authorize(portal: Portal, request: Request) -> Reply:
    """302 to the redirect address with `code` and `state`, or with `error` when the person declines."""
    problem = _problem(portal, request)
    if problem:
        return _page(problem)
    redirect_uri = request.argument("redirect_uri")
    state = {"state": request.argument("state")} if "state" in request.query else {}
    if portal.settings.consent != ALLOW:
        # Assumption: the answer of RFC 6749; HubSpot documents none.
        refusal = {"error": "access_denied", "error_description": "The user denied the request"}
        return _redirect(redirect_uri, {**refusal, **state})
    code = portal.grants.new_code(
        redirect_uri, request.argument("code_challenge"), _scopes(portal, request), portal.now_ms()
    )
    return _redirect(redirect_uri, {"code": code, **state})


def _problem(portal: Portal, request: Request) -> str:
    """Why no consent can be asked for; empty when it can. Assumption: the wordings but the second."""
    settings = portal.settings
    redirect_uri = request.argument("redirect_uri")
    if request.argument("client_id") != settings.client_id:
        return "The client_id is missing or belongs to no app."
    known = redirect_uri in settings.redirect_uris if settings.redirect_uris else _is_allowed(redirect_uri)
    if not known:
        return "The redirect_uri doesn't match the client registered redirect_uri."
    asked = _asked(request, "scope")
    missing = [name for name in asked if name in settings.ungranted_scopes]
    if not asked or missing:
        return f"Your account cannot grant these scopes: {' '.join(missing) or 'none were asked for'}."
    return ""


def _is_allowed(redirect_uri: str) -> bool:
    """Without registered addresses: https anywhere, http on this machine only (documented)."""
    parts = urlsplit(redirect_uri)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _scopes(portal: Portal, request: Request) -> list[str]:
    """What the account grants: every scope asked for, of the optional ones those it can grant."""
    optional = [
        name for name in _asked(request, "optional_scope") if name not in portal.settings.ungranted_scopes
    ]
    asked = list(dict.fromkeys([*_asked(request, "scope"), *optional]))
    return granted(asked) if ALL_SCOPES in asked else asked


def _asked(request: Request, name: str) -> list[str]:
    return request.argument(name).replace(",", " ").split()


def _redirect(redirect_uri: str, answer: dict[str, str]) -> Reply:
    joint = "&" if urlsplit(redirect_uri).query else "?"
    return Reply(HTTPStatus.FOUND, None, {"Location": f"{redirect_uri}{joint}{urlencode(answer)}"})


def _page(problem: str) -> Reply:
    text = f"<!doctype html><title>HubSpot</title><h1>Couldn't complete the connection</h1><p>{escape(problem)}</p>"
    return Reply(HTTPStatus.BAD_REQUEST, text.encode(), {"Content-Type": "text/html;charset=utf-8"})
