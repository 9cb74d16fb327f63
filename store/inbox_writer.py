"""The inbox's one writer: many deliveries are stored with one commit, and each waits for its own."""

import queue
import threading
from collections.abc import Callable, Collection
from concurrent.futures import Future
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from core.errors import TransientError
from store.database import Database
from store.deliveries import keep
from store.heard import Heard

_AT_ONCE = 256
"""Deliveries of one commit."""
_GATHERING_SECONDS = 0.01
"""So long the first delivery waits for others: a commit of eight takes a third of the time of eight commits."""
_MOST_WAITING = 1024


def nobody(_connections: Collection[int]) -> None:
    """Tells nobody."""


@dataclass(slots=True)
class _Waiting:
    """A delivery; `stored` is done when it is committed, and has a TransientError where it is not."""

    heard: Heard
    stored: Future[None] = field(default_factory=Future)


class InboxWriter:
    """Stores deliveries; `start` it before the first one. `tell` hears of connections with new hints."""

    def __init__(self, database: Database, tell: Callable[[Collection[int]], None] = nobody) -> None:
        self._database, self._tell = database, tell
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._is_ending = False
        self._pause = threading.Event()

    def start(self) -> None:
        """Begin to write."""
        self._is_ending = False
        self._thread = threading.Thread(target=self._run, name="inbox-writer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, then end; a writer that was not started has nothing to end."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def keep(self, heard: Heard) -> Future[None]:
        """Done when it is committed; has a TransientError where it is not. Raises one where there is no room."""
        if self._thread is None:
            raise TransientError("The inbox is closed.")
        if self._queue.qsize() >= _MOST_WAITING:
            raise TransientError(f"{_MOST_WAITING:,} deliveries wait for the inbox already.")
        waiting = _Waiting(heard)
        self._queue.put(waiting)
        return waiting.stored

    def _run(self) -> None:
        while batch := self._next():
            error: TransientError | None = TransientError("The inbox failed.")
            try:
                keep(self._database, [one.heard for one in batch])
                error = None
            except TransientError as away:
                error = away
            except SQLAlchemyError as failed:  # a full disk, a broken file: the next batch may fare better
                error = TransientError(f"The inbox cannot be written ({type(failed).__name__}).")
            finally:
                _tell_all(batch, error)
            if error is None:
                self._tell({one.heard.connection_id for one in batch if one.heard.told})

    def _next(self) -> list[_Waiting]:
        """What waits, once something does; empty at the end."""
        batch: list[_Waiting] = []
        while len(batch) < _AT_ONCE:
            try:
                if len(batch) == 1 and not self._is_ending:
                    self._pause.wait(_GATHERING_SECONDS)
                one = self._queue.get(block=not (batch or self._is_ending))
            except queue.Empty:
                break
            if one is None:
                self._is_ending = True
            else:
                batch.append(one)
        return batch


def _tell_all(batch: Collection[_Waiting], error: TransientError | None) -> None:
    """Whoever waits no longer is left alone; what it brought is stored or not all the same."""
    for one in batch:
        if not one.stored.set_running_or_notify_cancel():
            continue
        one.stored.set_exception(error) if error else one.stored.set_result(None)
