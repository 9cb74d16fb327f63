"""Invents deals: companies that fit better start more of them, win more often and show more interest."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from emulators.demo.calendar import Calendar
from emulators.demo.model import WINDOW_DAYS, Company, Deal, DealStatus, Listing, Person

OPEN_STAGES: Final = 5
_MEDIAN_CYCLE_DAYS: Final = 80
_IN_HUBSPOT_TOO_SHARE: Final = 0.5
_SMALLEST_AMOUNT: Final = 4_000


@dataclass(frozen=True, slots=True)
class Burst:
    """Interest of a group of people around the start of a deal, in days before now (negative: to come).

    `deal` is None while the company is only about to buy: the accounts that a good score should find.
    """

    people: tuple[int, ...]
    deal: int | None
    starts_days_ago: float
    ends_days_ago: float
    strength: float


@dataclass(frozen=True, slots=True)
class Groups:
    """Who can be met at each company, and which CRMs know it."""

    people: dict[int, list[Person]]
    owners: dict[int, int]
    in_salesforce: frozenset[int]
    in_hubspot: frozenset[int]


def group(people: list[Person], listings: list[Listing]) -> Groups:
    """People with an address by company, and owners and CRMs from the listings."""
    by_company: dict[int, list[Person]] = {}
    for person in people:
        if person.email:
            by_company.setdefault(person.company, []).append(person)
    return Groups(
        people=by_company,
        owners={listing.company: listing.owner for listing in reversed(listings)},
        in_salesforce=frozenset(listing.company for listing in listings if listing.crm == "salesforce"),
        in_hubspot=frozenset(listing.company for listing in listings if listing.crm == "hubspot"),
    )


def make_deals(
    companies: list[Company], groups: Groups, *, calendar: Calendar, random: Random
) -> tuple[list[Deal], list[Burst]]:
    """Eighteen months of deals and the bursts of activity that surround them, and those still to come."""
    deals: list[Deal] = []
    bursts: list[Burst] = []
    for company in companies:
        if company.number not in groups.people or company.account_type != "Prospect":
            continue
        for days_ago in _starts(company, random):
            deal, burst = _deal(
                len(deals), company, days_ago, groups=groups, calendar=calendar, random=random
            )
            deals.append(deal)
            bursts.append(burst)
        bursts.extend(_coming(company, groups, random))
    return deals, bursts


def _starts(company: Company, random: Random) -> Iterator[float]:
    """Days ago of each deal's start: up to three, likelier with fit, and denser towards today."""
    for chance in (0.10 + 0.52 * company.true_fit, 0.33, 0.25):
        if random.random() >= chance:
            return
        yield WINDOW_DAYS * random.random() ** 1.5 + 1


def _deal(
    number: int, company: Company, days_ago: float, *, groups: Groups, calendar: Calendar, random: Random
) -> tuple[Deal, Burst]:
    cycle = min(240.0, max(12.0, random.lognormvariate(math.log(_MEDIAN_CYCLE_DAYS), 0.5)))
    progress = days_ago / cycle
    status = _status(company, progress, random)
    people = _buying_group(company, groups, random)
    amount = _amount(company, random)
    deal = Deal(
        number=number,
        company=company.number,
        name=f"{company.bare_name} - {random.choice(_PRODUCTS)}",
        amount=amount,
        stage=min(OPEN_STAGES - 1, int(progress * OPEN_STAGES)),
        status=status,
        people=people,
        owner=groups.owners[company.number],
        in_salesforce=company.number in groups.in_salesforce,
        in_hubspot=_in_hubspot(company.number, groups, random),
        created_at=calendar.office(days_ago),
        close_at=calendar.office(days_ago - cycle),
    )
    ends = max(0.0, days_ago - cycle)
    return deal, Burst(
        people, number, days_ago, ends, _strength(company, random) * (1.3 if status == "won" else 1.0)
    )


_PRODUCTS: Final = (
    "Platform Starter",
    "Platform Professional",
    "Platform Enterprise",
    "Planning Add-on",
    "Pilot",
    "Renewal & Expansion",
    "Analytics Module",
)


def _status(company: Company, progress: float, random: Random) -> DealStatus:
    """Open until its cycle is over; then won with a probability that rises steeply with the hidden fit."""
    won = random.random() < 0.05 + 0.65 / (1 + math.exp(-8 * (company.true_fit - 0.58)))
    if progress < 1:
        return "open"
    return "won" if won else "lost"


def _buying_group(company: Company, groups: Groups, random: Random) -> tuple[int, ...]:
    """Three to nine people, junior first."""
    known = groups.people[company.number]
    size = min(len(known), random.choices((3, 4, 5, 6, 7, 9), (4, 5, 4, 3, 2, 1))[0])
    return tuple(
        person.number for person in sorted(random.sample(known, size), key=lambda p: (p.level, p.number))
    )


def _amount(company: Company, random: Random) -> int:
    """USD, growing with the square root of the headcount, to the nearest 500."""
    typical = 2_600 * math.sqrt(company.employees)
    return max(_SMALLEST_AMOUNT, round(typical * random.lognormvariate(0, 0.5) / 500) * 500)


def _in_hubspot(company: int, groups: Groups, random: Random) -> bool:
    """Salesforce leads: a deal of a shared company is in HubSpot too only every second time."""
    if company not in groups.in_hubspot:
        return False
    return company not in groups.in_salesforce or random.random() < _IN_HUBSPOT_TOO_SHARE


def _strength(company: Company, random: Random) -> float:
    return (0.5 + company.true_fit) * random.lognormvariate(0, 0.5)


def _coming(company: Company, groups: Groups, random: Random) -> Iterator[Burst]:
    """One company in twelve (more of those that fit) is heating up for a deal of the next six weeks."""
    if random.random() < 0.02 + 0.12 * company.true_fit:
        people = _buying_group(company, groups, random)
        yield Burst(people, None, -random.uniform(2, 45), 0.0, 0.8 * _strength(company, random))
