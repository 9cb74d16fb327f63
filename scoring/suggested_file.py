"""A suggestion as a model file: the current file, with other points and what they rest on beside them."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import date

from scoring.errors import ModelError
from scoring.model import parse_model
from scoring.spec import Band, FitRule
from scoring.suggest import FEW_DECIDED, Level, RuleFinding, Suggestion

SOURCE = "the suggested model"
_BLOCK = re.compile(r"^\[\[fit\.rules\]\]\n(?:(?!\[).*\n)*", re.MULTILINE)
_VERSION = re.compile(r'^version = "(.*)"', re.MULTILINE)
_LONGEST_VERSION = 40
_WIDTH = 108
_INDENT = " " * 7


def suggested_text(text: str, suggestion: Suggestion, day: date) -> str:
    """The model file `text` with the suggested points; everything but fit rules stays as it is written.

    Raises ModelError when the rules are not written as [[fit.rules]] blocks, which is the one form that
    can be rewritten without touching anything else.
    """
    padded = text.rstrip("\n") + "\n"
    rules = parse_model(padded, SOURCE).spec.fit.rules
    blocks = list(_BLOCK.finditer(padded))
    if len(blocks) != len(rules):
        reason = "cannot be rewritten: write every fit rule as a [[fit.rules]] block that starts its line"
        raise ModelError(SOURCE, [("fit.rules", reason)])
    pieces, end = [], 0
    for block, rule, finding in zip(blocks, rules, suggestion.rules, strict=True):
        pieces += [padded[end : block.start()], _rewritten(block.group(), rule, finding)]
        end = block.end()
    written = _renamed("".join([*pieces, padded[end:]]))
    _check(written, padded, suggestion)
    return "\n".join([*_header(suggestion, day), written])


def _renamed(text: str) -> str:
    """Another version, so that nobody takes it for the current model."""

    def longer(found: re.Match[str]) -> str:
        return f'version = "{found[1][: _LONGEST_VERSION - len("-suggested")]}-suggested"'

    return _VERSION.sub(longer, text, count=1)


def _rewritten(block: str, rule: FitRule, finding: RuleFinding) -> str:
    """A rule's block with new points, and behind it the comments and blank lines that stood there."""
    if finding.kept:
        return f"# Kept as it is: {finding.kept}.\n{block}"
    lines = block.splitlines(keepends=True)
    while lines and (not lines[-1].strip() or lines[-1].startswith("#")):
        lines.pop()
    return "\n".join(_rule_lines(rule, finding)) + "\n" + block[len("".join(lines)) :]


def _rule_lines(rule: FitRule, finding: RuleFinding) -> Iterator[str]:
    yield f"# {finding.verdict.capitalize()}: outcomes dealt at random differ as much in {finding.luck:.1%} of trials."
    yield "[[fit.rules]]"
    yield f"name = {_quoted(rule.name)}"
    yield f"field = {_quoted(rule.field)}"
    if finding.unknown_credit is not None:
        yield f"unknown_credit = {finding.unknown_credit:g}{_note(finding.levels[-1])}"
    yield "bands = ["
    for level in finding.levels[:-1]:
        if level.band is not None:
            yield from _band_lines(level.band, level)
        elif level.points:
            yield f"    {{ points = {level.points:g} }},{_note(level)}"
    yield "]"


def _band_lines(band: Band, level: Level) -> Iterator[str]:
    """On one line where it fits; else its lists span lines, which is all that TOML allows inside braces."""
    line = _band(band, level, long=False)
    if len(line) <= _WIDTH:
        yield f"{line}{_note(level)}"
    else:
        yield f"  {_note(level)}"
        yield _band(band, level, long=True)


def _band(band: Band, level: Level, *, long: bool) -> str:
    conditions = band.model_dump(by_alias=True, exclude_defaults=True).items()
    tests = [f"{name} = {_toml(value, long=long)}" for name, value in conditions if name != "points"]
    return f"    {{ {', '.join([f'points = {level.points:g}', *tests])} }},"


def _toml(value: bool | float | Sequence[str], *, long: bool) -> str:  # noqa: FBT001 - a value, not a switch
    """A condition's value: a truth, a number, or names."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(int(value)) if value == int(value) else repr(value)
    names = [f"{_quoted(name)}," for name in value]
    return "\n".join(["[", *_packed(names), "    ]"]) if long else f"[{' '.join(names).rstrip(',')}]"


def _packed(names: Sequence[str]) -> Iterator[str]:
    line = _INDENT
    for name in names:
        if line != _INDENT and len(line) + len(name) > _WIDTH:
            yield line
            line = _INDENT
        line += f" {name}"
    yield line


def _quoted(text: str) -> str:
    """A TOML basic string, which escapes as JSON does."""
    return json.dumps(text, ensure_ascii=False)


def _note(level: Level) -> str:
    if not level.decided:
        return f"  # {level.label}: no decided account, so the average"
    share = f"{level.won / level.decided:.0%} ({level.share_low:.0%} to {level.share_high:.0%})"
    direction = "above" if level.effect > 0 else "below"
    return (
        f"  # {level.won} of {level.decided} won, {share}; {level.certainty:.0%} sure that it is "
        f"{direction} average"
    )


def _header(suggestion: Suggestion, day: date) -> Iterator[str]:
    yield f"# Suggested on {day} from {suggestion.won} won and {suggestion.lost} lost accounts. Not in use."
    if min(suggestion.won, suggestion.lost) < FEW_DECIDED:
        yield f"# That is little (fewer than {FEW_DECIDED} of one kind): take single bands with a grain of salt."
    yield "# Points are log-odds of winning, shrunk towards the average and scaled to the points the rules had."
    yield "# Shares are followed by their 95 % intervals. Floors of tiers stay: see `model diff` before publishing."


def _check(written: str, original: str, suggestion: Suggestion) -> None:
    """Prove that nothing but versions and the learned rules' points, credits and defaults differs."""
    new, old = (parse_model(text, SOURCE).spec for text in (written, original))
    kept = [finding.rule for finding in suggestion.rules if finding.kept]
    same = new.model_copy(update={"fit": old.fit, "version": old.version}) == old
    rules = [(new.fit.rules[place], old.fit.rules[place]) for place in kept]
    if not same or any(one != other for one, other in rules):
        raise ModelError(SOURCE, [("fit.rules", "cannot be rewritten without changing something else")])
