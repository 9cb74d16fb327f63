"""What a row must hold to be a signal."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from core.signals import SignalFault, read_signal

NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)
GOOD: dict[str, object] = {
    "source": "bombora",
    "domain": "https://www.acme.com/shop",
    "kind": "topic",
    "topic": "  data   warehouses ",
    "strength": "85.5",
    "observed_at": "2026-11-20",
}


def fault(**changes: object) -> SignalFault:
    with pytest.raises(SignalFault) as caught:
        read_signal({**GOOD, **changes}, NOW)
    return caught.value


def test_a_good_row_is_read_whole() -> None:
    signal = read_signal({**GOOD, "id": 17}, NOW)
    assert signal == (
        "bombora",
        "17",
        "acme.com",
        "topic",
        "data warehouses",
        85.5,
        datetime(2026, 11, 20, tzinfo=UTC),
    )


@pytest.mark.parametrize("domain", ["acme.com", "jo@acme.com", "HTTP://ACME.COM:80/", "shop.acme.com"])
def test_every_way_to_write_a_company_makes_the_same_signal(domain: str) -> None:
    assert read_signal({**GOOD, "domain": domain}, NOW) == read_signal(GOOD, NOW)


@pytest.mark.parametrize(
    "at",
    ["2026-11-20T00:00:00Z", "2026-11-20T01:00:00+01:00", "1795132800000", 1795132800000, date(2026, 11, 20),
     datetime(2026, 11, 20, 5, tzinfo=timezone(timedelta(hours=5)))],
)  # fmt: skip
def test_every_way_to_write_an_instant_makes_the_same_signal(at: object) -> None:
    assert read_signal({**GOOD, "observed_at": at}, NOW) == read_signal(GOOD, NOW)


@pytest.mark.parametrize("strength", ["85.5", 85.5, Decimal("85.5"), " 85.50 "])
def test_every_way_to_write_a_number_makes_the_same_signal(strength: object) -> None:
    assert read_signal({**GOOD, "strength": strength}, NOW) == read_signal(GOOD, NOW)


def test_a_row_without_an_id_has_one_that_stands_for_all_of_it() -> None:
    ids = {read_signal(GOOD, NOW).id}
    for change in (
        {"source": "g2"},
        {"domain": "beta.com"},
        {"kind": "hiring"},
        {"topic": "crm"},
        {"strength": 85.4},
        {"observed_at": "2026-11-21"},
    ):
        ids.add(read_signal({**GOOD, **change}, NOW).id)
    assert len(ids) == 7
    assert read_signal(GOOD, NOW).id == "ba2bddf519f0346f7c66b6e532b876f4"  # a changed id would import twice


def test_parts_of_a_row_do_not_run_into_each_other() -> None:
    one = read_signal({**GOOD, "source": "ab", "topic": ""}, NOW)
    other = read_signal({**GOOD, "source": "a", "topic": "b"}, NOW)
    assert one.id != other.id
    assert read_signal({**GOOD, "strength": -0.0}, NOW).id == read_signal({**GOOD, "strength": 0}, NOW).id


@pytest.mark.parametrize(
    ("column", "value", "cause"),
    [
        ("source", "", "missing"),
        ("source", "x" * 81, "is longer than 80 characters"),
        ("source", True, "is no text"),
        ("source", ["a"], "is no single value"),
        ("domain", None, "missing"),
        ("domain", "gmail.com", "belongs to no single company"),
        ("domain", "10.0.0.1", "belongs to no single company"),
        ("domain", "linkedin.com/company/acme", "belongs to no single company"),
        ("kind", "gossip", "unknown kind"),
        ("topic", "a\x00b", "has characters that cannot be read"),
        ("topic", "caf\udce9", "has characters that cannot be read"),
        ("topic", "x" * 256, "is longer than 255 characters"),
        ("strength", "", "missing"),
        ("strength", "high", "is not a number"),
        ("strength", "1_0", "is not a number"),
        ("strength", "٣", "is not a number"),
        ("strength", "nan", "is not a number"),
        ("strength", float("inf"), "is not a number"),
        ("strength", True, "is not a number"),
        ("strength", {"a": 1}, "is no single value"),
        ("strength", 100.1, "is outside 0 to 100"),
        ("strength", "-1", "is outside 0 to 100"),
        ("observed_at", None, "missing"),
        ("observed_at", "11/20/2026", "is no date, or a time without an offset"),
        ("observed_at", "2026-11-20T10:00:00", "is no date, or a time without an offset"),
        ("observed_at", "2026-02-30", "is no date, or a time without an offset"),
        ("observed_at", datetime(2026, 11, 20, 1), "is no date, or a time without an offset"),  # noqa: DTZ001 the fault
        ("observed_at", 9**30, "is no date, or a time without an offset"),
        ("observed_at", "20261120", "lies before the year 2000"),
        ("observed_at", "2026-12-20", "lies in the future"),
    ],
)
def test_a_bad_row_is_refused_with_its_column_and_cause(column: str, value: object, cause: str) -> None:
    found = fault(**{column: value})
    assert (found.column, found.cause) == (column, cause)
    assert found.advice
    assert str(found).startswith(f"{column}: {cause}")


def test_a_message_shows_the_value_on_one_short_line() -> None:
    found = fault(strength="x\ny" + "z" * 100 + "\x1b[31m")
    assert len(found.value) <= 42
    assert found.value.isprintable()
