"""Reading a large window by several cursors at once, each with a range of ids of its own.

Ids never change, so a cursor goes on behind the last id it has read, whatever was edited meanwhile. Ids of one
object mostly count up, so equal ranges hold about equally many rows at first. Where they do not, a cursor that
has come to its end takes half of what another one has left.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

from connectors.salesforce.client import Answer, Call
from connectors.salesforce.positions import IdRange, Ranges
from connectors.salesforce.soql import within
from connectors.salesforce.window import Batch, Window
from connectors.transport import Response
from core.errors import ContractError, TransientError

PAGES_A_CURSOR = 3
"""A cursor that reads fewer pages than these is not worth its part-filled last page."""
_WORTH_HALVING = 2
"""Pages that a cursor must have left, by how dense its ids are, for another one to help it."""
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
"""In the order in which Salesforce compares ids. Were it another one, ranges would be uneven, never wrong."""
_SHORT = 15


def split(low: str, high: str, parts: int) -> tuple[IdRange, ...]:
    """Ranges that together hold every id, cut evenly between the lowest and the highest id that is there."""
    first, last = _number(low[:_SHORT]), _number(high[:_SHORT])
    cuts = sorted({first + (last - first) * part // parts for part in range(1, parts)} - {first})
    edges = ["", *map(_id, cuts), ""]
    return tuple(IdRange(start, end) for start, end in pairwise(edges))


def _number(text: str) -> int:
    number = 0
    for letter in text:
        number = number * len(_DIGITS) + _DIGITS.index(letter)
    return number


def _id(number: int) -> str:
    letters = []
    for _ in range(_SHORT):
        number, digit = divmod(number, len(_DIGITS))
        letters.append(_DIGITS[digit])
    return "".join(reversed(letters))


def _id_of(row: Mapping[str, Any]) -> str:
    """A row's id; raises ContractError where it has none."""
    found = row.get("Id")
    if not isinstance(found, str):
        raise ContractError("A row that Salesforce answers has no id.")
    return found


@dataclass
class _Reader:
    """One cursor: its range, its calls, and the address of its next page where it knows one.

    end: the highest id that may be in the range, where that is known.
    """

    window: Window
    call: Call
    ids: IdRange
    end: str
    _following: str | None = field(default=None)
    _first: str = ""
    _read: int = 0
    _page: int = 0

    def ask(self) -> Response:
        """Its next page, unread."""
        if self._following is not None:
            return self.call.query_more_unread(self._following)
        text = self.window.query(within(self.ids), order="Id")
        return self.call.query_unread(text, with_deleted=self.window.source.with_deleted)

    def read(self, page: Response) -> Answer:
        """A page; notes how far it goes and where the next one is. One that is damaged is asked for once more."""
        try:
            answer = self.call.read_page(page)
        except TransientError:
            answer = self.call.read_page(self.ask())
        following = None if answer["done"] else answer["nextRecordsUrl"]
        if following is not None and following == self._following:
            raise ContractError(f"Salesforce names the same next page twice: {following[:80]!r}.")
        self._following = following
        rows = answer["records"]
        at = _id_of(rows[-1]) if rows else self.ids.at
        self._first = self._first or (_id_of(rows[0]) if rows else "")
        self._read, self._page = self._read + len(rows), len(rows)
        self.ids = self.ids._replace(at=at, done=bool(answer["done"]))
        return answer

    def halve(self) -> "_Reader | None":
        """Another cursor for the second half of what is left; None where that is little, or not known."""
        if self.ids.done or not self.ids.at or not self.end:
            return None
        first, at, end = (_number(one[:_SHORT]) for one in (self._first, self.ids.at, self.end))
        left = self._read * (end - at) / max(at - first, 1)
        middle = _id((at + end) // 2)
        if left < _WORTH_HALVING * self._page or middle <= self.ids.at:
            return None
        other = _Reader(
            self.window,
            self.window.client.call(self.window.operation),
            IdRange(middle, self.ids.high),
            self.end,
        )
        self.ids, self.end, self._following = self.ids._replace(high=middle), middle, None
        return other


class Opened(NamedTuple):
    """A window cut into ranges behind its first page in the order of ids, and its highest id."""

    page: Answer
    ranges: tuple[IdRange, ...]
    highest: str


def open_ranges(window: Window, parts: int) -> Opened:
    """Read the first page and ask for the highest id, both at once; what lies behind the page is cut into ranges."""
    first = _Reader(window, window.client.call(window.operation), IdRange(), "")
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(_highest, window)
        page = first.read(first.ask())
        highest = max(asked.result(), first.ids.at)
    if first.ids.done:
        return Opened(page, (first.ids,), highest)
    nearest, *others = split(first.ids.at, highest, parts) if first.ids.at else (IdRange(),)
    return Opened(page, (nearest._replace(at=first.ids.at), *others), highest)


def _highest(window: Window) -> str:
    """The highest id of a window; empty where it has no rows."""
    text = window.query(order="Id DESC", limit=1)
    answer = window.client.call(window.operation).query(text, with_deleted=window.source.with_deleted)
    return max(map(_id_of, answer["records"]), default="")


def read_ranges(
    window: Window, place: Ranges, expected: int | None, *, cursors: int, opened: Opened | None = None
) -> Iterator[Batch]:
    """What is left of every range; each asks for its next page while the last one is dealt with.

    opened: whose ranges these are, where its page is not handed on yet; that is done while they ask.
    """
    highest = opened.highest if opened else ""
    left = [
        _Reader(window, window.client.call(window.operation), ids, ids.high or highest)
        for ids in place.ranges
        if not ids.done
    ]
    with ThreadPoolExecutor(max(len(left), cursors)) as pool:
        pending: dict[Future[Response], _Reader] = {pool.submit(reader.ask): reader for reader in left}
        if opened or not pending:
            rows = window.fresh(opened.page["records"]) if opened else []
            yield Batch(rows, window.at(Ranges(window.read, place.ranges)), expected, is_last=not pending)
        while pending:
            done = wait(pending, return_when=FIRST_COMPLETED).done
            future = next(one for one in pending if one in done)  # who has asked first: none falls behind
            reader = pending.pop(future)
            answer = reader.read(future.result())
            asking = [] if answer["done"] else [reader]
            if asking and len(pending) + 1 < cursors and (other := reader.halve()) is not None:
                asking.append(other)
            pending |= {pool.submit(one.ask): one for one in asking}
            rows = window.fresh(answer["records"])
            ranges = tuple(one.ids for one in pending.values()) or (reader.ids,)
            batch = Batch(rows, window.at(Ranges(window.read, ranges)), expected, is_last=not pending)
            del done, future, answer, rows  # a page is let go of before the next one is read
            yield batch
            del batch
