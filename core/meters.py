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


class Meter(Protocol):
    """Counts the calls to one portal, by bucket (each bucket has a limit of its own). No method waits."""

    def take(
        self, bucket: str, calls: int, allowed: Allowed, unused: Sequence[float] = ()
    ) -> Sequence[float]:
        """Reserve calls: seconds from now until each of them, soonest first.

        unused: what was reserved before and never made, by how many seconds ago it should have been.
        """

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

    def take(self, calls: int, allowed: Allowed, now: int, unused: Sequence[float] = ()) -> list[float]:
        """Reserve calls at the earliest instants that no window forbids; `now` in milliseconds."""
        window, part = round(allowed.seconds * 1000), max(1, round(allowed.seconds * 1000 / _SLICES))
        self._forget(now, window)
        for ago in unused:
            self._strike(now - round(ago * 1000), part)
        used = sum([count for _, count in self.entries])
        at = max(now, self.held_until, self.entries[-1][0] - part + 1 if self.entries else 0)
        found: list[float] = []
        for _ in range(calls):
            while used >= allowed.calls:
                oldest, count = self.entries.popleft()
                at, used = max(at, oldest + window), used - count
            self._note(at, part)
            found.append((at - now) / 1000)
            used += 1
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

    def _strike(self, at: int, part: int) -> None:
        """Take back a call that was noted at an instant."""
        for place in range(len(self.entries) - 1, -1, -1):
            end, calls = self.entries[place]
            if end < at + 2 * part:
                if calls > 1:
                    self.entries[place] = (end, calls - 1)
                else:
                    del self.entries[place]
                return

    def _note(self, at: int, part: int) -> None:
        """Count a call at the end of the part of the window that it is made in."""
        end, calls = -(-at // part) * part, 1
        if self.entries and self.entries[-1][0] == end:
            calls += self.entries.pop()[1]
        self.entries.append((end, calls))
