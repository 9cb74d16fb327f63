"""Integers that stand for points, and the few sums over them (docs/scoring.md section 8).

Sums of floats depend on their order and a rank must not, so points are integers: micro-points (1,000,000 to
the point), multipliers in thousandths, decay in parts per million.
"""

from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

MICRO = 1_000_000
SECONDS_PER_DAY = 86_400
EXACT_FLOAT = 2**53

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def scaled(value: float, scale: int) -> int:
    """The decimal number a person wrote, times scale, as an integer rounded half to even."""
    return int((Decimal(repr(value)) * scale).to_integral_value(ROUND_HALF_EVEN))


def micro(points: float) -> int:
    """Points as micro-points."""
    return scaled(points, MICRO)


def decay_table(half_life_days: float, last_age: int) -> Ints:
    """`round(1e6 * 2 ** (-age / half_life))` for ages 0 to last_age.

    Decimal arithmetic, because pow() of two C libraries may differ in the last bit and this must not.
    """
    context = Context(prec=40)
    half_life = Decimal(repr(half_life_days))
    powers = (
        context.power(Decimal(2), context.divide(Decimal(-age), half_life)) for age in range(last_age + 1)
    )
    return np.array(
        [int((power * MICRO).to_integral_value(ROUND_HALF_EVEN)) for power in powers], dtype=np.int64
    )


def rounded(values: Floats) -> Floats:
    """Six decimals, half to even: the form in which a score is stored, ranked, compared and written."""
    result: Floats = np.rint(values * 1e6) / 1e6
    # Adding 0.0 turns a negative zero into zero, so that equal scores have equal bytes.
    return result + 0.0


def epoch_seconds(instant: datetime) -> int:
    """Whole seconds since 1970 of an aware instant; ValueError for a naive one."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant!r} has no time zone")
    return int(instant.timestamp() // 1)


def sums_by(index: NDArray[np.integer[Any]], values: Ints, length: int) -> Ints:
    """Exact sums of values per index: by bincount (float sums) while exact, else by integer adds."""
    if len(values) == 0:
        return np.zeros(length, dtype=np.int64)
    if int(values.max()) * len(values) < EXACT_FLOAT:
        return np.bincount(index, weights=values, minlength=length).astype(np.int64)
    sums = np.zeros(length, dtype=np.int64)
    np.add.at(sums, index, values)
    return sums


def group_starts(*columns: NDArray[np.generic]) -> Ints:
    """Positions where a run of equal rows starts, for rows that are sorted (or at least clustered)."""
    length = len(columns[0])
    if length == 0:
        return np.zeros(0, dtype=np.int64)
    changed = np.zeros(length, dtype=np.bool_)
    changed[0] = True
    for column in columns:
        changed[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(changed)
