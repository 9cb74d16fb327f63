"""The records of a plan: wanted values against what the CRMs say, drift and rest considered.

Some accounts at a time with their people, so that what need not be written is never in memory all at once.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.fields import TIERS
from core.records import Kind, RecordRef
from store.outbox import KnownRecord, Values, known_records
from store.quarantine import ROLLED_BACK, Key
from store.written import Own, own_writes
from sync.drift import Drift, drift_of, writable_part
from sync.plan import RecordChange, change_of, is_due, moves, next_due
from sync.planner import Planner
from sync.resting import Resting
from sync.wanted import Wanted

_AT_ONCE = 2_000
"""Accounts, with about 14 kB of records and wanted values each in two CRMs."""


@dataclass(slots=True)
class RecordPlan:
    """The records to write, and what is left alone: `waiting` moved too little, `resting` are in quarantine.

    account_of: the account of each account record that was looked at, by connection and remote id. tiered: how many
    accounts have a tier by what a CRM says. due_at: when the next account will have waited long enough for its small
    moves; None where no more will.
    """

    changes: list[RecordChange] = field(default_factory=list)
    drift: list[Drift] = field(default_factory=list)
    waiting: int = 0
    resting: int = 0
    ended: list[Key] = field(default_factory=list)
    account_of: dict[int, dict[str, int]] = field(default_factory=dict)
    tiered: int = 0
    due_at: datetime | None = None


@dataclass(frozen=True)
class _Makers:
    """What the changes of records are made with."""

    planner: Planner
    wanted: Wanted
    resting: Resting
    plan: RecordPlan

    @property
    def catch_up(self) -> timedelta:
        """How long small moves of an account wait."""
        return timedelta(days=self.planner.settings.catch_up_days)

    def with_own(self, kind: Kind, account_ids: Collection[int]) -> Iterator[tuple[KnownRecord, Own | None]]:
        """The records of some accounts in the CRMs that are configured, with what we wrote last onto each."""
        configured = {connected.id for connected in self.planner.connections}
        own = own_writes(self.planner.database, kind, account_ids)
        for record in known_records(self.planner.database, kind, account_ids):
            if record.connection_id in configured:
                yield record, own.get((record.connection_id, record.remote_id))

    def open_part(self, record: KnownRecord, own: Own | None, values: Values) -> KnownRecord:
        """The record with only the fields that may be written; notes the drift of the others."""
        drift = drift_of(record, own, values, self.planner.settings.drift)
        if not drift:
            return record
        self.plan.drift += drift
        return record._replace(managed=dict(writable_part(record, drift)))

    def moves(self, record: KnownRecord, values: Values, *, is_late: bool) -> bool:
        """Whether the record must be written now."""
        least = self.planner.settings.min_change
        return moves(record.kind, record.managed, values, least, is_due=is_late)

    def add(self, record: KnownRecord, values: Values) -> None:
        """Write the record, unless it rests."""
        before, after = change_of(record.kind, record.managed, values)
        if not after:
            return
        ref = RecordRef(record.kind, record.remote_id)
        change = RecordChange(record.connection_id, ref, record.account_id, before, after)
        if self.resting.record(change, values):
            self.plan.resting += 1
        else:
            self.plan.changes.append(change)

    def leave(self, record: KnownRecord, values: Values) -> None:
        """Count a record that is a little behind; reasons and the instant of scoring alone do not count."""
        self.plan.waiting += moves(record.kind, record.managed, values, 0.0, is_due=True)

    def end_rest(self, record: KnownRecord, values: Values) -> None:
        """What was rolled back rests only while the same is wanted."""
        key = _key(record)
        refusal = self.resting.refused.get(key)
        if refusal and refusal.code == ROLLED_BACK and not self.resting.is_undone(key, values):
            self.plan.ended.append(key)


def plan_records(planner: Planner, wanted: Wanted, resting: Resting, at_once: int = _AT_ONCE) -> RecordPlan:
    """Compare every living record with what it should say, the records of so many accounts at once."""
    plan = RecordPlan()
    makers = _Makers(planner, wanted, resting, plan)
    rested = {key for key, refusal in resting.refused.items() if refusal.code == ROLLED_BACK}
    for account_ids in _blocks(planner, wanted, at_once):
        accounts = list(makers.with_own(Kind.ACCOUNT, account_ids))
        _note(makers, [record for record, _ in accounts])
        due = _due(makers, (record for record, _ in accounts if _key(record) not in rested))
        _plan_accounts(makers, accounts, due)
        _plan_contacts(makers, account_ids, set(due.values()))
    plan.changes.sort(key=lambda change: (change.ref.kind, change.connection_id, change.ref.remote_id))
    return plan


def _blocks(planner: Planner, wanted: Wanted, at_once: int) -> Iterator[Collection[int]]:
    """The accounts that the plan is about, some at a time."""
    if planner.only is not None:
        yield planner.only
        return
    ascending = sorted(wanted.place)
    for start in range(0, len(ascending), at_once):
        some = ascending[start : start + at_once]
        yield range(some[0], some[-1] + 1)


def _note(makers: _Makers, accounts: Sequence[KnownRecord]) -> None:
    """Keep of account records what is asked of all of them at the end."""
    plan = makers.plan
    for record in accounts:
        plan.account_of.setdefault(record.connection_id, {})[record.remote_id] = record.account_id
    plan.tiered += len({record.account_id for record in accounts if record.managed.get("tier") in TIERS})
    due_at = next_due(accounts, makers.catch_up, makers.wanted.scored.as_of)
    plan.due_at = min(filter(None, (plan.due_at, due_at)), default=None)


def _due(makers: _Makers, accounts: Iterable[KnownRecord]) -> dict[Key, int]:
    """Records of accounts that have waited long enough for their small moves, with the account's number."""
    return {
        _key(record): record.account_id
        for record in accounts
        if is_due(record.managed, makers.catch_up, makers.wanted.scored.as_of)
    }


def _plan_accounts(
    makers: _Makers, accounts: Iterable[tuple[KnownRecord, Own | None]], due: Mapping[Key, int]
) -> None:
    values: dict[int, Values] = {}
    by_account: dict[int, list[KnownRecord]] = {}
    for record, own in accounts:
        account_id = record.account_id
        if account_id not in values:
            values[account_id] = makers.wanted.account(account_id)
        makers.end_rest(record, values[account_id])
        by_account.setdefault(account_id, []).append(makers.open_part(record, own, values[account_id]))
    moving = [
        account_id
        for account_id, records in by_account.items()
        if any(makers.moves(one, values[account_id], is_late=_key(one) in due) for one in records)
    ]
    why = dict(makers.wanted.reasons(moving))
    for account_id, records in by_account.items():
        for record in records:
            if account_id in why:
                makers.add(record, {**values[account_id], "why": why[account_id]})
            else:
                makers.leave(record, values[account_id])


def _plan_contacts(makers: _Makers, account_ids: Collection[int], late: Collection[int]) -> None:
    """The people of some accounts; `late` are accounts that have waited long enough for their small moves."""
    for known, own in makers.with_own(Kind.CONTACT, account_ids):
        if known.account_id not in makers.wanted.place:
            continue
        values = makers.wanted.contact(known.account_id, known.person_key)
        makers.end_rest(known, values)
        record = makers.open_part(known, own, values)
        if makers.moves(record, values, is_late=known.account_id in late):
            makers.add(record, values)
        else:
            makers.leave(record, values)


def _key(record: KnownRecord) -> Key:
    return (record.connection_id, str(record.kind), record.remote_id)
