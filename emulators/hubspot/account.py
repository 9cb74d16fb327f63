"""Which portal this is, and what a private app's token may do."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from emulators.hubspot import events
from emulators.hubspot.errors import not_found
from emulators.hubspot.http import NO_CONTENT, Reply, Request, ok
from emulators.hubspot.scopes import granted

if TYPE_CHECKING:
    from emulators.hubspot.portal import Portal


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


def uninstall(portal: Portal, _request: Request) -> Reply:
    """DELETE /appinstalls/v3/external-install: the app leaves the account, every grant of it ends."""
    portal.grants.uninstall()
    portal.note(events.UNINSTALL, "", 0)
    return NO_CONTENT
