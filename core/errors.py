"""Errors, named by what the caller does next. Each message says what, where, and what to do."""

from datetime import timedelta


class ShortlistError(Exception):
    """Root of everything that Shortlist raises on purpose; shown to a person as one message."""


class ConfigError(ShortlistError):
    """Refuse to start: a person must change a file, a setting or the installation."""


class AuthError(ShortlistError):
    """Stop this connection and tell a person: the CRM refuses our credentials or permissions."""


class ReconnectNeeded(AuthError):
    """Stop this connection until a person runs `shortlist connect`: what is stored for it is worth nothing."""


class RateLimited(ShortlistError):
    """Wait, then try again. `retry_after` is None where the CRM does not say how long.

    is_shared: whether every call of the same limit must wait, not only this one.
    """

    def __init__(self, message: str, retry_after: timedelta | None = None, *, is_shared: bool = True) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.is_shared = is_shared


class QuotaExhausted(ShortlistError):
    """Stop cleanly and go on after the CRM's reset: the day's calls, or our share of them, are used up."""


class TransientError(ShortlistError):
    """Try again a bounded number of times: the network or the CRM failed for the moment."""


class RecordRejected(ShortlistError):
    """Quarantine the record and go on; the message is the CRM's own words."""


class ContractError(ShortlistError):
    """Stop and keep the cursor: the CRM answered something that we do not understand."""


class ListLost(ContractError):
    """Leave this target list alone, say so, and go on: it is gone, or its members are not ours to change any more."""


class SignatureError(ShortlistError):
    """Answer 401 and say nothing: a webhook is not what it claims to be."""


class GuardStopped(ShortlistError):
    """Stop before writing and ask a person: the plan moves more than the guards allow."""


class Busy(ShortlistError):
    """Come again soon: somebody else is working on the same connection or database."""


class Interrupted(ShortlistError):
    """Stop at the end of the page or batch: this process is to end, or has lost its lock. The work goes on later."""


class StorageFull(TransientError):
    """Begin nothing: the database has no room, so what we do could not be noted. It passes when there is room."""
