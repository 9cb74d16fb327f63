"""Control routes for what people do in HubSpot's screens and an API cannot."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulators.hubspot.portal import Portal

ControlHandler = Callable[["Portal", str, Any], Any]
"""Takes the portal, the method and the JSON body; the portal's lock is held."""


def _oauth(portal: Portal, method: str, body: dict[str, Any]) -> dict[str, Any]:
    """`{"uninstall": true}` ends all grants, `{"expire_tokens": true}` all access tokens."""
    if method == "POST" and body.get("uninstall"):
        portal.grants.uninstall()
    if method == "POST" and body.get("expire_tokens"):
        portal.grants.expire_access_tokens(portal.now_ms())
    grants = portal.grants
    return {"refresh_tokens": list(grants.refresh_tokens), "access_tokens": len(grants.access_tokens)}


CONTROL_ROUTES: dict[str, ControlHandler] = {"oauth": _oauth}
