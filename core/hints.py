"""Hints: what a CRM's webhook says has happened. The record is read again; nothing else is believed."""

from collections.abc import Iterable, Mapping
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


class ChangeHint(NamedTuple):
    """One notification. Deliveries repeat, come late and in any order; `key` is the same for each repeat.

    object_name: the CRM's own name. kind: None for an object that Shortlist does not read.
    occurred_at, field, value: where the notification tells them.
    """

    key: str
    event: HintEvent
    object_name: str
    remote_id: str
    kind: Kind | None
    occurred_at: datetime | None = None
    field: str | None = None
    value: str | None = None


class ParseWebhook(Protocol):
    """Verifies a delivery, then reads it."""

    def __call__(
        self, headers: Mapping[str, str], raw_body: bytes, url: str, now: datetime
    ) -> list[ChangeHint]:
        """The hints of one request; raises SignatureError for whatever the CRM has not sent to us.

        headers: names in any case. url: the address as the CRM called it, path and query untouched.
        """


def erasures(hints: Iterable[ChangeHint]) -> list[Tombstone]:
    """What must leave the store whatever a later read says: the CRM knows nothing of these any more."""
    refs = (RecordRef(one.kind, one.remote_id) for one in hints if one.event is HintEvent.ERASED and one.kind)
    return [Tombstone(ref, is_erased=True) for ref in dict.fromkeys(refs)]
