"""What search sees of a table: always somewhat late, and kept in the order of the modified date."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulators.hubspot.records import Record

_REBUILD_ABOVE = 500  # changed records; beyond it a new sort is cheaper than single insertions
_KEPT_RESULTS = 8
_END_OF_TIME = 1 << 62


class SearchIndex:
    """The records as search knows them.

    A change given with `visible_ms` waits until `settle` is called with that time or a later one.
    """

    def __init__(self) -> None:
        self.visible: dict[int, Record] = {}
        self._waiting: list[tuple[int, int, int, Record | None]] = []
        self._arrivals = count()
        self._order: list[tuple[int, int]] = []
        self._moved: dict[int, tuple[int, int] | None] = {}
        self._results: OrderedDict[bytes, list[int]] = OrderedDict()

    def change(self, record_id: int, record: Record | None, visible_ms: int | None) -> None:
        """Note that a record was written, or removed (None)."""
        if visible_ms is None:
            self._apply(record_id, record)
        else:
            heappush(self._waiting, (visible_ms, next(self._arrivals), record_id, record))

    def settle(self, now_ms: int) -> None:
        """Take over the changes that are due."""
        while self._waiting and self._waiting[0][0] <= now_ms:
            _, _, record_id, record = heappop(self._waiting)
            self._apply(record_id, record)

    def settle_all(self) -> None:
        """Take over every change, due or not."""
        self.settle(_END_OF_TIME)

    def by_modified(self) -> list[tuple[int, int]]:
        """(modified in milliseconds, id) of every record, ascending; do not change it."""
        if len(self._moved) > _REBUILD_ABOVE:
            self._order = sorted((record.modified_ms, record.id) for record in self.visible.values())
        else:
            for record_id, old in self._moved.items():
                self._move(record_id, old)
        self._moved.clear()
        return self._order

    def remembered(self, query: bytes, find: Callable[[], list[int]]) -> list[int]:
        """The ids `find` gives for `query`; computed once as long as nothing changes."""
        if query in self._results:
            self._results.move_to_end(query)
            return self._results[query]
        ids = self._results[query] = find()
        if len(self._results) > _KEPT_RESULTS:
            self._results.popitem(last=False)
        return ids

    def _apply(self, record_id: int, record: Record | None) -> None:
        old = self.visible.get(record_id)
        self._moved.setdefault(record_id, (old.modified_ms, old.id) if old else None)
        if record is None:
            self.visible.pop(record_id, None)
        else:
            self.visible[record_id] = record
        self._results.clear()

    def _move(self, record_id: int, old: tuple[int, int] | None) -> None:
        if old is not None:
            del self._order[bisect_left(self._order, old)]
        record = self.visible.get(record_id)
        if record is not None:
            insort(self._order, (record.modified_ms, record_id))
