"""Suggested points: the statistics by hand, what is kept, and the file that comes out."""

from datetime import date
from math import comb, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.errors import ModelError
from scoring.facts import AccountFacts
from scoring.model import DEFAULT_MODEL, parse_model
from scoring.odds import PRIOR_SD, area, area_difference, chance_of_luck, share_interval, shrunk_log_odds
from scoring.suggest import RuleFinding, Suggestion, suggest
from scoring.suggested_file import suggested_text
from scoring.units import Flags, Floats
from scoring.values import Value

DAY = date(2026, 11, 22)
TEXT = DEFAULT_MODEL.read_text(encoding="utf-8")
MODEL = parse_model(TEXT, "test")


def decided(*groups: tuple[dict[str, Value], int, int]) -> tuple[list[AccountFacts], Flags]:
    """Accounts by groups of (fields, won, lost)."""
    accounts: list[AccountFacts] = []
    won: list[bool] = []
    for fields, wins, losses in groups:
        for number in range(wins + losses):
            accounts.append(AccountFacts(f"a{len(accounts)}", fields))
            won.append(number < wins)
    return accounts, np.array(won)


def big_and_small(wins: int = 80) -> tuple[list[AccountFacts], Flags]:
    return decided(
        ({"industry": "Software", "employees": 500.0}, wins, 100 - wins),
        ({"industry": "Software", "employees": 30.0}, 100 - wins, wins),
    )


def test_wilsons_interval_by_hand() -> None:
    # Wilson (1927), 8 of 10: the textbook's 0.49 to 0.94.
    assert np.round(share_interval(8, 10), 4).tolist() == [0.4902, 0.9433]
    assert share_interval(0, 0) == (0.0, 1.0)
    assert share_interval(0, 3)[0] == pytest.approx(0.0)


def test_the_chance_of_luck_agrees_with_the_exact_one() -> None:
    # Ten accounts, five won, all in one of two equal halves: 2 of the 252 ways to deal the wins do that.
    levels = np.repeat([0, 1], 5)
    found = chance_of_luck(levels, levels == 0, seed=1)
    assert found == pytest.approx(2 / comb(10, 5), abs=0.003)
    assert chance_of_luck(np.zeros(10, dtype=np.int64), levels == 0, seed=1) == 1.0


def test_chance_finds_nothing_in_noise_about_as_often_as_it_says() -> None:
    generator = np.random.default_rng(4)
    levels = generator.integers(0, 5, 200)
    below = [chance_of_luck(levels, generator.random(200) < 0.4, seed=1) <= 0.05 for _ in range(200)]
    assert 1 <= sum(below) <= 22  # 10 are expected


def test_log_odds_without_a_prior_would_be_these_and_are_shrunk_towards_zero() -> None:
    # One column: 75 of 100 won with it, 50 of 100 without; log-odds of log(3) apart.
    column = np.repeat([[1.0], [0.0]], 100, axis=0)
    won = np.array([n < 75 for n in range(100)] + [n < 50 for n in range(100)])
    found = shrunk_log_odds(column, won)
    assert 0.8 * log(3) < found.effects[0] < log(3)
    # The optimum: what data pull on the effect is what the prior pulls back.
    chances = 1 / (1 + np.exp(-(_average(column, won, found.effects) + column @ found.effects)))
    assert float(column[:, 0] @ (won - chances)) == pytest.approx(found.effects[0] / PRIOR_SD**2, abs=1e-3)


def _average(column: Floats, won: Flags, effects: Floats) -> float:
    """The intercept at which as many are expected as were won, found by halving."""
    low, high = -20.0, 20.0
    for _ in range(200):
        middle = (low + high) / 2
        expected = (1 / (1 + np.exp(-(middle + column @ effects)))).sum()
        low, high = (middle, high) if expected < won.sum() else (low, middle)
    return low


def test_fewer_accounts_are_shrunk_more() -> None:
    few = np.repeat([[1.0], [0.0]], 4, axis=0)
    won = np.array([True, True, True, False, True, True, False, False])
    many, won_many = np.tile(few, (50, 1)), np.tile(won, 50)
    assert abs(shrunk_log_odds(few, won).effects[0]) < 0.5 * abs(shrunk_log_odds(many, won_many).effects[0])


