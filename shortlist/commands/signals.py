"""Signals: import from files, list what there is, measure what they are worth."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from core.clock import from_millis, system_clock
from core.config import Config
from scoring.lift import ENOUGH, Lift, Rate
from shortlist.console import Bars, Output
from shortlist.session import (
    DEFAULT,
    FAILED,
    AsOfOption,
    ConfigOption,
    JsonOption,
    command,
    instant,
    load_chosen_model,
)
from shortlist.wiring import load_config
from store.database import Database, open_database
from sync.signal_import import Imported, Importer, import_signals
from sync.signal_lift import measure_lift
from sync.signal_mapping import load_mapping
from sync.signal_match import SourceCount, sources, unmatched

_SHOWN_LINES = 20
_SHOWN_DOMAINS = 50


class _Opened(NamedTuple):
    config: Config
    database: Database
    output: Output
    bars: Bars


@contextmanager
def _opened(path: Path, *, as_json: bool) -> Iterator[_Opened]:
    """The store alone: no CRM is needed, and a sync may run beside it."""
    output, config = Output(as_json=as_json), load_config(path)
    database = open_database(config.store.url)
    try:
        with Bars(output) as bars:
            yield _Opened(config, database, output, bars)
    finally:
        database.close()


@command
def bring_in(
    file: Annotated[Path, typer.Argument(help="A CSV file with a header line, or a .parquet file.")],
    config: ConfigOption = DEFAULT,
    *,
    source: Annotated[str | None, typer.Option(help="The source's name in the model.")] = None,
    mapping: Annotated[
        str | None, typer.Option(help="bombora, 6sense, demandbase, zoominfo, or the path of a .toml file.")
    ] = None,
    observed_at: Annotated[
        str | None, typer.Option(help="The day of every row, for a file without one: 2026-01-31.")
    ] = None,
    as_json: JsonOption = False,
) -> int | None:
    """Import signals; importing a file twice changes nothing. Exit code 1 when a row was refused."""
    given = {"source": source, "observed_at": observed_at}
    with _opened(config, as_json=as_json) as opened:
        importer = Importer(
            opened.database,
            load_mapping(mapping),
            {column: value for column, value in given.items() if value},
            system_clock(),
            opened.bars,
        )
        report = import_signals(importer, file)
        _show_import(opened.output, report)
        opened.output.document(_import_json(file, report))
    return FAILED if report.refused else None


def _show_import(output: Output, report: Imported) -> None:
    for row in report.listed[:_SHOWN_LINES]:
        value = f" ({row.value})" if row.value else ""
        output.say(f"Line {row.line}: {row.column} {row.problem}{value}; {row.advice}.")
    if report.refused > _SHOWN_LINES:
        output.say(f"… and {report.refused - _SHOWN_LINES:,} more rows; --json lists them.")
    if report.refused:
        columns = ("column", "problem", "rows", "first lines")
        rows = [
            (cause.column, cause.problem, cause.count, ", ".join(map(str, cause.lines)))
            for cause in report.causes
        ]
        output.table(f"Refused rows by cause ({report.refused:,})", columns, rows)
    counts = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(report.kept.items()))
    output.say(f"{report.signals:,} signals read: {counts or 'none'}. {report.refused:,} refused.")


def _import_json(file: Path, report: Imported) -> dict[str, Any]:
    return {
        "file": str(file),
        "signals": report.signals,
        "kept": {str(outcome): count for outcome, count in sorted(report.kept.items())},
        "refused": report.refused,
        "causes": report.causes,
        "refused_rows": [row._asdict() for row in report.listed],
    }


@command
def show(
    config: ConfigOption = DEFAULT,
    *,
    only_unmatched: Annotated[
        bool, typer.Option("--unmatched", help="Domains that belong to no account.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the sources and their signals, or the domains that belong to no account."""
    with _opened(config, as_json=as_json) as opened:
        if only_unmatched:
            _show_unmatched(opened)
        else:
            _show_sources(opened)


def _show_sources(opened: _Opened) -> None:
    found = sources(opened.database)
    columns = ("source", "signals", "without an account", "domains", "first", "latest")
    rows = [(*row[:4], _day(row.first_at), _day(row.last_at)) for row in found]
    opened.output.table("Signals", columns, rows)
    opened.output.document([dict(zip(SourceCount._fields, row, strict=True)) for row in rows])


def _show_unmatched(opened: _Opened) -> None:
    found = unmatched(opened.database)
    rows = [(row.domain, row.source, row.signals, _day(row.last_at)) for row in found]
    domains = len({row.domain for row in found})
    title = f"Without an account: {sum(row.signals for row in found):,} signals of {domains:,} domains"
    opened.output.table(title, ("domain", "source", "signals", "latest"), rows[:_SHOWN_DOMAINS])
    if len(rows) > _SHOWN_DOMAINS:
        opened.output.say(f"and {len(rows) - _SHOWN_DOMAINS:,} more; --json lists all of them.")
    keys = ("domain", "source", "signals", "latest")
    opened.output.document([dict(zip(keys, row, strict=True)) for row in rows])


def _day(at_ms: int) -> str:
    return from_millis(at_ms).date().isoformat()


@command
def lift(config: ConfigOption = DEFAULT, *, as_of: AsOfOption = None, as_json: JsonOption = False) -> None:
    """Compare opportunities behind each source's signals with accounts that it never signalled."""
    at = instant(as_of)
    with _opened(config, as_json=as_json) as opened:
        model, _ = load_chosen_model(opened.database, opened.config.model.file)
        found = measure_lift(opened.database, model, at)
        columns = ("source", "signalled", "without a signal", "lift", "too young")
        rows = [
            (row.source, _rate(row.signalled), _rate(row.base), _words(row), row.waiting) for row in found
        ]
        opened.output.table("Opportunities created within 90 days", columns, rows)
        opened.output.document([_lift_json(row) for row in found])


def _rate(rate: Rate) -> str:
    low, high = rate.interval
    return f"{rate.with_opportunity:,} of {rate.accounts:,} ({rate.share:.1%}; {low:.1%} to {high:.1%})"


def _words(row: Lift) -> str:
    if not row.is_enough:
        return f"not enough data (under {ENOUGH} accounts)"
    return "the others had none" if row.lift is None else f"{row.lift:.2f}x"


def _lift_json(row: Lift) -> dict[str, Any]:
    def rate(found: Rate) -> dict[str, Any]:
        counts = {"accounts": found.accounts, "with_opportunity": found.with_opportunity}
        return {**counts, "share": found.share, "interval": found.interval}

    return {
        "source": row.source,
        "signalled": rate(row.signalled),
        "base": rate(row.base),
        "base_from": None if row.base_from is None else _day(row.base_from * 1000),
        "waiting": row.waiting,
        "enough_data": row.is_enough,
        "lift": row.lift,
    }
