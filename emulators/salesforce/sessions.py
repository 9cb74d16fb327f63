"""Access tokens: issued, checked, expired, revoked."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Session:
    """A token's user, the time it was issued at, and the app and grant behind it ("" without one)."""

    user_id: str
    issued_at: datetime
    client_id: str = ""
    scope: str = "api"
    grant_id: str = ""

    def ends_at(self, life_seconds: float | None) -> datetime | None:
        """When the token expires; None for never."""
        return None if life_seconds is None else self.issued_at + timedelta(seconds=life_seconds)


class Sessions:
    """The tokens of one organisation."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}

    def issue(self, org_id: str, session: Session) -> str:
        """A new token of the shape `<15-character org id>!<text>`."""
        token = f"{org_id[:15]}!AQ{secrets.token_urlsafe(60)}"
        self._sessions[token] = session
        return token

    def find(self, token: str, now: datetime, life_seconds: float | None) -> Session | None:
        """The session of a valid token, else None."""
        session = self._sessions.get(token)
        if session is None:
            return None
        end = session.ends_at(life_seconds)
        return None if end is not None and now >= end else session

    def revoke(self, token: str) -> bool:
        """Make one token invalid; say whether it was known."""
        return self._sessions.pop(token, None) is not None

    def revoke_grant(self, grant_id: str) -> None:
        """Make every token of a grant invalid."""
        for token in [token for token, session in self._sessions.items() if session.grant_id == grant_id]:
            del self._sessions[token]

    def expire_all(self) -> None:
        """Make every token invalid."""
        self._sessions.clear()
