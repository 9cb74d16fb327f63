"""Scoring many accounts range by range, so that memory does not grow with the number of activities."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np

from scoring.facts import AccountFacts, Contacts, Evidence, Integers, Signals
from scoring.kernel import Scores, score
from scoring.model import Model

ROWS = 250_000
"""Activities a range: what is worked on at once stays near the processor."""


def score_in_ranges(
    accounts: Sequence[AccountFacts],
    evidence: Evidence,
    signals: Signals,
    contacts: Contacts,
    model: Model,
    as_of: datetime,
) -> Scores:
    """The same scores as `scoring.kernel.score` gives, bit for bit."""
    parts = [
        score(
            accounts[first:last],
            evidence.between(first, last),
            signals.between(first, last),
            contacts.between(first, last),
            model,
            as_of,
        )
        for first, last in spans(evidence.account, len(accounts))
    ]
    return together(parts)


def spans(account: Integers, accounts: int) -> Iterator[tuple[int, int]]:
    """Spans of accounts with about ROWS rows each; one span where there are no accounts."""
    edges = {0, accounts, *account[ROWS::ROWS].tolist()}
    ordered = sorted(edges) if accounts else [0, 0]
    yield from pairwise(ordered)


def together(parts: Sequence[Scores]) -> Scores:
    """Scores of consecutive accounts as one."""
    columns = {field.name: [getattr(part, field.name) for part in parts] for field in fields(Scores)}
    joined: dict[str, Any] = {name: _joined(values) for name, values in columns.items()}
    joined["template"], joined["model_version"] = parts[0].template, parts[0].model_version
    return Scores(**joined)


def _joined(values: Sequence[Any]) -> Any:
    if isinstance(values[0], tuple):
        return tuple(value for part in values for value in part)
    return np.concatenate(values) if isinstance(values[0], np.ndarray) else values[0]
