"""Builds the whole world from one seed, and counts it."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import numpy as np

from emulators.demo import campaigns, companies, deals, listings, people, touches
from emulators.demo.calendar import Calendar
from emulators.demo.model import Company, Deal, Listing, Person, Touch, World


def generate(
    *,
    accounts_per_crm: int = 2000,
    shared: int | None = None,
    contacts: int | None = None,
    activities: int | None = None,
    seed: int = 7,
    now: datetime,
) -> World:
    """The world of `seed` as of `now` (aware; seconds count, fractions do not).

    `contacts` and `activities` are totals over both CRMs (by default 10 and 100 for each account); `shared`
    counts companies in both (by default 60 %). The same seed gives the same records and ids for any `now`.
    """
    if now.tzinfo is None:
        raise ValueError("now must be aware, for example datetime.now(UTC)")
    shared = round(accounts_per_crm * 0.6) if shared is None else shared
    count = listings.company_count(accounts_per_crm, shared)
    calendar = Calendar(now.replace(microsecond=0))
    firms = companies.make_companies(count, _stream(seed, "companies"))
    owners = listings.make_owners(listings.owner_count(accounts_per_crm), _stream(seed, "owners"))
    records = listings.make_listings(
        firms, accounts_per_crm, calendar=calendar, owners=owners, random=_stream(seed, "listings")
    )
    contacts = 10 * accounts_per_crm if contacts is None else contacts
    staff = people.make_people(firms, records, contacts, calendar=calendar, random=_stream(seed, "people"))
    groups = deals.group(staff, records)
    sales, bursts = deals.make_deals(firms, groups, calendar=calendar, random=_stream(seed, "deals"))
    plan = campaigns.make_campaigns(calendar)
    activities = 100 * accounts_per_crm if activities is None else activities
    rng = np.random.default_rng([seed, 1])
    columns = touches.draw_columns(firms, staff, bursts, activities, rng=rng)
    log = touches.make_touches(columns, staff, plan, calendar=calendar, rng=rng)
    staff = _known_before_first_touch(staff, log)
    return World(
        seed=seed,
        now=calendar.now,
        owners=tuple(owners),
        companies=tuple(_won_become_customers(firms, sales)),
        listings=tuple(_known_before_first_person(records, staff)),
        people=tuple(staff),
        deals=tuple(sales),
        campaigns=tuple(plan),
        touches=tuple(log),
    )


def _stream(seed: int, name: str) -> Random:
    """A generator of its own for each part, so that a change to one leaves the others as they were."""
    return Random(f"{seed}/{name}")


def _won_become_customers(firms: list[Company], sales: list[Deal]) -> list[Company]:
    winners = {deal.company for deal in sales if deal.status == "won"}
    return [replace(firm, account_type="Customer") if firm.number in winners else firm for firm in firms]


def _known_before_first_touch(staff: list[Person], log: list[Touch]) -> list[Person]:
    """Nobody is on record later than their first activity."""
    first: dict[int, datetime] = {}
    for touch in log:
        if touch.person not in first or touch.at < first[touch.person]:
            first[touch.person] = touch.at
    hour = timedelta(hours=1)
    return [
        replace(person, created_at=first[person.number] - hour)
        if person.number in first and first[person.number] - hour < person.created_at
        else person
        for person in staff
    ]


def _known_before_first_person(records: list[Listing], staff: list[Person]) -> list[Listing]:
    """No account record is younger than its people, as far as they are on it."""
    first: dict[int, datetime] = {}
    for person in staff:
        for listing in (person.salesforce, person.hubspot):
            if listing is not None:
                first[listing] = min(first.get(listing, person.created_at), person.created_at)
    hour = timedelta(hours=1)
    return [
        replace(record, created_at=min(record.created_at, first.get(record.number, record.created_at) - hour))
        for record in records
    ]


def summary(world: World) -> dict[str, int]:
    """Counts to print, by what is counted."""
    counts = Counter[str]()
    for listing in world.listings:
        counts[f"{listing.crm} accounts"] += 1
        counts["duplicate accounts"] += listing.is_duplicate
    for person in world.people:
        counts["salesforce contacts and leads"] += person.salesforce is not None
        counts["hubspot contacts"] += person.hubspot is not None
    for deal in world.deals:
        counts[f"{deal.status} deals"] += 1
    for touch in world.touches:
        counts[f"{touch.crm} activities"] += 1
    totals = {
        "companies": len(world.companies),
        "people": len(world.people),
        "activities": len(world.touches),
    }
    return totals | {name: counts[name] for name in sorted(counts)} | {"shared companies": _shared(world)}


def _shared(world: World) -> int:
    crms: dict[int, set[str]] = {}
    for listing in world.listings:
        crms.setdefault(listing.company, set()).add(listing.crm)
    return sum(len(known) > 1 for known in crms.values())
