"""The product as it is used, pointed at an emulator: connectors, a database, the pull and the writes."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests

from bench.measure import Watch
from bench.servers import CLIENT, TOKEN
from connectors import hubspot, salesforce
from connectors.contract import Connector, Wanted
from connectors.hubspot.settings import HubspotSettings
from connectors.salesforce.settings import SalesforceSettings
from connectors.transport import Timing
from core.changes import FieldWrite, Outcome, Stream
from core.clock import system_clock
from core.cursors import Cursor
from core.managed_fields import ACCOUNT_FIELDS
from core.records import Kind, RecordRef
from core.secret_refs import SecretRef
from core.secrets import SecretText
from store.connections import connection_id
from store.database import Database, open_database
from store.landing import land
from sync.connected import IN_FLIGHT, Connected, each
from sync.gathering import gathered
from sync.progress import Quiet
from sync.pull import Pulled, pull
from sync.pull_context import PullContext

READERS = 6
NOW = datetime(2026, 11, 22, tzinfo=UTC)
_UNLIMITED = 1_000_000
VALUES: Mapping[str, str] = {
    "tier": "one_to_few",
    "tier_source": "model",
    "fit_score": "71.5",
    "fit_band": "moderate",
    "engagement_score": "48.2",
    "engagement_trend": "up",
    "priority_score": "60.1",
    "why": "Fit 71.5: industry 20, employees 16, country 15. Engagement 48.2: meetings 30, e-mail 8.",
}
"""Eight managed fields, as a push writes them."""


def connect(crm: str, url: str, *, limited: bool = False, **more: Any) -> Connector:
    """A connector to an emulator; without `limited` its own HubSpot rate windows never close.

    `more` are settings of a Salesforce connection.
    """
    if crm == "salesforce":
        settings = SalesforceSettings(
            crm="salesforce",
            instance_url=url,
            client_id=_ref("0"),
            client_secret=_ref("1"),
            emulator=True,
            **more,
        )
        return salesforce.CRM.build(settings, lambda ref: SecretText(CLIENT[int(ref.name)]), Timing())
    limits = {} if limited else {"burst_limit": _UNLIMITED, "search_per_second": _UNLIMITED}
    wide = HubspotSettings(crm="hubspot", base_url=url, token=_ref("0"), emulator=True, **limits)  # type: ignore[arg-type]  # two integers
    return hubspot.CRM.build(wide, lambda _: SecretText(TOKEN), Timing())


def _ref(name: str) -> SecretRef:
    return SecretRef(source="env", name=name)


@dataclass(frozen=True, slots=True)
class Done:
    """Records that went through, and API calls by operation."""

    records: int
    calls: Mapping[str, int]

    @property
    def total_calls(self) -> int:
        """All calls."""
        return sum(self.calls.values())

    def must_be(self, records: int) -> None:
        """Raise ValueError where records were lost or doubled: such a run gives no figures."""
        if self.records != records:
            raise ValueError(f"{self.records:,} records went through, not {records:,}")


_OWNERS = ("User", "owners")
"""Every CRM has a few of them, whatever its world holds."""


def pull_and_land(watch: Watch, crm: str, url: str, *, limited: bool = False, **more: Any) -> Done:
    """A first load of everything into a new SQLite database; opening that is not measured."""
    with TemporaryDirectory() as folder:
        database, connected = _opened(folder, connect(crm, url, limited=limited, **more))
        context = PullContext(database, timedelta(minutes=5), NOW, Quiet())
        with watch:
            pulled = pull(context, [connected], readers=READERS)
        database.close()
    return _done(pulled, connected.connector)


def pull_into(watch: Watch, crm: str, url: str, database_url: str, **more: Any) -> Done:
    """A first load of everything into a database that is there and empty."""
    database = open_database(database_url)
    connected = _connected(database, connect(crm, url, **more))
    with watch:
        pulled = pull(PullContext(database, timedelta(minutes=5), NOW, Quiet()), [connected], readers=READERS)
    database.close()
    return _done(pulled, connected.connector)


def pull_again(watch: Watch, crm: str, url: str, **more: Any) -> Done:
    """A second pull, after a first load and with nothing changed: its records and its calls alone."""
    with TemporaryDirectory() as folder:
        database, connected = _opened(folder, connect(crm, url, **more))
        context = PullContext(database, timedelta(minutes=5), system_clock(), Quiet())
        pull(context, [connected], readers=READERS)
        before = dict(connected.connector.calls())
        with watch:
            pulled = pull(context, [connected], readers=READERS)
        database.close()
    done = _done(pulled, connected.connector)
    changed = sum(one.changed for one in pulled)
    if changed:
        raise ValueError(f"{changed} records changed although nobody touched them")
    return Done(done.records, {name: count - before.get(name, 0) for name, count in done.calls.items()})


def pull_and_land_limited(watch: Watch, crm: str, url: str) -> Done:
    """The same under the rate limit that the CRM tells of."""
    return pull_and_land(watch, crm, url, limited=True)


def list_serially(watch: Watch, url: str, seconds: float) -> Done:
    """What a client gets that makes one call after the other for so long: pages of contacts, not looked at."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {TOKEN}"
    calls = 0
    with watch:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            page = {"limit": "100"}
            session.get(f"{url}/crm/objects/2026-03/contacts", params=page, timeout=60).raise_for_status()
            calls += 1
    return Done(0, {"read contacts": calls})


