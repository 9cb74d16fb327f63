"""Random accounts for the scoring tests, in the form of the reference and in the form of the kernel."""

import random
import tomllib
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import numpy as np

from scoring.evidence import ActivityRow, Evidence
from scoring.facts import AccountFacts, ContactRow, Contacts
from scoring.kernel import Scores, score
from scoring.model import DEFAULT_MODEL, Model, build_model
from scoring.people import People, PersonRow
from scoring.signals import SignalRow, Signals
from tests import reference_scoring as reference

NOW = 1_795_000_000
"""A noon-ish instant in November 2026."""
DAY = 86_400

# What a title and a CRM value mean, said here again by hand: seniority and inferred role.
TITLES: dict[str | None, tuple[str, tuple[str, ...]]] = {
    None: ("unknown", ()),
    "CEO": ("c_level", ("executive_sponsor",)),
    "VP Sales": ("vp", ("decision_maker",)),
    "Directrice Marketing": ("director", ("decision_maker",)),
    "IT Manager": ("manager", ("influencer",)),
    "Software Engineer": ("individual", ("end_user",)),
    "General Counsel": ("director", ("legal",)),
}
CRM_ROLES: dict[str | None, tuple[str, ...] | None] = {
    None: None,
    "CHAMPION": ("champion",),
    "DECISION_MAKER;BUDGET_HOLDER": ("decision_maker", "budget_holder"),
    "BLOCKER": ("blocker",),
    "OTHER": (),
}


@dataclass(frozen=True)
class Company:
    """An account of the reference, with the people behind it: id to (title, CRM role)."""

    account: reference.Account
    people: dict[str, tuple[str | None, str | None]]


@dataclass(frozen=True)
class Facts:
    """What `score` takes."""

    accounts: list[AccountFacts]
    evidence: Evidence
    signals: Signals
    contacts: Contacts

    def score(self, model: Model, now: int = NOW) -> Scores:
        return score(
            self.accounts, self.evidence, self.signals, self.contacts, model, datetime.fromtimestamp(now, UTC)
        )


@cache
def _default_text() -> str:
    return DEFAULT_MODEL.read_text(encoding="utf-8")


def default_data() -> dict[str, Any]:
    return tomllib.loads(_default_text())


def tight_data() -> dict[str, Any]:
    """A model whose every limit bites on a handful of activities."""
    data = deepcopy(default_data())
    data["engagement"] |= {"cut_days": 12, "max_per_day": 2, "min_person_points": 0.5, "half_life_days": 7.5}
    data["engagement"]["channels"] |= {"email": {"cap": 2}, "web": {"cap": 3.5}, "sales": {"cap": 45.5}}
    data["engagement"]["types"]["email_click"]["half_life_days"] = 2
    data["engagement"]["types"]["meeting"]["per_minute"] = 0.333333
    data["roles"]["seniority"]["director"] = 1.333
    data["priority"] = {"fit": 2, "engagement": 1.1, "intent": 0.3}
    data["trend"] = {"days": 5, "threshold": 2}
    data["intent"]["sources"] = {
        "g2": {"weight": 33.3, "min_strength": 20, "ttl_days": 9, "half_life_days": 4}
    }
    return data


def uncapped_data() -> dict[str, Any]:
    """The tight model without channel caps, where one person's points never touch another's."""
    data = tight_data()
    data["engagement"]["channels"] = {name: {} for name in data["engagement"]["channels"]}
    return data


@cache
def model_named(name: str) -> tuple[dict[str, Any], Model]:
    makers: dict[str, Callable[[], dict[str, Any]]] = {
        "default": default_data,
        "tight": tight_data,
        "uncapped": uncapped_data,
    }
    data = makers[name]()
    return data, build_model(data, f"{name}.toml")


def company(key: str, rng: random.Random, activities: int = 14) -> Company:
    people = {
        f"{key}-p{number}": (rng.choice(list(TITLES)), rng.choice(list(CRM_ROLES)))
        for number in range(rng.randint(0, 4))
    }
    resolved = {person: _resolved(*values) for person, values in people.items()}
    account = reference.Account(
        key=key,
        fields=_fields(rng),
        activities=[_activity(key, number, people, rng) for number in range(rng.randint(0, activities))],
        signals=[_signal(key, number, rng) for number in range(rng.randint(0, 5))],
        seniority={person: seniority for person, (seniority, _, _) in resolved.items()},
        set_roles={person: set_roles for person, (_, set_roles, _) in resolved.items()},
        contact_roles={person: roles for person, (_, _, roles) in resolved.items()},
    )
    return Company(account, people)


