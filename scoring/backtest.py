"""How well a ranking found the accounts that came to buy: metrics of a replay (docs/backtest.md).

Pure: scores and outcomes in, numbers out. Accounts are compared only with accounts of the same cohort (the
same week), because activities and deals both grow over the years, and a score that only knows the date would
look clever otherwise.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from scoring.facts import AccountFacts
from scoring.units import Flags, Floats, Ints

MIN_POSITIVES = 30
"""Accounts with the outcome, below which no metric is given: an interval would span most of the scale."""
RESAMPLES = 1000
TENTHS = 10
HINDSIGHT_FIELDS = frozenset({"type", "lifecycle_stage"})
"""Fields that a CRM's users set because a deal was won ("Customer"): today's value gives the outcome away."""

_INTERVAL = (2.5, 97.5)
_CHUNK = 100


def blinded(accounts: Iterable[AccountFacts]) -> tuple[AccountFacts, ...]:
    """The same accounts without the fields that give an outcome away."""
    return tuple(
        replace(
            account,
            fields={name: value for name, value in account.fields.items() if name not in HINDSIGHT_FIELDS},
        )
        for account in accounts
    )


@dataclass(frozen=True, slots=True)
class Cohort:
    """Accounts that are ranked against each other; one entry an account.

    `accounts` numbers them alike in every cohort, so that an account which buys twice is one account.
    """

    accounts: Ints
    positive: Flags
    scores: Floats


@dataclass(frozen=True, slots=True)
class Placed:
    """Where one ranking placed the positives.

    rows has one row a positive: the share of the negatives below it, then for each capacity the chance that
    it had a seat, then for each tenth (best first) the chance that it was in it. accounts has their numbers,
    seats the seats given for each capacity, population the accounts ranked; both summed over the cohorts.
    """

    rows: Floats
    accounts: Ints
    seats: Floats
    population: int
    cohorts: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class AtCapacity:
    """With so many seats a week: the share of seats that went to positives, and of positives with a seat."""

    capacity: int
    precision: Estimate
    recall: Estimate
    lift: Estimate
    """Recall over what seats given at random would reach."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """What one ranking achieved. tenths holds the lift of each tenth of the accounts, best first."""

    auc: Estimate
    at: tuple[AtCapacity, ...]
    tenths: tuple[Estimate, ...]


def placements(scores: Floats, positive: Flags) -> Floats:
    """For each positive, the share of negatives that score less; an equal score counts half.

    Their mean is the area under the curve. At least one negative is needed.
    """
    others = np.sort(scores[~positive])
    below = np.searchsorted(others, scores[positive], "left")
    not_above = np.searchsorted(others, scores[positive], "right")
    shares: Floats = (below + not_above) / 2 / len(others)
    return shares


def chances(scores: Floats, chosen: Flags, seats: float) -> Floats:
    """For each chosen account, the chance of being among the `seats` best; lots decide between equals."""
    ordered = np.sort(scores)
    first = np.searchsorted(ordered, scores[chosen], "left")
    last = np.searchsorted(ordered, scores[chosen], "right")
    better, equals = len(scores) - last, last - first
    drawn: Floats = np.clip((seats - better) / equals, 0.0, 1.0)
    return drawn


def place(cohort: Cohort, capacities: Sequence[int]) -> Placed:
    """Where the positives of one cohort stand. Without a negative nothing is ranked, so nobody counts."""
    size, positive = len(cohort.scores), cohort.positive
    if bool(positive.all()):
        return _nobody(len(capacities))
    within = [chances(cohort.scores, positive, size * tenth / TENTHS) for tenth in range(TENTHS + 1)]
    rows = [
        placements(cohort.scores, positive),
        *(chances(cohort.scores, positive, capacity) for capacity in capacities),
        *np.diff(within, axis=0),
    ]
    seats = np.minimum(np.array(capacities, dtype=np.float64), size)
    return Placed(np.stack(rows, axis=1), cohort.accounts[positive], seats, size, 1)


def _nobody(capacities: int) -> Placed:
    rows = np.empty((0, 1 + capacities + TENTHS))
    return Placed(rows, np.empty(0, dtype=np.int64), np.zeros(capacities), 0, 0)


def join(parts: Iterable[Placed]) -> Placed:
    """The placements of several cohorts as one."""
    listed = list(parts)
    return Placed(
        np.concatenate([part.rows for part in listed]),
        np.concatenate([part.accounts for part in listed]),
        np.sum([part.seats for part in listed], axis=0),
        sum(part.population for part in listed),
        sum(part.cohorts for part in listed),
    )


def enough(placed: Placed) -> bool:
    """Whether metrics may be given: so many different accounts had the outcome."""
    return len(np.unique(placed.accounts)) >= MIN_POSITIVES


def metrics(placed: Placed, capacities: Sequence[int], *, seed: int) -> Metrics:
    """Every metric with its interval; the same seed gives the same interval.

    The bootstrap draws accounts that had the outcome (an account with two stays whole), each as often as a
    Poisson number of mean 1 says, so that their number varies too. The other accounts are held as they are:
    there are many more of them, and they add little to the uncertainty.
    """
    value, drawn = _totals(placed), _drawn_totals(placed, seed)
    count = len(capacities)
    tenths = range(1 + count, 1 + count + TENTHS)
    return Metrics(
        auc=_ratio(value, drawn, 0),
        at=tuple(
            _at_capacity(placed, value, drawn, place=number, capacity=capacity)
            for number, capacity in enumerate(capacities)
        ),
        tenths=tuple(_scaled(_ratio(value, drawn, column), TENTHS) for column in tenths),
    )


def auc_difference(better: Placed, worse: Placed, *, seed: int) -> Estimate:
    """By how much one ranking's area exceeds another's over the same cohorts, drawn in pairs."""
    rows = better.rows[:, :1] - worse.rows[:, :1]
    paired = Placed(rows, better.accounts, better.seats, better.population, better.cohorts)
    return _ratio(_totals(paired), _drawn_totals(paired, seed), 0)


def _at_capacity(placed: Placed, value: Floats, drawn: Floats, *, place: int, capacity: int) -> AtCapacity:
    recall = _ratio(value, drawn, 1 + place)
    seats = float(placed.seats[place])
    column = 1 + place
    return AtCapacity(
        capacity=capacity,
        precision=_estimate(value[column] / seats, drawn[:, column] / seats),
        recall=recall,
        lift=_scaled(recall, placed.population / seats),
    )


def _totals(placed: Placed) -> Floats:
    """Sums of the columns, and the number of positives as the last entry."""
    sums: Floats = np.append(placed.rows.sum(axis=0), float(len(placed.rows)))
    return sums


def _drawn_totals(placed: Placed, seed: int) -> Floats:
    """The same for each resample, one row each."""
    _, index = np.unique(placed.accounts, return_inverse=True)
    counted = np.column_stack([placed.rows, np.ones(len(placed.rows))])
    by_account = np.zeros((int(index.max()) + 1, counted.shape[1]))
    np.add.at(by_account, index, counted)
    generator = np.random.default_rng(seed)
    # In chunks, so that memory stays bounded however many accounts there are.
    chunks = [
        generator.poisson(1.0, (_CHUNK, len(by_account))) @ by_account for _ in range(RESAMPLES // _CHUNK)
    ]
    return np.concatenate(chunks)


def _ratio(value: Floats, drawn: Floats, column: int) -> Estimate:
    """A mean over the positives; a resample that drew nobody says nothing."""
    some = drawn[:, -1] > 0
    return _estimate(value[column] / value[-1], drawn[some, column] / drawn[some, -1])


def _estimate(value: float, drawn: Floats) -> Estimate:
    low, high = np.percentile(drawn, _INTERVAL)
    return Estimate(float(value), float(low), float(high))


def _scaled(estimate: Estimate, factor: float) -> Estimate:
    return Estimate(estimate.value * factor, estimate.low * factor, estimate.high * factor)
