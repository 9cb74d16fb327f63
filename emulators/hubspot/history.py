"""The earlier values of properties, newest first, as `propertiesWithHistory` shows them.

Kept from the first change on; a value never changed since it was loaded or created has one entry, of that time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.hubspot.times import to_iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from emulators.hubspot.events import Source
    from emulators.hubspot.records import Record

MAX_ENTRIES = 20  # Assumption: HubSpot keeps 45 of contacts and 20 of other records.

Entry = dict[str, Any]


class History:
    """The changes of the records of one object."""

    def __init__(self) -> None:
        self._changes: dict[int, dict[str, list[Entry]]] = {}

    def note(self, record: Record, values: Mapping[str, str], now_ms: int, source: Source | None) -> None:
        """Note that `record` gets these values now."""
        entries_of = self._changes.setdefault(record.id, {})
        for name, value in values.items():
            entries = entries_of.get(name) or _first(record, name)
            entries_of[name] = [_entry(value, to_iso(now_ms), source), *entries][:MAX_ENTRIES]

    def of(self, record: Record, names: Iterable[str]) -> dict[str, list[Entry]]:
        """The entries of each property; none for one that never had a value."""
        changes = self._changes.get(record.id, {})
        return {name: changes.get(name) or _first(record, name) for name in names}


def _first(record: Record, name: str) -> list[Entry]:
    value = record.properties.get(name)
    return (
        []
        if value is None
        else [{"value": value, "timestamp": record.created_at, "sourceType": "INTEGRATION"}]
    )


def _entry(value: str, timestamp: str, source: Source | None) -> Entry:
    maker = {} if source is None else {"sourceType": source.name, "sourceId": source.id}
    return {"value": value, "timestamp": timestamp, **maker}
