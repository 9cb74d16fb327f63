"""The sweep: takes the slots that have come, and finds what a lost job, a dead worker or a full disk left behind.

Any number of processes may sweep at once, at any time; it only ever asks for work that is due.
"""

from collections.abc import Callable
from datetime import datetime

from core.clock import from_millis, millis
from core.errors import Busy
from store import inbox, jobs
from store.schedules import Schedule, ask, fire, last_slots, schedules
from sync.cron import parse_cron
from sync.jobs import Runner
from sync.schedule import due, zone_of
from sync.tasks import HINTS, key_of, versioned

Send = Callable[[str], None]
"""Gives a job's key to the courier."""


def sweep(runner: Runner, send: Send, now: datetime) -> None:
    """Rescue what nobody is at, and hand every job that is due to the courier."""
    rescue(runner, now)
    now_ms = millis(now)
    if inbox.due(runner.database, now_ms):
        ask_hints(runner, now)
    for job in jobs.all_jobs(runner.database):
        if job.is_due(now_ms):
            send(job.key)


def ask_hints(runner: Runner, now: datetime) -> None:
    """Want the hints to be served."""
    ask(runner.database, HINTS, HINTS, versioned({}), millis(now))


def take_slots(runner: Runner, send: Send, now: datetime) -> None:
    """Take the slots that have come, each schedule's newest one alone, and send their jobs."""
    last = last_slots(runner.database, millis(now))
    for schedule in schedules(runner.database):
        slot = None if schedule.is_paused else due_slot(schedule, last.get(schedule.name), now)
        key = key_of(schedule.task, schedule.arguments)
        if slot is not None and fire(runner.database, schedule, millis(slot), key, millis(now)):
            send(key)


def due_slot(schedule: Schedule, last: int | None, now: datetime) -> datetime | None:
    """The slot of a schedule that has come and was not taken."""
    after = from_millis(max(schedule.since, last or 0))
    return due(parse_cron(schedule.cron), zone_of(schedule.zone), after, now)


def rescue(runner: Runner, now: datetime) -> None:
    """Jobs that were begun, and whose locks are free, have nobody at them: they are wanted again."""
    for job in jobs.all_jobs(runner.database):
        if job.started_at is None:
            continue
        try:
            with runner.locks.hold(runner.scope(job), 0.0):
                jobs.release(runner.database, job.key, millis(now))
        except Busy:
            continue
