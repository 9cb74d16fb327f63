"""Scoring as a run does it: match what has landed, read the facts out of SQLite, score, give out tiers."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bench.measure import Watch
from core.changes import Page
from core.cursors import Cursor
from core.records import Account, Activity, Contact, Record, Value
from scoring.model import DEFAULT_MODEL, load_model
from store.connections import connection_id
from store.database import Database, open_database
from store.landing import land
from sync.identity import match
from sync.scored import compute

AS_OF = datetime(2026, 11, 22, tzinfo=UTC)
DAYS = 120
"""Activities lie in so many days before AS_OF."""
SKEW = 3
SEED = 7
_A_PAGE = 5_000
_CONTACTS_AN_ACCOUNT, _ACTIVITIES_A_CONTACT = 10, 10
_TYPES = ("email_open", "email_click", "meeting", "form_submission", "call_connected")
_TITLES = ("VP Marketing", "Head of IT", "CFO", "Software Developer", "Purchasing Manager", "Sales Director")


def match_measured(watch: Watch, activities: int) -> int:
    """Match everything and cluster the evidence anew, as after a first pull; gives the accounts."""
    with TemporaryDirectory() as folder:
        database = _filled(folder, activities)
        with watch:
            matched = match(database)
        database.close()
    return matched.accounts


def score_measured(watch: Watch, activities: int) -> int:
    """Read the facts out of the matched database, score, give out tiers; gives the accounts."""
    with TemporaryDirectory() as folder:
        database = _filled(folder, activities)
        match(database)
        model = load_model(DEFAULT_MODEL)
        with watch:
            scored = compute(database, model, AS_OF, {1: "bench"})
        database.close()
    return len(scored.scores)


def _filled(folder: str, activities: int) -> Database:
    database = open_database(f"sqlite:///{Path(folder) / 'bench.sqlite'}")
    connection = connection_id(database, "bench", "hubspot")
    records = _records(activities)
    while page := list(islice(records, _A_PAGE)):
        land(database, connection, "bench", Page(page, Cursor()), now_ms=0)
    return database


def _records(activities: int) -> Iterator[Record]:
    """Accounts, ten contacts each, and ten activities a contact, skewed to a few busy ones."""
    people = activities // _ACTIVITIES_A_CONTACT
    accounts = people // _CONTACTS_AN_ACCOUNT
    for n in range(accounts):
        yield _account(n)
    for n in range(people):
        yield _contact(n, accounts)
    random = np.random.default_rng(SEED)
    who = (random.random(activities) ** SKEW * people).astype(np.int64).tolist()
    seconds = random.integers(0, DAYS * 86_400, activities).tolist()
    for n, (person, ago) in enumerate(zip(who, seconds, strict=True)):
        at = AS_OF - timedelta(seconds=ago)
        kind, account = _TYPES[n % len(_TYPES)], str(person % accounts)
        yield Activity(f"meetings:{n}", at, account, (str(person),), kind, at, n % 60, is_cancelled=False)


def _account(n: int) -> Account:
    fields: dict[str, Value] = {
        "industry": "Technology",
        "employees": float(20 + n % 6000),
        "annual_revenue": float(1_000_000 + n * 10_000),
        "country": "Germany",
        "type": "Prospect",
    }
    return Account(str(n), AS_OF, f"Company {n}", f"company{n}.example", None, None, None, fields, {})


def _contact(n: int, accounts: int) -> Contact:
    email = f"person{n}@company{n % accounts}.example"
    return Contact(str(n), AS_OF, str(n % accounts), email, f"Person {n}", _TITLES[n % 6], None, {})
