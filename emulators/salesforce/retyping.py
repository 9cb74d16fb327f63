"""Values of a custom field whose type or length an administrator has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.salesforce.fields import NUMBER_TYPES, STRING_TYPES, Field

if TYPE_CHECKING:
    from emulators.salesforce.store import Table


def retype(table: Table, old: Field, new: Field) -> None:
    """Give the stored values the new type; the ones that do not fit are lost, texts are cut to their length."""
    # Assumption: documented as "you may lose data"; which values survive is not documented in full.
    if (old.type, old.length) == (new.type, new.length):
        return
    changed = []
    for row in table.rows.values():
        if old.name in row:
            kept = {key: value for key, value in row.items() if key != old.name}
            value = _converted(new, row[old.name])
            changed.append(kept if value is None else {**kept, new.name: value})
    table.put_many(changed)


def _converted(field: Field, value: Any) -> Any:
    if field.type in STRING_TYPES:
        return _text(value)[: field.length]
    if field.type in NUMBER_TYPES:
        return _number(value)
    return value if field.type == "boolean" and isinstance(value, bool) else None


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None
