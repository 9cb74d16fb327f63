"""Activities to micro-points before channel caps, over sorted columns (docs/scoring.md sections 2 and 8).

Rows outside the window are dropped first. What a row earns without minutes depends on role, type and age alone,
so the model holds it as a table; groups start where neighbours differ, so nothing is hashed.
"""

from typing import NamedTuple

import numpy as np

from scoring.columns import Integers
from scoring.compiled import POINTS_DIVISOR, ActivityTable
from scoring.evidence import UNKNOWN_MINUTES, Evidence
from scoring.model import Model
from scoring.units import SECONDS_PER_DAY, Ints, group_starts


class Counted(NamedTuple):
    """The rows inside the window, in the order of the evidence; `row` is their place in it.

    type is the model's; points are micro-points before channel caps; over holds the positions (among these rows)
    that the daily cap leaves without points; persons the positions where a person of an account begins.
    """

    row: Ints
    account: Integers
    person: Integers
    type: Ints
    occurred_at: Integers
    points: Ints
    over: Ints
    persons: Ints


def count(evidence: Evidence, model: Model, now: int) -> Counted:
    """What counts at the instant `now`, in epoch seconds."""
    table, today = model.tables.activities, now // SECONDS_PER_DAY
    codes = _type_codes(evidence, table)
    row = _window(evidence, codes, now, today - model.spec.engagement.cut_days)
    account, person, day = evidence.account.take(row), evidence.person.take(row), evidence.day.take(row)
    code = evidence.type.take(row)
    # Numpy takes by machine words only; converting once is cheaper than in each take.
    type_ = codes.take(code.astype(np.intp))
    persons = group_starts(person, account)
    cell = _cells(evidence, table, person, persons, len(row))
    cell += table.type_cells.take(type_)
    cell -= day
    cell += today
    points = table.untimed.take(cell)
    for timed in np.flatnonzero(table.per_minute[codes]).tolist():
        places = np.flatnonzero(code == timed)
        _put_timed(points, places, evidence.minutes.take(row.take(places)), cell, table, codes[timed])
    over = _over_daily_cap((person, day, code, account), evidence, row, type_, model)
    points[over] = 0
    return Counted(row, account, person, type_, evidence.occurred_at.take(row), points, over, persons)


def fresh_points(evidence: Evidence, model: Model) -> Ints:
    """Micro-points of every row on its own day: before decay and caps, 0 for a type the model has not."""
    table = model.tables.activities
    base = _base(_type_codes(evidence, table)[evidence.type], evidence.minutes, table)
    return base * table.roles[evidence.people.role_codes[evidence.person]] // 1000


def _type_codes(evidence: Evidence, table: ActivityTable) -> Ints:
    """The model's place of each type of the evidence, -1 for a type the model does not have."""
    return np.array([table.types.get(name, -1) for name in evidence.types], dtype=np.int64)


def _window(evidence: Evidence, codes: Ints, now: int, oldest: int) -> Ints:
    """Rows that had occurred by now, not before the day `oldest`, and of a type that the model has."""
    inside = evidence.day >= oldest
    inside &= evidence.occurred_at <= now
    rows = np.flatnonzero(inside)
    return rows if np.all(codes >= 0) else rows[codes[evidence.type[rows]] >= 0]


def _cells(evidence: Evidence, table: ActivityTable, person: Integers, persons: Ints, length: int) -> Ints:
    """Where each row's role begins in the tables by role, type and age."""
    roles = evidence.people.role_codes.take(person.take(persons).astype(np.intp), mode="wrap")
    return np.repeat(table.role_cells.take(roles), np.diff(persons, append=length))


def _put_timed(
    points: Ints, places: Ints, minutes: Integers, cell: Ints, table: ActivityTable, type_: int
) -> None:
    """Put the points of the rows of a type that is measured in minutes, where the minutes are known."""
    known = np.flatnonzero(minutes != UNKNOWN_MINUTES)
    places = places.take(known)
    counted = np.minimum(np.maximum(minutes.take(known), 0), table.max_minutes[type_])
    points[places] = counted * table.a_minute.take(cell.take(places)) // POINTS_DIVISOR


def _base(type_: Ints, minutes: Integers, table: ActivityTable) -> Ints:
    """Micro-points without role and decay."""
    base = table.points[type_]
    timed = np.flatnonzero((minutes != UNKNOWN_MINUTES) & (table.per_minute[type_] > 0))
    of_type = type_[timed]
    base[timed] = table.per_minute[of_type] * np.clip(minutes[timed], 0, table.max_minutes[of_type])
    return base


def _over_daily_cap(
    keys: tuple[Integers, ...], evidence: Evidence, row: Ints, type_: Ints, model: Model
) -> Ints:
    """Positions beyond the `max_per_day` highest of one person, type and day.

    Ties go to the earlier, then the smaller id. keys are the columns that a group shares.
    """
    most = model.spec.engagement.max_per_day
    crowded = _in_large_groups(keys, most)
    starts = group_starts(*(key[crowded] for key in keys))
    group = np.repeat(starts, np.diff(starts, append=len(crowded)))
    base = _base(type_[crowded], evidence.minutes[row[crowded]], model.tables.activities)
    # The sort is stable, so equal bases stay in the order of the evidence: by occurred_at, then id. Groups
    # stay where they are, so a row's distance from its group's start is its place among the highest.
    highest_first = np.lexsort((-base, group))
    return np.sort(crowded[highest_first[np.arange(len(crowded)) - group >= most]])


def _in_large_groups(keys: tuple[Integers, ...], most: int) -> Ints:
    """Positions in runs of more than `most` equal keys: there a row equals the one `most` places on."""
    length = len(keys[0])
    same = np.ones(max(length - most, 0), dtype=np.bool_)
    for key in keys:
        same &= key[most:] == key[:-most]
    first = np.flatnonzero(same)
    if not len(first):
        return first
    edges = np.zeros(length + 1, dtype=np.int64)
    np.add.at(edges, first, 1)
    np.add.at(edges, first + most + 1, -1)
    return np.flatnonzero(np.cumsum(edges))
