"""The world as HubSpot has it: objects with string properties, associations, owners and a pipeline."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any, Final

from emulators.demo.hubspot_engagements import (
    OBJECT_OF,
    contact_roll_ups,
    engagement_associations,
    engagements,
)
from emulators.demo.hubspot_records import as_record, hubspot_id
from emulators.demo.model import Company, Deal, Listing, Owner, Person, Touch, World
from emulators.demo.wire import Record, accounts_by_company, seconds_text, touched_up
from emulators.demo.words import words

Association = tuple[str, str, str, str, int]

# HubSpot's default sales pipeline: stage id, label, probability.
_STAGES: Final = (
    ("appointmentscheduled", "Appointment Scheduled", "0.2"),
    ("qualifiedtobuy", "Qualified To Buy", "0.4"),
    ("presentationscheduled", "Presentation Scheduled", "0.6"),
    ("decisionmakerboughtin", "Decision Maker Bought-In", "0.8"),
    ("contractsent", "Contract Sent", "0.9"),
    ("closedwon", "Closed Won", "1.0"),
    ("closedlost", "Closed Lost", "0.0"),
)
_CLOSED_STAGES: Final = {"won": "closedwon", "lost": "closedlost"}
# HubSpot's default company types have no word for a customer or a competitor.
_TYPES: Final = {"Prospect": "PROSPECT", "Partner": "PARTNER", "Competitor": "OTHER"}
_CONTACT_TO_COMPANY, _PRIMARY_CONTACT_TO_COMPANY = 279, 1
_DEAL_TO_COMPANY, _PRIMARY_DEAL_TO_COMPANY, _DEAL_TO_CONTACT = 341, 5, 3
_CHILD_TO_PARENT_COMPANY = 14


def hubspot_records(world: World) -> dict[str, Any]:
    """`objects` by type, `associations` (from type, from id, to type, to id, type id), `owners`, `pipelines`.

    A property that is not set is absent. Opens, clicks, page views and forms are no objects in HubSpot: they
    are in the contacts' roll-up properties.
    """
    touches = [touch for touch in world.touches if touch.crm == "hubspot"]
    by_person: dict[int, list[Touch]] = defaultdict(list)
    for touch in touches:
        by_person[touch.person].append(touch)
    buyers = frozenset(deal.company for deal in world.deals if deal.in_hubspot and deal.status == "open")
    logged = [touch for touch in touches if touch.kind in OBJECT_OF]
    return {
        "objects": {
            "companies": [_company(item, buyers, world) for item in world.listings if item.crm == "hubspot"],
            "contacts": [
                _contact(p, by_person[p.number], buyers, world) for p in world.people if p.hubspot is not None
            ],
            "deals": [_deal(deal, world) for deal in world.deals if deal.in_hubspot],
            **engagements(logged, world),
        },
        "associations": [list(row) for row in _associations(world) + engagement_associations(logged, world)],
        "owners": [_owner(owner, world.now) for owner in world.owners],
        "pipelines": {"deals": [_pipeline(world.now)]},
    }


def _stage_of_life(company: Company, buyers: frozenset[int]) -> str:
    if company.account_type == "Customer":
        return "customer"
    if company.account_type != "Prospect":
        return "other"
    return "opportunity" if company.number in buyers else "lead"


def _company(listing: Listing, buyers: frozenset[int], world: World) -> Record:
    company = world.companies[listing.company]
    modified_at = max(listing.created_at, listing.modified_at)
    properties = {
        "name": listing.name,
        "domain": _host(listing.website),
        "website": listing.website,
        "industry": words()["industries"][listing.industry]["hubspot"] if listing.industry else None,
        "numberofemployees": listing.employees,
        "annualrevenue": listing.revenue,
        "city": company.city,
        "country": words()["countries"][company.country]["name"],
        "type": _TYPES.get(company.account_type),
        "lifecyclestage": _stage_of_life(company, buyers),
        "hubspot_owner_id": hubspot_id("owners", listing.owner),
        "createdate": f"{seconds_text(listing.created_at)}Z",
        "hs_lastmodifieddate": f"{seconds_text(modified_at)}Z",
    }
    return as_record(hubspot_id("companies", listing.number), properties, listing.created_at, modified_at)


def _host(website: str) -> str:
    """What HubSpot keeps as the domain: lower case, without scheme, www and page."""
    return (
        website.lower().partition("://")[2 if "://" in website else 0].partition("/")[0].removeprefix("www.")
    )


def _contact(person: Person, touches: list[Touch], buyers: frozenset[int], world: World) -> Record:
    listing = world.listings[person.hubspot or 0]
    company = world.companies[person.company]
    past = [touch.at for touch in touches if touch.at <= world.now]
    modified_at = max(past, default=touched_up(person.created_at, person.number, world.now))
    modified_at = max(modified_at, person.created_at)
    properties = {
        "firstname": person.first,
        "lastname": person.last,
        "email": person.email,
        "jobtitle": person.title,
        "company": listing.name,
        "country": words()["countries"][company.country]["name"],
        "lifecyclestage": _stage_of_life(company, buyers),
        "associatedcompanyid": hubspot_id("companies", listing.number),
        "hubspot_owner_id": hubspot_id("owners", listing.owner),
        "createdate": f"{seconds_text(person.created_at)}Z",
        "lastmodifieddate": f"{seconds_text(modified_at)}Z",
        **contact_roll_ups(touches, world),
    }
    return as_record(hubspot_id("contacts", person.number), properties, person.created_at, modified_at)


def _deal(deal: Deal, world: World) -> Record:
    is_open = deal.status == "open"
    modified_at = touched_up(deal.created_at, deal.number, world.now) if is_open else deal.close_at
    properties = {
        "dealname": deal.name,
        "amount": deal.amount,
        "pipeline": "default",
        "dealstage": _STAGES[deal.stage][0] if is_open else _CLOSED_STAGES[deal.status],
        "closedate": f"{seconds_text(deal.close_at)}Z",
        "hs_is_closed": "false" if is_open else "true",
        "hs_is_closed_won": "true" if deal.status == "won" else "false",
        "hubspot_owner_id": hubspot_id("owners", deal.owner),
        "createdate": f"{seconds_text(deal.created_at)}Z",
        "hs_lastmodifieddate": f"{seconds_text(max(deal.created_at, modified_at))}Z",
    }
    return as_record(hubspot_id("deals", deal.number), properties, deal.created_at, modified_at)


def _associations(world: World) -> list[Association]:
    """Contacts and deals to companies (plain and primary), deals to people, subsidiaries to parents."""
    rows: list[Association] = []
    accounts = accounts_by_company(world, "hubspot")
    for person in (person for person in world.people if person.hubspot is not None):
        contact, company = hubspot_id("contacts", person.number), hubspot_id("companies", person.hubspot or 0)
        kinds = (_CONTACT_TO_COMPANY, _PRIMARY_CONTACT_TO_COMPANY)
        rows.extend(("contacts", contact, "companies", company, kind) for kind in kinds)
    for deal in (deal for deal in world.deals if deal.in_hubspot):
        number, company = hubspot_id("deals", deal.number), hubspot_id("companies", accounts[deal.company])
        kinds = (_DEAL_TO_COMPANY, _PRIMARY_DEAL_TO_COMPANY)
        rows.extend(("deals", number, "companies", company, kind) for kind in kinds)
        known = [hubspot_id("contacts", p) for p in deal.people if world.people[p].hubspot is not None]
        rows.extend(("deals", number, "contacts", contact, _DEAL_TO_CONTACT) for contact in known)
    return rows + _families(world, accounts)


def _families(world: World, accounts: dict[int, int]) -> list[Association]:
    """Subsidiary to parent, where HubSpot has both."""
    kin = [(c.number, c.parent) for c in world.companies if c.number in accounts and c.parent in accounts]
    ids = [
        (hubspot_id("companies", accounts[child]), hubspot_id("companies", accounts[parent]))
        for child, parent in kin
        if parent is not None
    ]
    return [("companies", child, "companies", parent, _CHILD_TO_PARENT_COMPANY) for child, parent in ids]


def _owner(owner: Owner, now: datetime) -> Record:
    hired_at = now - timedelta(days=400 + 97 * owner.number)
    return {
        "id": hubspot_id("owners", owner.number),
        "email": owner.email,
        "firstName": owner.first,
        "lastName": owner.last,
        "userId": int(hubspot_id("users", owner.number)),
        "type": "PERSON",
        "createdAt": f"{seconds_text(hired_at)}Z",
        "updatedAt": f"{seconds_text(hired_at + timedelta(days=30))}Z",
        "archived": not owner.is_active,
    }


def _pipeline(now: datetime) -> Record:
    made = f"{seconds_text(now - timedelta(days=2400))}Z"
    stamps = {"createdAt": made, "updatedAt": made, "archived": False}
    stages = [
        {
            "id": stage,
            "label": label,
            "displayOrder": order,
            "metadata": {"isClosed": str(stage.startswith("closed")).lower(), "probability": probability},
            **stamps,
        }
        for order, (stage, label, probability) in enumerate(_STAGES)
    ]
    return {"id": "default", "label": "Sales Pipeline", "displayOrder": 0, "stages": stages, **stamps}
