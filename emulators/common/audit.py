"""The journal of requests an emulator received, in order of arrival.

An entry exists from the moment a request arrives; until it is answered its `status` is None. The last 10,000
entries are kept, the totals cover all.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from threading import Condition
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

KEPT_ENTRIES = 10_000

# A record id, a locator or a number in a path: totals are kept per kind of path, not per record.
_ID_SEGMENT = re.compile(r"(?<=/)(?:\d+|(?=[^/]*\d)[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?(?:-\d+)?)(?=/|$)")


@dataclass
class Entry:
    """One request. Sizes are bytes of the bodies; `status` 0 means the connection was lost unanswered.

    `headers` holds the request headers that the emulator notes, by their names, where they were sent.
    """

    number: int
    at: str
    method: str
    path: str
    query: str
    request_bytes: int
    status: int | None = None
    response_bytes: int | None = None
    milliseconds: float | None = None
    headers: dict[str, str] = field(default_factory=dict)


class Journal:
    """The requests since the last reset."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._entries: deque[Entry] = deque(maxlen=KEPT_ENTRIES)
        self._totals: Counter[tuple[str, str]] = Counter()
        self._statuses: Counter[int] = Counter()
        self._arrived = 0
        self._answered = 0

    def arrive(self, at: datetime, method: str, path: str, query: str, request_bytes: int) -> Entry:
        """Note a request that has just arrived and hand out its entry."""
        with self._changed:
            self._arrived += 1
            entry = Entry(self._arrived, at.isoformat(), method, path, query, request_bytes)
            self._entries.append(entry)
            self._totals[method, _ID_SEGMENT.sub("{id}", path)] += 1
            self._changed.notify_all()
            return entry

    def answer(self, entry: Entry, *, status: int, response_bytes: int, milliseconds: float) -> None:
        """Note how the request of `entry` ended."""
        with self._changed:
            entry.status = status
            entry.response_bytes = response_bytes
            entry.milliseconds = round(milliseconds, 3)
            self._answered += 1
            self._statuses[status] += 1
            self._changed.notify_all()

    def reset(self) -> None:
        """Forget everything; numbers start at 1 again."""
        with self._changed:
            self._entries.clear()
            self._totals.clear()
            self._statuses.clear()
            self._arrived = self._answered = 0

    def wait_for_arrival(self, number: int, timeout_seconds: float) -> bool:
        """Block until request `number` has arrived, answered or not. False when the time ran out."""
        with self._changed:
            return self._changed.wait_for(lambda: self._arrived >= number, timeout_seconds)

    def listing(self, since: int = 0) -> dict[str, Any]:
        """The entries with a number above `since`, oldest first, and how many are still open."""
        with self._changed:
            entries = [asdict(entry) for entry in self._entries if entry.number > since]
            return {"arrived": self._arrived, "open": self._arrived - self._answered, "requests": entries}

    def summary(self) -> dict[str, Any]:
        """Totals over all requests: in all, open, by method and path (ids as `{id}`), by status."""
        with self._changed:
            return {
                "total": self._arrived,
                "open": self._arrived - self._answered,
                "by_endpoint": {f"{method} {path}": n for (method, path), n in self._totals.most_common()},
                "by_status": {str(status): n for status, n in sorted(self._statuses.items())},
            }
