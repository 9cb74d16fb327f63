"""model backtest, model suggest: how the model would have done, and what the deals say of its weights."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from core.errors import ConfigError
from scoring.backtest import MIN_POSITIVES, Estimate
from scoring.model import load_model
from scoring.suggest import FEW_DECIDED, MIN_DECIDED, Level, RuleFinding, Skill, Suggestion
from scoring.suggested_file import suggested_text
from shortlist.console import Output
from shortlist.session import DEFAULT, AsOfOption, ConfigOption, JsonOption, command, instant, session
from sync.backtest import CURRENT, Backtest, Question, Ranking, Trial
from sync.backtest import backtest as replay
from sync.suggestion import suggestion
from sync.verdict import conclusions

_TARGETS = {"created": "got an opportunity", "won": "got one that was won"}
_MOST_DAYS = 365


@command
def backtest(
    config: ConfigOption = DEFAULT,
    *,
    candidate: Annotated[Path | None, typer.Option(help="A model file to compare with.")] = None,
    days: Annotated[str, typer.Option(help="How long before an opportunity, in days.")] = "30,60,90",
    history: Annotated[int, typer.Option(help="Days of opportunities to look at.", min=7, max=3650)] = 365,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Replay the model as it stood before each opportunity, and see whom it ranked above whom."""
    horizons, at = _horizons(days), instant(as_of)
    rival = load_model(candidate) if candidate else None
    with session(config, as_json=as_json, writes=False) as opened:
        engine = opened.engine
        question = Question(engine.model, at, rival, horizons, history)
        found = replay(engine.database, question, engine.progress)
    show_backtest(opened.output, found)
    opened.output.document({**asdict(found), "conclusions": conclusions(found)})


def _horizons(text: str) -> tuple[int, ...]:
    try:
        days = tuple(sorted({int(part) for part in text.split(",")}))
    except ValueError as error:
        raise ConfigError(f"--days {text!r}: write whole days between commas, as in 30,60,90.") from error
    if not 0 <= days[0] <= days[-1] <= _MOST_DAYS:
        raise ConfigError(f"--days {text!r}: each must lie between 0 and {_MOST_DAYS}.")
    return days


def show_backtest(output: Output, found: Backtest) -> None:
    """A table an outcome and horizon, the conclusion, and what it cannot tell."""
    for trial in found.trials:
        _show_trial(output, trial)
    for sentence in conclusions(found):
        output.say(sentence, style="bold")
    output.say("Brackets are 95 % intervals. What this cannot tell:")
    for caveat in found.caveats:
        output.say(f"- {caveat}")


def _show_trial(output: Output, trial: Trial) -> None:
    title = f"Accounts that {_TARGETS[trial.target]}, ranked {trial.days} days before"
    counts = (
        f"{trial.accounts:,} accounts (in {trial.weeks} weeks, {trial.population:,} account-weeks in all)"
    )
    if not trial.rankings:
        output.say(f"{title}: not enough data. {counts}; {MIN_POSITIVES} accounts are needed.")
        return
    capacities = [at.capacity for at in trial.rankings[CURRENT].metrics.at]
    columns = [
        "ranked by",
        "area under curve",
        *(f"found in best {capacity:,} a week" for capacity in capacities),
        *(f"hits in {capacity:,} seats" for capacity in capacities),
        "lift of best tenth",
    ]
    output.table(title, columns, [_trial_row(name, found) for name, found in trial.rankings.items()])
    output.say(counts)
    tenths = ", ".join(f"{tenth.value:.1f}" for tenth in trial.rankings[CURRENT].metrics.tenths)
    output.say(f"Lift of each tenth by the current model, best first: {tenths}")


def _trial_row(name: str, found: Ranking) -> list[str]:
    metrics = found.metrics
    return [
        name,
        _bracketed(metrics.auc, ".2f"),
        *(_bracketed(at.recall, ".0%") for at in metrics.at),
        *(_bracketed(at.precision, ".1%") for at in metrics.at),
        _bracketed(metrics.tenths[0], ".1f"),
    ]


def _bracketed(estimate: Estimate, form: str) -> str:
    return f"{estimate.value:{form}} ({estimate.low:{form}} to {estimate.high:{form}})"


@command
def suggest(
    config: ConfigOption = DEFAULT,
    *,
    out: Annotated[Path | None, typer.Option(help="Where to write the suggested model file.")] = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Suggest fit points from won and lost deals, as a file; the model in use stays as it is."""
    at = instant(as_of)
    if out is not None and out.exists():
        raise ConfigError(f"--out {out}: the file exists; name a new one.")
    with session(config, as_json=as_json, writes=False) as opened:
        engine = opened.engine
        found = suggestion(engine.database, engine.model, at)
    text = suggested_text(engine.model_text, found, at.date()) if found.skill else None
    if text is not None and out is not None:
        out.write_text(text, encoding="utf-8")
    _show_suggestion(opened.output, found, out)
    opened.output.document(_suggestion_json(found, text, out))


def _show_suggestion(output: Output, found: Suggestion, out: Path | None) -> None:
    counts = f"{found.won:,} accounts won, {found.lost:,} lost"
    if found.skill is None:
        output.say(f"Not enough data: {counts}; {MIN_DECIDED} of each are needed. Nothing is suggested.")
        return
    for rule in found.rules:
        _show_rule(output, rule)
    if min(found.won, found.lost) < FEW_DECIDED:
        output.say(f"This rests on little: {counts}.")
    output.say(_gain(found.skill), style="bold")
    output.say(
        f"Written to {out}. Compare it with `shortlist model backtest --candidate {out}` before you use it."
        if out
        else "Write it to a file with --out FILE. The model in use stays as it is."
    )


def _show_rule(output: Output, rule: RuleFinding) -> None:
    if rule.kept:
        output.say(f"{rule.name}: kept, {rule.kept}.")
        return
    title = f"{rule.name}: {rule.verdict} ({rule.luck:.1%} of shuffled outcomes differ as much)"
    columns = ("band", "points", "decided", "won", "share won", "log-odds", "sure")
    output.table(title, columns, [_level_row(level) for level in rule.levels])


def _level_row(level: Level) -> tuple[object, ...]:
    share = f"{level.won / level.decided:.0%} " if level.decided else ""
    interval = f"({level.share_low:.0%} to {level.share_high:.0%})"
    odds = f"{level.effect:+.2f} ± {level.deviation:.2f}"
    points = "" if level.label == "unknown" else f"{level.points:g}"
    return (level.label, points, level.decided, level.won, share + interval, odds, f"{level.certainty:.0%}")


def _gain(skill: Skill) -> str:
    gain = skill.gain
    verdict = "not shown to be better"
    if gain.low > 0:
        verdict = "better than the current fit"
    elif gain.high < 0:
        verdict = "worse than the current fit"
    return (
        f"Won from lost, on accounts that it had not seen: area {_bracketed(skill.suggested, '.2f')}; the current "
        f"fit: {_bracketed(skill.current, '.2f')}. The suggestion is {verdict} "
        f"(difference {_bracketed(gain, '+.2f')})."
    )


def _suggestion_json(found: Suggestion, text: str | None, out: Path | None) -> dict[str, Any]:
    verdicts: Iterator[str] = (rule.verdict for rule in found.rules)
    rules = [
        {**asdict(rule), "verdict": verdict} for rule, verdict in zip(found.rules, verdicts, strict=True)
    ]
    return {
        **asdict(found),
        "rules": rules,
        "enough": found.skill is not None,
        "model": text,
        "file": None if out is None or text is None else str(out),
    }
