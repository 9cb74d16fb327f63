"""Reading records again by their ids, before something rests on what they say."""

from collections.abc import Iterable

from core.records import Account, Contact, Kind, RecordRef
from store.database import Database
from store.landing import land_again
from store.outbox import Values
from sync.connected import Connected
from sync.progress import Progress
from sync.revived import linked_again


def reread(
    database: Database, connected: Connected, refs: Iterable[RecordRef], progress: Progress
) -> dict[RecordRef, Values]:
    """Read accounts and contacts as they are now, and land them; gives their managed fields.

    Records that are gone are missing in what it gives.
    """
    listed = list(refs)
    found: dict[RecordRef, Values] = {}
    for kind in (Kind.ACCOUNT, Kind.CONTACT):
        of_kind = [ref for ref in listed if ref.kind is kind]
        for page in connected.connector.fetch(of_kind) if of_kind else ():
            for one in (*linked_again(database, connected, page), page):
                land_again(database, connected.id, one)
            read = [record for record in page.records if isinstance(record, Account | Contact)]
            found |= {RecordRef(kind, record.remote_id): record.managed for record in read}
            progress.advance(f"{connected.name}: read {kind}s again", len(read), len(of_kind))
    return found
