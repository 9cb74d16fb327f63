"""runs, quarantine, retry: looking at what was done, and at what was not."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from core.clock import from_millis
from core.errors import ConfigError
from core.records import Kind, RecordRef
from shortlist.console import Output
from shortlist.session import DEFAULT, ConfigOption, JsonOption, command, session
from store.change_log import Cause, causes, in_doubt
from store.connections import org_ids
from store.quarantine import entries, release
from store.runs import RunRow, get_run, list_runs
from sync.connected import Connected
from sync.engine import Engine


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
        grouped = explained(opened.engine, causes(database, run))
        doubtful = in_doubt(database, run)
        _show_run(opened.output, found, grouped, doubtful)
        opened.output.document({**_run_json(found), "in_doubt": doubtful, "rejected_by_cause": grouped})


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


def explained(engine: Engine, found: Iterable[Cause]) -> list[dict[str, Any]]:
    """Causes with our advice, and with examples as links into the CRM."""
    connected = {one.id: one for one in engine.connections}
    orgs = org_ids(engine.database)
    return [
        {
            "connection": connected[one.connection_id].name,
            "kind": one.kind,
            "code": one.code,
            "reason": one.reason,
            "advice": connected[one.connection_id].connector.advice(one.code or ""),
            "count": one.writes,
            "examples": [
                record_link(connected[one.connection_id], one.kind, remote_id, orgs)
                for remote_id in one.examples
            ],
        }
        for one in found
        if one.connection_id in connected
    ]


def record_link(connected: Connected, kind: str, remote_id: str, orgs: Mapping[int, str]) -> str:
    """Where people open a record; kind may be a membership or a field of it (store.quarantine)."""
    of_account = Kind.CONTACT if kind.endswith(Kind.CONTACT) else Kind.ACCOUNT
    ref = RecordRef(Kind(kind) if kind in set(Kind) else of_account, remote_id)
    return connected.connector.record_url(ref, orgs.get(connected.id, ""))


def _show_run(output: Output, run: RunRow, grouped: Sequence[Mapping[str, Any]], doubtful: int) -> None:
    ended = f"{from_millis(run.finished_at):%H:%M:%S}" if run.finished_at else "never"
    started = f"{from_millis(run.started_at):%Y-%m-%d %H:%M:%S}"
    output.say(f"Run {run.id}: {run.command}, {run.state}, {started} to {ended} UTC", style="bold")
    if run.counts.get("rolled_back"):
        output.say(f"It rolled back run {run.counts['rolled_back']}.")
    if run.error:
        output.say(run.error, style="red")
    for name, calls in run.counts.get("calls", {}).items():
        words = ", ".join(f"{operation} {count:,}" for operation, count in calls.items()) or "none"
        output.say(f"API calls of {name}: {words}")
    for field, counts in run.counts.get("drift", {}).items():
        words = ", ".join(f"{count:,} {_HANDLED[handling]}" for handling, count in counts.items())
        output.say(f"Drift of {field}: {words}")
    if doubtful:
        output.say(
            f"{doubtful:,} writes are in doubt: their answers were lost. The next pull shows what is there."
        )
    if grouped:
        output.say(f"Refused writes by cause ({sum(cause['count'] for cause in grouped):,}):", style="bold")
    for cause in grouped:
        _show_cause(output, cause)


_HANDLED = {"ours": "put back", "keep": "left as they are", "war": "fought over and in quarantine"}


def _show_cause(output: Output, cause: Mapping[str, Any]) -> None:
    output.say(
        f"  {cause['connection']}, {cause['kind']}: {cause['count']:,} times {cause['code'] or 'no code'}"
    )
    output.say(f"    The CRM says: {cause['reason']}")
    if cause["advice"]:
        output.say(f"    What helps: {cause['advice']}")
    for link in cause["examples"]:
        output.say(f"    {link}")


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
def retry(
    record: Annotated[
        str | None, typer.Argument(help="A record's id in its CRM: release this one only.")
    ] = None,
    config: ConfigOption = DEFAULT,
    *,
    held: Annotated[
        bool, typer.Option("--held", help="Also release what was rolled back or is fought over.")
    ] = False,
    connection: Annotated[
        str | None, typer.Option(help="Release of this connection only: ids of two CRMs may be equal.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Empty the quarantine: refused writes are tried again by the next push or sync."""
    with session(config, as_json=as_json) as opened:
        database = opened.engine.database
        names = {one.connection for one in entries(database) if one.remote_id == record}
        if connection is None and len(names) > 1:
            raise ConfigError(
                f"{record} is in quarantine in {' and in '.join(sorted(names))}; say which one with --connection."
            )
        count = release(database, record, held=held, connection=connection)
        if record is not None and not count:
            raise ConfigError(f"Nothing of {record} is in quarantine; `shortlist quarantine` lists what is.")
        opened.output.say(f"{count} left the quarantine; `shortlist sync` tries them again.")
        opened.output.document({"released": count})


@command
def quarantine(config: ConfigOption = DEFAULT, *, as_json: JsonOption = False) -> None:
    """List what is not written for now: refused, rolled back or fought over, each with its reason."""
    with session(config, as_json=as_json, writes=False) as opened:
        by_name = {one.name: one for one in opened.engine.connections}
        orgs = org_ids(opened.engine.database)
        listed = [
            {
                **entry._asdict(),
                "last_at": from_millis(entry.last_at),
                "link": record_link(by_name[entry.connection], entry.kind, entry.remote_id, orgs),
            }
            for entry in entries(opened.engine.database)
            if entry.connection in by_name
        ]
        columns = ("connection", "what", "code", "reason", "attempts", "record")
        rows = [
            (one["connection"], one["kind"], one["code"], one["reason"], one["attempts"], one["link"])
            for one in listed
        ]
        if rows:
            opened.output.table("Quarantine", columns, rows)
        else:
            opened.output.say("The quarantine is empty.")
        opened.output.document(listed)
