"""Scoring a few accounts whose evidence changed, among all the others as they were scored last.

Every account is scored by itself, so the few score as they would with all. Tiers are given out among all of them;
whoever moves because of the few is scored anew too. The others keep the words and ranks of the last whole scoring.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from core.clock import parse_instant
from scoring.model import Model
from scoring.ranges import score_in_ranges
from scoring.standing import Assignment, Candidates, CurrentTier, Override, tier_specs
from scoring.tiers import assign
from store.database import Database
from store.scores import LastScore, TierRow, current_tiers, last_scores, save_scores
from sync.facts import load_facts
from sync.overrides import overrides
from sync.scored import Scored, scoring_of, tier_rows

MOST_SHARE = 0.2
"""Of all accounts; to score more of them, all are scored."""
_ROUNDS = 3
"""How often those are scored too who moved because of the ones before; a whole scoring sees to the rest."""
_PINNED = "as decided before"


@dataclass(frozen=True, slots=True)
class SomeScored:
    """Scores and tiers of a few accounts; `gone` are those that have no record any more."""

    scored: Scored
    gone: frozenset[int]


@dataclass(frozen=True, slots=True)
class _World:
    """All accounts as they were scored last."""

    last: Mapping[int, tuple[str, LastScore]]
    before: Mapping[int, TierRow]
    connections: Mapping[int, str]


def score_some(
    database: Database,
    model: Model,
    as_of: datetime,
    connections: Mapping[int, str],
    accounts: frozenset[int],
) -> SomeScored | None:
    """Score these accounts (by number, at least one) and whoever moves with them; stores nothing.

    None where all accounts must be scored: another model, most of them changed, or owners or segments have seats of
    their own. `connections` names them by
    number.
    """
    if any(tier.per_owner is not None or tier.segments for _, tier in tier_specs(model.spec.tiers)):
        return None
    last, before = last_scores(database, model.version), current_tiers(database)
    if last is None or last.keys() != before.keys() or len(accounts) > MOST_SHARE * len(last):
        return None
    world = _World(last, before, connections)
    for _ in range(_ROUNDS):
        scored, moved = _score(database, model, as_of, world, accounts)
        if moved <= accounts:
            break
        accounts |= moved
    return SomeScored(scored, accounts - set(scored.facts.account_ids))


def keep_some(database: Database, found: SomeScored, model_text: str, *, now_ms: int) -> None:
    """Store them."""
    model = (found.scored.model.version, model_text, now_ms)
    save_scores(database, scoring_of(found.scored, model), gone=found.gone)


def _score(
    database: Database, model: Model, as_of: datetime, world: _World, accounts: frozenset[int]
) -> tuple[Scored, frozenset[int]]:
    """The scores of these accounts, and the others whose tier moves."""
    facts = load_facts(database, model, as_of, account_ids=accounts)
    scores = score_in_ranges(facts, model, as_of)
    others = {number: row for number, row in world.last.items() if number not in accounts}
    numbers = [*facts.account_ids, *others]
    candidates = _joined(Candidates.from_scores([scores], model), others)
    keys = dict(zip(numbers, candidates.keys, strict=True))
    current = {
        keys[number]: CurrentTier(row.tier, parse_instant(row.since))
        for number, row in world.before.items()
        if number in keys
    }
    held = {
        keys[number]: Override(row.tier, _PINNED, _PINNED)
        for number, row in world.before.items()
        if number in others and row.source == "pin"
    }
    held |= dict(overrides(facts.records, facts.overrides, world.connections, as_of))
    assigned = assign(candidates, current, held, model, as_of)
    mine = assigned[: len(facts.account_ids)]
    tiers = tuple(tier_rows(facts, scores, mine, world.before, as_of))
    return Scored(as_of, model, facts, scores, mine, tiers), _moved(
        numbers[len(mine) :], assigned[len(mine) :]
    )


def _joined(fresh: Candidates, others: Mapping[int, tuple[str, LastScore]]) -> Candidates:
    return Candidates(
        keys=(*fresh.keys, *(key for key, _ in others.values())),
        fit=np.concatenate([fresh.fit, [row.fit for _, row in others.values()]]),
        priority=np.concatenate([fresh.priority, [row.priority for _, row in others.values()]]),
        blocked=(*fresh.blocked, *(row.blocked for _, row in others.values())),
    )


def _moved(numbers: list[int], assigned: list[Assignment]) -> frozenset[int]:
    pairs = zip(numbers, assigned, strict=True)
    return frozenset(number for number, one in pairs if one.tier != one.previous)
