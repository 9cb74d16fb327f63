"""The steps that runs are made of: read, derive, score, plan, push."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from core.clock import millis
from core.errors import GuardStopped
from core.fields import NO_TIER, TIERS
from store.compacting import compact_if_erased
from store.doubts import settle_doubts
from store.settled import generation
from store.tier_overrides import note_field_overrides
from store.touched import settle_scores, to_score
from sync.connected import claim
from sync.engine import Engine
from sync.guards import stops
from sync.identity import Matched
from sync.identity import match as match_records
from sync.past import refuse_past
from sync.plan import Plan
from sync.planner import Planner
from sync.planning import make_plan
from sync.pull import least_read_calls
from sync.pull import pull as pull_streams
from sync.pull_context import PullContext
from sync.push import PushContext
from sync.push import push as push_plan
from sync.quiet import inputs_of, note_settled, still_settled
from sync.report import Report
from sync.reread import reread
from sync.scored import Scored, compute, keep
from sync.signal_fields import record_field_signals


def read_changes(
    engine: Engine, report: Report, *, compare: bool = False, accepted: Collection[str] = ()
) -> None:
    """Read what changed in every CRM; `compare` and `accepted` are those of sync.runs.run_pull."""
    claim(engine.database, engine.connections)
    settings = engine.config.sync
    overlap = timedelta(seconds=settings.overlap_seconds)
    context = PullContext(
        engine.database,
        overlap,
        engine.clock(),
        engine.progress,
        compare=compare,
        guards=engine.config.guards,
        accepted=frozenset(accepted),
    )
    report.pulled = pull_streams(context, engine.connections, readers=settings.readers)
    report.least_read_calls = least_read_calls(engine.connections, report.pulled)
    settle_doubts(engine.database, now_ms=millis(context.now))


def derive(engine: Engine, report: Report) -> None:
    """What follows from the records alone: accounts, people, evidence, decisions and signals in fields."""
    report.matched = rematch(engine)
    if compact_if_erased(engine.database):
        report.notes.append("A CRM had people erased: they are gone from the database and its files.")
    note_field_overrides(engine.database, (*TIERS, NO_TIER))
    record_field_signals(engine.database, engine.config.signals.fields, engine.clock())


def rematch(engine: Engine) -> Matched:
    """Match what landed or was decided since the last time, and bring the evidence up to date."""
    config, now_ms = engine.config, millis(engine.clock())
    return match_records(engine.database, config.sync.parents, config.matching, now_ms=now_ms)


def rescore(engine: Engine, report: Report) -> None:
    """Score every account as of the report, and keep scores and tiers."""
    report.scored = _compute(engine, report.as_of)
    keep(engine.database, report.scored, engine.model_text, now_ms=millis(engine.clock()))
    engine.progress.advance("score accounts", len(report.scored.scores), len(report.scored.scores))


def _compute(engine: Engine, as_of: datetime) -> Scored:
    return compute(engine.database, engine.model, as_of, names_of(engine), engine.sharing)


def names_of(engine: Engine) -> dict[int, str]:
    """The connections' names by their numbers."""
    return {connected.id: connected.name for connected in engine.connections}


def plan_push(engine: Engine, report: Report) -> None:
    """Score every account and plan what a push would write; both go into the report."""
    known = generation(engine.database)
    report.scored = _compute(engine, report.as_of)
    planner = _planner(engine)
    report.plan, world = make_plan(planner, report.scored)
    report.least_write_calls = dict(world.write_calls)
    report.stops = stops(report.plan, world, engine.config.guards)
    report.notes += [words for words in report.plan.lost if words not in report.notes]
    if report.run_id:  # a plan that is only looked at stores nothing
        note_settled(planner, report, _inputs(engine), known, world.due_at)


def is_quiet(engine: Engine, report: Report) -> bool:
    """Whether nothing has changed since a sync that found nothing to do."""
    found = still_settled(_planner(engine), _inputs(engine), engine.model, report.as_of)
    if found is None:
        return False
    report.matched = rematch(engine)  # counts alone: nothing was touched
    report.settled, report.plan, report.pushed = found, Plan(waiting=found.waiting), []
    return True


def _inputs(engine: Engine) -> str:
    return inputs_of(engine.config, engine.model_text, [connected.name for connected in engine.connections])


def _planner(engine: Engine) -> Planner:
    return Planner(engine.database, engine.connections, engine.config.sync)


def look_again(engine: Engine, report: Report, confirm: str) -> None:
    """Read the records of a confirmed plan again: who edited one since the pull has moved the world."""
    refuse_past(engine.database, report.as_of)
    plan_push(engine, report)
    if report.plan is None or report.plan.id != confirm:
        return
    for connected in engine.connections:
        refs = (change.ref for change in report.plan.records if change.connection_id == connected.id)
        reread(engine.database, connected, refs, engine.progress)
    rematch(engine)


def push_all(engine: Engine, report: Report, confirm: str | None) -> None:
    """Score every account, plan and write; see sync.runs.run_push for `confirm` and what is raised."""
    pending = to_score(engine.database)
    refuse_past(engine.database, report.as_of)
    plan_push(engine, report)
    plan, scored = report.plan, report.scored
    assert plan is not None  # noqa: S101 plan_push made both
    assert scored is not None  # noqa: S101
    check_guards(plan, report.stops, confirm)
    now_ms = millis(engine.clock())
    keep(engine.database, scored, engine.model_text, now_ms=now_ms)
    context = PushContext(engine.database, report.run_id, now_ms, engine.progress)
    report.pushed = push_plan(context, engine.connections, plan)
    settle_scores(engine.database, pending)


def check_guards(plan: Plan, reasons: Sequence[str], confirm: str | None, *, is_whole: bool = True) -> None:
    """Raise GuardStopped where reasons stop the plan, unless a person has confirmed just this plan.

    A plan that is not whole is about some accounts; the one that a person can confirm has another id.
    """
    if confirm is not None:
        if confirm != plan.id:
            raise GuardStopped(
                f"The plan {confirm} is not what would be done now (that is plan {plan.id}). Nothing was "
                "written. Look at it with `shortlist plan`, then confirm the new one."
            )
        return
    if reasons:
        raise GuardStopped(
            "A guard stopped the plan, nothing was written:\n"
            + "\n".join(f"  {reason}" for reason in reasons)
            + "\nLook at it with `shortlist plan`; run it with `shortlist push --confirm "
            + (f"{plan.id}`." if is_whole else "ID`, by the id that it shows.")
        )
