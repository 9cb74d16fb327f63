"""Reading what changed, by the way that suits the size: in order, by ranges of ids, or as a bulk job.

The first page of a query in order tells how many rows the window holds. Up to ten pages it is read on; a
larger window is shared by several cursors; a very large one becomes a job. A first load that Salesforce estimates to
be very large becomes one without that page. Whatever fails about a job, the window goes by the query API instead. A
first load is compared with Salesforce's count before its window is closed.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from connectors.salesforce import bulk_query
from connectors.salesforce.bulk_job import BulkFailedError
from connectors.salesforce.client import Answer
from connectors.salesforce.errors import HIDDEN, LOST_LOCATOR, Refusal
from connectors.salesforce.keyset import Keyset, Slice
from connectors.salesforce.positions import JobPlace, Ranges
from connectors.salesforce.ranges import PAGES_A_CURSOR, open_ranges, read_ranges
from connectors.salesforce.settings import SalesforceSettings
from connectors.salesforce.window import Batch, Window
from core.errors import ConfigError, ContractError, ShortlistError

PAGES_IN_ORDER = 10
"""A window of more pages than these is worth several cursors."""
_REST_SECONDS = 3600.0
"""How long no job is tried once the day's jobs were used up."""
_TOO_MUCH = ("QUERY_TIMEOUT", "OPERATION_TOO_LARGE")
_SLICE_SECONDS = 86_400.0
"""How long a size is kept that Salesforce could answer: a slow day must not cost calls for ever."""


@dataclass
class Habits:
    """What a connection has learnt: sizes that Salesforce could answer, and until when no jobs are to be had.

    no_bulk_until is an instant of the transport's monotonic clock, and so is the end that stands beside a size.
    is_first_load: everything is about to be read.
    estimates: rows of objects of which a first load has not begun, as Salesforce remembers them.
    """

    slices: dict[str, tuple[Slice, float]] = field(default_factory=dict)
    no_bulk_until: float = 0.0
    is_first_load: bool = False
    estimates: dict[str, int] = field(default_factory=dict)

    def size_of(self, name: str, now: float) -> Slice:
        """How much of an object to ask for at once."""
        size, end = self.slices.get(name, (Slice(), 0.0))
        return size if now < end else Slice()


