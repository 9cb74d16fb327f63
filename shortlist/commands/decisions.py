"""decisions: everything that people decided, in one log."""

from typing import Annotated, Any

import typer

from core.clock import from_millis, millis, system_clock
from core.errors import ConfigError
from shortlist.session import DEFAULT, ConfigOption, JsonOption, command, session
from store.decision_log import LoggedDecision, decision_log

_KINDS = ("tier", "match", "plan", "rollback", "loss", "forget", "model")


@command
def decisions(
    what: Annotated[str | None, typer.Argument(help=f"Only one kind: {', '.join(_KINDS)}.")] = None,
    config: ConfigOption = DEFAULT,
    *,
    as_json: JsonOption = False,
) -> None:
    """List who decided what and why: tiers, matches, confirmed plans and losses, rollbacks, erasures, models."""
    if what not in (None, *_KINDS):
        raise ConfigError(f"{what!r} is no kind of decision; write one of {', '.join(_KINDS)}.")
    with session(config, as_json=as_json, writes=False) as opened:
        listed = [one for one in decision_log(opened.engine.database) if what in (None, one.what)]
        now_ms = millis(system_clock())
        columns = ("when (UTC)", "what", "by", "about", "decision", "reason", "until")
        opened.output.table("Decisions", columns, [_row(one, now_ms) for one in listed])
        opened.output.document([_json(one) for one in listed])


def _row(one: LoggedDecision, now_ms: int) -> tuple[object, ...]:
    until = (
        "" if one.until is None else f"{from_millis(one.until):%Y-%m-%d}{' (over)' * (one.until <= now_ms)}"
    )
    at = f"{from_millis(one.at):%Y-%m-%d %H:%M}"
    return (at, one.what, one.author, one.subject, one.decision, one.reason, until)


def _json(one: LoggedDecision) -> dict[str, Any]:
    until = None if one.until is None else from_millis(one.until).isoformat()
    return {**one._asdict(), "at": from_millis(one.at).isoformat(), "until": until}
