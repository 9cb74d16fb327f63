"""From the store to what scoring takes: accounts with merged fields, people, evidence as columns."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.clock import millis
from core.records import Value
from scoring.evidence import Evidence
from scoring.facts import AccountFacts, Contacts
from scoring.model import Model
from scoring.people import People, PeopleTexts, person_code, reading_rules
from scoring.ranges import ROWS, FactsInMemory, cuts
from scoring.signals import SignalRow, Signals
from scoring.single import OneAccount
from scoring.units import SECONDS_PER_DAY, epoch_seconds
from store.blocks import Column, Columns
from store.database import Database
from store.evidence import refresh_evidence
from store.facts import (
    AccountRecord,
    PersonTexts,
    account_records,
    activity_counts,
    activity_types,
    evidence_ids,
    person_codes,
    read_columns,
)
from store.signals import account_signals
from store.tier_overrides import Decided, standing_overrides


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that is scored, and the CRM records behind it by account number.

    Activities and contacts stay in the store and are read for the accounts that are asked for.
    """

    database: Database
    account_ids: tuple[int, ...]
    """Ascending."""
    names: Mapping[str, str]
    """Account names by key."""
    records: Mapping[int, Sequence[AccountRecord]]
    accounts: tuple[AccountFacts, ...]
    signals: Signals
    people: People
    """Everybody, by number; nobody has number 0."""
    types: tuple[str, ...]
    """Types of activity by their number."""
    since: int
    until: int
    """Activities from one second to another, both included."""
    overrides: Mapping[int, Sequence[Decided]]
    """People's decisions on tiers that stand, by account number."""

    def spans(self) -> Iterator[tuple[int, int]]:
        """Ranges of accounts with about scoring.ranges.ROWS activities each."""
        if not self.account_ids:
            yield 0, 0
            return
        counts = activity_counts(self.database, self.account_ids)
        edges = {bisect_left(self.account_ids, after) for after in cuts(counts, ROWS)}
        yield from pairwise(sorted({0, *edges, len(self.account_ids)}))

    def between(self, first: int, last: int) -> FactsInMemory:
        """The facts of the accounts from one place to before another, read in one transaction."""
        numbers, signals = self.account_ids[first:last], self.signals.between(first, last)
        return self._read(numbers, self.accounts[first:last], signals)

    def some(self, places: Sequence[int]) -> FactsInMemory:
        """The facts of the accounts at these ascending places, read in one transaction."""
        numbers = [self.account_ids[place] for place in places]
        accounts = [self.accounts[place] for place in places]
        return self._read(numbers, accounts, self.signals.some(places))

    def one(self, place: int) -> OneAccount:
        """The account at a place, alone, with the ids of its activities."""
        return self.between(place, place + 1).one(0)

    def _read(
        self, numbers: Sequence[int], accounts: Sequence[AccountFacts], signals: Signals
    ) -> FactsInMemory:
        columns = read_columns(self.database, numbers, since=self.since, until=self.until)
        contacts = _contacts(columns, self.people, numbers)
        return FactsInMemory(accounts, self._evidence(columns, numbers), signals, contacts)

    def _evidence(self, columns: Columns, numbers: Sequence[int]) -> Evidence:
        """Columns as they are stored, in their order; ids are read for one account when its ledger is made."""
        place, kept = _places(columns.account, numbers)
        occurred_at = columns.occurred_at[kept]
        return Evidence(
            people=self.people,
            types=self.types,
            account=place[kept],
            person=columns.person[kept],
            type=columns.type[kept],
            day=(occurred_at // SECONDS_PER_DAY).astype(np.int32),
            occurred_at=occurred_at,
            minutes=columns.minutes[kept],
            ids=np.empty(0, dtype=np.object_),
            read_ids=lambda place: evidence_ids(
                self.database, numbers[place], since=self.since, until=self.until
            ),
        )


def refresh(database: Database) -> bool:
    """Bring the evidence up to date with what landed and was matched; whether there was anything to do."""
    return refresh_evidence(database, person_code, reading_rules())


def load_facts(
    database: Database,
    model: Model,
    as_of: datetime,
    *,
    account_id: int | None = None,
    account_ids: Collection[int] | None = None,
    reach_days: int = 0,
) -> Facts:
    """The facts that scores at `as_of` rest on; account_id or account_ids narrow them to a few accounts.

    With reach_days they also serve every instant of so many days before `as_of`.
    Evidence that lags behind what landed (after a crash or an upgrade) is refreshed first.
    """
    refresh(database)
    only = account_ids if account_id is None else (account_id,)
    return read_facts(database, model, as_of, account_ids=only, reach_days=reach_days)


def read_facts(
    database: Database,
    model: Model,
    as_of: datetime,
    *,
    account_ids: Collection[int] | None = None,
    reach_days: int = 0,
    people: People | None = None,
) -> Facts:
    """The same, with the evidence as it is; a range of account numbers names many at once.

    people: everybody, where that was read before; else they are read here.
    """
    records = _by_account(account_records(database, account_ids))
    accounts = tuple(AccountFacts(rows[0].key, merged_fields(rows)) for rows in records.values())
    days = model.spec.engagement.cut_days + model.spec.trend.days + 1 + reach_days
    span = (epoch_seconds(as_of - timedelta(days=days)), epoch_seconds(as_of))
    names = [account.key for account in accounts]
    signals = _signals(database, as_of, names, model.signal_days + reach_days, account_ids)
    is_few = account_ids is not None and not isinstance(account_ids, range)
    return Facts(
        database=database,
        account_ids=tuple(records),
        names={rows[0].key: rows[0].name for rows in records.values()},
        records=records,
        accounts=accounts,
        signals=Signals.from_rows(names, signals),
        people=people or _people(database, _persons(database, records, span) if is_few else None),
        types=activity_types(database),
        since=span[0],
        until=span[1],
        overrides=standing_overrides(database),
    )


def _by_account(rows: Iterable[AccountRecord]) -> dict[int, list[AccountRecord]]:
    grouped: dict[int, list[AccountRecord]] = {}
    for row in rows:
        grouped.setdefault(row.account_id, []).append(row)
    return grouped


def merged_fields(rows: Sequence[AccountRecord]) -> dict[str, Value]:
    """One value a field, the name included: the first CRM (by connection) that knows it wins."""
    merged: dict[str, Value] = {"name": rows[0].name}
    for row in rows:
        for name, value in row.fields.items():
            if merged.get(name) in (None, ""):
                merged[name] = value
    return merged


def _persons(database: Database, numbers: Collection[int], span: tuple[int, int]) -> set[int]:
    """Everybody in the evidence or among the contacts of these accounts."""
    columns = read_columns(database, tuple(numbers), since=span[0], until=span[1])
    return {*columns.person.tolist(), *columns.member_person.tolist()}


def _people(database: Database, only: Collection[int] | None) -> People:
    codes = person_codes(database, only)
    texts = PeopleTexts(
        ids=PersonTexts(database, "key", len(codes)),
        names=PersonTexts(database, "name", len(codes)),
        titles=PersonTexts(database, "title", len(codes)),
        crm_roles=PersonTexts(database, "crm_role", len(codes)),
    )
    return People.from_codes(texts, codes)


def _contacts(columns: Columns, people: People, numbers: Sequence[int]) -> Contacts:
    place, kept = _places(columns.member_account, numbers)
    return Contacts(people, place[kept].astype(np.int64), columns.member_person[kept].astype(np.int64))


def _places(account: Column, numbers: Sequence[int]) -> tuple[NDArray[np.int32], NDArray[np.bool_] | slice]:
    """Where each row's account stands among the numbers, and the rows whose account stands there at all."""
    size = max([*numbers[-1:], *account[-1:].tolist()], default=0) + 1
    place_of = np.full(size, -1, dtype=np.int32)
    place_of[list(numbers)] = np.arange(len(numbers), dtype=np.int32)
    place = place_of[account]
    kept = place >= 0
    return place, slice(None) if kept.all() else kept


def _signals(
    database: Database, as_of: datetime, names: Sequence[str], days: int, only: Collection[int] | None
) -> Iterator[SignalRow]:
    """Signals of so many days up to `as_of`."""
    oldest = as_of - timedelta(days=days + 1)
    known = set(names)
    rows = account_signals(database, only, since_ms=millis(oldest), until_ms=millis(as_of))
    for key, source, id_, kind, topic, strength, observed_at in rows:
        if key in known:
            yield SignalRow(id_, key, source, kind, topic, strength, observed_at // 1000)
