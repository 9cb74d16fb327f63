"""Fit points suggested from won and lost deals (docs/backtest.md): which bands won more, and how sure that is.

Pure: fields of decided accounts in, findings and points out. scoring/suggested_file.py writes the model file;
nothing here or there puts it to use.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import erf, sqrt

import numpy as np

from scoring.backtest import HINDSIGHT_FIELDS, Estimate, blinded
from scoring.compiled import RuleTable
from scoring.facts import AccountFacts
from scoring.fit import fit
from scoring.model import Model
from scoring.odds import (
    area,
    area_difference,
    chance_of_luck,
    out_of_fold,
    share_interval,
    shrunk_log_odds,
)
from scoring.spec import Condition
from scoring.units import MICRO, Flags, Floats, Ints
from scoring.values import kinds_of, matches, read

MIN_DECIDED = 30
"""Won accounts, and lost ones, below which nothing is suggested."""
FEW_DECIDED = 100
"""Below this many of each the suggestion says that it rests on little."""
CLEAR, LIKELY = 0.01, 0.05
"""Chance of luck up to which a rule is called clear, or likely."""
_FOLDS = 5
_SHOWN_NAMES = 3


@dataclass(frozen=True, slots=True)
class Level:
    """What deals say of one band ("other": known, in no band; "unknown"): log-odds against the average."""

    band: int | None
    label: str
    decided: int
    won: int
    share_low: float
    share_high: float
    effect: float
    deviation: float
    points: float

    @property
    def certainty(self) -> float:
        """The chance that the effect has the sign that it seems to have."""
        return (1 + erf(abs(self.effect) / self.deviation / sqrt(2))) / 2 if self.decided else 0.5


@dataclass(frozen=True, slots=True)
class RuleFinding:
    """What deals say of one fit rule. `kept` says why its points stay as they are, "" where they do not."""

    rule: int
    name: str
    field: str
    levels: tuple[Level, ...]
    luck: float
    unknown_credit: float
    kept: str = ""

    @property
    def verdict(self) -> str:
        """`clear`, `likely` or `not shown`; `kept` for a rule that was not looked at."""
        if self.kept:
            return "kept"
        return "clear" if self.luck <= CLEAR else "likely" if self.luck <= LIKELY else "not shown"


@dataclass(frozen=True, slots=True)
class Skill:
    """How well the suggestion tells won from lost accounts that it has not seen (areas under the curve)."""

    suggested: Estimate
    current: Estimate
    gain: Estimate


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Findings, one a rule of the model; without a skill there was too little to learn from, and no finding."""

    won: int
    lost: int
    rules: tuple[RuleFinding, ...]
    skill: Skill | None


@dataclass(frozen=True, slots=True)
class _Sorted:
    """One rule's accounts by level: bands in their order, then "other", then "unknown"."""

    number: int
    table: RuleTable
    level: Ints

    @property
    def other(self) -> int:
        return len(self.table.bands)

    @property
    def has_default(self) -> bool:
        last, _ = self.table.bands[-1]
        return not kinds_of(last)


def suggest(accounts: Sequence[AccountFacts], won: Flags, model: Model, *, seed: int) -> Suggestion:
    """What the decided accounts say of the model's fit rules; `won` has one entry an account."""
    wins, losses = int(won.sum()), int((~won).sum())
    if min(wins, losses) < MIN_DECIDED:
        return Suggestion(wins, losses, (), None)
    every = [_sorted(number, table, accounts) for number, table in enumerate(model.tables.rules)]
    learned = [rule for rule in every if not _kept(rule)]
    if not learned:
        return Suggestion(wins, losses, (), None)
    design = np.concatenate([_design(rule) for rule in learned], axis=1)
    scores = out_of_fold(design, won, folds=_FOLDS, seed=seed)
    current = fit(blinded(accounts), model).score
    return Suggestion(
        wins,
        losses,
        tuple(_findings(every, design, won, seed)),
        Skill(area(scores, won), area(current, won), area_difference(scores, current, won)),
    )


def _sorted(number: int, table: RuleTable, accounts: Sequence[AccountFacts]) -> _Sorted:
    levels = [_level_of(table, account) for account in accounts]
    return _Sorted(number, table, np.array(levels, dtype=np.int64))


def _level_of(table: RuleTable, account: AccountFacts) -> int:
    value = read(table.kind, account.fields.get(table.field))
    if value is None:
        return len(table.bands) + 1
    hits = (place for place, (band, _) in enumerate(table.bands) if matches(band, value))
    return next(hits, len(table.bands))


