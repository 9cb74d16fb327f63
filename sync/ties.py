"""Ties: reasons to think that two CRM records are one account. Some link by themselves, others are questions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from core.domains import DomainRules
from store.matching import AccountRow, RecordKey
from sync.domain_names import Cluster, clusters
from sync.survivors import survivor_of

CROSS_REFERENCE, DOMAIN, NAME = "cross_reference", "domain", "name"
_LONG_ID, _SHORT_ID = 18, 15
"""Salesforce writes one id in two lengths; what copies ids by hand or by formula has the short one."""


class Tie(NamedTuple):
    """Two records, the rule that ties them, how sure it is (0 to 1), whether it links them, and why."""

    first: RecordKey
    second: RecordKey
    rule: str
    confidence: float
    is_automatic: bool
    reasons: tuple[str, ...] = ()


class DomainUse(NamedTuple):
    """Who uses each domain: records of which one (or none, or several that nothing decides between) has it.

    `crowded` are the records whose domain too many names share.
    """

    ties: list[Tie]
    holders: dict[str, tuple[RecordKey, ...]]
    crowded: frozenset[RecordKey]


def domains_of(rows: Iterable[AccountRow], rules: DomainRules) -> dict[RecordKey, str]:
    """The match key of every website that has one."""
    found = ((row.key, rules.of_website(row.website)) for row in rows)
    return {key: domain for key, domain in found if domain}


def domain_use(
    rows: Sequence[AccountRow], domains: Mapping[RecordKey, str], bound: frozenset[RecordKey], crowd: int
) -> DomainUse:
    """Ties by domain. A bound record (sync.decided) has part in its domain only where nobody else has it."""
    use = DomainUse([], {}, frozenset())
    crowded: set[RecordKey] = set()
    with_domain = sorted((domains[row.key], row) for row in rows if row.key in domains)
    for domain, group in groupby(with_domain, key=lambda pair: pair[0]):
        every = [row for _, row in group]
        free = [row for row in every if row.key not in bound]
        found = clusters(free or every, domain, crowd)
        use.holders[domain] = tuple(one.rows[0].key for one in found if one.is_main or not _has_main(found))
        if free:
            use.ties.extend(_cluster_ties(found, domain))
        if len(found) > 1 and found[0].is_crowd:
            crowded.update(row.key for one in found if not one.is_main for row in one.rows)
    return use._replace(crowded=frozenset(crowded))


def _has_main(found: Sequence[Cluster]) -> bool:
    return any(one.is_main for one in found)


def _cluster_ties(found: Sequence[Cluster], domain: str) -> Iterator[Tie]:
    main = next((one for one in found if one.is_main), found[0])
    for one in found:
        first, *others = one.rows
        for row in others:
            yield Tie(first.key, row.key, DOMAIN, one.confidence, is_automatic=True)
        if one is not main and not one.is_crowd:
            names = f"but the names {main.rows[0].name!r} and {first.name!r} have nothing in common"
            reasons = (f"both have the domain {domain}", names)
            yield Tie(main.rows[0].key, first.key, DOMAIN, 0.5, is_automatic=False, reasons=reasons)


def cross_reference_ties(
    rows: Sequence[AccountRow], domains: Mapping[RecordKey, str], survivors: Mapping[RecordKey, str]
) -> list[Tie]:
    """Ties by the ids that a native sync keeps, in whichever of the two CRMs.

    Ids are unique in one CRM only: the twin is in another one, and two candidates are none. Where several
    records of one CRM name the same twin, the one counts that the twin names back, else the only one with its
    domain; the others are questions.
    """
    claims: dict[tuple[RecordKey, int], list[RecordKey]] = {}
    twins = dict(_twins(rows, survivors))
    for claimant, twin in twins.items():
        claims.setdefault((twin, claimant[0]), []).append(claimant)
    ties: list[Tie] = []
    for (twin, _), claimants in sorted(claims.items()):
        chosen = claimants[0] if len(claimants) == 1 else _chosen(twin, claimants, twins, domains)
        ties.extend(_claim(twin, claimant, is_sure=claimant == chosen) for claimant in sorted(claimants))
    return ties


def _twins(
    rows: Sequence[AccountRow], survivors: Mapping[RecordKey, str]
) -> Iterator[tuple[RecordKey, RecordKey]]:
    """(record, the living record that it names), where that is exactly one."""
    if not any(row.twin_id for row in rows):
        return
    by_remote_id: dict[str, list[RecordKey]] = {}
    for row in rows:
        for name in _names(row.remote_id):
            by_remote_id.setdefault(name, []).append(row.key)
    living = {row.key for row in rows}
    for loser in survivors:
        if (end := survivor_of(loser, survivors)) in living and loser not in living:
            for name in _names(loser[1]):
                by_remote_id.setdefault(name, []).append(end)
    for row in rows:
        found = {key for key in by_remote_id.get(row.twin_id or "", ()) if key[0] != row.connection_id}
        if len(found) == 1:
            yield row.key, found.pop()


def _names(remote_id: str) -> Iterator[str]:
    """What another CRM may call a record: its id, or that id without the three letters that repeat its capitals."""
    yield remote_id
    if len(remote_id) == _LONG_ID and remote_id.isalnum():
        yield remote_id[:_SHORT_ID]


def _chosen(
    twin: RecordKey,
    claimants: Sequence[RecordKey],
    twins: Mapping[RecordKey, RecordKey],
    domains: Mapping[RecordKey, str],
) -> RecordKey | None:
    if twins.get(twin) in claimants:
        return twins[twin]
    alike = [claimant for claimant in claimants if twin in domains and domains.get(claimant) == domains[twin]]
    return alike[0] if len(alike) == 1 else None


def _claim(twin: RecordKey, claimant: RecordKey, *, is_sure: bool) -> Tie:
    first, second = sorted((twin, claimant))
    if is_sure:
        return Tie(first, second, CROSS_REFERENCE, 1.0, is_automatic=True)
    reasons = (f"{claimant[1]} names {twin[1]} as its twin", "but so do others of the same CRM")
    return Tie(first, second, CROSS_REFERENCE, 0.6, is_automatic=False, reasons=reasons)
