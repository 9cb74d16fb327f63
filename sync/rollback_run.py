"""The rollback as a run of its own: planned, looked at, carried out, and able to be rolled back itself."""

from dataclasses import dataclass

from core.clock import millis
from core.errors import ConfigError, GuardStopped
from store.runs import get_run
from sync.connected import claim
from sync.engine import Engine, check_installed, recorded
from sync.planning import least_write_calls
from sync.push import PushContext, push
from sync.report import Report
from sync.retention import check_details
from sync.rollback import Rollback, plan_rollback, resting


@dataclass(frozen=True, slots=True)
class RolledBack:
    """What a rollback did; the report is None where it was only planned."""

    rollback: Rollback
    report: Report | None = None


def look(engine: Engine, run_id: int) -> RolledBack:
    """Read again what a run wrote, and say what rolling it back would do. Writes nothing into a CRM.

    Raises ConfigError for a run that is not there, or so old that what it wrote over is no longer kept.
    """
    run = get_run(engine.database, run_id)
    if run is None:
        raise ConfigError(f"There is no run {run_id}; `shortlist runs` lists them.")
    check_details(engine.database, run, engine.config.retention.run_details_days)
    check_installed(engine)
    claim(engine.database, engine.connections)
    return RolledBack(plan_rollback(engine.database, engine.connections, run_id, engine.progress))


def roll_back(
    engine: Engine, run_id: int, *, confirm: str | None = None, by: str | None = None
) -> RolledBack:
    """Roll a run back where nobody has changed its values since.

    `confirm` names the plan that a person has seen, `by` that person. Raises GuardStopped when that is not today's
    plan, and ConfigError for a run that is not there. What was undone rests until something else is wanted.
    """
    with recorded(engine, "rollback", engine.clock()) as report:
        report.rolled_back, report.confirmed, report.by = run_id, confirm, by
        rollback = look(engine, run_id).rollback
        report.plan = rollback.plan
        report.least_write_calls = least_write_calls(engine.connections, rollback.plan)
        if confirm is not None and confirm != rollback.plan.id:
            raise GuardStopped(
                f"The plan {confirm} is not what would be done now (that is plan {rollback.plan.id}). Nothing "
                f"was written. Look at it with `shortlist rollback {run_id}`, then confirm the new one."
            )
        now_ms = millis(engine.clock())
        rest = resting(rollback, report.run_id, now_ms=now_ms)
        context = PushContext(engine.database, report.run_id, now_ms, engine.progress, rest)
        report.pushed = push(context, engine.connections, rollback.plan)
    return RolledBack(rollback, report)
