"""The world as Salesforce has it: native records by object, as its REST API would return them."""

from datetime import datetime, timedelta
from typing import Final

from emulators.demo.model import Company, Deal, Listing, Owner, Person, World
from emulators.demo.salesforce_activities import activity_records
from emulators.demo.salesforce_emails import email_records
from emulators.demo.salesforce_ids import record_id
from emulators.demo.salesforce_people import contact, is_contact, lead_records, stamps
from emulators.demo.wire import Record, accounts_by_company, pick, touched_up
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


def salesforce_records(world: World) -> dict[str, list[Record]]:
    """All records by object name. Times are wire text; gaps are None; ids are 18 characters."""
    accounts = accounts_by_company(world, "salesforce")
    records = {
        "User": [_user(owner, world.now) for owner in world.owners],
        "Account": [_account(item, accounts, world) for item in world.listings if item.crm == "salesforce"],
        "Contact": [contact(person, world) for person in world.people if is_contact(person)],
        "Lead": lead_records(world),
        "Opportunity": [_opportunity(deal, accounts, world) for deal in world.deals if deal.in_salesforce],
        "OpportunityContactRole": _roles(world),
    }
    return records | activity_records(world, accounts) | {"EmailMessage": email_records(world)}


def _user(owner: Owner, now: datetime) -> Record:
    hired_at = now - timedelta(days=400 + 97 * owner.number)
    known = stamps(hired_at, hired_at + timedelta(days=30))
    del known["IsDeleted"]  # users are never deleted
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
        **known,
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
        **stamps(listing.created_at, listing.modified_at),
    }


def _parent_id(company: Company, accounts: dict[int, int]) -> str | None:
    """The parent's account, where Salesforce knows the parent."""
    return record_id("Account", accounts[company.parent]) if company.parent in accounts else None


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
        **stamps(deal.created_at, modified),
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
        **stamps(deal.created_at, deal.created_at),
    }
