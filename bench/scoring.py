"""Scoring: the kernel over generated columns, and the whole step with its reading out of SQLite.

Size S: 10,000 accounts, 100,000 contacts, 1,000,000 activities, skewed to a few busy accounts. With --large,
size M: ten times as many.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.areas import Options
from bench.measure import Watch, in_child, median_of
from bench.peer_runs import Ours, compare
from bench.rows import Row, figure
from bench.scoring_store import (
    AS_OF,
    DAYS,
    SEED,
    SKEW,
    landed_measured,
    match_measured,
    score_measured,
    touched_measured,
)
from scoring.engagement import engagement
from scoring.facts import AccountFacts, ContactRow, Contacts, Evidence, Integers, People, PersonRow, Signals
from scoring.kernel import score
from scoring.model import DEFAULT_MODEL, load_model
from scoring.ranges import score_in_ranges, spans
from scoring.units import SECONDS_PER_DAY

AREA = "scoring"
ACTIVITIES = 1_000_000
_CONTACTS_AN_ACCOUNT, _ACTIVITIES_A_CONTACT = 10, 10
_TOUCHED = 100
_RUNS = 3
_LARGE, _PER, _MOST_TIMES = 10, 100_000, 15
_NOW = int(AS_OF.timestamp())
_COLUMNS = {
    "account": np.int32,
    "person": np.int32,
    "type": np.int16,
    "day": np.int32,
    "occurred_at": np.int64,
    "minutes": np.int32,
}
"""Columns of evidence with the types in which the store serves them."""
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
    activities *= _LARGE if options.large else 1
    name = "score all accounts"
    yield figure(AREA, name, activities, "activities")
    full = median_of(runs, score_all, activities)
    yield figure(AREA, name, full.cpu_seconds, "CPU s")
    yield figure(AREA, name, full.wall_seconds, "s (wall)")
    floor = median_of(runs, read_all, activities)
    yield figure(AREA, "bare numpy read of the evidence columns", floor.cpu_seconds, "CPU s")
    pass_ = median_of(runs, engagement_from_files, activities)
    ours = figure(AREA, "engagement from column files", pass_.cpu_seconds / activities * _PER, "CPU s/100k")
    yield ours
    yield figure(
        AREA, "the same", pass_.cpu_seconds / floor.cpu_seconds, "times the bare read", at_most=_MOST_TIMES
    )
    if options.peers:
        yield from _beside_peers(options, ours, activities)
    touched = median_of(runs, score_touched, activities)
    yield figure(AREA, f"score {_TOUCHED} touched accounts", touched.cpu_seconds, "CPU s")
    yield from _store(activities)


def _store(activities: int) -> Iterator[Row]:
    """The whole step out of SQLite; goals are those of the large size."""
    with TemporaryDirectory() as folder:
        matched = in_child(match_measured, folder, activities)
        yield figure(AREA, "match all records, build the evidence", matched.cpu_seconds, "CPU s")
        scored = in_child(score_measured, folder)
        whole = "read facts from SQLite, score, give tiers, store"
        yield figure(AREA, whole, scored.cpu_seconds, "CPU s")
        yield figure(AREA, whole, scored.wall_seconds, "s (wall)", at_most=8)
        yield figure(AREA, whole, scored.peak_rss_mb, "MB peak", at_most=1200)
        touched = in_child(touched_measured, folder, _TOUCHED)
        name = f"read {_TOUCHED} touched accounts from SQLite, score"
        yield figure(AREA, name, touched.cpu_seconds, "CPU s", at_most=0.3)
        landed = in_child(landed_measured, folder, _TOUCHED)
        yield figure(AREA, f"land {_TOUCHED} activities, refresh the evidence", landed.cpu_seconds, "CPU s")


def _beside_peers(options: Options, ours: Row, activities: int) -> Iterator[Row]:
    """The same columns and the same tables of the model, as files, for tools that bring their own format."""
    with TemporaryDirectory() as folder:
        expected = in_child(write_columns, folder, activities).value
        options.say(f"sum of attention over all accounts: {expected:,}")
        yield from compare(AREA, Ours(ours, ours, activities), options.say, folder, str(expected))


def engagement_from_files(watch: Watch, activities: int) -> int:
    """Read columns out of files and come to every account's engagement; gives the sum of attention."""
    model = load_model(DEFAULT_MODEL)
    with TemporaryDirectory() as folder:
        made = _saved(folder, activities)
        people, accounts = made.evidence.people, len(made.accounts)
        types = made.evidence.types
        del made
        with watch:
            columns = {name: np.load(f"{folder}/{name}.npy") for name in _COLUMNS}
            evidence = Evidence(people=people, types=types, ids=np.empty(0, dtype=np.object_), **columns)
            return sum(
                int(engagement(evidence.between(*span), model, _NOW, span[1] - span[0]).attention.sum())
                for span in spans(evidence.account, accounts)
            )


def write_columns(_watch: Watch, folder: str, activities: int) -> int:
    """Columns and the model's tables as .npy files; gives the sum of attention that they come to."""
    made, model = _saved(folder, activities), load_model(DEFAULT_MODEL)
    table = model.tables.activities
    codes = [table.types[name] for name in made.evidence.types]
    for name in ("channel", "points", "per_minute", "max_minutes", "decay"):
        np.save(f"{folder}/type_{name}.npy", getattr(table, name)[codes])
    np.save(f"{folder}/caps.npy", table.caps)
    np.save(f"{folder}/breadth.npy", table.breadth)
    np.save(f"{folder}/role.npy", table.roles[made.evidence.people.role_codes[:-1]])
    spec = model.spec.engagement
    numbers = [_NOW, spec.cut_days, spec.max_per_day, table.min_person_points, table.half_score_points]
    np.save(f"{folder}/numbers.npy", np.array(numbers))
    return int(engagement(made.evidence, model, _NOW, len(made.accounts)).attention.sum())


def _saved(folder: str, activities: int) -> World:
    made = world(activities)
    for name, dtype in _COLUMNS.items():
        np.save(f"{folder}/{name}.npy", getattr(made.evidence, name).astype(dtype))
    return made


def score_all(watch: Watch, activities: int) -> int:
    """Score every account; gives how many."""
    made, model = world(activities), load_model(DEFAULT_MODEL)
    with watch:
        scores = score_in_ranges(made.accounts, made.evidence, Signals.none(), made.contacts, model, AS_OF)
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
    """Add up every column of the evidence once, as it is served: the least that a pass over it can cost."""
    evidence = world(activities).evidence
    columns = [getattr(evidence, name).astype(dtype) for name, dtype in _COLUMNS.items()]
    with watch:
        return sum(int(column.sum(dtype=np.int64)) for column in columns)


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
