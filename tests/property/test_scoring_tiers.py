"""Tiers (docs/scoring.md section 7) against the reference, and what must hold for every input."""

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.model import Model, build_model
from scoring.standing import Assignment, Candidates, CurrentTier, Override, tier_specs
from scoring.tiers import assign, over_cap
from tests import reference_scoring as reference
from tests.scoring_world import NOW, default_data

randoms = st.randoms(use_true_random=False)
many = settings(max_examples=60, deadline=None)
AS_OF = datetime.fromtimestamp(NOW, UTC)
TIERS = ["one_to_one", "one_to_few", "one_to_many"]


@dataclass
class Case:
    candidates: list[reference.Candidate]
    current: dict[str, CurrentTier]
    overrides: dict[str, Override]
    data: dict[str, Any]
    model: Model


@cache
def small_model(one: int, few: int, slack: float, dwell: int) -> tuple[dict[str, Any], Model]:
    data = default_data()
    data["tiers"] |= {
        "min_dwell_days": dwell,
        "slack": slack,
        "one_to_one": {"cap": one, "min_fit": 50, "min_priority": 20},
        "one_to_few": {"cap": few, "min_fit": 40, "min_priority": 0},
        "one_to_many": {"cap": 6, "min_fit": 0, "min_priority": 0},
    }
    return data, build_model(data, "small.toml")


def random_case(rng: random.Random, size: int) -> Case:
    data, model = small_model(
        rng.choice([1, 3, 5]),
        rng.choice([2, 4, 10]),
        rng.choice([0.0, 0.1, 0.2, 0.35]),
        rng.choice([0, 1, 28]),
    )
    candidates = [
        reference.Candidate(
            key=f"k{number}",
            priority=rng.choice([0.0, 19.9, 20.0, 30.0, 55.5])
            if rng.random() < 0.4
            else rng.randint(0, 99) / 1.0,
            fit=rng.choice([0.0, 39.9, 40.0, 50.0, 90.0]),
            eligible=rng.random() < 0.9,
            current=rng.choice([*TIERS, "none"]),
            days_in_tier=rng.choice([0, 1, 27, 28, 200]),
            pin=rng.choice([*TIERS, "none"]) if rng.random() < 0.1 else None,
        )
        for number in range(size)
    ]
    current = {
        each.key: CurrentTier(each.current, AS_OF - timedelta(days=each.days_in_tier)) for each in candidates
    }
    overrides = {
        each.key: Override(each.pin, "Ann", "asked for") for each in candidates if each.pin is not None
    }
    return Case(candidates, current, overrides, data, model)


def columns(candidates: list[reference.Candidate]) -> Candidates:
    return Candidates(
        keys=tuple(each.key for each in candidates),
        fit=np.array([each.fit for each in candidates]),
        priority=np.array([each.priority for each in candidates]),
        blocked=tuple("" if each.eligible else "excluded: customer" for each in candidates),
    )


def run(case: Case) -> list[Assignment]:
    return assign(columns(case.candidates), case.current, case.overrides, case.model, AS_OF)


sizes = st.integers(0, 30)


@many
@given(randoms, sizes)
def test_tiers_agree_with_the_reference(rng: random.Random, size: int) -> None:
    case = random_case(rng, size)
    assert {each.key: each.tier for each in run(case)} == reference.tiers(case.candidates, case.data)


def test_tiers_agree_with_the_reference_on_four_hundred_seeded_cases() -> None:
    rng = random.Random(7)
    for _ in range(400):
        case = random_case(rng, rng.randint(0, 30))
        assert {each.key: each.tier for each in run(case)} == reference.tiers(case.candidates, case.data)


def test_nothing_moves_twice_on_four_hundred_seeded_cases() -> None:
    rng = random.Random(8)
    for _ in range(400):
        case = random_case(rng, rng.randint(0, 30))
        first = run(case)
        case.current = {each.key: CurrentTier(each.tier, each.since) for each in first}
        assert run(case) == [replace(each, previous=each.tier) for each in first]


@many
@given(randoms, sizes)
def test_nothing_moves_twice(rng: random.Random, size: int) -> None:
    case = random_case(rng, size)
    first = run(case)
    case.current = {each.key: CurrentTier(each.tier, each.since) for each in first}
    assert run(case) == [replace(each, previous=each.tier) for each in first]


@many
@given(randoms, sizes)
def test_a_tier_exceeds_its_cap_only_by_pins_and_the_report_says_so(rng: random.Random, size: int) -> None:
    case = random_case(rng, size)
    assignments = run(case)
    reported = {each.tier: each.pins for each in over_cap(assignments, case.model)}
    for tier, spec in tier_specs(case.model.spec.tiers):
        members = [each for each in assignments if each.tier == tier]
        if len(members) > spec.cap:
            assert reported[tier] == len(members)
            assert all(each.source == "pin" for each in members)
        else:
            assert tier not in reported


@many
@given(randoms, sizes)
def test_order_of_candidates_changes_nothing(rng: random.Random, size: int) -> None:
    case = random_case(rng, size)
    first = {each.key: each for each in run(case)}
    rng.shuffle(case.candidates)
    assert {each.key: each for each in run(case)} == first


@many
@given(randoms, sizes)
def test_since_moves_exactly_when_the_tier_does(rng: random.Random, size: int) -> None:
    case = random_case(rng, size)
    for each in run(case):
        before = case.current[each.key]
        assert each.previous == before.tier
        assert each.since == (before.since if each.tier == before.tier else AS_OF)


@many
@given(randoms, sizes)
def test_every_place_has_a_reason_and_a_seat_has_a_rank(rng: random.Random, size: int) -> None:
    for each in run(random_case(rng, size)):
        assert each.reason
        assert (each.rank is None) == (each.tier == "none" or each.source == "pin")
