"""The worlds that the suite loads, and how it reads them back."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from connectors.contract import Connector, Wanted
from core.changes import InventoryItem, Page, TargetList
from core.cursors import Cursor
from core.managed_fields import MANAGED_FIELDS
from core.records import Kind, Record, Tombstone
from tests.contract.harness import NewAccount, NewContact, NewDeal, NewMeeting, World

LOADED_AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PULLED_AT = LOADED_AT + timedelta(hours=1)
EDITED_AT = LOADED_AT + timedelta(hours=2)
WANTED = Wanted(fields=MANAGED_FIELDS, lists=[TargetList("one_to_one", "1:1 accounts")])


def accounts(count: int) -> World:
    """So many accounts, all with one modification time."""
    return World(accounts=[NewAccount(f"a{i}", f"Company {i}", f"company{i}.example") for i in range(count)])


def small_world() -> World:
    """Two accounts, three contacts, a deal and a meeting."""
    return World(
        accounts=[NewAccount("acme", "Acme", "https://www.acme.example"), NewAccount("beta", "Beta GmbH")],
        contacts=[
            NewContact("ann", "acme", "ann@acme.example", "Ann Ek", "VP Marketing"),
            NewContact("bo", "acme", "bo@acme.example", "Bo Li"),
            NewContact("cy", "beta", "cy@beta.example", "Cy Ode", "Buyer"),
        ],
        deals=[NewDeal("deal", "acme", "Acme rollout", 12500.5)],
        meetings=[NewMeeting("meeting", "ann", LOADED_AT - timedelta(days=3), 45)],
    )


def pull_all(connector: Connector, kind: Kind, cursor: Cursor = Cursor()) -> list[Page]:  # noqa: B008 frozen
    """Every page of every stream of a kind; cursors belong to the last stream read."""
    return [
        page for stream in connector.streams if stream.kind is kind for page in connector.pull(stream, cursor)
    ]


def records(pages: Iterable[Page]) -> list[Record]:
    """The records of pages, in order."""
    return [record for page in pages for record in page.records]


def ids(pages: Iterable[Page]) -> list[str]:
    """The remote ids of pages, in order, with repeats."""
    return [record.remote_id for record in records(pages)]


def tombstones(pages: Iterable[Page]) -> list[Tombstone]:
    """The tombstones of pages, in order."""
    return [tombstone for page in pages for tombstone in page.tombstones]


def list_item(items: Iterable[InventoryItem], key: str = "one_to_one") -> InventoryItem:
    """The inventory's line of a target list: type "list", the list's key in its details."""
    return next(item for item in items if item.type == "list" and item.details.get("key") == key)


def moves_forward(pages: list[Page]) -> bool:
    """Whether no two neighbouring pages end at the same place."""
    return all(one.next_cursor != other.next_cursor for one, other in pairwise(pages))
