"""Results of Bulk API 2.0, read bit by bit: CSV in UTF-8 with every kind of text inside of quotes."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import StringIO, TextIOWrapper
from itertools import chain
from typing import IO, Any, TextIO

import orjson

from connectors.salesforce.schema import FieldInfo, ObjectInfo, Schema
from connectors.salesforce.table import Row, Table
from core.errors import ContractError

_BLOCK_CHARACTERS = 800_000
"""About 5,400 contacts: each step further costs memory, each step back a transaction more."""
_MOST_CHARACTERS = 1 << 24
"""A cell may hold more than the csv module expects of one; Salesforce's longest field has 131,072."""
csv.field_size_limit(_MOST_CHARACTERS)

Convert = Callable[[Sequence[str]], Sequence[Any]]
TypeOf = Callable[[str], str]


def read_tables(
    stream: IO[bytes], type_of: TypeOf, *, skip: int = 0, size: int = _BLOCK_CHARACTERS
) -> Iterator[Table]:
    """Rows with the values that the query API gives, about `size` characters of CSV at a time, behind `skip` rows.

    type_of gives a column's describe type. Raises ContractError for what is no whole CSV.
    """
    text = TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        header = next(csv.reader(text, strict=True), [])
        conversions = [_conversion(type_of(name)) for name in header]
        for cells in _blocks(text, len(header), size):
            columns = zip(header, conversions, cells, strict=True)
            table = Table({name: convert(values) for name, convert, values in columns})
            if len(table) > skip:
                yield table[skip:] if skip else table
            skip = max(0, skip - len(table))
    except (csv.Error, KeyError, ValueError) as error:  # KeyError: a checkbox that is neither true nor false
        raise ContractError(f"Salesforce's CSV cannot be read: {error}.") from error
    finally:
        text.detach()


def read_rows(stream: IO[bytes], type_of: TypeOf, *, skip: int = 0) -> Iterator[list[Row]]:
    """The same as plain rows; a parent's fields stand in an object of their own."""
    for table in read_tables(stream, type_of, skip=skip):
        yield list(table)


def _blocks(text: TextIO, width: int, size: int) -> Iterator[Sequence[Sequence[str]]]:
    """The columns of some lines, and so on to the end."""
    while block := text.read(size):
        block += text.readline()
        yield _plain(block, width) or _any(block, text)


def _plain(block: str, width: int) -> Sequence[Sequence[str]] | None:
    """The columns of lines whose cells are all quoted and hold neither quotes nor ends of lines; None for others.

    Nearly all blocks are such ones, and take a third of the time that the csv module takes.
    """
    height, line = block.count("\n"), width + 1
    # Each end of a line becomes a cell of its own: where all stand in their places, no cell is in another line.
    cells = block[1:-2].replace('"\n"', '","\n","').split('","')
    if len(cells) != line * height - 1 or cells[width::line].count("\n") != height - 1:
        return None
    if block.count('"') != 2 * width * height or block[:1] + block[-2:] != '""\n':
        return None
    return [cells[place::line] for place in range(width)]


def _any(block: str, text: TextIO) -> Sequence[Sequence[str]]:
    """The columns of a block's lines; the last one may go on behind it."""
    lines = csv.reader(chain(StringIO(block, newline=""), text), strict=True)
    left, rows = len(list(StringIO(block, newline=""))), list[list[str]]()
    while lines.line_num < left:
        rows.append(next(lines))
    return list(zip(*rows, strict=True))


def _texts(cells: Sequence[str]) -> Sequence[Any]:
    return [cell or None for cell in cells] if "" in cells else cells


def _booleans(cells: Sequence[str]) -> Sequence[Any]:
    return list(map(_BOOLEANS.__getitem__, cells))


def _numbers(cells: Sequence[str]) -> Sequence[Any]:
    """As the JSON of the query API would say them: 250 stays whole, 1.5E7 becomes a float."""
    return [orjson.loads(cell) if cell else None for cell in cells]


_BOOLEANS: Mapping[str, bool | None] = {"true": True, "false": False, "": None}
_CONVERSIONS: dict[str, Convert] = {
    "boolean": _booleans,
    **dict.fromkeys(("int", "double", "currency", "percent", "long"), _numbers),
}


def _conversion(type_: str) -> Convert:
    return _CONVERSIONS.get(type_, _texts)


def column_types(schema: Schema, info: ObjectInfo) -> TypeOf:
    """Gives the describe type of a selected field or a parent's field (Campaign.Type); unknown ones are texts."""

    def type_of(path: str) -> str:
        *parents, name = path.split(".")
        inner = info
        for parent in parents:
            link = next((one for one in inner.fields.values() if one.relationship == parent), None)
            if link is None or len(link.refers_to) != 1:  # an open type shows what every object has: texts
                return "string"
            inner = schema.of(link.refers_to[0])
        found: FieldInfo | None = inner.fields.get(name)
        return found.type if found else "string"

    return type_of
