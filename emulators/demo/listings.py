"""Decides which CRM knows which company, and how each spells it: gaps, typos of taste, and duplicates."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from emulators.demo.calendar import Calendar
from emulators.demo.model import WINDOW_DAYS, Company, Crm, Listing, Owner
from emulators.demo.words import ascii_slug, words

_DUPLICATE_SHARE: Final = 0.04
_RESPELLED_SHARE: Final = 0.06
_OTHER_HEADCOUNT_SHARE: Final = 0.05


@dataclass(frozen=True, slots=True)
class _Habits:
    """How carefully one CRM's users keep it."""

    no_website: float
    no_industry: float
    no_employees: float
    untidy_website: float


_HABITS: Final[dict[Crm, _Habits]] = {
    "salesforce": _Habits(0.06, 0.14, 0.12, 0.55),
    "hubspot": _Habits(0.04, 0.09, 0.15, 0.05),
}


def company_count(accounts_per_crm: int, shared: int) -> int:
    """Companies needed so that each CRM has `accounts_per_crm` records, duplicates among them."""
    return 2 * (accounts_per_crm - duplicate_count(accounts_per_crm)) - shared


def duplicate_count(accounts_per_crm: int) -> int:
    """Records in one CRM that repeat another one."""
    return round(accounts_per_crm * _DUPLICATE_SHARE)


def make_listings(
    companies: list[Company],
    accounts_per_crm: int,
    *,
    calendar: Calendar,
    owners: list[Owner],
    random: Random,
) -> list[Listing]:
    """All account records: Salesforce's originals and duplicates, then HubSpot's."""
    originals = accounts_per_crm - duplicate_count(accounts_per_crm)
    order = random.sample(companies, len(companies))
    known: dict[Crm, list[Company]] = {"salesforce": order[:originals], "hubspot": order[-originals:]}
    listings: list[Listing] = []
    for crm, members in known.items():
        members = sorted(members, key=lambda company: company.number)  # noqa: PLW2901 (the CRM's own order)
        repeated = sorted(random.sample(members, accounts_per_crm - originals), key=lambda c: c.number)
        for company, is_duplicate in _both(members, repeated):
            writer = _Writer(crm, calendar, owners, random)
            listings.append(writer.write(len(listings), company, is_duplicate=is_duplicate))
    return listings


def _both(members: list[Company], repeated: list[Company]) -> Iterator[tuple[Company, bool]]:
    yield from ((company, False) for company in members)
    yield from ((company, True) for company in repeated)


@dataclass(frozen=True, slots=True)
class _Writer:
    """Somebody who types company records into one CRM."""

    crm: Crm
    calendar: Calendar
    owners: list[Owner]
    random: Random

    def write(self, number: int, company: Company, *, is_duplicate: bool) -> Listing:
        random, habits = self.random, _HABITS[self.crm]
        respell = is_duplicate or (self.crm == "hubspot" and random.random() < _RESPELLED_SHARE)
        has_site = is_duplicate or random.random() >= habits.no_website
        untidy = is_duplicate or random.random() < habits.untidy_website
        created = random.uniform(60 if is_duplicate else WINDOW_DAYS, 2200)
        return Listing(
            number=number,
            crm=self.crm,
            company=company.number,
            name=_respell(company, random) if respell else company.name,
            website=_untidy_website(company.domain, random)
            if has_site and untidy
            else company.domain * has_site,
            industry="" if random.random() < habits.no_industry else company.industry,
            employees=self._employees(company, no_employees=habits.no_employees),
            revenue=None if random.random() < 0.35 else company.revenue,  # noqa: PLR2004 (often unknown)
            owner=self._owner(company).number,
            is_duplicate=is_duplicate,
            created_at=self.calendar.office(created),
            modified_at=self.calendar.office(created * random.random() ** 3),
        )

    def _employees(self, company: Company, *, no_employees: float) -> int | None:
        if self.random.random() < no_employees:
            return None
        if self.crm == "hubspot" and self.random.random() < _OTHER_HEADCOUNT_SHARE:
            return max(1, round(company.employees * self.random.lognormvariate(0, 0.4)))
        return company.employees

    def _owner(self, company: Company) -> Owner:
        """Territories follow the company's number; one in five is or stayed somebody else's."""
        if self.random.random() < 0.2:  # noqa: PLR2004 (one in five)
            return self.random.choice(self.owners)
        active = [owner for owner in self.owners if owner.is_active]
        return active[company.number % len(active)]


def _respell(company: Company, random: Random) -> str:
    """Another spelling of the same name: suffix left out or written out, other case, an article, no comma."""
    spelled = words()["legal_spellings"].get(company.legal_form, company.legal_form.replace(".", ""))
    options = [
        company.bare_name,
        f"{company.bare_name} {spelled}",
        company.name.upper(),
        company.name.lower(),
    ]
    country = words()["countries"][company.country]["name"]
    options += [f"{company.bare_name} {country}", f"The {company.bare_name} Group"]
    return random.choices(options, (4, 4, 2, 1, 1, 0.5))[0]


def _untidy_website(domain: str, random: Random) -> str:
    """The same registrable domain as people paste it: scheme, www, a page, a subdomain, capitals."""
    name = domain.removesuffix(".example")
    country = random.choice(("us", "shop", "de", "go", "portal"))
    options = [
        f"https://www.{domain}/",
        f"www.{domain}",
        f"https://{domain}",
        f"http://www.{domain}/about-us",
    ]
    options += [f"https://{country}.{domain}/", f"WWW.{name.upper()}.EXAMPLE", f"{name.title()}.example"]
    return random.choices(options, (6, 4, 4, 1, 1.5, 0.5, 1))[0]


def make_owners(count: int, random: Random) -> list[Owner]:
    """The demo firm's sellers, at its own reserved domain; about every fifth has left."""
    countries = words()["countries"]
    owners: list[Owner] = []
    emails: set[str] = set()
    while len(owners) < count:
        names = countries[random.choice(("US", "US", "GB", "DE", "FR"))]
        first, last = random.choice(names["women"] + names["men"]), random.choice(names["family"])
        email = f"{ascii_slug(first, '-')}.{ascii_slug(last, '-')}@northgate-planning.example"
        if email not in emails:
            emails.add(email)
            title = random.choice(("Account Executive", "Senior Account Executive", "Account Manager", "SDR"))
            owners.append(Owner(len(owners), first, last, email, title, is_active=len(owners) % 5 != 3))  # noqa: PLR2004
    return owners


def owner_count(accounts_per_crm: int) -> int:
    """A seller for some 140 accounts, and never fewer than five."""
    return max(5, math.ceil(accounts_per_crm / 140))
