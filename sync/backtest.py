"""Backtest: score the past as it stood before each opportunity, and see who was ranked above whom.

What counts as an outcome is in sync/outcomes.py, what is measured in scoring/backtest.py, and what the
numbers mean in docs/backtest.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from core.clock import millis
from core.fields import TIERS
from scoring.backtest import (
    HINDSIGHT_FIELDS,
    Cohort,
    Estimate,
    Metrics,
    Placed,
    auc_difference,
    blinded,
    enough,
    join,
    metrics,
    place,
)
from scoring.model import Model
from scoring.ranges import FactsInMemory, score_in_ranges
from scoring.units import Floats
from store.database import Database
from store.deals import deal_rows
from sync.facts import load_facts
from sync.outcomes import Deals, Outcome, outcome, weeks
from sync.progress import Progress, Quiet

CURRENT, CANDIDATE, FIT, ENGAGEMENT, RANDOM = "current", "candidate", "fit only", "engagement only", "random"
TARGETS = ("created", "won")
CAVEATS = (
    (
        "Fields of accounts (industry, size, country, …), titles and buying roles of people, and who belongs to "
        "which account are today's values: no CRM is asked for their history. Where sales fills in a field once a "
        "deal is on, fit looks better than it was."
    ),
    (
        f"The fields {' and '.join(sorted(HINDSIGHT_FIELDS))} are taken as unknown, because winning a deal "
        "changes them."
    ),
    "An account counts in every week, also before its CRM record was made.",
    "An activity counts from the day it is dated; one that was entered later with an earlier date counts too.",
    (
        "HubSpot tells only the latest open, click and page view of a contact, so what lay before the first pull is "
        "thinner than it was then, most of all at accounts that stayed active."
    ),
    "Signals count from the day they were observed, and those of before the first import are missing.",
    "Exclusions, floors, dwell and pins are left aside: accounts are ranked by the score alone.",
)

CANDIDATE_CAVEAT = (
    "A candidate that was suggested from these very deals has seen how they end. To be fair to the current "
    "model, suggest it with an --as-of before the history that is replayed."
)


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be replayed: back from as_of, so many days before each opportunity."""

    model: Model
    as_of: datetime
    candidate: Model | None = None
    horizons: Sequence[int] = (30, 60, 90)
    history_days: int = 365
    seed: int = 7

    @property
    def models(self) -> dict[str, Model]:
        """The models that are compared, by the name of their row."""
        found = {CURRENT: self.model}
        return found if self.candidate is None else {**found, CANDIDATE: self.candidate}

    def capacities(self, accounts: int) -> tuple[int, ...]:
        """Seats of the current model's tiers, each with the better ones, where not everybody has one."""
        caps = [getattr(self.model.spec.tiers, tier).cap for tier in TIERS]
        return tuple(int(seats) for seats in np.cumsum(caps) if seats < accounts)


@dataclass(frozen=True, slots=True)
class Ranking:
    """How one ranking did. `over_current` is what its area exceeds the current model's by."""

    metrics: Metrics
    over_current: Estimate


@dataclass(frozen=True, slots=True)
class Trial:
    """One outcome at one horizon. `rankings` is empty where there is not enough data.

    positives counts accounts in a week, accounts different ones; population is accounts times weeks.
    """

    target: str
    days: int
    positives: int
    accounts: int
    population: int
    weeks: int
    rankings: Mapping[str, Ranking]


@dataclass(frozen=True, slots=True)
class Backtest:
    """Every trial, and what they cannot tell."""

    as_of: datetime
    versions: Mapping[str, str]
    trials: tuple[Trial, ...]
    caveats: tuple[str, ...]


