"""Micro-points to engagement: channel caps, people, breadth (docs/scoring.md sections 3 and 8).

Everything up to P is int64. Sums per account and channel are bincounts, sums per person run over neighbours.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from scoring.compiled import NO_CAP, ActivityTable
from scoring.evidence import Evidence
from scoring.model import Model
from scoring.people import UNKNOWN_PERSON
from scoring.points import Counted, count
from scoring.units import MICRO, Flags, Floats, Ints, epoch_seconds, group_starts, rounded, sums_by

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

    raw is before channel caps and says who is engaged.
    """

    account: Ints
    person: Ints
    raw: Ints


@dataclass(frozen=True, slots=True)
class Engagement:
    """One entry an account, but for the people and what was counted.

    kept is the sum over channels and attention is P, both in micro-points; last_at is the latest activity
    that counts, in epoch seconds, -1 for never; channels has one row an account with what each channel came to
    before its cap.
    """

    kept: Ints
    attention: Ints
    score: Floats
    people_engaged: Ints
    mqa_people: Ints
    last_at: Ints
    people: PersonPoints
    counted: Counted
    channels: Ints
    table: ActivityTable

    @property
    def rows(self) -> ActivityPoints:
        """Activity by activity, for a ledger; made each time it is asked for."""
        counted, channel = self.counted, self.table.channel[self.counted.type]
        over = np.zeros(len(counted.row), dtype=np.bool_)
        over[counted.over] = True
        raw = self.channels[counted.account, channel]
        kept = _kept(counted.points, channel, raw, self.table)
        return ActivityPoints(counted.row, counted.points, kept, over, channel, raw)


def engagement(evidence: Evidence, model: Model, now: int, accounts: int) -> Engagement:
    """Engagement of `accounts` accounts at the instant `now`, in epoch seconds."""
    table, counted = model.tables.activities, count(evidence, model, now)
    cell = counted.account.astype(np.int64) * len(table.channels)
    cell += table.channel.take(counted.type)
    channels = sums_by(cell, counted.points, accounts * len(table.channels)).reshape(
        accounts, len(table.channels)
    )
    kept = np.minimum(channels, table.caps).sum(axis=1)
    people = _person_points(counted)
    engaged = _people_with(people, table.min_person_points, accounts)
    attention = table.breadth[np.clip(engaged, 1, len(table.breadth)) - 1] * kept // _HUNDREDTHS
    return Engagement(
        kept=kept,
        attention=attention,
        score=half_score(attention, table.half_score_points),
        people_engaged=engaged,
        mqa_people=_people_with(people, model.tables.stages.mqa_person_points, accounts),
        last_at=_last_at(counted, accounts),
        people=people,
        counted=counted,
        channels=channels,
        table=table,
    )


def half_score(attention: Ints, half_score_points: int) -> Floats:
    """`100 * P / (P + K)`, rounded: 0 points make 0 and K points make 50."""
    return rounded(100.0 * attention / (attention + half_score_points))


def points_of_people(
    evidence: Evidence, model: Model, as_of: datetime, accounts: int
) -> list[dict[int, float]]:
    """Attention points (after channel caps, before breadth) of each account's known people, by their places."""
    engaged = engagement(evidence, model, epoch_seconds(as_of), accounts)
    found: list[dict[int, float]] = [{} for _ in range(accounts)]
    columns = (engaged.people.account, engaged.people.person, kept_of_people(engaged) / MICRO)
    for account, person, points in zip(*(column.tolist() for column in columns), strict=True):
        found[account][person] = points
    return found


def kept_of_people(engaged: Engagement) -> Ints:
    """What each entry of `people` keeps after channel caps, in micro-points: its activities' shares, summed."""
    return _sums(engaged.counted, engaged.rows.kept)


def _person_points(counted: Counted) -> PersonPoints:
    at = counted.persons.take(_known(counted))
    account, person = counted.account.take(at), counted.person.take(at)
    return PersonPoints(account.astype(np.int64), person.astype(np.int64), _sums(counted, counted.points))


def _sums(counted: Counted, values: Ints) -> Ints:
    """Sums of a column of the rows, one for each known person of each account."""
    sums = np.add.reduceat(values, counted.persons) if len(values) else values
    return sums.take(_known(counted))


def _known(counted: Counted) -> Ints:
    return np.flatnonzero(counted.person.take(counted.persons) != UNKNOWN_PERSON)


def _people_with(people: PersonPoints, least: int, accounts: int) -> Ints:
    """How many people have at least `least` points before channel caps.

    Before, because after a cap one person's activities take from another's share: counted so, a person could
    stop being engaged without doing anything less.
    """
    enough = np.flatnonzero(people.raw >= least)
    return np.bincount(people.account.take(enough), minlength=accounts).astype(np.int64)


def _last_at(counted: Counted, accounts: int) -> Ints:
    last = np.full(accounts, -1, dtype=np.int64)
    account = counted.account.take(counted.persons)
    first = group_starts(account)
    if len(first):
        starts = counted.persons.take(first)
        last[account.take(first)] = np.maximum.reduceat(counted.occurred_at, starts)
    return last


def _kept(points: Ints, channel: Ints, raw: Ints, table: ActivityTable) -> Ints:
    """Per row, what it keeps of its points: its share of what its channel keeps, rounded down."""
    cap = table.caps[channel]
    kept = points.copy()
    cut = np.flatnonzero(raw > cap)
    kept[cut] = points[cut] * cap[cut] // raw[cut]
    return kept


def cap_points(table: ActivityTable, channel: int) -> float | None:
    """The cap of a channel in points, None when it has none."""
    cap = int(table.caps[channel])
    return None if cap == NO_CAP else cap / MICRO
