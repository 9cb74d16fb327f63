"""Who is calling which portal: account-info and the metadata of a token."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from emulators.hubspot.errors import not_found
from emulators.hubspot.http import Reply, Request, ok
from emulators.hubspot.scopes import granted

if TYPE_CHECKING:
    from emulators.hubspot.portal import Portal

_TOKEN_SECONDS = 1800


def get_details(portal: Portal, _request: Request) -> Reply:
    """GET /account-info/v3/details."""
    settings = portal.settings
    offset = portal.clock.now().astimezone(ZoneInfo(settings.time_zone)).utcoffset()
    seconds = int(offset.total_seconds()) if offset else 0
    hours, minutes = divmod(abs(seconds) // 60, 60)
    return ok(
        {
            "portalId": settings.portal_id,
            "accountType": "STANDARD",
            "timeZone": settings.time_zone,
            "companyCurrency": "USD",
            "additionalCurrencies": [],
            "utcOffset": f"{'-' if seconds < 0 else '+'}{hours:02}:{minutes:02}",
            "utcOffsetMilliseconds": seconds * 1000,
            "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "na1",
        }
    )


def get_private_token(portal: Portal, request: Request) -> Reply:
    """POST /oauth/v2/private-apps/get/access-token-info {tokenKey}: scopes of a private app's token."""
    scopes = portal.settings.tokens.get(str(request.object().get("tokenKey") or ""))
    if scopes is None:
        raise not_found("access token not found")  # Assumption: status and wording.
    settings = portal.settings
    return ok({"userId": 1, "hubId": settings.portal_id, "appId": settings.app_id, "scopes": granted(scopes)})


def get_token(portal: Portal, _request: Request, token: str) -> Reply:
    """GET /oauth/v1/access-tokens/{token}: portal, user and scopes; 404 for an unknown token."""
    scopes = portal.settings.tokens.get(token)
    if scopes is None:
        raise not_found("access token not found")  # Assumption: the wording.
    return ok(
        {
            "token": token,
            "user": "admin@example.com",
            "hub_domain": "demo.example.com",
            "scopes": granted(scopes),
            "signed_access_token": {},
            "hub_id": portal.settings.portal_id,
            "app_id": portal.settings.app_id,
            "expires_in": _TOKEN_SECONDS,
            "user_id": 1,
            "token_type": "access",
        }
    )
