"""Importing a file of signals: good rows are kept, bad ones are told by line, column and cause."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from core.clock import millis
from core.signals import Signal, SignalFault, read_signal
from store.database import Database
from store.signals import Kept, keep_signals
from sync.progress import Progress
from sync.signal_files import FileRow, SignalFile, open_signal_file
from sync.signal_mapping import Layout, MappingSpec, lay_out

_BATCH = 5_000
_LISTED = 1_000
"""Refused rows that are told one by one; all of them are counted by cause."""
_LINES_A_CAUSE = 5


class Refused(NamedTuple):
    """A row that was not taken: where it stands, what is wrong with which column, and what to do."""

    line: int
    column: str
    problem: str
    advice: str
    value: str


@dataclass(slots=True)
class Cause:
    """Refused rows with the same fault; `lines` are the first ones."""

    column: str
    problem: str
    advice: str
    count: int = 0
    lines: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Imported:
    """What an import did; `kept` counts signals by what became of them, `refused` the rows that were not."""

    signals: int = 0
    kept: Counter[Kept] = field(default_factory=Counter)
    refused: int = 0
    listed: list[Refused] = field(default_factory=list)
    _causes: dict[tuple[str, str], Cause] = field(default_factory=dict)

    @property
    def causes(self) -> list[Cause]:
        """What was wrong, most rows first."""
        return sorted(self._causes.values(), key=lambda cause: (-cause.count, cause.column, cause.problem))

    def refuse(self, line: int, fault: SignalFault) -> None:
        """Note a row that was not taken."""
        self.refused += 1
        if len(self.listed) < _LISTED:
            self.listed.append(Refused(line, fault.column, fault.cause, fault.advice, fault.value))
        key = (fault.column, fault.cause)
        cause = self._causes.setdefault(key, Cause(fault.column, fault.cause, fault.advice))
        cause.count += 1
        if len(cause.lines) < _LINES_A_CAUSE:
            cause.lines.append(line)


@dataclass(frozen=True, slots=True)
class Importer:
    """What an import works with. `given` are columns set for the whole file (source, observed_at)."""

    database: Database
    mapping: MappingSpec
    given: Mapping[str, str]
    now: datetime
    progress: Progress


def import_signals(importer: Importer, path: Path) -> Imported:
    """Import a file in batches, a transaction each; importing it again changes nothing.

    Raises ConfigError when the file as a whole cannot be read.
    """
    report = Imported()
    with open_signal_file(path) as file:
        layout = lay_out(file.header, importer.mapping, importer.given)
        signals = _signals(file.rows, layout, importer.now, report)
        done = 0
        while batch := list(islice(signals, _BATCH)):
            _keep(importer, batch, report)
            done += _advance(importer.progress, file, done)
    return report


def _keep(importer: Importer, batch: Sequence[Signal], report: Imported) -> None:
    kept = keep_signals(importer.database, batch, now_ms=millis(importer.now))
    report.signals += len(batch)
    report.kept.update(kept)


def _advance(progress: Progress, file: SignalFile, done: int) -> int:
    moved = file.done() - done
    progress.advance("read signals", moved, file.total)
    return moved


def _signals(rows: Iterable[FileRow], layout: Layout, now: datetime, report: Imported) -> Iterator[Signal]:
    for line, values in rows:
        for row in [values] if isinstance(values, SignalFault) else layout.rows(values):
            try:
                if isinstance(row, SignalFault):
                    raise row
                yield read_signal(row, now)
            except SignalFault as fault:
                report.refuse(line, fault)