def test_columns_that_say_the_same_share_one_effect() -> None:
    accounts, won = big_and_small()
    column = np.array([[float(account.fields["employees"] == 500.0)] for account in accounts])
    once, twice = shrunk_log_odds(column, won), shrunk_log_odds(np.hstack([column, column]), won)
    assert twice.effects[0] == pytest.approx(twice.effects[1])
    assert twice.effects.sum() == pytest.approx(once.effects[0], rel=0.1)


def test_a_column_that_separates_perfectly_has_a_finite_effect() -> None:
    column = np.repeat([[1.0], [0.0]], 50, axis=0)
    assert 1 < shrunk_log_odds(column, column[:, 0] == 1).effects[0] < 10


def test_an_area_and_delongs_interval_by_hand() -> None:
    won = np.array([True, True, False, False])
    found = area(np.array([4.0, 2.0, 3.0, 1.0]), won)
    # Won: beat both, beat one of two. Lost: below one of two, below both. Both variances are 1 / 8.
    half = 1.959963984540054 * (0.125 / 2 + 0.125 / 2) ** 0.5
    assert found.value == 0.75
    assert found.low == pytest.approx(0.75 - half)
    assert found.high == 1.0
    assert area_difference(np.array([4.0, 2, 3, 1]), np.array([4.0, 2, 3, 1]), won).value == 0.0


def test_below_thirty_of_each_nothing_is_suggested() -> None:
    accounts, won = decided(({"employees": 500.0}, 29, 20), ({"employees": 30.0}, 0, 80))
    found = suggest(accounts, won, MODEL, seed=7)
    assert (found.won, found.lost, found.skill, found.rules) == (29, 100, None, ())
    assert "30" in found.reason


def test_what_may_be_luck_is_not_suggested() -> None:
    accounts, won = big_and_small(wins=52)
    found = suggest(accounts, won, MODEL, seed=7)
    assert found.skill is None
    assert "luck" in found.reason
    employees = by_name(found)["employees"]
    assert (employees.verdict, employees.kept) == ("not shown", "its differences may be luck")


def by_name(found: Suggestion) -> dict[str, RuleFinding]:
    return {rule.name: rule for rule in found.rules}


def test_a_real_difference_moves_points_to_the_band_that_wins() -> None:
    accounts, won = big_and_small()
    found = suggest(accounts, won, MODEL, seed=7)
    rules = by_name(found)
    points = {level.label: level.points for level in rules["employees"].levels}
    assert rules["employees"].verdict == "clear"
    # The rule keeps the 25 points it had; the worst band has none.
    assert (points["200 to 1,000"], points["20 to 50"]) == (25.0, 0.0)
    assert 0 < points["50 to 200"] < 25
    assert found.skill is not None
    assert found.skill.gain.low > 0 or found.skill.suggested.value >= 0.75
    assert rules["relationship"].kept == "winning a deal changes this field"
    assert rules["students"].kept == "it only takes points away"
    assert rules["country"].kept == "the accounts with decided deals do not differ in it"


def test_a_frequent_name_gets_a_band_of_its_own_and_a_new_one_too() -> None:
    accounts, won = decided(
        ({"industry": "Shipping"}, 45, 5),
        ({"industry": "Retail"}, 10, 40),
        ({"industry": "Fishery"}, 5, 45),
        ({"industry": "Energy"}, 2, 2),
    )
    found = suggest(accounts, won, MODEL, seed=7)
    rule = next(rule for rule in found.rules if rule.name == "industry")
    points = {level.label: level.points for level in rule.levels}
    assert points["Shipping"] == 25.0
    assert points["Shipping"] > points["Retail, RETAIL"] > points["Fishery"]
    text = suggested_text(TEXT, found, DAY)
    bands = parse_model(text, "new").spec.fit.rules[0].bands
    assert [band.points for band in bands if band.one_of == ("Fishery",)] == [points["Fishery"]]
    everything = [name for band in bands for name in band.one_of]
    old = [name for band in MODEL.spec.fit.rules[0].bands for name in band.one_of]
    assert sorted(everything) == sorted([*old, "Fishery"])