def backtest(database: Database, question: Question, progress: Progress | None = None) -> Backtest:
    """Replay the question from the store; writes nothing."""
    longest = max(question.models.values(), key=lambda model: model.spec.engagement.cut_days)
    # A candidate's signals may live longer than the ones of the model that looks back furthest.
    longer = max(model.signal_days for model in question.models.values()) - longest.signal_days
    reach = question.history_days + max(question.horizons) + longer
    stored = load_facts(database, longest, question.as_of, reach_days=reach)
    # In memory as a whole: every week is scored from the same columns.
    facts = stored.between(0, len(stored.accounts))
    facts = replace(facts, accounts=blinded(facts.accounts))
    places = {number: position for position, number in enumerate(stored.account_ids)}
    as_of_ms = millis(question.as_of)
    deals = Deals.from_rows(deal_rows(database, until_ms=as_of_ms), places, as_of_ms)
    trials = [
        trial
        for days in question.horizons
        for trial in _trials(facts, deals, question, days, progress or Quiet())
    ]
    caveats = CAVEATS if question.candidate is None else (*CAVEATS, CANDIDATE_CAVEAT)
    versions = {name: model.version for name, model in question.models.items()}
    return Backtest(question.as_of, versions, tuple(trials), caveats)


def _trials(
    facts: FactsInMemory, deals: Deals, question: Question, days: int, progress: Progress
) -> Iterator[Trial]:
    capacities = question.capacities(len(facts.accounts))
    parts: dict[str, dict[str, list[Placed]]] = {target: {} for target in TARGETS}
    starts = list(_weeks(facts, question, days))
    for week in starts:
        instant = week - timedelta(days=days)
        rankings = scores_at(facts, question, instant)
        found = outcome(deals, instant, week, len(facts.accounts))
        for target, placed in parts.items():
            for name, scores in rankings.items():
                placed.setdefault(name, []).append(place(_cohort(found, target, scores), capacities))
        progress.advance(f"replay {days} days before", 1, len(starts))
    for target, placed in parts.items():
        joined = {name: join(weekly) for name, weekly in placed.items()}
        yield _trial(joined, capacities, target=target, days=days, seed=question.seed)


def _weeks(facts: FactsInMemory, question: Question, days: int) -> Iterator[datetime]:
    """Weeks of the history before whose instant the activities reach back as far as the models look."""
    end = question.as_of.replace(hour=0, minute=0, second=0, microsecond=0)
    first = end - timedelta(days=question.history_days)
    if len(facts.evidence.occurred_at):
        earliest = datetime.fromtimestamp(int(facts.evidence.occurred_at.min()), UTC)
        reach = max(model.spec.engagement.cut_days for model in question.models.values())
        first = max(first, earliest + timedelta(days=reach + days))
    return weeks(first, end)


def scores_at(facts: FactsInMemory, question: Question, instant: datetime) -> dict[str, Floats]:
    """What each ranking goes by at a past instant: facts dated later count nothing."""
    scores = {name: score_in_ranges(facts, model, instant) for name, model in question.models.items()}
    lots = np.random.default_rng([question.seed, millis(instant)])
    return {
        **{name: found.priority for name, found in scores.items()},
        FIT: scores[CURRENT].fit,
        ENGAGEMENT: scores[CURRENT].engagement,
        RANDOM: lots.random(len(facts.accounts)),
    }


def _cohort(found: Outcome, target: str, scores: Floats) -> Cohort:
    counts = found.free & ~found.undecided if target == "won" else found.free
    positive = found.won if target == "won" else found.created
    return Cohort(np.flatnonzero(counts), positive[counts], scores[counts])


def _trial(
    placed: Mapping[str, Placed], capacities: Sequence[int], *, target: str, days: int, seed: int
) -> Trial:
    if not placed:
        return Trial(target, days, positives=0, accounts=0, population=0, weeks=0, rankings={})
    current = placed[CURRENT]
    rankings = {
        name: Ranking(metrics(found, capacities, seed=seed), auc_difference(found, current, seed=seed))
        for name, found in placed.items()
        if enough(current)
    }
    return Trial(
        target,
        days,
        positives=len(current.rows),
        accounts=len(np.unique(current.accounts)),
        population=current.population,
        weeks=current.cohorts,
        rankings=rankings,
    )
