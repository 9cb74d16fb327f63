"""The web server: the application with its blueprints, in one loop that stops without losing an answer."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus

import uvicorn
from flask import Flask, Response

from core.clock import Clock
from core.errors import ConfigError, TransientError
from core.secrets import SecretText
from shortlist.bounded import Bounded
from shortlist.on_loop import on_loop
from store.database import Database
from webhooks.hints import Hooks, hooks_before
from webhooks.signals import SignalInbox, signals_blueprint

LOOPBACK = "127.0.0.1"
MIN_TOKEN = 16
_DRAIN_SECONDS = 10
_BACKLOG = 512
_MOST_CONNECTIONS = 1_000


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


class _Loop(uvicorn.Server):
    """uvicorn that leaves signals to whoever runs it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none."""
        yield


@dataclass(frozen=True, slots=True)
class Server:
    """A bound server. `run` answers until `stop` is called from a signal handler or another thread."""

    _loop: _Loop
    _socket: socket.socket
    port: int
    """The port it listens on."""

    def run(self) -> None:
        """Answer requests; after `stop`, take no new connections and finish what has begun."""
        with asyncio.Runner(loop_factory=self._loop.config.get_loop_factory()) as runner:
            runner.run(self._loop.serve([self._socket]))

    def stop(self) -> None:
        """End `run` soon; calling it again is harmless."""
        self._loop.should_exit = True


def bind(app: Flask, port: int, host: str = LOOPBACK) -> Server:
    """Listen at once, answer when run; port 0 takes a free one. Raises ConfigError where it cannot listen."""
    try:
        listening = socket.create_server((host, port), family=_family(host), backlog=_BACKLOG)
    except OSError as error:
        raise ConfigError(
            f"Cannot listen on {host}:{port} ({error.strerror or error}); choose another --port or --host."
        ) from error
    settings = uvicorn.Config(
        on_loop(app),
        http=Bounded,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
    )
    return Server(_Loop(settings), listening, int(listening.getsockname()[1]))


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
