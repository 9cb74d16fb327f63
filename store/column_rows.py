"""Rows of a table kept column by column: COPY writes columns, and a row that nobody looks at need not be made."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ColumnRows(Sequence[Row]):
    """Rows like any other sequence of them; there is at least one column, and all are of one length."""

    columns: Sequence[Sequence[Any]]

    def __len__(self) -> int:
        return len(self.columns[0])

    def __iter__(self) -> Iterator[Row]:
        return zip(*self.columns, strict=True)

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> "ColumnRows": ...
    def __getitem__(self, at: int | slice) -> "Row | ColumnRows":
        if isinstance(at, slice):
            return ColumnRows([column[at] for column in self.columns])
        return tuple(column[at] for column in self.columns)


def by_column(rows: Sequence[Row]) -> ColumnRows:
    """The same rows, of which there is at least one; raises ValueError where they are not of one length."""
    return rows if isinstance(rows, ColumnRows) else ColumnRows(list(zip(*rows, strict=True)))
