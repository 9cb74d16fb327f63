"""Accounts whose names are alike: questions for a person, never links."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from core.domains import domain_label
from core.names import core_name, likeness, telling_words
from store.matching import AccountRow, RecordKey
from sync.ties import NAME, Tie

_ALIKE = 0.88
_AT_MOST = 30
"""Names that share a word: with more of them the word tells nothing."""
_A_RECORD = 3
"""Questions about one name."""


class _Name(NamedTuple):
    core: str
    row: AccountRow
    group: RecordKey
    domain: str | None


def namesake_ties(
    rows: Iterable[AccountRow], first_of: Mapping[RecordKey, RecordKey], domains: Mapping[RecordKey, str]
) -> list[Tie]:
    """Ties between records of different groups whose names are alike, at most a few for each name."""
    names: dict[tuple[RecordKey, str], _Name] = {}
    for row in rows:
        if core := core_name(row.name):
            group = first_of[row.key]
            names.setdefault((group, core), _Name(core, row, group, domains.get(row.key)))
    found: dict[frozenset[RecordKey], Tie] = {}
    for one, other in _near(list(names.values())):
        pair = frozenset((one.row.key, other.row.key))
        if (
            one.group != other.group
            and pair not in found
            and (alike := likeness(one.core, other.core)) >= _ALIKE
        ):
            found[pair] = _tie(one, other, alike)
    return _few(sorted(found.values(), key=lambda tie: (-tie.confidence, tie)))


def _near(names: Sequence[_Name]) -> Iterator[tuple[_Name, _Name]]:
    """Pairs worth a look: the same letters, or a telling word in common, or the same beginning."""
    same: dict[str, list[_Name]] = {}
    blocks: dict[str, list[_Name]] = {}
    for name in names:
        squashed = name.core.replace(" ", "")
        same.setdefault(squashed, []).append(name)
        for word in {*telling_words(name.core), squashed[:5]}:
            blocks.setdefault(word, []).append(name)
    for block in same.values():
        yield from pairwise(block)
    for block in blocks.values():
        if len(block) <= _AT_MOST:
            yield from combinations(block, 2)


def _tie(one: _Name, other: _Name, alike: float) -> Tie:
    first, second = sorted((one, other), key=lambda name: name.row.key)
    reasons, more = _about_domains(first.domain, second.domain)
    words = f"the names {first.row.name!r} and {second.row.name!r} are alike ({alike:.0%})"
    confidence = round(0.7 * alike + more, 3)
    return Tie(first.row.key, second.row.key, NAME, confidence, is_automatic=False, reasons=(words, *reasons))


def _about_domains(first: str | None, second: str | None) -> tuple[tuple[str, ...], float]:
    if first is None or second is None:
        return (
            ("one of them has no domain of its own",) if first or second else ("neither has a domain",)
        ), 0.05
    if domain_label(first) == domain_label(second):
        return (f"{first} and {second} differ in their ending only",), 0.15
    if Levenshtein.distance(first, second, score_cutoff=2) <= 2:  # noqa: PLR2004 two letters
        return (f"{first} and {second} differ in a letter or two",), 0.1
    return (f"but one has {first} and the other {second}",), -0.1


def _few(ties: Iterable[Tie]) -> list[Tie]:
    """The best ones, so that no record has more than a few."""
    count: dict[RecordKey, int] = {}
    kept = []
    for tie in ties:
        if max(count.get(tie.first, 0), count.get(tie.second, 0)) < _A_RECORD:
            kept.append(tie)
            count[tie.first] = count.get(tie.first, 0) + 1
            count[tie.second] = count.get(tie.second, 0) + 1
    return kept
