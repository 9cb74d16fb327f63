"""Rows of one answer kept column by column, and how to take a column of rows however they are kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Table(Sequence[Row]):
    """Columns by name, all of one length; one of a parent's by its path, in its rows as an object (Campaign.Type)."""

    columns: Mapping[str, Sequence[Any]]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        paths = [name for name in self.columns if "." in name]
        for values in zip(*self.columns.values(), strict=True):
            row = dict(zip(self.columns, values, strict=True))
            _nest(row, paths)
            yield row

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> "Table": ...
    def __getitem__(self, at: int | slice) -> "Row | Table":
        if isinstance(at, slice):
            return Table({name: values[at] for name, values in self.columns.items()})
        return next(iter(Table({name: [values[at]] for name, values in self.columns.items()})))


def column(rows: Sequence[Row], name: str) -> Sequence[Any]:
    """A field's values that every row must have; raises KeyError."""
    return rows.columns[name] if isinstance(rows, Table) else [row[name] for row in rows]


def optional_column(rows: Sequence[Row], name: str) -> Sequence[Any]:
    """A field's values, None where a row does not have it."""
    if isinstance(rows, Table):
        return rows.columns.get(name) or [None] * len(rows)
    return [row.get(name) for row in rows]


def _nest(row: dict[str, Any], paths: Sequence[str]) -> None:
    """Campaign.Type becomes an object Campaign with Type; one without any value is None, as there is no parent."""
    for path in paths:
        value = row.pop(path)
        *parents, name = path.split(".")
        inner = row
        for parent in parents:
            inner.setdefault(parent, None)
            if inner[parent] is None:
                if value is None:
                    break
                inner[parent] = {}
            inner = inner[parent]
        else:
            inner[name] = value
