"""Query locators: the rest of a result between two pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from emulators.salesforce.errors import SalesforceError
from emulators.salesforce.ids import mint

if TYPE_CHECKING:
    from emulators.salesforce.soql_run import Result

_PREFIX = "0r8"
# A cursor holds the ids of its whole result; Salesforce keeps more of them open than memory allows here.
_KEPT = 100


@dataclass
class Cursor:
    """An open result, the page size asked for, whose it is, and how many pages were handed out.

    `base` is the path of the API version that the query was sent to.
    """

    result: Result
    batch_size: int
    opened_at: datetime
    user_id: str = ""
    base: str = ""
    pages: int = 0


class Locators:
    """Open results by locator."""

    def __init__(self) -> None:
        self._cursors: dict[str, Cursor] = {}
        self._count = 0

    def open(self, cursor: Cursor) -> str:
        """Keep a result; return its 18-character locator."""
        self._count += 1
        while len(self._cursors) >= _KEPT:
            del self._cursors[next(iter(self._cursors))]
        locator = mint(_PREFIX, self._count)
        self._cursors[locator] = cursor
        return locator

    def find(self, text: str, now: datetime, life_seconds: float) -> tuple[str, Cursor, int]:
        """Locator, cursor and offset behind `<locator>-<offset>`. Raises INVALID_QUERY_LOCATOR."""
        locator, _, offset = text.partition("-")
        cursor = self._cursors.get(locator)
        expired = cursor is not None and now - cursor.opened_at > timedelta(seconds=life_seconds)
        if cursor is None or expired or not offset.isdigit():
            raise invalid_locator()
        return locator, cursor, int(offset)

    def expire_all(self) -> None:
        """Make every locator invalid."""
        self._cursors.clear()


def invalid_locator() -> SalesforceError:
    """The locator is unknown, expired or somebody else's."""
    # Assumption: the code is documented, the text is quoted in public reports.
    return SalesforceError("INVALID_QUERY_LOCATOR", "invalid query locator")
