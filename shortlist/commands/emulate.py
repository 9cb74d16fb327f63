"""emulate: a local Salesforce or HubSpot over HTTP, with demo data."""

from datetime import UTC, datetime
from threading import Event
from typing import Annotated, Any

import typer

from core.clock import parse_as_of, system_clock
from core.errors import ConfigError
from shortlist.console import Output
from shortlist.session import JsonOption, command

PORTS = {"salesforce": 8801, "hubspot": 8802}


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
    if crm not in PORTS:
        raise ConfigError(f"{crm!r} is not emulated; say salesforce or hubspot.")
    output = Output(as_json=as_json)
    from emulators.common.server import start  # noqa: PLC0415 slow import, needed here only

    app = _app(crm, None if empty else demo, seed, _midnight(now))
    running = start(app, PORTS[crm] if port is None else port)
    output.say(
        f"The emulated {crm} answers at {running.url} (control at {running.url}/_emulator/). Ctrl-C ends it."
    )
    output.document({"url": running.url})
    try:
        Event().wait()
    finally:
        running.stop()


def _app(crm: str, accounts: int | None, seed: int, now: datetime) -> Any:
    """The emulator of a CRM, with so many accounts of the demo world; None for an empty one."""
    from emulators import demo, hubspot, salesforce  # noqa: PLC0415 slow imports, needed here only

    make, records = {
        "salesforce": (salesforce.create_app, demo.salesforce_records),
        "hubspot": (hubspot.create_app, demo.hubspot_records),
    }[crm]
    app = make()
    if accounts is not None:
        app.backend.load(records(demo.generate(accounts_per_crm=accounts, seed=seed, now=now)))
    return app


def _midnight(text: str | None) -> datetime:
    """Demo data ends at the start of a day, so that two emulators started one after the other agree."""
    at = parse_as_of(text) if text else system_clock()
    return datetime(at.year, at.month, at.day, tzinfo=UTC)
