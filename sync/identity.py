"""The match step: reads what landed, applies the rules, stores the links, refreshes the evidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from store.database import Database
from store.matching import (
    AccountRow,
    RecordKey,
    ensure_accounts,
    link_counts,
    linked_accounts,
    matchable,
    matchable_contacts,
    save_links,
    touched_records,
)
from store.roll_ups import OWN, RollUps
from sync.facts import refresh
from sync.match import AccountMatch, ContactMatch, match_accounts, match_contacts, survivor_of
from sync.parents import topmost


@dataclass(frozen=True, slots=True)
class Matched:
    """Counts of a match step. `shared` accounts stand in more than one CRM."""

    accounts: int
    shared: int
    contacts: int
    contacts_without_account: int
    changed: int


def match(database: Database, parents: str = OWN) -> Matched:
    """Link every CRM record to its account and every contact to its person, and refresh the evidence.

    Accounts are matched together, because they may name each other. Contacts depend on their accounts alone:
    while no account moves, only those that landed since the last match are looked at. `parents` is the policy of
    the configuration ([sync] parents).
    """
    stale, accounts, contacts = touched_records(database, parents)
    is_due = stale or accounts or contacts
    changed = _match(database, None if stale else contacts, parents) if is_due else 0
    refresh(database)
    counts = link_counts(database)
    return Matched(counts.accounts, counts.shared, counts.contacts, counts.homeless, changed)


def _match(database: Database, touched: set[RecordKey] | None, parents: str) -> int:
    rows = matchable(database)
    accounts = match_accounts(rows.accounts)
    numbers = ensure_accounts(database, _names(rows.accounts, accounts))
    every = accounts | _merged(accounts, rows.survivors)
    # Contacts are matched by what their accounts are matched to, so they stay while those links stay.
    if touched is not None and linked_accounts(database) == every:
        only = _with_merged(touched, rows.contact_survivors)
    else:
        only = None
    contacts = match_contacts(matchable_contacts(database, only), accounts, rows.survivors)
    links = [(*key, numbers[found.account_key], found.rule, found.confidence) for key, found in every.items()]
    contact_links = [
        (*key, found.person_key, numbers.get(found.account_key or ""), found.rule)
        for key, found in (contacts | _merged(contacts, rows.contact_survivors)).items()
    ]
    tops = topmost(rows.accounts, {key: found.account_key for key, found in every.items()}, parents)
    roll_up = RollUps(parents, {numbers[child]: numbers[parent] for child, parent in tops.items()})
    return save_links(database, links, contact_links, roll_up=roll_up, only_contacts=only)


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
        loser: matched[end]._replace(rule="merged")
        for loser, end in ends.items()
        if end in matched and loser not in matched
    }


def _names(rows: list[AccountRow], accounts: Mapping[RecordKey, AccountMatch]) -> dict[str, str]:
    names: dict[str, str] = {}
    for row in sorted(rows):
        names.setdefault(accounts[row.key].account_key, row.name)
    return names
