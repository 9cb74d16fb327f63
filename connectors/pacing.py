"""Waiting for a rate limit that is shared: by the threads of this process, and through a meter by all processes.

Calls are taken from the meter in small portions, the larger the busier we are, so that it is not asked for each. What
is reserved and then not made in time is given back with the next portion.
"""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.transport import Timing
from core.errors import TransientError
from core.meters import Allowed, CallLog, Meter

_PORTION_SECONDS = 0.5
"""A portion is what the limit allows in this time, at most."""
_LARGEST_PORTION = 50
_LEARNING = 0.1
LATE_SECONDS = 0.1
"""A reserved call that was not made so long after its instant is given back; a window must be so much longer."""


@dataclass(slots=True)
class LocalMeter:
    """See core.meters.Meter: the meter of one process, by the transport's own clock."""

    timing: Timing
    _logs: dict[str, CallLog] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(
        self, bucket: str, calls: int, allowed: Allowed, unused: Sequence[float] = ()
    ) -> Sequence[float]:
        """Reserve calls."""
        with self._lock:
            return self._logs.setdefault(bucket, CallLog()).take(calls, allowed, self._now(), unused)

    def hold(self, bucket: str, seconds: float) -> None:
        """Hold everybody back."""
        with self._lock:
            self._logs.setdefault(bucket, CallLog()).hold(seconds, self._now())

    def _now(self) -> int:
        return round(self.timing.monotonic() * 1000)


@dataclass(slots=True)
class Pacer:
    """One bucket's limit: `wait` returns when one more call may be made. `allowed` may be changed at any time.

    A meter that cannot be reached stops nobody: this process then counts for itself.
    """

    bucket: str
    allowed: Allowed
    meter: Meter
    timing: Timing
    _slots: deque[float] = field(default_factory=deque)
    _unused: list[float] = field(default_factory=list)
    _portion: int = 1
    _asked_at: float | None = None
    _apart: float = 0.0
    _held_until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _own: Meter = field(init=False)

    def __post_init__(self) -> None:
        self._own = LocalMeter(self.timing)

    def wait(self) -> None:
        """Return when one more call may be made, and count it."""
        while True:
            at = self._next()
            pause = at - self.timing.monotonic()
            if pause > 0:
                self.timing.sleep(pause)
            # While we slept, another thread may have been refused for its rate.
            if at >= self._held_until:
                return

    def hold(self, seconds: float) -> None:
        """Let no call be made for so long, by any thread or process."""
        with self._lock:
            self._held_until = max(self._held_until, self.timing.monotonic() + seconds)
            self._slots.clear()
        self._own.hold(self.bucket, seconds)
        try:
            self.meter.hold(self.bucket, seconds)
        except TransientError:
            return

    def _next(self) -> float:
        """The instant of the next reserved call, by the transport's clock."""
        with self._lock:
            now = self.timing.monotonic()
            self._observe(now)
            while self._slots and self._slots[0] < now - LATE_SECONDS:
                self._unused.append(self._slots.popleft())
                self._portion = 1
            if not self._slots:
                waits = self._taken(now)
                self._slots.extend(max(now + wait, self._held_until) for wait in waits)
                self._portion = self._next_portion(waits[0])
            return self._slots.popleft()

    def _next_portion(self, wait: float) -> int:
        """As many calls as we make in time: where we must wait for them, none of them comes too late."""
        most = max(
            1, min(_LARGEST_PORTION, int(self.allowed.calls / self.allowed.seconds * _PORTION_SECONDS))
        )
        if wait > 0:
            return min(2 * self._portion, most)
        return min(most, 1 + int(LATE_SECONDS / 2 / max(self._apart, 0.001)))

    def _observe(self, now: float) -> None:
        """Learn how far apart our calls are."""
        if self._asked_at is not None:
            gap = min(now - self._asked_at, 1.0)
            self._apart += (gap - self._apart) * _LEARNING
        self._asked_at = now

    def _taken(self, now: float) -> Sequence[float]:
        unused = [now - at for at in self._unused]
        self._unused.clear()
        try:
            return self.meter.take(self.bucket, self._portion, self.allowed, unused)
        except TransientError:
            return self._own.take(self.bucket, self._portion, self.allowed)
