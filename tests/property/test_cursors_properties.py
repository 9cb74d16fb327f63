"""Values that travel: cursors, instants and canonical text come back as they went."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import from_millis, millis, parse_instant, wire_instant
from core.cursors import Cursor
from core.fields import FieldType, ManagedField, canonical
from core.managed_fields import MANAGED_FIELDS
from sync.pull import opening_cursor

_zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_instants = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=_zones)  # noqa: DTZ001 bounds are naive
_to_the_millisecond = _instants.map(lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000))
_cursors = st.builds(
    Cursor, st.none() | _to_the_millisecond, st.none() | _to_the_millisecond, st.none() | st.text()
)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


@given(_cursors)
def test_a_cursor_survives_the_store(cursor: Cursor) -> None:
    assert Cursor.from_json(cursor.to_json()) == cursor


@given(st.fixed_dictionaries({}, optional={"since": _json, "started_at": _json, "position": _json}) | _json)
def test_a_broken_cursor_is_a_value_error_and_never_a_guess(data: Any) -> None:
    try:
        cursor = Cursor.from_json(data)
    except ValueError:
        return
    assert Cursor.from_json(cursor.to_json()) == cursor
    assert (cursor.since is None) == (not data.get("since"))


@given(_instants)
def test_the_next_window_never_begins_behind_the_instant_it_was_opened(at: datetime) -> None:
    saved = Cursor.from_json(Cursor().opened(at).closed().to_json())
    assert saved.since is not None
    assert at - timedelta(milliseconds=1) < saved.since <= at


@given(_cursors, st.integers(0, 10_000))
def test_the_overlap_opens_new_windows_only(cursor: Cursor, seconds: int) -> None:
    opened = opening_cursor(cursor, timedelta(seconds=seconds))
    if cursor.position is not None or cursor.since is None:
        assert opened == cursor
    else:
        assert opened == Cursor(since=cursor.since - timedelta(seconds=seconds))


@given(_to_the_millisecond)
def test_an_instant_is_one_instant_in_every_spelling(at: datetime) -> None:
    spellings = [wire_instant(at), at.isoformat(), str(millis(at)), wire_instant(at).replace("Z", "+0000")]
    assert {parse_instant(text) for text in spellings} == {at}
    assert from_millis(millis(at)) == at
    assert parse_instant(wire_instant(at)).tzinfo is UTC


@given(st.text())
def test_what_is_no_instant_is_a_value_error(text: str) -> None:
    try:
        at = parse_instant(text)
    except ValueError:
        return
    assert at.tzinfo is UTC


@given(st.sampled_from(["9" * 30, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-10:00", "²"]))
def test_an_instant_out_of_range_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"range|invalid literal"):
        parse_instant(text)


def _values(field: ManagedField) -> st.SearchStrategy[object]:
    match field.type:
        case FieldType.NUMBER:
            return st.floats(-1e9, 1e9) | st.integers(-1000, 1000) | st.decimals(-100, 100, places=4)
        case FieldType.DATE | FieldType.DATETIME:
            return _instants.map(datetime.isoformat)
        case _:
            return st.text()


@given(st.data())
def test_canonical_text_is_its_own_canonical_text(data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(MANAGED_FIELDS))
    value = canonical(field, data.draw(_values(field)))
    assert canonical(field, value) == value
    assert value is None or (value and "\r" not in value)
