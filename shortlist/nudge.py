"""New hints, made into a job at once: however many deliveries come, the job is asked for a few times a second."""

import logging
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from core.errors import TransientError

_LOG = logging.getLogger("shortlist.nudge")
_REST_SECONDS = 0.1


@dataclass
class Nudge:
    """`tell` may be called from any thread and never waits; what it cannot do, the sweep does."""

    ask: Callable[[], None]
    _told: threading.Event = field(default_factory=threading.Event)
    _ended: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begin to listen."""
        threading.Thread(target=self._run, name="nudge", daemon=True).start()

    def tell(self, _connections: Collection[int]) -> None:
        """There are new hints."""
        self._told.set()

    def stop(self) -> None:
        """Listen no more."""
        self._ended.set()
        self._told.set()

    def _run(self) -> None:
        while self._told.wait() and not self._ended.is_set():
            self._told.clear()
            try:
                self.ask()
            except TransientError as error:
                _LOG.warning("hints wait for the sweep", extra={"reason": str(error)})
            self._ended.wait(_REST_SECONDS)
