"""Which account a group of records is: the one it was before, whatever its website and its records are now.

The number of an account stands for its history (tier, scores by day). A group keeps the number of the account
that its records stood in. Where records of one account are in several groups now, the group with its match key
keeps it, else the one with most of its records. Where records of several accounts are one group, the oldest
account (the lowest number) goes on, and the others are kept under it; if they part again, they revive.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from store.links import Event, KnownAccount, KnownLink
from store.matching import RecordKey


@dataclass(frozen=True, slots=True)
class Continuity:
    """The number of every group by its match key; what became of accounts; heirs of an account's history."""

    numbers: Mapping[str, int]
    events: tuple[Event, ...]
    heirs: Mapping[int, int]


@dataclass(slots=True)
class _Award:
    """What is known of one group while numbers are given out."""

    key: str
    stood_in: Counter[int] = field(default_factory=Counter)
    began_in: set[int] = field(default_factory=set)
    owns: set[int] = field(default_factory=set)


def continue_accounts(
    key_of: Mapping[RecordKey, str],
    accounts: Mapping[int, KnownAccount],
    links: Mapping[RecordKey, KnownLink],
    decided: Collection[RecordKey] = (),
) -> Continuity:
    """Numbers for groups: the match key of every record (merged ones too), accounts and links as they were.

    A group that a rule parted from an account begins with its history; one that a person parted (`decided`
    records) does not.
    """
    groups = _groups(key_of, links)
    _award(groups.values(), accounts)
    numbers = {key: min(group.owns) for key, group in groups.items() if group.owns}
    events = [
        Event("joined", numbers[key], other, _key(accounts, other), key)
        for key, group in sorted(groups.items())
        for other in sorted(group.owns)[1:]
    ]
    parted = {key_of[record] for record in decided if record in key_of}
    heirs = _number_others(groups, numbers, accounts, events, parted)
    events += [
        Event("renamed", number, None, accounts[number].key, key)
        for key, number in sorted(numbers.items())
        if number in accounts and accounts[number].key != key and accounts[number].merged_into is None
    ]
    return Continuity(numbers, tuple(events), heirs)


def _groups(key_of: Mapping[RecordKey, str], links: Mapping[RecordKey, KnownLink]) -> dict[str, _Award]:
    groups = {key: _Award(key) for key in set(key_of.values())}
    for record, key in key_of.items():
        if link := links.get(record):
            groups[key].stood_in[link.account_id] += 1
            groups[key].began_in.add(link.first_account_id)
    return groups


def _award(groups: Iterable[_Award], accounts: Mapping[int, KnownAccount]) -> None:
    """Give each account to one of the groups that hold its records."""
    claims: dict[int, list[_Award]] = {}
    for group in groups:
        for number in group.stood_in:
            claims.setdefault(number, []).append(group)
    for number, claimants in claims.items():
        key = _key(accounts, number)
        best = min(claimants, key=lambda one: (one.key != key, -one.stood_in[number], one.key))
        best.owns.add(number)


def _number_others(
    groups: Mapping[str, _Award],
    numbers: dict[str, int],
    accounts: Mapping[int, KnownAccount],
    events: list[Event],
    decided: Collection[str],
) -> dict[int, int]:
    """Numbers for groups that own none: a former one of theirs, that of their key, else a new one; gives heirs."""
    taken = {number for group in groups.values() for number in group.stood_in}
    idle = {account.key: account.id for account in accounts.values() if account.id not in taken}
    highest, heirs = max(accounts, default=0), dict[int, int]()
    for key in sorted(groups.keys() - numbers.keys()):
        group = groups[key]
        former = sorted(n for n in group.began_in - taken if accounts[n].merged_into is not None)
        if former or key in idle:
            number = former[0] if former else idle[key]
        else:
            number = highest = highest + 1
        numbers[key] = number
        taken.add(number)
        if former:
            events.append(Event("revived", number, min(group.stood_in), _key(accounts, number), key))
        elif group.stood_in:
            parent = min(group.stood_in)
            events.append(Event("split", number, parent, _key(accounts, parent), key))
            if number not in accounts and key not in decided:
                heirs[number] = parent
    return heirs


def _key(accounts: Mapping[int, KnownAccount], number: int) -> str:
    return accounts[number].key if number in accounts else ""
