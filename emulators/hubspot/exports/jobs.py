"""Exports and their turns: thirty in 24 hours, one at a time, each with a file that can be fetched for five minutes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from emulators.hubspot.errors import ApiError
from emulators.hubspot.times import DAY_MS

if TYPE_CHECKING:
    from emulators.hubspot.object_types import ObjectType

MAX_IN_A_DAY = 30
FILE_MS = 300_000
_FIRST_ID = 100_001
_TOO_MANY_REQUESTS = 429


@dataclass
class Export:
    """One export. `record_ids` is what it covers; `file` is made when it is first wanted."""

    id: int
    body: dict[str, Any]
    object_type: ObjectType
    record_ids: list[int]
    requested_ms: int
    started_ms: int
    completed_ms: int
    file: bytes | None = None
    file_name: str = ""

    def status(self, now_ms: int) -> str:
        """PENDING while another runs, then PROCESSING, then COMPLETE."""
        if now_ms < self.started_ms:
            return "PENDING"
        return "PROCESSING" if now_ms < self.completed_ms else "COMPLETE"


@dataclass
class Exports:
    """All exports of a portal, by id."""

    by_id: dict[int, Export] = field(default_factory=dict)

    def start(
        self, body: dict[str, Any], object_type: ObjectType, record_ids: list[int], now_ms: int, run_ms: int
    ) -> Export:
        """Take an export; it begins when those before it are done. Raises a 429 for the 31st of a day."""
        recent = [one for one in self.by_id.values() if one.requested_ms > now_ms - DAY_MS]
        if len(recent) >= MAX_IN_A_DAY:
            # Documented: the number. Assumption: status and wording.
            message = f"You have reached the limit of {MAX_IN_A_DAY} exports in 24 hours."
            raise ApiError(_TOO_MANY_REQUESTS, message, category="RATE_LIMITS")
        started_ms = max([now_ms, *(one.completed_ms for one in self.by_id.values())])
        number = _FIRST_ID + len(self.by_id)
        made = Export(number, body, object_type, record_ids, now_ms, started_ms, started_ms + run_ms)
        self.by_id[number] = made
        return made
