"""emulate: a local Salesforce or HubSpot over HTTP, with demo data."""

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event
from typing import Annotated, Any

import typer

from core.clock import parse_as_of, system_clock
from core.errors import ConfigError
from emulators import hubspot, salesforce
from emulators.common.server import start
from emulators.demo import World, generate, hubspot_records, salesforce_records
from shortlist.console import Output
from shortlist.session import JsonOption, command

PORTS = {"salesforce": 8801, "hubspot": 8802}
_APPS: dict[str, Callable[[], Any]] = {"salesforce": salesforce.create_app, "hubspot": hubspot.create_app}
_RECORDS: dict[str, Callable[[World], Any]] = {"salesforce": salesforce_records, "hubspot": hubspot_records}


@command
def emulate(
    crm: Annotated[str, typer.Argument(help="salesforce or hubspot.")],
    *,
    port: Annotated[int | None, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")] = None,
    demo: Annotated[int, typer.Option("--demo", help="Accounts of demo data in this CRM.")] = 2000,
    empty: Annotated[bool, typer.Option("--empty", help="Start without any records.")] = False,
    seed: Annotated[int, typer.Option(help="The same seed gives the same demo data.")] = 7,
    now: Annotated[str | None, typer.Option(help="The day the demo data ends; today by default.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Serve an emulated CRM until Ctrl-C. It listens on this machine only."""
    if crm not in _APPS:
        raise ConfigError(f"{crm!r} is not emulated; say salesforce or hubspot.")
    output = Output(as_json=as_json)
    app = _APPS[crm]()
    if not empty:
        app.backend.load(_RECORDS[crm](generate(accounts_per_crm=demo, seed=seed, now=_midnight(now))))
    running = start(app, PORTS[crm] if port is None else port)
    output.say(
        f"The emulated {crm} answers at {running.url} (control at {running.url}/_emulator/). Ctrl-C ends it."
    )
    output.document({"url": running.url})
    try:
        Event().wait()
    finally:
        running.stop()


def _midnight(text: str | None) -> datetime:
    """Demo data ends at the start of a day, so that two emulators started one after the other agree."""
    at = parse_as_of(text) if text else system_clock()
    return datetime(at.year, at.month, at.day, tzinfo=UTC)
