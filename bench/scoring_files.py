"""A world of activities as column files, made and scored range by range: no size is ever whole in memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.measure import Watch
from scoring.engagement import engagement
from scoring.evidence import Evidence
from scoring.facts import AccountFacts, Contacts
from scoring.model import DEFAULT_MODEL, load_model
from scoring.people import People, PeopleTexts, person_code
from scoring.ranges import FactsInMemory, score_in_ranges, spans
from scoring.signals import Signals
from scoring.standing import Candidates
from scoring.tiers import assign
from scoring.units import SECONDS_PER_DAY

AS_OF_DAY = 20_779
"""2026-11-22, as a day since 1970."""
NOW = AS_OF_DAY * SECONDS_PER_DAY
DAYS = 120
"""Activities lie in so many days before AS_OF_DAY."""
SKEW, SEED = 3, 7
COLUMNS = {
    "account": np.int32,
    "person": np.int32,
    "type": np.int16,
    "day": np.int32,
    "occurred_at": np.int64,
    "minutes": np.int32,
}
"""Columns of evidence with the types in which the store serves them."""
_AT_ONCE = 2_000_000
_TITLES = ("VP Marketing", "Head of IT", "CFO", "Software Developer", "Purchasing Manager", "Sales Director")
_INDUSTRIES = ("Technology", "Banking", "Retail", "Education", "Energy")


class Size(NamedTuple):
    """How many of each; few accounts have most contacts and activities."""

    accounts: int
    contacts: int
    activities: int


SIZES = {
    "S": Size(10_000, 100_000, 1_000_000),
    "M": Size(100_000, 1_000_000, 10_000_000),
    "L": Size(1_000_000, 5_000_000, 100_000_000),
}
SizeName = Literal["S", "M", "L"]


def write_world(_watch: Watch, folder: str, size: Size) -> int:
    """Write the columns in their order, the contacts, and where each account's rows begin; gives the rows."""
    random, home = np.random.default_rng(SEED), Path(folder)
    belongs = (random.random(size.contacts) ** SKEW * size.accounts).astype(np.int32)
    rows = _rows_of_people(random, size)
    people = np.argsort(belongs, kind="stable").astype(np.int32)
    np.save(home / "member_person.npy", people)
    np.save(home / "member_account.npy", belongs[people])
    of_account = np.bincount(belongs, weights=rows, minlength=size.accounts).astype(np.int64)
    np.save(home / "begins.npy", np.concatenate([[0], np.cumsum(of_account)]))
    edges = np.searchsorted(np.cumsum(rows[people]), np.arange(_AT_ONCE, size.activities, _AT_ONCE))
    for first, last in pairwise(sorted({0, *edges.tolist(), size.contacts})):
        _write_rows(random, home, belongs, rows, people[first:last])
    return int(rows.sum())


def _rows_of_people(random: np.random.Generator, size: Size) -> NDArray[np.int64]:
    rows = np.zeros(size.contacts, dtype=np.int64)
    for first in range(0, size.activities, _AT_ONCE):
        some = min(_AT_ONCE, size.activities - first)
        # Another power than for the accounts, so that the busy people are spread over them.
        who = (random.random(some) ** SKEW * size.contacts).astype(np.int64)
        rows += np.bincount(who, minlength=size.contacts)
    return rows


def _write_rows(random: np.random.Generator, home: Path, belongs: Any, rows: Any, people: Any) -> None:
    """The activities of some people, who stand in the order of their accounts."""
    person = np.repeat(people, rows[people])
    occurred_at = NOW - random.integers(0, DAYS * SECONDS_PER_DAY, len(person))
    made = {
        "account": belongs[person],
        "person": person,
        "type": random.integers(0, len(types()), len(person)),
        "day": occurred_at // SECONDS_PER_DAY,
        "occurred_at": occurred_at,
        "minutes": random.integers(-1, 60, len(person)),
    }
    order = np.lexsort([made[name] for name in ("occurred_at", "type", "day", "person", "account")])
    for name, dtype in COLUMNS.items():
        with (home / f"{name}.bin").open("ab") as file:
            made[name][order].astype(dtype).tofile(file)


@cache
def types() -> tuple[str, ...]:
    """The types of activity, of the default model."""
    return tuple(sorted(load_model(DEFAULT_MODEL).spec.engagement.types))


