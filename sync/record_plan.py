"""The records of a plan: wanted values against what the CRMs say, drift and rest considered."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from core.records import Kind, RecordRef
from store.outbox import KnownRecord, Values, known_records
from store.quarantine import ROLLED_BACK, Key
from store.written import Own, own_writes
from sync.drift import Drift, drift_of, writable_part
from sync.plan import RecordChange, change_of, is_due, moves
from sync.planner import Planner
from sync.resting import Resting
from sync.wanted import Wanted


@dataclass(slots=True)
class RecordPlan:
    """The records to write, and what is left alone: `waiting` moved too little, `resting` are in quarantine."""

    changes: list[RecordChange] = field(default_factory=list)
    drift: list[Drift] = field(default_factory=list)
    waiting: int = 0
    resting: int = 0
    ended: list[Key] = field(default_factory=list)


@dataclass(frozen=True)
class _Makers:
    """What the changes of records are made with."""

    planner: Planner
    wanted: Wanted
    resting: Resting
    plan: RecordPlan

    def with_own(
        self, records: Sequence[KnownRecord], kind: Kind
    ) -> Iterator[tuple[KnownRecord, Own | None]]:
        """The records with what we wrote last onto each."""
        keys = [(record.connection_id, record.remote_id) for record in records]
        return zip(records, own_writes(self.planner.database, kind, keys), strict=True)

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


def plan_records(
    planner: Planner, wanted: Wanted, accounts: Sequence[KnownRecord], resting: Resting
) -> RecordPlan:
    """Compare every living record with what it should say."""
    plan = RecordPlan()
    makers = _Makers(planner, wanted, resting, plan)
    rested = {key for key, refusal in resting.refused.items() if refusal.code == ROLLED_BACK}
    due = _due(planner, wanted, (record for record in accounts if _key(record) not in rested))
    _plan_accounts(makers, accounts, due)
    _plan_contacts(makers, due)
    return plan


def _due(planner: Planner, wanted: Wanted, accounts: Iterable[KnownRecord]) -> dict[Key, int]:
    """Records of accounts that have waited long enough for their small moves, with the account's number."""
    catch_up = timedelta(days=planner.settings.catch_up_days)
    return {
        _key(record): record.account_id
        for record in accounts
        if is_due(record.managed, catch_up, wanted.scored.as_of)
    }


def _plan_accounts(makers: _Makers, accounts: Sequence[KnownRecord], due: Mapping[Key, int]) -> None:
    wanted = makers.wanted
    values = {account_id: wanted.account(account_id) for account_id in {one.account_id for one in accounts}}
    by_account: dict[int, list[KnownRecord]] = {}
    for record, own in makers.with_own(accounts, Kind.ACCOUNT):
        makers.end_rest(record, values[record.account_id])
        by_account.setdefault(record.account_id, []).append(
            makers.open_part(record, own, values[record.account_id])
        )
    moving = [
        account_id
        for account_id, records in by_account.items()
        if any(makers.moves(one, values[account_id], is_late=_key(one) in due) for one in records)
    ]
    why = dict(wanted.reasons(moving))
    for account_id, records in by_account.items():
        for record in records:
            if account_id in why:
                makers.add(record, {**values[account_id], "why": why[account_id]})
            else:
                makers.leave(record, values[account_id])


def _plan_contacts(makers: _Makers, due: Mapping[Key, int]) -> None:
    late = set(due.values())
    contacts = known_records(makers.planner.database, Kind.CONTACT, makers.planner.only)
    for known, own in makers.with_own(contacts, Kind.CONTACT):
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
