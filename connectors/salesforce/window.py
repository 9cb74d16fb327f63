"""One window of one object: what is asked for, what was read of it, and where that leaves the cursor.

A query is a list of rows fixed when it was opened, but each row is shown as it is when its page is read. A row
that was edited meanwhile carries a stamp behind the window's opening. It is handed on but never counted and
never taken as the position of a read in stamp order; the next window reads it again.

A row that was stamped shortly before the opening may have been committed behind it, so it proves nothing that one is
counted later and was not read. The next window reads those again too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from connectors.salesforce import soql
from connectors.salesforce.client import Client
from connectors.salesforce.errors import Refusal
from connectors.salesforce.objects import Source
from connectors.salesforce.positions import Place, read_place
from connectors.salesforce.schema import NOTHING, ObjectInfo, Schema
from connectors.salesforce.table import Row, column
from core.cursors import Cursor
from core.errors import ContractError

Columns = Callable[[ObjectInfo], list[str]]

_CLOCK_SLACK = timedelta(hours=1)
_SETTLED = timedelta(minutes=5)
"""So long after its stamp a row is surely there to be read; the next window reaches back as far by default."""
_TOO_LONG = ("QUERY_TIMEOUT", "OPERATION_TOO_LARGE")


class Batch(NamedTuple):
    """Rows that were read together, and the cursor behind them; the last batch's window can be closed."""

    rows: Sequence[Row]
    cursor: Cursor
    expected: int | None = None
    is_last: bool = False


@dataclass
class Window:
    """What is read of `source` behind `cursor`. `columns` says what to select of the object as described.

    read: rows that were settled when it was opened. recent: rows that were stamped shortly before, since this process
    or the window began.
    """

    client: Client
    schema: Schema
    source: Source
    cursor: Cursor
    columns: Columns
    info: ObjectInfo = NOTHING
    read: int = 0
    recent: int = 0
    _late: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        place = self.place
        self.read = place.read if place else 0
        self._note_opening()

    @property
    def name(self) -> str:
        """The object."""
        return self.source.stream.name

    @property
    def operation(self) -> str:
        """What its calls are counted as."""
        return f"read {self.name}"

    @property
    def place(self) -> Place | None:
        """Where inside the window it stands; raises ContractError for a place that is not ours."""
        return read_place(self.cursor.position)

    def query(self, where: Sequence[str] = (), *, order: str | None = None, limit: int | None = None) -> str:
        """The window's rows that also fulfil `where`."""
        self.info = self.schema.of(self.name)
        wanted = [*self.conditions(), *where]
        return soql.select(self.columns(self.info), self.name, wanted, order=order, limit=limit)

    def conditions(self) -> list[str]:
        """What makes a row one of the window."""
        where = [self.source.condition] if self.source.condition else []
        if self.cursor.since is not None:
            return [*where, soql.since(self.cursor.since)]
        return [*where, *self.source.first_conditions(self.schema.of(self.name))]

    def open(self, now: datetime) -> None:
        """Note Salesforce's clock at the window's start; raises ContractError where it begins later than that."""
        if self.cursor.since and self.cursor.since > now + _CLOCK_SLACK:
            raise ContractError(
                f"The cursor of {self.name} lies in the future ({self.cursor.since}): pull this object in full."
            )
        self.cursor = self.cursor.opened(now)
        self._note_opening()

    def _note_opening(self) -> None:
        opened = self.cursor.started_at
        self._opened = _moment(opened) if opened else "~"
        self._settled = _moment(opened - _SETTLED) if opened else "~"

    def fresh(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The rows without those that were handed on as late before; counts the ones that are in time.

        Raises ContractError for a row without id or time.
        """
        opened, settled = self._opened, self._settled
        try:
            ids, stamps = column(rows, "Id"), column(rows, "SystemModstamp")
            if all(ids) and max(stamps, default="") <= settled:
                self.read += len(rows)
                return rows
            late = [row for row in rows if row["SystemModstamp"] > opened]
            keys = {(row["Id"], row["SystemModstamp"]) for row in late}
            old = sum(stamp <= settled for stamp in stamps)
            self.read, self.recent = self.read + old, self.recent + len(rows) - len(late) - old
            if not keys:
                return [row for row in rows if row["Id"]]
        except (KeyError, TypeError) as error:
            raise ContractError(f"A row of {self.name} has no id or no time: {error}.") from error
        known = keys & self._late
        self._late |= keys
        return [row for row in rows if (row["Id"], row["SystemModstamp"]) not in known]

    def is_late(self, row: Row) -> bool:
        """Whether a row was edited since the window was opened."""
        return bool(row["SystemModstamp"] > self._opened)

    def at(self, place: Place) -> Cursor:
        """Move to a place inside the window."""
        self.cursor = self.cursor.at(str(place))
        return self.cursor

    def restart(self) -> None:
        """Begin the window anew. What was read, but not handed on, is not known."""
        self.cursor = replace(self.cursor, position=None)
        self._late.clear()
        self.read = self.recent = 0

    def count(self, *, before_opening: timedelta = timedelta(0)) -> int:
        """How many rows the open window holds by Salesforce's own count that were stamped so long before its opening.

        Raises Refusal, among others where there are too many to be counted.
        """
        where = self.conditions()
        if self.cursor.started_at is not None:
            where.append(soql.before(self.cursor.started_at.replace(microsecond=0) - before_opening))
        text = soql.select(["COUNT()"], self.name, where)
        call = self.client.call(f"count {self.name}")
        return int(call.query(text, with_deleted=self.source.with_deleted)["totalSize"])

    def missing(self) -> int:
        """How many settled rows the window holds by Salesforce's own count beyond those that were read.

        Left out of both are rows edited since the opening and those that may have been committed since, so it is not
        too high unless a transaction takes longer than _SETTLED.
        """
        if self.cursor.started_at is None:
            return 0
        try:
            return max(0, self.count(before_opening=_SETTLED) - self.read)
        except Refusal as refusal:
            if refusal.code not in _TOO_LONG:
                raise
            self.client.note(
                f"{self.name} is too large to be counted; that all of it was read is not proven."
            )
            return 0


def _moment(instant: datetime) -> str:
    """A text that stamps can be compared with; those of the instant's own second come behind it."""
    # Date has whole seconds: when in its second a window was opened is not known.
    return instant.strftime("%Y-%m-%dT%H:%M:%S")
