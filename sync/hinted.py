"""A run of hints: read again what the CRMs told of, and carry what changed through to both CRMs.

A hint says only that a record changed. Records are read in full batches and landed if they are not older than
what is known; what says nothing new ends there, our own writes that come back among it. The others are matched,
their accounts scored, and what differs is written under the same guards as in a sync. Then the hints are deleted
that were served. Killed at any point and run again, the hints are read again, and accounts that were waiting to
be scored still wait.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from core.clock import millis
from core.errors import ConfigError, GuardStopped, ShortlistError
from core.fields import NO_TIER, TIERS
from store.inbox import Taken, put_off, strike, take
from store.runs import forget_run
from store.tier_overrides import note_field_overrides
from store.touched import is_unmatched, settle_scores, to_score
from sync.connected import Connected, claim_now_and_then, each
from sync.engine import Engine, check_installed, recorded
from sync.guards import stops
from sync.planner import Planner
from sync.planning import make_plan
from sync.pull import Pulled
from sync.push import PushContext
from sync.push import push as push_plan
from sync.reading_again import ReadAgain, by_object, read_again
from sync.report import Report
from sync.signal_fields import record_field_signals
from sync.some_scores import keep_some, score_some
from sync.steps import check_guards, push_all, rematch

STREAM = "hints"
"""What a report calls what was read because of hints."""
MOST = 10_000
"""Hints of one connection that one run takes."""
LEASE = timedelta(seconds=45)
"""After so long, whoever took hints and never said more of them is taken for dead."""
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=6)
MOST_ATTEMPTS = 10
"""Then a record is left to the quarantine, and to the next pull."""


@dataclass(slots=True)
class _Work:
    """The hints that one run took of one connection, and what became of them."""

    connected: Connected
    taken: list[Taken]
    read: ReadAgain = field(default_factory=ReadAgain)


def run_hints(engine: Engine, connection_name: str | None = None) -> Report:
    """Serve the hints that are due, of one connection or of all; see the module.

    A run that finds nothing new leaves no row in the log of runs; without any work its number is 0. Raises what a
    sync raises; hints that were not served then are due again after a pause.
    """
    now = engine.clock()
    works = [work for work in _take(engine, connection_name) if work.taken]
    if not works:
        return Report(0, now)
    try:
        with recorded(engine, "hints", now) as report:
            check_installed(engine)
            claim_now_and_then(engine.database, [work.connected for work in works], now)
            _read(engine, report, works)
            _carry_through(engine, report)
    except GuardStopped:
        _finish(engine, works)  # they were read and landed; what is stopped is the plan
        raise
    except ShortlistError:
        _give_back(engine, works)
        raise
    _finish(engine, works)
    if report.scored is None:
        forget_run(engine.database, report.run_id)
    return report


def _take(engine: Engine, connection_name: str | None) -> Iterator[_Work]:
    now_ms, until_ms = millis(engine.clock()), millis(engine.clock() + LEASE)
    chosen = [one for one in engine.connections if connection_name in (None, one.name)]
    if not chosen:
        raise ConfigError(
            f"There is no connection {connection_name}; see [connections] in the configuration."
        )
    for connected in chosen:
        taken = take(engine.database, connected.id, now_ms=now_ms, until_ms=until_ms, most=MOST)
        yield _Work(connected, taken)


def _read(engine: Engine, report: Report, works: Sequence[_Work]) -> None:
    """Read and land the records of all connections at once."""
    writer, now_ms = threading.Lock(), millis(engine.clock())

    def read(work: _Work) -> None:
        read_again(engine.database, work.connected, work.taken, work.read, writer=writer, now_ms=now_ms)

    each(works, read)
    report.pulled = [
        Pulled(work.connected.name, STREAM, work.read.read, work.read.changed, len(work.read.unreadable))
        for work in works
    ]
    report.least_read_calls = {
        work.connected.name: least_calls(work.taken, work.connected.connector.capabilities.fetch_batch)
        for work in works
    }


def _carry_through(engine: Engine, report: Report) -> None:
    """Match what landed, score the accounts it concerns, and push; nothing where nothing is new."""
    if any(pulled.changed for pulled in report.pulled or ()) or is_unmatched(engine.database):
        report.matched = rematch(engine)
        note_field_overrides(engine.database, (*TIERS, NO_TIER))
        record_field_signals(engine.database, engine.config.signals.fields, engine.clock())
    pending = to_score(engine.database)
    if not (pending.accounts or pending.all):
        return
    names = {connected.id: connected.name for connected in engine.connections}
    found = (
        None
        if pending.all
        else score_some(engine.database, engine.model, report.as_of, names, pending.accounts)
    )
    if found is None:
        claim_now_and_then(engine.database, engine.connections, report.as_of)
        push_all(engine, report, None)
        return
    report.scored = found.scored
    only = frozenset(found.scored.facts.account_ids)
    planner = Planner(engine.database, engine.connections, engine.config.sync, only)
    report.plan, world = make_plan(planner, found.scored)
    report.notes += report.plan.lost
    report.least_write_calls = dict(world.write_calls)
    report.stops = stops(report.plan, world, engine.config.guards)
    check_guards(report.plan, report.stops, None, is_whole=False)
    # A CRM that nothing is written into may be away.
    written = {one.connection_id for one in report.plan.records}
    written |= {one.connection_id for one in report.plan.members} | {one[0] for one in report.plan.left}
    claim_now_and_then(
        engine.database, [one for one in engine.connections if one.id in written], report.as_of
    )
    now_ms = millis(engine.clock())
    keep_some(engine.database, found, engine.model_text, now_ms=now_ms)
    context = PushContext(engine.database, report.run_id, now_ms, engine.progress)
    report.pushed = push_plan(context, engine.connections, report.plan)
    settle_scores(engine.database, pending)


def _finish(engine: Engine, works: Sequence[_Work]) -> None:
    """Delete what was served; what could not be read comes again after a pause, but not for ever."""
    for work in works:
        unreadable = work.read.unreadable
        again = [one for one in work.taken if one.ref in unreadable and one.attempts < MOST_ATTEMPTS]
        kept = {one.ref for one in again}
        strike(engine.database, work.connected.id, [one for one in work.taken if one.ref not in kept])
        _pause(engine, work.connected, again)


def _give_back(engine: Engine, works: Sequence[_Work]) -> None:
    for work in works:
        _pause(engine, work.connected, work.taken)


def _pause(engine: Engine, connected: Connected, taken: Sequence[Taken]) -> None:
    """Twice as long with each attempt."""
    for attempts in sorted({one.attempts for one in taken}):
        pause = min(_FIRST_PAUSE * 2 ** min(attempts - 1, 20), _LONGEST_PAUSE)
        until_ms = millis(engine.clock() + pause)
        put_off(engine.database, connected.id, [one for one in taken if one.attempts == attempts], until_ms)


def least_calls(taken: Sequence[Taken], batch: int) -> int:
    """The fewest calls that could have read these records again: full batches of each object."""
    return sum(-(-len(refs) // batch) for refs in by_object(taken).values())
