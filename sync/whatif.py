"""What if another model were in use: two scorings of the same facts at the same instant, side by side.

Both start from the tiers that the accounts have now, so the difference is the model's alone. Nothing is stored.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

import numpy as np

from core.config import GuardSettings
from core.fields import NO_TIER, TIERS
from scoring.fit import FIT_BANDS
from scoring.model import Model
from scoring.settings import SettingChange, settings_differing
from store.database import Database
from store.scores import current_tiers
from store.sql import to_json
from sync.facts import load_facts
from sync.plan import Plan
from sync.planner import Planner
from sync.planning import least_write_calls, make_plan
from sync.scored import Scored, score_facts
from sync.wanted import Wanted

DECILES = tuple(range(0, 100, 10))
"""Where the tenths of the priority begin; 100 counts to the last one."""


class AccountMove(NamedTuple):
    """An account that is in another tier under the second model, and the reason that model gives."""

    account: str
    name: str
    before: str
    after: str
    reason: str


class ListMoves(NamedTuple):
    """Who joins and leaves a target list, as account keys; `name` is what the second model calls it."""

    key: str
    name: str
    joins: tuple[str, ...]
    leaves: tuple[str, ...]


class Spread(NamedTuple):
    """How many accounts there are in each tier, fit band, and tenth of the priority (by where it begins)."""

    tiers: Mapping[str, int]
    fit_bands: Mapping[str, int]
    priority: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that the second model changes; equal models give empty sequences and equal spreads."""

    before: Scored
    after: Scored
    settings: Sequence[SettingChange]
    moves: Sequence[AccountMove]
    lists: Sequence[ListMoves]
    spreads: tuple[Spread, Spread]

    @property
    def is_empty(self) -> bool:
        """Whether no setting differs, and so no account does."""
        return not (self.settings or self.moves or self.lists)

    @property
    def id(self) -> str:
        """Stands for these two models and for what moves; points, which fade by the day, are left out."""
        parts = [
            [self.before.model.version, self.after.model.version],
            [[move.account, move.before, move.after] for move in self.moves],
            [[moves.key, moves.joins, moves.leaves] for moves in self.lists],
        ]
        return hashlib.sha256(to_json(parts).encode()).hexdigest()[:12]


class Cost(NamedTuple):
    """What a push would write into one CRM: records, memberships, fields by name, and the fewest calls."""

    connection: str
    records: int
    members: int
    fields: Mapping[str, int]
    least_calls: int


def compare(
    database: Database, models: tuple[Model, Model], as_of: datetime, connections: Mapping[int, str]
) -> Difference:
    """Score with both models and set the results side by side; the facts are loaded once."""
    facts = load_facts(database, _widest(*models), as_of)
    standing = current_tiers(database)
    before, after = (score_facts(facts, model, as_of, standing, connections) for model in models)
    return Difference(
        before,
        after,
        settings_differing(before.model.spec, after.model.spec),
        sorted(_moves(before, after), key=_importance),
        list(_list_moves(before, after)),
        (_spread(before), _spread(after)),
    )


def costs(planner: Planner, difference: Difference) -> tuple[list[Cost], list[Cost]]:
    """What a push would write now under each of the models, by connection.

    What the first one costs too is waiting in any case; the rest is the price of the change. Reads the members
    of the target lists from the CRMs, once each.
    """
    return _cost(planner, difference.before), _cost(planner, difference.after)


def stops_publishing(difference: Difference, limits: GuardSettings) -> str:
    """Why the second model must not be published unseen, "" when it may: too many accounts change tier."""
    tiered = sum(row.tier in TIERS for row in difference.before.tiers)
    moved = sum(move.before in TIERS for move in difference.moves)
    share = 100 * moved / tiered if tiered else 0.0
    if tiered < limits.floor or share <= limits.tier_moves_percent:
        return ""
    return (
        f"{moved} of {tiered} accounts in a tier would leave it ({share:.0f}%, allowed are "
        f"{limits.tier_moves_percent:.0f}%: guards.tier_moves_percent)."
    )


def _widest(first: Model, second: Model) -> Model:
    """A model whose facts are enough for both: older evidence than a model asks for changes nothing."""
    one, two = first.spec, second.spec
    engagement = two.engagement.model_copy(
        update={"cut_days": max(one.engagement.cut_days, two.engagement.cut_days)}
    )
    trend = two.trend.model_copy(update={"days": max(one.trend.days, two.trend.days)})
    sources = [one.intent.default, *one.intent.sources.values(), *two.intent.sources.values()]
    ttl_days = max(source.ttl_days for source in [two.intent.default, *sources])
    default = two.intent.default.model_copy(update={"ttl_days": ttl_days})
    spec = two.model_copy(
        update={
            "engagement": engagement,
            "trend": trend,
            "intent": two.intent.model_copy(update={"default": default}),
            "exclusions": (*one.exclusions, *two.exclusions),
        }
    )
    return replace(second, spec=spec)


def _moves(before: Scored, after: Scored) -> Iterator[AccountMove]:
    for old, new in zip(before.assignments, after.assignments, strict=True):
        if old.tier != new.tier:
            yield AccountMove(new.key, after.facts.names[new.key], old.tier, new.tier, new.reason)


def _importance(move: AccountMove) -> tuple[int, str, str]:
    """Moves of the best tiers first, then by name."""
    order = (*TIERS, NO_TIER)
    return min(order.index(move.before), order.index(move.after)), move.name, move.account


def _list_moves(before: Scored, after: Scored) -> Iterator[ListMoves]:
    old, new = Wanted(before), Wanted(after)
    old_names = {entry.key: entry.name for entry in before.model.spec.lists}
    new_names = {entry.key: entry.name for entry in after.model.spec.lists}
    keys = dict(zip(after.facts.account_ids, after.scores.keys, strict=True))
    for key, name in {**old_names, **new_names}.items():
        had = old.members(key) if key in old_names else set()
        has = new.members(key) if key in new_names else set()
        joins, leaves = (tuple(sorted(keys[number] for number in part)) for part in (has - had, had - has))
        if joins or leaves:
            yield ListMoves(key, name, joins, leaves)


def _spread(scored: Scored) -> Spread:
    tiers = Counter(row.tier for row in scored.tiers)
    bands = np.bincount(scored.scores.fit_band, minlength=len(FIT_BANDS)).tolist()
    tenths = np.minimum(scored.scores.priority // 10, len(DECILES) - 1).astype(np.int64)
    counts = np.bincount(tenths, minlength=len(DECILES)).tolist()
    return Spread(
        {tier: tiers[tier] for tier in (*TIERS, NO_TIER)},
        dict(zip(FIT_BANDS, bands, strict=True)),
        dict(zip(DECILES, counts, strict=True)),
    )


def _cost(planner: Planner, scored: Scored) -> list[Cost]:
    plan, _ = make_plan(planner, scored)
    least = least_write_calls(planner.connections, plan)
    return [
        Cost(connected.name, *_writes(plan, connected.id), least[connected.name])
        for connected in planner.connections
    ]


def _writes(plan: Plan, connection_id: int) -> tuple[int, int, Mapping[str, int]]:
    records = [change for change in plan.records if change.connection_id == connection_id]
    members = [change for change in plan.members if change.connection_id == connection_id]
    fields = Counter(f"{change.ref.kind}.{name}" for change in records for name in change.after)
    return len(records), sum(len(c.add) + len(c.remove) for c in members), dict(sorted(fields.items()))
