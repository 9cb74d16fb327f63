"""The memberships of a plan: who belongs on each target list, against who the CRM says is there."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from core.changes import TargetList
from scoring.model import Model
from scoring.standing import LABELS
from store.connections import inventory
from store.outbox import MEMBER, doubtful_members, our_members
from store.quarantine import ROLLED_BACK, Key, fingerprint, member_kind
from store.sql import to_json
from sync.connected import Connected, each
from sync.plan import MemberChange, plan_members
from sync.planner import Planner
from sync.resting import Resting
from sync.wanted import Wanted, lists_of

AccountsOf = Mapping[int, Mapping[str, int]]
"""The account (by number) of each record that is looked at, by connection and remote id."""
_GONE = "its record is gone, or belongs to another account now"


def members_now(planner: Planner, model: Model) -> str:
    """Stands for who the CRMs say is on the target lists."""
    work = [
        (connected, target, list_id)
        for connected in planner.connections
        for target, list_id in target_lists(planner, lists_of(model), connected)
    ]
    present = each(work, lambda item: planner.members(*item))
    rows = [
        [one[0].id, one[2], None if members is None else sorted(members)]
        for one, members in zip(work, present, strict=True)
    ]
    return hashlib.sha256(to_json(rows).encode()).hexdigest()[:16]


@dataclass(slots=True)
class ListPlan:
    """The changes of members, and what is known of each list by (connection, list key); `left` as in a plan.

    sizes: how many members we put there. lost: how many of them it no longer shows, although their records live.
    """

    changes: list[MemberChange] = field(default_factory=list)
    sizes: dict[tuple[int, str], int] = field(default_factory=dict)
    lost: dict[tuple[int, str], int] = field(default_factory=dict)
    resting: int = 0
    ended: list[Key] = field(default_factory=list)
    left: list[tuple[int, str, str]] = field(default_factory=list)


class _List(NamedTuple):
    """One target list in one CRM: its id there, the accounts looked at by remote id, those of them that belong on it.

    ours: the members that we added.
    """

    connected: Connected
    target: TargetList
    list_id: str
    here: Mapping[str, int]
    wanted: set[str]
    ours: set[str]

    @property
    def is_settled(self) -> bool:
        """Whether all who belong there were added by us, and nobody else of those looked at."""
        return self.wanted == self.ours & self.here.keys()


def plan_lists(planner: Planner, wanted: Wanted, accounts: AccountsOf, resting: Resting) -> ListPlan:
    """Read the members of every target list and compare them with who belongs there.

    Where only some accounts are looked at, lists on which these stand as they should are not read. A list that is
    not ours to write any more is left alone (`planner.lost`).
    """
    lists = list(_lists(planner, wanted, accounts))
    plan = ListPlan(sizes={(one.connected.id, one.target.key): len(one.ours) for one in lists})
    open_ = [one for one in lists if planner.only is None or not one.is_settled]
    present = each(open_, lambda one: planner.members(one.connected, one.target, one.list_id))
    for one, members in zip(open_, present, strict=True):
        if members is None:
            continue
        plan.lost[one.connected.id, one.target.key] = _lost(planner, one, members)
        plan.left += _left(planner, one, members)
        change = _change(planner, one, members)
        plan.ended += _ended(resting, one, is_whole=planner.only is None)
        _add(plan, change, resting, _reasons(wanted, one.here, change))
    return plan


def _lists(planner: Planner, wanted: Wanted, accounts: AccountsOf) -> Iterator[_List]:
    for connected in planner.connections:
        here = accounts.get(connected.id, {})
        for target, list_id in target_lists(planner, lists_of(wanted.scored.model), connected):
            belong = wanted.members(target.key)
            ids = {remote_id for remote_id, account_id in here.items() if account_id in belong}
            ours = our_members(planner.database, connected.id, target.key)
            yield _List(connected, target, list_id, here, ids, ours)


def _lost(planner: Planner, one: _List, members: Iterable[str]) -> int:
    missing = (one.ours & one.here.keys()) - set(members)
    return len(missing and missing - doubtful_members(planner.database, one.connected.id, one.target.key))


def _left(planner: Planner, one: _List, members: Iterable[str]) -> list[tuple[int, str, str]]:
    ours = one.ours if planner.only is None else one.ours & one.here.keys()
    return [(one.connected.id, one.target.key, member) for member in sorted(ours - one.wanted - {*members})]


def _change(planner: Planner, one: _List, members: Iterable[str]) -> MemberChange:
    is_whole = planner.only is None
    present = members if is_whole else [member for member in members if member in one.here]
    return plan_members(
        one.target, one.connected.id, one.list_id, wanted=one.wanted, present=present, ours=one.ours
    )


def _add(plan: ListPlan, change: MemberChange, resting: Resting, why: Mapping[str, str]) -> None:
    kept = resting.without(change)
    plan.resting += len(change.add) + len(change.remove) - len(kept.add) - len(kept.remove)
    if kept.add or kept.remove:
        plan.changes.append(kept._replace(why={one: why[one] for one in (*kept.add, *kept.remove)}))


def _ended(resting: Resting, one: _List, *, is_whole: bool) -> Iterator[Key]:
    """What was rolled back on a list, and is not wanted any more anyway."""
    for key, refusal in resting.refused.items():
        is_here = is_whole or key[2] in one.here
        is_of_list = key[:2] == (one.connected.id, member_kind(one.target.key))
        if is_here and is_of_list and refusal.code == ROLLED_BACK:
            undone_join = refusal.fingerprint == fingerprint(MEMBER)
            if undone_join != (key[2] in one.wanted):
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
