"""Invents the companies: names by a grammar, sizes log-normal, and the hidden fit that decides who buys."""

import math
from itertools import chain
from random import Random
from typing import Final

from emulators.demo.model import Company
from emulators.demo.words import ascii_slug, words

_SUBSIDIARY_SHARE: Final = 0.05
_MEDIAN_EMPLOYEES: Final = 170
_SPREAD: Final = 1.55
_SMALLEST, _LARGEST = 5, 60_000
_MIDDLE_SIZE: Final = math.log(600)  # the demo firm sells best to companies of about this many people
# In these languages the trade often comes before the root ("Seguros Costa Verde").
_TRADE_FIRST: Final = frozenset({"fr", "es", "it", "pt"})
# What a made-up demo firm that sells planning software would call a good customer.
_INDUSTRY_APPEAL: Final = {
    "software": 0.80,
    "it_services": 0.62,
    "banking": 0.55,
    "insurance": 0.58,
    "healthcare": 0.35,
    "biotech": 0.50,
    "machinery": 0.88,
    "logistics": 0.92,
    "retail": 0.40,
    "energy": 0.45,
    "telecom": 0.52,
    "food": 0.22,
}
_COUNTRY_APPEAL: Final = {
    "US": 0.75,
    "GB": 0.70,
    "DE": 0.95,
    "CH": 0.90,
    "NL": 0.70,
    "SE": 0.65,
    "FR": 0.55,
    "CA": 0.60,
}
_OTHER_COUNTRY_APPEAL: Final = 0.35


def make_companies(count: int, random: Random) -> list[Company]:
    """`count` companies with distinct domains; a few are subsidiaries of an earlier, larger one."""
    taken: set[str] = set()
    companies: list[Company] = []
    for number in range(count):
        parent = _pick_parent(companies, random)
        company = _subsidiary(number, parent, taken, random) if parent else _company(number, taken, random)
        companies.append(company)
    return companies


def _company(number: int, taken: set[str], random: Random) -> Company:
    countries = words()["countries"]
    country = random.choices(list(countries), [entry["share"] for entry in countries.values()])[0]
    industry = random.choice(list(words()["industries"]))
    legal_form = random.choice(countries[country]["legal_forms"])
    bare_name, domain = _fresh_name(country, industry, taken, random)
    employees = _employees(_MEDIAN_EMPLOYEES, random)
    return Company(
        number=number,
        name=full_name(bare_name, legal_form),
        bare_name=bare_name,
        legal_form=legal_form,
        domain=domain,
        country=country,
        city=random.choice(countries[country]["cities"]),
        industry=industry,
        employees=employees,
        revenue=_revenue(employees, industry, random),
        account_type=random.choices(("Prospect", "Partner", "Competitor"), (0.92, 0.06, 0.02))[0],
        parent=None,
        true_fit=_true_fit(industry, country, employees, random),
    )


def full_name(bare_name: str, legal_form: str) -> str:
    """Name and legal form, with the comma that American firms put before "Inc."."""
    return (
        f"{bare_name}, {legal_form}"
        if legal_form == "Inc." and len(bare_name) % 2
        else f"{bare_name} {legal_form}"
    )


def _pick_parent(companies: list[Company], random: Random) -> Company | None:
    """A large independent company, or None for the 95 % that stand alone."""
    if random.random() >= _SUBSIDIARY_SHARE or not companies:
        return None
    tried = (random.choice(companies) for _ in range(20))
    return next((c for c in tried if c.parent is None and c.employees >= 400), None)  # noqa: PLR2004 (a large one)


def _subsidiary(number: int, parent: Company, taken: set[str], random: Random) -> Company:
    """The parent's arm in another country, with a domain of its own."""
    countries = words()["countries"]
    country = random.choice([code for code in countries if code != parent.country])
    bare_name = f"{parent.bare_name} {countries[country]['name']}"
    legal_form = random.choice(countries[country]["legal_forms"])
    domain = _fresh_domain([f"{parent.domain.removesuffix('.example')}-{country.lower()}"], taken)
    employees = max(_SMALLEST, round(parent.employees * random.uniform(0.03, 0.3)))
    return Company(
        number=number,
        name=full_name(bare_name, legal_form),
        bare_name=bare_name,
        legal_form=legal_form,
        domain=domain,
        country=country,
        city=random.choice(countries[country]["cities"]),
        industry=parent.industry,
        employees=employees,
        revenue=_revenue(employees, parent.industry, random),
        account_type="Prospect",
        parent=parent.number,
        true_fit=_true_fit(parent.industry, country, employees, random),
    )


