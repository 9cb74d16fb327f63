"""Who belongs on a target list (docs/scoring.md section 7): every condition that the list names must hold."""

from collections.abc import Mapping
from dataclasses import dataclass

from scoring.spec import FieldTest, TargetList
from scoring.values import Value, fold, kinds_of, matches, read

OWNER_EMAIL = "custom.owner_email"
"""The mapped field in which a CRM record carries its owner's e-mail address."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the lists ask about one account; `owners` holds the owner of each of its CRM records, folded."""

    tier: str
    stage: str
    priority: float
    fields: Mapping[str, Value]
    owners: frozenset[str]


def belongs(target: TargetList, standing: Standing) -> bool:
    """Whether an account belongs on the list. The cheap conditions come first."""
    return (
        (not target.tiers or standing.tier in target.tiers)
        and (not target.stage or standing.stage in target.stage)
        and (target.min_priority is None or standing.priority >= target.min_priority)
        and (not target.owner or any(fold(owner) in standing.owners for owner in target.owner))
        and all(holds(test, standing.fields) for test in target.segment)
    )


def holds(test: FieldTest, fields: Mapping[str, Value]) -> bool:
    """Whether a field is known and meets the condition."""
    value = read(kinds_of(test)[0], fields.get(test.field))
    return value is not None and matches(test, value)
