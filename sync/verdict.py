"""What a backtest shows, in sentences that claim no more than its intervals do."""

from collections.abc import Callable, Sequence
from functools import partial

from sync.backtest import CANDIDATE, CURRENT, ENGAGEMENT, FIT, TARGETS, Backtest, Trial

CHANCE = 0.5
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
    parts = [_side("the current model ranks better than chance", measured, _beats_chance)]
    parts += [_side(f"better than {name}", measured, partial(_beats, name)) for name in (FIT, ENGAGEMENT)]
    if any(CANDIDATE in trial.rankings for trial in measured):
        parts.append(_side("the candidate is better than the current model", measured, _candidate_wins))
    return f"{_WHO[target]}: {'; '.join(parts)}."


def _side(claim: str, trials: Sequence[Trial], holds: Callable[[Trial], bool]) -> str:
    days = [str(trial.days) for trial in trials if holds(trial)]
    return (
        f"{claim} at {' and '.join(days)} days"
        if days
        else f"that {claim.removeprefix('that ')} is not shown"
    )


def _beats_chance(trial: Trial) -> bool:
    return trial.rankings[CURRENT].metrics.auc.low > CHANCE


def _beats(name: str, trial: Trial) -> bool:
    over = trial.rankings[name].over_current
    return over is not None and over.high < 0


def _candidate_wins(trial: Trial) -> bool:
    over = trial.rankings[CANDIDATE].over_current
    return over is not None and over.low > 0
