"""What a CRM granted to a connection when a person signed in, and the vault that keeps it.

A connector never touches the store: it is built with a Vault, which speaks for its connection alone.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from core.secrets import SecretText


@dataclass(frozen=True, slots=True)
class Grant:
    """A stored sign-in. `host` is the base URL that granted it: no other one may see its tokens.

    instance_url: where the CRM says its access token is valid; empty where there is one address for all.
    expires_at: when the access token ends; None where the CRM does not say.
    """

    host: str
    org_id: str
    refresh_token: SecretText
    access_token: SecretText
    instance_url: str = ""
    user_id: str = ""
    scopes: tuple[str, ...] = ()
    expires_at: datetime | None = None


class Held(NamedTuple):
    """A grant as it is stored; each one that follows it has a higher generation."""

    grant: Grant
    generation: int


class Lease(NamedTuple):
    """The right to renew one grant, of one process for a short time.

    was_cut_short: an earlier renewal of the same grant was begun and its answer never kept.
    """

    owner: str
    held: Held
    was_cut_short: bool


class Vault(Protocol):
    """The stored sign-in of one connection. No method waits or calls a CRM."""

    @property
    def connection(self) -> str:
        """The connection's name, for messages."""

    def read(self) -> Held:
        """The stored grant.

        Raises ConfigError where there is none or it cannot be read, ReconnectNeeded where the CRM has
        refused it for good.
        """

    def claim(self, held: Held) -> Lease | None:
        """Note that the grant is about to be renewed; None where somebody else is at it or has done it."""

    def keep(self, lease: Lease, granted: Grant) -> Held:
        """Store what the renewal gave and end the lease, in one transaction.

        Only then may the new tokens be used. Gives the stored grant, which is another one where somebody
        stored a newer one meanwhile.
        """

    def release(self, lease: Lease, *, is_answered: bool) -> None:
        """End a lease that gave nothing. Without an answer the CRM may have renewed the grant all the same."""

    def stop(self, lease: Lease, reason: str) -> None:
        """Let nobody try this grant again until a person connects anew; `reason` is shown to them."""
