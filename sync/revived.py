"""Accounts and contacts that come back from the recycle bin, and what was linked with them.

Where a CRM takes a record's links away with it and gives them back without marking what is at their other ends, those
records may have been read without the link meanwhile. So they are read again, and landed before the record that came
back: killed in between, the record is still gone in the store, comes back once more, and they are read once more.
"""

import threading

from core.changes import Page
from core.contact_columns import remote_ids
from core.records import Kind, RecordRef
from store.database import Database
from store.gone import are_gone
from store.landed_rows import by_kind
from store.landing import land_again
from sync.connected import Connected

REVIVED = (Kind.ACCOUNT, Kind.CONTACT)
"""Kinds that others are linked with."""


def linked_again(database: Database, connected: Connected, page: Page) -> list[Page]:
    """What is linked with records that this page brings back, as it is now; mostly nothing."""
    found, back = by_kind(page.records), []
    for kind in REVIVED:
        ids = remote_ids(found.get(kind, ()))
        gone = are_gone(database, connected.id, kind, ids)
        # What is older than this window and never landed was in the recycle bin when all was read.
        back += [RecordRef(kind, one) for one in ids if gone.get(one, one in page.older)]
    linked = connected.connector.linked(back) if back else ()
    return list(connected.connector.fetch(linked)) if linked else []


def land_linked(database: Database, connected: Connected, page: Page, writer: threading.Lock) -> int:
    """Store what is linked with records that this page brings back; how many rows really changed."""
    changed = 0
    for again in linked_again(database, connected, page):
        with writer:
            changed += land_again(database, connected.id, again)
    return changed
