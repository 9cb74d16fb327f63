"""Sorting the rows of an answer: records, tombstones, and what could not be read."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from connectors.salesforce.client import Client
from connectors.salesforce.errors import HIDDEN, Refusal
from connectors.salesforce.ids import canonical_id, is_id
from connectors.salesforce.mapping import contacts_reader, optional_id
from connectors.salesforce.objects import ACCOUNT, CONTACT, SOURCES, Reader, Source, columns, reader
from connectors.salesforce.schema import ObjectInfo, Schema
from connectors.salesforce.settings import SalesforceSettings
from connectors.salesforce.soql import select, with_ids
from connectors.salesforce.table import Row, optional_column
from core.changes import Page, Skipped
from core.cursors import Cursor
from core.errors import ConfigError
from core.records import Record, RecordRef, Tombstone

_UNREADABLE = (KeyError, TypeError, ValueError)
"""What a reader raises for a row that it cannot read."""
FETCH_BATCH = 200
"""Ids in one query: its address stays below the 16 kB that a GET may have."""


_SAMPLE = 20


@dataclass
class SortedRows:
    """What an answer's rows became."""

    records: Sequence[Record] = field(default_factory=list)
    tombstones: list[Tombstone] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def sort_rows(
    rows: Sequence[Row], source: Source, info: ObjectInfo, settings: SalesforceSettings
) -> SortedRows:
    """Read each row; one that cannot be read is skipped with the reason, never the page."""
    read = reader(source, info, settings)
    found, living = SortedRows(), list[Row]()
    if source is CONTACT and not any(optional_column(rows, "IsDeleted")):
        with suppress(*_UNREADABLE):  # then one of them at least cannot be read: each by itself
            return SortedRows(contacts_reader(info, settings)(rows))
    for row in rows:
        if row.get("IsDeleted") or (source.only_if and row.get(source.only_if) is False):
            found.tombstones.append(_tombstone(source, row))
        else:
            living.append(row)
    try:
        found.records = list(map(read, living))
    except _UNREADABLE:
        _read_each(read, source, living, found)
    return found


def _tombstone(source: Source, row: Mapping[str, Any]) -> Tombstone:
    survivor = optional_id(row.get("MasterRecordId"))
    heir = source.stream.remote_id(survivor) if survivor else None
    return Tombstone(ref_of(source, row["Id"]), heir)


def _read_each(read: Reader, source: Source, rows: Sequence[Mapping[str, Any]], found: SortedRows) -> None:
    """Rows of which one at least cannot be read."""
    readable = list[Record]()
    for row in rows:
        try:
            readable.append(read(row))
        except _UNREADABLE as error:
            reason = f"{type(error).__name__}: {error}"[:300]
            found.skipped.append(Skipped(ref_of(source, row["Id"]), reason))
    found.records = readable


def fetch(
    client: Client, schema: Schema, settings: SalesforceSettings, refs: Sequence[RecordRef]
) -> Iterator[Page]:
    """Read records by id; what is deleted, merged, unknown or none of our business is a tombstone."""
    for source in SOURCES:
        ids = list(dict.fromkeys(_ids_of(source, refs)))
        if ids and source.is_absent(schema.of(source.stream.name)):
            continue
        for start in range(0, len(ids), FETCH_BATCH):
            yield _fetch_batch(client, schema, settings, source, ids[start : start + FETCH_BATCH])


def _ids_of(source: Source, refs: Sequence[RecordRef]) -> Iterator[str]:
    """Salesforce's own ids of those that belong to a source."""
    for ref in refs:
        object_name, _, record_id = ref.remote_id.rpartition(":")
        if ref.kind is source.kind and (f"{object_name}:" if object_name else "") == source.stream.prefix:
            yield canonical_id(record_id)


def _fetch_batch(
    client: Client, schema: Schema, settings: SalesforceSettings, source: Source, ids: Sequence[str]
) -> Page:
    askable = [one for one in ids if is_id(one)]  # one that is no id would make the whole query fail
    try:
        rows = _rows_by_id(client, schema, settings, source, askable)
    except Refusal as refusal:
        if refusal.code not in HIDDEN:
            raise
        rows = _without_lost_fields(client, schema, settings, source, askable)
    found = sort_rows(rows, source, schema.of(source.stream.name), settings)
    there = {canonical_id(row["Id"]) for row in rows}
    found.tombstones += [Tombstone(ref_of(source, one)) for one in ids if one not in there]
    return Page(found.records, Cursor(), found.tombstones, found.skipped)


def _rows_by_id(
    client: Client, schema: Schema, settings: SalesforceSettings, source: Source, ids: Sequence[str]
) -> list[dict[str, Any]]:
    if not ids:
        return []
    name = source.stream.name
    soql = with_ids(columns(source, schema.of(name), settings), name, ids, source.condition)
    return client.call(f"fetch {name}").query_rows(soql, with_deleted=True)


def _without_lost_fields(
    client: Client, schema: Schema, settings: SalesforceSettings, source: Source, ids: Sequence[str]
) -> list[dict[str, Any]]:
    """The rows with what is there by now; a field is gone or hidden since the object was described.

    Raises AuthError where that is the object itself, ConfigError where Salesforce still refuses a field: asking for
    fewer records would not help.
    """
    schema.forget([source.stream.name])
    try:
        return _rows_by_id(client, schema, settings, source, ids)
    except Refusal as refusal:
        message = f"{source.stream.name} cannot be read: {refusal.reason} Run `shortlist check`."
        raise ConfigError(message) from refusal


def sample(client: Client, schema: Schema, settings: SalesforceSettings) -> Page:
    """A few accounts, those that were edited last."""
    info = schema.of(ACCOUNT.stream.name)
    soql = select(columns(ACCOUNT, info, settings), info.name, (), order="SystemModstamp DESC", limit=_SAMPLE)
    found = sort_rows(client.call("provision").query_rows(soql), ACCOUNT, info, settings)
    return Page(found.records, Cursor(), found.tombstones, found.skipped)


def ref_of(source: Source, record_id: str) -> RecordRef:
    """What points at a row: where several objects are of one kind, its id carries its object's name."""
    return RecordRef(source.kind, source.stream.remote_id(canonical_id(record_id)))
