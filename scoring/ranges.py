"""Scoring many accounts range by range, so that memory does not grow with the number of activities."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from datetime import datetime
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from scoring.columns import Integers
from scoring.evidence import Evidence
from scoring.facts import AccountFacts, Contacts
from scoring.kernel import Scores, score
from scoring.model import Model
from scoring.signals import Signals
from scoring.single import OneAccount

ROWS = 250_000
"""Activities a range: what is worked on at once stays near the processor."""
THREADS = 2
"""Ranges worked on at once: while one is read, another is scored."""


class FactsSource(Protocol):
    """Facts of many accounts, of which a few ranges at a time are in memory."""

    def spans(self) -> Iterable[tuple[int, int]]:
        """Consecutive ranges (first, before last) that hold all accounts, of about ROWS activities each."""

    def between(self, first: int, last: int) -> "FactsInMemory":
        """The facts of accounts `first` to before `last`; safe to call from several threads."""


@dataclass(frozen=True, slots=True)
class FactsInMemory:
    """Facts of consecutive accounts; rows of columns count the accounts from 0."""

    accounts: Sequence[AccountFacts]
    evidence: Evidence
    signals: Signals
    contacts: Contacts

    def spans(self) -> Iterator[tuple[int, int]]:
        """Ranges by the number of rows in the evidence."""
        return spans(self.evidence.account, len(self.accounts))

    def between(self, first: int, last: int) -> "FactsInMemory":
        """A part of these."""
        return FactsInMemory(
            self.accounts[first:last],
            self.evidence.between(first, last),
            self.signals.between(first, last),
            self.contacts.between(first, last),
        )

    def one(self, place: int) -> OneAccount:
        """The account at a place, alone, with the ids of its activities."""
        return OneAccount(
            self.accounts[place], self.evidence.of(place), self.signals.of(place), self.contacts.of(place)
        )

    def scores(self, model: Model, as_of: datetime) -> Scores:
        """All of them at once."""
        return score(self.accounts, self.evidence, self.signals, self.contacts, model, as_of)


def score_in_ranges(facts: FactsSource, model: Model, as_of: datetime) -> Scores:
    """The same scores as `scoring.kernel.score` gives for all accounts at once, bit for bit."""

    def scored(span: tuple[int, int]) -> Scores:
        return facts.between(*span).scores(model, as_of)

    with ThreadPoolExecutor(THREADS) as pool:
        return together(list(pool.map(scored, facts.spans())))


def spans(account: Integers, accounts: int) -> Iterator[tuple[int, int]]:
    """Spans of accounts with about ROWS rows each; one span where there are no accounts."""
    edges = {0, accounts, *account[ROWS::ROWS].tolist()}
    ordered = sorted(edges) if accounts else [0, 0]
    yield from pairwise(ordered)


def cuts(counts: Iterable[tuple[int, int]], rows: int) -> Iterator[int]:
    """Where to cut between counted pieces, (the place behind it, its rows) each, so that ranges have about `rows`."""
    found = 0
    for after, count in counts:
        found += count
        if found >= rows:
            yield after
            found = 0


def together(parts: Sequence[Scores]) -> Scores:
    """Scores of consecutive accounts as one."""
    names = {field.name for field in fields(Scores)} - {"template", "model_version"}
    joined: dict[str, Any] = {name: _joined([getattr(part, name) for part in parts]) for name in names}
    return replace(parts[0], **joined)


def _joined(values: Sequence[Any]) -> Any:
    if isinstance(values[0], np.ndarray):
        return np.concatenate(values)
    return tuple(value for part in values for value in part)
