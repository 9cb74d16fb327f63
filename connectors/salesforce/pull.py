"""Reading what changed: SOQL in the order (SystemModstamp, Id), so that any row is a place to go on from.

A query is a list of rows fixed when it was opened, but each row is shown as it is when its page is read.
A row that was edited meanwhile carries a stamp behind the window's opening; such a row is never taken as
the position (the rest of the window would be lost), the next window reads it again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from connectors.salesforce.client import Answer, Call, Client
from connectors.salesforce.errors import LOST_LOCATOR, Refusal
from connectors.salesforce.objects import Source, columns
from connectors.salesforce.rows import sort_rows
from connectors.salesforce.schema import NOTHING, ObjectInfo, Schema
from connectors.salesforce.settings import SalesforceSettings
from connectors.salesforce.soql import Position, changed_since
from core.changes import Page
from core.clock import parse_instant
from core.cursors import Cursor
from core.errors import ConfigError, ContractError, TransientError

FIRST_LIMIT = 20_000
LEAST_LIMIT = 250
"""Rows a query asks for once Salesforce has run out of time on the whole window, halved down to this."""
_CLOCK_SLACK = timedelta(hours=1)


@dataclass
class Reading:
    """One pull of one stream. `pages` gives its pages once."""

    client: Client
    schema: Schema
    settings: SalesforceSettings
    source: Source
    cursor: Cursor
    _info: ObjectInfo = NOTHING
    _limit: int | None = None
    _opened: str = ""
    _restarted_at: str | None = None
    _described_again: bool = False
    _late: set[tuple[str, str]] = field(default_factory=set)

    def pages(self) -> Iterator[Page]:
        """The window behind the cursor, then the closing page."""
        while True:
            try:
                yield from self._attempt()
            except Refusal as refusal:
                self._recover(refusal)
            else:
                return

    def _attempt(self) -> Iterator[Page]:
        call = self.client.call(f"read {self.source.stream.name}")
        while True:
            before = self.cursor
            answer = self._first(call)
            total = answer["totalSize"]
            yield from self._query(call, answer)
            if self._limit is None or total < self._limit:
                return
            if self.cursor.position == before.position:
                raise TransientError(
                    f"{self.source.stream.name} changes faster than it can be read; try again later."
                )

    def _query(self, call: Call, answer: Answer) -> Iterator[Page]:
        """The pages of one query; the last closes the window unless there is another slice of it."""
        sliced = self._limit is not None and answer["totalSize"] >= self._limit
        seen: set[str] = set()
        while not answer["done"]:
            yield self._page(answer, expected=answer["totalSize"])
            following = answer["nextRecordsUrl"]
            if following in seen:
                raise ContractError(f"Salesforce names the same next page twice: {following[:80]!r}.")
            seen.add(following)
            answer = call.query_more(following)
        yield self._page(answer, expected=answer["totalSize"], closing=not sliced)

    def _first(self, call: Call) -> Answer:
        answer = call.query(self._soql(), with_deleted=self.source.with_deleted)
        now = call.answered_at
        if self.cursor.since and self.cursor.since > now + _CLOCK_SLACK:
            raise ContractError(
                f"The cursor of {self.source.stream.name} lies in the future ({self.cursor.since}): "
                "pull this object in full."
            )
        self.cursor = self.cursor.opened(now)
        # Date has whole seconds, so every stamp of that second sorts behind this text and counts as late.
        self._opened = (self.cursor.started_at or now).strftime("%Y-%m-%dT%H:%M:%S")
        return answer

    def _soql(self) -> str:
        self._info = self.schema.of(self.source.stream.name)
        selected = columns(self.source, self._info, self.settings)
        conditions = [self.source.condition] if self.source.condition else []
        if self.cursor.since is None:
            conditions.append(self.source.first_condition)
        return changed_since(
            selected, self.source.stream.name, self.cursor, conditions=conditions, limit=self._limit
        )

    def _page(self, answer: Answer, *, expected: int, closing: bool = False) -> Page:
        try:
            rows = [row for row in answer["records"] if (row["Id"], row["SystemModstamp"]) not in self._late]
            self._move(rows)
        except (KeyError, ValueError) as error:
            raise ContractError(
                f"A row of {self.source.stream.name} has no id or no time: {error}."
            ) from error
        found = sort_rows(rows, self.source, self._info, self.settings)
        return Page(
            records=found.records,
            tombstones=found.tombstones,
            skipped=found.skipped,
            next_cursor=self.cursor.closed() if closing else self.cursor,
            expected=expected,
        )

    def _move(self, rows: list[Mapping[str, Any]]) -> None:
        """Take the last row that was not edited since the window opened as position."""
        late = {(row["Id"], row["SystemModstamp"]) for row in rows if row["SystemModstamp"] > self._opened}
        self._late |= late
        for row in reversed(rows):
            if (row["Id"], row["SystemModstamp"]) not in late:
                self.cursor = self.cursor.at(str(Position(parse_instant(row["SystemModstamp"]), row["Id"])))
                return

    def _recover(self, refusal: Refusal) -> None:
        """Prepare to ask again from the position; raises what has no cure."""
        name = self.source.stream.name
        if refusal.code in LOST_LOCATOR and self._restarted_at != str(self.cursor.position):
            self._restarted_at = str(self.cursor.position)
        elif refusal.code == "QUERY_TIMEOUT":
            self._limit = FIRST_LIMIT if self._limit is None else self._limit // 2
            if self._limit < LEAST_LIMIT:
                raise TransientError(f"Salesforce runs out of time on a few rows of {name}.") from refusal
        elif refusal.code == "INVALID_FIELD" and not self._described_again:
            self._described_again = True
            self.schema.forget([name])
        elif refusal.code in ("INVALID_FIELD", "INVALID_TYPE"):
            raise ConfigError(f"{name} cannot be read: {refusal.reason} Run `shortlist check`.") from refusal
        else:
            raise refusal
