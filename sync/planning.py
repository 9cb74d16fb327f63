"""Making the plan: wanted values and members against what the CRMs say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from core.changes import TargetList
from core.clock import millis
from core.config import SyncSettings
from core.errors import ContractError
from core.fields import TIERS
from core.records import Kind, RecordRef
from store.connections import inventory
from store.database import Database
from store.outbox import (
    MEMBER,
    NO_MEMBER,
    KnownRecord,
    Refusal,
    Values,
    fingerprint,
    known_records,
    member_kind,
    our_members,
    refusals,
)
from sync.connected import Connected, each
from sync.guards import World
from sync.plan import (
    MemberChange,
    Plan,
    RecordChange,
    change_of,
    is_due,
    least_calls,
    moves,
    plan_members,
)
from sync.scored import Scored
from sync.wanted import Wanted, lists_of

LONGEST_PAUSE = timedelta(days=7)
"""A refused write that has not changed is tried again after 1, 2, 4, … hours, and at least so often."""


@dataclass(frozen=True, slots=True)
class Planner:
    """What making a plan needs. One planner reads each target list's members once, however many plans it makes."""

    database: Database
    connections: Sequence[Connected]
    settings: SyncSettings
    _members: dict[tuple[int, str], list[str]] = field(default_factory=dict)

    def members(self, connected: Connected, target: TargetList, list_id: str) -> list[str]:
        """Who the CRM says is on a target list; raises ContractError, with its name, where it is not ours to write."""
        key = (connected.id, list_id)
        if key not in self._members:
            try:
                self._members[key] = list(connected.connector.members(list_id))
            except ContractError as error:
                raise ContractError(f"{connected.name}: the target list “{target.name}”: {error}") from error
        return self._members[key]


def make_plan(planner: Planner, scored: Scored) -> tuple[Plan, World]:
    """The plan, and the world it would change.

    Reads the members of the target lists from the CRMs; writes nothing.
    """
    wanted = Wanted(scored)
    accounts = known_records(planner.database, Kind.ACCOUNT)
    by_account: dict[int, list[KnownRecord]] = {}
    for record in accounts:
        by_account.setdefault(record.account_id, []).append(record)
    changes, waiting = _account_changes(planner, wanted, by_account)
    contact_changes, contacts_waiting = _contact_changes(planner, wanted, by_account)
    resting = _Resting(refusals(planner.database), millis(scored.as_of))
    kept = [change for change in [*changes, *contact_changes] if not resting.record(change)]
    all_members, sizes = _member_changes(planner, wanted, accounts)
    members = [change for change in map(resting.without, all_members) if change.add or change.remove]
    quarantined = (
        len(changes) + len(contact_changes) - len(kept) + _moves_of(all_members) - _moves_of(members)
    )
    plan = Plan(tuple(kept), tuple(members), scored.tier_moves, waiting + contacts_waiting, quarantined)
    tiered = {record.account_id for record in accounts if record.managed.get("tier") in TIERS}
    return plan, World(len(tiered), sizes)


def least_write_calls(connections: Sequence[Connected], plan: Plan) -> dict[str, int]:
    """The fewest calls that could carry the plan, by connection name."""
    sizes = {
        connected.id: (capabilities.least_write_calls, capabilities.member_batch)
        for connected in connections
        for capabilities in (connected.connector.capabilities,)
    }
    least = least_calls(sizes, plan)
    return {connected.name: least[connected.id] for connected in connections}


def _account_changes(
    planner: Planner, wanted: Wanted, by_account: Mapping[int, Sequence[KnownRecord]]
) -> tuple[list[RecordChange], int]:
    wanted_values = {account_id: wanted.account(account_id) for account_id in by_account}
    moving = [
        account_id
        for account_id, records in by_account.items()
        if any(_moves(planner, wanted, record, wanted_values[account_id]) for record in records)
    ]
    why = dict(wanted.reasons(moving))
    changes = [
        change
        for account_id in moving
        for record in by_account[account_id]
        for change in _change(record, {**wanted_values[account_id], "why": why[account_id]})
    ]
    staying = by_account.keys() - why.keys()
    waiting = sum(
        _differs(record, wanted_values[account_id])
        for account_id in staying
        for record in by_account[account_id]
    )
    return changes, waiting


