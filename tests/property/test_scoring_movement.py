"""Why a score moved: the rows sum to the difference, and every activity has at most one of them."""

import random
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.movement import PARTS, Movement, StoredScores, Then, groups, movement
from scoring.single import OneAccount
from tests.scoring_world import DAY, NOW, company, kernel_facts, model_named

MODELS = st.sampled_from(["default", "tight", "uncapped"])
RANDOMS = st.integers(0, 10**6).map(random.Random)
few = settings(max_examples=40, deadline=None)
DAYS = st.integers(0, 95)


def at(days_ago: int) -> datetime:
    return datetime.fromtimestamp(NOW - days_ago * DAY, UTC)


def one(rng: random.Random) -> OneAccount:
    facts = kernel_facts([company("a", rng, activities=25)])
    return OneAccount(facts.accounts[0], facts.evidence, facts.signals, facts.contacts)


def check_sums(found: Movement) -> None:
    for part in (*PARTS, "priority"):
        moved = getattr(found.after, part) - getattr(found.before, part)
        assert found.total(part) == pytest.approx(moved, abs=1e-9)
    assert sum(group.priority_points for group in groups(found)) == pytest.approx(
        found.after.priority - found.before.priority, abs=1e-9
    )


@few
@given(rng=RANDOMS, name=MODELS, days=DAYS)
def test_rows_sum_to_the_difference_and_rounding_stays_rounding(
    rng: random.Random, name: str, days: int
) -> None:
    found = movement(one(rng), model_named(name)[1], Then(at(days)), at(0))
    check_sums(found)
    for row in found.rows:
        assert row.cause != "rounding" or abs(row.points) + abs(row.priority_points) < 5e-6
        assert row.cause not in {"edit", "model"}


@few
@given(
    rng=RANDOMS,
    names=st.tuples(MODELS, MODELS),
    days=DAYS,
    scores=st.tuples(st.floats(0, 100), st.floats(0, 100), st.floats(0, 100)),
)
def test_rows_sum_from_any_stored_scores_of_any_model(
    rng: random.Random, names: tuple[str, str], days: int, scores: tuple[float, float, float]
) -> None:
    old, new = model_named(names[0])[1], model_named(names[1])[1]
    weights = old.spec.priority
    total = weights.fit + weights.engagement + weights.intent
    priority = (weights.fit * scores[0] + weights.engagement * scores[1] + weights.intent * scores[2]) / total
    found = movement(one(rng), new, Then(at(days), StoredScores(*scores, priority), old), at(0))
    check_sums(found)
    for row in found.rows:
        assert row.cause != "rounding" or abs(row.points) + abs(row.priority_points) < 5e-6


@few
@given(rng=RANDOMS, days=DAYS, priority=st.floats(0, 100))
def test_a_lost_model_with_other_weights_is_named_and_never_called_rounding(
    rng: random.Random, days: int, priority: float
) -> None:
    account, model = one(rng), model_named("default")[1]
    scores = account.scores(model, at(days))
    stored = StoredScores(scores.fit, scores.engagement, scores.intent, priority)
    found = movement(account, model, Then(at(days), stored), at(0))
    check_sums(found)
    other = [row for row in found.rows if row.part == "priority" and row.cause == "model"]
    assert sum(row.priority_points for row in other) == pytest.approx(scores.priority - priority, abs=3e-6)


@few
@given(rng=RANDOMS, name=MODELS, days=DAYS)
def test_no_activity_counts_twice_and_signs_say_what_they_mean(
    rng: random.Random, name: str, days: int
) -> None:
    account = one(rng)
    found = movement(account, model_named(name)[1], Then(at(days)), at(0))
    keys = Counter((row.part, row.key) for row in found.rows if row.key)
    assert not keys or max(keys.values()) == 1
    occurred = dict(zip(account.evidence.ids, account.evidence.occurred_at.tolist(), strict=True))
    then = at(days).timestamp()
    for row in found.rows:
        if row.part == "engagement" and row.key:
            assert (row.cause == "new") == (occurred[row.key] > then)
            assert (row.points > 0) == (row.cause == "new")
        if row.part == "intent" and row.cause in {"left", "decay"}:
            assert row.points < 0


@few
@given(rng=RANDOMS, name=MODELS, days=st.integers(1, 40))
def test_two_spans_add_up_to_the_whole(rng: random.Random, name: str, days: int) -> None:
    account, model = one(rng), model_named(name)[1]
    first = movement(account, model, Then(at(2 * days)), at(days))
    second = movement(account, model, Then(at(days)), at(0))
    whole = movement(account, model, Then(at(2 * days)), at(0))
    assert first.total("priority") + second.total("priority") == pytest.approx(
        whole.total("priority"), abs=1e-8
    )


@few
@given(rng=RANDOMS, days=DAYS)
def test_other_fields_of_then_are_an_edit_of_the_fit_and_nothing_else(rng: random.Random, days: int) -> None:
    account, model = one(rng), model_named("default")[1]
    scores = account.scores(model, at(days))
    other = max(scores.fit - 10, 0.0)
    stored = StoredScores(
        other, scores.engagement, scores.intent, scores.priority - 0.5 * (scores.fit - other)
    )
    found = movement(account, model, Then(at(days), stored), at(0))
    edits = [row for row in found.rows if row.cause == "edit"]
    assert [row.part for row in edits] == (["fit"] if scores.fit > 0 else [])
    for row in edits:
        assert row.points == pytest.approx(scores.fit - other)
        assert row.priority_points == pytest.approx(0.5 * (scores.fit - other))


def test_the_later_end_comes_last() -> None:
    with pytest.raises(ValueError, match="later"):
        movement(one(random.Random(1)), model_named("default")[1], Then(at(0)), at(1))
