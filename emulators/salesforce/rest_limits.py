"""The organisation's limits."""

from __future__ import annotations

from emulators.salesforce.call import Call, Reply, Route

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
    """GET /limits/recordCount?sObjects=."""
    wanted = call.args.get("sObjects")
    names = wanted.split(",") if wanted else list(call.org.schema.objects)
    items = [item for item in map(call.org.schema.find, names) if item is not None]
    tables = call.org.store.tables
    counts = [{"count": len(tables[item.name].rows), "name": item.name} for item in items]
    return Reply({"sObjects": counts})


ROUTES: list[Route] = [("GET", "/limits", limits), ("GET", "/limits/recordCount", record_count)]
