"""The match step: reads what landed, applies the rules, stores the links, refreshes the evidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from store.database import Database
from store.evidence import refresh_evidence
from store.matching import AccountRow, RecordKey, ensure_accounts, matchable, save_links
from sync.match import AccountMatch, ContactMatch, match_accounts, match_contacts, survivor_of


@dataclass(frozen=True, slots=True)
class Matched:
    """Counts of a match step. `shared` accounts stand in more than one CRM."""

    accounts: int
    shared: int
    contacts: int
    contacts_without_account: int
    changed: int


def match(database: Database) -> Matched:
    """Link every CRM record to its account and every contact to its person."""
    rows = matchable(database)
    accounts = match_accounts(rows.accounts)
    contacts = match_contacts(rows.contacts, accounts, rows.survivors)
    numbers = ensure_accounts(database, _names(rows.accounts, accounts))
    links = [
        (*key, numbers[found.account_key], found.rule, found.confidence)
        for key, found in (accounts | _merged(accounts, rows.survivors)).items()
    ]
    contact_links = [
        (*key, found.person_key, numbers.get(found.account_key or ""), found.rule)
        for key, found in (contacts | _merged(contacts, rows.contact_survivors)).items()
    ]
    changed = save_links(database, links, contact_links)
    refresh_evidence(database)
    homeless = sum(found.account_key is None for found in contacts.values())
    return Matched(
        len({found.account_key for found in accounts.values()}),
        _shared(accounts),
        len(contacts),
        homeless,
        changed,
    )


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


def _shared(accounts: Mapping[RecordKey, AccountMatch]) -> int:
    crms: dict[str, set[int]] = {}
    for (connection_id, _), found in accounts.items():
        crms.setdefault(found.account_key, set()).add(connection_id)
    return sum(len(connections) > 1 for connections in crms.values())
