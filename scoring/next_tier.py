"""What would move an account into the next better tier: computed by scoring it again, never guessed.

The price of a tier is the lowest priority that has a seat there now. Whoever passes it is a candidate of
higher rank; the seat itself may still be held for a while by dwell or slack (docs/scoring.md section 7).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.fields import NO_TIER, TIERS
from scoring.kernel import AccountScore
from scoring.model import Model
from scoring.proposals import MOST_DAYS, PACE_DAYS, Action, at_same_pace, points_per_day, with_action
from scoring.single import OneAccount
from scoring.standing import LABELS, Assignment, tier_specs
from scoring.words import activity_words

MOST_TIMES = 12
"""More of one action than this is no plan."""
_STEP = 1e-6
"""Scores have 6 decimals; a tie is decided by the account's key, so the price is passed, not met."""
_ACTIONS = (
    ("meeting", "vp", 60),
    ("call_connected", "director", 30),
    ("event_attended", "director", None),
    ("form_submission", "director", None),
)
"""What a team can bring about: type, seniority of the person, minutes."""


@dataclass(frozen=True, slots=True)
class NextTier:
    """The way into `tier`. The needed numbers are None where no engagement helps; `obstacle` says why.

    needed_attention is P in points; actions are alternatives, each enough alone; pace_days is None when the
    pace of the last 28 days does not get there within 13 weeks. points_per_day is what they brought, before
    decay, caps and breadth.
    """

    tier: str
    obstacle: str = ""
    needed_priority: float | None = None
    needed_engagement: float | None = None
    needed_attention: float | None = None
    actions: tuple[Action, ...] = ()
    pace_days: int | None = None
    points_per_day: float = 0.0


def seat_prices(
    assignments: Sequence[Assignment], priorities: Iterable[float], model: Model
) -> Mapping[str, float | None]:
    """By tier: the lowest priority with a seat, 0 where seats are free, None where pins hold every seat."""
    held: dict[str, list[float]] = {tier: [] for tier in TIERS}
    pins = dict.fromkeys(TIERS, 0)
    for found, priority in zip(assignments, priorities, strict=True):
        if found.tier != NO_TIER and found.source == "pin":
            pins[found.tier] += 1
        elif found.tier != NO_TIER:
            held[found.tier].append(priority)
    prices: dict[str, float | None] = {}
    for tier, spec in tier_specs(model.spec.tiers):
        seats = spec.cap - pins[tier]
        prices[tier] = None if seats <= 0 else min(held[tier]) if len(held[tier]) >= seats else 0.0
    return prices


def better_tier(tier: str) -> str | None:
    """The next tier upwards, None for the best one."""
    if tier == NO_TIER:
        return TIERS[-1]
    return TIERS[TIERS.index(tier) - 1] if tier != TIERS[0] else None


def next_tier(
    account: OneAccount,
    standing: Assignment,
    prices: Mapping[str, float | None],
    model: Model,
    as_of: datetime,
) -> NextTier | None:
    """The way into the next better tier; None for an account in the best one."""
    tier = better_tier(standing.tier)
    if tier is None:
        return None
    scores, price = account.scores(model, as_of), prices[tier]
    obstacle = _obstacle(scores, standing, tier, model)
    if not obstacle and price is None:
        obstacle = f"every seat of {LABELS[tier]} is pinned"
    if obstacle or price is None:
        return NextTier(tier, obstacle)
    floor = dict(tier_specs(model.spec.tiers))[tier].min_priority
    needed = max(floor, price + _STEP if price else 0.0)
    return _way(account, scores, NextTier(tier, needed_priority=round(needed, 6)), model, as_of)


