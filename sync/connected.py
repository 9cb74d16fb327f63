"""A connection in use: its number in the store, its name, and its connector."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from connectors.contract import Connector
from core.errors import ConfigError
from core.hints import HintJournal
from store.connections import claim_org
from store.database import Database
from store.vitals import cursor_lags

IN_FLIGHT = 4
"""Batches on their way to or from one CRM at once; its rate limit is the transport's business."""


_CLAIM_HOLDS = timedelta(minutes=15)


@dataclass(slots=True)
class Connected:
    """One configured CRM, ready to be talked to; `journal` is where it keeps hints for us, if it does.

    claimed_at: when this process last looked whether it still is the org that it was, for hints.
    """

    id: int
    name: str
    connector: Connector
    journal: HintJournal | None = None
    claimed_at: datetime | None = field(default=None, compare=False)


def claim(database: Database, connections: Sequence[Connected]) -> None:
    """Make sure that every connection still is the org it was; raises ConfigError when one is not."""
    for connected, org_id in zip(connections, each(connections, lambda c: c.connector.org_id()), strict=True):
        if not org_id:
            raise ConfigError(f"connections.{connected.name}: the CRM does not say which org it is.")
        claim_org(database, connected.id, org_id)


def claim_now_and_then(database: Database, connections: Sequence[Connected], now: datetime) -> None:
    """The same for who works every few seconds: each look costs a call."""
    due = [one for one in connections if one.claimed_at is None or abs(now - one.claimed_at) > _CLAIM_HOLDS]
    claim(database, due)
    for connected in due:
        connected.claimed_at = now


def announce(database: Database, connections: Sequence[Connected]) -> None:
    """Tell the CRMs of which no object was read to its end yet that all of it will be, before they are asked."""
    read = {lag.connection for lag in cursor_lags(database) if lag.since_ms is not None}
    for connected in connections:
        if connected.name not in read:
            connected.connector.expect_first_load()


def calls_made(connections: Sequence[Connected]) -> dict[str, dict[str, int]]:
    """API calls so far, by connection name and operation."""
    return {connected.name: dict(connected.connector.calls()) for connected in connections}


def calls_since(
    connections: Sequence[Connected], before: Mapping[str, Mapping[str, int]]
) -> dict[str, dict[str, int]]:
    """API calls made since `before` was taken, by connection name and operation."""
    return {
        name: {
            operation: count - before.get(name, {}).get(operation, 0)
            for operation, count in sorted(operations.items())
            if count > before.get(name, {}).get(operation, 0)
        }
        for name, operations in calls_made(connections).items()
    }


def notes_of(connections: Sequence[Connected]) -> list[str]:
    """What the connectors have to tell beyond counts, each with its connection's name."""
    return [f"{one.name}: {note}" for one in connections for note in one.connector.take_notes()]


_T = TypeVar("_T")
_R = TypeVar("_R")


def each(items: Sequence[_T], work: Callable[[_T], _R], *, threads: int | None = None) -> list[_R]:
    """Do the work for every item at once, results in the order of the items.

    After an error nothing more is begun; what has begun is finished before the error is raised.
    """
    if not items:
        return []
    with ThreadPoolExecutor(threads or len(items)) as pool:
        futures: list[Future[_R]] = [pool.submit(work, item) for item in items]
        for future in wait(futures, return_when=FIRST_EXCEPTION).not_done:
            future.cancel()
    # Where one was cancelled, another one has failed and raises here.
    return [future.result() for future in futures if not future.cancelled()]
