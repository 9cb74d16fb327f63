"""Looking at a connection without changing anything."""

from collections.abc import Iterator
from datetime import date, timedelta
from http import HTTPStatus

from connectors.hubspot import version, web_events
from connectors.hubspot.answers import server_time
from connectors.hubspot.check_properties import property_findings
from connectors.hubspot.client import Client
from connectors.hubspot.objects import OBJECT_TYPES
from connectors.hubspot.scopes import scope_findings
from connectors.hubspot.settings import HubspotSettings
from connectors.transport import Request
from core.changes import CheckReport, Finding
from core.errors import AuthError

_OPERATION = "check"
_WARN_FROM_SHARE = 0.7
_WARN_BEFORE = timedelta(days=180)


def portal_id(client: Client) -> str:
    """The account behind the token, by one call."""
    request = Request(_OPERATION, "GET", version.ACCOUNT_DETAILS)
    return str(client.read(request, client.call(request), "portalId")["portalId"])


def check(client: Client, settings: HubspotSettings) -> CheckReport:
    """What works and what does not; raises AuthError or TransientError where it cannot even ask."""
    request = Request(_OPERATION, "GET", version.ACCOUNT_DETAILS)
    response = client.call(request)
    details = client.read(request, response, "portalId")
    findings = [
        Finding("ok", "authentication", f"{settings.host} accepts the token."),
        _version(server_time(response).date()),
        *_scopes(client, settings),
        *property_findings(client, settings, _OPERATION),
        *_access(client),
        _web_events(client, settings),
        *_daily(client),
    ]
    org_id = str(details["portalId"])
    return CheckReport(
        org_id=org_id,
        org_name=f"HubSpot account {org_id}",
        api_version=version.API_VERSION,
        calls_left=_calls_left(client),
        findings=findings,
    )


def _version(today: date) -> Finding:
    message = f"API version {version.API_VERSION}, supported until {version.SUPPORTED_UNTIL}."
    if today > version.SUPPORTED_UNTIL - _WARN_BEFORE:
        return Finding("warning", "API version", message, "Update Shortlist before that day.")
    return Finding("ok", "API version", message)


def _scopes(client: Client, settings: HubspotSettings) -> Iterator[Finding]:
    """What the token may do, where HubSpot tells."""
    try:
        scopes = client.tokens.scopes() or _scopes_of_static(client)
    except AuthError:
        return
    if scopes is not None:
        yield from scope_findings(scopes, settings)


def _scopes_of_static(client: Client) -> set[str] | None:
    request = Request(
        _OPERATION, "POST", version.TOKEN_INFO, json={"tokenKey": client.tokens.current().plain()}
    )
    response = client.call(request)
    if response.status != HTTPStatus.OK:
        return None
    return {str(scope) for scope in client.read(request, response).get("scopes") or ()}


def _access(client: Client) -> Iterator[Finding]:
    """Read one record of each type and one list; a missing scope is a finding, the rest goes on."""
    for name in OBJECT_TYPES:
        request = Request(_OPERATION, "GET", version.objects(name), params={"limit": 1})
        yield _allowed(client, request, f"reading {name}")
    yield _allowed(client, Request(_OPERATION, "GET", version.OWNERS, params={"limit": 1}), "reading owners")
    body = {"listIds": [], "offset": 0, "count": 1, "processingTypes": [], "additionalProperties": []}
    yield _allowed(client, Request(_OPERATION, "POST", f"{version.LISTS}/search", json=body), "reading lists")


def _allowed(client: Client, request: Request, subject: str) -> Finding:
    try:
        client.ask(request)
    except AuthError as error:
        return Finding("problem", subject, str(error), "Add the scope to the key or app in HubSpot.")
    return Finding("ok", subject, "allowed")


def _web_events(client: Client, settings: HubspotSettings) -> Finding:
    """Whether page views and forms are read one by one, or by the counters of contacts."""
    if settings.web_events == "off":
        return Finding("ok", "web events", "off; counters of contacts tell of page views and forms")
    reason = web_events.refusal(client, settings.activities, _OPERATION)
    if reason is None:
        return Finding("ok", "web events", "each page view and form is read")
    return Finding(
        "ok", "web events", f"not available; counters of contacts tell of page views and forms ({reason})"
    )


def _daily(client: Client) -> Iterator[Finding]:
    """How much of the day is used, by everybody, where HubSpot tells."""
    daily, left = client.limits.daily, client.limits.daily_left
    if not daily or left is None:
        return
    used = 1 - left / daily
    message = f"{used:.0%} of the day's {daily:,} calls are used, by all tools together."
    if left <= daily * client.limits.reserve:
        advice = (
            "Nothing is read or written until midnight in the account's time zone (daily_reserve_percent)."
        )
        yield Finding("warning", "daily calls", message, advice)
    elif used >= _WARN_FROM_SHARE:
        yield Finding("warning", "daily calls", message, "Look which tool uses them.")


def _calls_left(client: Client) -> int | None:
    """Calls left today: from the headers, else from the usage report; None where HubSpot does not say."""
    if client.limits.daily_left is not None:
        return client.limits.daily_left
    request = Request(_OPERATION, "GET", version.DAILY_USAGE)
    try:
        response = client.call(request)
    except AuthError:
        return None
    if response.status != HTTPStatus.OK:
        return None
    usage = client.read(request, response).get("results") or ()
    left = [int(one["usageLimit"]) - int(one["currentUsage"]) for one in usage]
    return min(left, default=None)
