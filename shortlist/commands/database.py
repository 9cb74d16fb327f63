"""db: looking after the database."""

from pathlib import Path
from typing import Annotated

import typer

from core.errors import ConfigError
from shortlist.console import Bars, Output
from shortlist.session import CHANGES, DEFAULT, ConfigOption, DryRun, JsonOption, command, session
from shortlist.wiring import load_config, store_url
from store.backup import back_up
from store.copy import copy_database
from store.database import Database, is_server, open_database, shown
from store.lock import exclusive
from sync.retention import look, run_purge


@command
def upgrade(config: ConfigOption = DEFAULT, *, as_json: JsonOption = False) -> None:
    """Bring the database to the newest schema (every command does so at its start)."""
    output = Output(as_json=as_json)
    url = load_config(config).store.url
    with exclusive(url):
        database = open_database(url)
        found = database.revision()
        database.close()
    output.say(f"{shown(url)} is at revision {found}.")
    output.document({"url": shown(url), "revision": found})


@command
def purge(
    config: ConfigOption = DEFAULT, *, dry_run: DryRun = False, as_json: JsonOption = False
) -> int | None:
    """Delete what [retention] no longer allows, and give the space back; never what a score or a rollback needs."""
    with session(config, as_json=as_json, writes=not dry_run) as opened:
        done = look(opened.engine) if dry_run else run_purge(opened.engine)
        rows = [(one.setting, one.days, one.table, one.rows) for one in done.rows]
        columns = ("setting", "days", "table", "rows that would go" if dry_run else "rows gone")
        opened.output.table("Retention", columns, rows)
        for words in done.kept:
            opened.output.say(words, style="yellow")
        opened.output.document(
            {"rules": [one._asdict() for one in done.rows], "kept": done.kept, "rows": done.total}
        )
        return CHANGES if dry_run and done.total else None


@command
def backup(
    target: Annotated[Path, typer.Argument(help="A new file.")],
    config: ConfigOption = DEFAULT,
    *,
    as_json: JsonOption = False,
) -> None:
    """Copy a SQLite database into a file while Shortlist works; put that file in its place to go back."""
    output = Output(as_json=as_json)
    url = load_config(config).store.url
    if is_server(url):
        raise ConfigError("Back a PostgreSQL database up with its own pg_dump.")
    database = open_database(url, is_there=True)
    try:
        with Bars(output) as bars:
            size = back_up(database.engine, target, bars.advance)
    finally:
        database.close()
    output.say(f"{target} holds {shown(url)} as it was a moment ago ({size:,} bytes).")
    output.say(
        "It names people and is not encrypted, but for stored sign-ins: keep it where only you can read it.",
        style="yellow",
    )
    output.document({"target": str(target), "bytes": size, "encrypted": False})


_ADDRESS = "sqlite:///PATH, postgresql://USER@HOST/DATABASE, or env:NAME or file:PATH that hold one of these."


@command
def copy(
    source: Annotated[str, typer.Argument(help=f"The database that is there: {_ADDRESS}")],
    target: Annotated[str, typer.Argument(help="A new database, written in the same way.")],
    *,
    as_json: JsonOption = False,
) -> None:
    """Copy everything from one database into another one, and compare counts and checksums of every table."""
    output = Output(as_json=as_json)
    old_url, new_url = store_url(source), store_url(target)
    old = open_database(old_url, is_there=True)
    try:
        new = open_database(new_url)
        try:
            with exclusive(old_url), exclusive(new_url):
                _copy(old, new, output)
        finally:
            new.close()
    finally:
        old.close()


def _copy(old: Database, new: Database, output: Output) -> None:
    with Bars(output) as bars:
        sums = copy_database(old, new, bars.advance)
    rows = [(found.name, found.rows, found.checksum) for found in sums]
    output.table("Copied, and the same on both sides", ["table", "rows", "checksum"], rows)
    address = shown(new.engine.url)
    output.say(f"Write the new address into the configuration: [store] url. ({address})")
    output.document({"target": address, "tables": [found._asdict() for found in sums]})
