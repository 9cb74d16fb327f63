"""What an organisation may spend on calls, and how it says what was spent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.salesforce.errors import concurrent_limit_exceeded, request_limit_exceeded

if TYPE_CHECKING:
    from emulators.salesforce.org import Org

_SCATTER = 7919  # a prime, so that the sample is behind by another number each time


def count_call(org: Org) -> None:
    """Count one API call. Raises REQUEST_LIMIT_EXCEEDED when the day's or the long calls are used up."""
    settings = org.org_settings
    if org.used_calls >= settings.daily_limit:
        raise request_limit_exceeded()
    if settings.long_calls >= settings.long_call_limit:
        raise concurrent_limit_exceeded()
    org.calls += 1


def usage_header(org: Org) -> str:
    """The value of Sforce-Limit-Info: a sample that may be a few calls behind, and can therefore fall."""
    settings = org.org_settings
    behind = org.calls * _SCATTER % (settings.limit_info_lag + 1)
    usage = f"api-usage={max(org.used_calls - behind, 0)}/{settings.daily_limit}"
    if not settings.app_name:
        return usage
    mine = f"{max(org.calls - behind, 0)}/{settings.app_daily_limit}"
    return f"{usage}; per-app-api-usage={mine}(appName={settings.app_name})"
