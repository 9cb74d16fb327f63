"""The purge: what [retention] no longer allows goes, but for what a score still needs. A schedule may call it."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.clock import millis
from core.errors import ConfigError
from core.retention_settings import RetentionSettings
from scoring.model import Model
from store.compacting import compact
from store.database import Database
from store.retention import Purged, details_since, purge, too_old
from store.runs import RunRow
from sync.engine import Engine, recorded
from sync.facts import refresh


@dataclass(frozen=True, slots=True)
class Purge:
    """What went (or would go) by each rule, and why more was kept than the configuration says."""

    rows: Sequence[Purged]
    kept: Sequence[str] = ()

    @property
    def total(self) -> int:
        """How many rows in all."""
        return sum(one.rows for one in self.rows)


def days_of(settings: RetentionSettings, model: Model) -> tuple[dict[str, int], list[str]]:
    """The days of each setting, and in words what is kept longer because the model in use needs it."""
    engagement, trend = model.spec.engagement, model.spec.trend
    needed = {
        "activities_days": engagement.cut_days + trend.days + 1,
        "signals_days": model.signal_days + 1,
        "scores_days": model.spec.tiers.min_dwell_days + 1,
    }
    days = dict(settings)
    short = {name: least for name, least in needed.items() if days[name] < least}
    kept = [
        f"retention.{name} is {days[name]}, but the model needs {least} days: that many are kept."
        for name, least in short.items()
    ]
    return {**days, **short}, kept


def look(engine: Engine) -> Purge:
    """What a purge would take now; changes nothing."""
    days, kept = days_of(engine.config.retention, engine.model)
    return Purge(too_old(engine.database, days, now_ms=millis(engine.clock())), kept)


def run_purge(engine: Engine) -> Purge:
    """Take what is too old, bring the evidence up to date, and give the space back. A run of its own."""
    days, kept = days_of(engine.config.retention, engine.model)
    with recorded(engine, "purge", engine.clock()) as report:
        done = Purge(purge(engine.database, days, now_ms=millis(engine.clock())), kept)
        report.notes += kept
        report.erased = {one.setting: one.rows for one in done.rows if one.rows}
        refresh(engine.database)
    if done.total:
        compact(engine.database)
    return done


def check_details(database: Database, run: RunRow, days: int) -> None:
    """Raise ConfigError for a run whose before-values were purged: it can no longer be rolled back."""
    if (run.finished_at or run.started_at) < details_since(database):
        raise ConfigError(
            f"Run {run.id} ended more than {days} days ago (retention.run_details_days): what it wrote over is no "
            "longer kept, so it cannot be rolled back."
        )
