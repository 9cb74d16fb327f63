"""Fit by hand (docs/scoring.md section 1)."""

from typing import Any

import pytest

from scoring.facts import AccountFacts
from scoring.fit import FIT_BANDS, exclusions, fit
from scoring.model import DEFAULT_MODEL, Model, build_model, load_model
from scoring.values import Value
from tests.scoring_world import default_data


def model_of(*rules: dict[str, Any], **fit_settings: Any) -> Model:
    data = default_data()
    named = [{"name": f"r{place}", **rule} for place, rule in enumerate(rules)]
    data["fit"] = {"rules": named, "min_completeness": 0, **fit_settings}
    return build_model(data, "m")


def scored(model: Model, **fields: Value) -> tuple[float, float, str]:
    result = fit([AccountFacts("a", fields)], model)
    return float(result.score[0]), float(result.completeness[0]), FIT_BANDS[result.band[0]]


INDUSTRY = {
    "field": "industry",
    "bands": [{"points": 30, "in": ["Technology"]}, {"points": 10, "in": ["Retail"]}],
}
EMPLOYEES = {"field": "employees", "bands": [{"points": 10, "from": 50, "to": 200}]}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"industry": "Technology", "employees": 50}, (100.0, 100.0, "strong")),
        ({"industry": "Technology", "employees": 200}, (75.0, 100.0, "moderate")),
        ({"industry": " retail ", "employees": 199.9}, (50.0, 100.0, "moderate")),
        ({"industry": "Mining", "employees": 1}, (0.0, 100.0, "weak")),
        ({"industry": "Technology"}, (82.5, 75.0, "strong")),
        ({"industry": "", "employees": None}, (30.0, 0.0, "weak")),
        ({"industry": "Technology", "employees": "a few"}, (82.5, 75.0, "strong")),
        ({"industry": "Technology", "employees": "120"}, (100.0, 100.0, "strong")),
        ({"industry": "Technology", "employees": float("nan")}, (82.5, 75.0, "strong")),
    ],
)
def test_known_and_unknown_values(fields: dict[str, Value], expected: tuple[float, float, str]) -> None:
    assert scored(model_of(INDUSTRY, EMPLOYEES), **fields) == expected


def test_a_rule_may_set_its_own_credit_for_unknown() -> None:
    model = model_of(INDUSTRY, EMPLOYEES | {"unknown_credit": 0}, unknown_credit=0.5)
    assert scored(model) == (37.5, 0.0, "weak")


def test_little_knowledge_makes_the_band_unknown() -> None:
    assert scored(model_of(INDUSTRY, EMPLOYEES, min_completeness=75), industry="Technology")[2] == "strong"
    assert scored(model_of(INDUSTRY, EMPLOYEES, min_completeness=75.1), industry="Technology")[2] == "unknown"


def test_bands_begin_at_81_and_50() -> None:
    rule = {
        "field": "employees",
        "bands": [{"points": p, "from": p, "to": p + 1} for p in (49, 50, 80, 81, 100)],
    }
    bands = [scored(model_of(rule), employees=points)[2] for points in (49, 50, 80, 81)]
    assert bands == ["weak", "moderate", "moderate", "strong"]


def test_negative_points_lower_the_fit_but_never_below_zero() -> None:
    negative = {"field": "name", "bands": [{"points": -20, "contains": ["university"]}]}
    model = model_of(INDUSTRY, negative)
    assert scored(model, industry="Technology", name="The University of X")[0] == pytest.approx(33.333333)
    assert scored(model, industry="Mining", name="University")[0] == 0.0


def test_a_rule_of_negative_bands_only_neither_counts_as_possible_nor_as_knowledge() -> None:
    negative = {"field": "name", "bands": [{"points": -20, "contains": ["university"]}]}
    assert scored(model_of(INDUSTRY, negative), industry="Technology") == (100.0, 100.0, "strong")


@pytest.mark.parametrize("value", ["US", "us", "United States", " usa ", "U.S.A."])
def test_countries_match_by_code_and_name(value: str) -> None:
    rule = {"field": "country", "bands": [{"points": 5, "country": ["US"]}, {"points": 1}]}
    assert scored(model_of(rule), country=value)[0] == 100.0
    assert scored(model_of(rule), country="Atlantis")[0] == 20.0


@pytest.mark.parametrize(
    ("value", "points"), [(True, 100.0), ("true", 100.0), ("Yes", 100.0), (1, 100.0), (False, 0.0)]
)
def test_truth(value: Value, points: float) -> None:
    rule = {"field": "is_public", "bands": [{"points": 5, "is_true": True}]}
    assert scored(model_of(rule), is_public=value) == (points, 100.0, "strong" if points else "weak")


def test_true_and_one_are_different_values_of_a_text_rule() -> None:
    rule = {"field": "is_public", "bands": [{"points": 5, "in": ["1"]}]}
    accounts = [AccountFacts("a", {"is_public": value}) for value in (1, True, 1.0, "1")]
    assert fit(accounts, model_of(rule)).score.tolist() == [100.0, 100.0, 100.0, 100.0]
    numbers = model_of({"field": "employees", "bands": [{"points": 5, "from": 1}]})
    accounts = [AccountFacts("a", {"employees": value}) for value in (1, True)]
    assert fit(accounts, numbers).score.tolist() == [100.0, 30.0]


@pytest.mark.parametrize("industry", ["Technology", "COMPUTER_SOFTWARE"])
def test_both_crms_words_for_an_industry_earn_the_same(industry: str) -> None:
    model = load_model(DEFAULT_MODEL)
    assert scored(model, industry=industry)[0] == scored(model, industry="Technology")[0]


@pytest.mark.parametrize(
    ("fields", "lists", "name"),
    [
        ({"type": "Customer - Direct"}, frozenset(), "customer"),
        ({"type": "customer - channel "}, frozenset(), "customer"),
        ({"lifecycle_stage": "customer"}, frozenset(), "customer"),
        ({"type": "PARTNER"}, frozenset(), "partner"),
        ({"type": "Competitor"}, frozenset({"Customers"}), "customer"),
        ({}, frozenset({"Competitors"}), "competitor"),
        ({"type": "Prospect"}, frozenset({"Newsletter"}), ""),
    ],
)
def test_exclusions(fields: dict[str, Value], lists: frozenset[str], name: str) -> None:
    accounts = [AccountFacts("a", fields, lists), AccountFacts("b", {}), AccountFacts("c", fields, lists)]
    assert exclusions(accounts, load_model(DEFAULT_MODEL)) == (name, "", name)


def test_exclusions_tell_numbers_from_truths() -> None:
    data = default_data()
    data["exclusions"] = [{"name": "tiny", "any_of": [{"field": "employees", "to": 2}]}]
    accounts = [AccountFacts("a", {"employees": value}) for value in (True, 1, "1", 2, None)]
    assert exclusions(accounts, build_model(data, "m")) == ("", "tiny", "tiny", "", "")
