"""GET /readyz: whether this process can work, in plain words and without traces."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from http import HTTPStatus

import orjson
from flask import Blueprint, Response

from core.errors import ShortlistError
from shortlist.couriers.courier import Courier
from shortlist.timer import Timer
from store.database import Database, revisions

_ANSWER_SECONDS = 4.0
"""Whoever looks every five seconds is told in time."""


@dataclass
class Health:
    """What this process rests on; a part that it does not run is None."""

    database: Database
    courier: Courier | None = None
    timer: Timer | None = None
    _asked: "Future[str | None] | None" = None
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
        """Ask in another thread: a server that hangs does not answer, and does not fail either.

        Who comes while somebody asks already waits for the same answer.
        """
        with self._guard:
            if self._asked is None or self._asked.done():
                self._asked = Future()
                threading.Thread(target=self._answer, args=(self._asked,), daemon=True).start()
            asked = self._asked
        try:
            return asked.result(_ANSWER_SECONDS)
        except TimeoutError:
            return "Database: it does not answer."

    def _answer(self, asked: "Future[str | None]") -> None:
        try:
            asked.set_result(self._look())
        except Exception as error:  # noqa: BLE001 whoever asks is told
            asked.set_exception(error)

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
