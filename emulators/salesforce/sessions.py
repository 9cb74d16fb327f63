"""Access tokens: issued, checked, expired."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Session:
    """A token's user and the time it was issued at."""

    user_id: str
    issued_at: datetime


class Sessions:
    """The tokens of one organisation."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}

    def issue(self, org_id: str, user_id: str, now: datetime) -> str:
        """A new token of the shape `<15-character org id>!<text>`."""
        token = f"{org_id[:15]}!AQ{secrets.token_urlsafe(60)}"
        self._sessions[token] = Session(user_id, now)
        return token

    def user_of(self, token: str, now: datetime, life_seconds: float | None) -> str | None:
        """The user of a valid token, else None."""
        session = self._sessions.get(token)
        if session is None:
            return None
        if life_seconds is not None and now - session.issued_at >= timedelta(seconds=life_seconds):
            return None
        return session.user_id

    def expire_all(self) -> None:
        """Make every token invalid."""
        self._sessions.clear()
