"""A waitress server on the loopback address, in a thread (`start`) or in the foreground (`serve`)."""

from __future__ import annotations

import logging
import socket
from dataclasses import dataclass
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Protocol

from waitress import wasyncore
from waitress.server import create_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LOOPBACK = "127.0.0.1"
_MAX_BODY_BYTES = 1 << 30  # a load of a million records is one request
_STOP_SECONDS = 10.0


class App(Protocol):
    """A WSGI application that can let go of the requests it holds."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse, /) -> Iterable[bytes]:
        """Answer one request."""

    def release(self) -> None:
        """End the requests that are held, so that the server can stop."""


@dataclass(frozen=True)
class Running:
    """A server that answers until `stop` is called."""

    port: int
    stop: Callable[[], None]

    @property
    def url(self) -> str:
        """The base URL, without a slash at the end."""
        return f"http://{LOOPBACK}:{self.port}"


def start(app: App, port: int = 0, host: str = LOOPBACK, threads: int = 8) -> Running:
    """Serve `app` in a thread; port 0 takes a free one. The port accepts connections on return."""
    server = _create(app, port, host, threads)
    sockets = server._map  # noqa: SLF001 - waitress has no other way to run its loop one step at a time
    stopping = Event()

    def turn() -> None:
        while not stopping.is_set():
            wasyncore.loop(timeout=1, map=sockets, count=1)

    loop = Thread(target=turn, name=f"emulator-{server.effective_port}", daemon=True)
    loop.start()

    def stop() -> None:
        if stopping.is_set():
            return
        app.release()
        stopping.set()
        server.pull_trigger()
        loop.join(_STOP_SECONDS)
        # Only now, when the loop has ended, can the sockets be closed without pulling them from under it.
        server.task_dispatcher.shutdown()
        wasyncore.close_all(sockets)

    return Running(server.effective_port, stop)


def serve(app: App, port: int, host: str = LOOPBACK, threads: int = 8) -> None:
    """Serve `app` in the foreground until it is interrupted."""
    _create(app, port, host, threads).run()


def drop_connection(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """Lose the client's connection without an answer, as a dying server or network does.

    Under waitress the socket itself is shut down. Any other server gets an empty body with a false length,
    which it can only end by closing the connection.
    """
    disconnected = environ.get("waitress.client_disconnected")
    if disconnected is not None:
        disconnected.__self__.socket.shutdown(socket.SHUT_RDWR)
    start_response("200 OK", [("Content-Length", "1"), ("Connection", "close")])
    return [b""]


def _create(app: App, port: int, host: str, threads: int) -> Any:
    if host not in (LOOPBACK, "localhost", "::1"):
        raise ValueError(f"emulators listen on the loopback address only, not on {host}")
    # Short bodies, busy queues and lost connections are what faults are for; they are not worth a log line.
    logging.getLogger("waitress").setLevel(logging.CRITICAL)
    return create_server(
        app,
        map={},  # waitress shares one socket map between all servers of a process unless told otherwise
        host=host,
        port=port,
        threads=threads,
        max_request_body_size=_MAX_BODY_BYTES,
        connection_limit=1000,
        ident="",
    )
