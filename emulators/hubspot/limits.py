"""Rate limits, measured in real time whatever the virtual clock says.

A rolling window per token for ordinary requests, one second for searches of the portal, and a daily count.
"""

from __future__ import annotations

import time
from collections import deque
from http import HTTPStatus
from typing import TYPE_CHECKING
from uuid import uuid4

from emulators.hubspot.errors import ApiError

if TYPE_CHECKING:
    from emulators.hubspot.settings import Settings

_DAY_SECONDS = 86_400.0
_SECONDLY_SHARE = 10  # recorded: 110 in ten seconds go with 11 "secondly", 100 with 10


class RequestLimits:
    """The requests of the recent past; refused ones do not count.

    Assumption: a day is counted from the first request on; live portals begin one at midnight, their time.
    """

    def __init__(self) -> None:
        self._bursts: dict[str, deque[float]] = {}
        self._searches: deque[float] = deque()
        self._day_began = time.monotonic()
        self._today = 0

    def take(self, settings: Settings, token: str, *, is_search: bool) -> dict[str, str]:
        """Count a request and return its headers. Raises the 429 of the limit that is reached."""
        now = time.monotonic()
        self._take_daily(settings, now)
        if is_search:
            return self._take_search(settings, now)
        return self._take_burst(settings, token, now)

    def _take_daily(self, settings: Settings, now: float) -> None:
        if now - self._day_began >= _DAY_SECONDS:
            self._day_began, self._today = now, 0
        if settings.daily_limit is not None and self._today >= settings.daily_limit:
            raise ApiError(
                HTTPStatus.TOO_MANY_REQUESTS,
                "You have reached your daily limit.",
                errorType="RATE_LIMIT",
                policyName="DAILY",
                requestId=str(uuid4()),
            )
        self._today += 1

    def _take_search(self, settings: Settings, now: float) -> dict[str, str]:
        """Searches have no limit headers, allowed or refused (recorded)."""
        _forget(self._searches, now - 1)
        if settings.search_per_second is not None and len(self._searches) >= settings.search_per_second:
            self._today -= 1
            raise ApiError(
                HTTPStatus.TOO_MANY_REQUESTS,
                "You have reached your secondly limit.",
                category="RATE_LIMITS",
            )
        self._searches.append(now)
        return {}

    def _take_burst(self, settings: Settings, token: str, now: float) -> dict[str, str]:
        recent = self._bursts.setdefault(token, deque())
        _forget(recent, now - settings.burst_seconds)
        if settings.burst_limit is not None and len(recent) >= settings.burst_limit:
            self._today -= 1
            raise ApiError(
                HTTPStatus.TOO_MANY_REQUESTS,
                "You have reached your ten_secondly_rolling limit.",
                headers=self._headers(settings, recent, now),
                errorType="RATE_LIMIT",
                policyName="TEN_SECONDLY_ROLLING",
                groupName=f"publicapi:private-app-api-calls-ten-secondly:{settings.app_id}",
            )
        recent.append(now)
        return self._headers(settings, recent, now)

    def _headers(self, settings: Settings, recent: deque[float], now: float) -> dict[str, str]:
        headers = {}
        if settings.burst_limit is not None:
            secondly = max(1, settings.burst_limit // _SECONDLY_SHARE)
            in_second = sum(1 for moment in recent if moment > now - 1)
            headers = {
                "X-HubSpot-RateLimit-Interval-Milliseconds": str(int(settings.burst_seconds * 1000)),
                "X-HubSpot-RateLimit-Max": str(settings.burst_limit),
                "X-HubSpot-RateLimit-Remaining": str(max(0, settings.burst_limit - len(recent))),
                "X-HubSpot-RateLimit-Secondly": str(secondly),
                "X-HubSpot-RateLimit-Secondly-Remaining": str(max(0, secondly - in_second)),
            }
        if settings.daily_limit is not None:
            headers["X-HubSpot-RateLimit-Daily"] = str(settings.daily_limit)
            headers["X-HubSpot-RateLimit-Daily-Remaining"] = str(max(0, settings.daily_limit - self._today))
        return headers


def _forget(moments: deque[float], before: float) -> None:
    while moments and moments[0] <= before:
        moments.popleft()
