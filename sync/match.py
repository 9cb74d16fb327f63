"""CRM records to accounts, contacts to people and accounts.

Rules, first hit wins: the CRM's own cross-reference id (a native sync keeps it), then the registrable
domain of the website. A record without either is an account of its own. A contact belongs to the account
its CRM names, else to the account of its e-mail domain; free-mail and shared domains never match.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from core.domains import email_domain, registrable_domain
from store.matching import AccountRow, ContactRow, RecordKey


class AccountMatch(NamedTuple):
    """To which account key a CRM record belongs, by which rule; confidence 0 to 1."""

    account_key: str
    rule: str
    confidence: float


class ContactMatch(NamedTuple):
    """Who a contact is and to which account key the person belongs (None: to none we know)."""

    person_key: str
    account_key: str | None
    rule: str


def match_accounts(rows: Iterable[AccountRow]) -> dict[RecordKey, AccountMatch]:
    """A match for every record; deterministic, whatever the order of the rows."""
    ordered = sorted(rows)
    own = {row.key: _own_match(row) for row in ordered}
    for group in _twin_groups(ordered):
        # The first record with a domain speaks for the group, so that the account keeps a telling key.
        first, *others = sorted(group, key=lambda key: (own[key].rule == "none", key))
        for key in others:
            own[key] = AccountMatch(own[first].account_key, "cross_reference", 1.0)
    return own


def _twin_groups(rows: Sequence[AccountRow]) -> Iterable[set[RecordKey]]:
    """Records that name each other across CRMs, directly or through a third one; at least two each.

    Ids are unique in one CRM only: the twin is in another one, and two candidates are none.
    """
    by_remote_id: dict[str, list[RecordKey]] = {}
    for row in rows:
        by_remote_id.setdefault(row.remote_id, []).append(row.key)
    groups: dict[RecordKey, set[RecordKey]] = {}
    for row in rows:
        twins = [key for key in by_remote_id.get(row.twin_id or "", ()) if key[0] != row.connection_id]
        if len(twins) == 1:
            together = groups.get(row.key, {row.key}) | groups.get(twins[0], {twins[0]})
            groups.update(dict.fromkeys(together, together))
    return {id(group): group for group in groups.values()}.values()


def _own_match(row: AccountRow) -> AccountMatch:
    domain = registrable_domain(row.website) if row.website else None
    if domain:
        return AccountMatch(domain, "domain", 0.95)
    return AccountMatch(f"{row.connection_id}:{row.remote_id}", "none", 1.0)


def match_contacts(
    rows: Iterable[ContactRow],
    accounts: Mapping[RecordKey, AccountMatch],
    survivors: Mapping[RecordKey, str],
) -> dict[RecordKey, ContactMatch]:
    """A match for every contact; `survivors` gives the record that a merged account became."""
    known = {match.account_key for match in accounts.values()}
    return {row.key: _match_contact(row, accounts, survivors, known) for row in rows}


def _match_contact(
    row: ContactRow,
    accounts: Mapping[RecordKey, AccountMatch],
    survivors: Mapping[RecordKey, str],
    known: set[str],
) -> ContactMatch:
    email = (row.email or "").strip().lower()
    person = email or f"{row.connection_id}:{row.remote_id}"
    named = accounts.get(survivor_of((row.connection_id, row.account_id or ""), survivors))
    if named is not None:
        return ContactMatch(person, named.account_key, "crm")
    domain = email_domain(email) if email else None
    if domain in known:
        return ContactMatch(person, domain, "email_domain")
    return ContactMatch(person, None, "none")


def survivor_of(key: RecordKey, survivors: Mapping[RecordKey, str]) -> RecordKey:
    """What a record became through all its merges; a record that was never merged is its own survivor."""
    seen = {key}
    while key in survivors:
        key = (key[0], survivors[key])
        if key in seen:
            break
        seen.add(key)
    return key
