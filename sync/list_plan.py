"""The memberships of a plan: who belongs on each target list, against who the CRM says is there."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from core.changes import TargetList
from scoring.model import Model
from scoring.tiers import LABELS
from store.connections import inventory
from store.outbox import MEMBER, KnownRecord, our_members
from store.quarantine import ROLLED_BACK, Key, fingerprint, member_kind
from store.sql import to_json
from sync.connected import Connected, each
from sync.plan import MemberChange, plan_members
from sync.planner import Planner
from sync.resting import Resting
from sync.wanted import Wanted, lists_of

_GONE = "its record is gone, or belongs to another account now"


def members_now(planner: Planner, model: Model) -> str:
    """Stands for who the CRMs say is on the target lists."""
    work = [
        (connected, target, list_id)
        for connected in planner.connections
        for target, list_id in target_lists(planner, lists_of(model), connected)
    ]
    present = each(work, lambda item: planner.members(*item))
    rows = [[one[0].id, one[2], sorted(members)] for one, members in zip(work, present, strict=True)]
    return hashlib.sha256(to_json(rows).encode()).hexdigest()[:16]


@dataclass(slots=True)
class ListPlan:
    """The changes of members; `sizes` counts our members by (connection, list key); `left` as in a plan."""

    changes: list[MemberChange] = field(default_factory=list)
    sizes: dict[tuple[int, str], int] = field(default_factory=dict)
    resting: int = 0
    ended: list[Key] = field(default_factory=list)
    left: list[tuple[int, str, str]] = field(default_factory=list)


def plan_lists(
    planner: Planner, wanted: Wanted, accounts: Sequence[KnownRecord], resting: Resting
) -> ListPlan:
    """Read the members of every target list and compare them with who belongs there."""
    work = [
        (connected, target, list_id)
        for connected in planner.connections
        for target, list_id in target_lists(planner, lists_of(wanted.scored.model), connected)
    ]
    present = each(work, lambda item: planner.members(*item))
    plan = ListPlan()
    for (connected, target, list_id), members in zip(work, present, strict=True):
        belong = wanted.members(target.key)
        here = {
            record.remote_id: record.account_id for record in accounts if record.connection_id == connected.id
        }
        ids = {remote_id for remote_id, account_id in here.items() if account_id in belong}
        ours = our_members(planner.database, connected.id, target.key)
        plan.sizes[connected.id, target.key] = len(ours)
        plan.left += [(connected.id, target.key, one) for one in sorted(ours - ids - {*members})]
        change = plan_members(target, connected.id, list_id, wanted=ids, present=members, ours=ours)
        plan.ended += _ended(resting, connected.id, target.key, ids)
        _add(plan, change, resting, _reasons(wanted, here, change))
    return plan


def _add(plan: ListPlan, change: MemberChange, resting: Resting, why: Mapping[str, str]) -> None:
    kept = resting.without(change)
    plan.resting += len(change.add) + len(change.remove) - len(kept.add) - len(kept.remove)
    if kept.add or kept.remove:
        plan.changes.append(kept._replace(why={one: why[one] for one in (*kept.add, *kept.remove)}))


def _ended(resting: Resting, connection_id: int, list_key: str, wanted: Iterable[str]) -> Iterator[Key]:
    """What was rolled back on a list, and is not wanted any more anyway."""
    ids = set(wanted)
    for key, refusal in resting.refused.items():
        if key[:2] == (connection_id, member_kind(list_key)) and refusal.code == ROLLED_BACK:
            undone_join = refusal.fingerprint == fingerprint(MEMBER)
            if undone_join != (key[2] in ids):
                yield key


def _reasons(wanted: Wanted, here: Mapping[str, int], change: MemberChange) -> dict[str, str]:
    return {remote_id: _reason(wanted, here.get(remote_id)) for remote_id in (*change.add, *change.remove)}


def _reason(wanted: Wanted, account_id: int | None) -> str:
    """Where the account stands, which is why it joins or leaves."""
    if account_id is None or account_id not in wanted.place:
        return _GONE
    row = wanted.scored.tiers[wanted.place[account_id]]
    return f"{LABELS[row.tier]}: {row.reason}"


def target_lists(
    planner: Planner, targets: Iterable[TargetList], connected: Connected
) -> Iterator[tuple[TargetList, str]]:
    """The target lists that install has made in a CRM, with their ids there."""
    made = {
        item.details["key"]: item.remote_id
        for item in inventory(planner.database, connected.id)
        if item.type == "list" and item.remote_id
    }
    for target in targets:
        if target.key in made:
            yield target, str(made[target.key])
