"""Writing managed fields onto accounts and contacts, few by collections, many as a bulk job.

What describe shows to be in vain is not sent: fields that are gone or read-only are left out, values that a
restricted picklist lacks or a field cannot hold are refused here, row by row.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.salesforce.batches import LOCKED, NO_FIELD, RowResult, send_rows
from connectors.salesforce.bulk_ingest import write_job
from connectors.salesforce.bulk_job import UNAVAILABLE, BulkFailedError
from connectors.salesforce.client import Call, Client
from connectors.salesforce.ids import canonical_id
from connectors.salesforce.schema import OBJECTS, Schema
from connectors.salesforce.settings import SalesforceSettings
from connectors.salesforce.writable import Writable
from core.changes import FieldWrite, Outcome, WriteResult
from core.errors import ConfigError
from core.records import Kind, RecordRef

BULK_BATCH = 100_000
"""Records of one bulk job: well below 100 MB with the longest reasons."""
BULK_CALLS = 4
"""A job is made, filled and closed, and looked at once at the least."""

Values = Mapping[str, str | None]


def write_fields(
    client: Client, schema: Schema, settings: SalesforceSettings, writes: Sequence[FieldWrite]
) -> list[WriteResult]:
    """Write records of one kind. A record that is named twice gets its last values, once.

    Raises ConfigError where not one of Shortlist's fields can be written.
    """
    if not writes:
        return []
    merged: dict[str, dict[str, str | None]] = {}
    for write in writes:
        merged.setdefault(canonical_id(write.ref.remote_id), {}).update(write.values)
    found = _Writer(client, schema, settings, writes[0].ref.kind).write(merged)
    return [found[canonical_id(write.ref.remote_id)]._replace(ref=write.ref) for write in writes]


def outcome(ref: RecordRef, result: RowResult, harmless: Iterable[str] = ()) -> WriteResult:
    """A row's result in the contract's words; `harmless` codes say that the wanted state is there already."""
    if not result.code or result.code in harmless:
        return WriteResult(ref, Outcome.WRITTEN)
    return WriteResult(ref, Outcome.REJECTED, result.code, result.message)


@dataclass(frozen=True)
class _Writer:
    """Writes one batch of one kind."""

    client: Client
    schema: Schema
    settings: SalesforceSettings
    kind: Kind

    @property
    def table(self) -> str:
        return OBJECTS[self.kind]

    def write(self, wanted: Mapping[str, Values]) -> dict[str, WriteResult]:
        """Results by record id. Where a field turns out to be gone meanwhile, its rows go again without it."""
        found = self._write(wanted)
        again = {one: wanted[one] for one, result in found.items() if result.code in NO_FIELD}
        if again:
            before = self._left_out(wanted)
            self.schema.forget([self.table])
            if self._left_out(wanted) != before:
                found |= self._write(again)
        return found

    def _left_out(self, wanted: Mapping[str, Values]) -> set[str]:
        fields = Writable(self.schema.of(self.table), self.kind)
        return fields.unwritable({name for values in wanted.values() for name in values})

    def _write(self, wanted: Mapping[str, Values]) -> dict[str, WriteResult]:
        fields = Writable(self.schema.of(self.table), self.kind)
        left_out = self._left_out(wanted)
        if left_out:
            self.schema.doubt()
        if left_out and fields.are_closed:
            raise ConfigError(fields.complaint(min(left_out)))
        for name in sorted(left_out):
            self.client.note(
                f"{fields.complaint(name)} It is left out until then, the other fields are written."
            )
        rows: dict[str, dict[str, Any]] = {}
        found: dict[str, WriteResult] = {}
        for record_id, values in wanted.items():
            ref = RecordRef(self.kind, record_id)
            native, fault = fields.native({name: values[name] for name in values if name not in left_out})
            if fault is not None:
                found[record_id] = outcome(ref, fault)
            elif native:
                rows[record_id] = native
            else:
                found[record_id] = WriteResult(ref, Outcome.UNCHANGED)
        for record_id, result in zip(rows, self._send(rows), strict=True):
            found[record_id] = outcome(RecordRef(self.kind, record_id), result)
        return {
            one: found[one]._replace(left_out=tuple(sorted(left_out & wanted[one].keys()))) for one in wanted
        }

    def _send(self, rows: Mapping[str, Mapping[str, Any]]) -> list[RowResult]:
        """Results in the order of the rows. What a job leaves undone, or finds locked, goes by collections."""
        items = list(rows.items())
        results: list[RowResult | None] = [None] * len(items)
        threshold = self.settings.bulk_write_from
        if threshold and len(items) >= threshold:
            results = self._send_job(items)
        rest = [i for i, result in enumerate(results) if result is None or result.code == LOCKED]
        sent = send_rows(self.client, self._operation, [items[i] for i in rest], self._update)
        by_place = dict(zip(rest, sent, strict=True))
        return [by_place.get(i) or result or RowResult() for i, result in enumerate(results)]

    def _send_job(self, items: Sequence[tuple[str, Mapping[str, Any]]]) -> list[RowResult | None]:
        try:
            deadline = self.settings.bulk_deadline_minutes * 60
            return write_job(self.client, self._operation, self.table, items, deadline)
        except (BulkFailedError, *UNAVAILABLE) as failed:
            self.client.note(f"{self.table} is written without the Bulk API. {failed}")
            return [None] * len(items)

    @property
    def _operation(self) -> str:
        return f"write {self.table}"

    def _update(self, call: Call, items: Sequence[tuple[str, Mapping[str, Any]]]) -> Any:
        records = [{"attributes": {"type": self.table}, "id": one, **values} for one, values in items]
        return call.rest("composite/sobjects", "PATCH", json={"allOrNone": False, "records": records})
