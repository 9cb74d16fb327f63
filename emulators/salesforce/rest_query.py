"""Queries and their pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from emulators.salesforce.call import Call, Reply, Route
from emulators.salesforce.errors import SalesforceError
from emulators.salesforce.locators import Cursor, invalid_locator
from emulators.salesforce.soql_columns import column_metadata
from emulators.salesforce.soql_run import Result, run

if TYPE_CHECKING:
    from collections.abc import Callable

_DEFAULT_BATCH = 2000
_WIDE_BATCH = 1000
_SMALLEST_BATCH = 200
_BATCH_OPTION = re.compile(r"batchSize\s*=\s*(\d+)", re.IGNORECASE)


def query(call: Call) -> Reply:
    """GET /query?q=; with columns=true what its columns are, instead of its rows."""
    if call.args.get("columns", "").lower() == "true":
        return Reply(column_metadata(call.org, call.user_id, _text(call)))
    return _first_page(call, with_deleted=False)


def query_all(call: Call) -> Reply:
    """GET /queryAll?q=: deleted records too."""
    return _first_page(call, with_deleted=True)


def more(call: Call, locator_text: str) -> Reply:
    """GET /query/LOCATOR-OFFSET."""
    org = call.org
    locator, cursor, offset = org.locators.find(
        locator_text, org.clock.now(), org.org_settings.locator_seconds
    )
    if (cursor.user_id, cursor.base) != (call.user_id, call.base):
        # Assumption: a locator belongs to the user and to the version it was given out for.
        raise invalid_locator()
    return Reply(_page(call, cursor, offset, lambda: locator))


def _first_page(call: Call, *, with_deleted: bool) -> Reply:
    result = run(call.org, call.user_id, _text(call), with_deleted=with_deleted)
    size = _batch_size(call)
    if result.is_wide:
        # Recorded: rows with long text came by 1,000 where others came by 2,000.
        # Assumption: it depends on the fields asked for; Salesforce may look at what is in them.
        size = min(size, _WIDE_BATCH)
    cursor = Cursor(result, size, call.org.clock.now(), call.user_id, call.base)
    return Reply(_page(call, cursor, 0, lambda: call.org.locators.open(cursor)))


def _text(call: Call) -> str:
    if "q" not in call.args:
        # Assumption: the text is not recorded.
        raise SalesforceError("MALFORMED_QUERY", "The required request parameter q is missing")
    return call.args["q"]


def _batch_size(call: Call) -> int:
    match = _BATCH_OPTION.search(call.headers.get("Sforce-Query-Options", ""))
    if match is None:
        return _DEFAULT_BATCH
    # Assumption: a size out of range is moved into it.
    return min(max(int(match.group(1)), _SMALLEST_BATCH), _DEFAULT_BATCH)


def _page(call: Call, cursor: Cursor, offset: int, locator: Callable[[], str]) -> dict[str, Any]:
    sizes = call.org.org_settings.page_sizes
    size = sizes[cursor.pages % len(sizes)] if sizes else cursor.batch_size
    cursor.pages += 1
    result: Result = cursor.result
    end = offset + size
    done = end >= len(result.rows)
    page: dict[str, Any] = {"totalSize": result.total, "done": done}
    if not done:
        page["nextRecordsUrl"] = f"{call.base}/query/{locator()}-{end}"
    page["records"] = result.render(result.rows[offset:end], call.base)
    return page


ROUTES: list[Route] = [
    ("GET", "/query", query),
    ("GET", "/queryAll", query_all),
    ("GET", "/query/{locator}", more),
    ("GET", "/queryAll/{locator}", more),
]
