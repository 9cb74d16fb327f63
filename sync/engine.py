"""The engine: what the command line (and later the clock and the workers) asks for. Each call is one run."""

import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from structlog.contextvars import bound_contextvars

from core.clock import Clock, millis
from core.config import Config
from core.errors import ConfigError, GuardStopped, Interrupted, ShortlistError
from core.fields import NO_TIER, TIERS
from scoring.model import Model
from store.compacting import compact_if_erased
from store.connections import inventory
from store.database import Database
from store.doubts import settle_doubts
from store.landing import forget_cursors
from store.runs import READ, finish_run, start_run
from store.settled import generation
from store.tier_overrides import note_field_overrides
from store.touched import settle_scores, to_score
from sync.backfill import Backfilled, backfill
from sync.connected import Connected, calls_made, calls_since, claim, notes_of
from sync.guards import stops
from sync.identity import Matched
from sync.identity import match as match_records
from sync.past import refuse_past
from sync.plan import Plan
from sync.planner import Planner
from sync.planning import make_plan
from sync.progress import Progress
from sync.pull import PullContext, least_read_calls
from sync.pull import pull as pull_streams
from sync.push import PushContext
from sync.push import push as push_plan
from sync.quiet import inputs_of, note_settled, still_settled
from sync.report import Report
from sync.reread import reread
from sync.scored import Scored, compute, keep
from sync.shards import Sharing
from sync.signal_fields import record_field_signals

_LOG = logging.getLogger("shortlist.runs")


@dataclass(frozen=True, slots=True)
class Engine:
    """What a run works with. `model_text` is the model file whole, kept with the scores it made.

    sharing: with whom every account is scored; None for nobody.
    """

    database: Database
    connections: Sequence[Connected]
    config: Config
    model: Model
    model_text: str
    progress: Progress
    clock: Clock
    sharing: Sharing | None = None


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
        _pull(engine, report, compare=compare, accepted=accepted)
    return report


def run_read(engine: Engine, connection_name: str) -> Report:
    """Read what changed in one CRM; the next run of any kind matches and scores it.

    Raises what a pull raises, and ConfigError for a connection that is not there.
    """
    chosen = [one for one in engine.connections if one.name == connection_name]
    if not chosen:
        raise ConfigError(
            f"There is no connection {connection_name}; see [connections] in the configuration."
        )
    engine = replace(engine, connections=chosen)
    with recorded(engine, f"{READ}{connection_name}", engine.clock()) as report:
        _read(engine, report)
    return report


def _check_names(engine: Engine, accepted: Collection[str]) -> None:
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


def make_report(engine: Engine, as_of: datetime) -> Report:
    """Plan without writing anything, and without a run: what a push would do now."""
    report = Report(run_id=0, as_of=as_of)
    before = calls_made(engine.connections)
    _plan(engine, report)
    report.calls = calls_since(engine.connections, before)
    return report


def run_push(engine: Engine, as_of: datetime, *, confirm: str | None = None, by: str | None = None) -> Report:
    """Score, plan and write. `confirm` names the plan that a person has seen: guards do not stop that one.

    `by` is that person. The records of that plan are read again first, so it runs exactly as it was seen, or not
    at all. Raises GuardStopped when a guard stops the plan, or when the confirmed plan is not today's plan.
    """
    with recorded(engine, "push", as_of) as report:
        check_installed(engine)
        report.confirmed, report.by = confirm, by
        if confirm is not None:
            _look_again(engine, report, confirm)
        push_all(engine, report, confirm)
    return report


def run_sync(
    engine: Engine, as_of: datetime | None = None, *, confirm: str | None = None, by: str | None = None
) -> Report:
    """Pull, match, score, plan and push. Safe to kill at any point and to run again."""
    with recorded(engine, "sync", as_of or engine.clock()) as report:
        report.confirmed, report.by = confirm, by
        check_installed(engine)
        _read(engine, report)
        if confirm is None and _is_quiet(engine, report):
            return report
        _derive(engine, report)
        push_all(engine, report, confirm)
    return report


def _is_quiet(engine: Engine, report: Report) -> bool:
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


