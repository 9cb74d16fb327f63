"""CRM records to accounts, contacts to people and accounts.

Decisions of a person come first. Then the rules: the CRM's own cross-reference id (a native sync keeps it), then
the registrable domain of the website, unless the names under it have nothing in common. A record without either
is an account of its own; likeness of names only asks. A contact belongs to the account its CRM names, else to
the account of its e-mail domain; free-mail, disposable and shared domains never match.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from core.domains import DomainRules
from core.match_settings import MatchSettings
from store.decisions import Case
from store.matching import AccountRow, ContactRow, RecordKey
from sync.decided import NOTHING_DECIDED, Standing
from sync.grouping import Grouping, group_records
from sync.namesakes import namesake_ties
from sync.survivors import survivor_of
from sync.ties import DOMAIN, DomainUse, Tie, cross_reference_ties, domain_use, domains_of

DECISION, CROWDED, ALONE = "decision", "crowded_domain", "none"


class AccountMatch(NamedTuple):
    """To which account key a CRM record belongs, by which rule; confidence 0 to 1; other keys it might have."""

    account_key: str
    rule: str
    confidence: float
    rivals: tuple[str, ...] = ()


class ContactMatch(NamedTuple):
    """Who a contact is and to which account key the person belongs (None: to none we know)."""

    person_key: str
    account_key: str | None
    rule: str
    confidence: float = 1.0
    rivals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountMatches:
    """A match for every living record.

    holders: by domain, the account keys of those who have it; several where nothing decides between them.
    """

    records: Mapping[RecordKey, AccountMatch]
    holders: Mapping[str, tuple[str, ...]]
    cases: Sequence[Case] = ()
    broken: frozenset[int] = frozenset()
    """Decisions that newer ones leave no room for."""


@dataclass(frozen=True, slots=True)
class Merged:
    """Records that were merged in their CRM: what they became, and the websites they had."""

    survivors: Mapping[RecordKey, str] = field(default_factory=dict)
    websites: Mapping[RecordKey, str | None] = field(default_factory=dict)


NOTHING_MERGED = Merged()
NO_HOMES: Mapping[RecordKey, Sequence[RecordKey]] = {}
DEFAULT_SETTINGS = MatchSettings()


def match_accounts(
    rows: Iterable[AccountRow],
    merged: Merged = NOTHING_MERGED,
    standing: Standing = NOTHING_DECIDED,
    settings: MatchSettings = DEFAULT_SETTINGS,
    *,
    asks: bool = True,
) -> AccountMatches:
    """A match for every record; deterministic, whatever the order of the rows. Cases only if it `asks`."""
    ordered = sorted(rows)
    domains = domains_of(ordered, settings.domains)
    twins = cross_reference_ties(ordered, domains, merged.survivors)
    strays = _strays(twins, domains, standing) if twins else frozenset[RecordKey]()
    use = domain_use(ordered, domains, standing.bound | strays, settings.crowd)
    ties = [*twins, *use.ties, *_questions(strays, domains, use)]
    groups = group_records((row.key for row in ordered), ties, standing)
    holding = {
        domain: tuple(dict.fromkeys(groups.first_of[key] for key in keys))
        for domain, keys in use.holders.items()
    }
    speakers = {first: _speaker(members, domains, holding) for first, members in groups.members.items()}
    keys = {first: _key(speaker, domains, holding, first) for first, speaker in speakers.items()}
    rivals = _rivals(ties, groups, domains, holding)
    bonded = {key for bond in standing.bonds if bond.decision not in groups.broken for key in bond[1:]}
    how = {key: _how(key, groups, standing.bound | bonded, speakers) for key in groups.first_of}
    records = {}
    for key, first in groups.first_of.items():
        rule, confidence = how[key] or _by_itself(keys[first], key in use.crowded)
        others = tuple(keys[rival] for rival in rivals.get(key, ()))
        records[key] = AccountMatch(keys[first], rule, confidence, others)
    holders = {domain: tuple(keys[first] for first in firsts) for domain, firsts in holding.items()}
    _add_merged(holders, merged, records, settings)
    cases: tuple[Case, ...] = ()
    if asks:
        namesakes = namesake_ties(ordered, groups.first_of, domains)
        cases = tuple(_cases([*ties, *namesakes], groups, standing))
    return AccountMatches(records, holders, cases, groups.broken)


def _strays(
    twins: Sequence[Tie], domains: Mapping[RecordKey, str], standing: Standing
) -> frozenset[RecordKey]:
    """Records with another domain than the first of their twins: it must not draw in whoever else has it."""
    keys = {key for tie in twins for key in (tie.first, tie.second)}
    groups = group_records(keys, twins, replace(standing, bonds=())).members.values()
    return frozenset(
        key
        for members in groups
        for key in members
        if key in domains and domains[key] != next(domains[one] for one in members if one in domains)
    )


def _questions(
    strays: Iterable[RecordKey], domains: Mapping[RecordKey, str], use: DomainUse
) -> Iterator[Tie]:
    for key in sorted(strays):
        for holder in use.holders[domains[key]]:
            if holder != key:
                reasons = (
                    f"both have the domain {domains[key]}",
                    f"but the twin of {key[1]} has another one",
                )
                first, second = sorted((key, holder))
                yield Tie(first, second, DOMAIN, 0.5, is_automatic=False, reasons=reasons)


_Holding = Mapping[str, tuple[RecordKey, ...]]
"""By domain the groups, by their first record, that have it."""


def _speaker(members: Sequence[RecordKey], domains: Mapping[RecordKey, str], holding: _Holding) -> RecordKey:
    """The first record whose domain is the group's, so that the key tells; else the first record."""
    having = (key for key in members if key in domains and holding[domains[key]] == (members[0],))
    return next(having, members[0])


