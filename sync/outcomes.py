"""Who got an opportunity when, and who could have: the labels of a backtest (docs/backtest.md)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

import numpy as np

from core.clock import millis
from scoring.units import Flags, Ints
from store.deals import DealRow

WEEK = timedelta(days=7)
_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Deals:
    """Deals as columns, as they stood at one instant. account is a place; closed_at is _NEVER while open."""

    account: Ints
    created_at: Ints
    closed_at: Ints
    won: Flags

    @classmethod
    def from_rows(cls, rows: Iterable[DealRow], places: Mapping[int, int], as_of_ms: int) -> Self:
        """Deals of the accounts in `places` (account number to place) that existed at as_of_ms.

        One that was closed later counts as open. One that is closed without a date counts as closed then.
        """
        listed = [row for row in rows if row.account_id in places and row.created_at <= as_of_ms]
        ends = [_ended(row, as_of_ms) for row in listed]
        return cls(
            account=np.array([places[row.account_id] for row in listed], dtype=np.int64),
            created_at=np.array([row.created_at for row in listed], dtype=np.int64),
            closed_at=np.array(ends, dtype=np.int64),
            won=np.array(
                [row.is_won and end != _NEVER for row, end in zip(listed, ends, strict=True)], dtype=np.bool_
            ),
        )

    @property
    def closed(self) -> Flags:
        """Which deals are decided."""
        decided: Flags = self.closed_at != _NEVER
        return decided


def _ended(row: DealRow, as_of_ms: int) -> int:
    if not row.is_closed:
        return _NEVER
    ended = as_of_ms if row.closed_at is None else row.closed_at
    return ended if ended <= as_of_ms else _NEVER


@dataclass(frozen=True, slots=True)
class Outcome:
    """One week, one entry an account: could it get an opportunity, did it, was that won, is it still open."""

    free: Flags
    created: Flags
    won: Flags
    undecided: Flags


def outcome(deals: Deals, instant: datetime, week: datetime, accounts: int) -> Outcome:
    """What became of `accounts` accounts in the week that begins at `week`, seen from `instant` before it.

    Free is an account that had won nothing, and whose earlier opportunities were all lost by the instant.
    """
    start, end = millis(week), millis(week + WEEK)
    earlier = deals.created_at < start
    in_the_way = earlier & (deals.won | (deals.closed_at > millis(instant)))
    in_week = ~earlier & (deals.created_at < end)
    won = _any(deals.account[in_week & deals.won], accounts)
    is_open = _any(deals.account[in_week & ~deals.closed], accounts)
    return Outcome(
        free=~_any(deals.account[in_the_way], accounts),
        created=_any(deals.account[in_week], accounts),
        won=won,
        undecided=is_open & ~won,
    )


def _any(places: Ints, size: int) -> Flags:
    flags = np.zeros(size, dtype=np.bool_)
    flags[places] = True
    return flags


def weeks(first: datetime, last: datetime) -> Iterator[datetime]:
    """Starts of the whole weeks between two instants, counted back from the last."""
    start = last - WEEK
    while start >= first:
        yield start
        start -= WEEK
