"""The runs: what the command line, the clock and the workers ask for. Each call is one run."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from core.clock import millis
from core.errors import ConfigError
from store.landing import forget_cursors
from store.runs import READ
from sync.backfill import Backfilled, backfill
from sync.connected import calls_made, calls_since, claim
from sync.engine import Engine, check_installed, recorded
from sync.report import Report
from sync.steps import derive, is_quiet, look_again, names_of, plan_push, push_all, read_changes, rescore


def run_pull(
    engine: Engine,
    *,
    full: bool = False,
    compare: bool = False,
    accepted: Collection[str] = (),
    by: str | None = None,
) -> Report:
    """Read what changed in every CRM and match it.

    With `full`, read everything again; with `compare`, ask for all ids and bury what is no longer among them.
    `accepted` names objects (CONNECTION:OBJECT) of which much is really gone. Raises GuardStopped where a read
    shows far less than there was, and ConfigError for an accepted object that is not there. by: who accepts.
    """
    _check_names(engine, accepted)
    with recorded(engine, "pull", engine.clock()) as report:
        report.accepted, report.by = sorted(accepted), by
        if full:
            forget_cursors(engine.database)
        read_changes(engine, report, compare=compare, accepted=accepted)
        derive(engine, report)
    return report


def run_read(engine: Engine, connection_name: str) -> Report:
    """Read what changed in one CRM; the next pull, sync or run of hints matches it.

    Raises what a pull raises, and ConfigError for a connection that is not there.
    """
    chosen = [one for one in engine.connections if one.name == connection_name]
    if not chosen:
        raise ConfigError(
            f"There is no connection {connection_name}; see [connections] in the configuration."
        )
    engine = replace(engine, connections=chosen)
    with recorded(engine, f"{READ}{connection_name}", engine.clock()) as report:
        read_changes(engine, report)
    return report


def _check_names(engine: Engine, accepted: Collection[str]) -> None:
    if not accepted:
        return
    names = {f"{one.name}:{stream.name}" for one in engine.connections for stream in one.connector.streams}
    if unknown := sorted(set(accepted) - names):
        raise ConfigError(
            f"--accept-loss {unknown[0]}: there is no such object; write one of {', '.join(sorted(names))}."
        )


def run_score(engine: Engine, as_of: datetime, *, backfill_weeks: int = 0) -> Report:
    """Score what was pulled, and keep scores and tiers; before that, fill past week-ends if asked to."""
    with recorded(engine, "score", as_of) as report:
        if backfill_weeks:
            report.backfilled = _backfill(engine, as_of, backfill_weeks)
        rescore(engine, report)
    return report


def _backfill(engine: Engine, as_of: datetime, weeks: int) -> Backfilled:
    model, now_ms = (engine.model, engine.model_text), millis(engine.clock())
    return backfill(engine.database, model, as_of, names_of(engine), weeks=weeks, now_ms=now_ms)


def make_report(engine: Engine, as_of: datetime) -> Report:
    """Plan without writing anything, and without a run: what a push would do now."""
    report = Report(run_id=0, as_of=as_of)
    before = calls_made(engine.connections)
    plan_push(engine, report)
    report.calls = calls_since(engine.connections, before)
    return report


def run_push(engine: Engine, as_of: datetime, *, confirm: str | None = None, by: str | None = None) -> Report:
    """Score, plan and write. `confirm` names the plan that a person has seen: guards do not stop that one.

    `by` is that person. The records of that plan are read again first, so it runs exactly as it was seen, or not
    at all. Raises GuardStopped when a guard stops the plan, or when the confirmed plan is not today's plan.
    """
    with recorded(engine, "push", as_of) as report:
        check_installed(engine)
        claim(engine.database, engine.connections)
        report.confirmed, report.by = confirm, by
        if confirm is not None:
            look_again(engine, report, confirm)
        push_all(engine, report, confirm)
    return report


def run_sync(
    engine: Engine, as_of: datetime | None = None, *, confirm: str | None = None, by: str | None = None
) -> Report:
    """Pull, match, score, plan and push. Safe to kill at any point and to run again."""
    with recorded(engine, "sync", as_of or engine.clock()) as report:
        report.confirmed, report.by = confirm, by
        check_installed(engine)
        read_changes(engine, report)
        if confirm is None and is_quiet(engine, report):
            return report
        derive(engine, report)
        push_all(engine, report, confirm)
    return report
