"""Why an account is in its tier, in words (docs/scoring.md section 7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from core.fields import NO_TIER, TIERS
from scoring.model import Model
from scoring.spec import Tier
from scoring.standing import LABELS, Candidates, CurrentTier, Override, Placed, tier_specs


@dataclass(frozen=True, slots=True)
class Words:
    """What the reasons are made from; lists, because they are read one account at a time."""

    candidates: Candidates
    fit: list[float]
    priority: list[float]
    placed: Mapping[str, Placed]
    tier_of: Mapping[int, str]
    current: Mapping[str, CurrentTier]
    specs: Mapping[str, Tier]
    min_dwell_days: int


def words_of(
    candidates: Candidates,
    placed: Mapping[str, Placed],
    current: Mapping[str, CurrentTier],
    model: Model,
) -> Words:
    """What the reasons of all candidates are made from."""
    return Words(
        candidates=candidates,
        fit=candidates.fit.tolist(),
        priority=candidates.priority.tolist(),
        placed=placed,
        tier_of={place: tier for tier, found in placed.items() for place in found.rank},
        current=current,
        specs=dict(tier_specs(model.spec.tiers)),
        min_dwell_days=model.spec.tiers.min_dwell_days,
    )


def full_words(words: Words, place: int, tier: str) -> str:
    """Whose seats of the next better tier are taken, "" where something else keeps the account out of it."""
    if tier == TIERS[0]:
        return ""
    better = TIERS[-1] if tier == NO_TIER else TIERS[TIERS.index(tier) - 1]
    return words.placed[better].full.get(place, "")


def pin_words(words: Words, place: int, override: Override) -> str:
    """Who decided, until when, and why."""
    act = "kept out" if override.tier == NO_TIER else "pinned"
    until = f" until {override.expires_at:%Y-%m-%d}" if override.expires_at else ""
    blocked = words.candidates.blocked[place]
    return f"{act} by {override.author}{until}: {override.reason}" + (f" ({blocked})" if blocked else "")


def reason_of(words: Words, place: int, tier: str) -> str:
    """Why an account is where it is, and how far it is from the next better tier."""
    if blocked := words.candidates.blocked[place]:
        return blocked
    if tier == TIERS[0]:
        return _seat_words(words, place, tier)
    better = TIERS[-1] if tier == NO_TIER else TIERS[TIERS.index(tier) - 1]
    missing = _shortfall(words, place, better)
    return missing if tier == NO_TIER else f"{_seat_words(words, place, tier)}; {missing}"


def _seat_words(words: Words, place: int, tier: str) -> str:
    """A rank inside the seats needs no other reason, so these words stay the same when tiers run again."""
    placed = words.placed[tier]
    rank = placed.rank[place]
    text = f"rank {rank} of {placed.seats}"
    if rank <= placed.seats:
        return text
    if placed.group[place] == 1:
        since = words.current[words.candidates.keys[place]].since
        until = since + timedelta(days=words.min_dwell_days)
        return f"{text}, kept by dwell until {until:%Y-%m-%d}"
    return f"{text}, kept within the slack"


def _shortfall(words: Words, place: int, tier: str) -> str:
    """What an account lacks for a tier it is not in."""
    spec, fit, priority = words.specs[tier], words.fit[place], words.priority[place]
    label, last = LABELS[tier], words.placed[tier].last_priority
    if fit < spec.min_fit:
        return f"fit {_points(spec.min_fit - fit)} under the floor of {label}"
    if priority < spec.min_priority:
        return f"priority {_points(spec.min_priority - priority)} under the floor of {label}"
    if full := words.placed[tier].full.get(place):
        return full.replace(" are full", f" of {label} are full")
    if last is None:
        return f"every seat of {label} is pinned"
    if priority >= last:
        return f"waits for a seat in {label}, held by dwell, slack or key order"
    return f"{_points(last - priority)} points short of {label}"


def _points(difference: float) -> str:
    """One decimal, but never "0.0" for a difference that decided."""
    return f"{difference:.1f}" if difference >= 0.05 else "less than 0.1"  # noqa: PLR2004 - shown as 0.0
