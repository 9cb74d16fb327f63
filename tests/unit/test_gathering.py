"""Pages put together before they are stored."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from core.changes import Page, Skipped, Stream
from core.contact_columns import ContactColumns, joined
from core.cursors import Cursor
from core.errors import TransientError
from core.records import Kind, Owner, RecordRef, Tombstone
from sync.gathering import ENOUGH, MOST, gathered, shown

NOW = datetime(2026, 11, 26, tzinfo=UTC)
GRAVE = Tombstone(RecordRef(Kind.OWNER, "gone"))
SKIPPED = Skipped(RecordRef(Kind.OWNER, "odd"), "no name")


def page(place: int, count: int = 2, **more: Any) -> Page:
    records = [Owner(f"{place}-{number}", NOW, "Ann", None, is_active=True) for number in range(count)]
    return Page(records, Cursor(position=f"list:{place}"), **more)


def ids(one: Page) -> list[str]:
    return [record.remote_id for record in one.records]


def test_small_pages_become_one_with_the_cursor_behind_the_last() -> None:
    only = [*gathered([page(1, expected=9), page(2, deletions_lost=True), page(3)])]
    assert [ids(one) for one in only] == [["1-0", "1-1", "2-0", "2-1", "3-0", "3-1"]]
    assert only[0].next_cursor == Cursor(position="list:3")
    assert only[0].expected == 9
    assert only[0].deletions_lost


def test_pages_of_columns_become_one_of_columns() -> None:
    parts = [contacts("a", "b"), contacts("c"), contacts()]
    (only,) = gathered(Page(part, Cursor(position="list:1")) for part in parts[:2])
    assert isinstance(only.records, ContactColumns)
    assert [*only.records] == [*parts[0], *parts[1]]
    assert [*joined(parts)] == [*parts[0], *parts[1]]
    mixed = joined([parts[1], page(1, 1).records])
    assert [*mixed] == [*parts[1], *page(1, 1).records]


def contacts(*ids: str) -> ContactColumns:
    texts = [f"{one}@x.example" for one in ids]
    none = [None] * len(ids)
    return ContactColumns([*ids], [NOW] * len(ids), none, texts, [*ids], none, none, [{}] * len(ids))


def test_a_page_that_stands_alone_is_the_same_page() -> None:
    alone = page(1, ENOUGH, expected=5, deletions_lost=True)
    assert [*gathered([alone])] == [alone]


def test_no_page_waits_once_there_is_enough() -> None:
    read: list[int] = []

    def pages() -> Iterator[Page]:
        for place in range(4):
            read.append(place)
            yield page(place, ENOUGH // 2)

    given = gathered(pages())
    assert len(next(given).records) == ENOUGH
    assert read == [0, 1]


def test_pages_with_hardly_anything_in_them_do_not_wait_for_long() -> None:
    found = [*gathered([page(place, 1) for place in range(2 * MOST + 1)])]
    assert [one.next_cursor.position for one in found] == [
        f"list:{at}" for at in (MOST - 1, 2 * MOST - 1, 2 * MOST)
    ]


@pytest.mark.parametrize("more", [{"tombstones": [GRAVE]}, {"skipped": [SKIPPED]}])
def test_what_says_more_than_records_lands_between_what_was_read_before_and_after(
    more: dict[str, Any],
) -> None:
    found = [*gathered([page(1), page(2), page(3, **more), page(4), page(5)])]
    assert [one.next_cursor.position for one in found] == ["list:2", "list:3", "list:5"]
    assert (found[1].tombstones, found[1].skipped) == (more.get("tombstones", ()), more.get("skipped", ()))


def test_what_was_read_before_a_failure_comes_before_it() -> None:
    def pages() -> Iterator[Page]:
        yield page(1)
        yield page(2)
        raise TransientError("gone away")

    given = gathered(pages())
    assert next(given).next_cursor.position == "list:2"
    with pytest.raises(TransientError, match="gone away"):
        next(given)


def test_a_cursor_without_records_is_stored_before_reading_goes_on() -> None:
    def pages() -> Iterator[Page]:
        yield page(1)
        yield page(2, 0)
        raise AssertionError("the file that page 2 tells of was waited for")

    given = gathered(pages())
    assert [next(given).next_cursor.position, next(given).next_cursor.position] == ["list:1", "list:2"]


def test_of_no_pages_nothing_comes() -> None:
    assert not [*gathered([])]


def test_a_page_shows_the_ids_of_its_own_kind() -> None:
    of_another = Tombstone(RecordRef(Kind.CONTACT, "7"))
    told = page(1, 1, tombstones=[GRAVE, of_another], skipped=[SKIPPED])
    assert {*shown(Stream("owners", Kind.OWNER), told)} == {"1-0", "gone", "odd"}
