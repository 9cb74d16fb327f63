"""The metrics of a backtest, worked by hand, and what must hold of any of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.backtest import (
    MIN_POSITIVES,
    TENTHS,
    Cohort,
    Placed,
    auc_difference,
    blinded,
    chances,
    enough,
    join,
    metrics,
    place,
    placements,
)
from scoring.facts import AccountFacts


def cohort(scores: list[float], positives: set[int]) -> Cohort:
    size = len(scores)
    flags = np.array([number in positives for number in range(size)])
    return Cohort(np.arange(size), flags, np.array(scores, dtype=np.float64))


def many(generator: np.random.Generator, *, signal: float, weeks: int = 20) -> Placed:
    """Weeks of 200 accounts, 10 of them positive, whose scores are moved up by `signal`."""
    parts = []
    for week in range(weeks):
        positive = np.arange(200) < 10
        scores = generator.normal(size=200) + signal * positive
        parts.append(place(Cohort(np.arange(200) + 1000 * week, positive, scores), (20,)))
    return join(parts)


def test_placements_are_the_shares_of_negatives_below_with_ties_as_halves() -> None:
    # Negatives score 4, 2 and 1. The 5 beats all three; the 4 beats two and ties with one.
    found = placements(np.array([5.0, 4.0, 4.0, 2.0, 1.0]), np.array([True, False, True, False, False]))
    assert found.tolist() == [1.0, pytest.approx(2.5 / 3)]


def test_seats_between_equals_are_drawn_by_lot() -> None:
    scores, everybody = np.array([5.0, 4.0, 4.0, 1.0]), np.ones(4, dtype=np.bool_)
    assert chances(scores, everybody, 2).tolist() == [1.0, 0.5, 0.5, 0.0]
    assert chances(scores, everybody, 0).tolist() == [0.0, 0.0, 0.0, 0.0]
    assert chances(scores, everybody, 9).tolist() == [1.0, 1.0, 1.0, 1.0]


def test_two_weeks_by_hand() -> None:
    # Week 1 ranks its positives (places 0 and 3) first and fourth of five, week 2 its positive second of four.
    first = place(cohort([9, 8, 7, 6, 5], {0, 3}), (2,))
    second = place(cohort([4, 3, 2, 1], {1}), (2,))
    found = metrics(join([first, second]), (2,), seed=1)
    # Placements: 3 of 3, 1 of 3; then 2 of 3.
    assert found.auc.value == pytest.approx((1 + 1 / 3 + 2 / 3) / 3)
    # In the best two of their week: yes, no; yes. Two seats in each of two weeks.
    assert found.at[0].recall.value == pytest.approx(2 / 3)
    assert found.at[0].precision.value == pytest.approx(2 / 4)
    # Four seats for nine accounts would have found 4 / 9 of them.
    assert found.at[0].lift.value == pytest.approx(2 / 3 * 9 / 4)


def test_the_lift_of_tenths_by_hand() -> None:
    # Twenty accounts, two a tenth; the positives are the first, second and twentieth.
    found = metrics(place(cohort([*range(20, 0, -1)], {0, 1, 19}), ()), (), seed=1)
    assert [round(tenth.value, 6) for tenth in found.tenths] == [6.666667, *[0.0] * 8, 3.333333]


def test_a_tenth_may_hold_part_of_an_account() -> None:
    # Of five accounts, each tenth holds half of one.
    found = place(cohort([5, 4, 3, 2, 1], {0}), ())
    assert found.rows[0, 1:].tolist() == [0.5, 0.5, *[0.0] * 8]


def test_seats_are_not_given_twice_where_there_are_few_accounts() -> None:
    found = place(cohort([3, 2, 1], {0}), (25,))
    assert (found.seats.tolist(), found.rows[0, 1]) == ([3.0], 1.0)


def test_a_week_without_positives_still_gives_its_seats_away() -> None:
    found = join([place(cohort([3, 2, 1], {0}), (1,)), place(cohort([3, 2, 1], set()), (1,))])
    assert metrics(found, (1,), seed=1).at[0].precision.value == 0.5


def test_a_week_of_positives_alone_ranks_nobody() -> None:
    found = place(cohort([3, 2], {0, 1}), (1,))
    assert (len(found.rows), found.population, found.cohorts) == (0, 0, 0)


def test_weeks_are_not_compared_with_each_other() -> None:
    # Everybody scores higher in the second week; within each week the positive is last.
    found = join([place(cohort([2, 3], {0}), ()), place(cohort([20, 30], {0}), ())])
    assert metrics(found, (), seed=1).auc.value == 0.0


def test_random_scores_have_an_area_of_one_half() -> None:
    found = metrics(many(np.random.default_rng(3), signal=0.0), (20,), seed=1)
    assert found.auc.value == pytest.approx(0.5, abs=0.05)
    assert found.auc.low < 0.5 < found.auc.high
    assert found.at[0].lift.value == pytest.approx(1.0, abs=0.35)
    assert sum(tenth.value for tenth in found.tenths) == pytest.approx(TENTHS)


def test_a_real_signal_is_found_and_its_interval_is_about_right() -> None:
    # Normal scores one deviation apart have an area of 0.760.
    found = metrics(many(np.random.default_rng(3), signal=1.0), (20,), seed=1).auc
    assert found.low < 0.760 < found.high
    assert 0.03 < found.high - found.low < 0.10


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    generator = np.random.default_rng(5)
    covered = 0
    for trial in range(60):
        found = metrics(many(generator, signal=1.0, weeks=6), (20,), seed=trial).auc
        covered += found.low < 0.760 < found.high
    assert covered >= 51  # of 60; a 95 % interval falls below that once in two thousand times


@given(
    st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=3, max_size=60).filter(
        lambda rows: len({bought for _, bought in rows}) == 2
    ),
    st.integers(0, 2**32),
)
@settings(max_examples=60, deadline=None)
def test_every_interval_holds_its_estimate_and_the_seed_decides_it(
    rows: list[tuple[int, bool]], seed: int
) -> None:
    flags = np.array([bought for _, bought in rows])
    week = Cohort(np.arange(len(rows)), flags, np.array([score for score, _ in rows], dtype=np.float64))
    # As many weeks as make the least that metrics are given for.
    placed = join(
        place(Cohort(week.accounts + 100 * number, week.positive, week.scores), (2,))
        for number in range(MIN_POSITIVES)
    )
    found = metrics(placed, (2,), seed=seed)
    assert found == metrics(placed, (2,), seed=seed)
    at = found.at[0]
    for estimate in (found.auc, at.precision, at.recall, at.lift, *found.tenths):
        assert estimate.low - 1e-9 <= estimate.value <= estimate.high + 1e-9


def test_an_account_that_buys_twice_is_drawn_whole() -> None:
    # One account, once first and once last: however often it is drawn, its mean stays one half.
    twice = [
        Cohort(np.array([7, 8]), np.array([True, False]), np.array(pair)) for pair in ([2.0, 1.0], [1.0, 2.0])
    ]
    found = metrics(join(place(each, ()) for each in twice), (), seed=1).auc
    assert (found.low, found.value, found.high) == (0.5, 0.5, 0.5)


def test_rankings_are_compared_over_the_same_draws() -> None:
    generator = np.random.default_rng(9)
    good, poor = many(generator, signal=1.0), many(generator, signal=0.2)
    better = auc_difference(good, poor, seed=1)
    assert 0 < better.low < better.value < better.high
    assert auc_difference(good, good, seed=1).value == 0.0


def test_enough_counts_accounts_not_opportunities() -> None:
    one = place(cohort([2, 1], {0}), ())
    assert not enough(join([one] * 100))
    numbered = [Cohort(np.array([n, 999]), np.array([True, False]), np.array([2.0, 1.0])) for n in range(30)]
    assert enough(join(place(each, ()) for each in numbered))
    assert not enough(join(place(each, ()) for each in numbered[1:]))


def test_fields_that_give_the_outcome_away_are_taken_out() -> None:
    fields = {"type": "Customer", "lifecycle_stage": "customer", "industry": "Software"}
    assert blinded([AccountFacts("a", fields)])[0].fields == {"industry": "Software"}
