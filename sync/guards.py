"""Guards: what stops a plan until a person has looked at it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from core.config import GuardSettings
from core.fields import TIERS
from sync.plan import Plan


class World(NamedTuple):
    """What the CRMs say before: accounts with a tier, and our members by (connection, list key).

    By connection name: the fewest calls that the plan takes, and the calls left today where the CRM says so.
    lost: of our members, those that a list no longer shows.
    """

    tiered_accounts: int
    members: Mapping[tuple[int, str], int]
    write_calls: Mapping[str, int] = {}
    calls_left: Mapping[str, int] = {}
    lost: Mapping[tuple[int, str], int] = {}
    due_at: datetime | None = None
    """When the next record has waited long enough for its small moves."""


def stops(plan: Plan, world: World, limits: GuardSettings) -> list[str]:
    """The reasons why this plan must not run unseen; empty when it may."""
    return [
        *_tier_moves(plan, world, limits),
        *_list_leaves(plan, world, limits),
        *_list_losses(world, limits),
        *_writes(plan, limits),
        *_calls(world, limits),
    ]


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


def _list_losses(world: World, limits: GuardSettings) -> Sequence[str]:
    return [
        f"{lost} of {world.members[key]} members that we put on the list {key[1]} are no longer on it "
        f"({100 * lost / world.members[key]:.0f}%, allowed are {limits.loss_percent:.0f}%: guards.loss_percent): "
        "the list was read badly, or somebody emptied it."
        for key, lost in world.lost.items()
        if world.members[key] >= limits.floor and 100 * lost > limits.loss_percent * world.members[key]
    ]


def _writes(plan: Plan, limits: GuardSettings) -> Sequence[str]:
    members = sum(len(change.add) + len(change.remove) for change in plan.members)
    count = len(plan.records) + members
    if limits.writes is None or count <= limits.writes:
        return ()
    words = f"{len(plan.records)} records and {members} memberships would be written"
    return (f"{words} (allowed are {limits.writes} together: guards.writes).",)


def _calls(world: World, limits: GuardSettings) -> Sequence[str]:
    return [
        f"{name}: the writes take {world.write_calls[name]} API calls at least, {left} are left today "
        f"(allowed are {limits.calls_percent:.0f}% of them: guards.calls_percent)."
        for name, left in world.calls_left.items()
        if world.write_calls.get(name, 0) > left * limits.calls_percent / 100
    ]
