"""Records to groups: decisions first, then the ties that link by themselves, never against a decision."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from store.matching import RecordKey
from sync.decided import Standing
from sync.ties import Tie


class Grouping(NamedTuple):
    """Groups by their first record; the tie that brought a record where it is; bonds that could not be kept."""

    members: Mapping[RecordKey, tuple[RecordKey, ...]]
    first_of: Mapping[RecordKey, RecordKey]
    used: Mapping[RecordKey, Tie]
    broken: frozenset[int]


class _Sets:
    """Disjoint sets of records, some pairs of which must stay in different ones."""

    def __init__(self, keys: Iterable[RecordKey], apart: Iterable[frozenset[RecordKey]]) -> None:
        self.set_of: dict[RecordKey, list[RecordKey]] = {key: [key] for key in keys}
        self.enemies: dict[RecordKey, set[RecordKey]] = {}
        for pair in apart:
            for one in pair:
                self.enemies.setdefault(one, set()).update(pair - {one})

    def join(self, first: RecordKey, second: RecordKey) -> bool:
        """Whether the two are in one set now."""
        one, other = self.set_of[first], self.set_of[second]
        if one is other:
            return True
        if self.enemies and any(self.enemies.get(key, set()).intersection(other) for key in one):
            return False
        large, small = (one, other) if len(one) >= len(other) else (other, one)
        large.extend(small)
        self.set_of.update(dict.fromkeys(small, large))
        return True


def group_records(keys: Iterable[RecordKey], ties: Iterable[Tie], standing: Standing) -> Grouping:
    """Groups of records; `ties` in the order in which they count."""
    sets, used = _Sets(keys, standing.apart), dict[RecordKey, Tie]()
    broken = [bond.decision for bond in standing.bonds if not sets.join(bond.first, bond.second)]
    for tie in ties:
        if not tie.is_automatic or tie.first in standing.bound or tie.second in standing.bound:
            continue
        if sets.join(tie.first, tie.second):
            used.setdefault(tie.first, tie)
            used.setdefault(tie.second, tie)
    members = {
        min(group): tuple(sorted(group)) for group in {id(s): s for s in sets.set_of.values()}.values()
    }
    first_of = {key: first for first, group in members.items() for key in group}
    return Grouping(members, first_of, used, frozenset(broken))
