"""Evidence to points to engagement, over columns sorted by account (docs/scoring.md sections 2, 3 and 8).

Everything up to P is int64. Rows outside the window are dropped first; groups start where neighbours differ,
so nothing is hashed; sums per account and channel are bincounts.
"""

from dataclasses import dataclass

import numpy as np

from scoring.compiled import NO_CAP, ActivityTable
from scoring.facts import UNKNOWN_MINUTES, UNKNOWN_PERSON, Evidence, Integers
from scoring.model import Model
from scoring.units import MICRO, SECONDS_PER_DAY, Flags, Floats, Ints, group_starts, rounded, sums_by

_POINTS_DIVISOR = 10**9
"""Thousandths of the role times parts per million of decay."""
_HUNDREDTHS = 100


@dataclass(frozen=True, slots=True)
class ActivityPoints:
    """Micro-points of the rows that are inside the window, in the order of the evidence.

    points are before the channel's cap and kept, rounded down, after it; over_daily_cap marks rows that count
    0 for that reason; channel_raw is what the row's account has in the row's channel before its cap.
    """

    row: Ints
    points: Ints
    kept: Ints
    over_daily_cap: Flags
    channel: Ints
    channel_raw: Ints


@dataclass(frozen=True, slots=True)
class PersonPoints:
    """Micro-points of each known person of each account, sorted by account and person.

    raw is before channel caps and says who is engaged; kept is the person's part of what the caps leave.
    """

    account: Ints
    person: Ints
    raw: Ints
    kept: Ints


@dataclass(frozen=True, slots=True)
class Engagement:
    """One entry an account, but for the rows and the people.

    kept is the sum over channels and attention is P, both in micro-points; last_at is the latest activity
    that counts, in epoch seconds, -1 for never.
    """

    kept: Ints
    attention: Ints
    score: Floats
    people_engaged: Ints
    mqa_people: Ints
    last_at: Ints
    rows: ActivityPoints
    people: PersonPoints


def engagement(evidence: Evidence, model: Model, now: int, accounts: int) -> Engagement:
    """Engagement of `accounts` accounts at the instant `now`, in epoch seconds."""
    table = model.tables.activities
    rows, kept = _activity_points(evidence, model, now, accounts)
    account = evidence.account[rows.row]
    people = _person_points(rows, account, evidence.person[rows.row])
    engaged = _people_with(people, table.min_person_points, accounts)
    attention = table.breadth[np.clip(engaged, 1, len(table.breadth)) - 1] * kept // _HUNDREDTHS
    return Engagement(
        kept=kept,
        attention=attention,
        score=half_score(attention, table.half_score_points),
        people_engaged=engaged,
        mqa_people=_people_with(people, model.tables.stages.mqa_person_points, accounts),
        last_at=_last_at(account, evidence.occurred_at[rows.row], accounts),
        rows=rows,
        people=people,
    )


def half_score(attention: Ints, half_score_points: int) -> Floats:
    """`100 * P / (P + K)`, rounded: 0 points make 0 and K points make 50."""
    return rounded(100.0 * attention / (attention + half_score_points))


def _person_points(rows: ActivityPoints, account: Integers, person: Integers) -> PersonPoints:
    starts = group_starts(account, person)
    known = person[starts] != UNKNOWN_PERSON
    raw, kept = (
        np.add.reduceat(points, starts)[known] if len(starts) else points
        for points in (rows.points, rows.kept)
    )
    of_person = starts[known]
    return PersonPoints(account[of_person].astype(np.int64), person[of_person].astype(np.int64), raw, kept)


def _people_with(people: PersonPoints, least: int, accounts: int) -> Ints:
    """How many people have at least `least` points before channel caps.

    Before, because after a cap one person's activities take from another's share: counted so, a person could
    stop being engaged without doing anything less.
    """
    return np.bincount(people.account[people.raw >= least], minlength=accounts).astype(np.int64)


def _last_at(account: Integers, occurred_at: Integers, accounts: int) -> Ints:
    last = np.full(accounts, -1, dtype=np.int64)
    starts = group_starts(account)
    if len(starts):
        last[account[starts]] = np.maximum.reduceat(occurred_at, starts)
    return last


