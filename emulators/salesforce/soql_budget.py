"""Queries that are too much for an organisation: time, and the activities' people."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from emulators.salesforce.errors import SalesforceError
from emulators.salesforce.soql_scan import stamp_bounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from emulators.salesforce.fields import ObjectType
    from emulators.salesforce.org import Org
    from emulators.salesforce.soql_syntax import Query
    from emulators.salesforce.store import Record

_ACTIVITIES = ("Task", "Event")
_PEOPLE = ("WhoId", "WhatId")


def within_budget(org: Org, item: ObjectType, query: Query, found: Iterable[Record]) -> Iterable[Record]:
    """The records, as long as the settings' limits allow. Raises QUERY_TIMEOUT or OPERATION_TOO_LARGE."""
    settings = org.org_settings
    if settings.query_timeout_days is not None:
        _check_window(org, item, query, settings.query_timeout_days)
    if settings.query_timeout_rows is not None:
        found = _counted(found, settings.query_timeout_rows)
    if settings.who_what_limit is not None and item.name in _ACTIVITIES:
        found = _known_people(found, settings.who_what_limit)
    return found


def _check_window(org: Org, item: ObjectType, query: Query, days: float) -> None:
    """A query whose SystemModstamps span more than so many days takes too long; open ends count to now."""
    low, high = stamp_bounds(item, query)
    now = org.clock.now()
    end = datetime.fromisoformat(high) if high else now
    if low is None or end - datetime.fromisoformat(low) > timedelta(days=days):
        raise _timeout()


def _counted(found: Iterable[Record], limit: int) -> Iterator[Record]:
    for number, record in enumerate(found, start=1):
        if number > limit:
            raise _timeout()
        yield record


def _known_people(found: Iterable[Record], limit: int) -> Iterator[Record]:
    seen: set[str] = set()
    for record in found:
        seen.update(record[key] for key in _PEOPLE if key in record)
        if len(seen) > limit:
            # Assumption: widely quoted, not recorded.
            raise SalesforceError("OPERATION_TOO_LARGE", f"exceeded {limit} distinct who/what's")
        yield record


def _timeout() -> SalesforceError:
    # Assumption: the text is widely quoted, not recorded.
    return SalesforceError("QUERY_TIMEOUT", "Your query request was running for too long.")
