"""A PostgreSQL server that keeps its connections and answers nothing is noticed, and no request waits for it.

No timeout of the server's helps, as it enforces none then; and none of TCP's, as its machine acknowledges every packet.
So a session of our own asks twice a second. While it gets no answer, what waits for the server is cut off (it fails as
if the server had gone), and no connection is begun or taken. Whoever can wait, as workers can, does without.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakSet

from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError, DisconnectionError

from store.database import Database, open_database
from store.postgres import is_postgres, postgres_engine

_LOG = logging.getLogger("shortlist.pulse")
PATIENCE_SECONDS = 4.0
"""Without an answer for so long the server hangs; the CRMs wait for five seconds and more."""
_BEAT_SECONDS = 0.5
_LOOK_SECONDS = 0.25
_CONNECT_SECONDS = 4
_WAITING = 1
"""libpq's state of a connection whose command is under way (PQTRANS_ACTIVE)."""


@contextmanager
def impatient(database: Database, patience_seconds: float = PATIENCE_SECONDS) -> Iterator[Database]:
    """The same database for those who cannot wait; on SQLite, which never hangs, itself."""
    url = database.engine.url
    if not is_postgres(url):
        yield database
        return
    own = open_database(url.render_as_string(hide_password=False))
    pulse = Pulse(own.engine, postgres_engine(url), patience_seconds)
    pulse.start()
    try:
        yield own
    finally:
        pulse.stop()
        own.close()


@dataclass
class Pulse:
    """Watches over the connections of `engine`; `asking` has a session of its own."""

    engine: Engine
    asking: Engine
    patience_seconds: float
    _connections: WeakSet[Any] = field(default_factory=WeakSet)
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _answered_at: float = field(default_factory=time.monotonic)
    _stopping: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Watch from now on."""
        self.engine.dispose()  # connections that we do not know of
        event.listen(self.engine, "do_connect", self._refuse)
        event.listen(self.engine, "connect", self._note, insert=True)
        event.listen(self.engine, "checkout", self._withhold)
        for work in (self._ask, self._watch):
            threading.Thread(target=work, name="pulse", daemon=True).start()

    def stop(self) -> None:
        """Watch no more."""
        self._stopping.set()

    @property
    def is_hung(self) -> bool:
        """Whether the server gives no answer."""
        return time.monotonic() - self._answered_at > self.patience_seconds

    def _refuse(self, dialect: Any, _record: Any, _arguments: Any, settings: dict[str, Any]) -> None:
        if self.is_hung:
            raise dialect.dbapi.OperationalError("the server does not answer")
        settings["connect_timeout"] = _CONNECT_SECONDS

    def _withhold(self, _connection: Any, _record: Any, _proxy: Any) -> None:
        if self.is_hung:
            raise DisconnectionError  # which has the pool begin another one, and that is refused

    def _note(self, connection: Any, _record: Any) -> None:
        with self._guard:
            self._connections.add(connection)

    def _ask(self) -> None:
        while not self._stopping.wait(_BEAT_SECONDS):
            with suppress(DBAPIError), self.asking.connect() as session:
                session.exec_driver_sql("SELECT 1")
                self._answered_at = time.monotonic()
        self.asking.dispose()

    def _watch(self) -> None:
        was_hung = False
        while not self._stopping.wait(_LOOK_SECONDS):
            if was_hung != self.is_hung:
                was_hung = not was_hung
                _LOG.warning("database hangs" if was_hung else "database answers again")
            if was_hung:
                self._cut_off()

    def _cut_off(self) -> None:
        """Whoever waits for an answer waits no more: it fails as if the server had gone."""
        with self._guard:
            connections = list(self._connections)
        driver: Any = self.engine.dialect.loaded_dbapi
        for connection in connections:
            with suppress(OSError, driver.Error):
                if connection.pgconn.transaction_status == _WAITING:
                    with socket.socket(fileno=os.dup(connection.fileno())) as line:
                        line.shutdown(socket.SHUT_RDWR)
