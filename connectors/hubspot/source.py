"""One object type of one connection as it is read, and what one step of reading gave."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connectors.hubspot.answers import server_time
from connectors.hubspot.client import Client
from connectors.hubspot.listing import Listing, demand_records
from connectors.hubspot.objects import ObjectType
from connectors.hubspot.raw import Raw
from connectors.hubspot.records import Layout, record_properties
from connectors.transport import Request
from core.errors import ContractError
from core.records import Tombstone

LISTING = "list:"
"""The position at which listing begins."""
ENOUGH = 0.99
"""A share of the counted records that is little less than all: the count comes from an index that is a little late."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one call gave; `next_position` is None at the end of the window.

    has_links: the rows came with their links, so that one without the key has none. is_short: the window may hold
    records that did not come.
    """

    server_time: datetime
    next_position: str | None
    rows: Sequence[Raw] = ()
    tombstones: Sequence[Tombstone] = ()
    expected: int | None = None
    has_links: bool = False
    is_short: bool = False


def _forget(_: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Source:
    """One object type of one connection, and how its records are laid out.

    second_look: what was modified is read once more when so much time has passed (connectors.hubspot.search).
    export_above: a first load of more records than that comes as a file; None: never.
    note: keeps a sentence for the run's report.
    """

    client: Client
    type: ObjectType
    layout: Layout
    second_look: timedelta = timedelta()
    export_above: int | None = None
    note: Callable[[str], None] = _forget
    properties: list[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "properties", record_properties(self.type.name, self.layout))


def broken(stream: str, position: str) -> ContractError:
    """The error for a position in a cursor that no version of Shortlist has written."""
    return ContractError(
        f"The cursor of {stream} is broken: it holds a position that is not HubSpot's ({position:.80}). Nothing was "
        "read. Run `shortlist pull --full` to read everything again."
    )


def ask(source: Source, request: Request) -> tuple[Listing, datetime]:
    """One page of records, and HubSpot's clock."""
    response = source.client.call(request)
    listed = source.client.read_list(request, response)
    return demand_records(source.client.host, request, listed), server_time(response)
