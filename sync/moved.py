"""Why an account's scores moved since a day, from what was stored then and what is known now."""

from dataclasses import dataclass
from datetime import datetime

from scoring.errors import ModelError
from scoring.model import Model, parse_model
from scoring.movement import Movement, StoredScores, Then, movement
from store.database import Database
from store.history import DayScore, day_scores
from store.models import list_models
from sync.facts import load_facts
from sync.scored import Scored


@dataclass(frozen=True, slots=True)
class Moved:
    """From `since` to `until`. `stored` is the row of the table of scores it starts from, if there is one.

    lost_model names the model of then where the store has it no more: the rows of cause `edit` then hold
    the change of model too.
    """

    since: datetime
    until: datetime
    stored: DayScore | None
    lost_model: str | None
    movement: Movement


def moved(database: Database, scored: Scored, account_id: int, since: datetime) -> Moved:
    """Take the movement of one account apart; ValueError when `since` is later than the scoring."""
    day = since.date().isoformat()
    stored = next(iter(day_scores(database, account_id, first_day=day, last_day=day)), None)
    old = _model_of(database, stored, scored.model)
    then = Then(since, stored and _scores(stored), old)
    facts = load_facts(
        database, scored.model, scored.as_of, account_id=account_id, reach_days=_reach(scored, then)
    )
    lost = stored.model_version if stored and old is None else None
    return Moved(
        since=since,
        until=scored.as_of,
        stored=stored,
        lost_model=lost if lost != scored.model.version else None,
        movement=movement(facts.one(0), scored.model, then, scored.as_of),
    )


def _scores(stored: DayScore) -> StoredScores:
    return StoredScores(stored.fit, stored.engagement, stored.intent, stored.priority)


def _reach(scored: Scored, then: Then) -> int:
    """Days before the scoring's own window that evidence of then, under the model of then, may lie."""
    old_days = then.model.spec.engagement.cut_days if then.model else 0
    longer = max(0, old_days - scored.model.spec.engagement.cut_days)
    return max((scored.as_of - then.as_of).days, 0) + longer + 1


def _model_of(database: Database, stored: DayScore | None, model: Model) -> Model | None:
    """The model that made the stored scores, where it is another one than `model` and still known."""
    if stored is None or stored.model_version == model.version:
        return None
    known = {row.version: row.text for row in list_models(database)}
    text = known.get(stored.model_version)
    try:
        found = None if text is None else parse_model(text, stored.model_version)
    except ModelError:
        # A text that an older Shortlist accepted and this one does not is as good as lost.
        return None
    return found if found and found.version == stored.model_version else None
