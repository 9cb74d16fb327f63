"""serve: the web part of Shortlist, until it is told to stop."""

import signal
from typing import Annotated

import typer

from core.clock import system_clock
from shortlist.console import Output
from shortlist.server import LOOPBACK, bind, web_app
from shortlist.session import DEFAULT, ConfigOption, JsonOption, command
from shortlist.wiring import hooks_of, load_config, reveal
from store.database import open_database
from store.inbox_writer import InboxWriter


@command
def serve(
    config: ConfigOption = DEFAULT,
    *,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port; 0 takes a free one.")] = 8080,
    host: Annotated[
        str, typer.Option(help="Address to listen on. Put a proxy with TLS in front of any other than this.")
    ] = LOOPBACK,
    as_json: JsonOption = False,
) -> None:
    """Take signals at POST /signals and hints at POST /hooks until Ctrl-C or SIGTERM; what has begun is finished."""
    output, settings = Output(as_json=as_json), load_config(config)
    token = reveal(settings.signals.token) if settings.signals.token else None
    database = open_database(settings.store.url)
    inbox = InboxWriter(database)
    try:
        hooks = hooks_of(settings, database, inbox)
        server = bind(web_app(database, token, system_clock, hooks), port, host)
        inbox.start()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: server.stop())
        url = f"http://{host}:{server.port}"
        output.say(f"Shortlist answers at {url} (POST /signals, POST /hooks, GET /healthz). Ctrl-C ends it.")
        if token is None:
            output.say("signals.token is not set, so /signals takes nothing.", style="yellow")
        output.document({"url": url, "signals": token is not None, "hooks": hooks is not None})
        server.run()
    finally:
        inbox.stop()
        database.close()
