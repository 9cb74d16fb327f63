"""What goes to a CRM and what comes back of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from core.cursors import Cursor
from core.records import Kind, Record, RecordRef, Tombstone


class Stream(NamedTuple):
    """One object of a CRM that is read with a cursor of its own (Task and Event are both activities).

    is_prefixed: its records carry its name and a colon before their ids, because another stream has the same
    kind; of activities that is always so.
    compare_days: its deletions leave no trace, so the CRM's ids are compared with ours this often.
    reread_days: values of it change without the record being marked, so all of it is read again this often.
    """

    name: str
    kind: Kind
    is_prefixed: bool = False
    compare_days: float | None = None
    reread_days: float | None = None

    def remote_id(self, record_id: str) -> str:
        """The remote id of a record that the CRM calls `record_id`."""
        return f"{self.prefix}{record_id}"

    @property
    def prefix(self) -> str:
        """What stands before the CRM's own ids; nothing for most kinds."""
        return f"{self.name}:" if self.is_prefixed or self.kind is Kind.ACTIVITY else ""


@dataclass(frozen=True, slots=True)
class Page:
    """What one read gave. Storing it and saving `next_cursor` is one transaction."""

    records: Sequence[Record]
    next_cursor: Cursor
    tombstones: Sequence[Tombstone] = ()
    skipped: Sequence["Skipped"] = ()
    expected: int | None = None
    """How many records the whole window holds, where the CRM says so (for progress)."""
    deletions_lost: bool = False
    """What was deleted is not told whole, or a read of everything may lack some: ids must be compared."""
    is_blind: bool = False
    """The CRM does not show this object (any more): what it showed before is not gone for that."""
    older: frozenset[str] = frozenset()
    """Ids of records that are no new ones, where the CRM does not mark what it links again with a restored record."""


class Skipped(NamedTuple):
    """A record that could not be read, and why; it is quarantined, the page goes on."""

    ref: RecordRef
    reason: str


class FieldWrite(NamedTuple):
    """Managed fields of one record by name, as canonical text; None clears a field."""

    ref: RecordRef
    values: Mapping[str, str | None]


class Outcome(StrEnum):
    """What became of one write."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


class WriteResult(NamedTuple):
    """One result per input. `code` is the CRM's error code, `reason` its own words.

    left_out: fields that the CRM no longer has or no longer lets us write; the others were dealt with.
    """

    ref: RecordRef
    outcome: Outcome
    code: str | None = None
    reason: str | None = None
    left_out: tuple[str, ...] = ()


class TargetList(NamedTuple):
    """A list that Shortlist keeps in a CRM. `key` never changes; `name` is what people see."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class InventoryItem:
    """One thing that install made in a CRM, so that uninstall removes exactly that.

    type: field, field_group, permission_set, permission_set_assignment or list.
    name: the CRM's name for it; remote_id where it has one.
    """

    type: str
    name: str
    remote_id: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)


class Finding(NamedTuple):
    """One line of a check: level ok, warning or problem; `advice` says what to do."""

    level: str
    subject: str
    message: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What check found out about a connection, without changing anything."""

    org_id: str
    org_name: str
    api_version: str
    calls_left: int | None
    findings: Sequence[Finding]

    @property
    def problems(self) -> list[Finding]:
        """The findings that make a sync impossible or unsafe."""
        return [finding for finding in self.findings if finding.level == "problem"]
