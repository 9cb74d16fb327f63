"""The demo world as plain data: what is true, apart from how each CRM happens to record it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

Crm = Literal["salesforce", "hubspot"]
DealStatus = Literal["open", "won", "lost"]
TouchKind = Literal[
    "open", "click", "page_view", "invite", "form", "event", "email", "reply", "call", "meeting", "note"
]
TouchStatus = Literal["done", "planned", "canceled"]

WINDOW_DAYS: Final = 548  # eighteen months of activity and deals


@dataclass(frozen=True, slots=True)
class Owner:
    """A seller of the demo firm; one who left is inactive but still owns old records."""

    number: int
    first: str
    last: str
    email: str
    title: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class Company:
    """A firm. `true_fit` (0 to 1) decides deals and activity; no export ever carries it. Revenue in USD."""

    number: int
    name: str
    bare_name: str
    legal_form: str
    domain: str
    country: str
    city: str
    industry: str
    employees: int
    revenue: int
    account_type: str
    parent: int | None
    true_fit: float


@dataclass(frozen=True, slots=True)
class Listing:
    """A company as one CRM has it: its spelling, its gaps, its owner. Empty text or None is a gap."""

    number: int
    crm: Crm
    company: int
    name: str
    website: str
    industry: str
    employees: int | None
    revenue: int | None
    owner: int
    is_duplicate: bool
    created_at: datetime
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a company. `salesforce` and `hubspot` are listing numbers, None where unknown there.

    `level` runs from 0 (staff) to 4 (chief officer), whether or not a title was ever recorded. A lead is in
    Salesforce without an account; its `salesforce` is still the listing that it would belong to.
    """

    number: int
    company: int
    first: str
    last: str
    title: str
    level: int
    function: str
    email: str
    salesforce: int | None
    hubspot: int | None
    is_lead: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Deal:
    """A chance to sell. `stage` counts 0 to 4 while open; `people` is the buying group, junior first."""

    number: int
    company: int
    name: str
    amount: int
    stage: int
    status: DealStatus
    people: tuple[int, ...]
    owner: int
    in_salesforce: bool
    in_hubspot: bool
    created_at: datetime
    close_at: datetime


@dataclass(frozen=True, slots=True)
class Campaign:
    """A marketing programme: newsletter, webinar, conference or gated content, planned for a day before now."""

    number: int
    name: str
    kind: str
    days_ago: float
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class Touch:
    """One activity of one person, recorded in one CRM. `seconds` is how long a call or meeting took."""

    number: int
    crm: Crm
    kind: TouchKind
    person: int
    deal: int | None
    campaign: int | None
    status: TouchStatus
    seconds: int
    at: datetime


@dataclass(frozen=True, slots=True)
class World:
    """Everything; the `number` of each item is its index in its tuple."""

    seed: int
    now: datetime
    owners: tuple[Owner, ...]
    companies: tuple[Company, ...]
    listings: tuple[Listing, ...]
    people: tuple[Person, ...]
    deals: tuple[Deal, ...]
    campaigns: tuple[Campaign, ...]
    touches: tuple[Touch, ...]
