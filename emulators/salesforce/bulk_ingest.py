"""The work of an ingest job: its rows in batches, and the three lists that say what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING

from emulators.salesforce.bulk_columns import Target, read_header
from emulators.salesforce.bulk_errors import JobError
from emulators.salesforce.bulk_results import DELIMITERS, LINE_ENDINGS
from emulators.salesforce.bulk_rows import Outcome, Writer, do_row
from emulators.salesforce.bulk_upload import (
    cell_value,
    check_line_endings,
    raw_cells,
    safe_cell,
    split_records,
)

if TYPE_CHECKING:
    from emulators.salesforce.bulk_jobs import Job

# Rows of a batch are written in portions; a key may come once in each.
_PORTION = 200
_FAILED_ID_SINCE = 53.0


@dataclass
class IngestWork:
    """An upload and its outcomes; `outcomes[n]` is of `rows[n]`, rows without one are unprocessed."""

    writer: Writer
    line_ending: str
    delimiter: str
    batch_rows: int
    scatter: bool
    text: str = ""
    header: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    targets: list[Target] | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    failed: int = 0

    @property
    def processed(self) -> int:
        """Rows done, failed ones among them."""
        return len(self.outcomes)

    def batches(self) -> int:
        """How many batches the rows make. Raises JobError when the file or its header is wrong."""
        if self.targets is None:
            self.load()
            check_line_endings([self._mark().join(self.header), *self.rows], self.line_ending)
            self.targets = self._targets()
        return ceil(len(self.rows) / self.batch_rows)

    def do(self, batch: int) -> None:
        """Write the rows of a batch."""
        start = batch * self.batch_rows
        seen: set[str] = set()
        # Assumption: jobs know no header that lets duplicates be saved.
        self.writer.org.rules.allow_duplicates = False
        for number, row in enumerate(self.rows[start : start + self.batch_rows]):
            if number % _PORTION == 0:
                seen.clear()
            outcome = do_row(self.writer, self.targets or [], raw_cells(row, self._mark()), seen)
            self.outcomes.append(outcome)
            self.failed += outcome.error is not None

    def load(self) -> None:
        """Cut the text that was sent into header and rows, once."""
        if self.text:
            records = split_records(self.text, self.line_ending)
            self.text, self.rows = "", records[1:]
            self.header = raw_cells(records[0], self._mark()) if records else []

    def _mark(self) -> str:
        return DELIMITERS[self.delimiter]

    def _targets(self) -> list[Target]:
        writer = self.writer
        if not self.header:
            # Assumption: the text is not recorded.
            raise JobError("ClientInputError : The file has no header")
        try:
            names = [cell_value(raw) for raw in self.header]
        except ValueError as problem:
            raise JobError(f"InvalidBatch : Field name not found : {problem}") from None
        if writer.operation in ("delete", "hardDelete") and len(names) > 1:
            # Assumption: widely quoted, not recorded.
            raise JobError("InvalidBatch : Delete batches must contain only ids")
        targets = read_header(writer.org, writer.user_id, writer.item, names)
        needed = writer.key.name if writer.key else "Id" if writer.operation != "insert" else None
        if needed is not None and needed not in [target.name for target in targets]:
            raise JobError(f"InvalidBatch : Field name not found : {needed}")
        return targets


def successful_results(job: Job, work: IngestWork) -> bytes:
    """Rows that were written, columns in the order of their names."""
    done = [
        (row, f'"{outcome.record_id}"', '"true"' if outcome.created else '"false"')
        for row, outcome in zip(work.rows, work.outcomes, strict=False)
        if outcome.error is None
    ]
    return _sorted_results(job, work, '"sf__Created"', done)


def failed_results(job: Job, work: IngestWork) -> bytes:
    """Rows that were refused, columns in the order of their names."""
    with_id = float(job.version) >= _FAILED_ID_SINCE
    failed = [
        (row, f'"{outcome.record_id if with_id else ""}"', _quoted(outcome.error))
        for row, outcome in zip(work.rows, work.outcomes, strict=False)
        if outcome.error is not None
    ]
    return _sorted_results(job, work, '"sf__Error"', failed)


def unprocessed_records(job: Job, work: IngestWork) -> bytes:
    """Rows that were never looked at, as they were sent."""
    work.load()
    mark = DELIMITERS[job.delimiter]
    if not work.header:
        return b""
    return _file(job, [mark.join(work.header), *work.rows[len(work.outcomes) :]])


def _sorted_results(job: Job, work: IngestWork, second: str, rows: Sequence[tuple[str, str, str]]) -> bytes:
    mark = DELIMITERS[job.delimiter]
    order = sorted(range(len(work.header)), key=lambda position: work.header[position].strip('"'))

    def line(row: str, first: str, other: str) -> str:
        cells = [safe_cell(raw) for raw in raw_cells(row, mark)]
        cells += [""] * (len(order) - len(cells))
        return mark.join([first, other, *(cells[position] for position in order)])

    header = mark.join(['"sf__Id"', second, *(work.header[position] for position in order)])
    shown = [*rows[1::2], *rows[0::2]] if work.scatter else rows
    return _file(job, [header, *(line(*row) for row in shown)])


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _file(job: Job, lines: Iterable[str]) -> bytes:
    ending = LINE_ENDINGS[job.line_ending]
    return "".join(line + ending for line in lines).encode()
