"""What users allowed apps: authorization codes, and the grants that live on refresh tokens."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

CODE_LIFE = timedelta(minutes=15)  # documentation of the web server flow


@dataclass(frozen=True)
class Code:
    """An authorization code: who allowed what to whom, and the PKCE challenge it was asked for with."""

    user_id: str
    client_id: str
    redirect_uri: str
    scope: str
    challenge: str
    issued_at: datetime


@dataclass
class Grant:
    """One user's permission for one app. `token` is the refresh token in force, `spent` those before it."""

    id: str
    user_id: str
    client_id: str
    scope: str
    token: str
    spent: set[str] = field(default_factory=set)


class Grants:
    """The codes and grants of one organisation."""

    def __init__(self) -> None:
        self._codes: dict[str, Code] = {}
        self._grants: dict[str, Grant] = {}

    def add_code(self, code: Code) -> str:
        """The text of a new code."""
        text = f"aPrx{secrets.token_urlsafe(40)}"
        self._codes[text] = code
        return text

    def take_code(self, text: str) -> Code | None:
        """The code behind a text, once; None for an unknown or used one."""
        return self._codes.pop(text, None)

    def open(self, user_id: str, client_id: str, scope: str) -> Grant:
        """A new grant with its first refresh token."""
        grant = Grant(secrets.token_hex(8), user_id, client_id, scope, _refresh_token())
        self._grants[grant.id] = grant
        return grant

    def find(self, refresh_token: str) -> Grant | None:
        """The grant a refresh token belongs to, in force or spent."""
        for grant in self._grants.values():
            if refresh_token == grant.token or refresh_token in grant.spent:
                return grant
        return None

    def rotate(self, grant: Grant) -> None:
        """Spend the refresh token in force and put a new one in its place."""
        grant.spent.add(grant.token)
        grant.token = _refresh_token()

    def close(self, grant: Grant) -> None:
        """End a grant: none of its refresh tokens works any more."""
        self._grants.pop(grant.id, None)

    def close_all(self) -> None:
        """End all grants and forget all codes."""
        self._grants.clear()
        self._codes.clear()


def _refresh_token() -> str:
    return f"5Aep861{secrets.token_urlsafe(56)}"
