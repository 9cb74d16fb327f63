"""Signals to intent (docs/scoring.md sections 4 and 8)."""

from dataclasses import dataclass

import numpy as np

from scoring.compiled import SourceTable
from scoring.engagement import half_score
from scoring.model import Model
from scoring.signals import Signals
from scoring.units import SECONDS_PER_DAY, Floats, Ints, group_starts, sums_by

_POINTS_DIVISOR = 10**10
"""Hundredths of a percent of strength (1e4) times parts per million of decay (1e6)."""


@dataclass(frozen=True, slots=True)
class Intent:
    """attention and score have one entry an account; row and points one a signal that had been seen by then.

    `newest` says which of those are the newest of their source, kind and topic: only they count.
    """

    attention: Ints
    score: Floats
    row: Ints
    points: Ints
    newest: Ints


def intent(signals: Signals, model: Model, now: int, accounts: int) -> Intent:
    """Intent of `accounts` accounts at the instant `now`, in epoch seconds."""
    row = np.flatnonzero(signals.observed_at <= now)
    starts = group_starts(signals.account[row], signals.source[row], signals.topic[row])
    newest = np.append(starts[1:], len(row))[: len(starts)] - 1
    points = np.zeros(len(row), dtype=np.int64)
    points[newest] = _points(signals, row[newest], model, now)
    attention = sums_by(signals.account[row], points, accounts)
    return Intent(attention, half_score(attention, model.tables.intent_half_score), row, points, newest)


def _points(signals: Signals, rows: Ints, model: Model, now: int) -> Ints:
    points = np.zeros(len(rows), dtype=np.int64)
    age = now // SECONDS_PER_DAY - signals.observed_at[rows] // SECONDS_PER_DAY
    for code, name in enumerate(signals.sources):
        table = model.tables.sources.get(name, model.tables.default_source)
        mine = np.flatnonzero(signals.source[rows] == code)
        points[mine] = _source_points(signals.strength[rows[mine]], age[mine], table)
    return points


def _source_points(strength: Ints, age: Ints, table: SourceTable) -> Ints:
    alive = (strength >= table.min_strength) & (age <= table.ttl_days)
    decay = table.decay[np.minimum(age, table.ttl_days)]
    return np.where(alive, table.weight * strength * decay // _POINTS_DIVISOR, 0)
