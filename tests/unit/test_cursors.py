"""Where a pull stands: windows that share their boundary, and a position inside."""

from datetime import UTC, datetime, timedelta

import pytest

from core.cursors import Cursor
from sync.pull import opening_cursor

START = datetime(2026, 1, 1, tzinfo=UTC)
SERVER = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def test_a_window_keeps_its_first_start() -> None:
    opened = Cursor(since=START).opened(SERVER)
    assert opened == Cursor(START, SERVER)
    assert opened.at("7").opened(SERVER + timedelta(hours=1)) == Cursor(START, SERVER, "7")


def test_the_next_window_begins_where_this_one_was_opened() -> None:
    """Not where it ended: rows that were committed while we read would be lost."""
    assert Cursor(START).opened(SERVER).at("7").closed() == Cursor(since=SERVER)


def test_a_window_that_was_never_opened_starts_again_from_everything() -> None:
    assert Cursor(START, None, "7").closed() == Cursor()


def test_a_new_window_reaches_back_and_an_open_one_goes_on() -> None:
    overlap = timedelta(minutes=5)
    assert opening_cursor(Cursor(), overlap) == Cursor()
    assert opening_cursor(Cursor(since=START), overlap) == Cursor(since=START - overlap)
    half_read = Cursor(START, SERVER, "7")
    assert opening_cursor(half_read, overlap) == half_read


def test_json_is_plain_and_cuts_instants_down_never_up() -> None:
    data = Cursor(START, SERVER, "7").to_json()
    assert data == {
        "since": "2026-01-01T00:00:00.000Z",
        "started_at": "2026-01-02T03:04:05.678Z",
        "position": "7",
    }
    assert Cursor.from_json({}) == Cursor()


@pytest.mark.parametrize(
    "data", [None, [], "x", 5, {"since": 5}, {"since": ""}, {"since": "yesterday"}, {"position": 7}]
)
def test_a_broken_cursor_is_a_value_error(data: object) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        Cursor.from_json(data)
