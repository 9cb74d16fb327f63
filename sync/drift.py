"""Drift: a field says something else than we wrote last. What follows is a policy of the field. Pure."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from core.config import DriftPolicy
from core.records import RecordRef
from store.outbox import KnownRecord, Values
from store.written import Own
from sync.echo import edited

MOST_ROUNDS = 3
"""So often another's value is written over, before that field of that record is left to a person."""


class Handling(StrEnum):
    """What becomes of a drifted field."""

    OURS = "ours"
    """The next write of the record puts our value back."""
    KEEP = "keep"
    """Their value stays, by sync.drift; it is reported each time."""
    WAR = "war"
    """Something sets the field back again and again: it is left alone until a person releases it."""


class Drift(NamedTuple):
    """One field of one record that says `found` where we wrote `written`."""

    connection_id: int
    ref: RecordRef
    account_id: int
    field: str
    written: str | None
    found: str | None
    handling: Handling


def drift_of(
    record: KnownRecord, own: Own | None, wanted: Values, policies: Mapping[str, DriftPolicy]
) -> list[Drift]:
    """The drifted fields of a record. A field that says what we want anyway has not drifted.

    `wanted` may leave fields out (the reasons, which cost a ledger).
    """
    if own is None:
        return []
    ref = RecordRef(record.kind, record.remote_id)
    return [
        Drift(
            record.connection_id,
            ref,
            record.account_id,
            name,
            own.fields[name].value,
            record.managed[name],
            _handling(name, own.rounds.get(name, 0), policies),
        )
        for name in edited(own, record.managed, record.modified_at)
        if name not in wanted or record.managed[name] != wanted[name]
    ]


def _handling(field: str, rounds: int, policies: Mapping[str, DriftPolicy]) -> Handling:
    if rounds >= MOST_ROUNDS:
        return Handling.WAR
    return Handling(policies.get(field, policies.get("default", "ours")))


def writable_part(record: KnownRecord, drift: Iterable[Drift]) -> Values:
    """The managed fields of a record without those that are left as they are."""
    left = {one.field for one in drift if one.handling is not Handling.OURS}
    return {name: value for name, value in record.managed.items() if name not in left}


def drift_counts(drift: Iterable[Drift]) -> dict[str, dict[str, int]]:
    """How many records have drifted, by field and by what becomes of it."""
    counts: dict[str, dict[str, int]] = {}
    for one in sorted(drift, key=lambda each: (each.field, each.handling)):
        of_field = counts.setdefault(one.field, {})
        name = str(one.handling)
        of_field[name] = of_field.get(name, 0) + 1
    return counts
