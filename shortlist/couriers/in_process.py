"""The embedded courier: threads of this process. One job at a time for each connection, in the order of asking."""

import threading
import time
from dataclasses import dataclass, field

from shortlist.couriers.courier import Do, scope_of

_ALL = None
"""The scope of what touches every connection."""


@dataclass
class InProcess:
    """See Courier. Keys wait in order; one whose connection is in use is overtaken only by those of others."""

    _waiting: dict[str, None] = field(default_factory=dict)
    _running: set[str] = field(default_factory=set)
    _threads: list[threading.Thread] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _is_stopped: bool = False

    def send(self, key: str) -> None:
        """See Courier."""
        with self._changed:
            self._waiting.setdefault(key)
            self._changed.notify()

    def start(self, do: Do, workers: int) -> None:
        """See Courier."""
        for number in range(workers):
            # As daemons: what does not end in time ends with the process, as if it were killed.
            thread = threading.Thread(target=self._work, args=(do,), name=f"worker-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self, seconds: float) -> bool:
        """See Courier."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def others(self) -> int:
        """See Courier."""
        return 0

    def trouble(self) -> str | None:
        """See Courier."""
        dead = sum(not thread.is_alive() for thread in self._threads)
        return (
            f"{dead} of {len(self._threads)} workers have stopped" if dead and not self._is_stopped else None
        )

    def _work(self, do: Do) -> None:
        while (key := self._next()) is not None:
            try:
                do(key)
            finally:
                with self._changed:
                    self._running.discard(key)
                    self._changed.notify_all()

    def _next(self) -> str | None:
        with self._changed:
            while not self._is_stopped:
                key = self._free()
                if key is not None:
                    del self._waiting[key]
                    self._running.add(key)
                    return key
                self._changed.wait()
        return None

    def _free(self) -> str | None:
        """The first that waits and collides neither with what runs nor with what waits before it."""
        taken = {scope_of(key) for key in self._running}
        for key in self._waiting:
            scope = scope_of(key)
            if not (taken if scope is _ALL else taken & {scope, _ALL}):
                return key
            taken.add(scope)
        return None
