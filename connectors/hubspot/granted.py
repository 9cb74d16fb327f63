"""The access tokens of a person's sign-in, which the vault keeps for all processes together."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from connectors.hubspot.oauth import OAuth
from connectors.renewal import Renewal
from connectors.transport import Timing
from core.errors import ConfigError
from core.grants import Held, Vault
from core.secrets import SecretText

_EARLY = timedelta(seconds=60)
"""A token is renewed so long before its end, rather than refused."""


@dataclass
class GrantedTokens:
    """See connectors.hubspot.tokens.Tokens."""

    vault: Vault
    oauth: OAuth
    timing: Timing
    _held: Held | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._renewal = Renewal(self.vault, self.oauth.refreshed, self.timing)

    def current(self) -> SecretText:
        """The stored token, or the next one where it ends within a minute."""
        with self._lock:
            held = self._held or self._checked(self.vault.read())
            ends = held.grant.expires_at
            if ends is not None and self.timing.now() >= ends - _EARLY:
                held = self._renewal.renewed(held)
            self._held = held
            return held.grant.access_token

    def renewed(self, refused: SecretText) -> SecretText | None:
        """The next token, whoever renewed it."""
        with self._lock:
            held = self._held or self._checked(self.vault.read())
            if held.grant.access_token == refused:  # else another thread has renewed it already
                held = self._renewal.renewed(held)
            self._held = held
            return held.grant.access_token

    def scopes(self) -> set[str] | None:
        """By introspection."""
        return self.oauth.scopes(self.current())

    def calls(self) -> Counter[str]:
        """Refreshes and introspections."""
        return Counter(self.oauth.transport.calls)

    def _checked(self, held: Held) -> Held:
        """Refuse tokens of another host before they are sent there."""
        if held.grant.host != self.oauth.settings.base:
            raise ConfigError(
                f"The stored sign-in is of {held.grant.host}, base_url is {self.oauth.settings.base}. Set it "
                f"back, or run `shortlist connect {self.vault.connection}` for the new address."
            )
        return held
