"""serve and worker: Shortlist as a service, until it is told to stop."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from flask import Flask

from core.clock import system_clock
from core.config import Config
from core.errors import ConfigError
from shortlist.console import Output
from shortlist.edge import harden
from shortlist.health import Health, health_blueprint
from shortlist.logs import start_logging
from shortlist.metrics import metrics_blueprint
from shortlist.nudge import Nudge
from shortlist.service import Service, service
from shortlist.session import DEFAULT, FAILED, ConfigOption, JsonOption, command
from shortlist.wiring import hooks_of, open_app, reveal
from store.database import Database, server_address
from store.inbox_writer import InboxWriter
from store.lock import serving
from store.pulse import impatient

if TYPE_CHECKING:
    from shortlist.server import Server

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
WorkersOption = Annotated[
    int | None,
    typer.Option("--workers", min=0, max=64, help="Jobs at once in this process; [serve] workers."),
]


@command
def serve(
    config: ConfigOption = DEFAULT,
    *,
    port: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="Port, 0 takes a free one; [serve] port.")
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(
            help="Address to listen on; [serve] host. Any other than loopback needs a proxy with TLS."
        ),
    ] = None,
    web: Annotated[bool, typer.Option("--web/--no-web", help="Answer requests.")] = True,
    clock: Annotated[bool, typer.Option("--clock/--no-clock", help="Take the schedules' slots.")] = True,
    workers: WorkersOption = None,
    as_json: JsonOption = False,
) -> int | None:
    """Web, clock and workers in one process, until Ctrl-C or SIGTERM; each can be switched off and run apart."""
    output = Output(as_json=as_json)
    start_logging()
    with open_app(config) as app, serving(app.config.store.url):
        number = app.config.serve.workers if workers is None else workers
        _check_parts(app.config, clock=clock, workers=number)
        with (
            service(app, takes_slots=clock) as parts,
            impatient(app.database) as database,
            _taking_hints(parts, database) as inbox,
        ):
            server = _server(app.config, parts, database, inbox, host, port) if web else None
            with _until_signal(parts, server):
                _announce(output, app.config, server, host, number, clock=clock)
                parts.start(workers=number)
                server.run() if server else parts.wait()
            inbox.stop()  # what was answered is stored before the parts end
            return _end(parts)


@contextmanager
def _taking_hints(parts: Service, database: Database) -> Iterator[InboxWriter]:
    """The inbox's writer, which has new hints served at once."""
    nudge = Nudge(parts.ask_hints)
    inbox = InboxWriter(database, nudge.tell)
    nudge.start()
    inbox.start()
    try:
        yield inbox
    finally:
        inbox.stop()
        nudge.stop()


@command
def worker(
    config: ConfigOption = DEFAULT, *, workers: WorkersOption = None, as_json: JsonOption = False
) -> int | None:
    """Do jobs, beside other processes on the same PostgreSQL database, until Ctrl-C or SIGTERM."""
    output = Output(as_json=as_json)
    start_logging()
    with open_app(config) as app:
        if server_address(app.config.store.url) is None:
            raise ConfigError(
                "store.url is a SQLite file, which one process serves: run `shortlist serve`, or move to PostgreSQL "
                "(docs/service.md)."
            )
        number = app.config.serve.workers if workers is None else workers
        with service(app, takes_slots=False) as parts, _until_signal(parts, None):
            output.say(f"Shortlist works ({number} jobs at once). Ctrl-C ends it.")
            output.document({"workers": number})
            parts.start(workers=number)
            parts.wait()
            return _end(parts)


def _check_parts(config: Config, *, clock: bool, workers: int) -> None:
    """On a SQLite file there is no other process that could do what this one leaves."""
    if server_address(config.store.url) is None and clock and not workers:
        raise ConfigError(
            "--workers 0 with a clock on a SQLite file: nobody would do the work. Use --no-clock as well, or "
            "PostgreSQL (docs/service.md)."
        )


def _server(
    config: Config,
    parts: Service,
    database: Database,
    inbox: InboxWriter,
    host: str | None,
    port: int | None,
) -> "Server":
    from shortlist.server import bind, web_app  # noqa: PLC0415 no other command needs a server

    settings = config.serve
    token = reveal(config.signals.token) if config.signals.token else None
    app = web_app(database, token, system_clock, hooks_of(config, database, inbox))
    add_operations(app, database, parts)
    harden(app, settings, time.monotonic)
    chosen = settings.port if port is None else port
    return bind(app, chosen, host or settings.host)


def add_operations(app: Flask, database: Database, parts: Service) -> None:
    """Health and metrics."""
    app.register_blueprint(health_blueprint(Health(database, parts.courier, parts.timer)))
    app.register_blueprint(metrics_blueprint(database, system_clock))


def _announce(
    output: Output, config: Config, server: "Server | None", host: str | None, workers: int, *, clock: bool
) -> None:
    url = f"http://{host or config.serve.host}:{server.port}" if server else None
    has_token = config.signals.token is not None
    if url:
        output.say(
            f"Shortlist answers at {url} (POST /signals and /hooks, GET /healthz, /readyz, /metrics). Ctrl-C ends it."
        )
        if not has_token:
            output.say("signals.token is not set, so /signals takes nothing.", style="yellow")
    output.say(f"{workers} workers; the clock is {'on' if clock else 'off'} (`shortlist schedule list`).")
    output.document({"url": url, "signals": has_token, "workers": workers, "clock": clock})


@contextmanager
def _until_signal(parts: Service, server: "Server | None") -> Iterator[None]:
    """The parts and the server are told at once when the process is asked to stop."""

    def asked(*_: object) -> None:
        parts.interrupt()
        if server is not None:
            server.stop()

    before = {number: signal.signal(number, asked) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(parts: Service) -> int | None:
    """End the parts. What does not end in time ends like one that was killed: it is begun again by the next."""
    if parts.stop():
        return None
    sys.stderr.flush()
    os._exit(FAILED)
