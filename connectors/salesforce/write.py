"""Writing managed fields onto accounts and contacts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connectors.salesforce.batches import RowResult, send_rows
from connectors.salesforce.client import Call, Client
from connectors.salesforce.ids import canonical_id
from connectors.salesforce.schema import OBJECTS, ObjectInfo, Schema, managed_name
from core.changes import FieldWrite, Outcome, WriteResult
from core.errors import ConfigError
from core.fields import FieldType, fields_of
from core.records import Kind, RecordRef


def write_fields(client: Client, schema: Schema, writes: Sequence[FieldWrite]) -> list[WriteResult]:
    """Write one batch of one kind. A record that is named twice gets its last values, once.

    Raises ConfigError for a field that is not there or not ours to write.
    """
    if not writes:
        return []
    kind = writes[0].ref.kind
    info = schema.of(OBJECTS[kind])
    _require_writable(info, {name for write in writes for name in write.values})
    merged: dict[str, dict[str, str | None]] = {}
    for write in writes:
        merged.setdefault(canonical_id(write.ref.remote_id), {}).update(write.values)
    rows = [_row(info.name, kind, record_id, values) for record_id, values in merged.items()]
    sent = send_rows(client, f"write {info.name}", rows, _update)
    by_id = dict(zip(merged, sent, strict=True))
    return [outcome(write.ref, by_id[canonical_id(write.ref.remote_id)]) for write in writes]


def outcome(ref: RecordRef, result: RowResult, harmless: Iterable[str] = ()) -> WriteResult:
    """A row's result in the contract's words; `harmless` codes say that the wanted state is there already."""
    if not result.code or result.code in harmless:
        return WriteResult(ref, Outcome.WRITTEN)
    return WriteResult(ref, Outcome.REJECTED, result.code, result.message)


def _update(call: Call, rows: Sequence[Mapping[str, Any]]) -> Any:
    return call.rest("composite/sobjects", "PATCH", json={"allOrNone": False, "records": list(rows)})


def _require_writable(info: ObjectInfo, names: Iterable[str]) -> None:
    for name in sorted(managed_name(one) for one in names):
        if not info.has(name):
            raise ConfigError(f"{info.name}.{name} is not there or hidden: run `shortlist install`.")
        if not info.fields[name].updateable:
            raise ConfigError(
                f"The run-as user cannot edit {info.name}.{name}: run `shortlist install`, which assigns "
                "ABM_Integration to it."
            )


def _row(table: str, kind: Kind, record_id: str, values: Mapping[str, str | None]) -> dict[str, Any]:
    numbers = {field.name for field in fields_of(kind) if field.type is FieldType.NUMBER}
    native = {
        managed_name(name): float(value) if value is not None and name in numbers else value
        for name, value in values.items()
    }
    return {"attributes": {"type": table}, "id": record_id, **native}
