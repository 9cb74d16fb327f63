"""The statistics of a suggestion: shrunk log-odds, intervals of shares, and a test by shuffling."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from scoring.backtest import Estimate, placements
from scoring.units import Flags, Floats, Ints

PRIOR_SD = 0.75
"""How far a level's log-odds are believed to lie from the average before any deal is seen.

It weighs as much as 1 / (0.75**2 * 0.25), about 7, decided accounts: a level with fewer stays near 0.
"""
_Z95 = 1.959963984540054
_STEPS = 50
_DEALS = 1999
_SAME = 1e-9  # sums of the same numbers in another order
_DONE = 1e-10  # far below what is printed
_SMALLEST_STEP = 1e-6  # nothing is gained any more: this is the optimum


@dataclass(frozen=True, slots=True)
class LogOdds:
    """Log-odds a column, and how uncertain they are together."""

    effects: Floats
    covariance: Floats

    def against_average(self, columns: slice, counts: Ints) -> tuple[Floats, Floats]:
        """Effects and deviations of one field's levels against the average account; counts are their accounts.

        A level that nobody is in is held for average, and as uncertain as the prior says.
        """
        contrast = np.eye(len(counts)) - counts / counts.sum()
        effects = contrast @ self.effects[columns]
        spread = contrast @ self.covariance[columns, columns] @ contrast.T
        seen = counts > 0
        return np.where(seen, effects, 0.0), np.where(seen, np.sqrt(np.diag(spread)), PRIOR_SD)


def shrunk_log_odds(design: Floats, won: Flags) -> LogOdds:
    """Logistic regression with a normal prior (ridge) on every column, none on the average.

    All columns are fitted together, so that two fields that say the same (headcount and revenue) share one
    effect instead of counting it twice. The covariance is that of the normal approximation at the optimum.
    Newton's method from 0; the objective is strictly convex, and a halved step is taken where a full one
    would not improve it.
    """
    columns = np.column_stack([np.ones(len(won)), design])
    penalty = np.diag([1e-6, *([PRIOR_SD**-2] * design.shape[1])])
    found = np.zeros(columns.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-columns @ found))
        slope = columns.T @ (won - chance) - penalty @ found
        curve = (columns.T * (chance * (1 - chance))) @ columns + penalty
        step = np.linalg.solve(curve, slope)
        found = _improved(columns, won, penalty, found, step)
        if float(np.abs(step).max()) < _DONE:
            break
    return LogOdds(found[1:], np.linalg.inv(curve)[1:, 1:])


def _improved(columns: Floats, won: Flags, penalty: Floats, at: Floats, step: Floats) -> Floats:
    def loss(point: Floats) -> float:
        odds = columns @ point
        return float(np.logaddexp(0, odds).sum() - odds[won].sum() + point @ penalty @ point / 2)

    size, before = 1.0, loss(at)
    while size > _SMALLEST_STEP and loss(at + size * step) > before:
        size /= 2
    better: Floats = at + size * step
    return better


def share_interval(count: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share; all of the scale when there is nothing to count."""
    if of == 0:
        return (0.0, 1.0)
    share, z2 = count / of, _Z95 * _Z95
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z95 * sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return (max(0.0, middle - half), min(1.0, middle + half))


def chance_of_luck(levels: Ints, won: Flags, *, seed: int) -> float:
    """How often outcomes dealt at random differ between the levels at least as much as the real ones do.

    The measure is Pearson's chi-squared. As many are won as were; who they are is drawn anew, which needs
    no table and holds for small counts too.
    """
    sizes = np.bincount(levels)
    wins = np.bincount(levels, weights=won, minlength=len(sizes))[sizes > 0]
    sizes = sizes[sizes > 0]
    expected = sizes * (wins.sum() / sizes.sum())
    dealt = np.random.default_rng(seed).multivariate_hypergeometric(
        sizes, int(wins.sum()), size=_DEALS, method="marginals"
    )
    measures = ((dealt - expected) ** 2 / sizes).sum(axis=1)
    real = ((wins - expected) ** 2 / sizes).sum()
    return float(1 + (measures >= real - _SAME).sum()) / (1 + _DEALS)


def area_difference(better: Floats, worse: Floats, won: Flags) -> Estimate:
    """By how much one score's area under the curve exceeds another's, with DeLong's 95 % interval."""
    of_won = placements(better, won) - placements(worse, won)
    of_lost = placements(-better, ~won) - placements(-worse, ~won)
    value = float(of_won.mean())
    half = _Z95 * sqrt(float(of_won.var(ddof=1)) / len(of_won) + float(of_lost.var(ddof=1)) / len(of_lost))
    return Estimate(value, value - half, value + half)


def area(scores: Floats, won: Flags) -> Estimate:
    """The area under the curve with DeLong's 95 % interval, cut to 0 and 1."""
    over = area_difference(scores, np.zeros(len(scores)), won)
    return Estimate(over.value + 0.5, max(0.0, over.low + 0.5), min(1.0, over.high + 0.5))
