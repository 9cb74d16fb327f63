"""HubSpot's limits as its answers tell them: calls in ten seconds, searches a second, calls a day."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.pacing import LATE_SECONDS, Pacer
from connectors.transport import Request, Timing
from core.errors import QuotaExhausted
from core.meters import Allowed

_USABLE_SHARE = 0.995
BURST_LIMIT = 100
_BURST_SECONDS = 10.0
_SEARCH_SECONDS = 1.0
_ASK_AGAIN_SECONDS = 900.0
"""What an answer said of the day counts for so long; then one call is made to see."""
_WARN_AT = (90, 70)
_EXEMPT = frozenset({"check"})
"""Operations that may use the reserve: looking is how a person finds out."""


def usable(calls: int, seconds: float) -> Allowed:
    """What we make of a limit: a little less, over a little longer.

    HubSpot counts when a call arrives, we when it should leave.
    """
    return Allowed(max(1, int(calls * _USABLE_SHARE)), seconds + LATE_SECONDS)


def burst(calls: int | None) -> Allowed:
    """The limit of ten seconds until HubSpot tells it."""
    return usable(calls or BURST_LIMIT, _BURST_SECONDS)


def searches(calls: int) -> Allowed:
    """So many searches a second, over the same while longer, for the same reason. Whole calls: there are few."""
    return Allowed(calls, _SEARCH_SECONDS + LATE_SECONDS)


@dataclass(slots=True)
class Limits:
    """Keeps the pace in step with HubSpot's headers, and leaves a share of the day's calls to other tools.

    reserve: that share, 0 to 1. daily, daily_left: the day's calls and what is left of them, as the last answer
    said; None with OAuth, which has no daily limit.
    """

    pacer: Pacer
    timing: Timing
    reserve: float
    daily: int | None = None
    daily_left: int | None = None
    _told_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def learn(self, headers: Mapping[str, str]) -> None:
        """Take what an answer says of the limits; an answer without these headers says nothing."""
        most = _number(headers, "max")
        interval = _number(headers, "interval-milliseconds")
        if most is not None and interval:
            self.pacer.allowed = usable(most, interval / 1000)
        daily, left = _number(headers, "daily"), _number(headers, "daily-remaining")
        if left is not None:
            with self._lock:
                self.daily, self.daily_left = daily or self.daily, left
                self._told_at = self.timing.monotonic()

    def warnings(self) -> list[str]:
        """One sentence where 70 % of the day's calls are used, another from 90 % on."""
        with self._lock:
            daily, left = self.daily, self.daily_left
        if not daily or left is None:
            return []
        reached = [level for level in _WARN_AT if 100 * (daily - left) >= level * daily]
        words = (
            f"{daily - left:,} of the day's {daily:,} API calls of HubSpot are used, by all tools together"
        )
        return [f"{words}: more than {reached[0]} %."] if reached else []

    def admit(self, request: Request) -> None:
        """Raise QuotaExhausted where the call would use what is left for others."""
        with self._lock:
            daily, left = self.daily, self.daily_left
            if daily is None or left is None or request.operation in _EXEMPT or left > daily * self.reserve:
                return
            now = self.timing.monotonic()
            if now - self._told_at > _ASK_AGAIN_SECONDS:
                self._told_at = now
                return
        raise QuotaExhausted(
            f"{left:,} of the day's {daily:,} API calls are left in HubSpot, and {self.reserve:.0%} are kept for other "
            "tools (daily_reserve_percent). What was read and written stays; run the same command again after midnight "
            "in the account's time zone."
        )


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(f"x-hubspot-ratelimit-{name}", "")
    return int(text) if text.isascii() and text.isdigit() else None
