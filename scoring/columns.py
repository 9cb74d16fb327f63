"""Columns of facts: made of rows, sorted, and cut by account."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.units import Ints

Integers = NDArray[np.integer[Any]]


def places(values: Sequence[Any]) -> dict[Any, int]:
    """Where each value stands."""
    return {value: place for place, value in enumerate(values)}


def integers(rows: Sequence[Any], read: Callable[[Any], int]) -> Ints:
    """One column: what `read` makes of each row."""
    return np.fromiter((read(row) for row in rows), dtype=np.int64, count=len(rows))


def objects(values: Sequence[str]) -> NDArray[np.object_]:
    """The values as a column that keeps them as they are."""
    column = np.empty(len(values), dtype=np.object_)
    column[:] = values
    return column


def rows_between(account: Integers, first: int, last: int) -> slice:
    """The rows of accounts `first` to before `last`, of a column that ascends."""
    # Places of the column's own type: with others numpy would convert the whole column.
    begin, end = np.searchsorted(account, np.array([first, last], dtype=account.dtype))
    return slice(int(begin), int(end))


def is_sorted(keys: Sequence[Integers]) -> bool:
    """Whether rows ascend by the keys, first key first."""
    undecided = np.ones(max(len(keys[0]) - 1, 0), dtype=np.bool_)
    for key in keys:
        if np.any(undecided & (key[1:] < key[:-1])):
            return False
        undecided &= key[1:] == key[:-1]
    return True
