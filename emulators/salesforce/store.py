"""Where the records live: per object a table of sparse dicts in wire form, with the orders queries page by.

A record holds only what is not null, values exactly as they go over the wire, so that a page of a query is
little more than picking values. Datetimes are UTC with a fixed shape and therefore sort as text. A record is
never changed in place: every write puts a new dict.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from emulators.salesforce.ids import mint
from emulators.salesforce.store_index import Lookup, Ordered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Record = dict[str, Any]

_STAMP = "SystemModstamp"
_SLACK = 1000


class Table:
    """The records of one object, live and deleted."""

    def __init__(self) -> None:
        self.rows: dict[str, Record] = {}
        self.version = 0
        self._stamps: Ordered[tuple[str, str]] = Ordered()
        self._ids: Ordered[str] = Ordered()
        self._orders_are_old = False
        self._lookups: dict[str, Lookup] = {}

    def put(self, record: Record) -> Record | None:
        """Add or replace a record by its Id; return the one it replaces."""
        self.version += 1
        record_id = record["Id"]
        old = self.rows.get(record_id)
        self.rows[record_id] = record
        if not self._orders_are_old:
            if old is None:
                self._ids.add(record_id)
            if old is None or old[_STAMP] != record[_STAMP]:
                self._stamps.add((record[_STAMP], record_id))
        for name, lookup in self._lookups.items():
            value = record.get(name)
            if old is None:
                lookup.add(value, record_id)
            elif (before := old.get(name)) != value:
                lookup.discard(before, record_id)
                lookup.add(value, record_id)
        return old

    def put_many(self, records: Iterable[Record]) -> None:
        """Add or replace many records; orders and lookups are made anew when next asked for."""
        self.version += 1
        self.rows.update((record["Id"], record) for record in records)
        self._orders_are_old = True
        self._lookups.clear()

    def remove(self, record_id: str) -> Record | None:
        """Take a record out without a trace; return it."""
        old = self.rows.pop(record_id, None)
        if old is not None:
            self.version += 1
            for name, lookup in self._lookups.items():
                lookup.discard(old.get(name), record_id)
        return old

    def by_stamp(self, low: str | None = None, high: str | None = None) -> Iterator[Record]:
        """Records in the order (SystemModstamp, Id) with low <= stamp <= high."""
        self._check_orders()
        rows = self.rows
        last = None
        for entry in self._stamps.between((low, "") if low else None, (high, "~") if high else None):
            record = rows.get(entry[1])
            # An entry is out of date when its record has moved on; the same one can stand here twice.
            if record is not None and record[_STAMP] == entry[0] and entry != last:
                last = entry
                yield record

    def by_id(self, low: str | None = None, high: str | None = None) -> Iterator[Record]:
        """Records in the order of Id with low <= Id <= high."""
        self._check_orders()
        rows = self.rows
        last = None
        for record_id in self._ids.between(low, high):
            record = rows.get(record_id)
            if record is not None and record_id != last:
                last = record_id
                yield record

    def lookup(self, field_name: str, values: Iterable[Any]) -> list[Record]:
        """Records whose field equals one of `values` (text ignoring case), in the order of Id.

        The first call for a field reads the whole table; from then on the index is kept up to date.
        """
        lookup = self._lookups.get(field_name)
        if lookup is None:
            pairs = ((record.get(field_name), record_id) for record_id, record in self.rows.items())
            lookup = self._lookups[field_name] = Lookup(pairs)
        found = {record_id for value in values for record_id in lookup.find(value)}
        return [self.rows[record_id] for record_id in sorted(found)]

    def _check_orders(self) -> None:
        """Make the orders anew after a load, and when most of their entries are out of date."""
        most = 2 * len(self.rows) + _SLACK
        if self._orders_are_old or len(self._stamps) > most or len(self._ids) > most:
            self._ids.renew(self.rows)
            self._stamps.renew((record[_STAMP], record_id) for record_id, record in self.rows.items())
            self._orders_are_old = False


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
