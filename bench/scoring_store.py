"""Scoring as a run does it: match what has landed, read the facts out of SQLite, score, give out tiers."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import numpy as np

from bench.measure import Watch
from core.changes import Page
from core.cursors import Cursor
from core.fields import TIERS
from core.records import Account, Activity, Contact, Record, Value
from scoring.model import DEFAULT_MODEL, load_model
from scoring.ranges import score_in_ranges
from store.connections import connection_id
from store.database import Database, open_database
from store.landing import land
from sync.facts import load_facts
from sync.identity import match
from sync.scored import compute, keep
from sync.wanted import Wanted

AS_OF = datetime(2026, 11, 22, tzinfo=UTC)
DAYS = 120
"""Activities lie in so many days before AS_OF."""
SKEW = 3
SEED = 7
_A_PAGE = 5_000
_CONTACTS_AN_ACCOUNT, _ACTIVITIES_A_CONTACT = 10, 10
ACTIVITIES_AN_ACCOUNT = _CONTACTS_AN_ACCOUNT * _ACTIVITIES_A_CONTACT
_TYPES = ("email_open", "email_click", "meeting", "form_submission", "call_connected")
_TITLES = ("VP Marketing", "Head of IT", "CFO", "Software Developer", "Purchasing Manager", "Sales Director")


def match_measured(watch: Watch, folder: str, activities: int) -> int:
    """Land records, then match them and build the evidence, as after a first pull; gives the accounts.

    The database stays in the folder for the other measurements.
    """
    database = _opened(folder)
    _land(database, activities)
    with watch:
        matched = match(database, now_ms=0)
    database.close()
    return matched.accounts


def score_measured(watch: Watch, folder: str) -> int:
    """Score everything out of the matched database, give out tiers, word the reasons of those in one, store.

    Gives how many accounts got reasons.
    """
    database, text = _opened(folder), DEFAULT_MODEL.read_text(encoding="utf-8")
    model = load_model(DEFAULT_MODEL)
    with watch:
        scored = compute(database, model, AS_OF, {1: "bench"})
        keep(database, scored, text, now_ms=0)
        wanted = Wanted(scored)
        tiered = [tier.account_id for tier in scored.tiers if tier.tier in TIERS]
        reasons = dict(wanted.reasons(tiered))
    database.close()
    return len(reasons)


def touched_measured(watch: Watch, folder: str, count: int) -> int:
    """Score some accounts out of the database: half the busiest ones, half spread over all."""
    database, model = _opened(folder), load_model(DEFAULT_MODEL)
    with database.read() as reader:
        last = int(reader.exec_driver_sql("SELECT max(id) FROM account").scalar_one())
    numbers = {*range(1, count // 2 + 1), *np.linspace(count, last, count - count // 2).astype(int).tolist()}
    with watch:
        facts = load_facts(database, model, AS_OF, account_ids=numbers)
        scores = score_in_ranges(facts, model, AS_OF)
    database.close()
    return len(scores)


def landed_measured(watch: Watch, folder: str, count: int) -> int:
    """Land so many new activities of as many accounts, match and bring the evidence up to date."""
    database = _opened(folder)
    with database.read() as reader:
        accounts = int(reader.exec_driver_sql("SELECT count(*) FROM account").scalar_one())
    new: list[Record] = [
        Activity(f"meetings:new{n}", AS_OF, str(n), (), "meeting", AS_OF, 30, is_cancelled=False)
        for n in np.linspace(0, accounts - 1, count).astype(int).tolist()
    ]
    with watch:
        land(database, 1, "bench", Page(new, Cursor()), now_ms=0)
        match(database, now_ms=0)
    database.close()
    return len(new)


def _opened(folder: str) -> Database:
    return open_database(f"sqlite:///{Path(folder) / 'bench.sqlite'}")


def fill(database: Database, activities: int) -> None:
    """Land records and match them."""
    _land(database, activities)
    match(database, now_ms=0)


def _land(database: Database, activities: int) -> None:
    connection = connection_id(database, "bench", "hubspot")
    records = _records(activities)
    while page := list(islice(records, _A_PAGE)):
        land(database, connection, "bench", Page(page, Cursor()), now_ms=0)


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
