"""Seats of a tier that only some accounts may have: so many for each owner, so many for a segment (section 7)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from scoring.facts import AccountFacts
from scoring.lists import holds
from scoring.spec import Tier
from scoring.values import fold


@dataclass(frozen=True, slots=True)
class Pools:
    """The limited seats of one tier. An account takes one of each pool that it belongs to.

    of: by the account's place, the numbers of its pools. words say whose seats they are.
    """

    of: Sequence[tuple[int, ...]] = ()
    seats: Sequence[int] = ()
    words: Sequence[str] = ()


@dataclass(slots=True)
class Seating:
    """Who got a seat, in the order given; `full` names the seats that others had to do without, by place."""

    seated: list[int] = field(default_factory=list)
    full: dict[int, str] = field(default_factory=dict)


def pools_of(tier: Tier, accounts: Sequence[AccountFacts], owners: Sequence[str]) -> Pools:
    """The pools of a tier; owners has one folded name or address an account, "" for nobody.

    Accounts of nobody are not limited by owner.
    """
    if tier.per_owner is None and not tier.segments:
        return Pools()
    segments = list(tier.segments)
    named = sorted({owner for owner in owners if owner}) if tier.per_owner is not None else []
    number = {owner: len(segments) + place for place, owner in enumerate(named)}
    of = [
        (
            *(
                place
                for place, one in enumerate(segments)
                if all(holds(test, facts.fields) for test in one.segment)
            ),
            *((number[owner],) if owner in number else ()),
        )
        for facts, owner in zip(accounts, owners, strict=True)
    ]
    return Pools(
        of=of,
        seats=[one.cap for one in segments] + [tier.per_owner or 0] * len(named),
        words=[f"the seats of {one.name}" for one in segments] + ["the owner's seats"] * len(named),
    )


def seat_in_pools(order: Iterable[int], seats: int, pools: Pools, pinned: Iterable[int]) -> Seating:
    """Give the seats of a tier in this order of places, as far as every pool allows; pins have taken theirs before."""
    left = list(pools.seats)
    for place in pinned:
        for pool in pools.of[place]:
            left[pool] -= 1
    found = Seating()
    for place in order:
        if len(found.seated) == seats:
            break
        full = next((pool for pool in pools.of[place] if left[pool] <= 0), None)
        if full is not None:
            found.full[place] = f"{pools.words[full]} are full ({pools.seats[full]})"
            continue
        found.seated.append(place)
        for pool in pools.of[place]:
            left[pool] -= 1
    return found


def owner_key(names: Iterable[str | None]) -> str:
    """What stands for an owner: the first of these that is known, however it is written; "" for nobody."""
    return next((fold(name) for name in names if name), "")


NO_POOLS: Mapping[str, Pools] = {}
"""A model without limits of this kind."""
