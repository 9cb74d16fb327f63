"""From the store's won and lost deals to a suggestion of fit points (scoring/suggest.py)."""

from datetime import datetime

import numpy as np

from core.clock import millis
from scoring.model import Model
from scoring.suggest import Suggestion, suggest
from store.database import Database
from store.deals import deal_rows
from sync.facts import load_facts
from sync.outcomes import Deals

SEED = 7


def suggestion(database: Database, model: Model, as_of: datetime) -> Suggestion:
    """What accounts with decided deals say; one that won any counts as won. Fields are today's values."""
    facts = load_facts(database, model, as_of)
    places = {number: place for place, number in enumerate(facts.account_ids)}
    deals = Deals.from_rows(deal_rows(database, until_ms=millis(as_of)), places, millis(as_of))
    won = np.zeros(len(places), dtype=np.bool_)
    won[deals.account[deals.won]] = True
    decided = np.unique(deals.account[deals.closed])
    return suggest([facts.accounts[place] for place in decided], won[decided], model, seed=SEED)
