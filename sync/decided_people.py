"""What people decided about the accounts of contacts and leads: the newest word about each counts. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from core.records import Kind
from store.decisions import Decision
from store.matching import RecordKey
from sync.survivors import survivor_of


@dataclass(frozen=True, slots=True)
class DecidedPeople:
    """By contact the records of the account that it belongs to, the first that is there; none: to no account.

    states: what has become of each decision, in words; "holds" where nothing did.
    """

    homes: Mapping[RecordKey, tuple[RecordKey, ...]] = field(default_factory=dict)
    states: Mapping[int, str] = field(default_factory=dict)


NOBODY_DECIDED = DecidedPeople()


def decided_people(
    log: Iterable[Decision],
    living: Collection[RecordKey],
    survivors: Mapping[RecordKey, str],
    people_survivors: Mapping[RecordKey, str],
) -> DecidedPeople:
    """Read the log, oldest first; `living` are records of accounts, and both kinds follow merges in their CRM."""
    newest: dict[RecordKey, tuple[int, tuple[RecordKey, ...]]] = {}
    states: dict[int, str] = {}
    for one in log:
        if one.kind != Kind.CONTACT:
            continue
        person = survivor_of(one.record, people_survivors)
        if person in newest:
            states[newest.pop(person)[0]] = f"overruled by {one.id}"
        others = tuple(dict.fromkeys(survivor_of(other, survivors) for other in one.others))
        there = tuple(other for other in others if other in living)
        if one.verdict == "join" and not there:
            states[one.id] = f"{one.others[0][1]} is gone"
            continue
        states[one.id] = "holds"
        newest[person] = (one.id, there)
    return DecidedPeople({person: home for person, (_, home) in newest.items()}, states)
