"""What administrators add to an organisation that can refuse, change or follow a write.

Validation rules, duplicate rules, automations (flows and triggers) and locks, in the order in which Salesforce
runs them: locks, automations that set fields before the save, validation rules, duplicate rules, the save, and
automations that touch the record again later.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from emulators.salesforce.rule_kinds import Automation, DuplicateRule, Lock, ValidationRule
from emulators.salesforce.rule_texts import broken_rule, duplicates_detected, row_locked

if TYPE_CHECKING:
    from emulators.salesforce.fields import ObjectType
    from emulators.salesforce.org import Org
    from emulators.salesforce.store import Record


@dataclass
class Rules:
    """The rules of one organisation; `allow_duplicates` is what the current request's header asks for."""

    validations: list[ValidationRule] = field(default_factory=list)
    duplicates: list[DuplicateRule] = field(default_factory=list)
    automations: list[Automation] = field(default_factory=list)
    locks: list[Lock] = field(default_factory=list)
    allow_duplicates: bool = False
    waiting: list[Waiting] = field(default_factory=list)

    def before_save(self, org: Org, item: ObjectType, record: Record, old: Record | None) -> None:
        """Change `record` as automations say; raise SalesforceError when a rule refuses it."""
        if self.locks:
            self.check_locks(org, item, record, old)
        for automation in self.automations:
            if automation.delay_seconds is None and automation.applies(org, item, record, old):
                automation.used += 1
                _set(record, automation.values)
        for rule in self.validations:
            if rule.is_broken(org, item, record, old):
                raise broken_rule(rule)
        for duplicate_rule in self.duplicates:
            twins = duplicate_rule.twins(org, item, record, old)
            if twins and not (self.allow_duplicates and duplicate_rule.allow_save):
                raise duplicates_detected(duplicate_rule, twins)

    def after_save(self, org: Org, item: ObjectType, record: Record, old: Record | None) -> None:
        """Note the automations that will come back to the record."""
        for automation in self.automations:
            delay = automation.delay_seconds
            if delay is not None and automation.applies(org, item, record, old):
                automation.used += 1
                due = org.clock.now() + timedelta(seconds=delay)
                saved = record["SystemModstamp"]
                self.waiting.append(Waiting(due, item.name, record["Id"], saved, automation))

    def check_locks(self, org: Org, item: ObjectType, record: Record, old: Record | None) -> None:
        """Raise UNABLE_TO_LOCK_ROW while somebody holds the record or one of its parents."""
        touched = {record["Id"]}
        for row in (record, old or {}):
            touched |= {row[f.name] for f in item.fields.values() if f.type == "reference" and f.name in row}
        for lock in self.locks:
            held = lock.held(touched, org.clock.now())
            if held is not None:
                raise row_locked(held, lock.status)

    def settle(self, org: Org) -> None:
        """Run the automations whose time has come."""
        if not self.waiting:
            return
        now = org.clock.now()
        due = [one for one in self.waiting if one.due <= now]
        self.waiting = [one for one in self.waiting if one.due > now]
        for one in due:
            one.run(org)


@dataclass(frozen=True)
class Waiting:
    """An automation that comes back to a record at a given time."""

    due: datetime
    object_name: str
    record_id: str
    saved: str
    automation: Automation

    def run(self, org: Org) -> None:
        """Touch the record as a change at the time that was due, if it and the save are still there."""
        record = org.store.live(self.object_name, self.record_id)
        if record is not None and record["SystemModstamp"] >= self.saved:
            org.touch(self.object_name, record, self.automation.values, self.due)


def _set(record: Record, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if value is None:
            record.pop(name, None)
        else:
            record[name] = value
