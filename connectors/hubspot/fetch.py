"""Reading named records again, as a hint asks for."""

from collections.abc import Iterator, Sequence

from connectors.hubspot.objects import WRITABLE
from connectors.hubspot.pull import parse_rows
from connectors.hubspot.rows import BATCH, read_by_id, read_one
from connectors.hubspot.source import Source
from core.changes import Page
from core.cursors import Cursor
from core.records import Kind, RecordRef, Tombstone


def fetch(source: Source, refs: Sequence[RecordRef]) -> Iterator[Page]:
    """Pages of at most 100 of these records; the cursors mean nothing."""
    ids = list(dict.fromkeys(ref.remote_id for ref in refs))
    for start in range(0, len(ids), BATCH):
        yield _fetch_batch(source, ids[start : start + BATCH])


def _fetch_batch(source: Source, ids: Sequence[str]) -> Page:
    found = read_by_id(source.client, source.type.name, source.properties, ids)
    rows = {one: raw for one, raw in found.items() if one in ids}
    tombstones = []
    for missing in (one for one in ids if one not in rows):
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
    """The refs of each object type; kinds that cannot be fetched (deals, activities) are left out."""
    return {
        name: found
        for kind, name in WRITABLE.items()
        if (found := [ref for ref in refs if ref.kind is Kind(kind)])
    }
