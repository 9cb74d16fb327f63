"""How many calls a CRM allows in a time, counted for everybody who shares its limit.

The limit is a rolling window (HubSpot: so many calls in any ten seconds), so what counts is when calls are made. A
call is reserved for an instant, which may lie ahead; whoever reserved it makes it then.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

_SLICES = 400
"""Parts of a window that calls are counted by; each is a quarter of a percent of it."""
_LONGEST_HOLD_MS = 120_000


class Allowed(NamedTuple):
    """At most so many calls in any so many seconds."""

    calls: int
    seconds: float


class Slots(NamedTuple):
    """So many calls that may be made from an instant on; `wait_seconds` counts from when they were reserved."""

    wait_seconds: float
    calls: int


class Meter(Protocol):
    """Counts the calls to one portal, by bucket (each bucket has a limit of its own). No method waits."""

    def take(self, bucket: str, calls: int, allowed: Allowed) -> Sequence[Slots]:
        """Reserve calls, soonest first. What is not made within a moment of its instant is lost, not kept."""

    def hold(self, bucket: str, seconds: float) -> None:
        """Give nobody an instant before so many seconds from now: the CRM has refused one of us."""


@dataclass(slots=True)
class CallLog:
    """The calls of the last window and those reserved ahead, as (milliseconds, calls), oldest first."""

    entries: deque[tuple[int, int]] = field(default_factory=deque)
    held_until: int = 0

    @classmethod
    def of(cls, entries: Iterable[Sequence[int]], held_until: int) -> "CallLog":
        """A log from plain values."""
        return cls(deque((int(at), int(calls)) for at, calls in entries), held_until)

    def take(self, calls: int, allowed: Allowed, now: int) -> list[Slots]:
        """Reserve so many calls at the earliest instants that no window forbids; `now` in milliseconds."""
        window, part = round(allowed.seconds * 1000), max(1, round(allowed.seconds * 1000 / _SLICES))
        self._forget(now, window)
        used = sum(count for _, count in self.entries)
        at = max(now, self.held_until, self.entries[-1][0] - part + 1 if self.entries else 0)
        found: list[Slots] = []
        while calls:
            while used >= allowed.calls:
                oldest, count = self.entries.popleft()
                at, used = max(at, oldest + window), used - count
            some = min(calls, allowed.calls - used)
            self._note(at, some, part)
            found.append(Slots((at - now) / 1000, some))
            used, calls = used + some, calls - some
        return found

    def hold(self, seconds: float, now: int) -> None:
        """Reserve nothing before so many seconds from now."""
        self.held_until = max(self.held_until, now + round(seconds * 1000))

    def _forget(self, now: int, window: int) -> None:
        """Drop what has left the window; and everything where the clock must have been turned back."""
        latest = max(self.held_until, self.entries[-1][0] if self.entries else 0)
        if latest > now + _LONGEST_HOLD_MS + 2 * window:
            self.entries.clear()
            self.held_until = 0
        while self.entries and self.entries[0][0] + window <= now:
            self.entries.popleft()

    def _note(self, at: int, calls: int, part: int) -> None:
        """Count calls at the end of the part of the window that they are made in."""
        end = -(-at // part) * part
        if self.entries and self.entries[-1][0] == end:
            calls += self.entries.pop()[1]
        self.entries.append((end, calls))
