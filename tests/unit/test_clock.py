"""Instants as the CRMs and people write them."""

from datetime import UTC, datetime

import pytest

from core.clock import from_millis, millis, parse_as_of, parse_instant, system_clock, wire_instant

NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31T12:00:00Z",
        "2026-01-31T12:00:00.000Z",
        "2026-01-31T12:00:00.000+0000",
        "2026-01-31T12:00:00+00:00",
        "2026-01-31T14:00:00+02:00",
        "1769860800000",
    ],
)
def test_every_spelling_of_an_instant(text: str) -> None:
    assert parse_instant(text) == NOON
    assert parse_instant(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2026-01-31", "2026-01-31T12:00:00", "2026-02-30T12:00:00Z", "-5", "²", "9" * 17, "9" * 40],
)
def test_what_is_no_instant_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        parse_instant(text)


def test_a_person_may_type_a_date_or_an_instant() -> None:
    assert parse_as_of("2026-01-31") == datetime(2026, 1, 31, tzinfo=UTC)
    assert parse_as_of("2026-01-31T14:00+02:00") == NOON
    for text in ("31.01.2026", "2026-13-01", "today"):
        with pytest.raises(ValueError, match=r"\S"):
            parse_as_of(text)


def test_instants_are_written_in_milliseconds_and_utc() -> None:
    at = datetime.fromisoformat("2026-01-31T14:00:00.123999+02:00")
    assert wire_instant(at) == "2026-01-31T12:00:00.123Z"
    assert from_millis(millis(NOON)) == NOON


def test_the_machine_s_clock_is_aware() -> None:
    assert system_clock().tzinfo is UTC
