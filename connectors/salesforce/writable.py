"""What describe says about fields we are to write: which can be written, and which values they take."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.salesforce.batches import RowResult
from connectors.salesforce.schema import FieldInfo, ObjectInfo, managed_name
from core.fields import FieldType, Policy
from core.managed_fields import fields_of
from core.records import Kind

_NUMBERS = ("double", "int", "currency", "percent")


@dataclass(frozen=True)
class Writable:
    """The managed fields of one kind, as an object's description shows them."""

    info: ObjectInfo
    kind: Kind

    def unwritable(self, names: Iterable[str]) -> set[str]:
        """Which of the fields are not there, hidden or read-only."""
        return {
            name
            for name in names
            if self._field(name) is None or not self.info.fields[managed_name(name)].updateable
        }

    @property
    def are_closed(self) -> bool:
        """Whether not one of the fields that are ours to write can be written."""
        ours = {field.name for field in fields_of(self.kind) if field.policy is not Policy.READS}
        return self.unwritable(ours) == ours

    def complaint(self, name: str) -> str:
        """Why a field cannot be written, and what to do."""
        full = f"{self.info.name}.{managed_name(name)}"
        if self._field(name) is None:
            return f"{full} is not there or hidden: run `shortlist install`."
        return f"The run-as user cannot edit {full}: run `shortlist install`, which assigns ABM_Integration to it."

    def native(self, values: Mapping[str, str | None]) -> tuple[dict[str, Any], RowResult | None]:
        """Values as Salesforce's types, or why the row cannot be written as it is; nothing is ever cut."""
        numbers = {field.name for field in fields_of(self.kind) if field.type is FieldType.NUMBER}
        native: dict[str, Any] = {}
        for name, value in values.items():
            field = self.info.fields[managed_name(name)]
            fault = _fault(field, value)
            if fault is not None:
                return {}, fault
            is_number = name in numbers and field.type in _NUMBERS
            native[field.name] = float(value) if value is not None and is_number else value
        return native, None

    def _field(self, name: str) -> FieldInfo | None:
        return self.info.fields.get(managed_name(name))


def _fault(field: FieldInfo, value: str | None) -> RowResult | None:
    """The refusal that Salesforce would give, as far as describe lets us know it."""
    if value is None:
        return None
    if field.values is not None and value not in field.values:
        words = f"{field.name}: bad value for restricted picklist field: {value}"
        return RowResult("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", words)
    if field.length and field.type in ("string", "textarea", "picklist") and len(value) > field.length:
        words = f"{field.name}: data value too large: {value[:40]}… (max length={field.length})"
        return RowResult("STRING_TOO_LONG", words)
    return None
