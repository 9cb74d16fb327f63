"""The scopes that Shortlist needs, and what a token has."""

from collections.abc import Iterator

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
_OPTIONAL_SCOPES = frozenset({"business-intelligence"})
"""For web events."""
_IMPLIED_SCOPES = frozenset({"oauth"})


def scope_findings(scopes: set[str]) -> Iterator[Finding]:
    """What is missing, and what could be taken away."""
    missing = sorted(NEEDED_SCOPES - scopes)
    surplus = sorted(scopes - NEEDED_SCOPES - _OPTIONAL_SCOPES - _IMPLIED_SCOPES)
    if missing:
        advice = "Add them to the key or app in HubSpot; an app is then connected anew."
        yield Finding("problem", "scopes", f"The token lacks {', '.join(missing)}.", advice)
    else:
        yield Finding("ok", "scopes", "The token has every scope that is needed.")
    if surplus:
        advice = "They can be taken from the key or app."
        yield Finding("ok", "surplus scopes", f"Not needed: {', '.join(surplus)}.", advice)
