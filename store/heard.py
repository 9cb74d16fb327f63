"""What a delivery told, as the store keeps it: which records, what happened to them, how often."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import orjson

from core.hints import ChangeHint, HintEvent, weightier
from core.records import Kind

LONGEST_ID = 64
"""Characters of a remote id; no CRM has longer ones."""
NOT_READ, ODD_ID = "about an object that is not read", "unreadable"
"""Reasons to drop a hint."""


class Told(NamedTuple):
    """How often a record was told of, and the last event."""

    event: HintEvent
    times: int


ByRecord = Mapping[tuple[Kind, str], Told]
"""By record (a plain RecordRef)."""
_ONCE = {event: Told(event, 1) for event in HintEvent}


@dataclass(frozen=True, slots=True)
class Heard:
    """What one delivery told, by record, and how many events of it were left out, by reason."""

    connection_id: int
    at_ms: int
    told: ByRecord
    dropped: Mapping[str, int]


def heard(connection_id: int, hints: Sequence[ChangeHint], left_out: Mapping[str, int], at_ms: int) -> Heard:
    """What the inbox keeps of hints: those about records that are read."""
    dropped = Counter(left_out)
    told = _told_once(hints)
    if told is None:
        told = _told(hints, dropped)
    return Heard(connection_id, at_ms, told, dropped)


def _told_once(hints: Sequence[ChangeHint]) -> ByRecord | None:
    """Column by column, where each hint is about another record that is read, as most are; None for others."""
    if not hints:
        return {}
    _, events, _, ids, kinds, _ = zip(*hints, strict=True)
    if None in kinds or max(map(len, ids)) > LONGEST_ID:
        return None
    told = dict(zip(zip(kinds, ids, strict=True), map(_ONCE.__getitem__, events), strict=True))
    return told if len(told) == len(hints) else None


def _told(hints: Iterable[ChangeHint], dropped: Counter[str]) -> ByRecord:
    told: dict[tuple[Kind, str], Told] = {}
    for _, event, _, remote_id, kind, _ in hints:
        if kind is None:
            dropped[NOT_READ] += 1
        elif len(remote_id) > LONGEST_ID:
            dropped[ODD_ID] += 1
        elif (ref := (kind, remote_id)) in told:
            told[ref] = joined(told[ref], _ONCE[event])
        else:
            told[ref] = _ONCE[event]
    return told


def joined(before: Told, later: Told) -> Told:
    """What is kept of a record that was told of before and again later."""
    return Told(weightier(before.event, later.event), before.times + later.times)


class Alike(NamedTuple):
    """Records of one kind of which a delivery told the same."""

    kind: Kind
    told: Told
    remote_ids: list[str]


def to_text(told: ByRecord) -> str:
    """JSON, short where the same is told of many records, as mostly: [[kind, event, times, [id, …]], …]."""
    alike: dict[tuple[Kind, Told], list[str]] = {}
    for (kind, remote_id), one in told.items():
        alike.setdefault((kind, one), []).append(remote_id)
    return orjson.dumps([(kind, *one, ids) for (kind, one), ids in alike.items()]).decode()


def from_text(text: str) -> list[Alike]:
    """What `to_text` was given; no record is in it twice."""
    return [
        Alike(Kind(kind), Told(HintEvent(event), times), ids)
        for kind, event, times, ids in orjson.loads(text)
    ]
