"""The organisation's limits."""

from __future__ import annotations

from emulators.salesforce.call import Call, Reply, Route

# Name and daily maximum of limits nobody spends here (recorded in a Developer Edition organisation).
_UNSPENT = {
    "DailyBulkApiBatches": 15_000,
    "DailyBulkV2QueryFileStorageMB": 976_562,
    "DailyBulkV2QueryJobs": 10_000,
    "DailyStreamingApiEvents": 10_000,
    "DataStorageMB": 5,
    "FileStorageMB": 20,
    "SingleEmail": 15,
}


def limits(call: Call) -> Reply:
    """GET /limits."""
    maximum = call.org.org_settings.daily_limit
    remaining = max(maximum - call.org.used_calls, 0)
    values = {name: {"Max": value, "Remaining": value} for name, value in _UNSPENT.items()}
    values["DailyApiRequests"] = {"Max": maximum, "Remaining": remaining}
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