def _done(pulled: Sequence[Pulled], connector: Connector) -> Done:
    read = sum(one.read for one in pulled if one.stream not in _OWNERS)
    return Done(read, dict(connector.calls()))


def pull_only(watch: Watch, crm: str, url: str, **more: Any) -> Done:
    """A first load of the contacts that is read, made into records, and thrown away."""
    connector = connect(crm, url, **more)
    contacts = _contacts(connector)
    with watch:
        records = sum(len(page.records) for page in connector.pull(contacts, Cursor()))
    return Done(records, dict(connector.calls()))


def _contacts(connector: Connector) -> Stream:
    return next(stream for stream in connector.streams if stream.kind is Kind.CONTACT)


def delta_and_land(watch: Watch, crm: str, url: str, since: datetime) -> Done:
    """What changed in the contacts since an instant, into a new SQLite database."""
    with TemporaryDirectory() as folder:
        database, connected = _opened(folder, connect(crm, url))
        contacts = _contacts(connected.connector)
        with watch:
            records = _land_all(database, connected, contacts, Cursor(since=since))
        database.close()
    return Done(records, dict(connected.connector.calls()))


def _land_all(database: Database, connected: Connected, stream: Stream, cursor: Cursor) -> int:
    records = 0
    for page in gathered(connected.connector.pull(stream, cursor)):
        land(database, connected.id, stream.name, page, now_ms=0)
        records += len(page.records)
    return records


def _opened(folder: str, connector: Connector) -> tuple[Database, Connected]:
    database = open_database(f"sqlite:///{Path(folder) / 'bench.sqlite'}")
    return database, _connected(database, connector)


def _connected(database: Database, connector: Connector) -> Connected:
    return Connected(connection_id(database, connector.crm, connector.crm), connector.crm, connector)


def write_accounts(watch: Watch, crm: str, url: str, remote_ids: Sequence[str], **more: Any) -> Done:
    """Write eight fields of each account in full batches, as many at once as a push has in flight.

    The fields are made first, which is not measured. Raises ValueError where a write was refused.
    """
    connector = connect(crm, url, **more)
    connector.provision(Wanted(ACCOUNT_FIELDS, ()))
    size = connector.capabilities.write_size(len(remote_ids))
    writes = [FieldWrite(RecordRef(Kind.ACCOUNT, one), VALUES) for one in remote_ids]
    batches = [writes[start : start + size] for start in range(0, len(writes), size)]
    before = dict(connector.calls())
    with watch:
        results = each(batches, connector.write_fields, threads=IN_FLIGHT)
    refused = [one for batch in results for one in batch if one.outcome is not Outcome.WRITTEN]
    if refused:
        raise ValueError(f"{len(refused)} writes were refused, the first with: {refused[0].reason}")
    calls = {name: count - before.get(name, 0) for name, count in connector.calls().items()}
    return Done(len(writes), calls)
