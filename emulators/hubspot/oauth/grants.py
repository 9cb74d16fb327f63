"""Who may call the API: grants of OAuth, the tokens made from them, and the static tokens of the settings."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING
from uuid import uuid4

from emulators.hubspot.errors import ApiError
from emulators.hubspot.times import to_iso

if TYPE_CHECKING:
    from emulators.hubspot.settings import Settings

CODE_SECONDS = 600  # Assumption: the longest life RFC 6749 recommends; HubSpot names none.
_ACCESS_TOKEN_BYTES = 180


@dataclass(frozen=True)
class Caller:
    """Whose token a request carries. `is_app`: the app itself, not an account that installed it."""

    token: str
    scopes: list[str]
    app_id: int
    is_oauth: bool = False
    is_app: bool = False


@dataclass(frozen=True)
class Code:
    """An authorization code: good once, for the redirect address and challenge it was asked with."""

    redirect_uri: str
    challenge: str
    scopes: list[str]
    expires_ms: int


@dataclass(frozen=True)
class AccessToken:
    """A token of limited life; `refresh_token` is empty for one of client credentials."""

    caller: Caller
    refresh_token: str
    expires_ms: int


@dataclass
class Grants:
    """All that was granted in one portal."""

    codes: dict[str, Code] = field(default_factory=dict)
    refresh_tokens: dict[str, list[str]] = field(default_factory=dict)
    access_tokens: dict[str, AccessToken] = field(default_factory=dict)

    def new_code(self, redirect_uri: str, challenge: str, scopes: list[str], now_ms: int) -> str:
        """A code for a consent just given."""
        code = str(uuid4())
        self.codes[code] = Code(redirect_uri, challenge, scopes, now_ms + CODE_SECONDS * 1000)
        return code

    def new_refresh_token(self, scopes: list[str]) -> str:
        """A refresh token; it never changes until it is revoked (documented)."""
        token = f"na1-{uuid4()}"
        self.refresh_tokens[token] = scopes
        return token

    def new_access_token(
        self, scopes: list[str], refresh_token: str, settings: Settings, now_ms: int
    ) -> AccessToken:
        """A token for the account of a refresh token, or without one for the app itself."""
        text = secrets.token_urlsafe(_ACCESS_TOKEN_BYTES)
        caller = Caller(text, scopes, settings.app_id, is_oauth=True, is_app=not refresh_token)
        expires_ms = now_ms + int(settings.token_seconds * 1000)
        made = self.access_tokens[text] = AccessToken(caller, refresh_token, expires_ms)
        return made

    def revoke(self, refresh_token: str) -> None:
        """Forget a refresh token and the access tokens made from it.

        Assumption: the documentation names the refresh token only; access tokens end with it here.
        """
        self.refresh_tokens.pop(refresh_token, None)
        for text in [text for text, one in self.access_tokens.items() if one.refresh_token == refresh_token]:
            del self.access_tokens[text]

    def uninstall(self) -> None:
        """End every grant of the account, as when the app is uninstalled; the app's own tokens stay."""
        for refresh_token in list(self.refresh_tokens):
            self.revoke(refresh_token)

    def expire_access_tokens(self, now_ms: int) -> None:
        """Let every access token end now."""
        self.access_tokens = {
            text: AccessToken(one.caller, one.refresh_token, min(one.expires_ms, now_ms))
            for text, one in self.access_tokens.items()
        }

    def caller(self, token: str, settings: Settings, now_ms: int) -> Caller:
        """Whose token this is. Raises the recorded 401 for one that is unknown or expired."""
        if token in settings.tokens:
            return static_caller(token, settings)
        found = self.access_tokens.get(token)
        if found is None:
            raise ApiError(
                HTTPStatus.UNAUTHORIZED,
                "Authentication credentials not found.",
                category="INVALID_AUTHENTICATION",
            )
        if now_ms >= found.expires_ms:
            raise _expired(found.expires_ms, now_ms)
        return found.caller


def static_caller(token: str, settings: Settings) -> Caller:
    """The caller of a static token; `token_apps` says which app has it, else it is the portal's own."""
    return Caller(token, settings.tokens[token], settings.token_apps.get(token, settings.app_id))


def _expired(expires_ms: int, now_ms: int) -> ApiError:
    seconds = (now_ms - expires_ms) // 1000
    return ApiError(
        HTTPStatus.UNAUTHORIZED,
        f"The OAuth token used to make this call expired {seconds} second(s) ago.",
        category="EXPIRED_AUTHENTICATION",
        context={"expire time": [to_iso(expires_ms)]},
    )
