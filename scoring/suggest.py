"""Fit points suggested from won and lost deals (docs/backtest.md): which bands won more, and how sure that is.

Pure: fields of decided accounts in, findings and points out. scoring/suggested_file.py writes the model file;
nothing here or there puts it to use.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import erf, sqrt

import numpy as np

from scoring.backtest import HINDSIGHT_FIELDS, Estimate
from scoring.facts import AccountFacts
from scoring.levels import Leveled, label_of, leveled
from scoring.model import Model
from scoring.odds import area, area_difference, chance_of_luck, share_interval, shrunk_log_odds
from scoring.spec import Band
from scoring.units import MICRO, Flags, Floats

MIN_DECIDED = 30
"""Won accounts, and lost ones, below which nothing is suggested."""
FEW_DECIDED = 100
"""Below this many of either the suggestion says that it rests on little."""
CLEAR, LIKELY = 0.01, 0.05
"""Chance of luck up to which a rule is called clear, or likely; other rules keep their points."""
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Level:
    """What deals say of one band: log-odds against the average. Two levels have none: "other" and "unknown"."""

    band: Band | None
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
        return (1 + erf(abs(self.effect) / self.deviation / sqrt(2))) / 2


@dataclass(frozen=True, slots=True)
class RuleFinding:
    """What deals say of one fit rule. `kept` says why its points stay as they are, "" where they do not.

    `luck` is the chance that outcomes dealt at random differ between the bands at least as much.
    """

    rule: int
    name: str
    field: str
    levels: tuple[Level, ...] = ()
    luck: float = 1.0
    kept: str = ""
    unknown_credit: float | None = None

    @property
    def verdict(self) -> str:
        """`clear`, `likely` or `not shown`; `not looked at` where deals can say nothing."""
        if not self.levels:
            return "not looked at"
        return "clear" if self.luck <= CLEAR else "likely" if self.luck <= LIKELY else "not shown"


@dataclass(frozen=True, slots=True)
class Skill:
    """How well the suggestion tells won from lost accounts that it has not seen (areas under the curve)."""

    suggested: Estimate
    current: Estimate
    gain: Estimate


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Findings, one a rule of the model; without a skill nothing is suggested, and `reason` says why."""

    won: int
    lost: int
    rules: tuple[RuleFinding, ...]
    skill: Skill | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What deals say of a rule, one entry a level."""

    effects: Floats
    deviations: Floats
    luck: float

    @property
    def is_shown(self) -> bool:
        return self.luck <= LIKELY


def suggest(accounts: Sequence[AccountFacts], won: Flags, model: Model, *, seed: int) -> Suggestion:
    """What the decided accounts say of the model's fit rules; `won` has one entry an account."""
    wins, losses = int(won.sum()), int((~won).sum())
    if min(wins, losses) < MIN_DECIDED:
        return Suggestion(wins, losses, (), None, f"{MIN_DECIDED} won and {MIN_DECIDED} lost ones are needed")
    rules = [leveled(number, table, accounts) for number, table in enumerate(model.tables.rules)]
    evidence = _evidence(rules, won, seed)
    points = _new_points(rules, evidence)
    findings = tuple(_finding(rule, won, points[rule.number], evidence.get(rule.number)) for rule in rules)
    if not any(found.is_shown for found in evidence.values()):
        return Suggestion(wins, losses, findings, None, "no rule shows a difference that is more than luck")
    return Suggestion(wins, losses, findings, _skill(rules, won, seed))


def _evidence(rules: Sequence[Leveled], won: Flags, seed: int) -> dict[int, _Evidence]:
    """By rule, for those that deals can say something of."""
    learned = [rule for rule in rules if not rule.unlearnable()]
    if not learned:
        return {}
    found = shrunk_log_odds(np.concatenate([rule.indicators() for rule in learned], axis=1), won)
    evidence, first = {}, 0
    for rule in learned:
        counts = np.bincount(rule.level, minlength=rule.other + 2)
        effects, deviations = found.against_average(slice(first, first + len(counts)), counts)
        luck = chance_of_luck(rule.level[rule.known], won[rule.known], seed=seed)
        evidence[rule.number] = _Evidence(effects, deviations, luck)
        first += len(counts)
    return evidence


def _new_points(rules: Sequence[Leveled], evidence: Mapping[int, _Evidence]) -> dict[int, Floats]:
    """Points of every level of every rule. Changed rules together have the points that they had before."""
    shown = [rule for rule in rules if rule.number in evidence and evidence[rule.number].is_shown]
    spans = sum(float(np.ptp(evidence[rule.number].effects[rule.ranked])) for rule in shown)
    scale = sum(rule.table.largest for rule in shown) / MICRO / spans if spans else 0.0
    points = {rule.number: rule.current_points for rule in rules}
    return points | {rule.number: _scaled(rule, evidence[rule.number].effects, scale) for rule in shown}


def _scaled(rule: Leveled, effects: Floats, scale: float) -> Floats:
    """The least band gets 0 points. An unknown value lies between the least and the best."""
    ranked = effects[rule.ranked]
    points: Floats = np.round(scale * (effects - ranked.min()), 1)
    points[-1] = np.clip(points[-1], 0.0, points[rule.ranked].max())
    if rule.other not in rule.ranked:
        points[rule.other] = 0.0
    return points


def _skill(rules: Sequence[Leveled], won: Flags, seed: int) -> Skill:
    """Each account is judged by points that were made without it, the choice of rules included."""
    fold = np.random.default_rng(seed).permutation(len(won)) % _FOLDS
    scores = np.empty(len(won))
    for number in range(_FOLDS):
        seen = fold != number
        training = [rule.of(seen) for rule in rules]
        points = _new_points(training, _evidence(training, won[seen], seed))
        scores[~seen] = _summed([rule.of(~seen) for rule in rules], points)
    current = _summed(rules, {rule.number: rule.current_points for rule in rules})
    return Skill(area(scores, won), area(current, won), area_difference(scores, current, won))


def _summed(rules: Sequence[Leveled], points: Mapping[int, Floats]) -> Floats:
    """Points of each account, without the rules whose field gives the outcome away."""
    judged = [rule for rule in rules if rule.table.field not in HINDSIGHT_FIELDS]
    total: Floats = np.sum([points[rule.number][rule.level] for rule in judged], axis=0)
    return total


def _finding(rule: Leveled, won: Flags, points: Floats, evidence: _Evidence | None) -> RuleFinding:
    name, field = rule.table.name, rule.table.field
    if evidence is None:
        return RuleFinding(rule.number, name, field, kept=rule.unlearnable())
    levels = tuple(_levels(rule, won, points, evidence))
    if not evidence.is_shown:
        return RuleFinding(rule.number, name, field, levels, evidence.luck, "its differences may be luck")
    best = float(points[rule.ranked].max())
    credit = round(float(points[-1]) / best, 2) if best else None
    return RuleFinding(rule.number, name, field, levels, evidence.luck, unknown_credit=credit)


def _levels(rule: Leveled, won: Flags, points: Floats, evidence: _Evidence) -> Iterator[Level]:
    for place in (*rule.ranked.tolist(), rule.other + 1):
        inside = rule.level == place
        decided, wins = int(inside.sum()), int(won[inside].sum())
        band = rule.table.bands[place][0] if place < rule.other else None
        label = label_of(band) if band else ("other", "unknown")[place - rule.other]
        yield Level(
            band,
            label,
            decided,
            wins,
            *share_interval(wins, decided),
            effect=float(evidence.effects[place]),
            deviation=float(evidence.deviations[place]),
            points=float(points[place]),
        )