def _kept(rule: _Sorted) -> str:
    """Why a rule is left as it is, "" when deals can say something of it."""
    if rule.table.field in HINDSIGHT_FIELDS:
        return "winning a deal changes this field"
    if rule.table.largest == 0:
        return "it only takes points away"
    if len(np.unique(rule.level[rule.level <= rule.other])) < 2:  # noqa: PLR2004 - a difference needs two
        return "the accounts with decided deals do not differ in it"
    return ""


def _design(rule: _Sorted) -> Floats:
    """One column a level, 1 where the account is in it."""
    indicator: Floats = np.eye(rule.other + 2)[rule.level]
    return indicator


def _findings(rules: Sequence[_Sorted], design: Floats, won: Flags, seed: int) -> Iterator[RuleFinding]:
    found = shrunk_log_odds(design, won)
    effects = _by_rule(rules, found.effects)
    deviations = _by_rule(rules, found.deviations)
    scale = _scale(rules, effects)
    for rule in rules:
        if rule.number in effects:
            columns = (effects[rule.number], deviations[rule.number])
            yield _finding(rule, won, columns, scale=scale, seed=seed)
        else:
            table = rule.table
            yield RuleFinding(rule.number, table.name, table.field, (), 1.0, 0.0, _kept(rule))


def _by_rule(rules: Sequence[_Sorted], columns: Floats) -> dict[int, Floats]:
    learned = [rule for rule in rules if not _kept(rule)]
    ends = np.cumsum([rule.other + 2 for rule in learned])
    return {rule.number: part for rule, part in zip(learned, np.split(columns, ends[:-1]), strict=True)}


def _scale(rules: Sequence[_Sorted], effects: Mapping[int, Floats]) -> float:
    """Points of one unit of log-odds, so that the learned rules share the points that they have now."""
    now = sum(rule.table.largest for rule in rules if rule.number in effects) / MICRO
    spans = sum(
        float(np.ptp(_ranked(rule, effects[rule.number]))) for rule in rules if rule.number in effects
    )
    return now / spans if spans else 0.0


def _ranked(rule: _Sorted, effects: Floats) -> Floats:
    """Effects of the levels that a known value can have; behind a default band there is no "other"."""
    return effects[: rule.other + (not rule.has_default)]


def _finding(
    rule: _Sorted, won: Flags, columns: tuple[Floats, Floats], *, scale: float, seed: int
) -> RuleFinding:
    effects, deviations = columns
    ranked = _ranked(rule, effects)
    least, span = float(ranked.min()), float(np.ptp(ranked))
    levels = tuple(
        _level(rule, won, place, (float(effects[place]), float(deviations[place])), least=least, scale=scale)
        for place in (*range(len(ranked)), rule.other + 1)
    )
    known = rule.level <= rule.other
    credit = (float(effects[rule.other + 1]) - least) / span if span else 0.0
    return RuleFinding(
        rule.number,
        rule.table.name,
        rule.table.field,
        levels,
        luck=chance_of_luck(rule.level[known], won[known], seed=seed),
        unknown_credit=round(min(1.0, max(0.0, credit)), 2),
    )


def _level(
    rule: _Sorted, won: Flags, place: int, effect: tuple[float, float], *, least: float, scale: float
) -> Level:
    inside = rule.level == place
    decided, wins = int(inside.sum()), int(won[inside].sum())
    low, high = share_interval(wins, decided)
    is_band = place < rule.other
    label = label_of(rule.table.bands[place][0]) if is_band else ("other", "unknown")[place - rule.other]
    points = round(scale * (effect[0] - least), 1)
    return Level(place if is_band else None, label, decided, wins, low, high, *effect, points)


def label_of(condition: Condition) -> str:
    """A band in a few words: "200 to 1,000", "Technology, Software, …", "everything else"."""
    if condition.at_least is not None or condition.below is not None:
        below = "more" if condition.below is None else f"{condition.below:,g}"
        return f"{condition.at_least or 0:,g} to {below}"
    if condition.is_true is not None:
        return "yes" if condition.is_true else "no"
    names = [*condition.country, *condition.one_of, *condition.contains]
    shown = ", ".join(names[:_SHOWN_NAMES])
    return f"{shown}, …" if len(names) > _SHOWN_NAMES else shown or "everything else"
