"""Where the records live: per object a table of sparse dicts in wire form, with the orders queries page by.

A record holds only what is not null, values exactly as they go over the wire, so that a page of a query is
little more than picking values. Datetimes are UTC with a fixed shape and therefore sort as text. A record is
never changed in place: every write puts a new dict.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from emulators.salesforce.ids import mint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Record = dict[str, Any]

_STAMP = "SystemModstamp"
_SLACK = 1000


class Table:
    """The records of one object, live and deleted."""

    def __init__(self) -> None:
        self.rows: dict[str, Record] = {}
        self._stamps: list[tuple[str, str]] = []
        self._stamps_dirty = False
        self._ids: list[str] = []
        self._ids_dirty = False
        self._lookups: dict[str, dict[Any, set[str]]] = {}
        self.version = 0

    def put(self, record: Record) -> Record | None:
        """Add or replace a record by its Id; return the one it replaces."""
        self.version += 1
        record_id = record["Id"]
        old = self.rows.get(record_id)
        self.rows[record_id] = record
        if old is None and not self._ids_dirty:
            insort(self._ids, record_id)
        if (old is None or old[_STAMP] != record[_STAMP]) and not self._stamps_dirty:
            insort(self._stamps, (record[_STAMP], record_id))
        for name, values in self._lookups.items():
            if old is not None:
                values[_folded(old.get(name))].discard(record_id)
            values[_folded(record.get(name))].add(record_id)
        return old

    def put_many(self, records: Iterable[Record]) -> None:
        """Add or replace many records; the orders are sorted anew when next asked for."""
        self.version += 1
        self.rows.update((record["Id"], record) for record in records)
        self._stamps_dirty = self._ids_dirty = True
        self._lookups.clear()

    def remove(self, record_id: str) -> Record | None:
        """Take a record out without a trace; return it."""
        old = self.rows.pop(record_id, None)
        if old is not None:
            self.version += 1
            self._ids_dirty = True
            for name, values in self._lookups.items():
                values[_folded(old.get(name))].discard(record_id)
        return old

    def by_stamp(self, low: str | None = None, high: str | None = None) -> Iterator[Record]:
        """Records in the order (SystemModstamp, Id) with low <= stamp <= high."""
        entries = self._sorted_stamps()
        start = bisect_left(entries, (low, "")) if low else 0
        end = bisect_right(entries, (high, "~")) if high else len(entries)
        last = None
        for position in range(start, end):
            entry = entries[position]
            record = self.rows.get(entry[1])
            # An entry is out of date when its record has moved on; the same one can stand here twice.
            if record is not None and record[_STAMP] == entry[0] and entry != last:
                last = entry
                yield record

    def by_id(self, low: str | None = None, high: str | None = None) -> Iterator[Record]:
        """Records in the order of Id with low <= Id <= high."""
        if self._ids_dirty:
            self._ids = sorted(self.rows)
            self._ids_dirty = False
        start = bisect_left(self._ids, low) if low else 0
        end = bisect_right(self._ids, high) if high else len(self._ids)
        return (self.rows[self._ids[position]] for position in range(start, end))

    def lookup(self, field_name: str, values: Iterable[Any]) -> list[Record]:
        """Records whose field equals one of `values` (text ignoring case), in the order of Id.

        The first call for a field reads the whole table; from then on the index is kept up to date.
        """
        index = self._lookups.get(field_name)
        if index is None:
            index = self._lookups[field_name] = defaultdict(set)
            for record_id, record in self.rows.items():
                index[_folded(record.get(field_name))].add(record_id)
        found: set[str] = set()
        for value in values:
            found |= index.get(_folded(value), set())
        return [self.rows[record_id] for record_id in sorted(found)]

    def _sorted_stamps(self) -> list[tuple[str, str]]:
        if self._stamps_dirty or len(self._stamps) > 2 * len(self.rows) + _SLACK:
            self._stamps = sorted((record[_STAMP], record_id) for record_id, record in self.rows.items())
            self._stamps_dirty = False
        return self._stamps


class Store:
    """All tables, the ids they mint, and writes that can be taken back."""

    def __init__(self) -> None:
        self.tables: defaultdict[str, Table] = defaultdict(Table)
        self._minted: defaultdict[str, int] = defaultdict(int)
        self._undo: list[tuple[Table, str, Record | None]] | None = None

    def mint(self, prefix: str) -> str:
        """A new id for the object with this key prefix."""
        self._minted[prefix] += 1
        return mint(prefix, self._minted[prefix])

    def get(self, object_name: str, record_id: str) -> Record | None:
        """A record, deleted or not."""
        return self.tables[object_name].rows.get(record_id)

    def live(self, object_name: str, record_id: str) -> Record | None:
        """A record that is not deleted."""
        record = self.tables[object_name].rows.get(record_id)
        return None if record is None or record.get("IsDeleted") else record

    def put(self, object_name: str, record: Record) -> None:
        """Add or replace a record."""
        table = self.tables[object_name]
        self._note(table, record["Id"], table.put(record))

    def remove(self, object_name: str, record_id: str) -> None:
        """Take a record out without a trace."""
        table = self.tables[object_name]
        self._note(table, record_id, table.remove(record_id))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Take back every write of the block when it ends in an exception."""
        outer, self._undo = self._undo, []
        try:
            yield
        except BaseException:
            undo, self._undo = self._undo, None
            for table, record_id, old in reversed(undo):
                if old is None:
                    table.remove(record_id)
                else:
                    table.put(old)
            self._undo = outer
            raise
        else:
            if outer is not None:
                outer.extend(self._undo)
            self._undo = outer

    def _note(self, table: Table, record_id: str, old: Record | None) -> None:
        if self._undo is not None:
            self._undo.append((table, record_id, old))


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value
