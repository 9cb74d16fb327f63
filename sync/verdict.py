"""What a backtest shows, in sentences that claim no more than its intervals do."""

from collections.abc import Callable, Sequence
from functools import partial

from scoring.backtest import Estimate
from sync.backtest import CANDIDATE, CURRENT, ENGAGEMENT, FIT, TARGETS, Backtest, Trial

CHANCE = 0.5
_BETTER, _WORSE, _NEITHER = "better than", "worse than", "not shown to differ from"
_WHO = {"created": "Opportunities", "won": "Won opportunities"}


def conclusions(found: Backtest) -> list[str]:
    """One sentence an outcome: where the whole 95 % interval lies on one side, and where it does not."""
    return [
        _conclusion(target, [trial for trial in found.trials if trial.target == target]) for target in TARGETS
    ]


def _conclusion(target: str, trials: Sequence[Trial]) -> str:
    measured = [trial for trial in trials if trial.rankings]
    if not measured:
        return f"{_WHO[target]}: not enough data to say anything."
    parts = [f"the current model is {_against('chance', measured, _over_chance)}"]
    parts += [_against(name, measured, partial(_over, name)) for name in (FIT, ENGAGEMENT)]
    if any(CANDIDATE in trial.rankings for trial in measured):
        against = _against("the current model", measured, _candidate_over)
        parts.append(f"the candidate is {against}")
    return f"{_WHO[target]}: {'; '.join(parts)}."


def _against(name: str, trials: Sequence[Trial], over: Callable[[Trial], Estimate]) -> str:
    """In words: better than chance at 30 and 60 days, not shown to differ from chance at 90 days."""
    days: dict[str, list[str]] = {_BETTER: [], _WORSE: [], _NEITHER: []}
    for trial in trials:
        gap = over(trial)
        days[_BETTER if gap.low > 0 else _WORSE if gap.high < 0 else _NEITHER].append(str(trial.days))
    said = [f"{verdict} {name} at {_listed(found)} days" for verdict, found in days.items() if found]
    return ", ".join(said)


def _listed(items: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(items[:-1]), items[-1])))


def _over_chance(trial: Trial) -> Estimate:
    auc = trial.rankings[CURRENT].metrics.auc
    return Estimate(auc.value - CHANCE, auc.low - CHANCE, auc.high - CHANCE)


def _over(name: str, trial: Trial) -> Estimate:
    """By how much the current model's area exceeds another ranking's."""
    other = trial.rankings[name].over_current
    return Estimate(-other.value, -other.high, -other.low)


def _candidate_over(trial: Trial) -> Estimate:
    return trial.rankings[CANDIDATE].over_current
