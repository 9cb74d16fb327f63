"""The plan: wanted values against what the CRMs say now. Pure; nothing here reads or writes anything.

Quiet by design: decay moves every score a little every day and each write may fire a customer's automation.
So a record is written when a field that MOVES differs, or one that DRIFTS by at least `min_change`; the
fields that FOLLOW go with it. Smaller moves wait for the weekly catch-up. All records of one account are
written together, so that both CRMs always say the same.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from core.changes import TargetList
from core.clock import parse_instant
from core.fields import ManagedField, Policy
from core.managed_fields import fields_of
from core.records import Kind, RecordRef
from store.outbox import KnownRecord, Values
from store.quarantine import Key
from store.sql import to_json
from sync.drift import Drift


class RecordChange(NamedTuple):
    """One record to write: the fields that differ, as they are and as they shall be."""

    connection_id: int
    ref: RecordRef
    account_id: int
    before: Values
    after: Values


class MemberChange(NamedTuple):
    """One target list in one CRM: remote ids of accounts to add and to remove, and why each."""

    connection_id: int
    list_key: str
    list_name: str
    list_id: str
    add: tuple[str, ...]
    remove: tuple[str, ...]
    why: Mapping[str, str] = {}


class TierMove(NamedTuple):
    """An account that changes its tier, and why."""

    account: str
    before: str
    after: str
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a push would do. `waiting` records differ by too little to be written now.

    `quarantined` writes rest. `drift` is what others have written into our fields; `ended` is what need not
    rest any more (keys of the quarantine). `left` are members of ours that are gone from their list, and do not
    belong there: (connection, list key, remote id). `lost` are target lists that are not ours to write any more: which,
    and why.
    """

    records: tuple[RecordChange, ...] = ()
    members: tuple[MemberChange, ...] = ()
    tier_moves: tuple[TierMove, ...] = ()
    waiting: int = 0
    quarantined: int = 0
    drift: tuple[Drift, ...] = ()
    ended: tuple[Key, ...] = ()
    left: tuple[tuple[int, str, str], ...] = ()
    lost: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self.records and not self.members

    @property
    def id(self) -> str:
        """Stands for exactly these writes; two equal plans have one id."""
        digest = hashlib.sha256()
        for change in self.records:  # one by one: as one text they would take as much memory as the plan
            parts = [change.connection_id, *change.ref, dict(change.before), _lasting(change.after)]
            digest.update(to_json(parts).encode())
        digest.update(to_json([list(change[:-1]) for change in self.members]).encode())
        return digest.hexdigest()[:12]


def _lasting(values: Values) -> dict[str, str | None]:
    """Without the one value that is new at every instant."""
    return {name: value for name, value in values.items() if name != "scored_at"}


def writable(kind: Kind, values: Values) -> tuple[ManagedField, ...]:
    """The managed fields that we write and that the record has (before install it has none)."""
    return tuple(
        field for field in fields_of(kind) if field.policy is not Policy.READS and field.name in values
    )


def moves(kind: Kind, known: Values, wanted: Values, min_change: float, *, is_due: bool) -> bool:
    """Whether the record must be written now; `is_due` writes smaller moves too (the weekly catch-up).

    `wanted` may leave fields out (the reasons, which cost a ledger): those alone never move a record that has some.
    """
    differing = [
        field
        for field in writable(kind, known)
        if field.name in wanted and field.name != "scored_at" and known[field.name] != wanted[field.name]
    ]
    if is_due:
        return bool(differing) or _is_unsaid(known)
    return any(
        _is_worth_it(field, known, wanted, min_change)
        for field in differing
        if field.policy is not Policy.FOLLOWS
    )


def _is_unsaid(known: Values) -> bool:
    """Whether a record has no reasons: none were ever written, or they named somebody who was erased."""
    return all(known.get(name, "") is None for name in ("why", "scored_at"))


def _is_worth_it(field: ManagedField, known: Values, wanted: Values, min_change: float) -> bool:
    before, after = known[field.name], wanted.get(field.name)
    if field.policy is Policy.MOVES or before is None or after is None:
        return True
    # Rounded, because 2.3 - 1.3 is a little less than 1.0 in floats.
    return round(abs(float(after) - float(before)), 6) >= min_change


def is_due(known: Values, catch_up: timedelta, now: datetime) -> bool:
    """Whether an account's record has waited long enough for its small moves (or never was written)."""
    scored_at = known.get("scored_at")
    return scored_at is None or now - parse_instant(scored_at) >= catch_up


def next_due(records: Iterable[KnownRecord], catch_up: timedelta, now: datetime) -> datetime | None:
    """When the next account's record will have waited long enough; None where no more will."""
    moments = {one.managed.get("scored_at") for one in records}
    due = (parse_instant(moment) + catch_up for moment in moments if moment)
    return min((at for at in due if at > now), default=None)


def change_of(kind: Kind, known: Values, wanted: Values) -> tuple[Values, Values]:
    """The fields that differ: (before, after); both empty when none does."""
    names = [field.name for field in writable(kind, known) if known[field.name] != wanted.get(field.name)]
    if names == ["scored_at"]:
        return {}, {}
    return {name: known[name] for name in names}, {name: wanted.get(name) for name in names}


def plan_members(
    target: TargetList,
    connection_id: int,
    list_id: str,
    *,
    wanted: Iterable[str],
    present: Iterable[str],
    ours: Iterable[str],
) -> MemberChange:
    """Add who is missing; remove who should not be there, but only where we put them there."""
    wanted_ids, present_ids = set(wanted), set(present)
    add = tuple(sorted(wanted_ids - present_ids))
    remove = tuple(sorted((present_ids & set(ours)) - wanted_ids))
    return MemberChange(connection_id, target.key, target.name, list_id, add, remove)


def least_calls(sizes: Mapping[int, tuple[Callable[[int], int], int]], plan: Plan) -> dict[int, int]:
    """The fewest calls that could carry the plan, by connection.

    `sizes` gives for each connection how many calls so many writes need, and its member batch in records.
    """
    least = dict.fromkeys(sizes, 0)
    for connection_id, (write_calls, member_batch) in sizes.items():
        for kind in (Kind.ACCOUNT, Kind.CONTACT):
            count = sum(
                change.connection_id == connection_id and change.ref.kind is kind for change in plan.records
            )
            least[connection_id] += write_calls(count)
        for change in plan.members:
            if change.connection_id == connection_id:
                least[connection_id] += -(-(len(change.add) + len(change.remove)) // member_batch)
    return least
