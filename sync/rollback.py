"""Rolling a run back: its before-values, where the CRM still says what the run wrote. A plan like any other.

The records are read again first. What anybody has changed since is listed and left alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from core.changes import InventoryItem
from core.errors import ConfigError, ListLost
from core.fields import Policy
from core.managed_fields import MANAGED_FIELDS
from core.records import RecordRef
from store.change_log import Logged, changes_of
from store.connections import inventory
from store.database import Database
from store.links import account_ids
from store.outbox import MEMBER, NO_MEMBER, Rest, Values, our_members
from sync.connected import Connected
from sync.plan import MemberChange, Plan, RecordChange
from sync.progress import Progress
from sync.reread import reread

_NO_LIST = "the list is gone, or not ours to write any more"
_OURS = {field.name for field in MANAGED_FIELDS if field.policy is not Policy.READS}


class Left(NamedTuple):
    """Something that a rollback leaves alone: what the run wrote, what stands there now, and why.

    `what` is a field, or the list of a membership.
    """

    connection: str
    ref: RecordRef
    what: str
    written: str | None
    now: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Rollback:
    """What rolling a run back would do."""

    run_id: int
    plan: Plan
    left: tuple[Left, ...]


@dataclass(slots=True)
class _Undoing:
    """A rollback in the making."""

    records: list[RecordChange] = field(default_factory=list)
    members: list[MemberChange] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)


def plan_rollback(
    database: Database, connections: Sequence[Connected], run_id: int, progress: Progress
) -> Rollback:
    """Read what the run wrote again from the CRMs, and plan to undo what still stands.

    Raises ConfigError where the run wrote into a connection that is not configured any more.
    """
    logged = changes_of(database, run_id)
    configured = {connected.id for connected in connections}
    if any(change.connection_id not in configured for change in logged):
        raise ConfigError(
            f"Run {run_id} wrote into a connection that the configuration no longer names: put it back first."
        )
    undoing = _Undoing()
    for connected in connections:
        own = [change for change in logged if change.connection_id == connected.id]
        _undo_fields(database, connected, [one for one in own if one.list_key is None], undoing, progress)
        _undo_members(database, connected, [one for one in own if one.list_key is not None], undoing)
    plan = Plan(records=tuple(undoing.records), members=tuple(undoing.members))
    return Rollback(run_id, plan, tuple(undoing.left))


def _undo_fields(
    database: Database,
    connected: Connected,
    logged: Sequence[Logged],
    undoing: _Undoing,
    progress: Progress,
) -> None:
    now = reread(database, connected, (change.ref for change in logged), progress)
    accounts = account_ids(database, connected.id)
    for change in logged:
        known = now.get(change.ref)
        before, after = _restorable(connected, change, known, undoing)
        if not before:
            continue
        account = accounts.get(change.ref, 0)
        undoing.records.append(RecordChange(connected.id, change.ref, account, after, before))


def _restorable(
    connected: Connected, change: Logged, now: Values | None, undoing: _Undoing
) -> tuple[dict[str, str | None], dict[str, str | None]]:
    """(before, after) of the fields that still say what the run wrote; the others are noted as left."""
    before: dict[str, str | None] = {}
    after: dict[str, str | None] = {}
    for name, written in change.after.items():
        if now is None:
            undoing.left.append(Left(connected.name, change.ref, name, written, None, "the record is gone"))
        elif name not in now or name not in _OURS:
            undoing.left.append(Left(connected.name, change.ref, name, written, None, "the field is gone"))
        elif now[name] == written:
            before[name], after[name] = change.before.get(name), written
        elif now[name] != change.before.get(name):
            undoing.left.append(Left(connected.name, change.ref, name, written, now[name], "changed since"))
    return before, after


def _undo_members(
    database: Database, connected: Connected, logged: Sequence[Logged], undoing: _Undoing
) -> None:
    lists = {
        item.details["key"]: item
        for item in inventory(database, connected.id)
        if item.type == "list" and item.remote_id
    }
    for list_key in sorted({str(change.list_key) for change in logged}):
        of_list = [change for change in logged if change.list_key == list_key]
        item = lists.get(list_key)
        present = _present(connected, item)
        if item is None or present is None:
            undoing.left += [Left(connected.name, one.ref, list_key, None, None, _NO_LIST) for one in of_list]
            continue
        ours = our_members(database, connected.id, list_key)
        add, remove = _members_to_undo(connected, of_list, (present, ours), undoing)
        if add or remove:
            why = dict.fromkeys((*add, *remove), f"run {of_list[0].run_id} rolled back")
            undoing.members.append(
                MemberChange(connected.id, list_key, item.name, str(item.remote_id), add, remove, why)
            )


def _present(connected: Connected, item: InventoryItem | None) -> set[str] | None:
    """Who is on a list, None where it is not ours to write any more."""
    try:
        return set(connected.connector.members(str(item.remote_id))) if item else None
    except ListLost:
        return None


def _members_to_undo(
    connected: Connected, logged: Iterable[Logged], now: tuple[set[str], set[str]], undoing: _Undoing
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who is put back on a list, and who is taken off it."""
    present, ours = now
    add: list[str] = []
    remove: list[str] = []
    for change in logged:
        one = change.ref.remote_id
        if change.after == MEMBER and one in present and one in ours:
            remove.append(one)
        elif change.after == NO_MEMBER and one not in present:
            add.append(one)
        elif change.after == MEMBER:
            is_there = one in present
            why = "a member by a person's hand" if is_there else "taken off since"
            now_ = "member" if is_there else "no member"
            undoing.left.append(Left(connected.name, change.ref, str(change.list_key), "member", now_, why))
    return tuple(sorted(add)), tuple(sorted(remove))


def resting(rollback: Rollback, run_id: int, *, now_ms: int) -> Rest:
    """What is undone rests, so that the next sync does not write it again."""
    why = f"Run {rollback.run_id} was rolled back by run {run_id}; release it with `shortlist retry`."
    return Rest(why, now_ms)
