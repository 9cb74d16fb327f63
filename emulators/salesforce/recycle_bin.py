"""The recycle bin: deleted records stay for some days, can be restored, and are gone for good afterwards."""

from __future__ import annotations

from collections import defaultdict, deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from emulators.salesforce.times import to_wire

if TYPE_CHECKING:
    from emulators.salesforce.org import Org
    from emulators.salesforce.store import Record

# What a restored record does not keep.
_MARKS = ("IsDeleted", "MasterRecordId")

Entry = tuple[str, str]
"""Object name and record id."""


class RecycleBin:
    """When records were deleted, and which ones went along with which.

    The deleted records themselves stay in their tables, marked. The bin only remembers: what it knows about a
    delete that was taken back, or a record that was restored, is noticed as out of date.
    """

    def __init__(self) -> None:
        self._queue: deque[tuple[datetime, Entry]] = deque()
        self._deleted_at: dict[Entry, datetime] = {}
        self._along: defaultdict[str, list[Entry]] = defaultdict(list)

    def add(self, deleted_at: datetime, entry: Entry, root_id: str) -> None:
        """Note a deleted record; `root_id` is the record whose delete took it along, or its own."""
        self._queue.append((deleted_at, entry))
        self._deleted_at[entry] = deleted_at
        if entry[1] != root_id:
            self._along[root_id].append(entry)

    def settle(self, org: Org) -> None:
        """Remove for good what has been in the bin for longer than the settings say."""
        if not self._queue:
            return
        latest = org.clock.now() - timedelta(days=org.org_settings.bin_days)
        while self._queue and self._queue[0][0] < latest:
            deleted_at, entry = self._queue.popleft()
            if self._deleted_at.get(entry) == deleted_at and _is_deleted(org, entry):
                self._forget(entry)
                org.store.remove(*entry)

    def restore(self, org: Org, entry: Entry) -> None:
        """Undelete a record and what went into the bin along with it."""
        now = to_wire(org.clock.now())
        for one in [entry, *self._along.pop(entry[1], [])]:
            if _is_deleted(org, one):
                record = _stored(org, one)
                back = {key: value for key, value in record.items() if key not in _MARKS}
                org.store.put(one[0], {**back, "SystemModstamp": now, "LastModifiedDate": now})
            self._deleted_at.pop(one, None)

    def purge(self, org: Org, entry: Entry) -> None:
        """Take a deleted record, and what went along with it, out of the world."""
        for one in [entry, *self._along.pop(entry[1], [])]:
            if _is_deleted(org, one):
                org.store.remove(*one)
            self._forget(one)

    def _forget(self, entry: Entry) -> None:
        self._deleted_at.pop(entry, None)
        self._along.pop(entry[1], None)


def _stored(org: Org, entry: Entry) -> Record:
    return org.store.get(*entry) or {}


def _is_deleted(org: Org, entry: Entry) -> bool:
    return bool(_stored(org, entry).get("IsDeleted"))
