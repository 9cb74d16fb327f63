"""Places inside a window, as the texts that a cursor keeps between runs.

Every place also says how many rows of the window were read to get there, for the count check at its end.
"""

from datetime import datetime
from typing import NamedTuple, Self

from connectors.salesforce.ids import is_id
from core.clock import parse_instant, wire_instant
from core.errors import ContractError

FIRST_ID = "0" * 15
"""Sorts before every id."""
_JOB, _RANGES = "job", "ranges"


class Position(NamedTuple):
    """The last row that was read, in the order (SystemModstamp, Id)."""

    modified_at: datetime
    id: str
    read: int = 0

    def __str__(self) -> str:
        return f"{wire_instant(self.modified_at)}|{self.id}|{self.read}"

    @classmethod
    def parse(cls, parts: list[str]) -> Self:
        """Read what __str__ gave, now or before rows were counted; raises ValueError."""
        stamp, record_id, *rest = parts
        if not is_id(record_id):
            raise ValueError(record_id)
        return cls(parse_instant(stamp), record_id, *map(int, rest))


class IdRange(NamedTuple):
    """Ids from `low` (or the first) to before `high` (or the last), read up to and including `at`."""

    low: str = ""
    high: str = ""
    at: str = ""
    done: bool = False

    def __str__(self) -> str:
        return f"{self.low},{self.high},{self.at},{'done' if self.done else ''}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what __str__ gave; raises ValueError."""
        low, high, at, done = text.split(",")
        if not all(one == "" or is_id(one) for one in (low, high, at)):
            raise ValueError(text)
        return cls(low, high, at, done == "done")


class Ranges(NamedTuple):
    """Where several cursors stand that share a window by ranges of ids."""

    read: int
    ranges: tuple[IdRange, ...]

    def __str__(self) -> str:
        return f"{_RANGES}|{self.read}|{';'.join(map(str, self.ranges))}"

    @classmethod
    def parse(cls, parts: list[str]) -> Self:
        """Read what __str__ gave; raises ValueError."""
        _, read, ranges = parts
        return cls(int(read), tuple(IdRange.parse(one) for one in ranges.split(";")))


class JobPlace(NamedTuple):
    """A Bulk API job, the part of its results that is being read (from 0), and the rows read of that part."""

    read: int
    job_id: str
    part: int = 0
    rows: int = 0

    def __str__(self) -> str:
        return f"{_JOB}|{self.read}|{self.job_id}|{self.part}|{self.rows}"

    @classmethod
    def parse(cls, parts: list[str]) -> Self:
        """Read what __str__ gave; raises ValueError."""
        _, read, job_id, part, rows = parts
        if not is_id(job_id):
            raise ValueError(job_id)
        return cls(int(read), job_id, int(part), int(rows))


Place = Position | Ranges | JobPlace


def read_place(position: str | None) -> Place | None:
    """The place that a cursor's position names; raises ContractError for one that is not ours."""
    if position is None:
        return None
    parts = position.split("|")
    try:
        if parts[0] == _JOB:
            return JobPlace.parse(parts)
        return Ranges.parse(parts) if parts[0] == _RANGES else Position.parse(parts)
    except (TypeError, ValueError) as error:
        raise ContractError(
            f"The cursor's position {position[:60]!r} is not one of ours: pull this object in full."
        ) from error
