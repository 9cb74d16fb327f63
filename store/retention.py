"""Purging: rows that are older than the configuration wants them. Counting and deleting share one condition."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import Connection
from sqlmodel import SQLModel

from core.clock import from_millis
from store.database import Database
from store.quarantine import FIELD_WAR, ROLLED_BACK
from store.touched import mark, read_mark, touch

_AT_ONCE = 10_000
"""Rows of one transaction."""
_DETAILS_SINCE = "run details since"
"""Mark: what runs wrote that ended before this instant is gone (milliseconds since 1970)."""
_ENDED = "SELECT id FROM run WHERE coalesce(finished_at, started_at) < ?"


class Rule(NamedTuple):
    """Which rows of a table are too old: `where` has one parameter, the oldest instant (milliseconds) that stays.

    empties: the row stays, and only what tells of a person goes.
    """

    setting: str
    table: str
    where: str
    empties: str = ""
    by_day: bool = False


_RULES = (
    Rule("hints_days", "hint", "last_heard_at < ?"),
    Rule("hints_days", "delivery", "heard_at < ?"),
    Rule("run_details_days", "change", f"list_key IS NULL AND run_id IN ({_ENDED})"),
    Rule("list_history_days", "change", f"list_key IS NOT NULL AND run_id IN ({_ENDED})"),
    Rule(
        "runs_days",
        "run",
        "coalesce(finished_at, started_at) < ? AND id < (SELECT max(id) FROM run) "
        'AND id NOT IN (SELECT run_id FROM "change")',
    ),
    Rule(
        "quarantine_days",
        "quarantine",
        f"last_at < ? AND coalesce(code, '') NOT IN ('{ROLLED_BACK}', '{FIELD_WAR}')",
    ),
    Rule(
        "deleted_people_days",
        "crm_contact",
        "is_gone AND modified_at < ? AND (email IS NOT NULL OR name <> '' OR title IS NOT NULL)",
        empties="email = NULL, name = '', title = NULL, buying_role = NULL, managed = '{}'",
    ),
    Rule(
        "deleted_people_days",
        "person",
        "code IS NULL AND key NOT LIKE 'erased:%' AND key NOT IN (SELECT person_key FROM contact_link) "
        "AND key NOT IN (SELECT lower(trim(email)) FROM crm_contact "
        "WHERE email IS NOT NULL AND NOT (is_gone AND modified_at < ?))",
        empties="key = 'erased:' || CAST(id AS TEXT), name = '', title = '', crm_role = ''",
    ),
    Rule("activities_days", "crm_activity", "occurred_at < ?"),
    Rule("signals_days", "signal", "observed_at < ?"),
    Rule("scores_days", "score", "day < ? AND day < (SELECT max(day) FROM score)", by_day=True),
)


class Purged(NamedTuple):
    """What one rule takes: rows, of which table, by which setting, and the days it allows."""

    setting: str
    table: str
    days: int
    rows: int


def too_old(database: Database, days: Mapping[str, int], *, now_ms: int) -> list[Purged]:
    """How many rows each rule would take; `days` is by setting."""
    with database.read() as reader:
        return [
            Purged(
                rule.setting,
                rule.table,
                days[rule.setting],
                _count(reader, rule, _oldest(rule, days, now_ms)),
            )
            for rule in _rules()
        ]


def purge(database: Database, days: Mapping[str, int], *, now_ms: int) -> list[Purged]:
    """Take what is too old, in short transactions; the same rows as `too_old` counts."""
    return [
        Purged(
            rule.setting, rule.table, days[rule.setting], _take(database, rule, _oldest(rule, days, now_ms))
        )
        for rule in _rules()
    ]


def details_since(database: Database) -> int:
    """Runs that ended before this instant (milliseconds since 1970) have lost what they wrote."""
    with database.read() as reader:
        return int(read_mark(reader, _DETAILS_SINCE) or 0)


def _rules() -> Iterator[Rule]:
    """Those whose table is there."""
    return (rule for rule in _RULES if rule.table in SQLModel.metadata.tables)


def _oldest(rule: Rule, days: Mapping[str, int], now_ms: int) -> int | str:
    oldest = now_ms - timedelta(days=days[rule.setting]) // timedelta(milliseconds=1)
    return from_millis(oldest).date().isoformat() if rule.by_day else oldest


def _count(reader: Connection, rule: Rule, oldest: int | str) -> int:
    statement = f'SELECT count(*) FROM "{rule.table}" WHERE {rule.where}'  # noqa: S608 our own words
    return int(reader.exec_driver_sql(statement, (oldest,)).scalar_one())


def _take(database: Database, rule: Rule, oldest: int | str) -> int:
    taken = 0
    while True:
        with database.write() as writer:
            some = _take_some(writer, rule, oldest)
            taken += some
            if rule.setting == "run_details_days":
                mark(
                    writer, _DETAILS_SINCE, str(max(int(oldest), int(read_mark(writer, _DETAILS_SINCE) or 0)))
                )
        if not some:
            return taken


def _take_some(writer: Connection, rule: Rule, oldest: int | str) -> int:
    keys = [column.name for column in SQLModel.metadata.tables[rule.table].primary_key.columns]
    names = ", ".join(f'"{name}"' for name in keys)
    found = writer.exec_driver_sql(
        f'SELECT {names} FROM "{rule.table}" WHERE {rule.where} LIMIT {_AT_ONCE}',  # noqa: S608 our own words
        (oldest,),
    ).all()
    if not found:
        return 0
    if rule.table == "crm_activity":
        touch(writer, "activity", [(row[0], row[1]) for row in found])
    where = " AND ".join(f'"{name}" = ?' for name in keys)
    change = f'UPDATE "{rule.table}" SET {rule.empties}' if rule.empties else f'DELETE FROM "{rule.table}"'  # noqa: S608 ours
    writer.exec_driver_sql(f"{change} WHERE {where}", [tuple(row) for row in found])
    return len(found)
