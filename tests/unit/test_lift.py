"""Lift against numbers worked out by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from scoring.lift import Lift, Rate, Reading, lifts

AS_OF = datetime(2026, 11, 22, tzinfo=UTC)


def at(days_ago: float) -> int:
    return int((AS_OF - timedelta(days=days_ago)).timestamp())


def measured(
    signalled: dict[str, float], born: dict[str, float], accounts: int, source: str = "g2"
) -> Lift | None:
    """Accounts a0, a1, …; days ago of each one's signal and of its opportunity."""
    everybody = [f"a{number}" for number in range(accounts)]
    readings = [Reading(account, source, at(days)) for account, days in signalled.items()]
    found = lifts(everybody, readings, [(account, at(days)) for account, days in born.items()], AS_OF)
    return found[0] if found else None


def test_a_source_that_runs_ahead_of_opportunities() -> None:
    """20 signalled accounts, 8 with an opportunity behind it (40%); 80 others, 8 with one (10%): 4 times."""
    born = {f"a{n}": 150.0 for n in range(8)} | {f"a{n}": 140.0 for n in range(20, 28)}
    found = measured({f"a{n}": 200.0 for n in range(20)}, born, 100)
    assert found is not None
    assert (found.signalled, found.base, found.waiting) == (Rate(20, 8), Rate(80, 8), 0)
    assert found.lift == pytest.approx(4.0)
    assert found.base_from == at(200)


def test_wilsons_interval_of_known_numbers() -> None:
    """8 of 20: (0.4 + 3.8415/40) / 1.19207 = 0.41611, half 1.95996 * sqrt(0.012 + 0.0024009) / 1.19207 = 0.19730."""
    assert Rate(20, 8).interval == pytest.approx((0.21881, 0.61342), abs=2e-5)
    assert Rate(10, 0).interval == pytest.approx((0.0, 0.27753), abs=1e-5)
    assert Rate(10, 10).interval == pytest.approx((0.72247, 1.0), abs=1e-5)
    assert Rate(0, 0).interval == (0.0, 1.0)


@pytest.mark.parametrize(
    ("opportunity_days_ago", "counts"),
    [(200.0, 0), (199.99, 1), (110.0, 1), (109.99, 0), (250.0, 0)],
)
def test_the_window_is_90_days_behind_the_signal(opportunity_days_ago: float, counts: int) -> None:
    found = measured({"a0": 200.0}, {"a0": opportunity_days_ago}, 2)
    assert found is not None
    assert found.signalled == Rate(1, counts)


def test_an_account_is_looked_at_from_its_first_signal() -> None:
    readings = [Reading("a0", "g2", at(days)) for days in (100, 300, 200)]
    (found,) = lifts(["a0"], readings, [("a0", at(290)), ("a0", at(95))], AS_OF)
    assert found.signalled == Rate(1, 1)
    (found,) = lifts(["a0"], readings, [("a0", at(195))], AS_OF)
    assert found.signalled == Rate(1, 0)


def test_a_window_that_has_not_passed_counts_nowhere() -> None:
    found = measured({"a0": 89.0, "a1": 90.0}, {"a0": 50.0}, 4)
    assert found is not None
    assert (found.signalled, found.base, found.waiting) == (Rate(1, 0), Rate(2, 0), 1)


def test_the_base_lives_through_the_season_of_the_signals() -> None:
    """The lower median of 300, 250, 200, 100 days ago is 250; a base opportunity 155 days ago is outside of it."""
    signalled = {"a0": 300.0, "a1": 250.0, "a2": 200.0, "a3": 100.0}
    found = measured(signalled, {"a4": 245.0, "a5": 161.0, "a6": 155.0}, 10)
    assert found is not None
    assert found.base_from == at(250)
    assert found.base == Rate(6, 2)


def test_under_twenty_accounts_there_is_no_lift() -> None:
    born = {"a0": 150.0, "a90": 150.0}
    few = measured({f"a{n}": 200.0 for n in range(19)}, born, 100)
    assert few is not None
    assert (few.is_enough, few.lift) == (False, None)
    few_others = measured({f"a{n}": 200.0 for n in range(81)}, born, 100)
    assert few_others is not None
    assert (few_others.is_enough, few_others.lift) == (False, None)
    enough = measured({f"a{n}": 200.0 for n in range(20)}, born, 40)
    assert enough is not None
    assert (enough.is_enough, enough.lift) == (True, None)  # the others had no opportunity to compare with


def test_signals_of_the_future_and_of_strangers_are_not_there() -> None:
    assert measured({"a0": -1.0, "stranger": 200.0}, {}, 2) is None


def test_sources_are_measured_apart() -> None:
    readings = [Reading("a0", "g2", at(200)), Reading("a1", "6sense", at(200))]
    found = lifts(["a0", "a1", "a2"], readings, [("a1", at(150))], AS_OF)
    assert [(row.source, row.signalled, row.base) for row in found] == [
        ("6sense", Rate(1, 1), Rate(2, 0)),
        ("g2", Rate(1, 0), Rate(2, 1)),
    ]
