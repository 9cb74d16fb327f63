"""The pieces of the HubSpot emulator that have rules of their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.hubspot import catalog
from emulators.hubspot.errors import PropertyValueError
from emulators.hubspot.index import SearchIndex
from emulators.hubspot.links import PRIMARY, UNLABELED, Links
from emulators.hubspot.object_types import COMPANIES
from emulators.hubspot.records import Record, SortedIds, Table, changed, new_record
from emulators.hubspot.times import DAY_MS, parse_date, parse_ms, to_iso, to_ms
from emulators.hubspot.values import canonical, same_value

PAIR = ("contacts", "companies")


def definition(kind: str, field: str = "text", *options: str) -> dict[str, Any]:
    return {
        "name": "p",
        "type": kind,
        "fieldType": field,
        "options": [{"value": option} for option in options],
        "modificationMetadata": {"readOnlyValue": False},
    }


@given(st.integers(min_value=0, max_value=4_102_444_800_000))
def test_times_survive_the_wire(milliseconds: int) -> None:
    text = to_iso(milliseconds)
    assert text.endswith("Z")
    assert parse_ms(text) == parse_ms(str(milliseconds)) == milliseconds


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001 - UTC is added
def test_instants_are_cut_to_milliseconds(moment: datetime) -> None:
    aware = moment.replace(tzinfo=UTC)
    back = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=to_ms(aware))
    assert timedelta(0) <= aware - back < timedelta(milliseconds=1)


@pytest.mark.parametrize("text", ["2026-05-04", "1777852800000", "2026-05-04T00:00:00Z"])
def test_dates_have_three_forms(text: str) -> None:
    assert parse_date(text) == "2026-05-04"


@given(st.integers(min_value=0, max_value=30_000), st.integers(min_value=1, max_value=DAY_MS - 1))
def test_a_date_is_midnight_only(day: int, rest: int) -> None:
    with pytest.raises(ValueError, match="midnight"):
        parse_date(str(day * DAY_MS + rest))


@pytest.mark.parametrize(
    ("kind", "field", "value", "stored"),
    [
        ("number", "number", 62.5, "62.5"),
        ("number", "number", 10, "10"),
        ("string", "text", True, "true"),
        ("bool", "booleancheckbox", "TRUE", "true"),
        ("datetime", "date", 1_777_896_000_000, "2026-05-04T12:00:00Z"),
        ("datetime", "date", "2026-05-04T14:00:00.5+02:00", "2026-05-04T12:00:00.500Z"),
        ("date", "date", "1777852800000", "2026-05-04"),
        ("enumeration", "checkbox", "a;b;a", "a;b"),
        ("enumeration", "checkbox", ";b", "a;b"),
        ("string", "text", None, ""),
    ],
)
def test_values_are_kept_as_text(kind: str, field: str, value: Any, stored: str) -> None:
    assert (
        canonical(definition(kind, field, *(["a", "b"] if field == "checkbox" else [])), value, "a") == stored
    )


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("number", "number", "1,5"),
        ("bool", "booleancheckbox", "1"),
        ("datetime", "date", "tomorrow"),
        ("date", "date", "1777852800001"),
        ("enumeration", "select", "a;b"),
        ("string", "text", {"no": "object"}),
    ],
)
def test_bad_values_are_named(kind: str, field: str, value: Any) -> None:
    with pytest.raises(PropertyValueError) as problem:
        canonical(definition(kind, field, "a", "b"), value)
    assert problem.value.name == "p"


def test_numbers_are_compared_as_numbers() -> None:
    assert same_value("number", "62", "62.0")
    assert not same_value("string", "62", "62.0")
    assert not same_value("number", "62", "")


@given(st.lists(st.integers(min_value=1, max_value=60), unique=True), st.integers(0, 60), st.integers(1, 9))
def test_pages_of_ids_are_slices_of_the_sorted_ids(ids: list[int], first: int, count: int) -> None:
    kept = SortedIds()
    for number in ids:
        kept.add(number)
    expected = [number for number in sorted(ids) if number >= first][:count]
    assert kept.page(first, count) == expected


@given(
    st.lists(
        st.tuples(st.integers(1, 12), st.integers(0, 50), st.booleans(), st.integers(0, 3)), max_size=60
    ),
    st.integers(0, 6),
)
def test_the_index_shows_what_is_due_in_order(writes: list[tuple[int, int, bool, int]], lag_ms: int) -> None:
    """Against a plain model: the last write of each record that is old enough counts."""
    index = SearchIndex()
    history: list[tuple[int, int, Record | None]] = []
    now_ms = 0
    for record_id, modified_ms, removed, step_ms in writes:
        now_ms += step_ms
        record = None if removed else Record(record_id, {}, "", modified_ms)
        index.change(record_id, record, now_ms + lag_ms if lag_ms else None)
        history.append((now_ms, record_id, record))
        index.settle(now_ms)
        model: dict[int, Record] = {}
        for at_ms, known_id, known in history:
            if at_ms + lag_ms <= now_ms:
                model.pop(known_id, None)
                if known is not None:
                    model[known_id] = known
        assert index.visible == model
        assert index.by_modified() == sorted((known.modified_ms, known.id) for known in model.values())


def test_many_changes_at_once_rebuild_the_order() -> None:
    index = SearchIndex()
    for number in range(2_000):
        index.change(number, Record(number, {}, "", number % 7), None)
    assert index.by_modified() == sorted((number % 7, number) for number in range(2_000))


def test_remembered_results_are_forgotten_with_a_change() -> None:
    index = SearchIndex()
    answers = iter(([1], [2]))
    assert index.remembered(b"q", lambda: next(answers)) == [1]
    assert index.remembered(b"q", lambda: next(answers)) == [1]
    index.change(5, Record(5, {}, "", 1), None)
    assert index.remembered(b"q", lambda: next(answers)) == [2]


@given(
    st.lists(
        st.tuples(
            st.integers(1, 3), st.integers(11, 14), st.sampled_from((UNLABELED[PAIR], PRIMARY[PAIR], 0))
        ),
        max_size=40,
    )
)
def test_both_sides_agree_and_there_is_one_primary(steps: list[tuple[int, int, int]]) -> None:
    links = Links()
    for contact, company, type_id in steps:
        if type_id:
            links.add(PAIR, contact, company, type_id)
        else:
            links.remove(PAIR, contact, company)
    for contact in (1, 2, 3):
        linked = links.of(PAIR, contact)
        assert sum(PRIMARY[PAIR] in type_ids for type_ids in linked.values()) <= 1
        for company, type_ids in linked.items():
            assert UNLABELED[PAIR] in type_ids
            back = links.of(PAIR[::-1], company)[contact]
            assert {280 if one == 279 else 2 for one in type_ids} == set(back)


def test_unlabeled_types_have_a_way_back() -> None:
    assert all(pair[::-1] in UNLABELED for pair in UNLABELED)
    assert len(set(UNLABELED.values())) == len(UNLABELED)


def test_unique_values_move_with_their_record() -> None:
    table = Table(COMPANIES)
    table.unique["domain"] = {}
    record = new_record(COMPANIES, 1, {"domain": "a.example"}, 1_000)
    table.put(record, None)
    table.put(changed(record, COMPANIES, {"domain": "b.example"}, 2_000), None)
    assert table.find_unique("domain", "a.example") is None
    found = table.find_unique("domain", "B.example")
    assert found is not None
    assert found.properties["hs_lastmodifieddate"] == "1970-01-01T00:00:02Z"
    table.archive(found, "1970-01-01T00:00:03Z", None)
    assert table.find_unique("domain", "b.example") is None


@pytest.mark.parametrize("name", catalog.GROUPS)
def test_catalog_lines_have_known_groups_and_unique_names(name: str) -> None:
    definitions = catalog.definitions(name)
    names = [item["name"] for item in definitions]
    assert len(names) == len(set(names))
    assert {item["groupName"] for item in definitions} <= set(catalog.GROUPS[name])
