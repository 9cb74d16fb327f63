"""What makes a table quick to ask: its rows by the value of a field, and in an order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_Entry = TypeVar("_Entry", str, tuple[str, str])


class Lookup:
    """Record ids by a field's value, text in lower case. A value of one record, the usual case, needs no set."""

    def __init__(self, values: Iterable[tuple[Any, str]]) -> None:
        self._ids: dict[Any, str | set[str]] = {}
        for value, record_id in values:
            self.add(value, record_id)

    def add(self, value: Any, record_id: str) -> None:
        """Note that a record has the value."""
        key = _folded(value)
        known = self._ids.setdefault(key, record_id)
        if isinstance(known, set):
            known.add(record_id)
        elif known != record_id:
            self._ids[key] = {known, record_id}

    def discard(self, value: Any, record_id: str) -> None:
        """Note that a record no longer has the value."""
        key = _folded(value)
        known = self._ids.get(key)
        if isinstance(known, set):
            known.discard(record_id)
        elif known == record_id:
            del self._ids[key]

    def find(self, value: Any) -> Iterable[str]:
        """The ids of the records that have the value."""
        known = self._ids.get(_folded(value), ())
        return (known,) if isinstance(known, str) else known


class Ordered(Generic[_Entry]):
    """Entries in ascending order; they are sorted when asked for, so that adding one costs nothing.

    Sorting what is sorted but for its end takes one pass.
    """

    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self._is_sorted = True

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entry: _Entry) -> None:
        """Add an entry; the same one may be added again."""
        if self._entries and entry < self._entries[-1]:
            self._is_sorted = False
        self._entries.append(entry)

    def renew(self, entries: Iterable[_Entry]) -> None:
        """Have these entries and no others."""
        self._entries = list(entries)
        self._is_sorted = False

    def between(self, low: _Entry | None, high: _Entry | None) -> Iterator[_Entry]:
        """The entries with low <= entry <= high."""
        if not self._is_sorted:
            self._entries.sort()
            self._is_sorted = True
        start = bisect_left(self._entries, low) if low else 0
        end = bisect_right(self._entries, high) if high else len(self._entries)
        entries = self._entries
        return (entries[position] for position in range(start, end))


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value
