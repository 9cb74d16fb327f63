"""What happens in a portal, as webhooks and the journal tell it: plain facts with their source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CREATION, DELETION, MERGE, RESTORE = "creation", "deletion", "merge", "restore"
PROPERTY_CHANGE, ASSOCIATION_CHANGE = "propertyChange", "associationChange"
PRIVACY_DELETION = "privacyDeletion"
# These two are told by the journal only.
MEMBERSHIP, UNINSTALL = "membership", "uninstall"


@dataclass(frozen=True, slots=True)
class Source:
    """Who made a change: `INTEGRATION` with the app's id, `CRM_UI` with `userId:…`, and so on (recorded)."""

    name: str
    id: str


UI = Source("CRM_UI", "userId:1")


def of_app(app_id: int) -> Source:
    """The source of a change made with a token of this app."""
    return Source("INTEGRATION", str(app_id))


@dataclass(frozen=True, slots=True)
class Event:
    """One fact.

    `details` depend on `kind`:

    - propertyChange: name, value (empty: cleared)
    - merge: primary, merged (ids), new (id of the survivor), moved (number of properties)
    - associationChange: to_name, to_id, type_id, removed, primary
    - membership: list_id, removed
    """

    kind: str
    object_name: str
    object_id: int
    occurred_ms: int
    source: Source
    details: Mapping[str, Any] = field(default_factory=dict)
