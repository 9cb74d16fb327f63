"""Tiers: capacity with hysteresis (docs/scoring.md section 7)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import numpy as np

from core.fields import NO_TIER, TIERS
from scoring.capacity import NO_POOLS, Pools, seat_in_pools
from scoring.model import Model
from scoring.spec import Tier, Tiers
from scoring.standing import Assignment, Candidates, CurrentTier, OverCap, Override, Placed, tier_specs
from scoring.tier_words import Words, full_words, pin_words, reason_of, words_of
from scoring.units import SECONDS_PER_DAY, Flags, Ints, epoch_seconds, scaled


def assign(
    candidates: Candidates,
    current: Mapping[str, CurrentTier],
    overrides: Mapping[str, Override],
    model: Model,
    as_of: datetime,
    pools: Mapping[str, Pools] = NO_POOLS,
) -> list[Assignment]:
    """The tier of every candidate, in the order given; accounts missing from `current` have had no tier.

    pools: by tier, the seats that owners and segments have of it.

    A pin wins over an exclusion and over the floors: it is a person's decision, with a name and a reason.
    """
    now = epoch_seconds(as_of)
    held = {key: override for key, override in overrides.items() if _is_active(override, as_of)}
    had = [current[key].tier if key in current else NO_TIER for key in candidates.keys]
    is_in = {tier: np.array([each == tier for each in had], dtype=np.bool_) for tier in TIERS}
    pinned = [held[key].tier if key in held else "" for key in candidates.keys]
    waiting = _by_rank(candidates, pinned)
    placed: dict[str, Placed] = {}
    for tier, spec in tier_specs(model.spec.tiers):
        seats = max(spec.cap - pinned.count(tier), 0)
        meets = _meets(candidates, waiting, spec)
        ranked = waiting[meets]
        incumbent = is_in[tier][ranked]
        dwelling = _dwelling(candidates, ranked, incumbent, current, model.spec.tiers, now)
        order = _served(ranked, (incumbent, dwelling), seats, _thousandths(model))
        pins = [place for place, pin in enumerate(pinned) if pin == tier]
        placed[tier] = _seat(candidates, (ranked, *order), seats, pools.get(tier, Pools()), pins)
        waiting = waiting[~np.isin(waiting, list(placed[tier].rank))]
    words = words_of(candidates, placed, current, model)
    return [_assignment(words, place, held.get(key), as_of) for place, key in enumerate(candidates.keys)]


def over_cap(assignments: Iterable[Assignment], model: Model) -> list[OverCap]:
    """The tiers that pins have filled above their caps."""
    pins = [assignment.tier for assignment in assignments if assignment.source == "pin"]
    return [
        OverCap(tier, spec.cap, pins.count(tier))
        for tier, spec in tier_specs(model.spec.tiers)
        if pins.count(tier) > spec.cap
    ]


def _is_active(override: Override, as_of: datetime) -> bool:
    return override.expires_at is None or as_of < override.expires_at


def _by_rank(candidates: Candidates, pinned: Sequence[str]) -> Ints:
    """Accounts without override that may have a tier: priority descending, then key ascending."""
    free = np.array(
        [not reason and not pin for reason, pin in zip(candidates.blocked, pinned, strict=True)],
        dtype=np.bool_,
    )
    places = np.flatnonzero(free)
    keys = np.array(candidates.keys, dtype=np.str_)[places]
    return places[np.lexsort((keys, -candidates.priority[places]))]


def _meets(candidates: Candidates, places: Ints, spec: Tier) -> Flags:
    enough: Flags = (candidates.fit[places] >= spec.min_fit) & (
        candidates.priority[places] >= spec.min_priority
    )
    return enough


def _dwelling(
    candidates: Candidates,
    places: Ints,
    incumbent: Flags,
    current: Mapping[str, CurrentTier],
    tiers: Tiers,
    now: int,
) -> Flags:
    """Whether each incumbent entered its tier less than min_dwell_days ago, in whole UTC days."""
    earliest = now // SECONDS_PER_DAY - tiers.min_dwell_days
    dwelling = incumbent.copy()
    for at in np.flatnonzero(incumbent).tolist():
        dwelling[at] = _day(current[candidates.keys[places[at]]].since) > earliest
    return dwelling


def _day(instant: datetime) -> int:
    return epoch_seconds(instant) // SECONDS_PER_DAY


def _thousandths(model: Model) -> int:
    return scaled(model.spec.tiers.slack, 1000)


def _served(ranked: Ints, standing: tuple[Flags, Flags], seats: int, slack: int) -> tuple[Ints, Ints]:
    """(group, order of service) of what is ranked; standing is (incumbent, dwelling); slack in thousandths."""
    incumbent, dwelling = standing
    rank = np.arange(1, len(ranked) + 1)
    clear_winner = rank <= seats * (1000 - slack) // 1000
    near = incumbent & (rank <= -(-seats * (1000 + slack) // 1000))
    group = np.select([dwelling, clear_winner, near], [1, 2, 3], default=4)
    return group, np.lexsort((rank, group))


def _seat(
    candidates: Candidates, ranked: tuple[Ints, Ints, Ints], seats: int, pools: Pools, pins: Sequence[int]
) -> Placed:
    """Give the seats in the order of service; ranked is (places by rank, their groups, the order of service)."""
    by_rank, group, order = ranked
    full: dict[int, str] = {}
    seated = order[:seats]
    if pools.seats:
        found = seat_in_pools(by_rank[order].tolist(), seats, pools, pins)
        full = found.full
        seated = order[np.isin(by_rank[order], found.seated)]
    places = by_rank[seated].tolist()
    return Placed(
        rank=dict(zip(places, (seated + 1).tolist(), strict=True)),
        group=dict(zip(places, group[seated].tolist(), strict=True)),
        seats=seats,
        last_priority=float(candidates.priority[places].min()) if len(places) == seats and places else None,
        full=full,
    )


def _assignment(words: Words, place: int, override: Override | None, as_of: datetime) -> Assignment:
    key = words.candidates.keys[place]
    before = words.current.get(key)
    previous = NO_TIER if before is None else before.tier
    if override is not None:
        tier, rank, source, reason = override.tier, None, "pin", pin_words(words, place, override)
    else:
        tier = words.tier_of.get(place, NO_TIER)
        rank = words.placed[tier].rank[place] if tier != NO_TIER else None
        source, reason = "model", reason_of(words, place, tier)
    since = before.since if before is not None and previous == tier else as_of
    full = full_words(words, place, tier) if override is None else ""
    return Assignment(key, tier, since, source, rank, reason, previous, full)
