"""Records under one domain, sorted by whether their names can be one company."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from core.domains import domain_label
from core.names import contradicts, core_name, fits, is_readable
from store.matching import AccountRow


class Cluster(NamedTuple):
    """Records that link to each other. `is_main`: the domain is theirs; at most one cluster of a domain has it.

    `is_crowd`: more names share the domain than one company has, so only equal names are together.
    """

    rows: tuple[AccountRow, ...]
    is_main: bool
    is_crowd: bool
    confidence: float


_SURE, _NAMELESS = 0.95, 0.85


def clusters(rows: Sequence[AccountRow], domain: str, crowd: int) -> list[Cluster]:
    """The clusters under a domain, the main one first; rows in their order."""
    if len(rows) == 1:
        return [Cluster(tuple(rows), is_main=True, is_crowd=False, confidence=_SURE)]
    by_name: dict[str, list[AccountRow]] = {}
    for row in rows:
        by_name.setdefault(core_name(row.name), []).append(row)
    if len(by_name) == 1:
        confidence = _SURE if all(by_name) else _NAMELESS
        return [Cluster(tuple(rows), is_main=True, is_crowd=False, confidence=confidence)]
    label = domain_label(domain)
    if _is_crowd(by_name, crowd):
        return _crowd(by_name, label)
    return _by_contradiction(by_name, label)


def _is_crowd(by_name: dict[str, list[AccountRow]], crowd: int) -> bool:
    if len(by_name) <= crowd:
        return False
    uses = [connection for rows in by_name.values() for connection in {row.connection_id for row in rows}]
    return max(map(uses.count, set(uses))) > crowd


def _crowd(by_name: dict[str, list[AccountRow]], label: str) -> list[Cluster]:
    """Every name for itself; the domain is that of the name that is it exactly."""
    main = next((name for name in sorted(by_name) if name.replace(" ", "") == label.replace("-", "")), None)
    named = [
        Cluster(tuple(rows), is_main=name == main, is_crowd=True, confidence=_SURE)
        for name, rows in by_name.items()
        if name
    ]
    nameless = [
        Cluster((row,), is_main=False, is_crowd=True, confidence=_SURE) for row in by_name.get("", ())
    ]
    return _in_order(named + nameless)


def _by_contradiction(by_name: dict[str, list[AccountRow]], label: str) -> list[Cluster]:
    readable = sorted(filter(is_readable, by_name))
    groups = _groups(readable, label) if readable else [set(by_name)]
    fitting = [group for group in groups if any(fits(name, label) for name in group)]
    main = fitting[0] if fitting else _largest(groups, by_name)
    nameless = [row for name, rows in by_name.items() if not is_readable(name) for row in rows]
    found = []
    for group in groups:
        own = [row for name in group for row in by_name[name]]
        extra = [row for row in nameless if row not in own] if group is main else []
        found.append(
            Cluster(
                tuple(sorted(own + extra)),
                is_main=group is main,
                is_crowd=False,
                confidence=_NAMELESS if extra else _SURE,
            )
        )
    if main is None:
        found += [Cluster((row,), is_main=False, is_crowd=False, confidence=_SURE) for row in nameless]
    return _in_order(found)


def _groups(names: Sequence[str], label: str) -> list[set[str]]:
    """Names that do not contradict each other, directly or through a third one."""
    groups: list[set[str]] = []
    for name in names:
        joined = [group for group in groups if not all(contradicts(name, other, label) for other in group)]
        groups = [group for group in groups if group not in joined]
        groups.append({name}.union(*joined))
    return groups


def _largest(groups: Sequence[set[str]], by_name: dict[str, list[AccountRow]]) -> set[str] | None:
    """The group with the most records, None where two have as many."""
    sizes = [sum(len(by_name[name]) for name in group) for group in groups]
    most = max(sizes)
    return groups[sizes.index(most)] if sizes.count(most) == 1 else None


def _in_order(found: Iterable[Cluster]) -> list[Cluster]:
    return sorted(found, key=lambda one: (not one.is_main, one.rows[0].key))
