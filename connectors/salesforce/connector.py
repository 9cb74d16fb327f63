"""The Salesforce connector: the parts of this folder tied to the contract."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.contract import Capabilities, Deprovisioned, Provisioned, Wanted
from connectors.salesforce import lists
from connectors.salesforce.batches import BATCH
from connectors.salesforce.bulk_query import READ_CALLS
from connectors.salesforce.check import Checker
from connectors.salesforce.client import Client
from connectors.salesforce.hints import ADVICE
from connectors.salesforce.inventory import Inventory
from connectors.salesforce.objects import read_fields
from connectors.salesforce.provision import Provisioner
from connectors.salesforce.pull import Habits
from connectors.salesforce.quota import ask_quota
from connectors.salesforce.rows import FETCH_BATCH, fetch, sample
from connectors.salesforce.schema import Schema
from connectors.salesforce.settings import SalesforceSettings
from connectors.salesforce.streams import living, pages, source_of, streams
from connectors.salesforce.write import BULK_BATCH, BULK_CALLS, write_fields
from core.changes import CheckReport, FieldWrite, InventoryItem, Page, Stream, WriteResult
from core.cursors import Cursor
from core.records import RecordRef

_READ_PAGE = 2000


@dataclass
class SalesforceConnector:
    """One org; see connectors.contract.Connector for what the methods promise."""

    settings: SalesforceSettings
    client: Client
    schema: Schema = field(init=False)

    def __post_init__(self) -> None:
        self.schema = Schema(self.client)
        self._habits = Habits()
        self._inventory = Inventory(self.client, self.schema, self.settings)
        self._provisioner = Provisioner(self.client, self.schema, self._inventory)

    @property
    def crm(self) -> str:
        """The name in the registry."""
        return self.settings.crm

    @property
    def capabilities(self) -> Capabilities:
        """Salesforce's batch sizes; whether there are lists is asked of describe once."""
        return Capabilities(
            read_page=_READ_PAGE,
            fetch_batch=FETCH_BATCH,
            write_batch=BATCH,
            member_batch=BATCH,
            has_lists=lists.available(self.schema, self.settings),
            leaves_lists=self.settings.lists_as_campaigns == "off",
            large_write_from=self.settings.bulk_write_from or None,
            large_write_batch=BULK_BATCH,
            large_write_calls=BULK_CALLS,
            large_read_from=self.settings.bulk_read_from or None,
            large_read_calls=READ_CALLS,
        )

    @property
    def streams(self) -> Sequence[Stream]:
        """Accounts first, then what belongs to them; describe knows which mapped fields are formulas."""
        return streams(self.schema, self.settings, self._habits)

    def calls(self) -> Mapping[str, int]:
        """API calls so far by operation."""
        return dict(self.client.wire.transport.calls)

    def calls_left(self) -> int | None:
        """What the last Sforce-Limit-Info left of the day's calls."""
        return self.client.wire.quota.left

    def record_url(self, ref: RecordRef, org_id: str) -> str:  # noqa: ARG002 My Domain names the org
        """The record's page; Salesforce leads from there to the app that the person uses."""
        return f"{self.settings.base}/{ref.remote_id.rpartition(':')[2]}"

    def advice(self, code: str) -> str:
        """What helps against a refusal, by its status code."""
        return ADVICE.get(code, "")

    def take_notes(self) -> Sequence[str]:
        """Fallbacks, fields left out, and how much of the day's calls is used."""
        return self.client.take_notes()

    def org_id(self) -> str:
        """The org that the log-in named; one call asks what is left of the day's calls, as a run begins."""
        # The call first: where the session had ended, it is this call that logs in, and refuses another org.
        ask_quota(self.client.call("check"))
        self.schema.begin_run()
        return self.client.wire.identity().org_id

    def check(self) -> CheckReport:
        """What a sync will find; changes nothing."""
        return Checker(self.client, self.schema, self.settings, self._inventory).report()

    def expect_first_load(self) -> None:
        """Where the objects are still to be described, their sizes are asked for beside it."""
        self._habits.is_first_load = True

    def fields(self, stream: Stream) -> Sequence[str]:
        """What is selected of an object, by describe and the settings."""
        with self.schema.doubting():
            return read_fields(source_of(stream), self.schema.of(stream.name), self.settings)

    def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        """What changed since the cursor, oldest first; nothing of an object that this org does not have."""
        with self.schema.doubting():
            yield from pages(self.client, self.schema, self.settings, self._habits, stream, cursor)

    def living(self, stream: Stream) -> Iterator[Sequence[str]]:
        """All ids of an object, read like its rows."""
        return living(self.client, self.schema, self.settings, self._habits, stream)

    def fetch(self, refs: Sequence[RecordRef]) -> Iterator[Page]:
        """Named records as they are now."""
        with self.schema.doubting():
            yield from fetch(self.client, self.schema, self.settings, refs)

    def sample(self) -> Iterator[Page]:
        """The accounts that were edited last: of all, they break the fewest of the org's present rules."""
        yield sample(self.client, self.schema, self.settings)

    def linked(self, refs: Sequence[RecordRef]) -> Sequence[RecordRef]:  # noqa: ARG002 the contract's
        """Nothing: what goes and comes back with an account or a contact is marked itself."""
        return ()

    def write_fields(self, writes: Sequence[FieldWrite]) -> list[WriteResult]:
        """Write one batch of one kind, a large one as a bulk job."""
        return write_fields(self.client, self.schema, self.settings, writes)

    def members(self, list_id: str) -> Iterator[str]:
        """The accounts on a campaign."""
        return lists.members(self.client, list_id)

    def change_members(self, list_id: str, add: Sequence[str], remove: Sequence[str]) -> list[WriteResult]:
        """Put accounts on a campaign, take accounts off it."""
        return lists.change_members(self.client, list_id, add, remove)

    def provision(self, wanted: Wanted, *, dry_run: bool = False) -> Provisioned:
        """Fields, permission sets, the assignment, campaigns."""
        return self._provisioner.provision(wanted, dry_run=dry_run)

    def deprovision(self, inventory: Sequence[InventoryItem], *, dry_run: bool = False) -> Deprovisioned:
        """Remove exactly what the inventory names."""
        return self._provisioner.deprovision(inventory, dry_run=dry_run)