def _moves(planner: Planner, wanted: Wanted, record: KnownRecord, values: Values) -> bool:
    due = is_due(record.managed, timedelta(days=planner.settings.catch_up_days), wanted.scored.as_of)
    return moves(record.kind, record.managed, values, planner.settings.min_change, is_due=due)


def _differs(record: KnownRecord, values: Values) -> bool:
    """Whether the record is a little behind; reasons and the instant of scoring alone do not count."""
    return moves(record.kind, record.managed, values, 0.0, is_due=True)


def _change(record: KnownRecord, values: Values) -> Iterator[RecordChange]:
    before, after = change_of(record.kind, record.managed, values)
    if after:
        ref = RecordRef(record.kind, record.remote_id)
        yield RecordChange(record.connection_id, ref, record.account_id, before, after)


def _contact_changes(
    planner: Planner, wanted: Wanted, by_account: Mapping[int, Sequence[KnownRecord]]
) -> tuple[list[RecordChange], int]:
    changes: list[RecordChange] = []
    waiting = 0
    catch_up = timedelta(days=planner.settings.catch_up_days)
    due = {
        account_id
        for account_id, records in by_account.items()
        if any(is_due(record.managed, catch_up, wanted.scored.as_of) for record in records)
    }
    for record in known_records(planner.database, Kind.CONTACT):
        if record.account_id not in wanted.place:
            continue
        values = wanted.contact(record.account_id, record.person_key)
        is_late = record.account_id in due
        if moves(record.kind, record.managed, values, planner.settings.min_change, is_due=is_late):
            changes += _change(record, values)
        else:
            waiting += _differs(record, values)
    return changes, waiting


class _Resting(NamedTuple):
    """What the CRMs have just refused, and is left alone while nothing about it changes."""

    refused: Mapping[tuple[int, str, str], Refusal]
    now_ms: int

    def record(self, change: RecordChange) -> bool:
        """Whether the same values were refused not long ago."""
        return self._rests((change.connection_id, *change.ref), change.after)

    def without(self, change: MemberChange) -> MemberChange:
        """The change without the members that the list has just refused."""
        kind = member_kind(change.list_key)

        def kept(remote_ids: Sequence[str], values: Values) -> tuple[str, ...]:
            keys = ((change.connection_id, kind, remote_id) for remote_id in remote_ids)
            return tuple(key[2] for key in keys if not self._rests(key, values))

        return change._replace(add=kept(change.add, MEMBER), remove=kept(change.remove, NO_MEMBER))

    def _rests(self, key: tuple[int, str, str], values: Values) -> bool:
        refusal = self.refused.get(key)
        if refusal is None or refusal.fingerprint != fingerprint(values):
            return False
        return self.now_ms < refusal.last_at + _pause(refusal.attempts) / timedelta(milliseconds=1)


def _moves_of(changes: Sequence[MemberChange]) -> int:
    return sum(len(change.add) + len(change.remove) for change in changes)


def _pause(attempts: int) -> timedelta:
    """How long a write that was refused so often rests."""
    return min(timedelta(hours=2 ** min(attempts - 1, 10)), LONGEST_PAUSE)


def _member_changes(
    planner: Planner, wanted: Wanted, accounts: Sequence[KnownRecord]
) -> tuple[list[MemberChange], dict[tuple[int, str], int]]:
    work = [
        (connected, target, list_id)
        for connected in planner.connections
        for target, list_id in _lists(planner, wanted, connected)
    ]
    present = each(work, lambda item: planner.members(*item))
    changes: list[MemberChange] = []
    sizes: dict[tuple[int, str], int] = {}
    for (connected, target, list_id), members in zip(work, present, strict=True):
        belong = wanted.members(target.key)
        ours = our_members(planner.database, connected.id, target.key)
        sizes[connected.id, target.key] = len(ours)
        ids = {r.remote_id for r in accounts if r.connection_id == connected.id and r.account_id in belong}
        change = plan_members(target, connected.id, list_id, wanted=ids, present=members, ours=ours)
        if change.add or change.remove:
            changes.append(change)
    return changes, sizes


def _lists(planner: Planner, wanted: Wanted, connected: Connected) -> Iterator[tuple[TargetList, str]]:
    """The target lists that install has made in a CRM, with their ids there."""
    made = {
        item.details["key"]: item.remote_id
        for item in inventory(planner.database, connected.id)
        if item.type == "list" and item.remote_id
    }
    for target in lists_of(wanted.scored.model):
        if target.key in made:
            yield target, str(made[target.key])
