"""What is scored: accounts as plain values, people, activities, signals and contacts as sorted columns.

Rows of columns point at accounts and people by place: account i is the i-th of the accounts given to `score`.
Every builder takes rows in any order and sorts them, so the order of the input can never reach a result.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from core.signals import SIGNAL_KINDS
from scoring.people import UNKNOWN_PERSON, People, PersonRow
from scoring.units import SECONDS_PER_DAY, Ints, scaled
from scoring.values import Value

__all__ = [
    "UNKNOWN_MINUTES",
    "UNKNOWN_PERSON",
    "AccountFacts",
    "ActivityRow",
    "ContactRow",
    "Contacts",
    "Evidence",
    "People",
    "PersonRow",
    "SignalRow",
    "Signals",
]

UNKNOWN_MINUTES = -1
Integers = NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """One account: its stable key, its mapped fields, the names of the lists it is on (for exclusions)."""

    key: str
    fields: Mapping[str, Value]
    lists: frozenset[str] = frozenset()


class ActivityRow(NamedTuple):
    """One person's part in one activity that took place; cancelled ones are never made into rows."""

    id: str
    account: str
    person: str | None
    type: str
    occurred_at: int
    """Whole seconds since 1970."""
    minutes: float | None = None


class SignalRow(NamedTuple):
    """One reading of one source; strength is 0 to 100."""

    id: str
    account: str
    source: str
    kind: str
    topic: str
    strength: float
    observed_at: int
    """Whole seconds since 1970."""


