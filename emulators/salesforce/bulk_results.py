"""Pages of a query job's results: CSV with every value quoted, written column by column for speed."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Any

from emulators.salesforce.bulk_errors import not_in_bulk
from emulators.salesforce.store import Record

if TYPE_CHECKING:
    from emulators.salesforce.bulk_jobs import Job
    from emulators.salesforce.fields import ObjectType
    from emulators.salesforce.soql_resolve import Resolver
    from emulators.salesforce.soql_syntax import Path

DELIMITERS = {"BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}

Values = Callable[[Sequence[Record]], list[Any]]


@dataclass(frozen=True)
class Column:
    """A column by its header, and how to read its cells from records; None is an empty cell."""

    header: str
    values: Values


def column_of(resolver: Resolver, item: ObjectType, path: Path) -> Column:
    """The column of a selected field. Raises INVALID_FIELD, and API_ERROR for a compound field."""
    resolved = resolver.path(item, path)
    if resolved.field.type == "address":
        raise not_in_bulk("Selecting compound data not supported in Bulk Query")
    # Assumption: headers are the true names of fields, however the query spells them.
    header = ".".join([*(relation.key for relation in resolved.relations), resolved.field.name])
    name = resolved.field.name
    absent = False if resolved.field.type == "boolean" else None

    def read(records: Sequence[Record]) -> list[Any]:
        if resolved.relations or resolved.field.formula is not None:
            return [resolved.get(record) for record in records]
        return [record.get(name, absent) for record in records]

    convert = _CONVERSIONS.get(resolved.field.type)
    return Column(header, read if convert is None else lambda records: convert(read(records)))


def _booleans(values: list[Any]) -> list[Any]:
    return [value if value is None else "true" if value else "false" for value in values]


def _datetimes(values: list[Any]) -> list[Any]:
    """`…T08:00:00.000Z`, where other APIs write +0000 (seen in results quoted by many clients)."""
    return [value and value.replace("+0000", "Z") for value in values]


_CONVERSIONS: dict[str, Callable[[list[Any]], list[Any]]] = {"boolean": _booleans, "datetime": _datetimes}


def write_page(job: Job, columns: Sequence[Column], records: Sequence[Record]) -> bytes:
    """A header and the records."""
    text = StringIO(newline="")
    writer = csv.writer(
        text,
        delimiter=DELIMITERS[job.delimiter],
        lineterminator=LINE_ENDINGS[job.line_ending],
        quoting=csv.QUOTE_ALL,
    )
    writer.writerow([column.header for column in columns])
    writer.writerows(zip(*(column.values(records) for column in columns), strict=True))
    return text.getvalue().encode()
