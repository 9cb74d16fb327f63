"""Activities as columns: account i is the i-th of the accounts given to `score`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from scoring.columns import Integers, integers, is_sorted, objects, places, rows_between
from scoring.people import UNKNOWN_PERSON, People
from scoring.units import SECONDS_PER_DAY, Ints

UNKNOWN_MINUTES = -1


class ActivityRow(NamedTuple):
    """One person's part in one activity that took place; cancelled ones are never made into rows."""

    id: str
    account: str
    person: str | None
    type: str
    occurred_at: int
    """Whole seconds since 1970."""
    minutes: float | None = None


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
        place, who = places(accounts), places(people.ids)
        listed = list(rows)
        types = tuple(sorted({row.type for row in listed}))
        code = places(types)
        occurred_at = integers(listed, lambda row: row.occurred_at)
        return cls(
            people=people,
            types=types,
            account=integers(listed, lambda row: place[row.account]),
            person=integers(listed, lambda row: UNKNOWN_PERSON if row.person is None else who[row.person]),
            type=integers(listed, lambda row: code[row.type]),
            day=occurred_at // SECONDS_PER_DAY,
            occurred_at=occurred_at,
            minutes=integers(
                listed, lambda row: UNKNOWN_MINUTES if row.minutes is None else round(row.minutes)
            ),
            ids=objects([row.id for row in listed]),
        ).in_order()

    @classmethod
    def none(cls, people: People) -> Self:
        """No activities."""
        return cls.from_rows((), people, ())

    def in_order(self) -> Self:
        """The same rows in the order that the kernel relies on; sorted columns stay as they are."""
        keys = (self.account, self.person, self.day, self.type, self.occurred_at)
        if len(self.ids) == 0 and is_sorted(keys):
            return self
        order = np.argsort(self.ids, kind="stable") if len(self.ids) else np.arange(len(self.account))
        order = order[np.lexsort([key[order] for key in reversed(keys)])]
        return self._taken(order)

    def of(self, account: int) -> Self:
        """The rows of one account, as account 0."""
        taken = self.between(account, account + 1)
        if self.read_ids is None or len(self.ids):
            return taken
        return replace(taken, ids=objects(self.read_ids(account)))

    def between(self, first: int, last: int) -> Self:
        """The rows of accounts `first` to before `last`, counted from 0."""
        taken = self._taken(rows_between(self.account, first, last))
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
