"""Where the bearer token of a connection comes from; the configured one is here, granted ones in granted.py."""

from collections import Counter
from dataclasses import dataclass
from typing import Protocol

from core.secrets import SecretText


class Tokens(Protocol):
    """The tokens of one connection; safe to share between threads."""

    def current(self) -> SecretText:
        """The token for the next call; may renew one that ends soon. Raises ConfigError, ReconnectNeeded."""

    def renewed(self, refused: SecretText) -> SecretText | None:
        """Another token in place of one that HubSpot refused; None where there is no other."""

    def scopes(self) -> set[str] | None:
        """What the token may do, where HubSpot tells it by OAuth."""

    def calls(self) -> Counter[str]:
        """Calls made for tokens, by operation."""


@dataclass(frozen=True, slots=True)
class StaticToken:
    """A service key, or the static token of an app: good until a person changes it."""

    token: SecretText

    def current(self) -> SecretText:
        """The token."""
        return self.token

    def renewed(self, refused: SecretText) -> SecretText | None:  # noqa: ARG002 the protocol's
        """There is no other."""
        return None

    def scopes(self) -> set[str] | None:
        """OAuth knows nothing of it."""
        return None

    def calls(self) -> Counter[str]:
        """None."""
        return Counter()
