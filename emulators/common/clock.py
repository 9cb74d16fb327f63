"""The one clock of an emulator: real time, shifted or stopped on request.

Nothing else in `emulators` reads the time, so a test that freezes the clock decides every timestamp.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TypedDict


class ClockState(TypedDict):
    """The clock as the control routes show it; `now` is ISO 8601 in UTC."""

    now: str
    frozen: bool
    offset_seconds: float


class VirtualClock:
    """A clock that runs with real time until it is frozen or advanced."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._frozen_at: datetime | None = None
        self._offset = timedelta(0)

    def now(self) -> datetime:
        """The current virtual instant, aware UTC."""
        with self._lock:
            return self._frozen_at or datetime.now(UTC) + self._offset

    def freeze(self, at: datetime) -> None:
        """Stop at `at` (aware); `advance` then moves the stopped clock."""
        if at.tzinfo is None:
            raise ValueError(f"{at.isoformat()} has no time zone")
        with self._lock:
            self._frozen_at = at.astimezone(UTC)

    def advance(self, seconds: float) -> None:
        """Move by `seconds`; a negative number moves back."""
        step = timedelta(seconds=seconds)
        with self._lock:
            if self._frozen_at is None:
                self._offset += step
            else:
                self._frozen_at += step

    def resume(self) -> None:
        """Run with real time again, without any shift."""
        with self._lock:
            self._frozen_at = None
            self._offset = timedelta(0)

    def state(self) -> ClockState:
        """What the clock says and whether it is frozen or shifted."""
        return {
            "now": self.now().isoformat(),
            "frozen": self._frozen_at is not None,
            "offset_seconds": self._offset.total_seconds(),
        }
