"""Hints: what a CRM's webhook says has happened. The record is read again; nothing else is believed."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from core.records import Kind, RecordRef, Tombstone


class HintEvent(StrEnum):
    """What happened to a record, as far as the CRM's notification goes."""

    CHANGED = "changed"
    DELETED = "deleted"
    RESTORED = "restored"
    MERGED = "merged"
    ERASED = "erased"
    """A deletion for privacy: everything we hold of the person must go."""


def weightier(before: HintEvent, event: HintEvent) -> HintEvent:
    """What is kept of two events of one record: the later one, unless the earlier asks for more.

    An erasure stays, and so does a restore, of which a later change says nothing.
    """
    if before is HintEvent.ERASED or (before is HintEvent.RESTORED and event is not HintEvent.ERASED):
        return before
    return event


class ChangeHint(NamedTuple):
    """One notification. Deliveries repeat, come late and in any order; `key` is the same for each repeat.

    object_name: the CRM's own name. kind: None for an object that Shortlist does not read. field: the one that
    changed, where the notification tells it; never its value, and no time, because nothing may rest on them.
    """

    key: Hashable
    event: HintEvent
    object_name: str
    remote_id: str
    kind: Kind | None
    field: str | None = None


class Received(NamedTuple):
    """What a delivery told: hints, each once, and how many events were left out for which reason.

    proof: what the same request would bring again if somebody replayed it, such as its signature; None where the
    CRM itself sends one request several times.
    """

    hints: Sequence[ChangeHint]
    left_out: Counter[str]
    proof: bytes | None = None


class Receipt(NamedTuple):
    """The answer that ends a delivery; it may go out only when the hints are stored."""

    body: bytes = b""
    content_type: str = "text/plain"


class HintReader(Protocol):
    """Reads the deliveries of one connection."""

    @property
    def receipt(self) -> Receipt:
        """What the CRM wants to hear once the hints are stored."""

    def received(self, headers: Mapping[str, str], raw_body: bytes, url: str, now: datetime) -> Received:
        """Verify one request, then read it; raises SignatureError for whatever the CRM has not sent to us.

        headers: names in any case. url: the address as the CRM called it, path and query untouched.
        """


class JournalPage(NamedTuple):
    """One part of a journal of hints. Storing its hints and keeping `offset` belongs into one transaction.

    has_gap: what was kept before this part is gone unread, so hints are missing; the next pull has the changes.
    """

    hints: Sequence[ChangeHint]
    offset: str | None
    has_gap: bool = False


class HintJournal(Protocol):
    """Hints that a CRM keeps for us until we read them."""

    def subscribe(self) -> None:
        """Ask for everything that we read; asking again changes nothing."""

    def read(self, offset: str | None) -> Iterator[JournalPage]:
        """What lies behind an offset, oldest first; all that is kept where there is none."""


def erasures(hints: Iterable[ChangeHint]) -> list[Tombstone]:
    """What must leave the store whatever a later read says: the CRM knows nothing of these any more."""
    refs = (RecordRef(one.kind, one.remote_id) for one in hints if one.event is HintEvent.ERASED and one.kind)
    return [Tombstone(ref, is_erased=True) for ref in dict.fromkeys(refs)]
