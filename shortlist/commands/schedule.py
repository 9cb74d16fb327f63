"""schedule: what is done when. The rows are the admin's; a running service looks at them every few seconds."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer

from core.clock import from_millis, millis, system_clock
from core.config import Config
from core.errors import ConfigError
from shortlist.console import Output
from shortlist.service import default_schedules, local_zone
from shortlist.session import DEFAULT, ConfigOption, JsonOption, command
from shortlist.wiring import load_config
from store.database import Database, open_database
from store.jobs import Arguments, Job, all_jobs
from store.schedules import Schedule, ask, make_first, remove_schedule, save_schedule, schedules
from sync.cron import parse_cron
from sync.schedule import next_slot, zone_of
from sync.tasks import CONNECTION, TASKS, key_of, task_of, versioned

NameArgument = Annotated[str, typer.Argument(help="The name of a schedule (`shortlist schedule list`).")]


@dataclass(frozen=True, slots=True)
class _Opened:
    database: Database
    output: Output
    now: datetime


@contextmanager
def _opened(config: ConfigOption, *, as_json: bool) -> Iterator[_Opened]:
    """The database alone: schedules may be edited while anything runs."""
    database, now = open_database(load_config(config).store.url), system_clock()
    try:
        make_first(database, default_schedules(local_zone(), millis(now)))
        yield _Opened(database, Output(as_json=as_json), now)
    finally:
        database.close()


@command
def show(config: ConfigOption = DEFAULT, *, as_json: JsonOption = False) -> None:
    """List the schedules: when each is due next, in its own time zone, and how its job went."""
    with _opened(config, as_json=as_json) as opened:
        jobs = {job.key: job for job in all_jobs(opened.database)}
        listed = [
            _row(row, jobs.get(key_of(row.task, row.arguments)), opened.now)
            for row in schedules(opened.database)
        ]
        columns = ("name", "task", "cron", "zone", "next", "last success", "state")
        opened.output.table("Schedules", columns, [[row[column] for column in columns] for row in listed])
        given_up = [job for job in jobs.values() if job.dead_at is not None]
        for job in given_up:
            opened.output.say(
                f"{job.key} was given up: {job.error} `shortlist schedule run {job.key}` tries it again.",
                style="red",
            )
        opened.output.document({"schedules": listed, "given_up": [job.key for job in given_up]})


@command
def set_(
    name: NameArgument,
    cron: Annotated[str, typer.Argument(help='Five fields of cron: "7 * * * *" is each hour at minute 7.')],
    config: ConfigOption = DEFAULT,
    *,
    task: Annotated[str | None, typer.Option(help="What is done; needed for a new schedule.")] = None,
    zone: Annotated[str | None, typer.Option(help="Time zone, such as Europe/Berlin.")] = None,
    connection: Annotated[str | None, typer.Option(help="The connection, for a task of one CRM.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a schedule, or change when it is due. Slots that lie in the past do not count."""
    with _opened(config, as_json=as_json) as opened:
        known = {row.name: row for row in schedules(opened.database)}.get(name)
        chosen = task or (known.task if known else None)
        if chosen is None:
            raise ConfigError(f"{name} is new: say with --task what it does ({', '.join(TASKS)}).")
        arguments = known.arguments if known and not (task or connection) else versioned({})
        if connection is not None:
            arguments = versioned({CONNECTION: connection})
        _demand_fitting(chosen, arguments, load_config(config))
        in_zone = zone or (known.zone if known else local_zone())
        if next_slot(parse_cron(cron), zone_of(in_zone), opened.now) is None:
            raise ConfigError(f"The cron expression {cron!r} never comes.")
        is_paused = known.is_paused if known else False
        row = Schedule(name, chosen, arguments, parse_cron(cron).text, in_zone, is_paused, millis(opened.now))
        save_schedule(opened.database, row)
        _say(opened, row)


