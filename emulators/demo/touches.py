"""Invents activity: a quiet base rate, and around each deal a self-exciting burst that rises to its start.

Everything is drawn in columns (numpy) and only then made into objects.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from emulators.demo.calendar import Calendar
from emulators.demo.deals import Burst
from emulators.demo.model import WINDOW_DAYS, Campaign, Company, Crm, Person, Touch, TouchKind, TouchStatus

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

KINDS: Final[tuple[TouchKind, ...]] = get_args(TouchKind)
# Shares of KINDS far from any deal, and at the height of a burst.
_CALM: Final = np.array([0.56, 0.12, 0.10, 0.05, 0.03, 0.015, 0.075, 0.015, 0.02, 0.005, 0.01])
_HOT: Final = np.array([0.38, 0.14, 0.12, 0.01, 0.06, 0.03, 0.10, 0.06, 0.05, 0.04, 0.01])
_BURST_SHARE: Final = 0.42
_RISE_DAYS: Final = 90.0
_AFTER_START_SHARE: Final = 0.30
_EXCITED_SHARE: Final = 0.30
_EXCITED_DAYS: Final = 1.5
_RECENCY: Final = 2.1  # exponent: days ago = window * uniform ** this, so that recent days are denser
_PLANNED_SHARE: Final = 0.003
_CANCELED_MEETING_SHARE: Final = 0.06
_SALES_IN_SALESFORCE_SHARE: Final = 0.7
_UNTIMED: Final = frozenset({"open", "click", "page_view", "form"})  # also at night and on weekends
_SALES_KINDS: Final = frozenset({"email", "reply", "call", "meeting", "note"})
_CAMPAIGNS_OF: Final[dict[TouchKind, tuple[str, ...]]] = {
    "event": ("webinar", "conference"),
    "invite": ("newsletter",),
    "form": ("content",),
}


@dataclass(frozen=True, slots=True)
class _Columns:
    """Activity before it has a kind. `heat` runs from 0 (calm) to 1 (at the start of a deal)."""

    person: Ints
    deal: Ints  # -1 for none
    days_ago: Floats
    heat: Floats

    def take(self, index: Ints) -> "_Columns":
        return _Columns(self.person[index], self.deal[index], self.days_ago[index], self.heat[index])


def _join(parts: Sequence[_Columns]) -> _Columns:
    return _Columns(
        np.concatenate([part.person for part in parts]),
        np.concatenate([part.deal for part in parts]),
        np.concatenate([part.days_ago for part in parts]),
        np.concatenate([part.heat for part in parts]),
    )


def draw_columns(
    companies: list[Company],
    people: list[Person],
    bursts: list[Burst],
    count: int,
    *,
    rng: np.random.Generator,
) -> _Columns:
    """Exactly `count` activities, oldest first."""
    if not bursts:
        raise ValueError("too few companies for a single deal; ask for at least 10 accounts per CRM")
    burst = _bursts(bursts, round(count * _BURST_SHARE), rng)
    burst = burst.take(rng.permutation(len(burst.person))[: round(count * _BURST_SHARE)])
    planned = _planned(bursts, round(count * _PLANNED_SHARE), rng)
    calm = _calm(companies, people, count - len(burst.person) - len(planned.person), rng)
    every = _join((burst, planned, calm))
    return every.take(np.lexsort((every.person, -every.days_ago)))


def _calm(companies: list[Company], people: list[Person], count: int, rng: np.random.Generator) -> _Columns:
    """Background activity: heavy-tailed between companies and people, mildly more where the fit is good."""
    interest = rng.lognormal(0.0, 0.9, len(companies)) * (0.4 + np.array([c.true_fit for c in companies]))
    reachable = np.array([1.0 if person.email else 0.05 for person in people])
    weight = (
        interest[[person.company for person in people]] * reachable * (rng.pareto(1.8, len(people)) + 0.2)
    )
    person = rng.choice(len(people), count, p=weight / weight.sum())
    days_ago = WINDOW_DAYS * rng.random(count) ** _RECENCY
    return _Columns(person, np.full(count, -1), days_ago, np.zeros(count))


def _bursts(bursts: list[Burst], count: int, rng: np.random.Generator) -> _Columns:
    """At least `count` activities where there are bursts: first causes, then what each of them sets off."""
    strength = np.array([burst.strength for burst in bursts])
    mean = 1.25 * count / max(1.0, strength.sum()) * strength
    which = np.repeat(np.arange(len(bursts)), rng.poisson(mean))
    starts = np.array([burst.starts_days_ago for burst in bursts])[which]
    ends = np.array([burst.ends_days_ago for burst in bursts])[which]
    before = _RISE_DAYS * rng.beta(1.0, 2.3, len(which))
    after = -(starts - ends) * rng.random(len(which))
    before = np.where(rng.random(len(which)) < _AFTER_START_SHARE, after, before)
    excited = rng.random(len(which)) < _EXCITED_SHARE
    which = np.concatenate([which, which[excited]])
    before = np.concatenate([before, before[excited] - rng.exponential(_EXCITED_DAYS, int(excited.sum()))])
    return _people_of(bursts, which, before, rng)


def _people_of(bursts: list[Burst], which: Ints, before: Floats, rng: np.random.Generator) -> _Columns:
    """Gives each burst activity a person: junior ones at first, towards the start more and more senior."""
    starts = np.array([burst.starts_days_ago for burst in bursts])[which]
    happened = (starts + before >= 0) & (starts + before <= WINDOW_DAYS)
    which, before, starts = which[happened], before[happened], starts[happened]
    heat = np.clip(1.0 - before / _RISE_DAYS, 0.0, 1.0)
    sizes = np.array([len(burst.people) for burst in bursts])[which]
    reached = np.ceil(sizes * (0.35 + 0.65 * heat))
    rank = np.floor(reached * rng.random(len(which)) ** (1.6 - 0.8 * heat)).astype(np.int64)
    offsets = np.concatenate([[0], np.cumsum([len(burst.people) for burst in bursts])])
    members = np.array([person for burst in bursts for person in burst.people])
    deals = np.array([-1 if burst.deal is None else burst.deal for burst in bursts])
    person = members[offsets[which] + np.minimum(rank, sizes - 1)]
    # Before a deal exists nothing can be attached to it.
    deal = np.where(before <= 0, deals[which], -1)
    return _Columns(person, deal, starts + before, heat)


def _planned(bursts: list[Burst], count: int, rng: np.random.Generator) -> _Columns:
    """Meetings of the next three weeks, at deals that are open or about to start."""
    warm = [burst for burst in bursts if burst.ends_days_ago <= 0]
    chosen = [warm[i] for i in rng.integers(0, len(warm), count)] if warm else []
    person = np.array([burst.people[-1] for burst in chosen], dtype=np.int64)
    deal = np.array([-1 if burst.deal is None else burst.deal for burst in chosen], dtype=np.int64)
    return _Columns(person, deal, -rng.uniform(0.5, 21.0, len(chosen)), np.ones(len(chosen)))


def make_touches(
    columns: _Columns,
    people: list[Person],
    plan: list[Campaign],
    *,
    calendar: Calendar,
    rng: np.random.Generator,
) -> list[Touch]:
    """The objects: each gets a kind by its heat, the CRM that records it, a campaign and a time."""
    kinds = _kinds(columns, people, rng)
    maker = _Maker(calendar, people, _by_touch_kind(plan))
    luck = rng.random((len(kinds), 2)).tolist()
    seconds = rng.lognormal(5.6, 0.9, len(kinds)).tolist()
    rows = zip(columns.person.tolist(), columns.deal.tolist(), columns.days_ago.tolist(), kinds, strict=True)
    return [maker.make(number, row, luck[number], seconds[number]) for number, row in enumerate(rows)]


def _kinds(columns: _Columns, people: list[Person], rng: np.random.Generator) -> list[TouchKind]:
    shares = _CALM + columns.heat[:, None] * (_HOT - _CALM)
    draw = rng.random((len(columns.person), 1))
    codes = np.minimum((draw > np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1)).sum(axis=1), 10)
    reachable = np.array([bool(person.email) for person in people])[columns.person]
    codes = np.where(reachable, codes, KINDS.index("call"))  # without an address there is only the telephone
    codes = np.where(columns.days_ago < 0, KINDS.index("meeting"), codes)
    return [KINDS[code] for code in codes.tolist()]


@dataclass(slots=True)
class _Maker:
    """Makes touches out of drawn numbers."""

    calendar: Calendar
    people: list[Person]
    campaigns: dict[TouchKind, list[Campaign]]

    def make(
        self, number: int, row: tuple[int, int, float, TouchKind], luck: Sequence[float], seconds: float
    ) -> Touch:
        person, deal, days_ago, kind = row
        crm = self._crm(self.people[person], kind, luck[0])
        if crm == "hubspot" and kind == "invite":
            kind = "page_view"  # HubSpot keeps who looked, Salesforce whom a campaign was sent to
        elif crm == "salesforce" and kind == "page_view":
            kind = "invite"
        campaign = self._campaign(kind, number, days_ago)
        at = self._at(kind, days_ago, campaign, luck[1])
        return Touch(
            number=number,
            crm=crm,
            kind=kind,
            person=person,
            deal=None if deal < 0 else deal,
            campaign=None if campaign is None else campaign.number,
            status=_status(kind, days_ago, luck[1]),
            seconds=_seconds(kind, seconds),
            at=at,
        )

    def _crm(self, person: Person, kind: TouchKind, luck: float) -> Crm:
        """Marketing lives in HubSpot and sales mostly in Salesforce, where both know the person."""
        if person.salesforce is None:
            return "hubspot"
        if person.hubspot is None:
            return "salesforce"
        return "salesforce" if kind in _SALES_KINDS and luck < _SALES_IN_SALESFORCE_SHARE else "hubspot"

    def _campaign(self, kind: TouchKind, number: int, days_ago: float) -> Campaign | None:
        """The nearest one in time for events and newsletters, any content for a form."""
        fitting = self.campaigns.get(kind)
        if fitting is None:
            return None
        if kind == "form":
            return fitting[number * 7 % len(fitting)]
        return min(fitting, key=lambda campaign: abs(campaign.days_ago - days_ago))

    def _at(self, kind: TouchKind, days_ago: float, campaign: Campaign | None, luck: float) -> datetime:
        if campaign is not None and kind != "form":
            return campaign.starts_at
        if kind in _UNTIMED and luck < 0.2:  # noqa: PLR2004 (one in five reads after work)
            return self.calendar.exact(days_ago)
        return self.calendar.office(days_ago)


def _by_touch_kind(plan: list[Campaign]) -> dict[TouchKind, list[Campaign]]:
    """The campaigns a touch of a kind may belong to."""
    return {kind: [item for item in plan if item.kind in fitting] for kind, fitting in _CAMPAIGNS_OF.items()}


def _status(kind: TouchKind, days_ago: float, luck: float) -> TouchStatus:
    if kind == "meeting" and luck < _CANCELED_MEETING_SHARE:
        return "canceled"
    return "planned" if days_ago < 0 else "done"


def _seconds(kind: TouchKind, drawn: float) -> int:
    """Calls of some five minutes; meetings in half hours."""
    if kind == "meeting":
        return 1800 * min(4, max(1, round(drawn / 240)))
    return round(drawn) if kind == "call" else 0
