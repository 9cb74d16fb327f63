"""The organisation's limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.salesforce.call import Call, Reply, Route
from emulators.salesforce.errors import insufficient_access, not_found

if TYPE_CHECKING:
    from emulators.salesforce.org import Org

_RECORD_COUNT_SINCE = 40.0
# Name and daily maximum of limits nobody spends here (recorded in a Developer Edition organisation).
_UNSPENT = {
    "DailyBulkV2QueryFileStorageMB": 976_562,
    "DailyStreamingApiEvents": 10_000,
    "DataStorageMB": 5,
    "FileStorageMB": 20,
    "SingleEmail": 15,
}


def limits(call: Call) -> Reply:
    """GET /limits."""
    _require_view_setup(call)
    org, now = call.org, call.org.clock.now()
    spent = {
        "DailyApiRequests": (org.org_settings.daily_limit, org.used_calls),
        "DailyBulkApiBatches": (org.org_settings.bulk.batches, org.bulk.batches_used(now)),
        "DailyBulkV2QueryJobs": (org.org_settings.bulk.query_jobs, org.bulk.query_jobs_used(now)),
        **{name: (value, 0) for name, value in _UNSPENT.items()},
    }
    values = {
        name: {"Max": maximum, "Remaining": max(maximum - used, 0)} for name, (maximum, used) in spent.items()
    }
    return Reply(dict(sorted(values.items())))


def record_count(call: Call) -> Reply:
    """GET /limits/recordCount?sObjects=: a snapshot, of all users' records and in no order of the request's.

    Objects that are not there are left out (documented), and so are those without a record.
    """
    org = call.org
    if float(call.base.rpartition("/v")[2]) < _RECORD_COUNT_SINCE:
        raise not_found()
    _require_view_setup(call)
    wanted = call.args.get("sObjects")
    found = map(org.schema.find, wanted.split(",") if wanted else org.schema.objects)
    names = sorted({item.name for item in found if item is not None})
    counts = {name: _counted(org, name) for name in names}
    # Assumption: that objects without records are left out is told by a client's notes, not recorded.
    return Reply({"sObjects": [{"count": count, "name": name} for name, count in counts.items() if count]})


def _require_view_setup(call: Call) -> None:
    """Both are documented as for users with View Setup and Configuration."""
    if not call.org.access.may_view_setup(call.user_id):
        # Assumption: the permission is documented, what is said without it is not.
        raise insufficient_access("insufficient access: View Setup and Configuration is required")


def _counted(org: Org, name: str) -> int:
    """An object's count: what the settings say it was when it was last taken, else that of now."""
    kept: int | None = org.org_settings.record_counts.get(name)
    if kept is not None:
        return kept
    rows = org.store.tables[name].rows.values()
    return sum(not (row.get("IsDeleted") or row.get("IsArchived")) for row in rows)


ROUTES: list[Route] = [("GET", "/limits", limits), ("GET", "/limits/recordCount", record_count)]
