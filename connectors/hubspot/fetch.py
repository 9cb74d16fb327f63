"""Reading named records again, as a hint asks for, and what is linked with restored ones."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from connectors.hubspot.client import Client
from connectors.hubspot.links import read_links
from connectors.hubspot.objects import OBJECT_TYPES, WRITABLE
from connectors.hubspot.pull import parse_rows
from connectors.hubspot.raw import CONTACTS, DEALS
from connectors.hubspot.rows import BATCH, read_by_id, read_one
from connectors.hubspot.source import Source
from core.changes import Page
from core.cursors import Cursor
from core.records import Kind, RecordRef, Tombstone

_NAMES: Mapping[Kind, str] = {
    one.kind: one.name for one in OBJECT_TYPES.values() if one.kind is not Kind.ACTIVITY
}


def fetch(source: Source, refs: Sequence[RecordRef]) -> Iterator[Page]:
    """Pages of at most 100 of these records; the cursors mean nothing."""
    # Ids of activities carry the name of their object.
    ids = list(dict.fromkeys(ref.remote_id.rpartition(":")[2] for ref in refs))
    for start in range(0, len(ids), BATCH):
        yield _fetch_batch(source, ids[start : start + BATCH])


def _fetch_batch(source: Source, ids: Sequence[str]) -> Page:
    found = read_by_id(source.client, source.type.name, source.properties, ids)
    rows = {one: raw for one, raw in found.items() if one in ids}
    missing_ids = [one for one in ids if one not in rows]
    if source.type.kind is Kind.ACTIVITY:  # these are never merged
        graves = [Tombstone(RecordRef(Kind.ACTIVITY, f"{source.type.name}:{one}")) for one in missing_ids]
        records, skipped = parse_rows(source, list(rows.values()))
        return Page(records, Cursor(), graves, skipped)
    tombstones = []
    for missing in missing_ids:
        # An old id of a merged record gives the survivor when it is read alone.
        survivor = read_one(source.client, source.type.name, source.properties, missing)
        if survivor is not None and str(survivor["id"]) == missing:
            rows[missing] = survivor
            continue
        ref = RecordRef(source.type.kind, missing)
        tombstones.append(Tombstone(ref, survivor_id=str(survivor["id"]) if survivor else None))
        if survivor:
            rows[str(survivor["id"])] = survivor
    records, skipped = parse_rows(source, list(rows.values()))
    return Page(records, Cursor(), tombstones, skipped)


def by_type(refs: Sequence[RecordRef]) -> dict[str, list[RecordRef]]:
    """The refs of each object type, in the order in which types are read; others are left out."""
    found: dict[str, list[RecordRef]] = {name: [] for name in OBJECT_TYPES}
    for ref in refs:
        name = _NAMES.get(ref.kind) or ref.remote_id.partition(":")[0]
        if name in found:
            found[name].append(ref)
    return {name: wanted for name, wanted in found.items() if wanted}


def linked(client: Client, refs: Sequence[RecordRef]) -> list[RecordRef]:
    """What is read with links to these companies and contacts, by one call for 1,000 of them and linked type."""
    found: dict[RecordRef, None] = {}
    for kind, name in WRITABLE.items():
        ids = [ref.remote_id for ref in refs if ref.kind is kind]
        for one in OBJECT_TYPES.values() if ids else ():
            # The roles of contacts come with their deals.
            if name in one.linked or (name, one.name) == (CONTACTS, DEALS):
                to_ids = chain.from_iterable(read_links(client, name, one.name, ids).values())
                found |= dict.fromkeys(RecordRef(one.kind, one.stream.remote_id(to_id)) for to_id in to_ids)
    return list(found)