def words(found: NextTier) -> str:
    """The way in one sentence."""
    label = LABELS[found.tier]
    if found.obstacle:
        return f"Next tier: {found.obstacle}."
    if found.needed_priority is not None and found.needed_engagement is None:
        return f"To {label}: the priority is enough; the account waits for a seat held by dwell or slack."
    ways = [action_words(action) for action in found.actions]
    if found.pace_days is not None:
        unit = "day" if found.pace_days == 1 else "days"
        ways.append(f"{found.pace_days} {unit} of the pace of the last {PACE_DAYS} days")
    need = (
        f"priority {found.needed_priority:.1f}, so engagement {found.needed_engagement:.1f} "
        f"({found.needed_attention:,.1f} points of attention)"
    )
    if not ways:
        return f"To {label}: {need}; no single kind of action gets there soon."
    return (
        f"To {label}: {need}. Enough would be {', or '.join(ways)}. "
        "A seat may be held for a while by dwell or slack."
    )


def action_words(action: Action) -> str:
    """An action for a reader: "2 meetings of 60 minutes with a new VP"."""
    length = f" of {action.minutes} minutes" if action.minutes else ""
    return activity_words(action.type, action.times, _SENIORITY_WORDS[action.seniority], length)


_SENIORITY_WORDS = {"vp": "a new VP", "director": "a new director"}


def _obstacle(scores: AccountScore, standing: Assignment, tier: str, model: Model) -> str:
    """Why no engagement can help, "" where it can."""
    spec, least = dict(tier_specs(model.spec.tiers))[tier], model.spec.fit.min_completeness
    if standing.source == "pin":
        return f"a person decided the tier ({standing.reason}), so no engagement can help"
    if scores.exclusion:
        return f"excluded as {scores.exclusion}, so no engagement can help"
    if scores.fit_completeness < least:
        return f"only {scores.fit_completeness:.0f}% of the fit is known ({least:g}% is needed): fill in the fields"
    if scores.fit < spec.min_fit:
        short = max(spec.min_fit - scores.fit, 0.1)
        return f"fit is {short:.1f} under the floor of {LABELS[tier]}: no engagement can help"
    if standing.full:
        return f"{standing.full}: another account of theirs must leave {LABELS[tier]} first, or rank lower"
    return "" if model.spec.priority.engagement else "engagement has no weight in this model"


def _way(
    account: OneAccount, scores: AccountScore, found: NextTier, model: Model, as_of: datetime
) -> NextTier:
    needed = found.needed_priority or 0.0
    if scores.priority >= needed:
        return found
    engagement = _needed_engagement(scores, needed, model)
    if engagement >= 100:  # noqa: PLR2004 - the top of every score, which no attention reaches
        return NextTier(
            found.tier,
            f"it takes priority {needed:.1f}, which no engagement reaches with fit {scores.fit:.1f} "
            f"and intent {scores.intent:.1f}",
        )
    half = model.spec.engagement.half_score_points
    return replace(
        found,
        needed_engagement=engagement,
        needed_attention=half * engagement / (100 - engagement),
        actions=tuple(_actions(account, needed, model, as_of)),
        pace_days=_pace_days(account, needed, model, as_of),
        points_per_day=points_per_day(account, model, as_of),
    )


def _needed_engagement(scores: AccountScore, needed: float, model: Model) -> float:
    weights = model.spec.priority
    total = weights.fit + weights.engagement + weights.intent
    rest = weights.fit * scores.fit + weights.intent * scores.intent
    return (needed * total - rest) / weights.engagement


def _actions(account: OneAccount, needed: float, model: Model, as_of: datetime) -> Iterator[Action]:
    for type_, seniority, minutes in _ACTIONS:
        kind = model.spec.engagement.types.get(type_)
        if kind is None:
            continue
        spent = min(minutes, kind.max_minutes) if minutes and kind.max_minutes else None
        for times in range(1, MOST_TIMES + 1):
            action = Action(type_, seniority, spent, times)
            if with_action(account, action, as_of).scores(model, as_of).priority >= needed:
                yield action
                break


def _pace_days(account: OneAccount, needed: float, model: Model, as_of: datetime) -> int | None:
    """After how many days of the same pace the priority is first reached; old evidence fades meanwhile."""
    future = at_same_pace(account, as_of)
    if len(future.evidence.account) == len(account.evidence.account):
        return None
    days = range(1, MOST_DAYS + 1)
    priorities = (future.scores(model, as_of + timedelta(days=day)).priority for day in days)
    return next((day for day, priority in zip(days, priorities, strict=True) if priority >= needed), None)
