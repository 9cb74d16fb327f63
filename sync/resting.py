"""What is left alone for now: what a CRM has just refused, and what a person has undone. Pure."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from core.fields import Policy
from core.managed_fields import fields_of
from core.records import Kind
from store.outbox import MEMBER, NO_MEMBER
from store.quarantine import ROLLED_BACK, Key, Refusal, Values, fingerprint, member_kind, values_of
from sync.plan import MemberChange, RecordChange, moves

LONGEST_PAUSE = timedelta(days=7)
"""A refused write that has not changed is tried again after 1, 2, 4, … hours, and at least so often."""


class Resting(NamedTuple):
    """The quarantine at an instant."""

    refused: Mapping[Key, Refusal]
    now_ms: int
    min_change: float

    def record(self, change: RecordChange, wanted: Values) -> bool:
        """Whether a change waits; `wanted` is all that the record should say."""
        key = (change.connection_id, str(change.ref.kind), change.ref.remote_id)
        refusal = self.refused.get(key)
        if refusal is not None and refusal.code == ROLLED_BACK:
            return self.is_undone(key, wanted)
        return self._waits(key, change.after)

    def is_undone(self, key: Key, wanted: Values) -> bool:
        """Whether what is wanted of a record still is what was rolled back there.

        A tier, a band or any other word decides where there was one; else a number, by `min_change`.
        """
        refusal = self.refused.get(key)
        if refusal is None or refusal.code != ROLLED_BACK:
            return False
        undone = values_of(refusal.fingerprint)
        kind = Kind(key[1])
        words = {field.name for field in fields_of(kind) if field.policy is Policy.MOVES} & undone.keys()
        decisive = {name: undone[name] for name in words} or undone
        return bool(decisive) and not moves(kind, decisive, wanted, self.min_change, is_due=False)

    def without(self, change: MemberChange) -> MemberChange:
        """The change without the members that the list has just refused, or that were rolled back."""
        kind = member_kind(change.list_key)

        def kept(remote_ids: Sequence[str], values: Values) -> tuple[str, ...]:
            keys = ((change.connection_id, kind, remote_id) for remote_id in remote_ids)
            return tuple(key[2] for key in keys if not self._waits(key, values))

        return change._replace(add=kept(change.add, MEMBER), remove=kept(change.remove, NO_MEMBER))

    def _waits(self, key: Key, values: Values) -> bool:
        refusal = self.refused.get(key)
        if refusal is None or refusal.fingerprint != fingerprint(values):
            return False
        if refusal.code == ROLLED_BACK:
            return True
        return not refusal.is_stale and self.now_ms < refusal.last_at + _pause(refusal.attempts)


def _pause(attempts: int) -> float:
    """How long a write that was refused so often rests, in milliseconds."""
    return min(timedelta(hours=2 ** min(attempts - 1, 10)), LONGEST_PAUSE) / timedelta(milliseconds=1)
