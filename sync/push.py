"""The push: carries out a plan, batch by batch, and settles every batch before the next one counts."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from core.changes import FieldWrite, Outcome, WriteResult
from core.errors import ContractError
from core.records import Kind, RecordRef
from store.change_log import Write
from store.database import Database
from store.outbox import (
    MEMBER,
    NO_MEMBER,
    Rest,
    begin,
    begin_members,
    forget_members,
    settle_fields,
    settle_members,
)
from store.quarantine import FIELD_WAR, fingerprint, hold, strike_off
from sync.connected import IN_FLIGHT, Connected, each
from sync.drift import MOST_ROUNDS, Drift, Handling
from sync.plan import MemberChange, Plan, RecordChange
from sync.planning import war_key
from sync.progress import Progress


class Pushed(NamedTuple):
    """How many writes of one connection ended how."""

    connection: str
    records: int
    members: int
    rejected: int


@dataclass(frozen=True, slots=True)
class PushContext:
    """What the batches of one push share. rest: why what they overwrite is not to be written again for now."""

    database: Database
    run_id: int
    now_ms: int
    progress: Progress
    rest: Rest | None = None
    writer: threading.Lock = field(default_factory=threading.Lock)


def push(context: PushContext, connections: Sequence[Connected], plan: Plan) -> list[Pushed]:
    """Write the plan into the CRMs, fields before memberships; raises a connection's first error.

    Whatever was settled before an error stays settled; the next plan holds the rest.
    """
    _settle_rest(context, plan)
    return each(connections, lambda connected: _push_connection(context, connected, plan))


def _push_connection(context: PushContext, connected: Connected, plan: Plan) -> Pushed:
    outcomes: list[Outcome] = []
    # People first: an account that is due for its catch-up stays due until its people are written.
    for kind in (Kind.CONTACT, Kind.ACCOUNT):
        changes = [c for c in plan.records if c.connection_id == connected.id and c.ref.kind is kind]
        # Records of one account beside each other: a CRM locks the account of a contact that it writes.
        changes.sort(key=lambda change: change.account_id)
        size = connected.connector.capabilities.write_size(len(changes))
        batches = list(_slices(changes, size))
        for results in each(batches, lambda b: _write_batch(context, connected, b), threads=IN_FLIGHT):
            outcomes += [result.outcome for result in results]
    records = sum(outcome is Outcome.WRITTEN for outcome in outcomes)
    outcomes += _push_members(context, connected, plan)
    written = sum(outcome is Outcome.WRITTEN for outcome in outcomes)
    return Pushed(connected.name, records, written - records, outcomes.count(Outcome.REJECTED))


def _push_members(context: PushContext, connected: Connected, plan: Plan) -> list[Outcome]:
    """Change every list; one that refuses does not keep the others back, and its error is raised at the end."""
    outcomes: list[Outcome] = []
    failed: list[ContractError] = []
    for change in plan.members:
        if change.connection_id == connected.id:
            try:
                outcomes += [result.outcome for result in _change_list(context, connected, change)]
            except ContractError as error:
                failed.append(error)
    if failed:
        raise failed[0]
    return outcomes


def _settle_rest(context: PushContext, plan: Plan) -> None:
    """Let fields that are fought over rest, end the rest of what needs none, and forget members that have left.

    Who was taken off a list by a person, or by a removal whose answer was lost, is no longer ours: a person who
    adds it later must find it there.
    """
    wars = [
        (war_key(one), fingerprint({one.field: one.written}), _war_words(one), MOST_ROUNDS)
        for one in plan.drift
        if one.handling is Handling.WAR
    ]
    if wars or plan.ended or plan.left:
        with context.database.write() as writer:
            hold(writer, FIELD_WAR, wars, context.now_ms)
            strike_off(writer, plan.ended)
            forget_members(writer, plan.left)


def _war_words(drift: Drift) -> str:
    return (
        f"{drift.field} was set back to {drift.found!r} behind each of {MOST_ROUNDS} writes (ours was "
        f"{drift.written!r}): another automation writes it. Stop that one, or keep its value with "
        f'[sync.drift] {drift.field} = "keep"; then run `shortlist retry {drift.ref.remote_id}`.'
    )


def _write_batch(
    context: PushContext, connected: Connected, changes: Sequence[RecordChange]
) -> list[WriteResult]:
    writes = [Write(c.ref, c.before, c.after) for c in changes]
    with context.writer:
        batch = begin(context.database, context.run_id, connected.id, writes, context.rest)
    results = connected.connector.write_fields([FieldWrite(c.ref, c.after) for c in changes])
    with context.writer:
        settle_fields(context.database, batch, results, now_ms=context.now_ms)
    context.progress.advance(f"{connected.name}: write {changes[0].ref.kind}s", len(changes))
    return results


def _change_list(context: PushContext, connected: Connected, change: MemberChange) -> Iterator[WriteResult]:
    moves = [(one, NO_MEMBER, MEMBER) for one in change.add] + [
        (one, MEMBER, NO_MEMBER) for one in change.remove
    ]
    writes = [
        Write(RecordRef(Kind.ACCOUNT, one), before, after, change.why.get(one))
        for one, before, after in moves
    ]
    for batch in _slices(writes, connected.connector.capabilities.member_batch):
        yield from _change_members(context, connected, change, batch)


def _change_members(
    context: PushContext, connected: Connected, change: MemberChange, writes: Sequence[Write]
) -> list[WriteResult]:
    with context.writer:
        batch = begin_members(
            context.database, context.run_id, connected.id, change.list_key, writes, context.rest
        )
    joining = [write.ref.remote_id for write in writes if write.after == MEMBER]
    leaving = [write.ref.remote_id for write in writes if write.after != MEMBER]
    results = connected.connector.change_members(change.list_id, joining, leaving)
    with context.writer:
        settle_members(context.database, batch, results, now_ms=context.now_ms)
    context.progress.advance(f"{connected.name}: list {change.list_name}", len(results))
    return results


_T = TypeVar("_T")


def _slices(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
