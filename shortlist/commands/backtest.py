"""model backtest, model suggest: how the model would have done, and what the deals say of its weights."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from core.errors import ConfigError
from scoring.backtest import MIN_POSITIVES, Estimate, Metrics
from scoring.suggest import FEW_DECIDED, Level, RuleFinding, Skill, Suggestion
from scoring.suggested_file import suggested_text
from shortlist.commands.model import resolve
from shortlist.console import Output
from shortlist.session import DEFAULT, AsOfOption, ConfigOption, JsonOption, command, instant, session
from sync.backtest import CURRENT, Backtest, Question, Trial
from sync.backtest import backtest as replay
from sync.suggestion import suggestion
from sync.verdict import conclusions

_TARGETS = {"created": "got an opportunity", "won": "got one that was won"}
_MOST_DAYS = 365
_LEVEL_KEYS = ("label", "decided", "won", "share_low", "share_high", "effect", "deviation", "points")
_LEGEND = (
    "Area: the chance that such an account ranks above another one of the same week (0.5 is chance). Found in N: "
    "the share of such accounts among the N best of their week. Hits of N: the share of N seats a week that went "
    "to one. Lift: how many times as many as chance. In brackets: 95 % intervals."
)


@command
def backtest(
    config: ConfigOption = DEFAULT,
    *,
    candidate: Annotated[str | None, typer.Option(help="A version or a file to compare with.")] = None,
    days: Annotated[str, typer.Option(help="How long before an opportunity, in days.")] = "30,60,90",
    history: Annotated[int, typer.Option(help="Days of opportunities to look at.", min=7, max=3650)] = 365,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Replay the model as it stood before each opportunity, and see whom it ranked above whom."""
    horizons, at = _horizons(days), instant(as_of)
    with session(config, as_json=as_json, writes=False) as opened:
        engine = opened.engine
        rival = resolve(engine.database, candidate) if candidate else None
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
    output.say(_LEGEND)
    output.say("What this cannot tell:")
    for caveat in found.caveats:
        output.say(f"- {caveat}")


def _show_trial(output: Output, trial: Trial) -> None:
    title = f"Accounts that {_TARGETS[trial.target]}, ranked {trial.days} days before"
    counts = f"{trial.accounts:,} accounts of {trial.population:,} account-weeks in {trial.weeks} weeks"
    if not trial.rankings:
        output.say(f"{title}: not enough data ({counts}; {MIN_POSITIVES} accounts are needed).")
        return
    rankings = {name: found.metrics for name, found in trial.rankings.items()}
    output.table(title, ("", *rankings), _trial_rows(list(rankings.values())))
    tenths = ", ".join(f"{tenth.value:.1f}" for tenth in rankings[CURRENT].tenths)
    output.say(f"{counts}. Lift of each tenth by the current model, best first: {tenths}.")


def _trial_rows(rankings: list[Metrics]) -> Iterator[list[str]]:
    """One row a metric, one column a ranking."""
    yield ["area", *(_bracketed(each.auc, ".2f") for each in rankings)]
    for place, at in enumerate(rankings[0].at):
        yield [f"found in {at.capacity:,}", *(_percent(each.at[place].recall, 0) for each in rankings)]
        yield [f"hits of {at.capacity:,}", *(_percent(each.at[place].precision, 1) for each in rankings)]
    yield ["lift of top tenth", *(_bracketed(each.tenths[0], ".1f") for each in rankings)]


def _bracketed(estimate: Estimate, form: str) -> str:
    return f"{estimate.value:{form}} [{estimate.low:{form}}, {estimate.high:{form}}]"


def _percent(estimate: Estimate, digits: int) -> str:
    value, low, high = (100 * number for number in (estimate.value, estimate.low, estimate.high))
    return f"{value:.{digits}f}% [{low:.{digits}f}, {high:.{digits}f}]"


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
    for rule in found.rules:
        _show_rule(output, rule)
    counts = f"{found.won:,} accounts won, {found.lost:,} lost"
    if found.skill is None:
        output.say(f"Nothing is suggested from {counts}: {found.reason}.", style="bold")
        return
    little = " That is little." if min(found.won, found.lost) < FEW_DECIDED else ""
    output.say(f"From {counts}.{little} {_gain(found.skill)}", style="bold")
    output.say(
        f"Written to {out}. See what it would change with `shortlist model diff {out}`; to use it, publish it "
        "with `shortlist model publish`."
        if out
        else "Write it to a file with --out FILE. The model in use stays as it is."
    )


def _show_rule(output: Output, rule: RuleFinding) -> None:
    if not rule.levels:
        output.say(f"{rule.name}: kept, {rule.kept}.")
        return
    kept = f"; kept, {rule.kept}" if rule.kept else ""
    luck = f"dealt at random, outcomes differ as much in {rule.luck:.1%} of trials"
    columns = ("band", "points", "decided", "won", "share won", "log-odds", "sure")
    output.table(f"{rule.name}: {rule.verdict} ({luck}{kept})", columns, [_level_row(x) for x in rule.levels])


def _level_row(level: Level) -> tuple[object, ...]:
    share = f"{level.won / level.decided:.0%} " if level.decided else ""
    interval = f"[{100 * level.share_low:.0f}, {100 * level.share_high:.0f}]"
    odds = f"{level.effect:+.2f} ± {level.deviation:.2f}"
    points = f"{level.points:g}"
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
    return {
        "won": found.won,
        "lost": found.lost,
        "reason": found.reason,
        "skill": found.skill and asdict(found.skill),
        "rules": [_rule_json(rule) for rule in found.rules],
        "model": text,
        "file": None if out is None or text is None else str(out),
    }


def _rule_json(rule: RuleFinding) -> dict[str, Any]:
    levels = [
        {name: getattr(level, name) for name in _LEVEL_KEYS} | {"certainty": level.certainty}
        for level in rule.levels
    ]
    head = {"name": rule.name, "field": rule.field, "verdict": rule.verdict, "kept": rule.kept}
    return {**head, "luck": rule.luck, "unknown_credit": rule.unknown_credit, "levels": levels}
