"""The end of the recycle bin: a record that was deleted can be listed and restored for 90 days (documented)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.hubspot.times import DAY_MS, parse_ms

if TYPE_CHECKING:
    from emulators.hubspot.portal import Portal


class RecycleBin:
    """Forgets for good what has been in the bin for too long, once a day of the portal's clock."""

    def __init__(self, now_ms: int) -> None:
        self._emptied_on = now_ms // DAY_MS

    def settle(self, portal: Portal) -> None:
        """Empty what is due; what was loaded on a day, however old it is, stays until the next one."""
        today = portal.now_ms() // DAY_MS
        if today == self._emptied_on:
            return
        self._emptied_on = today
        last_ms = portal.now_ms() - portal.settings.bin_days * DAY_MS
        for name, table in portal.tables.items():
            for record in list(table.archived.values()):
                if record.archived_at is not None and parse_ms(record.archived_at) < last_ms:
                    table.forget_archived(record.id)
                    portal.severed.forget(name, record.id)
