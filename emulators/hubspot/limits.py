"""Rate limits: a rolling window per token, one second for searches of the portal, and a daily count.

The windows are measured in real time whatever the virtual clock says. The day is the clock's: it begins at midnight
in the portal's time zone (documented).
"""

from __future__ import annotations

import time
from collections import deque
from http import HTTPStatus
from typing import TYPE_CHECKING
from uuid import uuid4
from zoneinfo import ZoneInfo

from emulators.hubspot.errors import ApiError

if TYPE_CHECKING:
    from datetime import date, datetime

    from emulators.hubspot.oauth.grants import Caller
    from emulators.hubspot.settings import Settings

_SECONDLY_SHARE = 10  # recorded: 110 in ten seconds go with 11 "secondly", 100 with 10


class RequestLimits:
    """The requests of the recent past; refused ones do not count."""

    def __init__(self) -> None:
        self._bursts: dict[str, deque[float]] = {}
        self._searches: deque[float] = deque()
        self._day: date | None = None
        self._today = 0

    def take(self, settings: Settings, caller: Caller, at: datetime, *, is_search: bool) -> dict[str, str]:
        """Count a request and return its headers. Raises the 429 of the limit that is reached.

        A token of OAuth has no daily limit and no header that speaks of one (documented and recorded).
        """
        now = time.monotonic()
        daily = None if caller.is_oauth else settings.daily_limit
        self._refuse_daily(daily, at.astimezone(ZoneInfo(settings.time_zone)).date())
        if is_search:
            # Recorded: searches tell of the day, allowed or refused, and of no window; those of OAuth of neither.
            self._take_search(settings, now, _of_day(daily, self._today))
            self._today += not caller.is_oauth
            return _of_day(daily, self._today)
        limit = settings.oauth_burst_limit if caller.is_oauth else settings.burst_limit
        recent = self._bursts.setdefault(f"{caller.app_id}" if caller.is_oauth else caller.token, deque())
        _forget(recent, now - settings.burst_seconds)
        if settings.secondly_limit is not None:
            _refuse_secondly(settings.secondly_limit, caller, recent, now)
        if limit is not None and len(recent) >= limit:
            raise _burst_reached(caller, self._headers(settings, limit, daily, recent))
        recent.append(now)
        self._today += not caller.is_oauth
        return self._headers(settings, limit, daily, recent)

    def _refuse_daily(self, limit: int | None, day: date) -> None:
        if day != self._day:
            self._day, self._today = day, 0
        if limit is not None and self._today >= limit:
            raise ApiError(
                HTTPStatus.TOO_MANY_REQUESTS,
                "You have reached your daily limit.",
                errorType="RATE_LIMIT",
                policyName="DAILY",
                requestId=str(uuid4()),
            )

    def _take_search(self, settings: Settings, now: float, headers: dict[str, str]) -> None:
        _forget(self._searches, now - 1)
        if settings.search_per_second is not None and len(self._searches) >= settings.search_per_second:
            raise ApiError(
                HTTPStatus.TOO_MANY_REQUESTS,
                "You have reached your secondly limit.",
                headers=headers,
                category="RATE_LIMITS",
            )
        self._searches.append(now)

    def _headers(
        self, settings: Settings, limit: int | None, daily: int | None, recent: deque[float]
    ) -> dict[str, str]:
        headers = {}
        if limit is not None:
            secondly = max(1, limit // _SECONDLY_SHARE)
            second_ago = time.monotonic() - 1
            in_second = sum(1 for moment in recent if moment > second_ago)
            headers = {
                "X-HubSpot-RateLimit-Interval-Milliseconds": str(int(settings.burst_seconds * 1000)),
                "X-HubSpot-RateLimit-Max": str(limit),
                "X-HubSpot-RateLimit-Remaining": str(max(0, limit - len(recent))),
                "X-HubSpot-RateLimit-Secondly": str(secondly),
                "X-HubSpot-RateLimit-Secondly-Remaining": str(max(0, secondly - in_second)),
            }
        return {**headers, **_of_day(daily, self._today)}


def _of_day(limit: int | None, used: int) -> dict[str, str]:
    if limit is None:
        return {}
    return {
        "X-HubSpot-RateLimit-Daily": str(limit),
        "X-HubSpot-RateLimit-Daily-Remaining": str(max(0, limit - used)),
    }


def _refuse_secondly(limit: int, caller: Caller, recent: deque[float], now: float) -> None:
    """The older limit of one second, recorded in 2018; no portal of today has it unless a setting says so."""
    if sum(1 for moment in recent if moment > now - 1) >= limit:
        raise ApiError(
            HTTPStatus.TOO_MANY_REQUESTS,
            "You have reached your secondly limit.",
            errorType="RATE_LIMIT",
            groupName=f"publicapi:private-app-secondly:{caller.app_id}",
            policyName="SECONDLY",
            requestId=uuid4().hex,
        )


def _burst_reached(caller: Caller, headers: dict[str, str]) -> ApiError:
    # Assumption: the group names; recorded is that of the older API keys.
    kind = "oauth-app" if caller.is_oauth else "private-app"
    return ApiError(
        HTTPStatus.TOO_MANY_REQUESTS,
        "You have reached your ten_secondly_rolling limit.",
        headers=headers,
        errorType="RATE_LIMIT",
        policyName="TEN_SECONDLY_ROLLING",
        groupName=f"publicapi:{kind}-api-calls-ten-secondly:{caller.app_id}",
    )


def _forget(moments: deque[float], before: float) -> None:
    while moments and moments[0] <= before:
        moments.popleft()
