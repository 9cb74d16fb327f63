"""GET /readyz: whether this process can work, in plain words and without traces."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus

import orjson
from flask import Blueprint, Response

from core.errors import ShortlistError
from shortlist.couriers.courier import Courier
from shortlist.timer import Timer
from store.database import Database, revisions

_ANSWER_SECONDS = 5.0


@dataclass
class Health:
    """What this process rests on; a part that it does not run is None."""

    database: Database
    courier: Courier | None = None
    timer: Timer | None = None
    _asking: threading.Thread | None = None
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def troubles(self) -> Iterator[str]:
        """What keeps it from working now, a sentence each."""
        if (words := self._ask_database()) is not None:
            yield words
            return
        if self.courier is not None and (words := self.courier.trouble()) is not None:
            yield f"Workers: {words}."
        if self.timer is not None and self.timer.trouble is not None:
            yield f"Database: {self.timer.trouble}"
        if self.timer is not None and self.timer.late():
            yield "Clock: it has not looked at what is due for a minute."

    def _ask_database(self) -> str | None:
        """Ask in another thread: a server that hangs does not answer, and does not fail either."""
        found: list[str | None] = []
        with self._guard:
            if self._asking is None or not self._asking.is_alive():
                self._asking = threading.Thread(target=lambda: found.append(self._look()), daemon=True)
                self._asking.start()
            self._asking.join(_ANSWER_SECONDS)
        return found[0] if found else "Database: it does not answer."

    def _look(self) -> str | None:
        try:
            at, newest = self.database.revision(), revisions()[-1]
        except ShortlistError:
            return "Database: it is away or busy."
        return (
            None
            if at == newest
            else f"Database: its schema is at revision {at}, and this program needs {newest}."
        )


def health_blueprint(health: Health) -> Blueprint:
    """GET /readyz: 503 with what is wrong while anything is."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/readyz")
    def readyz() -> Response:
        troubles = list(health.troubles())
        status = HTTPStatus.SERVICE_UNAVAILABLE if troubles else HTTPStatus.OK
        document = {"status": "not ready" if troubles else "ready", "troubles": troubles}
        return Response(orjson.dumps(document), status=status, mimetype="application/json")

    return blueprint
