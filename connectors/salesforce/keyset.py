"""Reading in the order (SystemModstamp, Id), one page after the other, so that any row is a place to go on from.

Where Salesforce runs out of time, the window is read in slices: so many rows, and no longer a span of time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.salesforce import soql
from connectors.salesforce.client import Answer, Call
from connectors.salesforce.positions import FIRST_ID, Position
from connectors.salesforce.table import Row
from connectors.salesforce.window import Batch, Window
from core.clock import parse_instant
from core.errors import ContractError, TransientError

FIRST_LIMIT = 20_000
LEAST_LIMIT = 250
"""Rows a query asks for once Salesforce has run out of time on the whole window, halved down to this."""
_ORDER = "SystemModstamp, Id"


@dataclass(frozen=True)
class Slice:
    """How much of a window one query asks for; None is all of it.

    parts: how many spans a window is cut into at most. A span that suited a short window would cut a long one into
    thousands, and each of them is a call.
    """

    limit: int | None = None
    span: timedelta | None = None
    parts: int = 1

    def halved(self, name: str, known: timedelta | None) -> "Slice":
        """Half of it; `known` is the time that the query was about, where that has a beginning.

        Raises TransientError where a few rows are too much already.
        """
        limit = FIRST_LIMIT if self.limit is None else self.limit // 2
        if limit < LEAST_LIMIT:
            raise TransientError(f"Salesforce runs out of time on a few rows of {name}.")
        return Slice(limit, known / 2 if known else self.span, self.parts * 2)

    def span_of(self, length: timedelta) -> timedelta | None:
        """The time that each query is about, of a window so long."""
        return max(self.span, length / self.parts) if self.span else None


@dataclass
class Keyset:
    """One read in order. `first` asks, `batches` reads on from its answer."""

    window: Window
    call: Call
    size: Slice
    _upper: datetime | None = None
    _span: timedelta | None = None

    def first(self) -> Answer:
        """The first page of the next slice."""
        window = self.window
        where = self._where()
        text = window.query(where, order=_ORDER, limit=self.size.limit)
        answer = self.call.query(text, with_deleted=window.source.with_deleted)
        window.open(self.call.answered_at)
        return answer

    def batches(self, answer: Answer) -> Iterator[Batch]:
        """All that is left of the window."""
        while True:
            before = self.window.cursor.position
            is_full = self.size.limit is not None and answer["totalSize"] >= self.size.limit
            yield from self._query(answer, closes=not (is_full or self._upper))
            if not (is_full or self._upper):
                return
            if not is_full and self._upper is not None:
                self.window.at(Position(self._upper, FIRST_ID, self.window.read))
            if self.window.cursor.position == before:
                raise TransientError(
                    f"{self.window.name} changes faster than it can be read; try again later."
                )
            answer = self.first()

    def lower(self) -> datetime | None:
        """Where the rest of the window begins."""
        place = self.window.place
        return place.modified_at if isinstance(place, Position) else self.window.cursor.since

    def asked(self) -> timedelta | None:
        """How much time the last query was about; None where it had no beginning."""
        lower = self.lower()
        return self._span or (self.call.answered_at - lower if lower else None)

    def _where(self) -> list[str]:
        place, lower = self.window.place, self.lower()
        self._upper = self._bound(lower) if lower else None
        upper = [soql.before(self._upper)] if self._upper else []
        return [*(soql.behind(place) if isinstance(place, Position) else []), *upper]

    def _bound(self, lower: datetime) -> datetime | None:
        """Where the next query ends; the last one has no end, so that it shows what is edited by then."""
        started = self.window.cursor.started_at or self.call.wire.answered_at or lower
        if self._span is None:
            self._span = self.size.span_of(started - lower)
        upper = lower + self._span if self._span else None
        return upper if upper and upper <= started else None

    def _query(self, answer: Answer, *, closes: bool) -> Iterator[Batch]:
        """The pages of one query."""
        total, seen = answer["totalSize"], set[str]()
        while not answer["done"]:
            yield self._batch(answer["records"], total)
            following = answer["nextRecordsUrl"]
            if following in seen:
                raise ContractError(f"Salesforce names the same next page twice: {following[:80]!r}.")
            seen.add(following)
            answer = self.call.query_more(following)
        yield self._batch(answer["records"], total, is_last=closes)

    def _batch(self, records: list[Row], total: int, *, is_last: bool = False) -> Batch:
        window = self.window
        rows = window.fresh(records)
        try:
            for row in reversed(rows):
                if not window.is_late(row):
                    window.at(Position(parse_instant(row["SystemModstamp"]), row["Id"], window.read))
                    break
        except ValueError as error:
            raise ContractError(f"A row of {window.name} has no time: {error}.") from error
        return Batch(rows, window.cursor, total, is_last)
