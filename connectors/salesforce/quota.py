"""The org's API calls of 24 hours: what is used, and the share that is left to the customer's other tools.

Salesforce tells with every answer (Sforce-Limit-Info); the number lags behind by some calls, so between two
answers our own calls are counted on.
"""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from connectors.salesforce.errors import NotAllowed
from core.errors import ContractError, QuotaExhausted

if TYPE_CHECKING:
    from connectors.salesforce.client import Call

_USAGE = re.compile(r"(?:^|[\s;,])api-usage=(\d+)/(\d+)")
_WARN_AT = (90, 70)
_LAG = 100
"""A sample that lies no more calls behind our own count is taken as late, a lower one as a new day."""
_FREE = ("log in", "check", "describe")
"""What a person needs to find out why nothing goes on; a handful of calls."""


@dataclass
class Quota:
    """What is known of an org's calls; safe to share between threads. maximum 0 means unknown yet."""

    reserve_percent: float = 20.0
    used: int = 0
    maximum: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def require(self, host: str, operation: str) -> None:
        """Raise QuotaExhausted where one more call would come out of the reserve."""
        with self._lock:
            most = int(self.maximum * (1 - self.reserve_percent / 100))
            if not self.maximum or self.used < most or operation in _FREE:
                return
            used, maximum = self.used, self.maximum
        raise QuotaExhausted(
            f"{host} ({operation}): {used:,} of the org's {maximum:,} API calls of the last 24 hours are used; the "
            f"rest is left to other tools (api_reserve_percent = {self.reserve_percent:g}). What was read and "
            "written stays; run it again later."
        )

    def note(self, headers: Mapping[str, str]) -> None:
        """Take in what an answer to one of our calls says."""
        told = _USAGE.search(headers.get("sforce-limit-info", ""))
        if told is None:
            return
        used, maximum = int(told[1]), int(told[2])
        with self._lock:
            counted = self.used + 1
            is_late = maximum == self.maximum and counted - _LAG <= used < counted
            self.used, self.maximum = counted if is_late else used, maximum

    def tell(self, left: int, maximum: int) -> None:
        """Take in what /limits says."""
        with self._lock:
            self.used, self.maximum = maximum - left, maximum

    @property
    def left(self) -> int | None:
        """Calls left today, the reserve included; None where Salesforce has not told yet."""
        with self._lock:
            return max(self.maximum - self.used, 0) if self.maximum else None

    def warnings(self) -> list[str]:
        """One sentence from 70 % on, another from 90 %."""
        with self._lock:
            share = 100 * self.used / self.maximum if self.maximum else 0.0
            reached = [level for level in _WARN_AT if share >= level]
            words = f"{self.used:,} of the org's {self.maximum:,} API calls of the last 24 hours are used"
        return [f"{words}, more than {reached[0]} %."] if reached else []


def ask_quota(call: "Call") -> bool:
    """Take in what /limits says; False where it is closed to us, so that only Sforce-Limit-Info tells.

    It needs View Setup and Configuration (documented), which a run-as user need not have.
    """
    try:
        limits = call.rest_object(["DailyApiRequests"], "limits")
    except NotAllowed:
        return False
    match limits["DailyApiRequests"]:
        case {"Remaining": int(left), "Max": int(maximum)}:
            call.wire.quota.tell(left, maximum)
            return True
    raise ContractError(f"{call.wire.host} tells the day's API calls in a form we do not know.")
