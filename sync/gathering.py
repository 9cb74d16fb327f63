"""Small pages put together: a transaction costs as much as storing a hundred rows, and HubSpot has no larger pages."""

from collections.abc import Iterable, Iterator, Sequence

from core.changes import Page, Stream
from core.contact_columns import joined, remote_ids

ENOUGH = 1_000
"""Records that are worth a transaction; nothing waits where a page has as many."""
MOST = 10
"""Pages that wait at most: those that are read again where the process is killed meanwhile."""


def gathered(pages: Iterable[Page]) -> Iterator[Page]:
    """The same in fewer pages, each with the cursor behind the last of its own.

    What was read before reading fails comes before the error. A page that tells of deletions, or of records that could
    not be read, stays alone: what it says must land between what was read before and after. So does one without
    records: its cursor is all it says, and may name a file that was ordered and takes hours.
    """
    waiting: list[Page] = []
    try:
        for page in pages:
            if waiting and not _may_wait(page):
                yield _joined(waiting)
                waiting = []
            waiting.append(page)
            if not _may_wait(page) or _are_enough(waiting):
                yield _joined(waiting)
                waiting = []
    except Exception:
        if waiting:
            yield _joined(waiting)
        raise
    if waiting:
        yield _joined(waiting)


def _may_wait(page: Page) -> bool:
    return bool(page.records) and not page.tombstones and not page.skipped


def _are_enough(pages: Sequence[Page]) -> bool:
    return len(pages) >= MOST or sum(len(page.records) for page in pages) >= ENOUGH


def _joined(pages: Sequence[Page]) -> Page:
    """One page of several; only the first may hold more than records, and then it is the only one."""
    if len(pages) == 1:
        return pages[0]
    return Page(
        records=joined([page.records for page in pages]),
        next_cursor=pages[-1].next_cursor,
        expected=pages[0].expected,
        deletions_lost=any(page.deletions_lost for page in pages),
        older=frozenset().union(*(page.older for page in pages)),
    )


def shown(stream: Stream, page: Page) -> Iterator[str]:
    """The ids of a stream that a page says anything of."""
    yield from remote_ids(page.records)
    yield from (ref.remote_id for ref, _ in page.skipped)
    yield from (one.ref.remote_id for one in page.tombstones if one.ref.kind is stream.kind)
