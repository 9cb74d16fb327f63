"""What tiers are given out from, and what comes of it (docs/scoring.md section 7)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Self

import numpy as np

from core.fields import NO_TIER, TIERS
from scoring.kernel import Scores
from scoring.model import Model
from scoring.spec import Tier, Tiers
from scoring.units import Floats

LABELS = {"one_to_one": "1:1", "one_to_few": "1:few", "one_to_many": "1:many", NO_TIER: "no tier"}


@dataclass(frozen=True, slots=True)
class Candidates:
    """Accounts as columns, in any order; blocked says why an account may have no tier, "" if it may."""

    keys: tuple[str, ...]
    fit: Floats
    priority: Floats
    blocked: tuple[str, ...]

    @classmethod
    def from_scores(cls, parts: Iterable[Scores], model: Model) -> Self:
        """Candidates of every part of the accounts that was scored."""
        listed = list(parts)
        return cls(
            keys=tuple(key for part in listed for key in part.keys),
            fit=np.concatenate([np.empty(0), *(part.fit for part in listed)]),
            priority=np.concatenate([np.empty(0), *(part.priority for part in listed)]),
            blocked=tuple(reason for part in listed for reason in _blocked(part, model)),
        )


@dataclass(frozen=True, slots=True)
class CurrentTier:
    """The tier an account has and the instant it entered it."""

    tier: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Override:
    """A person's decision: a pin to a tier, or `none` to keep an account out. None expires never."""

    tier: str
    author: str
    reason: str
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.tier not in {*TIERS, NO_TIER}:
            raise ValueError(f"an override names an unknown tier {self.tier!r}")
        if not self.author.strip() or not self.reason.strip():
            raise ValueError("an override needs an author and a reason")


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where an account stands. rank is among the candidates of its tier, None for pins and outside tiers.

    full: whose seats of the next better tier are taken, where that alone keeps the account out of it.
    """

    key: str
    tier: str
    since: datetime
    source: str
    rank: int | None
    reason: str
    previous: str
    full: str = ""


@dataclass(frozen=True, slots=True)
class OverCap:
    """A tier that holds more accounts than its cap, which only pins can do."""

    tier: str
    cap: int
    pins: int


@dataclass(frozen=True, slots=True)
class Placed:
    """Who got a seat in one tier, by account: rank, and group in the order of service (1 to 4).

    full: who got none because the seats of its owner or segment were taken, and whose they are.
    """

    rank: dict[int, int]
    group: dict[int, int]
    seats: int
    last_priority: float | None
    full: dict[int, str]


def tier_specs(tiers: Tiers) -> Iterator[tuple[str, Tier]]:
    """The tiers of a model, best first."""
    yield from zip(TIERS, (tiers.one_to_one, tiers.one_to_few, tiers.one_to_many), strict=True)


def _blocked(scores: Scores, model: Model) -> Iterator[str]:
    least = model.spec.fit.min_completeness
    for excluded, completeness in zip(scores.exclusion, scores.fit_completeness.tolist(), strict=True):
        if excluded:
            yield f"excluded: {excluded}"
        else:
            yield f"fit completeness {completeness:.1f} is under {least:g}" if completeness < least else ""
