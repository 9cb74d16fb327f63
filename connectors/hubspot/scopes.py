"""The scopes that Shortlist needs, and what a token has."""

from collections.abc import Iterator

from connectors.hubspot.settings import HubspotSettings
from core.changes import Finding

NEEDED_SCOPES = frozenset(
    f"crm.{family}.{object_type}.{right}"
    for family, object_type, right in (
        ("objects", "companies", "read"),
        ("objects", "companies", "write"),
        ("objects", "contacts", "read"),
        ("objects", "contacts", "write"),
        ("objects", "deals", "read"),
        ("schemas", "companies", "read"),
        ("schemas", "companies", "write"),
        ("schemas", "contacts", "read"),
        ("schemas", "contacts", "write"),
        ("schemas", "deals", "read"),
    )
) | {"crm.lists.read", "crm.lists.write", "crm.objects.owners.read"}
"""Calls, meetings, e-mails, notes and tasks are read with the scopes of contacts."""
WEB_EVENTS_SCOPE = "business-intelligence"
EXPORT_SCOPE = "crm.export"
_IMPLIED_SCOPES = frozenset({"oauth"})


def optional_scopes(settings: HubspotSettings) -> frozenset[str]:
    """What the settings use and can do without: an account whose subscription lacks it is connected all the same."""
    uses = {WEB_EVENTS_SCOPE: settings.web_events == "auto", EXPORT_SCOPE: settings.export_above is not None}
    return frozenset(scope for scope, is_used in uses.items() if is_used)


def scope_findings(scopes: set[str], settings: HubspotSettings) -> Iterator[Finding]:
    """What is missing, and what could be taken away."""
    optional = optional_scopes(settings)
    missing = sorted(NEEDED_SCOPES - scopes)
    surplus = sorted(scopes - NEEDED_SCOPES - optional - _IMPLIED_SCOPES)
    if missing:
        advice = "Add them to the key or app in HubSpot; an app is then connected anew."
        yield Finding("problem", "scopes", f"The token lacks {', '.join(missing)}.", advice)
    else:
        yield Finding("ok", "scopes", "The token has every scope that is needed.")
    if EXPORT_SCOPE in optional - scopes:
        message = (
            f"The token lacks {EXPORT_SCOPE}, which export_above needs; large first loads are listed instead."
        )
        yield Finding(
            "warning", "scopes", message, "Add it to the key or app in HubSpot, or take out export_above."
        )
    if surplus:
        advice = "They can be taken from the key or app."
        yield Finding("ok", "surplus scopes", f"Not needed: {', '.join(surplus)}.", advice)