def _resolved(title: str | None, crm_role: str | None) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    seniority, inferred = TITLES[title]
    human = CRM_ROLES[crm_role]
    return seniority, human or (), inferred if human is None else human


def _fields(rng: random.Random) -> dict[str, Any]:
    possible: dict[str, Sequence[Any]] = {
        "industry": [
            "Technology",
            " technology ",
            "COMPUTER_SOFTWARE",
            "BANKING",
            "Retail",
            "Mining",
            "",
            None,
        ],
        "employees": [10, 49.9, 50, 200.0, "1200", "many", 10_000_000, None],
        "annual_revenue": [0, 1e6, 9.99e6, 5e7, "2e9", None],
        "country": ["US", "FR", "BR", None],
        "type": ["Prospect", "Customer - Direct", "Other", None],
        "name": ["Acme", "Springfield University", "Test Account 7"],
        "ownership": ["Public", "Government of X", None],
        "technologies": ["HubSpot; Slack", "Slack", ""],
        "founded_year": [1950, "1990", 2024, None],
    }
    return {name: rng.choice(values) for name, values in possible.items() if rng.random() < 0.8}


def _activity(key: str, number: int, people: dict[str, Any], rng: random.Random) -> reference.Activity:
    return reference.Activity(
        id=f"{key}-e{number:03}",
        person=rng.choice([None, *people]),
        type=rng.choice(
            ["email_click", "email_open", "meeting", "page_view", "form_submission", "fax", "other"]
        ),
        occurred_at=NOW
        - rng.choice([-1, 0, 1, 2, 5, 12, 13, 30, 89, 90, 91]) * DAY
        + rng.randint(-9000, 9000),
        minutes=rng.choice([None, 0, 0.5, 1.5, 30, 61]),
    )


def _signal(key: str, number: int, rng: random.Random) -> reference.Signal:
    return reference.Signal(
        id=f"{key}-s{number}",
        source=rng.choice(["g2", "bombora"]),
        kind=rng.choice(["topic", "funding"]),
        topic=rng.choice(["", "abm"]),
        strength=rng.choice([0, 19.99, 20, 59.9, 60, 77.77, 100]),
        observed_at=NOW - rng.choice([-1, 0, 3, 9, 10, 21, 22]) * DAY + rng.randint(-50, 50),
    )


def companies(rng: random.Random, most: int = 4) -> list[Company]:
    return [company(f"a{number}", rng) for number in range(rng.randint(1, most))]


def kernel_facts(listed: Sequence[Company], rng: random.Random | None = None) -> Facts:
    """The columns for the kernel; rows are shuffled when rng is given."""
    keys = [each.account.key for each in listed]
    people = [
        PersonRow(id_, f"Person {id_}", *values) for each in listed for id_, values in each.people.items()
    ]
    activities = [
        ActivityRow(each.id, owner.account.key, each.person, each.type, each.occurred_at, each.minutes)
        for owner in listed
        for each in owner.account.activities
    ]
    signals = [
        SignalRow(s.id, owner.account.key, s.source, s.kind, s.topic, s.strength, s.observed_at)
        for owner in listed
        for s in owner.account.signals
    ]
    contacts = [ContactRow(each.account.key, person) for each in listed for person in each.people]
    if rng is not None:
        for rows in (people, activities, signals, contacts):
            rng.shuffle(rows)
    everybody = People.from_rows(people)
    return Facts(
        accounts=[AccountFacts(each.account.key, each.account.fields) for each in listed],
        evidence=Evidence.from_rows(keys, everybody, activities),
        signals=Signals.from_rows(keys, signals),
        contacts=Contacts.from_rows(keys, everybody, contacts),
    )


def with_activities(each: Company, activities: Sequence[reference.Activity]) -> Company:
    return replace(each, account=replace(each.account, activities=activities))


def known_at(each: Company, now: int) -> Company:
    """The company as its facts stood at an instant."""
    activities = [activity for activity in each.account.activities if activity.occurred_at <= now]
    signals = [signal for signal in each.account.signals if signal.observed_at <= now]
    return replace(each, account=replace(each.account, activities=activities, signals=signals))


def column_bytes(scores: Scores, place: int) -> dict[str, bytes]:
    """One account's entry of every column, as bytes."""
    entries = {}
    for each in fields(scores):
        column = getattr(scores, each.name)
        if isinstance(column, np.ndarray):
            entries[each.name] = column[place].tobytes()
    entries["exclusion"] = scores.exclusion[place].encode()
    return entries
