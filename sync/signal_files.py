"""Reading a file of signals row by row: CSV, or Parquet where pyarrow is installed."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from core.errors import ConfigError
from core.signals import SignalFault, shown
from sync.signal_mapping import Row

if TYPE_CHECKING:
    from _csv import Reader  # exists for type checkers only

_DELIMITERS = ",;\t|"
_ROWS_A_BATCH = 5_000
_LONGEST_HEADER = 65_536


class FileRow(NamedTuple):
    """A row and the line it ends on (in Parquet: its number, from 1); a fault where it cannot be taken apart."""

    line: int
    values: Row | SignalFault


@dataclass(frozen=True, slots=True)
class SignalFile:
    """An open file: its header, its rows once, how many units it holds, and how many have been read.

    A unit is a byte of a CSV file and a row of a Parquet file.
    """

    header: Sequence[str]
    rows: Iterator[FileRow]
    total: int
    done: Callable[[], int]


@contextmanager
def open_signal_file(path: Path) -> Iterator[SignalFile]:
    """Open by the name's ending: .parquet, or CSV for everything else.

    Raises ConfigError for a file that is not there or has no header, and where pyarrow is missing.
    """
    try:
        with path.open("rb") as raw:
            yield _open_parquet(raw) if path.suffix.lower() == ".parquet" else _open_csv(raw, path)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}.") from error


def _open_csv(raw: BinaryIO, path: Path) -> SignalFile:
    # Bytes that are no UTF-8 become surrogates, which no row may hold: the line is refused, the others stand.
    text = io.TextIOWrapper(raw, encoding="utf-8-sig", errors="surrogateescape", newline="")
    first = text.readline(_LONGEST_HEADER)
    if "\0" in first or not first.strip():
        raise ConfigError(f"{path} has no header line in UTF-8; save it as CSV (UTF-8).")
    delimiter = max(_DELIMITERS, key=first.count)
    text.seek(0)
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    try:
        header = _named(next(reader))
    except csv.Error as error:
        raise ConfigError(f"{path}: the header line is no CSV ({error}).") from error
    if len(set(header)) < len(header):
        twice = sorted({name for name in header if header.count(name) > 1})
        raise ConfigError(f"{path}: the header names {', '.join(twice)} more than once; rename the columns.")

    def done() -> int:
        return (
            text.buffer.tell()
        )  # and the file stays open while somebody may ask: the wrapper would close it

    return SignalFile(header, _csv_rows(reader, header), path.stat().st_size, done)


def _named(cells: Sequence[str]) -> list[str]:
    """Header names; a spreadsheet leaves empty ones behind its last column, which get a number."""
    return [cell.strip() or f"(column {place})" for place, cell in enumerate(cells, start=1)]


def _csv_rows(reader: "Reader", header: Sequence[str]) -> Iterator[FileRow]:
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            advice = 'close every quote, and write a quote inside of quotes as ""'
            yield FileRow(reader.line_num, SignalFault("line", "is no CSV", advice, str(error)))
            continue
        if len(cells) == len(header):
            yield FileRow(reader.line_num, dict(zip(header, (cell.strip() for cell in cells), strict=True)))
        elif any(cell.strip() for cell in cells):
            yield FileRow(reader.line_num, _wrong_length(cells, header))


def _wrong_length(cells: Sequence[str], header: Sequence[str]) -> SignalFault:
    counted = f"{len(cells)} instead of {len(header)}: {shown(','.join(cells))}"
    advice = "give one cell a column, and put quotes around text that holds the separator"
    return SignalFault("line", "has another number of cells than the header", advice, counted)


def _open_parquet(raw: BinaryIO) -> SignalFile:
    try:
        parquet = import_module("pyarrow.parquet")
        arrow = import_module("pyarrow")
    except ImportError as error:
        raise ConfigError(
            'Parquet files need pyarrow, which is not installed: pip install "pyarrow>=18" into the environment '
            "of Shortlist, or save the file as CSV."
        ) from error
    try:
        file = parquet.ParquetFile(raw)
    except arrow.ArrowException as error:
        raise ConfigError(f"{raw.name} is no Parquet file: {error}.") from error
    read = [0]

    def rows() -> Iterator[FileRow]:
        for batch in file.iter_batches(batch_size=_ROWS_A_BATCH):
            for values in batch.to_pylist():
                read[0] += 1
                yield FileRow(read[0], values)

    return SignalFile(file.schema_arrow.names, rows(), file.metadata.num_rows, lambda: read[0])
