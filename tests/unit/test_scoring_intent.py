"""Intent by hand (docs/scoring.md section 4)."""

import pytest

from scoring.intent import intent
from scoring.model import build_model
from scoring.signals import SignalRow, Signals
from tests.scoring_world import DAY, default_data

NOON = 20_000 * DAY + DAY // 2
Row = tuple[str, str, str, float, float]


def points(*rows: Row) -> float:
    """From (source, kind, topic, strength, age in days)."""
    data = default_data()
    data["intent"]["sources"] = {"g2": {"weight": 30, "min_strength": 10, "ttl_days": 7, "half_life_days": 7}}
    signals = Signals.from_rows(
        ["a"],
        [
            SignalRow(f"s{place}", "a", source, kind, topic, strength, int(NOON - age * DAY))
            for place, (source, kind, topic, strength, age) in enumerate(rows)
        ],
    )
    return int(intent(signals, build_model(data, "m"), NOON, 1).attention[0]) / 1e6


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (("bombora", "topic", "abm", 100, 0), 20),
        (("bombora", "topic", "abm", 60, 0), 12),
        (("bombora", "topic", "abm", 59.99, 0), 0),
        (("bombora", "topic", "abm", 100, 14), 10),
        (("bombora", "topic", "abm", 100, 21), 7.07106),
        (("bombora", "topic", "abm", 100, 22), 0),
        (("bombora", "topic", "abm", 100, -0.1), 0),
        (("g2", "topic", "abm", 10, 0), 3),
        (("g2", "topic", "abm", 100, 7), 15),
        (("g2", "topic", "abm", 100, 8), 0),
    ],
)
def test_points_of_one_signal(row: Row, expected: float) -> None:
    assert points(row) == expected


def test_only_the_newest_of_a_source_kind_and_topic_counts() -> None:
    assert points(("x", "topic", "abm", 100, 14), ("x", "topic", "abm", 60, 0)) == 12
    assert points(("x", "topic", "abm", 60, 0), ("x", "topic", "abm", 80, 0)) == 16
    assert points(("x", "topic", "abm", 100, 0), ("x", "topic", "crm", 100, 0)) == 40
    assert points(("x", "topic", "abm", 100, 0), ("x", "hiring", "abm", 100, 0)) == 40
    assert points(("x", "topic", "abm", 100, 0), ("y", "topic", "abm", 100, 0)) == 40


def test_a_newer_weak_signal_silences_an_older_strong_one() -> None:
    assert points(("x", "topic", "abm", 100, 1), ("x", "topic", "abm", 5, 0)) == 0


def test_a_signal_of_tomorrow_does_not_silence_today() -> None:
    assert points(("x", "topic", "abm", 100, 0), ("x", "topic", "abm", 60, -1)) == 20


def test_thirty_points_make_fifty() -> None:
    signals = Signals.from_rows(
        ["a", "b"],
        [SignalRow("1", "a", "x", "topic", "t", 100, NOON), SignalRow("2", "a", "y", "topic", "t", 50, NOON)],
    )
    data = default_data()
    data["intent"]["default"]["min_strength"] = 0
    result = intent(signals, build_model(data, "m"), NOON, 2)
    assert result.attention.tolist() == [30_000_000, 0]
    assert result.score.tolist() == [50.0, 0.0]


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="'rumour'"):
        Signals.from_rows(["a"], [SignalRow("s1", "a", "x", "rumour", "t", 50, NOON)])


@pytest.mark.parametrize("strength", [-1, 100.5])
def test_a_strength_outside_its_range_is_refused(strength: float) -> None:
    with pytest.raises(ValueError, match="s1"):
        Signals.from_rows(["a"], [SignalRow("s1", "a", "x", "topic", "t", strength, NOON)])
