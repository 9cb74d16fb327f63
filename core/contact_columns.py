"""Contacts kept column by column: a first load brings millions, and every step over each of them is paid that often.

Whoever wants records reads them like any other sequence; whoever copies them takes the columns.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import chain
from typing import Any, overload

from core.records import Contact, Record


@dataclass(frozen=True, slots=True, eq=False)
class ContactColumns(Sequence[Contact]):
    """Contacts that live (none has become another one); raises ValueError for columns that are not of one length."""

    remote_id: Sequence[str]
    modified_at: Sequence[datetime]
    account_id: Sequence[str | None]
    email: Sequence[str | None]
    name: Sequence[str]
    title: Sequence[str | None]
    buying_role: Sequence[str | None]
    managed: Sequence[Mapping[str, str | None]]

    def __post_init__(self) -> None:
        if len(set(map(len, self.columns()))) != 1:
            raise ValueError("the columns of contacts are not of one length")

    def __len__(self) -> int:
        return len(self.remote_id)

    def __iter__(self) -> Iterator[Contact]:
        return map(Contact, *self.columns())

    @overload
    def __getitem__(self, at: int) -> Contact: ...
    @overload
    def __getitem__(self, at: slice) -> list[Contact]: ...
    def __getitem__(self, at: int | slice) -> Contact | list[Contact]:
        if isinstance(at, slice):
            return list(map(Contact, *(column[at] for column in self.columns())))
        return Contact(*(column[at] for column in self.columns()))

    def columns(self) -> list[Sequence[Any]]:
        """Each of them, in the order of the fields."""
        return [getattr(self, field.name) for field in fields(self)]


def remote_ids(records: Sequence[Record]) -> Sequence[str]:
    """The records' ids, in their order."""
    return records.remote_id if isinstance(records, ContactColumns) else [one.remote_id for one in records]


def joined(parts: Sequence[Sequence[Record]]) -> Sequence[Record]:
    """All of them in one, as columns where all are."""
    columns = [one.columns() for one in parts if isinstance(one, ContactColumns)]
    if len(columns) < len(parts):
        return list(chain.from_iterable(parts))
    return ContactColumns(*(list(chain.from_iterable(column)) for column in zip(*columns, strict=True)))


def shapes(records: Sequence[Record]) -> Mapping[type, int]:
    """How many there are of each type, in the order in which the types first come."""
    return {Contact: len(records)} if isinstance(records, ContactColumns) else Counter(map(type, records))
