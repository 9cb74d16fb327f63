"""Activities of more than a year ago, which Salesforce archives: from then on queryAll alone shows them.

The rules are those of the object reference ("Archived Activities"). Everything else goes on as before: an archived
activity can be read by its id, changed and deleted.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from emulators.salesforce.org import Org
    from emulators.salesforce.store import Record

_ACTIVITIES = ("Task", "Event")
_DAY = len("2026-01-31")


class Archive:
    """The process that archives once a day of the organisation's clock."""

    def __init__(self) -> None:
        self._ran_on: date | None = None

    def run_again(self) -> None:
        """Run with the next request, whatever the day: for records that were there before this organisation."""
        self._ran_on = None

    def settle(self, org: Org) -> None:
        """Mark what has become old enough since the last run.

        Assumption: that moves no stamp, and an archived record stays one when it is changed.
        """
        today, days = org.clock.now().date(), org.org_settings.archive_days
        if today == self._ran_on or days is None:
            return
        self._ran_on = today
        last = (today - timedelta(days=days)).isoformat()
        for name in _ACTIVITIES:
            rows = org.store.tables[name].rows
            for record in [row for row in rows.values() if _is_due(row, last)]:
                org.store.put(name, {**record, "IsArchived": True})


def _is_due(record: Record, last: str) -> bool:
    """Whether an event, or a task that is done, lies on the day `last` or before it."""
    if record.get("IsArchived") or record.get("IsDeleted") or not record.get("IsClosed", True):
        return False
    at: str = record.get("ActivityDate") or record["CreatedDate"]
    return at[:_DAY] <= last
