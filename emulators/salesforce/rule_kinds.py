"""The kinds of rules, as the control route `rules` takes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from emulators.salesforce.soql_filter import compile_condition
from emulators.salesforce.soql_joins import ids_of
from emulators.salesforce.soql_parser import parse
from emulators.salesforce.soql_prepare import prepare
from emulators.salesforce.soql_resolve import Resolver

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulators.salesforce.fields import ObjectType
    from emulators.salesforce.org import Org
    from emulators.salesforce.store import Record


@dataclass(frozen=True)
class ValidationRule:
    """Refuses a record for which `condition` (as in WHERE) is true, on a change of `changed` if that is given.

    `code` stands for other things that refuse a write, such as an exception in a trigger
    (CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY) or a flow (CANNOT_EXECUTE_FLOW_TRIGGER).
    """

    object: str
    condition: str
    message: str
    field: str | None = None
    changed: str | None = None
    code: str = "FIELD_CUSTOM_VALIDATION_EXCEPTION"

    def is_broken(self, org: Org, item: ObjectType, record: Record, old: Record | None) -> bool:
        """Whether the rule refuses the record."""
        if item.name != self.object or (self.changed and not _differs(record, old, self.changed)):
            return False
        return holds(org, item, self.condition, record)


@dataclass(frozen=True)
class DuplicateRule:
    """Finds records of the same object that have the same values in all of the `match` fields."""

    object: str
    match: list[str]
    name: str = "Standard_Duplicate_Rule"
    match_rule: str = "Standard_Match_Rule_v1_0"
    message: str = "You're creating a duplicate record. We recommend you use an existing record instead."
    allow_save: bool = True
    engine: str = "ExactMatchEngine"
    on: list[str] = field(default_factory=lambda: ["create", "update"])

    def twins(self, org: Org, item: ObjectType, record: Record, old: Record | None) -> list[Record]:
        """The live records that the rule takes for the same as this one."""
        if item.name != self.object or ("create" if old is None else "update") not in self.on:
            return []
        values = [record.get(name) for name in self.match]
        if None in values or (old is not None and values == [old.get(name) for name in self.match]):
            return []
        found = org.store.tables[item.name].lookup(self.match[0], [values[0]])
        return [row for row in found if row["Id"] != record["Id"] and self._is_twin(row, values)]

    def _is_twin(self, row: Record, values: list[Any]) -> bool:
        same = all(
            _folded(row.get(name)) == _folded(value) for name, value in zip(self.match, values, strict=True)
        )
        return same and not row.get("IsDeleted")


@dataclass
class Automation:
    """Sets `set` on records that are created or updated and meet `when` (as in WHERE).

    Without `delay_seconds` it is part of the save; with it, the record is touched once more so much later, even
    when there is nothing to set. `times` is how often it works; None: for ever.
    """

    object: str
    set: dict[str, Any] = field(default_factory=dict)
    on: list[str] = field(default_factory=lambda: ["create", "update"])
    when: str | None = None
    delay_seconds: float | None = None
    times: int | None = None
    used: int = 0

    @property
    def values(self) -> dict[str, Any]:
        """What it sets; null empties a field."""
        return self.set

    def applies(self, org: Org, item: ObjectType, record: Record, old: Record | None) -> bool:
        """Whether it has to do with this save."""
        if item.name != self.object or ("create" if old is None else "update") not in self.on:
            return False
        if self.times is not None and self.used >= self.times:
            return False
        return self.when is None or holds(org, item, self.when, record)


@dataclass
class Lock:
    """Somebody else's transaction holds `ids`: until a time of the organisation's clock, or for so many tries."""

    ids: list[str]
    until: datetime | None = None
    attempts: int | None = None
    status: int = 400

    def held(self, touched: set[str], now: datetime) -> str | None:
        """The locked one of the touched ids, None when all are free. Counts a try."""
        if self.until is not None and now >= self.until:
            return None
        if self.attempts is not None and self.attempts <= 0:
            return None
        found = next((record_id for record_id in self.ids if record_id in touched), None)
        if found is not None and self.attempts is not None:
            self.attempts -= 1
        return found


def holds(org: Org, item: ObjectType, condition: str, record: Record) -> bool:
    """Whether a record meets a condition in the words of WHERE."""
    return _compiled(org, item, condition)(record)


def check_condition(org: Org, object_name: str, condition: str) -> None:
    """Raise SalesforceError or KeyError for a condition that can never be worked out."""
    _compiled(org, org.schema.objects[object_name], condition)


def _compiled(org: Org, item: ObjectType, condition: str) -> Callable[[Record], bool]:
    """Rules see all fields, whatever the user may see."""
    query = parse(f"SELECT Id FROM {item.name} WHERE {condition}")  # noqa: S608 - no database behind it
    resolver = Resolver(org, org.integration_user_id, query.text, sees_all=True)
    where = prepare(resolver, item, query, ids_of).where
    if where is None:
        raise ValueError("a rule needs a condition")
    return compile_condition(resolver, item, where)


def _differs(record: Record, old: Record | None, name: str) -> bool:
    return old is None or record.get(name) != old.get(name)


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value
