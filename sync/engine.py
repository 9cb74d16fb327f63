"""The engine: what a run works with, and how one is recorded."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from structlog.contextvars import bound_contextvars

from core.clock import Clock, millis
from core.config import Config
from core.errors import ConfigError, GuardStopped, Interrupted, ShortlistError
from scoring.model import Model
from store.connections import inventory
from store.database import Database
from store.runs import finish_run, start_run
from sync.connected import Connected, calls_made, calls_since, notes_of
from sync.progress import Progress
from sync.report import Report
from sync.shards import Sharing

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
