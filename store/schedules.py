"""Schedules, and the slots that were taken. Instants are milliseconds since 1970."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from store.database import Database
from store.jobs import Arguments, insist, want
from store.sql import to_json


class Schedule(NamedTuple):
    """A row of the schedules: `since` is the instant from which its slots count."""

    name: str
    task: str
    arguments: Arguments
    cron: str
    zone: str
    is_paused: bool
    since: int


_COLUMNS = "name, task, arguments, cron, zone, is_paused, since"


def schedules(database: Database) -> list[Schedule]:
    """All schedules by name."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(f"SELECT {_COLUMNS} FROM schedule ORDER BY name")  # noqa: S608 our own
        return [_schedule(row) for row in rows]


def make_first(database: Database, defaults: Iterable[Schedule]) -> None:
    """Make the schedules of a new database; where there is one already, a person has decided."""
    with database.count() as writer:
        if writer.exec_driver_sql("SELECT 1 FROM schedule LIMIT 1").scalar() is None:
            for schedule in defaults:
                writer.exec_driver_sql(_INSERT, _row(schedule))


def save_schedule(database: Database, schedule: Schedule) -> None:
    """Make a schedule, or change it."""
    with database.count() as writer:
        writer.exec_driver_sql(_INSERT, _row(schedule))


_INSERT = (
    f"INSERT INTO schedule ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?) "  # noqa: S608 our own words
    "ON CONFLICT (name) DO UPDATE SET task = excluded.task, arguments = excluded.arguments, "
    "cron = excluded.cron, zone = excluded.zone, is_paused = excluded.is_paused, since = excluded.since"
)


def remove_schedule(database: Database, name: str) -> bool:
    """Forget a schedule and its slots; whether it was there."""
    with database.count() as writer:
        writer.exec_driver_sql("DELETE FROM fire WHERE schedule = ?", (name,))
        return writer.exec_driver_sql("DELETE FROM schedule WHERE name = ?", (name,)).rowcount == 1


def last_slots(database: Database, now_ms: int) -> Mapping[str, int]:
    """The newest slot of each schedule that was taken; none that lies ahead (of a clock that was wrong)."""
    with database.read() as reader:
        rows = reader.exec_driver_sql(
            "SELECT schedule, max(slot) FROM fire WHERE slot <= ? GROUP BY schedule", (now_ms,)
        )
        return {row[0]: row[1] for row in rows}


def fire(database: Database, schedule: Schedule, slot: int, job_key: str, now_ms: int) -> bool:
    """Take a slot and want its job, in one transaction; False where another clock was first.

    Its slots of more than forty days before the last one are forgotten.
    """
    with database.count() as writer:
        taken = writer.exec_driver_sql(
            "INSERT INTO fire (schedule, slot, fired_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (schedule.name, slot, now_ms),
        ).rowcount
        if not taken:
            return False
        writer.exec_driver_sql(_FORGET, (schedule.name, schedule.name, slot, _KEPT_MS))
        want(writer, job_key, schedule.task, schedule.arguments, now_ms)
        return True


_KEPT_MS = 40 * 86_400_000
# Counted from the slot before this one: a clock that is a year ahead for a moment must not make us forget that.
_FORGET = (
    "DELETE FROM fire WHERE schedule = ? "
    "AND slot < (SELECT max(slot) FROM fire WHERE schedule = ? AND slot < ?) - ?"
)


def ask(
    database: Database, key: str, task: str, arguments: Arguments, now_ms: int, *, by_person: bool = False
) -> None:
    """Want a job apart from any schedule."""
    with database.count() as writer:
        if by_person:
            insist(writer, key)
        want(writer, key, task, arguments, now_ms)


def _row(schedule: Schedule) -> tuple[Any, ...]:
    return (*schedule[:2], to_json(schedule.arguments), *schedule[3:5], schedule.is_paused, schedule.since)


def _schedule(row: Any) -> Schedule:
    return Schedule(row[0], row[1], orjson.loads(row[2]), row[3], row[4], bool(row[5]), row[6])
