"""The lift of each source on the customer's own opportunities, from the store."""

from datetime import datetime

from core.clock import millis
from scoring.lift import Lift, Reading, lifts
from scoring.model import Model
from store.database import Database
from store.signals import account_signals, deal_births, living_keys


def measure_lift(database: Database, model: Model, as_of: datetime) -> list[Lift]:
    """The lift of every source whose signals are strong enough to count in the model."""
    intent = model.spec.intent
    readings = [
        Reading(row.account_key, row.source, row.observed_at // 1000)
        for row in account_signals(database, since_ms=0, until_ms=millis(as_of))
        if row.strength >= intent.sources.get(row.source, intent.default).min_strength
    ]
    births = [(key, created_at // 1000) for key, created_at in deal_births(database)]
    return lifts(living_keys(database), readings, births, as_of)
