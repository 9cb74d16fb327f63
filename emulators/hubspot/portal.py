"""One portal: all its state, and what happens in it besides the single requests."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import replace
from threading import RLock
from typing import TYPE_CHECKING

from emulators.hubspot.links import CHILD_TO_PARENT, Links
from emulators.hubspot.lists import Lists
from emulators.hubspot.oauth.grants import Grants
from emulators.hubspot.object_types import ALL
from emulators.hubspot.owners import Owners
from emulators.hubspot.pipelines import Pipelines
from emulators.hubspot.records import Record, Table, changed
from emulators.hubspot.schema import Schema
from emulators.hubspot.settings import Settings
from emulators.hubspot.times import to_iso, to_ms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from emulators.common.clock import VirtualClock
    from emulators.hubspot.object_types import ObjectType

_FIRST_ID = 10_001
_WRITTEN_AGAIN = ("companies", "contacts")  # recorded for these two; custom objects showed none


class Portal:
    """The state of one portal. Callers hold `lock` while they use it."""

    def __init__(self, clock: VirtualClock) -> None:
        self.lock = RLock()
        self.clock = clock
        self.clear()

    def clear(self) -> None:
        """Begin anew: no records, HubSpot's own properties, the settings of the start."""
        self.settings = Settings()
        self.random = random.Random(self.settings.seed)
        self.grants = Grants()
        self.tables = {item.name: Table(item) for item in ALL}
        self.tables["contacts"].unique["email"] = {}
        self.schemas = {item.name: Schema(item) for item in ALL}
        self.links = Links()
        self.lists = Lists()
        self.owners = Owners()
        self.pipelines = Pipelines(to_iso(self.now_ms()))
        self._next_id = _FIRST_ID
        self._second_writes: deque[tuple[int, str, int]] = deque()

    def now_ms(self) -> int:
        """The portal's time in milliseconds since 1970."""
        return to_ms(self.clock.now())

    def now(self) -> str:
        """The portal's time as text."""
        return to_iso(self.now_ms())

    def take_id(self) -> int:
        """A record id nobody has."""
        self._next_id += 1
        return self._next_id

    def keep_ids_above(self, record_id: int) -> None:
        """Let new ids begin after a loaded one."""
        self._next_id = max(self._next_id, record_id)

    def visible_ms(self) -> int | None:
        """When search sees a change made now; None for at once."""
        lag_seconds = self.settings.index_lag_seconds
        return self.now_ms() + int(lag_seconds * 1000) if lag_seconds else None

    def settle(self) -> None:
        """Do what has become due since the last request: second writes, and the index catching up."""
        now_ms = self.now_ms()
        while self._second_writes and self._second_writes[0][0] <= now_ms:
            self._write_again(*self._second_writes.popleft())
        for table in self.tables.values():
            table.index.settle(now_ms)

    def change_settings(self, changes: dict[str, object]) -> None:
        """Change settings; a new index lag begins with an index that is up to date."""
        self.settings.change(changes)
        if "seed" in changes:
            self.random = random.Random(self.settings.seed)
        if "index_lag_seconds" in changes:
            for table in self.tables.values():
                table.index.settle_all()

    def store_new(self, object_type: ObjectType, record: Record) -> None:
        """Store a record that was just created; HubSpot itself may write it once more later."""
        self.tables[object_type.name].put(record, self.visible_ms())
        delay_seconds = self.settings.second_write_seconds
        if delay_seconds and object_type.name in _WRITTEN_AGAIN:
            due_ms = self.now_ms() + int(delay_seconds * 1000)
            self._second_writes.append((due_ms, object_type.name, record.id))

    def store_changed(self, object_type: ObjectType, record: Record, values: Mapping[str, str]) -> Record:
        """Write `values` that differ from the record's and return the new record."""
        new = changed(record, object_type, values, self.now_ms())
        self.tables[object_type.name].put(new, self.visible_ms())
        return new

    def archive(self, object_type: ObjectType, record: Record) -> None:
        """Archive a record: out of its lists, unlinked from all others."""
        self.tables[object_type.name].archive(record, self.now(), self.visible_ms())
        self.lists.remove_record(object_type.type_id, record.id)
        self.follow_links(self.links.remove_record(object_type.name, record.id))

    def follow_links(self, touched: Iterable[tuple[str, int]], *, silently: bool = False) -> None:
        """Bring the properties that mirror associations up to date for these records.

        Assumption: the modified date moves with them, as with every property. `silently` is for loading.
        """
        for name, record_id in dict.fromkeys(touched):
            if name == "contacts":
                primary = self.links.primary(("contacts", "companies"), record_id)
                self._mirror(name, record_id, {"associatedcompanyid": primary}, silently=silently)
            elif name == "companies":
                pair = ("companies", "companies")
                parent = self.links.first_of_type(pair, record_id, CHILD_TO_PARENT)
                self._mirror(name, record_id, {"hs_parent_company_id": parent}, silently=silently)

    def url(self, object_type: ObjectType, record_id: int) -> str:
        """The address of a record in HubSpot's own screens."""
        portal = self.settings.portal_id
        return f"https://app.hubspot.com/contacts/{portal}/record/{object_type.type_id}/{record_id}"

    def _mirror(self, name: str, record_id: int, linked: dict[str, int | None], *, silently: bool) -> None:
        """Set properties to the ids of linked records."""
        table = self.tables[name]
        record = table.live.get(record_id)
        values = {key: "" if other is None else str(other) for key, other in linked.items()}
        if record is None or all(record.properties.get(key, "") == value for key, value in values.items()):
            return
        if silently:
            table.put(changed(record, table.type, values, record.modified_ms), None)
        else:
            self.store_changed(table.type, record, values)

    def _write_again(self, due_ms: int, name: str, record_id: int) -> None:
        """The write HubSpot does by itself after a creation: only the modified date moves."""
        table = self.tables[name]
        record = table.live.get(record_id)
        if record is not None and record.modified_ms < due_ms:
            lag_seconds = self.settings.index_lag_seconds
            visible_ms = due_ms + int(lag_seconds * 1000) if lag_seconds else None
            table.put(_touched(record, table.type, due_ms), visible_ms)


def _touched(record: Record, object_type: ObjectType, at_ms: int) -> Record:
    properties = {**record.properties, object_type.modified_property: to_iso(at_ms)}
    return replace(record, properties=properties, modified_ms=at_ms)
