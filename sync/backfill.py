"""Filling the table of scores with week-ends that are over, so that a trend shows from the first day on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scoring.model import Model
from store.database import Database
from store.history import days_with_scores
from store.scores import save_past_scores
from sync.facts import load_facts
from sync.past import last_instant, tiers_until
from sync.scored import score_facts, score_rows

MOST_WEEKS = 104
"""Two years; activities older than the CRMs' history earn nothing anyway."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Backfilled:
    """Days (Sundays, ISO text) that were scored now, and those that had scores and were left as they are."""

    filled: tuple[str, ...]
    kept: tuple[str, ...]


def backfill(
    database: Database,
    model: tuple[Model, str],
    as_of: datetime,
    connections: Mapping[int, str],
    *,
    weeks: int,
    now_ms: int,
) -> Backfilled:
    """Score the ends of the last `weeks` weeks that are over, each from the facts that had occurred by then.

    model is the model and its text. A day with scores is never touched; tiers follow from week to week, and
    those of today do not change. Fields, people and overrides are the ones of today: they have no history.
    """
    days = week_ends(as_of.date(), weeks)
    kept = days_with_scores(database, days[0].isoformat(), days[-1].isoformat())
    wanted = [day for day in days if day.isoformat() not in kept]
    if wanted:
        reach = (as_of.date() - wanted[0]).days
        facts = load_facts(database, model[0], as_of, reach_days=reach)
    for day in wanted:
        before = tiers_until(database, day - _DAY)
        scored = score_facts(facts, model[0], last_instant(day), before, connections)
        save_past_scores(database, score_rows(scored), (model[0].version, model[1], now_ms))
    listed = {day.isoformat() for day in days}
    return Backfilled(tuple(day.isoformat() for day in wanted), tuple(sorted(kept & listed)))


def week_ends(today: date, weeks: int) -> list[date]:
    """The last Sundays before `today`, oldest first."""
    last = today - timedelta(days=today.isoweekday())
    return [last - timedelta(weeks=back) for back in range(weeks - 1, -1, -1)]
