"""Scoring: the kernel over generated columns, and the whole step with its reading out of SQLite.

Size S: 10,000 accounts, 100,000 contacts, 1,000,000 activities, skewed to a few busy accounts.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.areas import Options
from bench.measure import Watch, in_child, median_of
from bench.rows import Row, figure
from bench.scoring_store import AS_OF, DAYS, SEED, SKEW, match_measured, score_measured
from scoring.facts import AccountFacts, ContactRow, Contacts, Evidence, Integers, People, PersonRow, Signals
from scoring.kernel import score
from scoring.model import DEFAULT_MODEL, load_model
from scoring.units import SECONDS_PER_DAY

AREA = "scoring"
ACTIVITIES = 1_000_000
_CONTACTS_AN_ACCOUNT, _ACTIVITIES_A_CONTACT = 10, 10
_TOUCHED = 100
_RUNS = 3
_INDUSTRIES = ("Technology", "Banking", "Retail", "Education", "Energy")
_TITLES = ("VP Marketing", "Head of IT", "CFO", "Software Developer", "Purchasing Manager", "Sales Director")


@dataclass(frozen=True, slots=True)
class World:
    """What `score` takes, without signals."""

    accounts: tuple[AccountFacts, ...]
    evidence: Evidence
    contacts: Contacts


def measure(options: Options) -> Iterator[Row]:
    """The kernel on all accounts and on 100 touched ones, beside a bare read of its columns."""
    activities, runs = options.size(ACTIVITIES), 1 if options.quick else _RUNS
    name = "score all accounts"
    yield figure(AREA, name, activities, "activities")
    full = median_of(runs, score_all, activities)
    yield figure(AREA, name, full.cpu_seconds, "CPU s")
    yield figure(AREA, name, full.wall_seconds, "s (wall)")
    floor = median_of(runs, read_all, activities)
    yield figure(AREA, "bare numpy read of the evidence columns", floor.cpu_seconds, "CPU s")
    yield figure(AREA, name, full.cpu_seconds / floor.cpu_seconds, "times the bare read")
    touched = median_of(runs, score_touched, activities)
    yield figure(AREA, f"score {_TOUCHED} touched accounts", touched.cpu_seconds, "CPU s")
    matched, scored = in_child(match_measured, activities), in_child(score_measured, activities)
    yield figure(AREA, "match all records, cluster the evidence", matched.cpu_seconds, "CPU s")
    whole = "read facts from SQLite, score, give tiers"
    yield figure(AREA, whole, scored.cpu_seconds, "CPU s")
    yield figure(AREA, whole, scored.wall_seconds, "s (wall)")
    yield figure(AREA, whole, scored.peak_rss_mb, "MB peak")


def score_all(watch: Watch, activities: int) -> int:
    """Score every account; gives how many."""
    made, model = world(activities), load_model(DEFAULT_MODEL)
    with watch:
        scores = score(made.accounts, made.evidence, Signals.none(), made.contacts, model, AS_OF)
    return len(scores)


def score_touched(watch: Watch, activities: int) -> int:
    """Pick the rows of 100 accounts out of all columns and score them; half are the busiest accounts."""
    made, model = world(activities), load_model(DEFAULT_MODEL)
    half, last = _TOUCHED // 2, len(made.accounts)
    places = np.concatenate([np.arange(half), np.linspace(half, last - 1, half).astype(np.int64)])
    with watch:
        few = _picked(made, places)
        scores = score(few.accounts, few.evidence, Signals.none(), few.contacts, model, AS_OF)
    return len(scores)


def read_all(watch: Watch, activities: int) -> int:
    """Add up every column of the evidence once: the least that any pass over it can cost."""
    evidence = world(activities).evidence
    columns = (evidence.account, evidence.person, evidence.type, evidence.day, evidence.occurred_at)
    with watch:
        return sum(int(column.sum()) for column in (*columns, evidence.minutes))


def world(activities: int) -> World:
    """A tenth as many contacts, a hundredth as many accounts; the same one each time."""
    random = np.random.default_rng(SEED)
    people = activities // _ACTIVITIES_A_CONTACT
    accounts = people // _CONTACTS_AN_ACCOUNT
    keys = [f"company{n:07}.example" for n in range(accounts)]
    rows = [PersonRow(f"person{n:08}@x", f"Person {n}", _TITLES[n % 6]) for n in range(people)]
    everybody = People.from_rows(rows)
    belongs = (random.random(people) ** SKEW * accounts).astype(np.int64)
    links = [ContactRow(keys[place], row.id) for place, row in zip(belongs.tolist(), rows, strict=True)]
    contacts = Contacts.from_rows(keys, everybody, links)
    facts = tuple(AccountFacts(key, _fields(n)) for n, key in enumerate(keys))
    return World(facts, _evidence(random, everybody, belongs, activities), contacts)


def _fields(number: int) -> dict[str, Any]:
    return {
        "industry": _INDUSTRIES[number % 5],
        "employees": float(20 + number % 6000),
        "annual_revenue": float(1_000_000 + number * 10_000),
        "country": "Germany",
        "type": "Prospect",
    }


def _evidence(
    random: np.random.Generator, people: People, belongs: NDArray[np.int64], activities: int
) -> Evidence:
    types = tuple(sorted(load_model(DEFAULT_MODEL).spec.engagement.types))
    person = (random.random(activities) ** SKEW * len(belongs)).astype(np.int64)
    now = int(AS_OF.timestamp())
    occurred_at = now - random.integers(0, DAYS * SECONDS_PER_DAY, activities)
    return Evidence(
        people=people,
        types=types,
        account=belongs[person],
        person=person,
        type=random.integers(0, len(types), activities),
        day=occurred_at // SECONDS_PER_DAY,
        occurred_at=occurred_at,
        minutes=random.integers(-1, 60, activities),
        ids=np.empty(0, dtype=np.object_),
    ).in_order()


def _picked(made: World, places: NDArray[np.int64]) -> World:
    """The accounts at these ascending places, counted from 0."""
    evidence, rows = made.evidence, _rows(made.evidence.account, places)
    contacts, members = made.contacts, _rows(made.contacts.account, places)
    return World(
        accounts=tuple(made.accounts[place] for place in places.tolist()),
        evidence=replace(
            evidence,
            account=np.searchsorted(places, evidence.account[rows]),
            person=evidence.person[rows],
            type=evidence.type[rows],
            day=evidence.day[rows],
            occurred_at=evidence.occurred_at[rows],
            minutes=evidence.minutes[rows],
        ),
        contacts=replace(
            contacts,
            account=np.searchsorted(places, contacts.account[members]),
            person=contacts.person[members],
        ),
    )


def _rows(account: Integers, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """The rows of these accounts in a sorted column."""
    firsts, lasts = np.searchsorted(account, places), np.searchsorted(account, places, side="right")
    return np.concatenate([np.arange(first, last) for first, last in zip(firsts, lasts, strict=True)])
