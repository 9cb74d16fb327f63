"""HubSpot behind the connector contract: ties the modules of this folder together."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from connectors.contract import Capabilities, Deprovisioned, Provisioned, Wanted
from connectors.hubspot import (
    check,
    deprovision,
    fetch,
    layout,
    lists,
    owners,
    provision,
    pull,
    rows,
    web_events,
    write,
)
from connectors.hubspot.advice import ADVICE
from connectors.hubspot.batches import Batches
from connectors.hubspot.client import Client
from connectors.hubspot.definitions import Definitions
from connectors.hubspot.events import record_type_id
from connectors.hubspot.layout import open_source
from connectors.hubspot.objects import OBJECT_TYPES, STREAMS
from connectors.hubspot.raw import COMPANIES, CONTACTS, OWNERS, WEB_EVENTS
from connectors.hubspot.settings import HubspotSettings
from connectors.hubspot.source import LISTING, Source
from core.changes import CheckReport, FieldWrite, InventoryItem, Page, Stream, WriteResult
from core.cursors import Cursor
from core.errors import ConfigError
from core.records import RecordRef

_CAPABILITIES = Capabilities(
    read_page=pull.LIST_PAGE,
    fetch_batch=rows.BATCH,
    write_batch=write.BATCH,
    member_batch=lists.MEMBER_BATCH,
    has_lists=True,
)


class HubspotConnector:
    """One HubSpot account."""

    def __init__(self, settings: HubspotSettings, client: Client) -> None:
        self._settings = settings
        self._client = client
        self._definitions = Definitions(client)
        self._batches = Batches(client)
        self._sources: dict[str, Source] = {}
        self._fresh: set[str] = set()
        self._no_web_events: str | None = None
        self._knows_web_events = False
        self._lock = threading.Lock()
        self._events_lock = threading.Lock()

    @property
    def crm(self) -> str:
        """The name in the registry."""
        return self._settings.crm

    @property
    def capabilities(self) -> Capabilities:
        """Sizes of HubSpot's pages and batches, the same for every account."""
        return _CAPABILITIES

    @property
    def streams(self) -> Sequence[Stream]:
        """The object types, the owners, the web events; counters of touches come with the contacts."""
        return STREAMS

    def calls(self) -> Mapping[str, int]:
        """API calls made so far by operation."""
        return self._client.calls()

    def calls_left(self) -> int | None:
        """What the last answer's headers left of the day's calls."""
        return self._client.limits.daily_left

    def record_url(self, ref: RecordRef, org_id: str) -> str:
        """The record's page; HubSpot leads from there to the portal's own data centre. The portal's for other kinds."""
        portal = f"https://app.hubspot.com/contacts/{org_id}"
        object_name, _, record_id = ref.remote_id.rpartition(":")
        type_id = record_type_id(ref.kind, object_name)
        return f"{portal}/record/{type_id}/{record_id}" if type_id else portal

    def advice(self, code: str) -> str:
        """What helps against a refusal, by its category or code."""
        return ADVICE.get(code, "")

    def take_notes(self) -> Sequence[str]:
        """Properties that are left out of writes, first loads that are short, warnings about the day's calls."""
        return [*self._definitions.take_notes(), *self._client.limits.warnings()]

    def org_id(self) -> str:
        """The portal id, by one call."""
        return check.portal_id(self._client)

    def check(self) -> CheckReport:
        """Look at the token, its scopes, properties and limits."""
        return check.check(self._client, self._settings)

    def expect_first_load(self) -> None:
        """Nothing to prepare: all objects are read the same way, whatever their size."""

    def fields(self, stream: Stream) -> Sequence[str]:
        """The properties of a type, looked up anew; the next pull goes by them."""
        if stream.name == OWNERS:
            return owners.FIELDS
        if stream.name == WEB_EVENTS:
            return ()
        source = self._source(stream.name, anew=True)
        with self._lock:
            self._fresh.add(stream.name)
        return layout.read_fields(source)

    def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        """Read what changed; the properties of the type are looked up anew unless `fields` just did."""
        if stream.name == OWNERS:
            yield from owners.pull(self._client, cursor)
        elif stream.name == WEB_EVENTS:
            yield from self._pull_web_events(cursor)
        elif stream.name in OBJECT_TYPES:
            with self._lock:
                is_fresh = stream.name in self._fresh
                self._fresh.discard(stream.name)
            yield from pull.pull(self._source(stream.name, anew=not is_fresh), cursor)
        else:
            raise ConfigError(f"HubSpot has no stream {stream.name}.")

    def _pull_web_events(self, cursor: Cursor) -> Iterator[Page]:
        if self._has_web_events():
            yield from web_events.pull(self._client, self._settings.activities, cursor)
        else:
            # From the day they are there they are read; what was before, the counters have told.
            now = self._client.sender.server_time
            yield Page([], cursor.opened(now).closed() if now else cursor, is_blind=True)

    def _has_web_events(self) -> bool:
        """Whether this account has web events; asked once."""
        with self._events_lock:
            if not self._knows_web_events:
                self._no_web_events = (
                    "They are switched off."
                    if self._settings.web_events == "off"
                    else web_events.refusal(self._client, self._settings.activities)
                )
                self._knows_web_events = True
            return self._no_web_events is None

    def living(self, stream: Stream) -> Iterator[Sequence[str]]:
        """The ids that a listing shows, those of records that cannot be read included."""
        if stream.name in OBJECT_TYPES:
            yield from pull.living(self._source(stream.name))
            return
        for page in self.pull(stream, Cursor()):
            yield [
                *(record.remote_id for record in page.records),
                *(ref.remote_id for ref, _ in page.skipped),
            ]

    def fetch(self, refs: Sequence[RecordRef]) -> Iterator[Page]:
        """Read named records again: companies, contacts, deals and engagements."""
        for name, wanted in fetch.by_type(refs).items():
            yield from fetch.fetch(self._source(name), wanted)

    def sample(self) -> Iterator[Page]:
        """Companies page by page: no file is ordered of them."""
        yield from pull.pull(self._source(COMPANIES), Cursor(position=LISTING))

    def linked(self, refs: Sequence[RecordRef]) -> Sequence[RecordRef]:
        """Contacts, deals and activities: a restored link does not touch them."""
        return fetch.linked(self._client, refs)

    def write_fields(self, writes: Sequence[FieldWrite]) -> list[WriteResult]:
        """Write managed properties of one object type."""
        return write.write_fields(self._batches, self._definitions, self._settings, writes)

    def members(self, list_id: str) -> Iterator[str]:
        """The companies on a list."""
        return lists.members(self._client, list_id)

    def change_members(self, list_id: str, add: Sequence[str], remove: Sequence[str]) -> list[WriteResult]:
        """Add companies to a list and remove companies from it."""
        return lists.change_members(self._client, list_id, add, remove)

    def provision(self, wanted: Wanted, *, dry_run: bool = False) -> Provisioned:
        """Make the property groups, properties and lists that are missing."""
        self._forget()
        return provision.provision(self._client, self._settings, wanted, dry_run=dry_run)

    def deprovision(self, inventory: Sequence[InventoryItem], *, dry_run: bool = False) -> Deprovisioned:
        """Remove lists, properties and groups that an inventory names."""
        self._forget()
        return deprovision.deprovision(self._client, inventory, dry_run=dry_run)

    def _source(self, name: str, *, anew: bool = False) -> Source:
        with self._lock:
            known = self._sources.get(name)
        if known is None or anew:
            has_web_events = name == CONTACTS and self._has_web_events()
            known = replace(
                open_source(self._definitions, self._settings, name, has_web_events=has_web_events),
                second_look=timedelta(minutes=self._settings.second_look_minutes),
                export_above=self._settings.export_above,
                note=self._definitions.note,
            )
            self._batches.forget(name)
            with self._lock:
                self._sources[name] = known
        return known

    def _forget(self) -> None:
        with self._lock:
            self._sources.clear()
            self._fresh.clear()
        self._definitions.forget()
