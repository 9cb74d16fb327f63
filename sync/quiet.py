"""A sync with nothing to do costs the calls that ask what changed, and no scoring.

Scores depend on the facts, the model and the UTC day, so where nothing has changed in the store, in the lists and in
the configuration since a sync found nothing to do that day, there is nothing to do now. Moments within the day at which
something begins to count (an activity of a later hour, the end of a decision, a record's catch-up) end that.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from core.clock import from_millis, millis
from core.config import Config
from scoring.model import Model
from store.database import Database
from store.settled import Settled, next_moment, settle, settled
from sync.list_plan import members_now
from sync.plan import Plan
from sync.planner import Planner
from sync.report import Report


def inputs_of(config: Config, model_text: str, connections: Sequence[str]) -> str:
    """Stands for everything outside the store that plans rest on."""
    parts = [config.model_dump_json(exclude={"connections", "store"}), model_text, *connections]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def still_settled(planner: Planner, inputs: str, model: Model, as_of: datetime) -> Settled | None:
    """The sync that found nothing to do, if the same holds now. Reads the members of the lists from the CRMs."""
    found = settled(planner.database)
    if found is None or found.inputs != inputs or not found.as_of_ms <= millis(as_of) < found.until_ms:
        return None
    return found if members_now(planner, model) == found.members else None


def note_settled(
    planner: Planner, report: Report, inputs: str, generation: str, due: datetime | None
) -> None:
    """Keep that this sync found nothing to do, if so; `generation` was read before it scored."""
    plan, scored = report.plan, report.scored
    if plan is None or scored is None or not _nothing_to_do(plan):
        return
    until = _until(planner.database, report.as_of, timedelta(days=scored.model.spec.trend.days), due)
    settle(
        planner.database,
        Settled(
            generation,
            inputs,
            members_now(planner, scored.model),
            millis(report.as_of),
            millis(until),
            len(scored.scores),
            plan.waiting,
        ),
    )


def _nothing_to_do(plan: Plan) -> bool:
    """Nothing to write, to report (a lost list too) or to end, and nothing that rests: rests end by themselves."""
    return plan.is_empty and not (
        plan.tier_moves or plan.drift or plan.ended or plan.left or plan.lost or plan.quarantined
    )


def _until(database: Database, as_of: datetime, trend: timedelta, due: datetime | None) -> datetime:
    midnight = datetime.combine(as_of.astimezone(UTC).date() + timedelta(days=1), time.min, UTC)
    moment = next_moment(database, millis(as_of), trend // timedelta(milliseconds=1))
    return min(one for one in (midnight, due, None if moment is None else from_millis(moment)) if one)
