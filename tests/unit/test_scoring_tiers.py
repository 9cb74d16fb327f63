"""Tiers by hand (docs/scoring.md section 7)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from scoring.capacity import pools_of
from scoring.errors import ModelError
from scoring.evidence import Evidence
from scoring.facts import AccountFacts, Contacts
from scoring.kernel import score
from scoring.model import Model, build_model
from scoring.people import People
from scoring.signals import Signals
from scoring.standing import Assignment, Candidates, CurrentTier, OverCap, Override
from scoring.tiers import assign, over_cap
from tests.scoring_world import default_data

AS_OF = datetime(2026, 11, 22, 12, tzinfo=UTC)
Current = dict[str, CurrentTier]


def model_of(one: int = 5, few: int = 5, **changes: Any) -> Model:
    data = default_data()
    data["tiers"] |= {
        "one_to_one": {"cap": one, "min_fit": 60, "min_priority": 10},
        "one_to_few": {"cap": few, "min_fit": 50, "min_priority": 0},
        **changes,
    }
    return build_model(data, "m")


def columns(priorities: dict[str, float], fit: float = 90.0, blocked: str = "") -> Candidates:
    size = len(priorities)
    return Candidates(
        tuple(priorities), np.full(size, fit), np.array(list(priorities.values())), (blocked,) * size
    )


def ago(days: float, tier: str = "one_to_one") -> CurrentTier:
    return CurrentTier(tier, AS_OF - timedelta(days=days))


def ranked(size: int) -> dict[str, float]:
    """k01 has the highest priority, 99, and so on downwards."""
    return {f"k{place:02}": 100.0 - place for place in range(1, size + 1)}


def run(
    candidates: Candidates,
    current: Current | None = None,
    overrides: dict[str, Override] | None = None,
    model: Model | None = None,
) -> dict[str, Assignment]:
    assigned = assign(candidates, current or {}, overrides or {}, model or model_of(), AS_OF)
    return {each.key: each for each in assigned}


def members(assigned: dict[str, Assignment], tier: str = "one_to_one") -> list[str]:
    return sorted(key for key, each in assigned.items() if each.tier == tier)


def test_seats_go_by_priority_and_spill_into_the_next_tier() -> None:
    assigned = run(columns(ranked(12)))
    assert members(assigned) == ["k01", "k02", "k03", "k04", "k05"]
    assert members(assigned, "one_to_few") == ["k06", "k07", "k08", "k09", "k10"]
    assert members(assigned, "one_to_many") == ["k11", "k12"]
    assert (assigned["k03"].rank, assigned["k03"].reason) == (3, "rank 3 of 5")
    assert (assigned["k08"].rank, assigned["k08"].reason) == (3, "rank 3 of 5; 3.0 points short of 1:1")
    assert assigned["k01"].since == AS_OF


def test_equal_priorities_are_ranked_by_key() -> None:
    assigned = run(columns({"b": 50.0, "c": 50.0, "a": 50.0}), model=model_of(one=2))
    assert [(assigned[key].tier, assigned[key].rank) for key in "abc"] == [
        ("one_to_one", 1),
        ("one_to_one", 2),
        ("one_to_few", 1),
    ]
    assert assigned["c"].reason == "rank 1 of 5; waits for a seat in 1:1, held by dwell, slack or key order"


def test_an_incumbent_in_dwell_keeps_the_seat_and_the_reason_says_until_when() -> None:
    assigned = run(columns(ranked(10)), {"k10": ago(27)})
    assert members(assigned) == ["k01", "k02", "k03", "k04", "k10"]
    assert assigned["k10"].reason == "rank 10 of 5, kept by dwell until 2026-11-23"
    assert assigned["k10"].since == AS_OF - timedelta(days=27)
    assert members(run(columns(ranked(10)), {"k10": ago(28)})) == ["k01", "k02", "k03", "k04", "k05"]


def test_slack_keeps_an_incumbent_at_the_edge_but_not_beyond() -> None:
    kept = run(columns(ranked(10)), {"k06": ago(100)})
    assert members(kept) == ["k01", "k02", "k03", "k04", "k06"]
    assert kept["k06"].reason == "rank 6 of 5, kept within the slack"
    assert members(run(columns(ranked(10)), {"k07": ago(100)})) == ["k01", "k02", "k03", "k04", "k05"]


def test_a_clear_winner_does_not_wait_for_incumbents_at_the_edge() -> None:
    current = {key: ago(100) for key in ("k02", "k03", "k04", "k05", "k06")}
    assert members(run(columns(ranked(10)), current)) == ["k01", "k02", "k03", "k04", "k05"]


def test_an_incumbent_below_the_floor_or_excluded_leaves_at_once() -> None:
    fit = run(columns({"a": 80.0}, fit=57.5), {"a": ago(1)})["a"]
    assert (fit.tier, fit.previous) == ("one_to_few", "one_to_one")
    assert fit.reason == "rank 1 of 5; fit 2.5 under the floor of 1:1"
    low = run(columns({"a": 8.0}), {"a": ago(1)})["a"]
    assert low.reason == "rank 1 of 5; priority 2.0 under the floor of 1:1"
    out = run(columns({"a": 80.0}, blocked="excluded: customer"), {"a": ago(1)})["a"]
    assert (out.tier, out.reason, out.rank, out.since) == ("none", "excluded: customer", None, AS_OF)


def test_no_tier_at_all_names_the_nearest_one() -> None:
    assert run(columns({"a": 80.0}, fit=31.0))["a"].reason == "fit 9.0 under the floor of 1:many"
    model = model_of(one=1, few=1, one_to_many={"cap": 1, "min_fit": 40})
    assert run(columns(ranked(5)), model=model)["k05"].reason == "2.0 points short of 1:many"


def test_pins_take_seats_first_and_above_the_cap_with_a_report() -> None:
    pins = {key: Override("one_to_one", "Ann", "board ask") for key in ("k08", "k09", "k10")}
    assigned = run(columns(ranked(10)), overrides=pins)
    assert members(assigned) == ["k01", "k02", "k08", "k09", "k10"]
    assert (assigned["k08"].source, assigned["k08"].rank) == ("pin", None)
    assert assigned["k08"].reason == "pinned by Ann: board ask"
    assert over_cap(assigned.values(), model_of()) == []
    crowded = run(columns(ranked(10)), overrides=pins, model=model_of(one=2))
    assert members(crowded) == ["k08", "k09", "k10"]
    assert over_cap(crowded.values(), model_of(one=2)) == [OverCap("one_to_one", 2, 3)]
    assert crowded["k01"].reason == "rank 1 of 5; every seat of 1:1 is pinned"


def test_an_override_to_none_keeps_out_and_expires_at_its_instant() -> None:
    until = AS_OF + timedelta(seconds=1)
    held = run(columns(ranked(1)), overrides={"k01": Override("none", "Ann", "lawsuit", until)})["k01"]
    assert (held.tier, held.source) == ("none", "pin")
    assert held.reason == "kept out by Ann until 2026-11-22: lawsuit"
    free = run(columns(ranked(1)), overrides={"k01": Override("none", "Ann", "lawsuit", AS_OF)})["k01"]
    assert (free.tier, free.source) == ("one_to_one", "model")


def test_a_pin_wins_over_an_exclusion_and_says_so() -> None:
    pin = {"a": Override("one_to_few", "Ann", "upsell")}
    assigned = run(columns({"a": 1.0}, blocked="excluded: customer"), overrides=pin)["a"]
    assert (assigned.tier, assigned.reason) == ("one_to_few", "pinned by Ann: upsell (excluded: customer)")


@pytest.mark.parametrize(
    ("tier", "author", "reason"), [("gold", "Ann", "x"), ("none", "", "x"), ("none", "Ann", " ")]
)
def test_an_override_needs_a_tier_an_author_and_a_reason(tier: str, author: str, reason: str) -> None:
    with pytest.raises(ValueError, match="override"):
        Override(tier, author, reason)


def test_a_difference_that_decides_never_reads_as_nothing() -> None:
    assigned = run(columns({"a": 50.0, "b": 49.99}), model=model_of(one=1))
    assert assigned["b"].reason == "rank 1 of 5; less than 0.1 points short of 1:1"


def test_slack_is_exact_where_floats_are_not() -> None:
    model = model_of(one=10, slack=0.1)
    assert members(run(columns(ranked(20)), {"k12": ago(100)}, model=model)) == [
        f"k{place:02}" for place in range(1, 11)
    ]
    assert "k11" in members(run(columns(ranked(20)), {"k11": ago(100)}, model=model))


def test_candidates_come_from_scores_with_the_reason_that_blocks_them() -> None:
    model = model_of()
    people = People.from_rows([])
    accounts = [
        AccountFacts("known", {"industry": "Technology", "employees": 1200, "country": "US"}),
        AccountFacts("customer", {"type": "Customer", "industry": "Technology"}),
        AccountFacts("blank", {}),
    ]
    part = score(accounts, Evidence.none(people), Signals.none(), Contacts.none(people), model, AS_OF)
    candidates = Candidates.from_scores([part, part], model)
    assert candidates.keys == ("known", "customer", "blank") * 2
    assert candidates.blocked[:3] == ("", "excluded: customer", "fit completeness 0.0 is under 40")
    assert len(Candidates.from_scores([], model).keys) == 0


# ---------------------------------------------------------------- seats of owners and segments


def limited(**limits: Any) -> Model:
    model = {"cap": 4, "min_fit": 60, "min_priority": 10, **limits}
    return model_of(one_to_one=model)


def run_limited(
    model: Model, owners: list[str], industries: list[str], overrides: dict[str, Override] | None = None
) -> dict[str, Assignment]:
    candidates = columns(ranked(len(owners)))
    accounts = [
        AccountFacts(key, {"industry": industry})
        for key, industry in zip(candidates.keys, industries, strict=True)
    ]
    pools = {"one_to_one": pools_of(model.spec.tiers.one_to_one, accounts, owners)}
    found = assign(candidates, {}, overrides or {}, model, AS_OF, pools)
    return {each.key: each for each in found}


def test_an_owner_gets_so_many_seats_and_the_reason_says_so() -> None:
    owners = ["ada", "ada", "ada", "bo", "", "bo"]
    assigned = run_limited(limited(per_owner=2), owners, ["x"] * 6)
    assert members(assigned) == ["k01", "k02", "k04", "k05"]
    assert assigned["k03"].tier == "one_to_few"
    assert assigned["k03"].reason == "rank 1 of 5; the owner's seats of 1:1 are full (2)"
    assert assigned["k03"].full == "the owner's seats are full (2)"
    assert assigned["k04"].reason == "rank 4 of 4"
    assert assigned["k06"].reason == "rank 2 of 5; 1.0 points short of 1:1"


def test_a_segment_gets_so_many_seats_and_a_pin_takes_one_of_them() -> None:
    banks = {"name": "banks", "cap": 2, "segment": [{"field": "industry", "in": ["Bank"]}]}
    pin = {"k06": Override("one_to_one", "Ada", "a friend")}
    industries = ["Bank", "bank", "Farm", "Farm", "Farm", "Bank"]
    assigned = run_limited(limited(segments=[banks]), [""] * 6, industries, pin)
    assert members(assigned) == ["k01", "k03", "k04", "k06"]
    assert assigned["k02"].reason == "rank 1 of 5; the seats of banks of 1:1 are full (2)"


def test_dwell_comes_before_rank_among_one_owner_s_accounts_too() -> None:
    candidates = columns(ranked(4))
    accounts = [AccountFacts(key, {}) for key in candidates.keys]
    model = limited(per_owner=1)
    pools = {"one_to_one": pools_of(model.spec.tiers.one_to_one, accounts, ["ada"] * 4)}
    found = assign(candidates, {"k03": ago(3)}, {}, model, AS_OF, pools)
    assert [each.key for each in found if each.tier == "one_to_one"] == ["k03"]


def test_seats_without_limits_are_given_as_if_every_pool_were_large() -> None:
    owners, model = ["ada", "bo"] * 6, limited(per_owner=100)
    with_pools = run_limited(model, owners, ["x"] * 12)
    assert with_pools == run(columns(ranked(12)), model=model)


def test_a_segment_that_names_no_field_is_refused() -> None:
    bad = {"name": "banks", "cap": 2, "segment": [{"field": "industri", "in": ["Bank"]}]}
    with pytest.raises(ModelError, match=r"tiers\.one_to_one\.segments\[0\]\.segment\[0\]\.field"):
        limited(segments=[bad])
    with pytest.raises(ModelError, match="used twice"):
        limited(segments=[{**bad, "segment": [{"field": "industry", "in": ["Bank"]}]}] * 2)