def _fresh_name(country: str, industry: str, taken: set[str], random: Random) -> tuple[str, str]:
    """A name and a free domain for it. Only a root not used before may stand without its trade."""
    language = words()["countries"][country]["language"]
    root = _root(country, language, random)
    trade = _trade(language, industry, random)
    name = root if random.random() < 0.2 else _join(root, trade, language, random)  # noqa: PLR2004 (one in five)
    slugs = [ascii_slug(root), ascii_slug(name), ascii_slug(name, "-")]
    if random.random() < 0.4:  # noqa: PLR2004 (two in five put the trade in the domain)
        slugs.reverse()
    return name, _fresh_domain([*slugs, f"{slugs[0]}-{country.lower()}"], taken)


def _root(country: str, language: str, random: Random) -> str:
    """A place-like compound, a coined word, or founders' family names."""
    kind = random.choices(("place", "coined", "founder", "founders"), (0.54, 0.28, 0.08, 0.10))[0]
    family = words()["countries"][country]["family"]
    if kind == "founder":
        return str(random.choice(family))
    if kind == "founders":
        return " & ".join(random.sample(family, 2))
    halves = words()["roots"]["coined" if kind == "coined" else language]
    first, second = random.choice(halves["first"]), random.choice(halves["second"])
    if first.lower() == second or first[-1].lower() == second[0]:  # "Mont" + "mont", "Grün" + "nau"
        return _root(country, language, random)
    return f"{first}{second}"


def _trade(language: str, industry: str, random: Random) -> str:
    """A word for the industry in the local language, three times in ten in English."""
    tables = words()["descriptors"]
    table = tables["en"] if random.random() < 0.3 else tables.get(language, tables["en"])  # noqa: PLR2004
    return str(random.choice(table[industry]))


def _join(root: str, trade: str, language: str, random: Random) -> str:
    if language in _TRADE_FIRST and random.random() < 0.5:  # noqa: PLR2004 (every second one)
        return f"{trade} {root}"
    return f"{root} {trade}"


def _fresh_domain(slugs: list[str], taken: set[str]) -> str:
    """The first free `<slug>.example`, numbered when every wish is taken. RFC 2606 reserves the suffix."""
    numbered = (f"{slugs[-1]}{n}" for n in range(2, 100_000))
    free = next(slug for slug in chain(slugs, numbered) if slug not in taken)
    taken.add(free)
    return f"{free}.example"


def _employees(median: float, random: Random) -> int:
    """Log-normal within 5 to 60,000."""
    return round(min(_LARGEST, max(_SMALLEST, random.lognormvariate(math.log(median), _SPREAD))))


def _revenue(employees: int, industry: str, random: Random) -> int:
    """Heads times the industry's usual revenue per head, give or take; to the nearest 100,000 USD."""
    per_head: int = words()["industries"][industry]["revenue_per_head"] * 1000
    revenue = employees * per_head * random.lognormvariate(0, 0.35)
    return max(1, round(revenue / 100_000)) * 100_000


def _true_fit(industry: str, country: str, employees: int, random: Random) -> float:
    """Industry, size band and country with some luck: the answer a backtest should find again."""
    size = math.exp(-(((math.log(employees) - _MIDDLE_SIZE) / 1.6) ** 2))
    place = _COUNTRY_APPEAL.get(country, _OTHER_COUNTRY_APPEAL)
    mixed = 0.42 * _INDUSTRY_APPEAL[industry] + 0.38 * size + 0.20 * place + random.gauss(0, 0.05)
    return round(min(1.0, max(0.0, (mixed - 0.15) / 0.75)), 4)