@dataclass
class Reading:
    """One read of a window. `batches` gives its rows once; the last batch's window is complete."""

    window: Window
    settings: SalesforceSettings
    habits: Habits
    _restarted_at: str | None = None
    _described_again: bool = False
    _counted_again: bool = False
    _bulk: bool = True
    _total: int | None = None
    _opened_with: Callable[[], int | None] = lambda: None
    _keyset: Keyset | None = None

    def batches(self) -> Iterator[Batch]:
        """The rows, with cursors to go on from."""
        while True:
            try:
                for batch in self._attempt():
                    if batch.is_last and not self._is_complete():
                        break
                    yield batch
                    del batch  # before the next one is read
                else:
                    return
            except Refusal as refusal:
                self._recover(refusal)
            except BulkFailedError as failed:
                self._go_without_bulk(failed)

    def _attempt(self) -> Iterator[Batch]:
        window, place = self.window, self.window.place
        if isinstance(place, JobPlace):
            yield from bulk_query.read_job(window, place, self.settings.bulk_deadline_minutes * 60)
        elif isinstance(place, Ranges):
            yield from read_ranges(window, place, self._total, cursors=self.settings.parallel_cursors)
        elif self._is_estimated_for_bulk():
            yield from self._as_job_at_once()
        else:
            yield from self._in_order()

    def _as_job_at_once(self) -> Iterator[Batch]:
        """A job without a first page; Salesforce counts the window while the job is waited for."""
        opened = bulk_query.open_job(self.window)
        with ThreadPoolExecutor(1) as pool:
            self._opened_with = pool.submit(_counted, self.window).result
            yield opened
            yield from self._attempt()

    def _in_order(self) -> Iterator[Batch]:
        window = self.window
        size = self._size()
        keyset = Keyset(window, window.client.call(window.operation), size)
        self._keyset = keyset
        answer = keyset.first()
        self._total = total = answer["totalSize"]
        if window.place is None and size == Slice():
            self._opened_with = lambda: total
        if window.place is not None or size != Slice():
            yield from keyset.batches(answer)
        elif self._is_for_bulk(total):
            yield bulk_query.open_job(window)
            yield from self._attempt()
        elif (cursors := self._cursors_for(answer)) > 1:
            opened = open_ranges(window, cursors)
            place = Ranges(window.read, opened.ranges)
            yield from read_ranges(window, place, self._total, cursors=cursors, opened=opened)
        else:
            yield from keyset.batches(answer)

    def _cursors_for(self, answer: Answer) -> int:
        """How many cursors suit a window, by its first page: no more than it takes to be done in as few turns."""
        pages: int = -(-answer["totalSize"] // max(len(answer["records"]), 1))
        if pages <= PAGES_IN_ORDER:
            return 1
        left = pages - 1  # the first page in the order of ids comes before the others
        turns = -(-left // min(self.settings.parallel_cursors, -(-left // PAGES_A_CURSOR)))
        return -(-left // turns)

    def _is_for_bulk(self, rows: int) -> bool:
        threshold = self.settings.bulk_read_from
        rests = self.window.client.wire.timing.monotonic() < self.habits.no_bulk_until
        return bool(self._bulk and not rests and threshold and rows >= threshold)

    def _is_estimated_for_bulk(self) -> bool:
        """Whether a first load that begins is so large by an estimate, which is good for one try."""
        window = self.window
        if window.cursor.since is not None or window.place is not None or self._size() != Slice():
            return False
        return self._is_for_bulk(self.habits.estimates.pop(window.name, 0))

    def _is_complete(self) -> bool:
        """Whether a first load has read what Salesforce counts; a short one is read once more.

        Salesforce counted the window at its opening. Only where that does not fit, because rows were edited
        meanwhile or are missing, or is not known any more, it is asked to count again. Raises ContractError
        where the load is short twice.
        """
        window = self.window
        if window.cursor.since is not None or window.read + window.recent == self._opened_with():
            return True
        missing = window.missing()
        if not missing:
            return True
        if self._counted_again:
            raise ContractError(
                f"{missing} rows of {window.name} do not come although Salesforce counts them. The load is not "
                "taken as complete; run `shortlist pull` again, and report this message if it stays."
            )
        self._counted_again = True
        window.restart()
        return False

    def _go_without_bulk(self, failed: BulkFailedError) -> None:
        """Read the window by the query API; where jobs are used up, other objects need not try."""
        self._bulk = False
        client = self.window.client
        if failed.is_used_up:
            self.habits.no_bulk_until = client.wire.timing.monotonic() + _REST_SECONDS
        client.note(f"{self.window.name} is read without the Bulk API. {failed}")
        self.window.restart()

    def _recover(self, refusal: Refusal) -> None:
        """Prepare to ask again from where the cursor stands; raises what has no cure."""
        window, position = self.window, str(self.window.cursor.position)
        if refusal.code in LOST_LOCATOR and self._restarted_at != position:
            self._restarted_at = position
        elif refusal.code in _TOO_MUCH:
            self._shrink()
        elif refusal.code in HIDDEN and not self._described_again:
            self._described_again = True
            window.schema.forget([window.name])
        elif refusal.code in HIDDEN:
            message = f"{window.name} cannot be read: {refusal.reason} Run `shortlist check`."
            raise ConfigError(message) from refusal
        else:
            raise refusal

    def _shrink(self) -> None:
        """Ask for half as much from now on, in order."""
        window = self.window
        if isinstance(window.place, Ranges | JobPlace):
            window.restart()
        known = self._keyset.asked() if self._keyset else None
        until = window.client.wire.timing.monotonic() + _SLICE_SECONDS
        self.habits.slices[window.name] = self._size().halved(window.name, known), until

    def _size(self) -> Slice:
        return self.habits.size_of(self.window.name, self.window.client.wire.timing.monotonic())


def _counted(window: Window) -> int | None:
    """The rows of a window; None where they are not counted now: the load's end asks again."""
    try:
        return window.count()
    except ShortlistError:
        return None
