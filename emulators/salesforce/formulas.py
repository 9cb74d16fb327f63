"""Calculated fields: worked out whenever they are read, so that they change without a stamp of their record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulators.salesforce.fields import Field, Formula
    from emulators.salesforce.schema import Schema
    from emulators.salesforce.store import Record, Store


def computed(schema: Schema, store: Store, field: Field) -> Callable[[Record], Any]:
    """How to work out a calculated field of a record; null where a step of its path leads nowhere."""
    formula = field.formula
    if formula is None:
        raise ValueError(f"{field.name} is not calculated")
    if formula.function:
        return lambda record: _rolled_up(store, formula, record)
    return lambda record: _at_path(schema, store, record, formula.path)


def _at_path(schema: Schema, store: Store, record: Record, path: str) -> Any:
    current: Record | None = record
    *steps, last = path.split(".")
    for step in steps:
        parent_id = current.get(_reference(step)) if current else None
        owner = schema.of_id(parent_id) if parent_id else None
        current = store.get(owner.name, parent_id) if owner and parent_id else None
    return current.get(last) if current else None


def _reference(relationship: str) -> str:
    """The field behind a relationship of a standard object, or of a custom lookup."""
    return f"{relationship[:-1]}c" if relationship.endswith("__r") else f"{relationship}Id"


def _rolled_up(store: Store, formula: Formula, record: Record) -> Any:
    children = store.tables[formula.child].lookup(formula.child_field, [record["Id"]])
    live = [row for row in children if not row.get("IsDeleted")]
    if formula.function == "COUNT":
        return len(live)
    values = [row[formula.path] for row in live if formula.path in row]
    if formula.function == "SUM":
        return float(sum(values))
    return {"MIN": min, "MAX": max}[formula.function](values, default=None)
