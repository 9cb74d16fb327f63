"""runs, retry: looking at what was done."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from core.clock import from_millis
from core.errors import ConfigError
from shortlist.console import Output
from shortlist.session import DEFAULT, ConfigOption, JsonOption, command, session
from store.outbox import release
from store.runs import RunRow, causes, get_run, list_runs


@command
def runs(
    run: Annotated[int | None, typer.Argument(help="A run's number, to see it whole.")] = None,
    config: ConfigOption = DEFAULT,
    *,
    as_json: JsonOption = False,
) -> None:
    """List the latest runs, or show one with its refused writes by cause."""
    with session(config, as_json=as_json, writes=False) as opened:
        database = opened.engine.database
        if run is None:
            listed = list_runs(database)
            columns = ("run", "command", "started (UTC)", "state", "read", "written", "rejected", "calls")
            opened.output.table("Runs", columns, [_run_row(row) for row in listed])
            opened.output.document([_run_json(row) for row in listed])
            return
        found = get_run(database, run)
        if found is None:
            raise ConfigError(f"There is no run {run}; `shortlist runs` lists them.")
        grouped = causes(database, run)
        _show_run(opened.output, found, grouped)
        opened.output.document({**_run_json(found), "rejected_by_cause": grouped})


def _run_row(row: RunRow) -> tuple[object, ...]:
    written = row.counts.get("records_written", 0) + row.counts.get("members_changed", 0)
    return (
        row.id,
        row.command,
        f"{from_millis(row.started_at):%Y-%m-%d %H:%M:%S}",
        row.state,
        row.counts.get("read", 0),
        written,
        row.counts.get("rejected", 0),
        sum(sum(calls.values()) for calls in row.counts.get("calls", {}).values()),
    )


def _show_run(output: Output, run: RunRow, grouped: list[dict[str, Any]]) -> None:
    ended = f"{from_millis(run.finished_at):%H:%M:%S}" if run.finished_at else "never"
    started = f"{from_millis(run.started_at):%Y-%m-%d %H:%M:%S}"
    output.say(f"Run {run.id}: {run.command}, {run.state}, {started} to {ended} UTC", style="bold")
    if run.error:
        output.say(run.error, style="red")
    for name, calls in run.counts.get("calls", {}).items():
        words = ", ".join(f"{operation} {count:,}" for operation, count in calls.items()) or "none"
        output.say(f"API calls of {name}: {words}")
    columns = ("connection", "record", "code", "reason", "count", "example")
    if grouped:
        output.table("Refused writes by cause", columns, [tuple(cause.values()) for cause in grouped])


def _run_json(run: RunRow) -> dict[str, Any]:
    def text(value: int | None) -> str | None:
        return None if value is None else datetime.fromtimestamp(value / 1000, UTC).isoformat()

    return {
        "run": run.id,
        "command": run.command,
        "state": run.state,
        "as_of": text(run.as_of),
        "started_at": text(run.started_at),
        "finished_at": text(run.finished_at),
        "error": run.error,
        "counts": run.counts,
    }


@command
def retry(config: ConfigOption = DEFAULT, *, as_json: JsonOption = False) -> None:
    """Empty the quarantine: refused writes are tried again by the next push or sync."""
    with session(config, as_json=as_json) as opened:
        count = release(opened.engine.database)
        opened.output.say(f"{count} records left the quarantine; `shortlist sync` tries them again.")
        opened.output.document({"released": count})
