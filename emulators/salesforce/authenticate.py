"""From a token to the user behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.salesforce.errors import invalid_session

if TYPE_CHECKING:
    from emulators.salesforce.org import Org

_SCHEMES = ("Bearer", "OAuth")


def bearer(authorization: str) -> str:
    """The token of an Authorization header, "" without one."""
    scheme, _, token = authorization.partition(" ")
    return token if scheme in _SCHEMES else ""


def user_of(org: Org, token: str) -> str:
    """The active user of a valid token. Raises INVALID_SESSION_ID."""
    settings = org.org_settings
    session = org.sessions.find(token, org.clock.now(), settings.session_seconds)
    if session is None or not settings.org_active:
        raise invalid_session()
    # Assumption: a user who is made inactive loses the sessions at once.
    if not (org.store.get("User", session.user_id) or {}).get("IsActive"):
        raise invalid_session()
    return session.user_id