@dataclass(frozen=True)
class FactsInFiles:
    """The world as scoring takes it, a range at a time."""

    folder: Path
    begins: NDArray[np.int64]
    members: tuple[NDArray[np.int32], NDArray[np.int32]]
    people: People

    @classmethod
    def open(cls, folder: str) -> "FactsInFiles":
        """Read what is kept in memory: a few bytes an account and a contact."""
        home = Path(folder)
        account, person = (np.load(home / f"member_{name}.npy") for name in ("account", "person"))
        codes = np.resize(np.array([person_code(title, None) for title in _TITLES]), len(person))
        nobody_reads = [""] * len(person)
        texts = PeopleTexts(*[nobody_reads] * 4)
        return cls(home, np.load(home / "begins.npy"), (account, person), People.from_codes(texts, codes))

    @property
    def accounts(self) -> int:
        """How many there are."""
        return len(self.begins) - 1

    def spans(self) -> Iterator[tuple[int, int]]:
        """Ranges of accounts with about as many rows each as scoring wants."""
        edges = np.searchsorted(self.begins, np.arange(0, self.begins[-1], 250_000))
        return pairwise(sorted({0, *edges.tolist(), self.accounts}))

    def evidence(self, first: int, last: int) -> Evidence:
        """The rows of a range of accounts."""
        begin, end = self.begins[[first, last]].tolist()
        columns: dict[str, Any] = {
            name: np.fromfile(
                self.folder / f"{name}.bin", dtype, end - begin, offset=begin * np.dtype(dtype).itemsize
            )
            for name, dtype in COLUMNS.items()
        }
        columns["account"] -= first
        return Evidence(people=self.people, types=types(), ids=np.empty(0, dtype=np.object_), **columns)

    def between(self, first: int, last: int) -> FactsInMemory:
        """All facts of a range of accounts."""
        begin, end = np.searchsorted(self.members[0], np.array([first, last], dtype=np.int32))
        account, person = (column[begin:end].astype(np.int64) for column in self.members)
        accounts = tuple(AccountFacts(f"company{n:07}.example", _fields(n)) for n in range(first, last))
        contacts = Contacts(self.people, account - first, person)
        return FactsInMemory(accounts, self.evidence(first, last), Signals.none(), contacts)


def _fields(number: int) -> dict[str, Any]:
    return {
        "industry": _INDUSTRIES[number % 5],
        "employees": float(20 + number % 6000),
        "annual_revenue": float(1_000_000 + number * 10_000),
        "country": "Germany",
        "type": "Prospect",
    }


def read_only(watch: Watch, folder: str) -> int:
    """Add up every column once, in memory: the least that a pass over it can cost."""
    home = Path(folder)
    columns = [np.fromfile(home / f"{name}.bin", dtype) for name, dtype in COLUMNS.items()]
    with watch:
        return sum(int(column.sum(dtype=np.int64)) for column in columns)


def engagement_in_memory(watch: Watch, folder: str) -> int:
    """Every account's engagement from columns in memory; gives the sum of attention."""
    facts, model = FactsInFiles.open(folder), load_model(DEFAULT_MODEL)
    evidence = facts.evidence(0, facts.accounts)
    with watch:
        return sum(
            int(engagement(evidence.between(*span), model, NOW, span[1] - span[0]).attention.sum())
            for span in spans(evidence.account, facts.accounts)
        )


def engagement_from_files(watch: Watch, folder: str) -> int:
    """Read columns out of files and come to every account's engagement; gives the sum of attention."""
    facts, model = FactsInFiles.open(folder), load_model(DEFAULT_MODEL)
    with watch:
        return sum(
            int(engagement(facts.evidence(*span), model, NOW, span[1] - span[0]).attention.sum())
            for span in facts.spans()
        )


def score_from_files(watch: Watch, folder: str) -> int:
    """Read columns out of files, score every account, give out the tiers; gives how many are in a tier."""
    facts, model, as_of = (
        FactsInFiles.open(folder),
        load_model(DEFAULT_MODEL),
        datetime.fromtimestamp(NOW, UTC),
    )
    with watch:
        scores = score_in_ranges(facts, model, as_of)
        assigned = assign(Candidates.from_scores([scores], model), {}, {}, model, as_of)
        return sum(found.rank is not None for found in assigned)
