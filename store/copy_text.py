"""Rows as the text that PostgreSQL's COPY reads, written column by column.

Going cell by cell through the driver's converters costs ten times as much: a cell here is looked at by C code only,
unless a column has a character that must be escaped.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

Row = tuple[Any, ...]

_ROWS = 10_000
"""Rows in one piece of text."""
_NULL = r"\N"
# PostgreSQL cannot keep NUL: one record with it would block its stream for ever.
_ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r", "\0": ""})
_SPECIAL = "\\\t\n\r\0"
_PLAIN = (int, float)


def pieces(rows: Iterable[Row]) -> Iterator[str]:
    """The rows, some thousand in each piece.

    Values are texts, numbers, truth, bytes or None; raises TypeError for anything else.
    """
    left = iter(rows)
    while chunk := list(islice(left, _ROWS)):
        columns = map(_cells, zip(*chunk, strict=True))
        yield "".join([f"{line}\n" for line in map("\t".join, zip(*columns, strict=True))])


def _cells(column: Sequence[Any]) -> Sequence[str]:
    if column.count(column[0]) == len(column):
        # Often: the connection, what is gone, a field that nobody fills. Here True and 1 are one, as in the database.
        return [*_many_cells(column[:1])] * len(column)
    return _many_cells(column)


def _many_cells(column: Sequence[Any]) -> Sequence[str]:
    kinds = set(map(type, column))
    has_null = type(None) in kinds
    kinds.discard(type(None))
    cells = _texts(column, kinds)
    return (
        [_NULL if value is None else cell for value, cell in zip(column, cells, strict=True)]
        if has_null
        else cells
    )


def _texts(column: Sequence[Any], kinds: set[type]) -> Sequence[str]:
    """Each value's text; that of None does not matter."""
    if all(issubclass(kind, str) for kind in kinds):
        return _escaped(column)
    if kinds == {bytes}:
        return [rf"\\x{value.hex()}" if value is not None else "" for value in column]
    if all(issubclass(kind, _PLAIN) for kind in kinds):
        return list(map(str, column))
    raise TypeError(f"a column of {', '.join(sorted(kind.__name__ for kind in kinds))} cannot be copied")


def _escaped(column: Sequence[str | None]) -> Sequence[str]:
    cells = [value or "" for value in column]
    everything = "".join(cells)
    if any(character in everything for character in _SPECIAL):
        return [cell.translate(_ESCAPED) for cell in cells]
    return cells
