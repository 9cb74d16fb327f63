"""A small CRM in memory, and its connector: a third CRM for the tests of the engine.

It keeps the promises of connectors.contract: records with modified stamps on a clock of its own, keyset
pages with a closed lower bound, one write result per input, additions and removals of members. Unlike a
vendor it can be told to refuse rows, to fail at a call, and to do the work and lose the answer.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from connectors.contract import Capabilities, Deprovisioned, Provisioned, Wanted
from core.changes import (
    CheckReport,
    FieldWrite,
    Finding,
    InventoryItem,
    Outcome,
    Page,
    Stream,
    WriteResult,
)
from core.clock import parse_instant
from core.cursors import Cursor
from core.errors import AuthError, ContractError, ListLost, TransientError
from core.managed_fields import fields_of
from core.records import (
    Account,
    Activity,
    Contact,
    Deal,
    DealRoles,
    Kind,
    Owner,
    Record,
    RecordRef,
    Tally,
    Tombstone,
)

EPOCH = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
_KINDS: Mapping[type, Kind] = {
    Account: Kind.ACCOUNT,
    Contact: Kind.CONTACT,
    Deal: Kind.DEAL,
    Activity: Kind.ACTIVITY,
    Owner: Kind.OWNER,
    DealRoles: Kind.DEAL_ROLES,
    Tally: Kind.TALLY,
}
_POSITION = "|"
ACTIVITIES = "meeting"
"""The one object of activities; their ids begin with it and a colon, as the contract wants."""


class _Row(NamedTuple):
    """What the CRM holds under an id: a record, or a grave."""

    modified_at: datetime
    record: Record | None
    survivor_id: str | None = None


@dataclass
class MemoryCrm:
    """The truth of one CRM, and the calls that reach it.

    `refused` maps remote ids to the words with which every write to them is rejected. `resets` is another
    automation: (kind, remote id, field) to the value it sets whenever the record is written. `fails_at` holds
    numbers of calls (from 1, over the life of the CRM), or an operation and a number of its calls, that
    raise TransientError before they do anything; `loses_answer_at` those that do their work first.
    """

    org: str = "memory-1"
    page_size: int = 3
    batch_size: int = 2
    now: datetime = EPOCH
    is_locked: bool = False
    left: int | None = None
    refused: dict[str, str] = field(default_factory=dict)
    resets: dict[tuple[Kind, str, str], str | None] = field(default_factory=dict)
    fails_at: set[int | tuple[str, int]] = field(default_factory=set)
    loses_answer_at: set[int | tuple[str, int]] = field(default_factory=set)
    made: Counter[str] = field(default_factory=Counter)
    lists: dict[str, set[str]] = field(default_factory=dict)
    mapped: dict[str, tuple[str, ...]] = field(default_factory=dict)
    more_streams: tuple[Stream, ...] = ()
    _list_ids: dict[str, str] = field(default_factory=dict)
    _fields: set[tuple[Kind, str]] = field(default_factory=set)
    _values: dict[RecordRef, dict[str, str | None]] = field(default_factory=dict)
    _rows: dict[Kind, dict[str, _Row]] = field(default_factory=lambda: {kind: {} for kind in Kind})
    _lock: threading.RLock = field(default_factory=threading.RLock)

    # ------------------------------------------------------------ what people and other software do

    def tick(self, seconds: float = 1.0) -> datetime:
        """Let the CRM's clock run."""
        self.now += timedelta(seconds=seconds)
        return self.now

    def put(self, *records: Record) -> None:
        """Create or replace records; each gets the present moment as its stamp."""
        for record in records:
            stamped = record._replace(modified_at=self.now)
            self._rows[_KINDS[type(record)]][record.remote_id] = _Row(self.now, stamped)

    def edit(self, kind: Kind, remote_id: str, **changes: object) -> None:
        """Change attributes of a record as a person would."""
        self.put(self.get(kind, remote_id)._replace(**changes))  # type: ignore[arg-type]

    def delete(self, kind: Kind, remote_id: str, *, survivor_id: str | None = None) -> None:
        """Delete a record, or merge it into another one, which then owns what pointed at it."""
        self._rows[kind][remote_id] = _Row(self.now, None, survivor_id)
        for members in self.lists.values():
            members.discard(remote_id)
        if survivor_id is None or kind is not Kind.ACCOUNT:
            return
        for other in (Kind.CONTACT, Kind.DEAL, Kind.ACTIVITY):
            for row in list(self._rows[other].values()):
                if row.record is not None and getattr(row.record, "account_id", None) == remote_id:
                    self.edit(other, row.record.remote_id, account_id=survivor_id)

    def set_value(self, kind: Kind, remote_id: str, name: str, value: str | None) -> None:
        """Write a managed field by hand."""
        self._values.setdefault(RecordRef(kind, remote_id), {})[name] = value
        self.put(self.get(kind, remote_id))

    def drop_field(self, kind: Kind, name: str) -> None:
        """Take a managed field away, as an admin may; its values stay where they are."""
        self._fields.remove((kind, name))

    def get(self, kind: Kind, remote_id: str) -> Record:
        """A living record as the CRM would give it; KeyError when there is none."""
        record = self._rows[kind][remote_id].record
        if record is None:
            raise KeyError(remote_id)
        return self._with_values(kind, record)

    def state(self) -> dict[str, object]:
        """Everything that Shortlist may write, for comparisons: managed values and members."""
        values = {
            f"{kind}:{remote_id}": dict(self.get(kind, remote_id).managed)  # type: ignore[union-attr]
            for kind in (Kind.ACCOUNT, Kind.CONTACT)
            for remote_id, row in sorted(self._rows[kind].items())
            if row.record is not None
        }
        keys = {list_id: key for key, list_id in self._list_ids.items()}
        return {**values, **{f"list:{keys[i]}": sorted(members) for i, members in self.lists.items()}}

    def writes_made(self) -> int:
        """How many calls have written anything."""
        return sum(count for operation, count in self.made.items() if operation.startswith("write"))

    # ------------------------------------------------------------ the connector

    @property
    def crm(self) -> str:
        return "memory"

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(self.page_size, self.page_size, self.batch_size, self.batch_size, has_lists=True)

    @property
    def streams(self) -> Sequence[Stream]:
        records = [Stream(f"{kind}s", kind) for kind in (Kind.ACCOUNT, Kind.CONTACT, Kind.DEAL)]
        return [*records, Stream(ACTIVITIES, Kind.ACTIVITY), *self.more_streams]

    def calls(self) -> Mapping[str, int]:
        with self._lock:
            return dict(self.made)

    def calls_left(self) -> int | None:
        return self.left

    def record_url(self, ref: RecordRef, org_id: str) -> str:
        return f"memory://{org_id}/{ref.kind}/{ref.remote_id}"

    def advice(self, code: str) -> str:
        return "Ask whoever made the rule." if code == "REFUSED" else ""

    def take_notes(self) -> Sequence[str]:
        return ()

    def living(self, stream: Stream) -> Iterator[Sequence[str]]:
        for page in self.pull(stream, Cursor()):
            yield [record.remote_id for record in page.records]

    def org_id(self) -> str:
        return self.org

    def check(self) -> CheckReport:
        missing = [
            field.name for kind in Kind for field in fields_of(kind) if (kind, field.name) not in self._fields
        ]
        findings = [Finding("warning", name, "is missing", "Run install.") for name in missing]
        if self.is_locked:
            findings.append(Finding("problem", "user", "may not write", "Ask the admin."))
        return CheckReport(self.org, "Memory", "1", None, findings)

    def expect_first_load(self) -> None:
        """Nothing to prepare."""

    def fields(self, stream: Stream) -> Sequence[str]:
        return self.mapped.get(stream.name, ())

    def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        window = cursor.opened(self.now)
        while True:
            page = self._page(stream, window)
            yield page
            if page.next_cursor.position is None:
                return
            window = page.next_cursor

    def fetch(self, refs: Sequence[RecordRef]) -> Iterator[Page]:
        for start in range(0, len(refs), self.page_size):
            with self._call("read again"):
                found = [
                    (ref, self._rows[ref.kind].get(ref.remote_id))
                    for ref in refs[start : start + self.page_size]
                ]
            records = [self._with_values(ref.kind, row.record) for ref, row in found if row and row.record]
            graves = [
                Tombstone(ref, row.survivor_id if row else None)
                for ref, row in found
                if not (row and row.record)
            ]
            yield Page(records, Cursor(), graves)

    def sample(self) -> Iterator[Page]:
        yield from self.pull(self.streams[0], Cursor())

    def linked(self, refs: Sequence[RecordRef]) -> Sequence[RecordRef]:  # noqa: ARG002 the contract's
        return ()

    def write_fields(self, writes: Sequence[FieldWrite]) -> list[WriteResult]:
        refs = [write.ref for write in writes]
        self._check_batch(refs, self.batch_size)
        with self._call(f"write {refs[0].kind}s"):
            return [self._write(write) for write in writes]

    def members(self, list_id: str) -> Iterator[str]:
        with self._call("read members"):
            members = sorted(self._list(list_id))
        yield from members

    def change_members(self, list_id: str, add: Sequence[str], remove: Sequence[str]) -> list[WriteResult]:
        refs = [RecordRef(Kind.ACCOUNT, remote_id) for remote_id in (*add, *remove)]
        self._check_batch(refs, self.batch_size)
        with self._call("write members"):
            members = self._list(list_id)
            added = [self._change_member(ref, members, joins=True) for ref in refs[: len(add)]]
            return added + [self._change_member(ref, members, joins=False) for ref in refs[len(add) :]]

    def provision(self, wanted: Wanted, *, dry_run: bool = False) -> Provisioned:
        if self.is_locked:
            raise AuthError("the user may not create fields")
        created: list[InventoryItem] = []
        existing: list[InventoryItem] = []
        for managed in wanted.fields:
            item = InventoryItem("field", f"{managed.kind}.{managed.name}")
            (existing if (managed.kind, managed.name) in self._fields else created).append(item)
        for target in wanted.lists:
            is_there = target.key in self._list_ids
            list_id = self._list_ids.get(target.key, f"list-{target.key}")
            item = InventoryItem("list", target.name, list_id, {"key": target.key})
            (existing if is_there else created).append(item)
        if not dry_run:
            with self._call("write schema"):
                self._create(created)
        return Provisioned(created, existing)

    def deprovision(self, inventory: Sequence[InventoryItem], *, dry_run: bool = False) -> Deprovisioned:
        removed = sorted(inventory, key=lambda item: item.type != "list")
        if not dry_run:
            with self._call("write schema"):
                for item in removed:
                    self._remove(item)
        return Deprovisioned(removed)

    # ------------------------------------------------------------ behind the wire

    @contextmanager
    def _call(self, operation: str) -> Iterator[None]:
        """One call: counted, alone, and failing where the CRM was told to fail."""
        with self._lock:
            self.made[operation] += 1
            names = {sum(self.made.values()), (operation, self.made[operation])}
            if names & self.fails_at:
                raise TransientError(f"a call failed: {operation}")
            yield
        if names & self.loses_answer_at:
            raise TransientError(f"the answer of a call was lost: {operation}")

    def _with_values(self, kind: Kind, record: Record) -> Record:
        if not isinstance(record, Account | Contact):
            return record
        values = self._values.get(RecordRef(kind, record.remote_id), {})
        names = sorted(name for of, name in self._fields if of is kind)
        return record._replace(managed={name: values.get(name) for name in names})

    def _page(self, stream: Stream, window: Cursor) -> Page:
        with self._call(f"read {stream.name}"):
            rows = sorted((row.modified_at, remote_id) for remote_id, row in self._rows[stream.kind].items())
            since = window.since or EPOCH - timedelta(days=36500)
            wanted = [key for key in rows if key[0] >= since and key > _place(window.position)]
            page = wanted[: self.page_size]
            found = [(remote_id, self._rows[stream.kind][remote_id]) for _, remote_id in page]
            is_last = len(wanted) <= self.page_size
            after = (
                window.closed()
                if is_last
                else window.at(f"{page[-1][0].isoformat()}{_POSITION}{page[-1][1]}")
            )
            return Page(
                [self._with_values(stream.kind, row.record) for _, row in found if row.record],
                after,
                [Tombstone(RecordRef(stream.kind, i), row.survivor_id) for i, row in found if not row.record],
            )

    def _check_batch(self, refs: Sequence[RecordRef], most: int) -> None:
        """A batch that breaks the contract is the engine's fault, and a vendor would refuse it whole."""
        if not refs or len(refs) > most or len(set(refs)) < len(refs) or len({ref.kind for ref in refs}) > 1:
            raise ContractError(f"this batch breaks the contract: {refs}")

    def _write(self, write: FieldWrite) -> WriteResult:
        refusal = self._refusal(write.ref, write.values)
        if refusal is not None:
            return refusal
        values = self._values.setdefault(write.ref, {})
        if all(values.get(name) == value for name, value in write.values.items()):
            return WriteResult(write.ref, Outcome.UNCHANGED)
        values.update(write.values)
        values.update({name: v for (kind, i, name), v in self.resets.items() if (kind, i) == write.ref})
        self.tick()
        self.put(self.get(*write.ref))
        return WriteResult(write.ref, Outcome.WRITTEN)

    def _refusal(self, ref: RecordRef, names: Iterable[str] = ()) -> WriteResult | None:
        row = self._rows[ref.kind].get(ref.remote_id)
        unknown = [name for name in names if (ref.kind, name) not in self._fields]
        if row is None or row.record is None:
            return WriteResult(ref, Outcome.REJECTED, "GONE", "there is no such record")
        if unknown:
            return WriteResult(ref, Outcome.REJECTED, "NO_FIELD", f"unknown fields {', '.join(unknown)}")
        if ref.remote_id in self.refused:
            return WriteResult(ref, Outcome.REJECTED, "REFUSED", self.refused[ref.remote_id])
        return None

    def _list(self, list_id: str) -> set[str]:
        if list_id not in self.lists:
            raise ListLost(f"the list {list_id} is gone")
        return self.lists[list_id]

    def _change_member(self, ref: RecordRef, members: set[str], *, joins: bool) -> WriteResult:
        refusal = self._refusal(ref) if joins else None
        if refusal is not None:
            return refusal
        if (ref.remote_id in members) == joins:
            return WriteResult(ref, Outcome.UNCHANGED)
        members.symmetric_difference_update({ref.remote_id})
        return WriteResult(ref, Outcome.WRITTEN)

    def _create(self, items: Iterable[InventoryItem]) -> None:
        for item in items:
            if item.type == "list":
                self._list_ids[item.details["key"]] = str(item.remote_id)
                self.lists[str(item.remote_id)] = set()
            else:
                kind, _, name = item.name.partition(".")
                self._fields.add((Kind(kind), name))

    def _remove(self, item: InventoryItem) -> None:
        if item.type == "list":
            self._list_ids.pop(item.details["key"], None)
            self.lists.pop(str(item.remote_id), None)
            return
        kind, _, name = item.name.partition(".")
        self._fields.discard((Kind(kind), name))
        for ref, values in self._values.items():
            if ref.kind == kind:
                values.pop(name, None)


def _place(position: str | None) -> tuple[datetime, str]:
    if position is None:
        return datetime.min.replace(tzinfo=UTC), ""
    at, _, remote_id = position.partition(_POSITION)
    return parse_instant(at), remote_id
