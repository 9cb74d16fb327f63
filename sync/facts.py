"""From the store to what scoring takes: accounts with merged fields, people, evidence as columns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.clock import millis
from core.records import Value
from scoring.facts import (
    AccountFacts,
    ActivityRow,
    ContactRow,
    Contacts,
    Evidence,
    People,
    PersonRow,
    SignalRow,
    Signals,
)
from scoring.model import Model
from scoring.single import OneAccount
from store.database import Database
from store.facts import (
    AccountRecord,
    EvidenceRow,
    PersonRecord,
    account_records,
    evidence_rows,
    person_records,
)
from store.signals import account_signals
from sync.signal_match import other_domains


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that is scored, and the CRM records behind it by account number."""

    account_ids: tuple[int, ...]
    names: Mapping[str, str]
    """Account names by key."""
    records: Mapping[int, Sequence[AccountRecord]]
    accounts: tuple[AccountFacts, ...]
    evidence: Evidence
    signals: Signals
    contacts: Contacts

    @property
    def people(self) -> People:
        """Everybody the evidence and the contacts point at."""
        return self.evidence.people

    def one(self, place: int) -> OneAccount:
        """The account at a place, alone."""
        return OneAccount(
            self.accounts[place],
            self.evidence.of(place),
            self.signals.of(place),
            self.contacts.of(place),
        )


def load_facts(
    database: Database, model: Model, as_of: datetime, *, account_id: int | None = None, reach_days: int = 0
) -> Facts:
    """The facts that scores at `as_of` rest on; account_id narrows them to one account.

    With reach_days they also serve every instant of so many days before `as_of`.
    """
    records = _by_account(account_records(database), account_id)
    # Everybody, even for one account: an activity may name a person of another account.
    persons = person_records(database)
    keys = {number: rows[0].key for number, rows in records.items()}
    accounts = tuple(AccountFacts(keys[number], merged_fields(rows)) for number, rows in records.items())
    names = [account.key for account in accounts]
    people = People.from_rows(_people(persons))
    rows = evidence_rows(
        database,
        since_ms=millis(as_of - timedelta(days=_window_days(model) + reach_days)),
        until_ms=millis(as_of),
        account_id=account_id,
    )
    known = set(people.ids)
    activities = (_activity(row, keys, known) for row in rows if row.account_id in keys)
    return Facts(
        account_ids=tuple(records),
        names={rows[0].key: rows[0].name for rows in records.values()},
        records=records,
        accounts=accounts,
        evidence=Evidence.from_rows(names, people, activities),
        signals=Signals.from_rows(names, _signals(database, as_of, names, model.signal_days + reach_days)),
        contacts=Contacts.from_rows(names, people, _contacts(persons, keys)),
    )


def _window_days(model: Model) -> int:
    return model.spec.engagement.cut_days + model.spec.trend.days + 1


def _by_account(rows: Iterable[AccountRecord], account_id: int | None) -> dict[int, list[AccountRecord]]:
    grouped: dict[int, list[AccountRecord]] = {}
    for row in rows:
        if account_id in (None, row.account_id):
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


def _people(rows: Iterable[PersonRecord]) -> list[PersonRow]:
    """One row a person; what the first CRM does not say, the next one may."""
    people: dict[str, PersonRow] = {}
    for row in rows:
        first = people.get(row.person_key, PersonRow(row.person_key, ""))
        people[row.person_key] = PersonRow(
            row.person_key,
            first.name or row.name,
            first.title or row.title,
            first.crm_role or row.buying_role,
        )
    return list(people.values())


def _contacts(rows: Iterable[PersonRecord], keys: Mapping[int, str]) -> set[ContactRow]:
    return {ContactRow(keys[row.account_id], row.person_key) for row in rows if row.account_id in keys}


def _activity(row: EvidenceRow, keys: Mapping[int, str], known: set[str]) -> ActivityRow:
    return ActivityRow(
        id=f"{row.connection_id}:{row.remote_id}",
        account=keys[row.account_id],
        person=row.person_key if row.person_key in known else None,
        type=row.type,
        occurred_at=row.occurred_at // 1000,
        minutes=row.minutes,
    )


def _signals(database: Database, as_of: datetime, names: Sequence[str], days: int) -> Iterator[SignalRow]:
    """Signals of so many days up to `as_of`."""
    oldest = as_of - timedelta(days=days + 1)
    known, others = set(names), other_domains(database)
    rows = account_signals(database, since_ms=millis(oldest), until_ms=millis(as_of), others=others.items())
    for key, source, id_, kind, topic, strength, observed_at in rows:
        if key in known:
            yield SignalRow(id_, key, source, kind, topic, strength, observed_at // 1000)
