"""The web server: the application with its blueprints, and a waitress that stops without losing an answer."""

import logging
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Event
from typing import Any

from flask import Flask, Response
from waitress import wasyncore
from waitress.server import create_server

from core.clock import Clock
from core.errors import ConfigError, TransientError
from core.secrets import SecretText
from store.database import Database
from webhooks.hints import Hooks, hooks_before
from webhooks.signals import SignalInbox, signals_blueprint

LOOPBACK = "127.0.0.1"
MIN_TOKEN = 16
_MAX_BODY_BYTES = 2 << 20
"""The ceiling of every path; a path may allow less and say so in its own words."""
_DRAIN_SECONDS = 10.0
_TURN_SECONDS = 0.2
_READ_BYTES = 1 << 16
"""Taken from a connection at once: a delivery of 100 events has 27 kB."""
_THREADS = 16
"""Requests at once; each of a flood's waits for the next commit, which they then share."""


def web_app(database: Database, token: SecretText | None, clock: Clock, hooks: Hooks | None = None) -> Flask:
    """POST /signals, POST /hooks/… where there are hooks, GET /healthz (the process lives, whatever it rests on).

    Raises ConfigError for a token that could be guessed.
    """
    if token is not None and len(token) < MIN_TOKEN:
        raise ConfigError(f"signals.token is shorter than {MIN_TOKEN} characters; use a long random one.")
    app = Flask("shortlist", static_folder=None)
    app.register_blueprint(signals_blueprint(SignalInbox(database, token, clock)))
    if hooks is not None:
        app.wsgi_app = hooks_before(app.wsgi_app, hooks)  # type: ignore[assignment, method-assign]

    @app.get("/healthz")
    def healthz() -> Response:
        return Response(b'{"status":"ok"}', mimetype="application/json")

    @app.errorhandler(TransientError)
    def passing(_error: TransientError) -> Response:
        return Response(status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "10"})

    return app


@dataclass(slots=True)
class Server:
    """A bound server. `run` answers until `stop` is called from a signal handler or another thread."""

    _waitress: Any
    _sockets: dict[int, Any]
    _stopping: Event = field(default_factory=Event)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._waitress.effective_port)

    def run(self) -> None:
        """Answer requests; after `stop`, take no new connections and finish what has begun."""
        try:
            while not self._stopping.is_set():
                self._turn()
            self._drain()
        finally:
            self._waitress.task_dispatcher.shutdown()
            wasyncore.close_all(self._sockets)

    def stop(self) -> None:
        """End `run` soon; calling it again is harmless."""
        self._stopping.set()
        # The loop may have seen the flag, ended and closed its trigger already.
        with suppress(OSError):
            self._waitress.pull_trigger()

    def _turn(self) -> None:
        wasyncore.loop(timeout=_TURN_SECONDS, map=self._sockets, count=1)

    def _drain(self) -> None:
        self._waitress.accepting = False
        wasyncore.dispatcher.del_channel(self._waitress, self._sockets)
        self._waitress.socket.close()
        end = time.monotonic() + _DRAIN_SECONDS
        while self._is_busy() and time.monotonic() < end:
            self._turn()

    def _is_busy(self) -> bool:
        """Whether a request is being received, worked on, or answered."""
        channels = list(self._waitress.active_channels.values())
        return any(
            channel.request is not None or channel.requests or channel.total_outbufs_len
            for channel in channels
        )


def bind(app: Flask, port: int, host: str = LOOPBACK, *, proxy_hops: int = 0) -> Server:
    """Listen at once, answer when run; port 0 takes a free one. Raises ConfigError where it cannot listen.

    Without a proxy of ours before it, what says that it comes from one is taken out of the requests.
    """
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a busy moment is no event
    try:
        listening = socket.create_server((host, port), family=_family(host))
    except OSError as error:
        raise ConfigError(
            f"Cannot listen on {host}:{port} ({error.strerror or error}); choose another --port or --host."
        ) from error
    sockets: dict[int, Any] = {}
    server = create_server(
        app,
        map=sockets,
        sockets=[listening],
        threads=_THREADS,
        max_request_body_size=_MAX_BODY_BYTES,
        recv_bytes=_READ_BYTES,
        ident="",
        clear_untrusted_proxy_headers=proxy_hops == 0,
    )
    return Server(server, sockets)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
