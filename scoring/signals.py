"""Signals as columns: account i is the i-th of the accounts given to `score`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from core.signals import SIGNAL_KINDS
from scoring.columns import integers, objects, places, rows_between
from scoring.units import Ints, scaled


class SignalRow(NamedTuple):
    """One reading of one source; strength is 0 to 100."""

    id: str
    account: str
    source: str
    kind: str
    topic: str
    strength: float
    observed_at: int
    """Whole seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Signals:
    """Signals as columns, sorted by account, source, topic, observed_at, id.

    `source` indexes `sources`; `topic` indexes `topics`, which holds (kind, topic) pairs; strength is in
    hundredths.
    """

    sources: tuple[str, ...]
    topics: tuple[tuple[str, str], ...]
    account: Ints
    source: Ints
    topic: Ints
    strength: Ints
    observed_at: Ints
    ids: NDArray[np.object_]

    @classmethod
    def from_rows(cls, accounts: Sequence[str], rows: Iterable[SignalRow]) -> Self:
        """Build from rows; KeyError for an unknown account, ValueError for a wrong kind or strength."""
        place = places(accounts)
        listed = sorted(
            rows,
            key=lambda row: (place[row.account], row.source, row.kind, row.topic, row.observed_at, row.id),
        )
        for row in listed:
            _check_signal(row)
        sources = tuple(sorted({row.source for row in listed}))
        topics = tuple(sorted({(row.kind, row.topic) for row in listed}))
        source_code, topic_code = places(sources), places(topics)
        return cls(
            sources=sources,
            topics=topics,
            account=integers(listed, lambda row: place[row.account]),
            source=integers(listed, lambda row: source_code[row.source]),
            topic=integers(listed, lambda row: topic_code[row.kind, row.topic]),
            strength=integers(listed, lambda row: scaled(row.strength, 100)),
            observed_at=integers(listed, lambda row: row.observed_at),
            ids=objects([row.id for row in listed]),
        )

    @classmethod
    def none(cls) -> Self:
        """No signals."""
        return cls.from_rows((), ())

    def of(self, account: int) -> Self:
        """The signals of one account, as account 0."""
        return self.between(account, account + 1)

    def between(self, first: int, last: int) -> Self:
        """The signals of accounts `first` to before `last`, counted from 0."""
        rows = rows_between(self.account, first, last)
        return self._taken(rows, self.account[rows] - first)

    def some(self, accounts: Sequence[int]) -> Self:
        """The signals of these ascending accounts, counted from 0 in their order."""
        wanted = np.array(accounts, dtype=np.int64)
        rows = np.flatnonzero(np.isin(self.account, wanted))
        return self._taken(rows, np.searchsorted(wanted, self.account[rows]))

    def _taken(self, rows: Ints | slice, account: Ints) -> Self:
        return replace(
            self,
            account=account,
            source=self.source[rows],
            topic=self.topic[rows],
            strength=self.strength[rows],
            observed_at=self.observed_at[rows],
            ids=self.ids[rows],
        )


def _check_signal(row: SignalRow) -> None:
    if not 0 <= row.strength <= 100:  # noqa: PLR2004 - a percentage
        raise ValueError(f"signal {row.id!r}: strength {row.strength} is not between 0 and 100")
    if row.kind not in SIGNAL_KINDS:
        raise ValueError(
            f"signal {row.id!r}: unknown kind {row.kind!r}; use one of {', '.join(SIGNAL_KINDS)}"
        )
