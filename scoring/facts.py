"""What is scored: accounts as plain values, and who belongs to them.

People, activities (scoring.evidence), signals (scoring.signals) and contacts are sorted columns.

Rows of columns point at accounts and people by place: account i is the i-th of the accounts given to `score`.
Every builder takes rows in any order and sorts them, so the order of the input can never reach a result.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np

from scoring.columns import places, rows_between
from scoring.people import People
from scoring.units import Ints
from scoring.values import Value


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """One account: its stable key, its mapped fields, the names of the lists it is on (for exclusions)."""

    key: str
    fields: Mapping[str, Value]
    lists: frozenset[str] = frozenset()


class ContactRow(NamedTuple):
    """A person who belongs to an account."""

    account: str
    person: str


@dataclass(frozen=True, slots=True)
class Contacts:
    """Who belongs to which account, sorted by account and person; person indexes the same People."""

    people: People
    account: Ints
    person: Ints

    @classmethod
    def from_rows(cls, accounts: Sequence[str], people: People, rows: Iterable[ContactRow]) -> Self:
        """Build from rows; KeyError when a row names an account or a person that is not given."""
        place, who = places(accounts), places(people.ids)
        pairs = sorted({(place[row.account], who[row.person]) for row in rows})
        return cls(
            people=people,
            account=np.array([account for account, _ in pairs], dtype=np.int64),
            person=np.array([person for _, person in pairs], dtype=np.int64),
        )

    @classmethod
    def none(cls, people: People) -> Self:
        """No contacts."""
        return cls.from_rows((), people, ())

    def of(self, account: int) -> Self:
        """The contacts of one account, as account 0."""
        return self.between(account, account + 1)

    def between(self, first: int, last: int) -> Self:
        """The contacts of accounts `first` to before `last`, counted from 0."""
        rows = rows_between(self.account, first, last)
        return replace(self, account=self.account[rows] - first, person=self.person[rows])
