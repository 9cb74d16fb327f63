"""Invents the people at the companies: names of the country, titles by level and function, addresses."""

from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from emulators.demo.calendar import Calendar
from emulators.demo.model import Company, Listing, Person
from emulators.demo.words import ascii_slug, words

LEVEL_SHARES: Final = (0.40, 0.28, 0.17, 0.09, 0.06)
LEVELS: Final = ("staff", "manager", "director", "vice_president", "chief")
_FEWEST, _MOST = 3, 25
_FEWEST_RECORDS: Final = 5  # three people, some of them in both CRMs
_PARETO_SHAPE: Final = 1.75
_IN_BOTH_CRMS_SHARE: Final = 0.5
_MOVED_ABROAD_SHARE: Final = 0.15
_LEAD_SHARE: Final = 0.05
_NO_EMAIL_SHARE: Final = 0.03
_PERSONAL_EMAIL_SHARE: Final = 0.12
_NO_TITLE_SHARE: Final = 0.10
_LOCAL_TITLE_SHARE: Final = 0.5
_DUPLICATE_HOLDS_SHARE: Final = 0.3

_Places = dict[int, dict[str, list[int]]]  # company -> CRM -> listings, the original first
_Homes = tuple[int | None, int | None]  # listing in Salesforce, listing in HubSpot


def make_people(
    companies: list[Company], listings: list[Listing], contacts: int, *, calendar: Calendar, random: Random
) -> list[Person]:
    """People until `contacts` contact and lead records exist over both CRMs (give or take one)."""
    places = _places(listings)
    homes = _fill_homes(places, contacts, random)
    maker = _Maker(calendar, random)
    placed = ((company, home) for company in companies for home in homes[company.number])
    return [maker.make(number, company, home) for number, (company, home) in enumerate(placed)]


def _places(listings: list[Listing]) -> _Places:
    places: _Places = {}
    for listing in listings:
        places.setdefault(listing.company, {}).setdefault(listing.crm, []).append(listing.number)
    return places


def _fill_homes(places: _Places, contacts: int, random: Random) -> dict[int, list[_Homes]]:
    """Draws a head count for each company (Pareto, 3 to 25), then adds or drops people to meet the total."""
    homes = {
        company: [_home(at, random) for _ in range(_head_count(random))] for company, at in places.items()
    }
    if not _FEWEST_RECORDS <= contacts / len(places) <= _MOST:
        raise ValueError(
            f"contacts={contacts} is not between 5 and 25 for each of the {len(places)} companies"
        )
    total = sum(_records(home) for group in homes.values() for home in group)
    order = list(homes)
    while abs(total - contacts) > 1:
        company = random.choice(order)
        if total > contacts and len(homes[company]) > _FEWEST:
            total -= _records(homes[company].pop())
        elif total < contacts and len(homes[company]) < _MOST:
            homes[company].append(_home(places[company], random))
            total += _records(homes[company][-1])
    return homes


def _head_count(random: Random) -> int:
    return min(_MOST, int(_FEWEST * random.paretovariate(_PARETO_SHAPE)))


def _records(home: _Homes) -> int:
    return sum(listing is not None for listing in home)


def _home(at: dict[str, list[int]], random: Random) -> _Homes:
    """Where one person is on record: in one CRM, or (every second one at a shared company) in both."""
    salesforce = _pick_listing(at.get("salesforce", []), random)
    hubspot = _pick_listing(at.get("hubspot", []), random)
    if salesforce is None or hubspot is None or random.random() < _IN_BOTH_CRMS_SHARE:
        return salesforce, hubspot
    return random.choice(((salesforce, None), (None, hubspot)))


def _pick_listing(numbers: list[int], random: Random) -> int | None:
    """The original, or three times in ten its duplicate."""
    if not numbers:
        return None
    return numbers[-1] if random.random() < _DUPLICATE_HOLDS_SHARE else numbers[0]


@dataclass(slots=True)
class _Maker:
    """Makes people, and remembers which addresses are taken: HubSpot keys contacts by e-mail."""

    calendar: Calendar
    random: Random
    emails: set[str] = field(default_factory=set)

    def make(self, number: int, company: Company, home: _Homes) -> Person:
        random = self.random
        country = self._origin(company.country)
        is_woman = random.random() < 0.46  # noqa: PLR2004 (a little under half)
        first = random.choice(country["women" if is_woman else "men"])
        last = random.choice(country["family"])
        level = random.choices(range(5), LEVEL_SHARES)[0]
        function = random.choice(list(words()["functions"]["en"]))
        return Person(
            number=number,
            company=company.number,
            first=first,
            last=last,
            title=self._title(company.country, level, function, is_woman=is_woman),
            level=level,
            function=function,
            email=self._email(first, last, company),
            salesforce=home[0],
            hubspot=home[1],
            is_lead=home[0] is not None and random.random() < _LEAD_SHARE,
            created_at=self.calendar.office(random.uniform(10, 1500)),
        )

    def _origin(self, country: str) -> dict[str, Any]:
        """Most people bear names of the company's country, some of another."""
        countries: dict[str, dict[str, Any]] = words()["countries"]
        if self.random.random() < _MOVED_ABROAD_SHARE:
            return self.random.choice(list(countries.values()))
        return countries[country]

    def _title(self, country: str, level: int, function: str, *, is_woman: bool) -> str:
        """Empty for one in ten; in the local language for half of the people where we have one."""
        random, titles = self.random, words()["titles"]
        if random.random() < _NO_TITLE_SHARE:
            return ""
        language = words()["countries"][country]["language"]
        if language in titles and language != "en" and random.random() < _LOCAL_TITLE_SHARE:
            forms = random.choice(titles[language][LEVELS[level]]).split("/")
            return str(forms[is_woman].format(words()["functions"][language][function]))
        if LEVELS[level] in ("staff", "chief"):
            return str(random.choice(titles[LEVELS[level]][function]))
        return str(random.choice(titles["en"][LEVELS[level]]).format(words()["functions"]["en"][function]))

    def _email(self, first: str, last: str, company: Company) -> str:
        """first.last at the company, sometimes a private address, sometimes none; always unique."""
        draw = self.random.random()
        if draw < _NO_EMAIL_SHARE:
            return ""
        local = f"{ascii_slug(first, '-')}.{ascii_slug(last)}"
        if draw < _NO_EMAIL_SHARE + _PERSONAL_EMAIL_SHARE:
            domains = words()["countries"][company.country]["personal_domains"]
            # The digits keep an invented person's address from being somebody's real one.
            return self._unique(
                f"{local}.{self.random.randrange(100_000, 999_999)}", self.random.choice(domains)
            )
        return self._unique(local, company.domain)

    def _unique(self, local: str, domain: str) -> str:
        """The address, numbered from 2 if a namesake has it."""
        candidate, count = f"{local}@{domain}", 2
        while candidate in self.emails:
            candidate, count = f"{local}{count}@{domain}", count + 1
        self.emails.add(candidate)
        return candidate
