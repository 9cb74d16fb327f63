"""Rows as the text that PostgreSQL's COPY reads, written column by column.

Going cell by cell through the driver's converters costs ten times as much: a cell here is looked at by C code only,
unless a column has a character that must be escaped.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from store.column_rows import Row, by_column

_ROWS = 10_000
"""Rows in one piece of text."""
_NULL = r"\N"
# PostgreSQL cannot keep NUL: one record with it would block its stream for ever.
_ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r", "\0": ""})
_SPECIAL = "\\\t\n\r\0"
_PLAIN = (int, float)


def pieces(rows: Sequence[Row]) -> Iterator[str]:
    """The rows, some thousand in each piece.

    Values are texts, numbers, truth, bytes or None; raises TypeError for anything else.
    """
    for start in range(0, len(rows), _ROWS):
        columns = map(_cells, by_column(rows[start : start + _ROWS]).columns)
        yield "\n".join([*map("\t".join, zip(*columns, strict=True)), ""])


def _cells(column: Sequence[Any]) -> Sequence[str]:
    if column[0] == column[-1] and column.count(column[0]) == len(column):
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


def _escaped(column: Sequence[str]) -> Sequence[str]:
    everything = "".join(filter(None, column))
    if any(character in everything for character in _SPECIAL):
        return [value and value.translate(_ESCAPED) for value in column]
    return column
