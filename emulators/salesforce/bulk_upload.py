"""Reading the CSV of an ingest job: records and cells as they were sent, and the values they stand for.

The raw text is kept because results repeat it, quotes or none. A mark of byte order stays part of the first
name of the header, which is then not found, as in Salesforce.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from emulators.salesforce.bulk_errors import JobError
from emulators.salesforce.bulk_results import LINE_ENDINGS

if TYPE_CHECKING:
    from collections.abc import Iterable

_QUOTED = re.compile(r'"(?:[^"]|"")*"')


def split_records(text: str, line_ending: str) -> list[str]:
    """The records of a file, the header first, blank lines left out."""
    pieces = text.split(LINE_ENDINGS[line_ending])
    records = _joined(pieces, LINE_ENDINGS[line_ending]) if '"' in text else pieces
    return [record for record in records if record]


def check_line_endings(records: Iterable[str], line_ending: str) -> None:
    """Raise JobError when the records end in another way than the job says."""
    if any(map(_FOREIGN_ENDING[line_ending], records)):
        raise JobError(
            f"ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {line_ending}"
        )


def _joined(pieces: list[str], ending: str) -> list[str]:
    """Put pieces together again that were cut inside of quotes: there an odd number of quotes stands."""
    records: list[str] = []
    started: list[str] = []
    for piece in pieces:
        is_odd = '"' in piece and piece.count('"') % 2
        if started:
            started.append(piece)
        if is_odd and started:
            records.append(ending.join(started))
            started = []
        elif is_odd:
            started = [piece]
        elif not started:
            records.append(piece)
    return [*records, ending.join(started)] if started else records


def _ends_in_return(record: str) -> bool:
    return record.endswith("\r")


def _has_bare_newline(record: str) -> bool:
    return "\n" in record and "\n" in _QUOTED.sub("", record)


_FOREIGN_ENDING = {"LF": _ends_in_return, "CRLF": _has_bare_newline}


def raw_cells(record: str, delimiter: str) -> list[str]:
    """The cells of a record as they were sent, quotes included."""
    if '"' not in record:
        return record.split(delimiter)
    found: list[str] = _cell_pattern(delimiter).findall(record + delimiter)
    return found


@cache
def _cell_pattern(delimiter: str) -> re.Pattern[str]:
    mark = re.escape(delimiter)
    return re.compile(f'("(?:[^"]|"")*"[^{mark}]*|[^{mark}]*){mark}')


def cell_value(raw: str) -> str:
    """The text a cell stands for, blanks and all. Raises ValueError for quotes in the wrong place."""
    if '"' not in raw:
        return raw
    if not _QUOTED.fullmatch(raw):
        raise ValueError(raw)
    return raw[1:-1].replace('""', '"')


def safe_cell(raw: str) -> str:
    """A cell for a result: as sent, in quotes of its own where those sent are wrong."""
    if '"' not in raw or _QUOTED.fullmatch(raw):
        return raw
    return '"' + raw.replace('"', '""') + '"'
