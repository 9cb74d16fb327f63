"""rollback: undoing a run, as a plan that is looked at first."""

from typing import Annotated

import typer

from shortlist.authors import ByDefaultOption, whoever
from shortlist.console import Output
from shortlist.session import CHANGES, FAILED, ConfigOption, JsonOption, command, session
from shortlist.wiring import DEFAULT_CONFIG
from sync.rollback import Rollback
from sync.rollback_run import RolledBack, look, roll_back

_SHOWN = 20


@command
def rollback(
    run: Annotated[int, typer.Argument(help="The number of the run; `shortlist runs` lists them.")],
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do it, whatever the plan says now.")] = False,
    confirm: Annotated[
        str | None, typer.Option("--confirm", help="Do exactly this plan (its id), or nothing.")
    ] = None,
    by: ByDefaultOption = None,
    as_json: JsonOption = False,
) -> int | None:
    """Put back what a run changed, where nobody has changed it since. Without --yes it only shows what it would do.

    Exit code 2 when there is something to do. A rollback is a run of its own, and can be rolled back too.
    """
    with session(config, as_json=as_json) as opened:
        wanted = yes or confirm is not None
        done = (
            roll_back(opened.engine, run, confirm=confirm, by=whoever(by))
            if wanted
            else look(opened.engine, run)
        )
        _show(opened.output, done)
        opened.output.document(_json(done))
        if done.report is not None:
            return FAILED if done.report.rejected else None
        return None if done.rollback.plan.is_empty else CHANGES


def _show(output: Output, done: RolledBack) -> None:
    found, plan = done.rollback, done.rollback.plan
    rows = [
        (change.ref.kind, change.ref.remote_id, name, change.before[name] or "(empty)", value or "(empty)")
        for change in plan.records
        for name, value in change.after.items()
        if name not in ("why", "scored_at")
    ]
    if rows:
        title = f"Fields to put back ({len(plan.records)} records)"
        output.table(title, ("kind", "record", "field", "now", "then"), rows[:_SHOWN])
        if len(rows) > _SHOWN:
            output.say(f"and {len(rows) - _SHOWN:,} more; --json shows all of them")
    for change in plan.members:
        words = f"List {change.list_name}: {len(change.add)} put back, {len(change.remove)} taken off."
        output.say(words)
    _show_left(output, found)
    _show_end(output, done)


def _show_left(output: Output, found: Rollback) -> None:
    if found.left:
        rows = [(*one.ref, one.what, one.written, one.now, one.why) for one in found.left[:_SHOWN]]
        title = f"Left alone ({len(found.left)})"
        output.table(title, ("kind", "record", "what", "the run wrote", "now", "why"), rows)


def _show_end(output: Output, done: RolledBack) -> None:
    plan, run_id = done.rollback.plan, done.rollback.run_id
    if done.report is not None:
        written = sum(pushed.records + pushed.members for pushed in done.report.pushed or [])
        output.say(
            f"Run {run_id} is rolled back: {written:,} writes (run {done.report.run_id}). They rest until other "
            "values are wanted, or until `shortlist retry --held`."
        )
        if done.report.rejected:
            words = f"{done.report.rejected} writes were refused: shortlist runs {done.report.run_id}"
            output.say(words, style="yellow")
    elif plan.is_empty:
        output.say(f"Nothing of run {run_id} is left to roll back.")
    else:
        output.say(
            f"Plan {plan.id}. Nothing was written; `shortlist rollback {run_id} --confirm {plan.id}` does it."
        )


def _json(done: RolledBack) -> dict[str, object]:
    plan = done.rollback.plan
    return {
        "rolls_back": done.rollback.run_id,
        "run": done.report and done.report.run_id,
        "plan": plan.id,
        "records": [
            {
                "connection": change.connection_id,
                "kind": change.ref.kind,
                "remote_id": change.ref.remote_id,
                "now": change.before,
                "then": change.after,
            }
            for change in plan.records
        ],
        "lists": [
            {"connection": c.connection_id, "name": c.list_name, "join": c.add, "leave": c.remove}
            for c in plan.members
        ],
        "left": [one._asdict() for one in done.rollback.left],
        "pushed": [item._asdict() for item in (done.report.pushed if done.report else None) or []],
    }
