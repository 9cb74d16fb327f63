"""The world as Salesforce has it: native records by object, as its REST API would return them."""

from datetime import datetime, timedelta
from typing import Final

from emulators.demo.model import Company, Deal, Listing, Owner, Person, World
from emulators.demo.salesforce_activities import activity_records
from emulators.demo.salesforce_ids import record_id
from emulators.demo.wire import Record, accounts_by_company, pick, seconds_text, touched_up
from emulators.demo.words import words

_STAGES: Final = (
    ("Prospecting", 10),
    ("Qualification", 20),
    ("Needs Analysis", 35),
    ("Proposal/Price Quote", 60),
    ("Negotiation/Review", 80),
)
_CLOSED: Final = {"won": ("Closed Won", 100), "lost": ("Closed Lost", 0)}
_LEVEL_ROLES: Final = (
    ("Business User", "Evaluator"),
    ("Evaluator", "Influencer"),
    ("Technical Buyer", "Decision Maker"),
    ("Economic Buyer", "Decision Maker"),
    ("Executive Sponsor", "Economic Decision Maker"),
)
_LEAD_SOURCES: Final = ("Web", "Webinar", "Trade Show", "Partner Referral", "Purchased List", "Other")


def salesforce_records(world: World) -> dict[str, list[Record]]:
    """All records by object name. Times are wire text; gaps are None; ids are 18 characters."""
    accounts = accounts_by_company(world, "salesforce")
    records = {
        "User": [_user(owner, world.now) for owner in world.owners],
        "Account": [_account(item, accounts, world) for item in world.listings if item.crm == "salesforce"],
        "Contact": [_contact(person, world) for person in world.people if is_contact(person)],
        "Lead": [_lead(person, world) for person in world.people if person.is_lead],
        "Opportunity": [_opportunity(deal, accounts, world) for deal in world.deals if deal.in_salesforce],
        "OpportunityContactRole": _roles(world),
    }
    return records | activity_records(world, accounts)


def is_contact(person: Person) -> bool:
    """Whether Salesforce has the person under an account."""
    return person.salesforce is not None and not person.is_lead


def _stamps(created_at: datetime, modified_at: datetime) -> Record:
    """System fields; SystemModstamp trails an automated touch behind the last edit."""
    edited = max(created_at, modified_at)
    text = f"{seconds_text(edited)}+0000"
    return {
        "IsDeleted": False,
        "CreatedDate": f"{seconds_text(created_at)}+0000",
        "LastModifiedDate": text,
        "SystemModstamp": text,
    }


def _user(owner: Owner, now: datetime) -> Record:
    hired_at = now - timedelta(days=400 + 97 * owner.number)
    stamps = _stamps(hired_at, hired_at + timedelta(days=30))
    del stamps["IsDeleted"]  # users are never deleted
    return {
        "Id": record_id("User", owner.number),
        "Username": owner.email,
        "FirstName": owner.first,
        "LastName": owner.last,
        "Name": f"{owner.first} {owner.last}",
        "Email": owner.email,
        "Title": owner.title,
        "IsActive": owner.is_active,
        "UserType": "Standard",
        **stamps,
    }


def _account(listing: Listing, accounts: dict[int, int], world: World) -> Record:
    company = world.companies[listing.company]
    return {
        "Id": record_id("Account", listing.number),
        "Name": listing.name,
        "Type": company.account_type,
        "ParentId": _parent_id(company, accounts),
        "Website": listing.website or None,
        "Industry": words()["industries"][listing.industry]["salesforce"] if listing.industry else None,
        "NumberOfEmployees": listing.employees,
        "AnnualRevenue": None if listing.revenue is None else float(listing.revenue),
        "BillingCity": company.city,
        "BillingCountry": words()["countries"][company.country]["name"],
        "OwnerId": record_id("User", listing.owner),
        **_stamps(listing.created_at, listing.modified_at),
    }


def _parent_id(company: Company, accounts: dict[int, int]) -> str | None:
    """The parent's account, where Salesforce knows the parent."""
    return record_id("Account", accounts[company.parent]) if company.parent in accounts else None


def _person_fields(person: Person) -> Record:
    return {
        "FirstName": person.first,
        "LastName": person.last,
        "Name": f"{person.first} {person.last}",
        "Title": person.title or None,
        "Email": person.email or None,
        "LeadSource": _LEAD_SOURCES[pick(person.number, len(_LEAD_SOURCES))],
    }


def _contact(person: Person, world: World) -> Record:
    listing = world.listings[person.salesforce or 0]
    return {
        "Id": record_id("Contact", person.number),
        "AccountId": record_id("Account", listing.number),
        **_person_fields(person),
        "Department": person.function.title() if pick(person.number, 3) == 0 else None,
        "OwnerId": record_id("User", listing.owner),
        **_stamps(person.created_at, touched_up(person.created_at, person.number, world.now)),
    }


def _lead(person: Person, world: World) -> Record:
    listing = world.listings[person.salesforce or 0]
    company = world.companies[person.company]
    return {
        "Id": record_id("Lead", person.number),
        **_person_fields(person),
        "Company": listing.name,
        "Industry": words()["industries"][listing.industry]["salesforce"] if listing.industry else None,
        "NumberOfEmployees": listing.employees,
        "Country": words()["countries"][company.country]["name"],
        "Status": ("Open - Not Contacted", "Working - Contacted")[pick(person.number, 2)],
        "IsConverted": False,
        "OwnerId": record_id("User", listing.owner),
        **_stamps(person.created_at, touched_up(person.created_at, person.number, world.now)),
    }


def _opportunity(deal: Deal, accounts: dict[int, int], world: World) -> Record:
    stage, probability = _STAGES[deal.stage] if deal.status == "open" else _CLOSED[deal.status]
    modified = touched_up(deal.created_at, deal.number, world.now) if deal.status == "open" else deal.close_at
    return {
        "Id": record_id("Opportunity", deal.number),
        "AccountId": record_id("Account", accounts[deal.company]),
        "Name": deal.name,
        "StageName": stage,
        "Amount": float(deal.amount),
        "Probability": float(probability),
        "CloseDate": deal.close_at.date().isoformat(),
        "IsClosed": deal.status != "open",
        "IsWon": deal.status == "won",
        "Type": "New Customer",
        "OwnerId": record_id("User", deal.owner),
        **_stamps(deal.created_at, modified),
    }


def _roles(world: World) -> list[Record]:
    """Contact roles: sellers record seven of ten people of a group, and not always the part they play."""
    rows: list[Record] = []
    for deal in (deal for deal in world.deals if deal.in_salesforce):
        group = [world.people[number] for number in deal.people if is_contact(world.people[number])]
        kept = [person for person in group if pick(person.number + deal.number, 10) < 7]  # noqa: PLR2004
        for place, person in enumerate(reversed(kept)):
            rows.append(_role(len(rows), deal, person, is_primary=place == 0))
    return rows


def _role(number: int, deal: Deal, person: Person, *, is_primary: bool) -> Record:
    role = None if pick(number, 6) == 1 else _LEVEL_ROLES[person.level][pick(number, 2)]
    return {
        "Id": record_id("OpportunityContactRole", number),
        "OpportunityId": record_id("Opportunity", deal.number),
        "ContactId": record_id("Contact", person.number),
        "Role": role,
        "IsPrimary": is_primary,
        **_stamps(deal.created_at, deal.created_at),
    }
