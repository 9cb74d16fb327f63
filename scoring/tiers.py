"""Tiers: capacity with hysteresis (docs/scoring.md section 7)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

import numpy as np

from core.fields import NO_TIER, TIERS
from scoring.capacity import NO_POOLS, Pools, seat_in_pools
from scoring.kernel import Scores
from scoring.model import Model
from scoring.spec import Tier, Tiers
from scoring.units import SECONDS_PER_DAY, Flags, Floats, Ints, epoch_seconds, scaled

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
class _Placed:
    """Who got a seat in one tier, by account: rank, and group in the order of service (1 to 4).

    full: who got none because the seats of its owner or segment were taken, and whose they are.
    """

    rank: dict[int, int]
    group: dict[int, int]
    seats: int
    last_priority: float | None
    full: dict[int, str]


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
    placed: dict[str, _Placed] = {}
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
    words = _words(candidates, placed, current, model)
    return [_assignment(words, place, held.get(key), as_of) for place, key in enumerate(candidates.keys)]


def over_cap(assignments: Iterable[Assignment], model: Model) -> list[OverCap]:
    """The tiers that pins have filled above their caps."""
    pins = [assignment.tier for assignment in assignments if assignment.source == "pin"]
    return [
        OverCap(tier, spec.cap, pins.count(tier))
        for tier, spec in tier_specs(model.spec.tiers)
        if pins.count(tier) > spec.cap
    ]


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
) -> _Placed:
    """Give the seats in the order of service; ranked is (places by rank, their groups, the order of service)."""
    by_rank, group, order = ranked
    full: dict[int, str] = {}
    seated = order[:seats]
    if pools.seats:
        found = seat_in_pools(by_rank[order].tolist(), seats, pools, pins)
        full = found.full
        seated = order[np.isin(by_rank[order], found.seated)]
    places = by_rank[seated].tolist()
    return _Placed(
        rank=dict(zip(places, (seated + 1).tolist(), strict=True)),
        group=dict(zip(places, group[seated].tolist(), strict=True)),
        seats=seats,
        last_priority=float(candidates.priority[places].min()) if len(places) == seats and places else None,
        full=full,
    )


@dataclass(frozen=True, slots=True)
class _Words:
    """What the reasons are made from; lists, because they are read one account at a time."""

    candidates: Candidates
    fit: list[float]
    priority: list[float]
    placed: Mapping[str, _Placed]
    tier_of: Mapping[int, str]
    current: Mapping[str, CurrentTier]
    specs: Mapping[str, Tier]
    min_dwell_days: int


def _words(
    candidates: Candidates,
    placed: Mapping[str, _Placed],
    current: Mapping[str, CurrentTier],
    model: Model,
) -> _Words:
    return _Words(
        candidates=candidates,
        fit=candidates.fit.tolist(),
        priority=candidates.priority.tolist(),
        placed=placed,
        tier_of={place: tier for tier, found in placed.items() for place in found.rank},
        current=current,
        specs=dict(tier_specs(model.spec.tiers)),
        min_dwell_days=model.spec.tiers.min_dwell_days,
    )


def _assignment(words: _Words, place: int, override: Override | None, as_of: datetime) -> Assignment:
    key = words.candidates.keys[place]
    before = words.current.get(key)
    previous = NO_TIER if before is None else before.tier
    if override is not None:
        tier, rank, source, reason = override.tier, None, "pin", _pin_words(words, place, override)
    else:
        tier = words.tier_of.get(place, NO_TIER)
        rank = words.placed[tier].rank[place] if tier != NO_TIER else None
        source, reason = "model", _reason(words, place, tier)
    since = before.since if before is not None and previous == tier else as_of
    full = _full_words(words, place, tier) if override is None else ""
    return Assignment(key, tier, since, source, rank, reason, previous, full)


def _full_words(words: _Words, place: int, tier: str) -> str:
    """Whose seats of the next better tier are taken, "" where something else keeps the account out of it."""
    if tier == TIERS[0]:
        return ""
    better = TIERS[-1] if tier == NO_TIER else TIERS[TIERS.index(tier) - 1]
    return words.placed[better].full.get(place, "")


def _pin_words(words: _Words, place: int, override: Override) -> str:
    act = "kept out" if override.tier == NO_TIER else "pinned"
    until = f" until {override.expires_at:%Y-%m-%d}" if override.expires_at else ""
    blocked = words.candidates.blocked[place]
    return f"{act} by {override.author}{until}: {override.reason}" + (f" ({blocked})" if blocked else "")


def _reason(words: _Words, place: int, tier: str) -> str:
    """Why an account is where it is, and how far it is from the next better tier."""
    if blocked := words.candidates.blocked[place]:
        return blocked
    if tier == TIERS[0]:
        return _seat_words(words, place, tier)
    better = TIERS[-1] if tier == NO_TIER else TIERS[TIERS.index(tier) - 1]
    missing = _shortfall(words, place, better)
    return missing if tier == NO_TIER else f"{_seat_words(words, place, tier)}; {missing}"


def _seat_words(words: _Words, place: int, tier: str) -> str:
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


def _shortfall(words: _Words, place: int, tier: str) -> str:
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
