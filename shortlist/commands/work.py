"""pull, score, plan, push, sync: the job itself, in steps or in one go."""

from typing import Annotated

import typer

from shortlist.authors import ByDefaultOption, whoever
from shortlist.commands.report_view import (
    report_json,
    show_backfill,
    show_notes,
    show_plan,
    show_pull,
    show_push,
    show_tiers,
)
from shortlist.session import (
    CHANGES,
    DEFAULT,
    FAILED,
    AsOfOption,
    ConfigOption,
    JsonOption,
    command,
    instant,
    session,
)
from sync.backfill import MOST_WEEKS
from sync.engine import not_installed
from sync.past import is_past
from sync.runs import make_report, run_pull, run_push, run_score, run_sync

ConfirmOption = Annotated[
    str | None, typer.Option("--confirm", help="Run exactly this plan (its id), although a guard stopped it.")
]
BackfillOption = Annotated[
    int,
    typer.Option(
        "--backfill",
        min=0,
        max=MOST_WEEKS,
        help="Also score the ends of so many past weeks, so that a trend shows at once.",
    ),
]


@command
def pull(
    config: ConfigOption = DEFAULT,
    *,
    full: Annotated[bool, typer.Option("--full", help="Read everything again, not only changes.")] = False,
    compare: Annotated[
        bool,
        typer.Option("--compare", help="Also compare all ids, to find what was deleted without a trace."),
    ] = False,
    accept_loss: Annotated[
        list[str] | None,
        typer.Option(
            "--accept-loss", metavar="CONNECTION:OBJECT", help="Much of this object is really gone."
        ),
    ] = None,
    by: ByDefaultOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read what changed in the CRMs, and match records to accounts."""
    with session(config, as_json=as_json) as opened:
        accepting = whoever(by) if accept_loss else None
        report = run_pull(opened.engine, full=full, compare=compare, accepted=accept_loss or (), by=accepting)
        show_pull(opened.output, report)
        opened.output.document(report_json(report))


@command
def score(
    config: ConfigOption = DEFAULT,
    *,
    as_of: AsOfOption = None,
    backfill: BackfillOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Score every account from what was pulled, and give out the tiers."""
    at = instant(as_of)
    with session(config, as_json=as_json) as opened:
        report = run_score(opened.engine, at, backfill_weeks=backfill)
        show_backfill(opened.output, report)
        if is_past(opened.engine.database, at):
            opened.output.say(f"Tiers as of {at:%Y-%m-%d %H:%M} UTC; the tiers of today stay as they are.")
        show_tiers(opened.output, report)
        opened.output.document(report_json(report))


@command
def plan(
    config: ConfigOption = DEFAULT, *, as_of: AsOfOption = None, as_json: JsonOption = False
) -> int | None:
    """Show what a push would do now; writes nothing. Exit code 2 when there are changes."""
    at = instant(as_of)
    with session(config, as_json=as_json, writes=False) as opened:
        report = make_report(opened.engine, at)
        for name in not_installed(opened.engine):
            opened.output.say(f"{name} is not installed yet: the plan leaves it out.", style="yellow")
        show_plan(opened.output, report)
        opened.output.document(report_json(report))
        return CHANGES if report.plan and not report.plan.is_empty else None


@command
def push(
    config: ConfigOption = DEFAULT,
    *,
    as_of: AsOfOption = None,
    confirm: ConfirmOption = None,
    by: ByDefaultOption = None,
    as_json: JsonOption = False,
) -> int | None:
    """Score, plan, and write the plan into the CRMs."""
    at = instant(as_of)
    with session(config, as_json=as_json) as opened:
        report = run_push(opened.engine, at, confirm=confirm, by=whoever(by) if confirm else None)
        show_push(opened.output, report)
        show_notes(opened.output, report)
        opened.output.document(report_json(report))
        return FAILED if report.rejected else None


@command
def sync(
    config: ConfigOption = DEFAULT,
    *,
    as_of: AsOfOption = None,
    confirm: ConfirmOption = None,
    by: ByDefaultOption = None,
    as_json: JsonOption = False,
) -> int | None:
    """Pull, match, score, plan and push. Can be stopped at any point and run again."""
    at = instant(as_of) if as_of else None
    with session(config, as_json=as_json) as opened:
        report = run_sync(opened.engine, at, confirm=confirm, by=whoever(by) if confirm else None)
        show_pull(opened.output, report)
        show_tiers(opened.output, report)
        show_push(opened.output, report)
        opened.output.document(report_json(report))
        return FAILED if report.rejected else None
