"""Renewing a stored grant: one process at a time, and the new tokens stored before anybody uses them.

A CRM that rotates refresh tokens takes each of them once and revokes everything when one comes again. So the
renewal is noted before it is asked for (the lease), and whoever waited for it reads what it gave instead of
asking too. Only this module waits for a lease.
"""

from collections.abc import Callable
from dataclasses import dataclass

from connectors.transport import Timing
from core.errors import ReconnectNeeded, ShortlistError, TransientError
from core.grants import Grant, Held, Lease, Vault

EXCHANGE_TIMEOUT_SECONDS = (10, 30)
"""To connect and to read. Together well below the life of a lease (store.vault): who asks still holds it."""
_POLL_SECONDS = 0.25
_WAIT_SECONDS = 100.0
_KEEP_SECONDS = 60.0

Exchange = Callable[[Grant], Grant]
"""Asks the CRM for new tokens, once. Raises ReconnectNeeded where it refuses the grant for good."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """Renews the grant in a vault with a CRM's exchange."""

    vault: Vault
    exchange: Exchange
    timing: Timing

    def renewed(self, refused: Held) -> Held:
        """The grant after `refused`, whoever renewed it; raises what the exchange and the vault raise."""
        deadline = self.timing.monotonic() + _WAIT_SECONDS
        while True:
            held = self.vault.read()
            if held.generation != refused.generation:
                return held
            lease = self.vault.claim(held)
            if lease is not None:
                return self._renew(lease)
            if self.timing.monotonic() > deadline:
                raise TransientError(
                    f"Another process has been renewing the sign-in of {self.vault.connection} for too long."
                )
            self.timing.sleep(_POLL_SECONDS)

    def _renew(self, lease: Lease) -> Held:
        try:
            granted = self.exchange(lease.held.grant)
        except ReconnectNeeded as error:
            self.vault.stop(lease, f"{error}{_CUT_SHORT if lease.was_cut_short else ''}")
            raise
        except ShortlistError as error:
            # Of a lost answer nobody knows whether the CRM has done it; any other error is an answer.
            self.vault.release(lease, is_answered=not isinstance(error, TransientError))
            raise
        return self._kept(lease, granted)

    def _kept(self, lease: Lease, granted: Grant) -> Held:
        """Store the new tokens, again and again while the database is away: nobody else has them."""
        deadline = self.timing.monotonic() + _KEEP_SECONDS
        while True:
            try:
                return self.vault.keep(lease, granted)
            except TransientError:
                if self.timing.monotonic() > deadline:
                    raise
                self.timing.sleep(_POLL_SECONDS)


_CUT_SHORT = (
    " An earlier renewal was cut short before its answer could be kept, so the tokens that the CRM gave then "
    "are lost."
)