@contextmanager
def recorded(engine: Engine, command: str, as_of: datetime) -> Iterator[Report]:
    """A run that is opened in the store and closed with its end, whatever that is."""
    now_ms = millis(engine.clock())
    report = Report(start_run(engine.database, command, as_of_ms=millis(as_of), now_ms=now_ms), as_of)
    before = calls_made(engine.connections)
    state, error = "failed", None
    try:
        with bound_contextvars(run=report.run_id):
            _LOG.info("%s begins", command)
            yield report
        state = "rejected" if report.rejected else "done"
    except GuardStopped as stopped:
        state, error = "stopped", str(stopped)
        raise
    except Interrupted as ended:
        state, error = "interrupted", str(ended)
        raise
    except ShortlistError as failed:
        error = str(failed)
        raise
    finally:
        report.calls = calls_since(engine.connections, before)
        report.notes += notes_of(engine.connections)
        finished = millis(engine.clock())
        finish_run(engine.database, report.run_id, state, report.counts(), now_ms=finished, error=error)
        with bound_contextvars(run=report.run_id):
            _LOG.info("%s ends: %s", command, state)


def not_installed(engine: Engine) -> list[str]:
    """The connections that install has not prepared: nothing can be written there."""
    return [c.name for c in engine.connections if not inventory(engine.database, c.id)]


def check_installed(engine: Engine) -> None:
    """Raise ConfigError where a connection was not prepared by install."""
    missing = not_installed(engine)
    if missing:
        raise ConfigError(
            f"{' and '.join(missing)}: the fields and lists of Shortlist are not there yet, so nothing was done. "
            "Look at `shortlist install --dry-run`, then run `shortlist install`."
        )


def _pull(engine: Engine, report: Report, *, compare: bool = False, accepted: Collection[str] = ()) -> None:
    _read(engine, report, compare=compare, accepted=accepted)
    _derive(engine, report)


def _read(engine: Engine, report: Report, *, compare: bool = False, accepted: Collection[str] = ()) -> None:
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


def _derive(engine: Engine, report: Report) -> None:
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


def _compute(engine: Engine, as_of: datetime) -> Scored:
    return compute(engine.database, engine.model, as_of, _names(engine), engine.sharing)


def _names(engine: Engine) -> dict[int, str]:
    return {connected.id: connected.name for connected in engine.connections}


def _backfill(engine: Engine, as_of: datetime, weeks: int) -> Backfilled:
    model, now_ms = (engine.model, engine.model_text), millis(engine.clock())
    return backfill(engine.database, model, as_of, _names(engine), weeks=weeks, now_ms=now_ms)


def rescore(engine: Engine, report: Report) -> None:
    """Score every account as of the report, and keep scores and tiers."""
    report.scored = _compute(engine, report.as_of)
    keep(engine.database, report.scored, engine.model_text, now_ms=millis(engine.clock()))
    engine.progress.advance("score accounts", len(report.scored.scores), len(report.scored.scores))


def _plan(engine: Engine, report: Report) -> None:
    known = generation(engine.database)
    report.scored = _compute(engine, report.as_of)
    planner = _planner(engine)
    report.plan, world = make_plan(planner, report.scored)
    report.least_write_calls = dict(world.write_calls)
    report.stops = stops(report.plan, world, engine.config.guards)
    if report.run_id:  # a plan that is only looked at stores nothing
        note_settled(planner, report, _inputs(engine), known, world.due_at)


def _look_again(engine: Engine, report: Report, confirm: str) -> None:
    """Read the records of a confirmed plan again: who edited one since the pull has moved the world."""
    refuse_past(engine.database, report.as_of)
    _plan(engine, report)
    if report.plan is None or report.plan.id != confirm:
        return
    for connected in engine.connections:
        refs = (change.ref for change in report.plan.records if change.connection_id == connected.id)
        reread(engine.database, connected, refs, engine.progress)
    rematch(engine)


def push_all(engine: Engine, report: Report, confirm: str | None) -> None:
    """Score every account, plan and write; see run_push for `confirm` and what is raised."""
    pending = to_score(engine.database)
    refuse_past(engine.database, report.as_of)
    _plan(engine, report)
    plan, scored = report.plan, report.scored
    assert plan is not None  # noqa: S101 _plan made both
    assert scored is not None  # noqa: S101
    check_guards(plan, report.stops, confirm)
    now_ms = millis(engine.clock())
    keep(engine.database, scored, engine.model_text, now_ms=now_ms)
    context = PushContext(engine.database, report.run_id, now_ms, engine.progress)
    report.pushed = push_plan(context, engine.connections, plan)
    settle_scores(engine.database, pending)


def check_guards(plan: Plan, reasons: Sequence[str], confirm: str | None) -> None:
    """Raise GuardStopped where reasons stop the plan, unless a person has confirmed just this plan."""
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
            + f"\nLook at it with `shortlist plan`; run it with `shortlist push --confirm {plan.id}`."
        )