def test_the_file_changes_points_and_nothing_else() -> None:
    accounts, won = big_and_small()
    text = suggested_text(TEXT, suggest(accounts, won, MODEL, seed=7), DAY)
    new = parse_model(text, "new")
    assert new.spec.version == "2026.1-suggested"
    rules = {rule.name: rule for rule in new.spec.fit.rules}
    old = {rule.name: rule for rule in MODEL.spec.fit.rules}
    assert rules["employees"] != old["employees"]
    assert {name: rule for name, rule in rules.items() if name != "employees"} == {
        name: rule for name, rule in old.items() if name != "employees"
    }
    assert new.spec.model_copy(update={"fit": MODEL.spec.fit, "version": MODEL.spec.version}) == MODEL.spec
    assert "80 of 100 won, 80% (71% to 87%)" in text
    assert "Not in use" in text
    # Comments outside of the rewritten rules stay.
    assert "# A negative ideal customer profile: points may be below zero." in text
    headings = [line for line in TEXT.splitlines() if line.startswith("# ---")]
    assert [line for line in text.splitlines() if line.startswith("# ---")] == headings


def test_few_deals_are_named_in_the_file() -> None:
    accounts, won = decided(({"employees": 500.0}, 40, 10), ({"employees": 30.0}, 10, 40))
    assert "That is little" in suggested_text(TEXT, suggest(accounts, won, MODEL, seed=7), DAY)
    accounts, won = big_and_small()
    assert "That is little" not in suggested_text(TEXT, suggest(accounts, won, MODEL, seed=7), DAY)


def test_rules_in_another_form_are_refused_with_what_to_do() -> None:
    accounts, won = big_and_small()
    found = suggest(accounts, won, MODEL, seed=7)
    with pytest.raises(ModelError, match=r"\[\[fit.rules\]\] block"):
        suggested_text(TEXT.replace("[[fit.rules]]", "[[ fit.rules ]]"), found, DAY)


def test_the_order_of_accounts_does_not_matter_to_points() -> None:
    accounts, won = big_and_small()
    one, other = (
        suggest(accounts, won, MODEL, seed=7),
        suggest(accounts[::-1], won[::-1], MODEL, seed=7),
    )
    assert [[level.points for level in rule.levels] for rule in one.rules] == [
        [level.points for level in rule.levels] for rule in other.rules
    ]


FIELDS = st.fixed_dictionaries(
    {
        "industry": st.sampled_from([None, "Banking", "Retail", 'odd "name" \\ ü', "new\nline", "Software"]),
        "employees": st.sampled_from([None, 3.0, 100.0, 500.0, 9000.0]),
        "country": st.sampled_from([None, "Germany", "US", "Poland", "Nowhere"]),
        "annual_revenue": st.sampled_from([None, 1.0, 2e6, 6e7]),
    }
)


@given(st.lists(st.tuples(FIELDS, st.floats(0, 1)), min_size=2, max_size=6), st.integers(0, 99))
@settings(max_examples=12, deadline=None)
def test_whatever_the_deals_the_file_is_a_sound_model_with_points_in_range(
    groups: list[tuple[dict[str, Value], float]], extra: int
) -> None:
    rows = [(fields, round(40 * share) + 5, 45 - round(40 * share)) for fields, share in groups]
    accounts, won = decided(*rows, ({}, 15, 15 + extra))
    found = suggest(accounts, won, MODEL, seed=7)
    for rule in found.rules:
        assert all(level.points >= 0 for level in rule.levels)
        assert sum(level.decided for level in rule.levels) in (0, len(accounts))
    if found.skill is None:
        return
    new = parse_model(suggested_text(TEXT, found, DAY), "new").spec
    largest = sum(max(0, *(band.points for band in rule.bands)) for rule in new.fit.rules)
    assert largest == pytest.approx(100, abs=0.3)
