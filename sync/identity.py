"""The match step: reads what landed and what was decided, applies the rules, stores links and accounts.

The number of an account is its identity: it stays whatever becomes of its website or its records.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from core.match_settings import MatchSettings
from core.records import Kind
from store.database import Database
from store.decisions import Decision, decisions
from store.links import Known, MatchRows, known_matches, save_match
from store.matching import (
    AccountRow,
    Matchable,
    RecordKey,
    link_counts,
    matchable,
    matchable_contacts,
    touched_records,
)
from store.roll_ups import OWN, RollUps
from store.sql import Row, to_json
from sync.continuity import continue_accounts
from sync.decided import Standing, standing
from sync.decided_people import DecidedPeople, decided_people
from sync.facts import refresh
from sync.match import (
    DEFAULT_SETTINGS,
    AccountMatch,
    AccountMatches,
    ContactMatch,
    Merged,
    match_accounts,
    match_contacts,
)
from sync.parents import topmost
from sync.survivors import survivor_of

_RULES = 1
"""Counts up when the rules in the code change, so that everything is matched anew."""


@dataclass(frozen=True, slots=True)
class Matched:
    """Counts of a match step. `shared` accounts stand in more than one CRM; `undecided` wait for a person."""

    accounts: int
    shared: int
    contacts: int
    contacts_without_account: int
    changed: int
    undecided: int


def match(
    database: Database,
    parents: str = OWN,
    settings: MatchSettings = DEFAULT_SETTINGS,
    *,
    now_ms: int,
) -> Matched:
    """Link every CRM record to its account and every contact to its person, and refresh the evidence.

    Accounts are matched together, because they may name each other. Contacts depend on their accounts alone:
    while no account moves, only those that landed since the last match are looked at. `parents` is the policy of
    the configuration ([sync] parents), `now_ms` the time (milliseconds since 1970) of what becomes of accounts.
    """
    rules = f"{_RULES}:{settings.model_dump_json()}"
    stale, accounts, contacts = touched_records(database, parents, rules)
    changed = 0
    if stale or accounts or contacts:
        touched = None if stale else contacts
        found = _match(database, touched, parents, settings, asks=stale or bool(accounts))
        changed = save_match(database, found, rules=rules, now_ms=now_ms)
    refresh(database)
    counts = link_counts(database)
    return Matched(
        counts.accounts, counts.shared, counts.contacts, counts.homeless, changed, counts.undecided
    )


def decision_states(database: Database, settings: MatchSettings = DEFAULT_SETTINGS) -> dict[int, str]:
    """What has become of every decision, in words, by its number; "holds" where nothing did."""
    rows = matchable(database)
    log = decisions(database)
    holds, merged = _judged(log, rows), Merged(rows.survivors, rows.websites)
    broken = match_accounts(rows.accounts, merged, holds, settings, asks=False).broken
    states = {**holds.states, **dict.fromkeys(broken, "cannot hold beside newer ones")}
    return {**states, **_judged_people(log, rows).states}


def _judged(log: Sequence[Decision], rows: Matchable) -> Standing:
    about_accounts = [one for one in log if one.kind == Kind.ACCOUNT]
    return standing(about_accounts, {row.key for row in rows.accounts}, rows.survivors)


def _judged_people(log: Sequence[Decision], rows: Matchable) -> DecidedPeople:
    living = {row.key for row in rows.accounts}
    return decided_people(log, living, rows.survivors, rows.contact_survivors)


def _match(
    database: Database,
    touched: set[RecordKey] | None,
    parents: str,
    settings: MatchSettings,
    *,
    asks: bool,
) -> MatchRows:
    rows, known = matchable(database), known_matches(database)
    log = decisions(database)
    holds, homes = _judged(log, rows), _judged_people(log, rows).homes
    accounts = match_accounts(
        rows.accounts, Merged(rows.survivors, rows.websites), holds, settings, asks=asks
    )
    every = {**accounts.records, **_merged(accounts.records, rows.survivors)}
    key_of = {key: found.account_key for key, found in every.items()}
    went_on = continue_accounts(key_of, known.accounts, known.links, _parted(holds))
    numbers = went_on.numbers
    links = [_link(key, found, numbers, known) for key, found in every.items()]
    match_keys = _match_keys(rows.accounts, accounts, numbers, settings)
    # Contacts are matched by what their accounts are matched to, so they stay while those stay.
    is_as_before = match_keys == known.keys and not went_on.events and _same_links(links, known)
    only = _with_merged(touched, rows.contact_survivors) if touched is not None and is_as_before else None
    contacts = match_contacts(matchable_contacts(database, only), accounts, rows.survivors, settings, homes)
    contacts |= _merged(contacts, rows.contact_survivors)
    tops = topmost(rows.accounts, key_of, parents)
    return MatchRows(
        keys={number: key for key, number in numbers.items()},
        names=_names(rows.accounts, accounts.records, numbers),
        links=links,
        contact_links=[_contact_link(key, found, numbers) for key, found in contacts.items()],
        match_keys=match_keys,
        cases=accounts.cases if asks else None,
        roll_up=RollUps(parents, {numbers[child]: numbers[parent] for child, parent in tops.items()}),
        events=went_on.events,
        heirs=went_on.heirs,
        only_contacts=only,
    )


def _parted(holds: Standing) -> set[RecordKey]:
    return {*holds.bound, *(key for pair in holds.apart for key in pair)}


def _link(key: RecordKey, found: AccountMatch, numbers: Mapping[str, int], known: Known) -> Row:
    number = numbers[found.account_key]
    first = known.links[key].first_account_id if key in known.links else number
    rivals = _numbers(found.rivals, numbers)
    return (*key, number, found.rule, found.confidence, rivals, None if first == number else first)


def _contact_link(key: RecordKey, found: ContactMatch, numbers: Mapping[str, int]) -> Row:
    number = numbers.get(found.account_key or "")
    return (*key, found.person_key, number, found.rule, found.confidence, _numbers(found.rivals, numbers))


def _numbers(rivals: tuple[str, ...], numbers: Mapping[str, int]) -> str | None:
    return to_json(sorted(numbers[key] for key in rivals)) if rivals else None


def _same_links(links: list[Row], known: Known) -> bool:
    before = {(*key, link.account_id, link.rule) for key, link in known.links.items()}
    return before == {row[:4] for row in links}


def _match_keys(
    rows: list[AccountRow], accounts: AccountMatches, numbers: Mapping[str, int], settings: MatchSettings
) -> dict[str, int]:
    """Domains with one holder, their aliases, and records whose website is none."""
    rules = settings.domains
    keys = {domain: numbers[found[0]] for domain, found in accounts.holders.items() if len(found) == 1}
    keys |= {alias: keys[domain] for alias, domain in rules.aliases.items() if domain in keys}
    for row in rows:
        if rules.of_website(row.website) is None:
            keys[f"{row.connection_id}:{row.remote_id}"] = numbers[accounts.records[row.key].account_key]
    return keys


def _with_merged(touched: set[RecordKey], survivors: Mapping[RecordKey, str]) -> set[RecordKey]:
    """Touched records, what they were merged into, and what was merged into those."""
    ends = {loser: survivor_of(loser, survivors) for loser in survivors}
    kept = touched | {end for loser, end in ends.items() if loser in touched}
    return kept | {loser for loser, end in ends.items() if end in kept}


_M = TypeVar("_M", AccountMatch, ContactMatch)


def _merged(matched: Mapping[RecordKey, _M], survivors: Mapping[RecordKey, str]) -> dict[RecordKey, _M]:
    """Matches of records that were merged away: activities may point at them for ever."""
    ends = {loser: survivor_of(loser, survivors) for loser in survivors}
    return {
        loser: matched[end]._replace(rule="merged", rivals=())
        for loser, end in ends.items()
        if end in matched and loser not in matched
    }


def _names(
    rows: list[AccountRow], records: Mapping[RecordKey, AccountMatch], numbers: Mapping[str, int]
) -> dict[int, str]:
    names: dict[int, str] = {}
    for row in sorted(rows):
        names.setdefault(numbers[records[row.key].account_key], row.name)
    return names