def _activity_points(
    evidence: Evidence, model: Model, now: int, accounts: int
) -> tuple[ActivityPoints, Ints]:
    """The rows inside the window, and per account what its channels keep of them."""
    table = model.tables.activities
    codes = _type_codes(evidence, table)
    rows = _window(evidence, codes, now, model.spec.engagement.cut_days)
    type_ = codes[evidence.type[rows]]
    base = _base(type_, evidence.minutes[rows], table)
    role = table.roles[evidence.people.role_codes[evidence.person[rows]]]
    decay = table.decay[type_, now // SECONDS_PER_DAY - evidence.day[rows]]
    over = _over_daily_cap(evidence, rows, base, model.spec.engagement.max_per_day)
    points = np.where(over, 0, base * role * decay // _POINTS_DIVISOR)
    channel = table.channel[type_]
    channels = len(table.channels)
    key = evidence.account[rows].astype(np.int64) * channels + channel
    raw = sums_by(key, points, accounts * channels).reshape(accounts, channels)
    capped = np.minimum(raw, table.caps)
    raw_of_row = raw.ravel()[key]
    kept = _shares(points, raw_of_row, table.caps[channel]) if np.any(raw > capped) else points
    return ActivityPoints(rows, points, kept, over, channel, raw_of_row), capped.sum(axis=1)


def fresh_points(evidence: Evidence, model: Model) -> Ints:
    """Micro-points of every row on its own day: before decay and caps, 0 for a type the model has not."""
    table = model.tables.activities
    base = _base(_type_codes(evidence, table)[evidence.type], evidence.minutes, table)
    return base * table.roles[evidence.people.role_codes[evidence.person]] // 1000


def _type_codes(evidence: Evidence, table: ActivityTable) -> Ints:
    """The model's place of each type of the evidence, -1 for a type the model does not have."""
    return np.array([table.types.get(name, -1) for name in evidence.types], dtype=np.int64)


def _window(evidence: Evidence, codes: Ints, now: int, cut_days: int) -> Ints:
    """Rows that had occurred by now, are not older than the cut, and are of a type that the model has."""
    oldest = now // SECONDS_PER_DAY - cut_days
    rows = np.flatnonzero((evidence.day >= oldest) & (evidence.occurred_at <= now))
    return rows if np.all(codes >= 0) else rows[codes[evidence.type[rows]] >= 0]


def _base(type_: Ints, minutes: Integers, table: ActivityTable) -> Ints:
    base = table.points[type_]
    timed = np.flatnonzero((minutes != UNKNOWN_MINUTES) & (table.per_minute[type_] > 0))
    of_type = type_[timed]
    base[timed] = table.per_minute[of_type] * np.clip(minutes[timed], 0, table.max_minutes[of_type])
    return base


def _over_daily_cap(evidence: Evidence, rows: Ints, base: Ints, most: int) -> Flags:
    """Rows beyond the `most` highest of one person, type and day; ties go to the earlier, then smaller id."""
    over = np.zeros(len(rows), dtype=np.bool_)
    starts = group_starts(
        evidence.account[rows], evidence.person[rows], evidence.day[rows], evidence.type[rows]
    )
    sizes = np.diff(np.append(starts, len(rows)))
    crowded = np.flatnonzero(np.repeat(sizes > most, sizes))
    group = np.repeat(starts, sizes)[crowded]
    # The sort is stable, so equal bases stay in the order of the evidence: by occurred_at, then id. Groups
    # stay where they are, so a row's distance from its group's start is its place among the highest.
    highest_first = crowded[np.lexsort((-base[crowded], group))]
    over[highest_first[crowded - group >= most]] = True
    return over


def _shares(points: Ints, raw: Ints, cap: Ints) -> Ints:
    """Per row, what it keeps of its points: its share of what its channel keeps, rounded down."""
    kept = points.copy()
    cut = np.flatnonzero(raw > cap)
    kept[cut] = points[cut] * cap[cut] // raw[cut]
    return kept


def cap_points(table: ActivityTable, channel: int) -> float | None:
    """The cap of a channel in points, None when it has none."""
    cap = int(table.caps[channel])
    return None if cap == NO_CAP else cap / MICRO
