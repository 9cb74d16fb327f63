"""Guards: what stops a plan until a person has looked at it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from core.config import GuardSettings
from core.fields import TIERS
from sync.plan import Plan


class World(NamedTuple):
    """What the CRMs say before: accounts with a tier, and our members by (connection, list key)."""

    tiered_accounts: int
    members: Mapping[tuple[int, str], int]


def stops(plan: Plan, world: World, limits: GuardSettings) -> list[str]:
    """The reasons why this plan must not run unseen; empty when it may."""
    return [*_tier_moves(plan, world, limits), *_list_leaves(plan, world, limits)]


def _tier_moves(plan: Plan, world: World, limits: GuardSettings) -> Sequence[str]:
    moved = len({change.account_id for change in plan.records if change.before.get("tier") in TIERS})
    share = 100 * moved / world.tiered_accounts if world.tiered_accounts else 0.0
    if world.tiered_accounts < limits.floor or share <= limits.tier_moves_percent:
        return ()
    reason = (
        f"{moved} of {world.tiered_accounts} accounts in a tier would leave it ({share:.0f}%, "
        f"allowed are {limits.tier_moves_percent:.0f}%: guards.tier_moves_percent)."
    )
    return (reason,)


def _list_leaves(plan: Plan, world: World, limits: GuardSettings) -> Sequence[str]:
    reasons = []
    for change in plan.members:
        had = world.members.get((change.connection_id, change.list_key), 0)
        share = 100 * len(change.remove) / had if had else 0.0
        if had >= limits.floor and share > limits.list_leaves_percent:
            reasons.append(
                f"{len(change.remove)} of {had} members would leave the list {change.list_name} "
                f"({share:.0f}%, allowed are {limits.list_leaves_percent:.0f}%: guards.list_leaves_percent)."
            )
    return reasons
