"""When what describe answers changed last, for If-Modified-Since."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulators.salesforce.org import Org


class DescribeAge:
    """The moment of the last change, noticed when it is asked for."""

    def __init__(self) -> None:
        self._version: tuple[Any, ...] | None = None
        self._changed_at: datetime | None = None

    def changed_at(self, org: Org) -> datetime:
        """When fields or permissions were last seen to have changed, in whole seconds."""
        # Assumption: a change shows the moment it is first asked about, for all objects at once.
        version = org.access.version()
        if version != self._version or self._changed_at is None:
            self._version = version
            self._changed_at = org.clock.now().replace(microsecond=0)
        return self._changed_at
