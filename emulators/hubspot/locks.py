"""423 for many rapid writes to the same records, measured in real time like the other limits.

Documented: a lock lasts two seconds. Nothing is documented of how many writes are many: the setting
`lock_after_writes` says it, within one second.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from emulators.hubspot.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emulators.hubspot.settings import Settings

LOCK_SECONDS = 2.0
_WINDOW_SECONDS = 1.0
_LOCKED = 423
_FORGET_ABOVE = 100_000


class Locks:
    """The recent writes of each record, and the records that are locked."""

    def __init__(self) -> None:
        self._writes: dict[tuple[str, int], deque[float]] = {}
        self._locked_until: dict[tuple[str, int], float] = {}

    def count(self, settings: Settings, name: str, record_ids: Iterable[int]) -> None:
        """Count one write to each of these records. Raises the 423 when one is, or now becomes, locked."""
        most = settings.lock_after_writes
        if most is None:
            return
        now = time.monotonic()
        keys = [(name, record_id) for record_id in record_ids]
        if any(self._locked_until.get(key, 0.0) > now for key in keys):
            raise _locked()
        if len(self._writes) > _FORGET_ABOVE:
            self._writes.clear()
        for key in keys:
            recent = self._writes.setdefault(key, deque())
            while recent and recent[0] <= now - _WINDOW_SECONDS:
                recent.popleft()
            recent.append(now)
        for key in [key for key in keys if len(self._writes[key]) > most]:
            self._locked_until[key] = now + LOCK_SECONDS
            del self._writes[key]
        if any(self._locked_until.get(key, 0.0) > now for key in keys):
            raise _locked()


def _locked() -> ApiError:
    # Assumption: the body; no public one was found. That there is no Retry-After is an assumption too.
    message = "The records are locked by other writes. Wait at least 2 seconds before trying again."
    return ApiError(_LOCKED, message, category="LOCKED")