def _demand_fitting(task: str, arguments: Arguments, config: Config) -> None:
    """Raise ConfigError for a task that is not there, and for a connection too few, too many or unknown."""
    connection = arguments.get(CONNECTION)
    names = ", ".join(config.connections)
    if task_of(TASKS, task).of_connection and connection is None:
        raise ConfigError(f"{task} is done for one CRM: name it with --connection ({names}).")
    if not task_of(TASKS, task).of_connection and connection is not None:
        raise ConfigError(f"{task} is done for all CRMs: leave out --connection.")
    if connection is not None and connection not in config.connections:
        raise ConfigError(f"There is no connection {connection!r}; there are {names}.")


@command
def pause(name: NameArgument, config: ConfigOption = DEFAULT, *, as_json: JsonOption = False) -> None:
    """Let a schedule rest until it is resumed."""
    with _opened(config, as_json=as_json) as opened:
        row = _known(opened.database, name)._replace(is_paused=True)
        save_schedule(opened.database, row)
        _say(opened, row)


@command
def resume(name: NameArgument, config: ConfigOption = DEFAULT, *, as_json: JsonOption = False) -> None:
    """Go on with a paused schedule; what it missed meanwhile is not made up for."""
    with _opened(config, as_json=as_json) as opened:
        row = _known(opened.database, name)._replace(is_paused=False, since=millis(opened.now))
        save_schedule(opened.database, row)
        _say(opened, row)


@command
def remove(name: NameArgument, config: ConfigOption = DEFAULT, *, as_json: JsonOption = False) -> None:
    """Forget a schedule."""
    with _opened(config, as_json=as_json) as opened:
        _known(opened.database, name)
        remove_schedule(opened.database, name)
        opened.output.say(f"{name} is gone.")
        opened.output.document({"removed": name})


@command
def run(
    name: Annotated[str, typer.Argument(help="A schedule, or a job that was given up.")],
    config: ConfigOption = DEFAULT,
    *,
    as_json: JsonOption = False,
) -> None:
    """Ask the service to do a schedule's job now, also one that was given up."""
    with _opened(config, as_json=as_json) as opened:
        job = {found.key: found for found in all_jobs(opened.database)}.get(name)
        row = job or _known(opened.database, name)
        key = key_of(row.task, row.arguments)
        ask(opened.database, key, row.task, row.arguments, millis(opened.now), by_person=True)
        opened.output.say(f"{key} is asked for. A running `shortlist serve` begins it within seconds.")
        opened.output.document({"job": key})


def _known(database: Database, name: str) -> Schedule:
    for row in schedules(database):
        if row.name == name:
            return row
    raise ConfigError(f"There is no schedule {name!r}; `shortlist schedule list` names them.")


def _say(opened: _Opened, row: Schedule) -> None:
    shown = _row(row, None, opened.now)
    opened.output.say(f"{row.name}: {row.task} at {row.cron} ({row.zone}); next: {shown['next']}.")
    opened.output.document(shown)


def _row(row: Schedule, job: Job | None, now: datetime) -> dict[str, str]:
    zone = zone_of(row.zone)
    due = None if row.is_paused else next_slot(parse_cron(row.cron), zone, now)
    last = from_millis(job.done_at) if job and job.done_at is not None else None
    return {
        "name": row.name,
        "task": row.task,
        "cron": row.cron,
        "zone": row.zone,
        "next": due.astimezone(zone).strftime(_TIME) if due else "paused" if row.is_paused else "never",
        "last success": last.astimezone(zone).strftime(_TIME) if last else "",
        "state": _state(job),
    }


_TIME = "%a %Y-%m-%d %H:%M %Z"


def _state(job: Job | None) -> str:
    if job is None:
        return "not yet done"
    if job.dead_at is not None:
        return f"given up: {job.error}"
    if job.started_at is not None:
        return "running"
    waits = "waiting" if job.wanted_at is not None else "done"
    return f"{waits}; last time: {job.error}" if job.error else waits
