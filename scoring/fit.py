"""Fit of accounts and the exclusions (docs/scoring.md section 1)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoring.compiled import RuleTable
from scoring.facts import AccountFacts
from scoring.model import Model
from scoring.spec import Exclusion, ExclusionTest
from scoring.units import Flags, Floats, Ints, rounded
from scoring.values import Value, kinds_of, matches, read

FIT_BANDS = ("unknown", "weak", "moderate", "strong")


@dataclass(frozen=True, slots=True)
class Fit:
    """points and known have one row a rule and one column an account; band indexes FIT_BANDS.

    possible is the sum of the rules' largest bands, in micro-points.
    """

    points: Ints
    known: Flags
    possible: int
    score: Floats
    completeness: Floats
    band: Ints


def fit(accounts: Sequence[AccountFacts], model: Model) -> Fit:
    """Fit of each account, in the order given."""
    rules = model.tables.rules
    columns = [_rule_column(rule, accounts) for rule in rules]
    points = np.array([column for column, _ in columns], dtype=np.int64)
    known = np.array([column for _, column in columns], dtype=np.bool_)
    largest = np.array([rule.largest for rule in rules], dtype=np.int64)
    possible = int(largest.sum())
    score = rounded(np.clip(100.0 * points.sum(axis=0) / possible, 0.0, 100.0))
    completeness = rounded(100.0 * (known * largest[:, np.newaxis]).sum(axis=0) / possible)
    return Fit(points, known, possible, score, completeness, _bands(score, completeness, model))


def exclusions(accounts: Sequence[AccountFacts], model: Model) -> tuple[str, ...]:
    """For each account the name of the first exclusion that holds, "" when none does."""
    tests = [test for candidate in model.spec.exclusions for test in candidate.any_of]
    fields = sorted({test.field for test in tests if test.field is not None})
    seen: dict[tuple[object, ...], str] = {}
    found = []
    for account in accounts:
        values = [account.fields.get(field) for field in fields]
        key = (account.lists, *values, *map(type, values))
        if key not in seen:
            seen[key] = _exclusion(account, model)
        found.append(seen[key])
    return tuple(found)


def _exclusion(account: AccountFacts, model: Model) -> str:
    return next((each.name for each in model.spec.exclusions if _excluded(account, each)), "")


def _rule_column(rule: RuleTable, accounts: Sequence[AccountFacts]) -> tuple[Ints, Flags]:
    """Points and known-ness per account."""
    values = [account.fields.get(rule.field) for account in accounts]
    if rule.kind == "number":
        return _number_column(rule, values)
    # Values repeat, so each distinct one is matched once.
    keys = [(type(value), value) for value in values]
    distinct = {key: rule_points(rule, key[1]) for key in set(keys)}
    found = [distinct[key] for key in keys]
    return (
        np.array([points for points, _ in found], dtype=np.int64),
        np.array([known for _, known in found], dtype=np.bool_),
    )


def _number_column(rule: RuleTable, values: Sequence[Value]) -> tuple[Ints, Flags]:
    """The same for bands over numbers, without a look at each account; an unknown number is a NaN."""
    numbers = np.array(
        [value if type(value) is float else read(rule.kind, value) for value in values], dtype=np.float64
    )
    known = np.isfinite(numbers)
    points = np.full(len(numbers), rule.unknown, dtype=np.int64)
    points[known] = 0
    # The first band that matches counts, so the bands are laid on from the last to the first.
    for band, worth in reversed(rule.bands):
        inside = known.copy()
        if band.at_least is not None:
            inside &= numbers >= band.at_least
        if band.below is not None:
            inside &= numbers < band.below
        points[inside] = worth
    return points, known


def rule_points(rule: RuleTable, value: Value) -> tuple[int, bool]:
    """Micro-points of one value under one rule, and whether the value is known."""
    readable = read(rule.kind, value)
    if readable is None:
        return rule.unknown, False
    return next((points for band, points in rule.bands if matches(band, readable)), 0), True


def _bands(score: Floats, completeness: Floats, model: Model) -> Ints:
    spec = model.spec.fit
    band = 1 + (score >= spec.moderate_from).astype(np.int64) + (score >= spec.strong_from)
    return np.where(completeness < spec.min_completeness, 0, band)


def _excluded(account: AccountFacts, candidate: Exclusion) -> bool:
    return any(_holds(account, test) for test in candidate.any_of)


def _holds(account: AccountFacts, test: ExclusionTest) -> bool:
    if test.field is None:
        return test.member_of in account.lists
    value = read(kinds_of(test)[0], account.fields.get(test.field))
    return value is not None and matches(test, value)
