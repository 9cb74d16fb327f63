"""Transactions of others that commit late: their rows carry the stamp of the write and show up afterwards.

A row's SystemModstamp is set when it is written, before its transaction commits. Whoever asked in between for
everything up to now has seen later stamps and will not ask for this one again, unless the windows overlap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from emulators.salesforce.errors import locked_row
from emulators.salesforce.ids import long_id
from emulators.salesforce.native import check_names
from emulators.salesforce.times import to_wire

if TYPE_CHECKING:
    from emulators.salesforce.org import Org

_STAMPS = ("SystemModstamp", "LastModifiedDate")


@dataclass(frozen=True)
class Transaction:
    """Rows by object, written and not committed before `commits_at`."""

    commits_at: datetime
    records: Mapping[str, list[dict[str, Any]]]

    def holds(self, record_id: str) -> bool:
        """Whether the transaction has changed this record."""
        rows = (row for rows in self.records.values() for row in rows)
        return any(long_id(row.get("Id", "")) == record_id for row in rows)


class LateCommits:
    """The open transactions of one organisation."""

    def __init__(self) -> None:
        self._open: list[Transaction] = []

    def write(self, org: Org, records: Mapping[str, list[dict[str, Any]]], seconds: float) -> str:
        """Write rows now, visible in `seconds`; return their stamp. ValueError or KeyError: not understood."""
        now = org.clock.now()
        stamp = to_wire(now)
        stamped = {
            name: [{**row, **dict.fromkeys(_STAMPS, stamp)} for row in rows] for name, rows in records.items()
        }
        check_names(org.schema, stamped)
        self._open.append(Transaction(now + timedelta(seconds=seconds), stamped))
        return stamp

    def settle(self, org: Org) -> None:
        """Commit the transactions whose time has come, oldest first."""
        if not self._open:
            return
        now = org.clock.now()
        due = sorted((item for item in self._open if item.commits_at <= now), key=lambda t: t.commits_at)
        self._open = [item for item in self._open if item.commits_at > now]
        for transaction in due:
            org.load(transaction.records)

    def check_lock(self, record_id: str) -> None:
        """Raise UNABLE_TO_LOCK_ROW while an open transaction holds the record."""
        if any(transaction.holds(record_id) for transaction in self._open):
            raise locked_row(record_id)

    @property
    def open_count(self) -> int:
        """How many transactions are not committed."""
        return len(self._open)
