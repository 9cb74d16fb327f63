"""The score step: facts to scores, tiers and the day they began."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from itertools import repeat

from core.clock import millis, parse_instant, wire_instant
from scoring.capacity import Pools, owner_key, pools_of
from scoring.kernel import STAGES, Scores
from scoring.lists import OWNER_EMAIL
from scoring.model import Model
from scoring.ranges import score_in_ranges
from scoring.standing import Assignment, Candidates, CurrentTier, tier_specs
from scoring.tiers import assign
from store.database import Database
from store.facts import AccountRecord
from store.scores import LastScore, Scoring, TierRow, save_past_scores, save_scores
from store.sql import Row
from sync.facts import Facts, load_facts
from sync.overrides import overrides
from sync.past import as_recorded, is_past, standing
from sync.plan import TierMove
from sync.shards import Scorer, Sharing, shared


@dataclass(frozen=True, slots=True)
class Scored:
    """Everything that was computed at `as_of`; entries stand in the order of facts.accounts."""

    as_of: datetime
    model: Model
    facts: Facts
    scores: Scores
    assignments: Sequence[Assignment]
    tiers: Sequence[TierRow]

    @property
    def tier_moves(self) -> tuple[TierMove, ...]:
        """Accounts whose tier is another one than before, by account name."""
        return tuple(
            TierMove(self.facts.names[found.key], found.previous, found.tier, found.reason)
            for found in self.assignments
            if found.previous != found.tier
        )


def compute(
    database: Database,
    model: Model,
    as_of: datetime,
    connections: Mapping[int, str],
    sharing: Sharing | None = None,
) -> Scored:
    """Score every account and give out the tiers; stores nothing. `connections` names them by number.

    At an instant of the past the tiers are the ones of that day, where the store knows them.
    """
    with shared(database, model, as_of, sharing) as scorer:
        facts = load_facts(database, model, as_of)
        before, recorded = standing(database, as_of)
        scored = score_facts(facts, model, as_of, before, connections, scorer)
    return replace(scored, tiers=as_recorded(scored.tiers, recorded)) if recorded else scored


def score_facts(
    facts: Facts,
    model: Model,
    as_of: datetime,
    before: Mapping[int, TierRow],
    connections: Mapping[int, str],
    scorer: Scorer = score_in_ranges,
) -> Scored:
    """Score facts that are at hand; `before` holds the tiers of the accounts until then, by number."""
    scores = scorer(facts, model, as_of)
    keys = dict(zip(facts.account_ids, scores.keys, strict=True))
    instant = cache(parse_instant)
    current = {
        keys[row.account_id]: CurrentTier(row.tier, instant(row.since))
        for row in before.values()
        if row.account_id in keys
    }
    held = dict(overrides(facts.records, facts.overrides, connections, as_of))
    candidates = Candidates.from_scores([scores], model)
    assignments = assign(candidates, current, held, model, as_of, _pools(facts, model))
    tiers = tuple(tier_rows(facts, scores, assignments, before, as_of))
    return Scored(as_of, model, facts, scores, assignments, tiers)


def _pools(facts: Facts, model: Model) -> dict[str, Pools]:
    """The seats of owners and segments; an account belongs to the owner in the first CRM that names one."""
    owners = [
        owner_key(name for row in facts.records[number] for name in _owner_names(row))
        for number in facts.account_ids
    ]
    return {tier: pools_of(spec, facts.accounts, owners) for tier, spec in tier_specs(model.spec.tiers)}


def _owner_names(row: AccountRecord) -> tuple[str | None, ...]:
    """The address first: it is the same in both CRMs."""
    mapped = row.fields.get(OWNER_EMAIL)
    return (row.owner_email, mapped if isinstance(mapped, str) else None, row.owner_name, row.owner_id)


def keep(database: Database, scored: Scored, model_text: str, *, now_ms: int) -> None:
    """Store the day's scores and the tiers.

    Scores of a past day only fill the table of that day; those of an earlier instant of the newest scored day
    change nothing. The tiers of today are never those of the past.
    """
    model = (scored.model.version, model_text, now_ms)
    if not is_past(database, scored.as_of):
        save_scores(database, scoring_of(scored, model))
    elif is_past(database, scored.as_of, whole_days=True):
        save_past_scores(database, score_rows(scored), model)


def scoring_of(scored: Scored, model: tuple[str, str, int]) -> Scoring:
    """What the store keeps of it; `model` is (version, text, milliseconds of its first use)."""
    given = Candidates.from_scores([scored.scores], scored.model)
    columns = zip(
        scored.facts.account_ids, given.fit.tolist(), given.priority.tolist(), given.blocked, strict=True
    )
    last = [LastScore(*row) for row in columns]
    return Scoring(list(score_rows(scored)), scored.tiers, last, model, millis(scored.as_of))


def tier_rows(
    facts: Facts,
    scores: Scores,
    assignments: Sequence[Assignment],
    before: Mapping[int, TierRow],
    as_of: datetime,
) -> Iterator[TierRow]:
    """The tiers that assignments, in the order of facts.accounts, come to; `before` holds those until then."""
    instant = cache(wire_instant)
    columns = zip(facts.account_ids, assignments, scores.mqa.tolist(), strict=True)
    for account_id, found, is_mqa in columns:
        known = before.get(account_id)
        mqa_since = (known.mqa_since if known else None) or instant(as_of)
        yield TierRow(
            account_id,
            found.tier,
            instant(found.since),
            found.source,
            found.rank,
            found.reason,
            mqa_since if is_mqa else None,
        )


def score_rows(scored: Scored) -> Iterator[Row]:
    """The rows of the table of scores by day."""
    day, scores = scored.as_of.date().isoformat(), scored.scores
    numbers = (scores.fit, scores.fit_completeness, scores.engagement, scores.intent, scores.priority)
    return zip(
        repeat(day),
        scored.facts.account_ids,
        *(column.tolist() for column in numbers),
        [tier.tier for tier in scored.tiers],
        [STAGES[stage] for stage in scores.stage.tolist()],
        repeat(scores.model_version, len(scores)),
        strict=False,
    )
