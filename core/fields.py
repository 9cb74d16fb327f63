"""What a managed field is, and how values are compared.

Values travel as canonical text, so that "62" and 62.0, or two spellings of one instant, are never a change.
"""

import math
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from core.clock import parse_instant, wire_instant
from core.records import Kind

TIERS = ("one_to_one", "one_to_few", "one_to_many")
"""Best first; an account outside the list has tier `none`."""
NO_TIER = "none"
STAGES = ("none", "aware", "engaged", "mqa")
"""Stages of engagement, lowest first."""


class FieldType(StrEnum):
    """What a managed field holds, whatever a CRM calls the type."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    PICKLIST = "picklist"
    DATE = "date"
    DATETIME = "datetime"


class Policy(StrEnum):
    """When a changed value is worth a write (DESIGN: quiet by design; docs/architecture.md)."""

    MOVES = "moves"
    """Any difference writes the record."""
    DRIFTS = "drifts"
    """A number that decays: a difference of at least `min_change` writes the record."""
    FOLLOWS = "follows"
    """Written only together with a field of another policy, or by the weekly catch-up."""
    READS = "reads"
    """A person writes it, Shortlist reads it."""


@dataclass(frozen=True, slots=True)
class ManagedField:
    """One field on accounts or contacts; connectors derive their own names from `name`.

    length is in characters; decimals counts digits behind the point of a NUMBER.
    """

    kind: Kind
    name: str
    label: str
    type: FieldType
    policy: Policy
    description: str
    options: tuple[str, ...] = ()
    length: int = 255
    decimals: int = 1


def canonical(field: ManagedField, value: object) -> str | None:
    """The one text that stands for a value, None for empty; raises ValueError where it cannot be one.

    Numbers keep `decimals` digits, instants whole seconds (Salesforce keeps no more), text loses
    surrounding white space and carriage returns, because both CRMs do that to what they store.
    """
    if value is None or value == "":
        return None
    text = str(value)
    match field.type:
        case FieldType.NUMBER:
            return _canonical_number(text, field.decimals)
        case FieldType.DATE:
            return date.fromisoformat(text[:10]).isoformat()
        case FieldType.DATETIME:
            return wire_instant(parse_instant(text).replace(microsecond=0))
        case _:
            return text.replace("\r\n", "\n").replace("\r", "\n").strip() or None


def _canonical_number(text: str, decimals: int) -> str:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"not a number: {text!r}")
    rounded = f"{number:.{decimals}f}"
    return rounded.removeprefix("-") if float(rounded) == 0 else rounded
