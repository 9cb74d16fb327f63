"""Which portal this is, and what a private app's token may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from emulators.hubspot import events
from emulators.hubspot.errors import not_found
from emulators.hubspot.http import NO_CONTENT, Reply, Request, ok
from emulators.hubspot.scopes import granted

if TYPE_CHECKING:
    from emulators.hubspot.portal import Portal
    from emulators.hubspot.schema import Schema

_NO_LIMIT = 1_000_000


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


def get_custom_property_limits(portal: Portal, _request: Request) -> Reply:
    """GET /crm/v3/limits/custom-properties: by object type, how many there may be and how many there are."""
    limit = portal.settings.custom_property_limit or _NO_LIMIT
    rows = [_custom_properties(schema, limit) for schema in portal.schemas.values()]
    # Assumption: the sum of the types; the documentation says "across all objects".
    used, most = sum(row["usage"] for row in rows), limit * len(rows)
    overall = {"overallLimit": most, "overallPercentage": 100 * used / most, "overallUsage": used}
    return ok({"byObjectType": rows, **overall})


def _custom_properties(schema: Schema, limit: int) -> dict[str, Any]:
    kind, used = schema.object_type, schema.custom_count()
    return {
        "limit": limit,
        "objectTypeId": kind.type_id,
        "percentage": 100 * used / limit,
        "pluralLabel": kind.name.capitalize(),
        "singularLabel": kind.singular.capitalize(),
        "usage": used,
    }


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
