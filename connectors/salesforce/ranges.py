"""Reading a large window by several cursors at once, each with a range of ids of its own.

Ids never change, so a cursor goes on behind the last id it has read, whatever was edited meanwhile. Ids of one
object mostly count up, so equal ranges hold about equally many rows; where they do not, it only takes longer.
"""

from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import pairwise

from connectors.salesforce.client import Answer, Call
from connectors.salesforce.positions import IdRange, Ranges
from connectors.salesforce.soql import within
from connectors.salesforce.window import Batch, Window
from core.errors import ContractError

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


@dataclass
class _Reader:
    """One cursor: its range, its calls, and the address of its next page where it knows one."""

    window: Window
    call: Call
    ids: IdRange
    _following: str | None = field(default=None)

    def ask(self) -> bytes:
        """Its next page, unread."""
        if self._following is not None:
            return self.call.query_more_unread(self._following)
        text = self.window.query(within(self.ids), order="Id")
        return self.call.query_unread(text, with_deleted=self.window.source.with_deleted)

    def read(self, page: bytes) -> Answer:
        """A page; notes how far it goes and where the next one is."""
        answer = self.call.read_page(page)
        following = None if answer["done"] else answer["nextRecordsUrl"]
        if following is not None and following == self._following:
            raise ContractError(f"Salesforce names the same next page twice: {following[:80]!r}.")
        self._following = following
        at = answer["records"][-1]["Id"] if answer["records"] else self.ids.at
        self.ids = self.ids._replace(at=at, done=bool(answer["done"]))
        return answer


def open_ranges(window: Window, parts: int) -> None:
    """Cut the window into ranges; two calls. A window without rows becomes one range."""
    call = window.client.call(window.operation)
    ends = []
    for order in ("Id", "Id DESC"):
        answer = call.query(window.query(order=order, limit=1), with_deleted=window.source.with_deleted)
        ends += [row["Id"] for row in answer["records"]]
    whole = (IdRange(),)
    window.at(Ranges(window.read, split(min(ends), max(ends), parts) if len(ends) > 1 else whole))


def read_ranges(window: Window, place: Ranges, expected: int | None) -> Iterator[Batch]:
    """What is left of every range; each asks for its next page while the last one is dealt with."""
    readers = [_Reader(window, window.client.call(window.operation), ids) for ids in place.ranges]
    left = [reader for reader in readers if not reader.ids.done]
    if not left:
        yield Batch([], window.cursor, expected, is_last=True)
        return
    with ThreadPoolExecutor(len(left)) as pool:
        pending: dict[Future[bytes], _Reader] = {pool.submit(reader.ask): reader for reader in left}
        while pending:
            future = next(iter(wait(pending, return_when=FIRST_COMPLETED).done))
            reader = pending.pop(future)
            answer = reader.read(future.result())
            if not answer["done"]:
                pending[pool.submit(reader.ask)] = reader
            rows = window.fresh(answer["records"])
            cursor = window.at(Ranges(window.read, tuple(one.ids for one in readers)))
            yield Batch(rows, cursor, expected, is_last=not pending)
