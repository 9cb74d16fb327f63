"""Places inside a window, and ranges of ids."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.salesforce.positions import IdRange, JobPlace, Position, Ranges, read_place
from connectors.salesforce.ranges import split
from core.errors import ContractError

STAMP = "2026-03-02T09:30:00.000Z"
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
IDS = st.text(LETTERS, min_size=15, max_size=15)
ENDS = st.one_of(st.just(""), IDS)
COUNTS = st.integers(0, 10**9)
STAMPS = st.datetimes(timezones=st.just(UTC), min_value=datetime(1999, 1, 1), max_value=datetime(2200, 1, 1))  # noqa: DTZ001 hypothesis adds the zone
PLACES = st.one_of(
    st.builds(Position, STAMPS.map(lambda at: at.replace(microsecond=0)), IDS, COUNTS),
    st.builds(JobPlace, COUNTS, IDS, COUNTS, COUNTS),
    st.builds(
        Ranges, COUNTS, st.lists(st.builds(IdRange, ENDS, ENDS, ENDS, st.booleans()), min_size=1).map(tuple)
    ),
)


@given(PLACES)
def test_places_come_back(place: Position | Ranges | JobPlace) -> None:
    assert read_place(str(place)) == place


def test_a_position_of_an_earlier_version_is_understood() -> None:
    at = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    assert read_place(f"{STAMP}|001D000000IRFmaIAH") == Position(at, "001D000000IRFmaIAH", 0)
    assert read_place(None) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "|",
        "x|001D000000IRFmaIAH",
        f"{STAMP}|' OR Id != '",
        "2026-03-02|001",
        f"{STAMP}|001D000000IRFmaIAH|many",
        f"{STAMP}|001D000000IRFmaIAH|1|2",
        "job|1|' OR|0|0",
        "job|1|001D000000IRFmaIAH",
        "ranges|1|",
        "ranges|1|a,b,c,",
        "ranges|1|,,' OR Id != ',",
    ],
)
def test_a_foreign_position_is_refused(text: str) -> None:
    with pytest.raises(ContractError, match="full"):
        read_place(text)


@given(IDS, IDS, IDS, st.integers(1, 16))
def test_every_id_lies_in_exactly_one_range(one: str, other: str, any_id: str, parts: int) -> None:
    ranges = split(min(one, other), max(one, other), parts)

    assert 1 <= len(ranges) <= parts
    assert (ranges[0].low, ranges[-1].high) == ("", "")
    assert all(left.high == right.low for left, right in pairwise(ranges))
    holding = [r for r in ranges if r.low <= any_id and (not r.high or any_id < r.high)]
    assert len(holding) == 1


def test_ids_that_count_up_are_shared_evenly() -> None:
    ids = [f"001Bn{number:010}" for number in range(1000)]
    ranges = split(ids[0], ids[-1], 4)
    sizes = [sum(r.low <= one and (not r.high or one < r.high) for one in ids) for r in ranges]

    assert sum(sizes) == 1000
    assert len(sizes) == 4
    assert min(sizes) > 0
