"""One portal: all its state, and what happens in it besides the single requests."""

from __future__ import annotations

import random
from collections import deque
from contextlib import contextmanager
from dataclasses import replace
from threading import RLock
from typing import TYPE_CHECKING, Any

from emulators.hubspot import events
from emulators.hubspot.events import Event, Source
from emulators.hubspot.exports.jobs import Exports
from emulators.hubspot.journal.entries import Journal
from emulators.hubspot.links import CHILD_TO_PARENT, PRIMARY, Links
from emulators.hubspot.lists import Lists
from emulators.hubspot.locks import Locks
from emulators.hubspot.oauth.grants import Grants
from emulators.hubspot.object_types import ALL, find_type
from emulators.hubspot.owners import Owners
from emulators.hubspot.pipelines import Pipelines
from emulators.hubspot.records import Record, Table, changed
from emulators.hubspot.recycle_bin import RecycleBin
from emulators.hubspot.schema import Schema
from emulators.hubspot.settings import Settings
from emulators.hubspot.severed import Severed
from emulators.hubspot.times import to_iso, to_ms
from emulators.hubspot.web_events import WebEvents
from emulators.hubspot.webhooks.outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from emulators.common.clock import VirtualClock
    from emulators.hubspot.links import Pair
    from emulators.hubspot.object_types import ObjectType
    from emulators.hubspot.rules import Rule

_FIRST_ID = 10_001
_WRITTEN_AGAIN = ("companies", "contacts")  # recorded for these two; custom objects showed none


class Portal:
    """The state of one portal. Callers hold `lock` while they use it."""

    def __init__(self, clock: VirtualClock) -> None:
        self.lock = RLock()
        self.clock = clock
        self.source: Source | None = None
        self.enforces_rules = False
        self.clear()

    def clear(self) -> None:
        """Begin anew: no records, HubSpot's own properties, the settings of the start."""
        self.settings = Settings()
        self.random = random.Random(self.settings.seed)
        self.grants = Grants()
        self.tables = {item.name: Table(item) for item in ALL}
        self.tables["contacts"].unique["email"] = {}
        self.schemas = {item.name: Schema(item) for item in ALL}
        self.links = Links(self._link_changed)
        self.severed = Severed()
        self.bin = RecycleBin(self.now_ms())
        self.lists = Lists(self._membership_changed)
        self.outbox = Outbox()
        self.journal = Journal()
        self.web_events = WebEvents()
        self.exports = Exports()
        self.locks = Locks()
        self.rules: list[Rule] = []
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

    @contextmanager
    def acting_as(self, source: Source | None, *, enforces_rules: bool = False) -> Iterator[None]:
        """Whose changes are made meanwhile, and whether the admins' rules bind them.

        None stands for changes that nobody is told of, as loading is.
        """
        before = self.source, self.enforces_rules
        self.source, self.enforces_rules = source, enforces_rules
        try:
            yield
        finally:
            self.source, self.enforces_rules = before

    def note(self, kind: str, object_name: str, record_id: int, **details: Any) -> None:
        """Tell webhooks and journal that something happened to a record."""
        if self.source is None or not (self.outbox.subscriptions or self.journal.subscriptions):
            return
        event = Event(kind, object_name, record_id, self.now_ms(), self.source, details)
        self.outbox.take(event, self.settings)
        self.journal.take(event, self.settings)

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
        """Do what has become due since the last request: second writes, the index catching up, the end of the bin."""
        now_ms = self.now_ms()
        while self._second_writes and self._second_writes[0][0] <= now_ms:
            self._write_again(*self._second_writes.popleft())
        for table in self.tables.values():
            table.index.settle(now_ms)
        self.bin.settle(self)

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
        self.note(events.CREATION, object_type.name, record.id)
        self._note_values(object_type.name, record.id, record.properties)
        delay_seconds = self.settings.second_write_seconds
        if delay_seconds and object_type.name in _WRITTEN_AGAIN:
            due_ms = self.now_ms() + int(delay_seconds * 1000)
            self._second_writes.append((due_ms, object_type.name, record.id))

    def store_changed(self, object_type: ObjectType, record: Record, values: Mapping[str, str]) -> Record:
        """Write `values` that differ from the record's and return the new record."""
        new = changed(record, object_type, values, self.now_ms())
        self.tables[object_type.name].history.note(record, values, self.now_ms(), self.source)
        self.tables[object_type.name].put(new, self.visible_ms())
        self._note_values(object_type.name, record.id, values)
        return new

    def archive(self, object_type: ObjectType, record: Record) -> None:
        """Archive a record: out of its lists, unlinked from all others."""
        self.severed.keep(self.links, object_type.name, record.id)
        self.tables[object_type.name].archive(record, self.now(), self.visible_ms())
        self.note(events.DELETION, object_type.name, record.id)
        self.lists.remove_record(object_type.type_id, record.id)
        self.follow_links(self.links.remove_record(object_type.name, record.id))

    def restore(self, object_type: ObjectType, record_id: int) -> Record:
        """Bring a record back from the recycle bin, as only the screens can. KeyError: it is not there.

        It is linked again, and on no list any more (documented); its modified date moves (reported by users).
        Assumption: those of the records it is linked with do not, but where a property of theirs mirrors the link.
        """
        name, table = object_type.name, self.tables[object_type.name]
        record = replace(table.archived[record_id], archived_at=None)
        record = changed(record, object_type, {}, self.now_ms())
        table.put(record, self.visible_ms())
        self.note(events.RESTORE, name, record_id)
        linked = self.severed.give_back(self.links, self.tables, name, record_id)
        self.follow_links([(name, record_id), *linked])
        return table.live[record_id]

    def _note_values(self, object_name: str, record_id: int, values: Mapping[str, str]) -> None:
        """Assumption: a creation also tells of every value it sets, as users of live portals report."""
        for key, value in values.items() if self.source else ():
            self.note(events.PROPERTY_CHANGE, object_name, record_id, name=key, value=value)

    def _link_changed(self, pair: Pair, ids: tuple[int, int], type_id: int, *, removed: bool) -> None:
        """One side of one type of a link came or went."""
        details = {"to_name": pair[1], "to_id": ids[1], "type_id": type_id, "removed": removed}
        primary = type_id == PRIMARY.get(pair)
        self.note(events.ASSOCIATION_CHANGE, pair[0], ids[0], **details, primary=primary)

    def _membership_changed(self, type_id: str, list_id: str, record_id: int, *, removed: bool) -> None:
        name = find_type(type_id).name
        self.note(events.MEMBERSHIP, name, record_id, list_id=int(list_id), removed=removed)

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
