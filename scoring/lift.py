"""Lift: whether a source's signals run ahead of opportunities, by the customer's own numbers.

An account that a source signalled is looked at for a window of days behind its first counting signal; it
won when an opportunity was created in that window. Accounts without any signal of the source are the base:
they are looked at for the same number of days behind the middle (the lower median) of those first signals,
so that both groups live through the same season. Only windows that have passed by `as_of` count.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from typing import NamedTuple

from scoring.units import SECONDS_PER_DAY, epoch_seconds

WINDOW_DAYS = 90
ENOUGH = 20
"""Accounts in the smaller group, below which a rate says nothing."""
_Z = 1.959963984540054
"""The normal quantile of a two-sided interval of 95%."""


class Reading(NamedTuple):
    """A signal that counts: the account's key, the source, whole seconds since 1970."""

    account: str
    source: str
    observed_at: int


@dataclass(frozen=True, slots=True)
class Rate:
    """Of so many accounts, so many had an opportunity created in their window."""

    accounts: int
    with_opportunity: int

    @property
    def share(self) -> float:
        """0 to 1; 0 without accounts."""
        return self.with_opportunity / self.accounts if self.accounts else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval of 95% for the share; everything is possible without accounts."""
        n, p = self.accounts, self.share
        if n == 0:
            return (0.0, 1.0)
        middle = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        half = _Z * sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2)) / (1 + _Z**2 / n)
        return (max(0.0, middle - half), min(1.0, middle + half))


@dataclass(frozen=True, slots=True)
class Lift:
    """One source: its accounts, the base, and accounts whose window has not passed yet.

    base_from is the second since 1970 at which the base's window begins, None without finished windows.
    """

    source: str
    signalled: Rate
    base: Rate
    waiting: int
    base_from: int | None

    @property
    def is_enough(self) -> bool:
        """Whether both groups are large enough to be compared."""
        return min(self.signalled.accounts, self.base.accounts) >= ENOUGH

    @property
    def lift(self) -> float | None:
        """How many times likelier; None without enough data or where the base has no opportunity at all."""
        if not self.is_enough or not self.base.with_opportunity:
            return None
        return self.signalled.share / self.base.share


def lifts(
    accounts: Iterable[str],
    readings: Iterable[Reading],
    opportunities: Iterable[tuple[str, int]],
    as_of: datetime,
) -> list[Lift]:
    """The lift of every source, by name. `opportunities` are (account, seconds since 1970 of creation)."""
    everybody, now = frozenset(accounts), epoch_seconds(as_of)
    born: dict[str, list[int]] = {}
    for account, created_at in opportunities:
        born.setdefault(account, []).append(created_at)
    return [
        _lift(source, firsts, everybody, born, now - WINDOW_DAYS * SECONDS_PER_DAY)
        for source, firsts in sorted(_first_readings(readings, everybody, now).items())
    ]


def _first_readings(
    readings: Iterable[Reading], everybody: frozenset[str], now: int
) -> dict[str, dict[str, int]]:
    """By source, the second at which each account was first signalled."""
    firsts: dict[str, dict[str, int]] = {}
    for account, source, observed_at in readings:
        if account in everybody and observed_at <= now:
            known = firsts.setdefault(source, {})
            known[account] = min(known.get(account, observed_at), observed_at)
    return firsts


def _lift(
    source: str,
    firsts: Mapping[str, int],
    everybody: frozenset[str],
    born: Mapping[str, Sequence[int]],
    latest_start: int,
) -> Lift:
    finished = {account: start for account, start in firsts.items() if start <= latest_start}
    starts = sorted(finished.values())
    base_from = starts[(len(starts) - 1) // 2] if starts else None
    base = {} if base_from is None else dict.fromkeys(everybody - firsts.keys(), base_from)
    waiting = len(firsts) - len(finished)
    return Lift(source, _rate(finished, born), _rate(base, born), waiting, base_from)


def _rate(starts: Mapping[str, int], born: Mapping[str, Sequence[int]]) -> Rate:
    window = WINDOW_DAYS * SECONDS_PER_DAY
    won = sum(
        any(start < created_at <= start + window for created_at in born.get(account, ()))
        for account, start in starts.items()
    )
    return Rate(len(starts), won)
