"""The feeds of changed and deleted ids (getUpdated and getDeleted)."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from emulators.salesforce.call import Call, Reply, Route
from emulators.salesforce.errors import SalesforceError
from emulators.salesforce.times import parse_datetime, to_wire

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emulators.salesforce.store import Record

_UPDATED_FEED_DAYS = 30


def updated_ids(call: Call, name: str) -> Reply:
    """GET /sobjects/X/updated/?start=&end=: live records by SystemModstamp, 30 days back."""
    start, end = _window(call)
    if start < call.org.clock.now() - timedelta(days=_UPDATED_FEED_DAYS):
        raise _bad_window("startDate cannot be more than 30 days ago")
    rows = (row for row in _changed(call, name, start, end) if not row.get("IsDeleted"))
    ids = [row["Id"] for row in _at_most(call, rows)]
    return Reply({"ids": ids, "latestDateCovered": to_wire(_covered(call, end))})


def deleted_ids(call: Call, name: str) -> Reply:
    """GET /sobjects/X/deleted/?start=&end=: what is in the recycle bin, as far back as the log reaches.

    Records without a recycle bin, removed for good or purged leave no trace here.
    """
    start, end = _window(call)
    reach = timedelta(days=call.org.org_settings.delete_log_days)
    earliest = _minute(call.org.clock.now() - reach)
    if start < earliest:
        raise _bad_window("startDate before org replication enabled date")
    rows = (row for row in _changed(call, name, start, end) if row.get("IsDeleted"))
    deleted = [{"id": row["Id"], "deletedDate": row["SystemModstamp"]} for row in _at_most(call, rows)]
    body = {"deletedRecords": deleted, "earliestDateAvailable": to_wire(earliest)}
    return Reply({**body, "latestDateCovered": to_wire(_covered(call, end))})


def _window(call: Call) -> tuple[datetime, datetime]:
    """Start and end with the seconds cut off, as the documentation says."""
    try:
        start, end = (datetime.fromisoformat(parse_datetime(call.args[key])) for key in ("start", "end"))
    except (KeyError, ValueError) as problem:
        # Assumption: code and text are not recorded.
        raise _bad_window(f"bad start or end: {problem}") from problem
    start, end = _minute(start), _minute(end)
    if end <= start:
        raise _bad_window("endDate must be at least one minute after startDate")
    return start, end


def _minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)


def _covered(call: Call, end: datetime) -> datetime:
    """How far the answer goes: to the end, or to now when that lies ahead."""
    return min(end, _minute(call.org.clock.now()))


def _changed(call: Call, name: str, start: datetime, end: datetime) -> Iterable[Record]:
    item = call.object(name)
    visible = call.org.access.visible(item, call.user_id)
    rows = call.org.store.tables[item.name].by_stamp(to_wire(start), to_wire(end))
    return rows if visible is None else filter(visible, rows)


def _at_most(call: Call, rows: Iterable[Record]) -> list[Record]:
    limit = call.org.org_settings.replication_ids
    found = list(islice(rows, limit + 1))
    if len(found) > limit:
        # Assumption: the limit and the code are documented, the text is not recorded.
        raise SalesforceError("EXCEEDED_ID_LIMIT", f"Too many ids: more than {limit} in the time span")
    return found


def _bad_window(message: str) -> SalesforceError:
    # Assumption: the code is documented and "before org replication enabled date" is quoted in a public report;
    # the other texts are not recorded.
    return SalesforceError("INVALID_REPLICATION_DATE", message)


ROUTES: list[Route] = [
    ("GET", "/sobjects/{name}/updated", updated_ids),
    ("GET", "/sobjects/{name}/deleted", deleted_ids),
]
