"""Records and the tables that hold them.

A record is never changed, it is replaced: so the search index can go on showing the old one for a while.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from emulators.hubspot.history import History
from emulators.hubspot.index import SearchIndex
from emulators.hubspot.times import is_whole, to_iso

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from emulators.hubspot.object_types import ObjectType


@dataclass(frozen=True, slots=True)
class Record:
    """One CRM record; `properties` has the values that are set, as text, the automatic ones included."""

    id: int
    properties: Mapping[str, str]
    created_at: str
    modified_ms: int
    archived_at: str | None = None


class SortedIds:
    """The ids of a table in ascending order; new ids are mostly the highest."""

    def __init__(self) -> None:
        self._ids: list[int] = []
        self._sorted = True

    def add(self, record_id: int) -> None:
        """Take in an id that is not yet there."""
        self._sorted = self._sorted and (not self._ids or self._ids[-1] < record_id)
        self._ids.append(record_id)

    def remove(self, record_id: int) -> None:
        """Drop an id that is there."""
        ids = self.all()
        del ids[bisect_left(ids, record_id)]

    def all(self) -> list[int]:
        """All ids, ascending; the list itself, not a copy."""
        if not self._sorted:
            self._ids.sort()
            self._sorted = True
        return self._ids

    def page(self, first: int, count: int) -> list[int]:
        """Up to `count` ids from `first` on."""
        ids = self.all()
        start = bisect_left(ids, first)
        return ids[start : start + count]


class Table:
    """All records of one object type: live, archived, and merged into others."""

    def __init__(self, object_type: ObjectType) -> None:
        self.type = object_type
        self.live: dict[int, Record] = {}
        self.archived: dict[int, Record] = {}
        self.merged_into: dict[int, int] = {}
        self.index = SearchIndex()
        self.history = History()
        self.unique: dict[str, dict[str, int]] = {}
        self._live_ids = SortedIds()
        self._archived_ids = SortedIds()

    def put(self, record: Record, visible_ms: int | None) -> None:
        """Store a live record; search sees it from `visible_ms` on (None: at once).

        A record that was in the recycle bin comes back, as when a person restores it.
        """
        if record.id in self.archived:
            self.forget_archived(record.id)
        previous = self.live.get(record.id)
        if previous is None:
            self._live_ids.add(record.id)
        self.live[record.id] = record
        self._change_unique(previous, record)
        self.index.change(record.id, record, visible_ms)

    def archive(self, record: Record, archived_at: str, visible_ms: int | None) -> None:
        """Move a live record to the recycle bin."""
        self.remove(record, visible_ms)
        self.archived[record.id] = replace(record, archived_at=archived_at)
        self._archived_ids.add(record.id)

    def remove(self, record: Record, visible_ms: int | None) -> None:
        """Take a live record out without leaving it in the recycle bin."""
        del self.live[record.id]
        self._live_ids.remove(record.id)
        self._change_unique(record, None)
        self.index.change(record.id, None, visible_ms)

    def forget_archived(self, record_id: int) -> None:
        """Take a record out of the recycle bin for good."""
        del self.archived[record_id]
        self._archived_ids.remove(record_id)

    def put_archived(self, record: Record) -> None:
        """Load a record that is in the recycle bin already."""
        if record.id not in self.archived:
            self._archived_ids.add(record.id)
        self.archived[record.id] = record

    def find(self, text: str) -> Record | None:
        """The live record with this id; an id that was merged away leads to the survivor."""
        if not is_whole(text):
            return None
        record_id = int(text)
        while record_id in self.merged_into:
            record_id = self.merged_into[record_id]
        return self.live.get(record_id)

    def find_unique(self, name: str, value: str) -> Record | None:
        """The live record with this value of a unique property, whatever its case."""
        record_id = self.unique[name].get(value.lower())
        return None if record_id is None else self.live.get(record_id)

    def page(self, after: str, count: int, *, archived: bool) -> list[Record]:
        """Up to `count` records with an id of at least `after`, by id."""
        ids, records = (self._archived_ids, self.archived) if archived else (self._live_ids, self.live)
        first = int(after) if is_whole(after) else 0
        return [records[record_id] for record_id in ids.page(first, count)]

    def all_records(self) -> list[Record]:
        """Live and archived records, by id."""
        both = {**self.archived, **self.live}
        return [both[record_id] for record_id in sorted(both)]

    def highest_id(self) -> int:
        """The largest id ever seen here."""
        known = (self._live_ids.all(), self._archived_ids.all(), sorted(self.merged_into))
        return max((ids[-1] for ids in known if ids), default=0)

    def _change_unique(self, previous: Record | None, record: Record | None) -> None:
        for name, holders in self.unique.items():
            old = previous.properties.get(name) if previous else None
            new = record.properties.get(name) if record else None
            if old and old != new:
                holders.pop(old.lower(), None)
            if new and record:
                holders[new.lower()] = record.id


def changed(record: Record, object_type: ObjectType, values: Mapping[str, str], now_ms: int) -> Record:
    """The record with `values` written (an empty one clears) and its modified date set."""
    merged = {**record.properties, **values, object_type.modified_property: to_iso(now_ms)}
    kept = {name: value for name, value in merged.items() if value != ""}
    return replace(record, properties=kept, modified_ms=now_ms)


def new_record(object_type: ObjectType, record_id: int, values: Mapping[str, str], now_ms: int) -> Record:
    """A record created now, with its automatic properties."""
    now = to_iso(now_ms)
    automatic = {
        object_type.created_property: now,
        object_type.modified_property: now,
        "hs_object_id": str(record_id),
    }
    kept = {name: value for name, value in {**automatic, **values}.items() if value != ""}
    return Record(record_id, kept, now, now_ms)


def value_names(asked: Collection[str], object_type: ObjectType) -> list[str]:
    """The property names of a reply, in the order HubSpot writes them."""
    return sorted({*(asked or object_type.default_properties), *object_type.always})