class ContactRow(NamedTuple):
    """A person who belongs to an account."""

    account: str
    person: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Activities as columns, sorted by account, person, day, type, occurred_at, id.

    `type` indexes `types`; columns may be of any integer type. `ids` may be empty where only scores are wanted,
    never a ledger; `read_ids` may give them later, for one account by its place, in the order of its rows.
    Whoever holds columns already makes an Evidence of them and calls `in_order`; there is no need for rows.
    """

    people: People
    types: tuple[str, ...]
    account: Integers
    person: Integers
    type: Integers
    day: Integers
    occurred_at: Integers
    minutes: Integers
    ids: NDArray[np.object_]
    read_ids: Callable[[int], Sequence[str]] | None = None

    @classmethod
    def from_rows(cls, accounts: Sequence[str], people: People, rows: Iterable[ActivityRow]) -> Self:
        """Build from rows; KeyError when a row names an account or a person that is not given."""
        place, who = _places(accounts), _places(people.ids)
        listed = list(rows)
        types = tuple(sorted({row.type for row in listed}))
        code = _places(types)
        occurred_at = _integers(listed, lambda row: row.occurred_at)
        return cls(
            people=people,
            types=types,
            account=_integers(listed, lambda row: place[row.account]),
            person=_integers(listed, lambda row: UNKNOWN_PERSON if row.person is None else who[row.person]),
            type=_integers(listed, lambda row: code[row.type]),
            day=occurred_at // SECONDS_PER_DAY,
            occurred_at=occurred_at,
            minutes=_integers(
                listed, lambda row: UNKNOWN_MINUTES if row.minutes is None else round(row.minutes)
            ),
            ids=_objects([row.id for row in listed]),
        ).in_order()

    @classmethod
    def none(cls, people: People) -> Self:
        """No activities."""
        return cls.from_rows((), people, ())

    def in_order(self) -> Self:
        """The same rows in the order that the kernel relies on; sorted columns stay as they are."""
        keys = (self.account, self.person, self.day, self.type, self.occurred_at)
        if len(self.ids) == 0 and _is_sorted(keys):
            return self
        order = np.argsort(self.ids, kind="stable") if len(self.ids) else np.arange(len(self.account))
        order = order[np.lexsort([key[order] for key in reversed(keys)])]
        return self._taken(order)

    def of(self, account: int) -> Self:
        """The rows of one account, as account 0."""
        taken = self.between(account, account + 1)
        if self.read_ids is None or len(self.ids):
            return taken
        return replace(taken, ids=_objects(self.read_ids(account)))

    def between(self, first: int, last: int) -> Self:
        """The rows of accounts `first` to before `last`, counted from 0."""
        taken = self._taken(_rows_between(self.account, first, last))
        return replace(taken, account=taken.account - first, read_ids=None)

    def _taken(self, rows: Ints | slice) -> Self:
        return replace(
            self,
            account=self.account[rows],
            person=self.person[rows],
            type=self.type[rows],
            day=self.day[rows],
            occurred_at=self.occurred_at[rows],
            minutes=self.minutes[rows],
            ids=self.ids[rows] if len(self.ids) else self.ids,
        )


@dataclass(frozen=True, slots=True)
class Signals:
    """Signals as columns, sorted by account, source, topic, observed_at, id.

    `source` indexes `sources`; `topic` indexes `topics`, which holds (kind, topic) pairs; strength is in
    hundredths.
    """

    sources: tuple[str, ...]
    topics: tuple[tuple[str, str], ...]
    account: Ints
    source: Ints
    topic: Ints
    strength: Ints
    observed_at: Ints
    ids: NDArray[np.object_]

    @classmethod
    def from_rows(cls, accounts: Sequence[str], rows: Iterable[SignalRow]) -> Self:
        """Build from rows; KeyError for an unknown account, ValueError for a wrong kind or strength."""
        place = _places(accounts)
        listed = sorted(
            rows,
            key=lambda row: (place[row.account], row.source, row.kind, row.topic, row.observed_at, row.id),
        )
        for row in listed:
            _check_signal(row)
        sources = tuple(sorted({row.source for row in listed}))
        topics = tuple(sorted({(row.kind, row.topic) for row in listed}))
        source_code, topic_code = _places(sources), _places(topics)
        return cls(
            sources=sources,
            topics=topics,
            account=_integers(listed, lambda row: place[row.account]),
            source=_integers(listed, lambda row: source_code[row.source]),
            topic=_integers(listed, lambda row: topic_code[row.kind, row.topic]),
            strength=_integers(listed, lambda row: scaled(row.strength, 100)),
            observed_at=_integers(listed, lambda row: row.observed_at),
            ids=_objects([row.id for row in listed]),
        )

    @classmethod
    def none(cls) -> Self:
        """No signals."""
        return cls.from_rows((), ())

    def of(self, account: int) -> Self:
        """The signals of one account, as account 0."""
        return self.between(account, account + 1)

    def between(self, first: int, last: int) -> Self:
        """The signals of accounts `first` to before `last`, counted from 0."""
        rows = _rows_between(self.account, first, last)
        return self._taken(rows, self.account[rows] - first)

    def some(self, accounts: Sequence[int]) -> Self:
        """The signals of these ascending accounts, counted from 0 in their order."""
        wanted = np.array(accounts, dtype=np.int64)
        rows = np.flatnonzero(np.isin(self.account, wanted))
        return self._taken(rows, np.searchsorted(wanted, self.account[rows]))

    def _taken(self, rows: Ints | slice, account: Ints) -> Self:
        return replace(
            self,
            account=account,
            source=self.source[rows],
            topic=self.topic[rows],
            strength=self.strength[rows],
            observed_at=self.observed_at[rows],
            ids=self.ids[rows],
        )


@dataclass(frozen=True, slots=True)
class Contacts:
    """Who belongs to which account, sorted by account and person; person indexes the same People."""

    people: People
    account: Ints
    person: Ints

    @classmethod
    def from_rows(cls, accounts: Sequence[str], people: People, rows: Iterable[ContactRow]) -> Self:
        """Build from rows; KeyError when a row names an account or a person that is not given."""
        place, who = _places(accounts), _places(people.ids)
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
        rows = _rows_between(self.account, first, last)
        return replace(self, account=self.account[rows] - first, person=self.person[rows])


def _check_signal(row: SignalRow) -> None:
    if not 0 <= row.strength <= 100:  # noqa: PLR2004 - a percentage
        raise ValueError(f"signal {row.id!r}: strength {row.strength} is not between 0 and 100")
    if row.kind not in SIGNAL_KINDS:
        raise ValueError(
            f"signal {row.id!r}: unknown kind {row.kind!r}; use one of {', '.join(SIGNAL_KINDS)}"
        )


def _places(values: Sequence[Any]) -> dict[Any, int]:
    return {value: place for place, value in enumerate(values)}


def _integers(rows: Sequence[Any], read: Callable[[Any], int]) -> Ints:
    return np.fromiter((read(row) for row in rows), dtype=np.int64, count=len(rows))


def _objects(values: Sequence[str]) -> NDArray[np.object_]:
    column = np.empty(len(values), dtype=np.object_)
    column[:] = values
    return column


def _rows_between(account: Integers, first: int, last: int) -> slice:
    # Places of the column's own type: with others numpy would convert the whole column.
    begin, end = np.searchsorted(account, np.array([first, last], dtype=account.dtype))
    return slice(int(begin), int(end))


def _is_sorted(keys: Sequence[Integers]) -> bool:
    """Whether rows ascend by the keys, first key first."""
    undecided = np.ones(max(len(keys[0]) - 1, 0), dtype=np.bool_)
    for key in keys:
        if np.any(undecided & (key[1:] < key[:-1])):
            return False
        undecided &= key[1:] == key[:-1]
    return True
