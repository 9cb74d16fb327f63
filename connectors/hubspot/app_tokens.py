"""The token of the app itself (client credentials), which the Webhooks Journal asks for."""

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connectors.hubspot.oauth import OAuth
from core.secrets import SecretText

_EARLY = timedelta(seconds=60)


@dataclass
class AppTokens:
    """See connectors.hubspot.tokens.Tokens. Nothing is stored: the app can have a token whenever it asks."""

    oauth: OAuth
    wanted: Sequence[str]
    _held: tuple[SecretText, datetime] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def current(self) -> SecretText:
        """A token that is good for another minute at least."""
        with self._lock:
            if self._held is None or self.oauth.timing.now() >= self._held[1] - _EARLY:
                self._held = self.oauth.of_app(self.wanted)
            return self._held[0]

    def renewed(self, refused: SecretText) -> SecretText | None:
        """The next token."""
        with self._lock:
            if self._held is None or self._held[0] == refused:
                self._held = self.oauth.of_app(self.wanted)
            return self._held[0]

    def scopes(self) -> set[str] | None:
        """Those it asked for: HubSpot refuses to give fewer."""
        return set(self.wanted)

    def calls(self) -> Counter[str]:
        """Calls for tokens."""
        return Counter(self.oauth.transport.calls)
