"""What every CRM's connector offers to the engine: a protocol, kept small on purpose.

A connector never touches the store, never sleeps outside the transport and never reads the clock. It
raises only core.errors. A bad record is a result; a bad connection is an exception.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from core.changes import CheckReport, FieldWrite, InventoryItem, Page, Stream, TargetList, WriteResult
from core.cursors import Cursor
from core.fields import ManagedField
from core.records import RecordRef


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What one call can carry, in records; the engine slices its work by these and counts by them.

    A CRM that takes many records another way (a job) says from how many records on, how many one
    write_fields call may then carry, and how many API calls such a call needs at the least; likewise for reading.
    """

    read_page: int
    """Records in a full page of a first load."""
    fetch_batch: int
    write_batch: int
    member_batch: int
    has_lists: bool
    """False where the CRM (or this org) has no list that an account can be a member of."""
    leaves_lists: bool = False
    """True where the settings say that target lists are not kept (any more): those that are there stay as they are."""
    large_write_from: int | None = None
    large_write_batch: int = 0
    large_write_calls: int = 1
    large_read_from: int | None = None
    large_read_calls: int = 1

    def write_size(self, pending: int) -> int:
        """How many of `pending` records of one kind one write_fields call should carry."""
        return self.large_write_batch if self._is_large(pending) else self.write_batch

    def least_write_calls(self, pending: int) -> int:
        """The fewest API calls that can write `pending` records of one kind."""
        calls = -(-pending // self.write_size(pending))
        return calls * (self.large_write_calls if self._is_large(pending) else 1)

    def least_read_calls(self, records: int) -> int:
        """The fewest API calls that can read so many records of one stream; an empty window needs one too."""
        pages = max(1, -(-records // self.read_page))
        is_large = self.large_read_from is not None and records >= self.large_read_from
        return min(pages, self.large_read_calls) if is_large else pages

    def _is_large(self, pending: int) -> bool:
        return self.large_write_from is not None and pending >= self.large_write_from


@dataclass(frozen=True, slots=True)
class Wanted:
    """What install must find in the CRM when it ends.

    known: the inventory of earlier installs; a list that is in it is found by its id, whatever people call it now.
    """

    fields: Sequence[ManagedField]
    lists: Sequence[TargetList]
    known: Sequence[InventoryItem] = ()


@dataclass(frozen=True, slots=True)
class Provisioned:
    """What provision made (`created`), what it found already there, and what a person should know of that."""

    created: Sequence[InventoryItem]
    existing: Sequence[InventoryItem]
    notes: Sequence[str] = ()


class Refused(NamedTuple):
    """Something that the CRM does not let us remove, in its own words."""

    item: InventoryItem
    reason: str


class Deprovisioned(NamedTuple):
    """What deprovision removed (or would remove), and what is there and cannot be removed."""

    removed: Sequence[InventoryItem]
    refused: Sequence[Refused] = ()


class Connector(Protocol):
    """One configured CRM."""

    @property
    def crm(self) -> str:
        """`salesforce`, `hubspot`, …: the name in the registry."""

    @property
    def capabilities(self) -> Capabilities:
        """Sizes and abilities of this connection; may ask the CRM once."""

    @property
    def streams(self) -> Sequence[Stream]:
        """The objects that are read, each with a cursor of its own; accounts first."""

    def calls(self) -> Mapping[str, int]:
        """API calls made so far by operation ("read companies", "write contacts", …), retries included."""

    def calls_left(self) -> int | None:
        """API calls left today, as the CRM's last answers said; None where they did not. Makes no call."""

    def record_url(self, ref: RecordRef, org_id: str) -> str:
        """Where people open an account or a contact in the CRM, in the org with this id. Makes no call."""

    def advice(self, code: str) -> str:
        """What a person can do about writes that were refused with this code; empty where nobody knows."""

    def take_notes(self) -> Sequence[str]:
        """What a person should know beyond counts, such as a fallback, in sentences; each is told once."""

    def org_id(self) -> str:
        """The CRM's own id of the org or portal behind the credentials; at most one call."""

    def check(self) -> CheckReport:
        """Look at authentication, permissions, fields, lists and API headroom; change nothing.

        Raises AuthError or TransientError where it cannot even ask.
        """

    def expect_first_load(self) -> None:
        """Hear, before anything is asked, that all will be read from its beginning. Makes no call.

        What says how much there is can then be asked along with what is asked anyway.
        """

    def fields(self, stream: Stream) -> Sequence[str]:
        """The CRM's fields that a stream is read with, but for those that only we fill; nothing else is asked for.

        Raises ConfigError for mapped fields that are not there: one line each, which begins with its section
        and key (`contact_fields.title: …`). Raises AuthError for what may not be read.
        """

    def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        """Read what changed since the cursor, oldest first; safe to call from one thread a stream.

        Every page's next_cursor resumes behind that page after a crash. The last page's next_cursor is
        the closed window; an empty window still gives that one page.
        """

    def living(self, stream: Stream) -> Iterator[Sequence[str]]:
        """Remote ids of everything in a stream that is not deleted, in parts; raises rather than leave some out."""

    def fetch(self, refs: Sequence[RecordRef]) -> Iterator[Page]:
        """Read named records of any stream that a hint may name; accounts and contacts for certain.

        Gone records are tombstones, the cursors mean nothing. What cannot be read by its id is left out.
        """

    def linked(self, refs: Sequence[RecordRef]) -> Sequence[RecordRef]:
        """What is linked with accounts and contacts that were restored and does not say so itself; `fetch` reads it."""

    def sample(self) -> Iterator[Page]:
        """Some accounts, for a trial: in few calls however many there are. The cursors mean nothing."""

    def write_fields(self, writes: Sequence[FieldWrite]) -> list[WriteResult]:
        """Write records of one kind, at most capabilities.write_size of them; one result per input, in order."""

    def members(self, list_id: str) -> Iterator[str]:
        """Remote ids of the accounts that the CRM says are on the list.

        Raises ListLost where the list is gone or can no longer be written by us.
        """

    def change_members(self, list_id: str, add: Sequence[str], remove: Sequence[str]) -> list[WriteResult]:
        """Add and remove accounts (remote ids, at most member_batch together); results as in write_fields."""

    def provision(self, wanted: Wanted, *, dry_run: bool = False) -> Provisioned:
        """Create what is missing; with dry_run only say what would be created. Running it twice is harmless.

        Raises AuthError for a missing permission, ConfigError for a field that exists with another type.
        """

    def deprovision(self, inventory: Sequence[InventoryItem], *, dry_run: bool = False) -> Deprovisioned:
        """Remove what an inventory names and is there, lists before fields; goes on where one thing is refused."""