def _key(speaker: RecordKey, domains: Mapping[RecordKey, str], holding: _Holding, first: RecordKey) -> str:
    domain = domains.get(speaker)
    return domain if domain and holding[domain] == (first,) else f"{first[0]}:{first[1]}"


def _how(
    key: RecordKey, groups: Grouping, decided: frozenset[RecordKey], speakers: Mapping[RecordKey, RecordKey]
) -> tuple[str, float] | None:
    """The rule that brought a record to its group; None where it is there by itself."""
    if key in decided:
        return DECISION, 1.0
    tie = groups.used.get(key)
    if tie is not None and (tie.rule == DOMAIN or speakers[groups.first_of[key]] != key):
        return tie.rule, tie.confidence
    return None


def _by_itself(account_key: str, is_crowded: bool) -> tuple[str, float]:  # noqa: FBT001 the one thing it depends on
    if ":" not in account_key:
        return DOMAIN, 0.95
    return (CROWDED if is_crowded else ALONE), 1.0


def _rivals(
    ties: Iterable[Tie], groups: Grouping, domains: Mapping[RecordKey, str], holding: _Holding
) -> dict[RecordKey, tuple[RecordKey, ...]]:
    """Groups, by their first record, that a record might be in by its domain or by a tie that links nothing."""
    first_of, found = groups.first_of, dict[RecordKey, set[RecordKey]]()
    for key, domain in domains.items():
        if holding[domain] != (first_of[key],):
            found.setdefault(key, set()).update(holding[domain])
    for tie in ties:
        if first_of[tie.first] != first_of[tie.second] and tie.rule != DOMAIN:
            found.setdefault(tie.first, set()).add(first_of[tie.second])
            found.setdefault(tie.second, set()).add(first_of[tie.first])
    return {key: tuple(sorted(firsts - {first_of[key]})) for key, firsts in found.items()}


def _add_merged(
    holders: dict[str, tuple[str, ...]],
    merged: Merged,
    records: Mapping[RecordKey, AccountMatch],
    settings: MatchSettings,
) -> None:
    """Domains that only merged records had belong to what they became."""
    more: dict[str, set[str]] = {}
    for loser, website in merged.websites.items():
        end, domain = survivor_of(loser, merged.survivors), settings.domains.of_website(website)
        if end in records and domain and domain not in holders:
            more.setdefault(domain, set()).add(records[end].account_key)
    holders.update({domain: tuple(sorted(keys)) for domain, keys in more.items()})


def _cases(ties: Iterable[Tie], groups: Grouping, standing: Standing) -> Iterator[Case]:
    """Questions that are open: the surest tie between two groups that no decision has parted."""
    first_of = groups.first_of
    settled = {frozenset(first_of[key] for key in pair if key in first_of) for pair in standing.apart}
    for tie in sorted(ties, key=lambda tie: (-tie.confidence, tie)):
        between = frozenset((first_of[tie.first], first_of[tie.second]))
        if len(between) == 1 or between in settled or not standing.bound.isdisjoint((tie.first, tie.second)):
            continue
        settled.add(between)
        first, second = sorted((tie.first, tie.second))
        yield Case(case_id(first, second), first, second, tie.rule, tie.confidence, tie.reasons)


def case_id(first: RecordKey, second: RecordKey) -> str:
    """Stands for two records, in whatever order."""
    text = "|".join(f"{connection}:{remote}" for connection, remote in sorted((first, second)))
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def match_contacts(
    rows: Iterable[ContactRow],
    accounts: AccountMatches,
    survivors: Mapping[RecordKey, str],
    settings: MatchSettings = DEFAULT_SETTINGS,
    homes: Mapping[RecordKey, Sequence[RecordKey]] = NO_HOMES,
) -> dict[RecordKey, ContactMatch]:
    """A match for every contact; `survivors` gives the record that a merged account became.

    homes: what people decided, by contact: records of its account, or none (sync.decided_people).
    """
    rules = settings.domains
    return {row.key: _match_contact(row, accounts, survivors, rules, homes.get(row.key)) for row in rows}


def _match_contact(
    row: ContactRow,
    accounts: AccountMatches,
    survivors: Mapping[RecordKey, str],
    rules: DomainRules,
    home: Sequence[RecordKey] | None,
) -> ContactMatch:
    email = (row.email or "").strip().lower()
    person = email or f"{row.connection_id}:{row.remote_id}"
    if home is not None:
        decided = next((accounts.records[key].account_key for key in home if key in accounts.records), None)
        return ContactMatch(person, decided, DECISION, 1.0)
    holders = accounts.holders.get(rules.of_email(email) or "", ())
    named = accounts.records.get(survivor_of((row.connection_id, row.account_id or ""), survivors))
    if named is not None:
        rivals = tuple(key for key in holders if key != named.account_key)
        return ContactMatch(person, named.account_key, "crm", 1.0, rivals)
    if len(holders) == 1:
        return ContactMatch(person, holders[0], "email_domain", 0.9)
    return ContactMatch(person, None, ALONE, 0.0, holders)
