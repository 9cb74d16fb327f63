"""What of the decision log holds now: the newest word about a record counts, whatever rules say.

Decisions follow a record that was merged in its CRM to the record it became.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from store.decisions import Decision
from store.matching import RecordKey
from sync.survivors import survivor_of


class Bond(NamedTuple):
    """Two records that a person put into one account, by the number of the decision."""

    decision: int
    first: RecordKey
    second: RecordKey


@dataclass(frozen=True, slots=True)
class Standing:
    """The decisions that hold. Rules move no record of `bound`: it stands alone, or where its bonds lead."""

    bound: frozenset[RecordKey] = frozenset()
    bonds: tuple[Bond, ...] = ()
    """Newest first."""
    apart: frozenset[frozenset[RecordKey]] = frozenset()
    states: Mapping[int, str] = field(default_factory=dict)
    """What has become of each decision, in words; "holds" where nothing did."""


NOTHING_DECIDED = Standing()


def standing(
    log: Iterable[Decision], living: Collection[RecordKey], survivors: Mapping[RecordKey, str]
) -> Standing:
    """Read the log, oldest first, against the records that live and those that were merged."""
    states: dict[int, str] = {}
    held: list[Decision] = []
    for logged in log:
        decision, states[logged.id] = _followed(logged, survivors)
        held = [kept for old in held if (kept := _overruled(old, decision, states)) is not None]
        held.append(decision)
    held = [decision for decision in held if _is_there(decision, living, states)]
    return Standing(
        bound=frozenset(decision.record for decision in held if decision.verdict in ("split", "join")),
        bonds=tuple(bond for decision in reversed(held) for bond in _bonds(decision, living)),
        apart=frozenset(frozenset((d.record, d.others[0])) for d in held if d.verdict == "apart"),
        states=states,
    )


def _followed(decision: Decision, survivors: Mapping[RecordKey, str]) -> tuple[Decision, str]:
    """A decision about the records that those it names have become, and words on that."""
    named = (decision.record, *decision.others)
    now = [survivor_of(record, survivors) for record in named]
    pairs = zip(named, now, strict=True)
    words = [f"{before[1]} was merged into {after[1]}" for before, after in pairs if before != after]
    others = tuple(dict.fromkeys(other for other in now[1:] if other != now[0]))
    return decision._replace(record=now[0], others=others), "; ".join(words) or "holds"


def _overruled(old: Decision, new: Decision, states: dict[int, str]) -> Decision | None:
    """What a newer decision leaves of an older one: all of it, some of its other records, or nothing."""
    if old.verdict == "split":
        is_over = new.record == old.record and new.verdict in ("split", "join")
        is_over = is_over or (new.verdict == "same" and old.record in (new.record, *new.others))
        left = None if is_over else old
    elif new.record == old.record and {new.verdict, old.verdict} <= {"split", "join"}:
        left = None
    else:
        others = tuple(other for other in old.others if not _parts(new, old, other))
        left = old._replace(others=others) if others or not old.others else None
    if left is None:
        states[old.id] = f"overruled by {new.id}"
    return left


def _parts(new: Decision, old: Decision, other: RecordKey) -> bool:
    """Whether a newer decision contradicts what an older one says of its record and another one."""
    pair, now = {old.record, other}, {new.record, *new.others}
    if old.verdict == "apart":
        return new.verdict in ("same", "join") and new.record in pair and pair <= now
    if new.verdict == "apart":
        return pair == now
    if old.verdict == "join":
        return new.verdict == "split" and new.record == other
    return new.verdict in ("split", "join") and new.record in pair


def _is_there(decision: Decision, living: Collection[RecordKey], states: dict[int, str]) -> bool:
    """Whether a decision still speaks of living records; else its state says what is missing."""
    if decision.record not in living:
        states[decision.id] = f"{decision.record[1]} is gone"
        return False
    if decision.verdict == "split" or any(other in living for other in decision.others):
        return True
    states[decision.id] = f"{decision.others[0][1]} is gone" if decision.others else "both are one record now"
    # A record that was moved away from an account does not fall back to it.
    return decision.verdict == "join" and bool(decision.others)


def _bonds(decision: Decision, living: Collection[RecordKey]) -> Sequence[Bond]:
    """A join leads to the first of its records that is there; one that is left alone leads nowhere."""
    others = [other for other in decision.others if other in living]
    if decision.verdict not in ("same", "join") or not others:
        return ()
    return (Bond(decision.id, decision.record, others[0]),)
