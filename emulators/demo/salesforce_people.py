"""People as Salesforce has them: contacts under accounts, leads, and leads that became contacts."""

from datetime import datetime, timedelta
from typing import Final

from emulators.demo.model import Person, World
from emulators.demo.salesforce_ids import record_id
from emulators.demo.wire import Record, pick, seconds_text, touched_up
from emulators.demo.words import words

_LEAD_SOURCES: Final = ("Web", "Webinar", "Trade Show", "Partner Referral", "Purchased List", "Other")
_CONVERTED_ONE_IN: Final = 9
_LEAD_DAYS: Final = 45


def is_contact(person: Person) -> bool:
    """Whether Salesforce has the person under an account."""
    return person.salesforce is not None and not person.is_lead


def stamps(created_at: datetime, modified_at: datetime) -> Record:
    """System fields; SystemModstamp trails an automated touch behind the last edit."""
    edited = max(created_at, modified_at)
    text = f"{seconds_text(edited)}+0000"
    return {
        "IsDeleted": False,
        "CreatedDate": f"{seconds_text(created_at)}+0000",
        "LastModifiedDate": text,
        "SystemModstamp": text,
    }


def _person_fields(person: Person) -> Record:
    return {
        "FirstName": person.first,
        "LastName": person.last,
        "Name": f"{person.first} {person.last}",
        "Title": person.title or None,
        "Email": person.email or None,
        "LeadSource": _LEAD_SOURCES[pick(person.number, len(_LEAD_SOURCES))],
    }


def contact(person: Person, world: World) -> Record:
    """Somebody under an account."""
    listing = world.listings[person.salesforce or 0]
    return {
        "Id": record_id("Contact", person.number),
        "AccountId": record_id("Account", listing.number),
        **_person_fields(person),
        "Department": person.function.title() if pick(person.number, 3) == 0 else None,
        "OwnerId": record_id("User", listing.owner),
        **stamps(person.created_at, touched_up(person.created_at, person.number, world.now)),
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
        **stamps(person.created_at, touched_up(person.created_at, person.number, world.now)),
    }


def lead_records(world: World) -> list[Record]:
    """The open leads, and the converted ones: one contact in nine came in as a lead, some weeks before."""
    leads = [_lead(person, world) for person in world.people if person.is_lead]
    came_in = [person for person in world.people if is_contact(person) and person.email]
    converted = [person for person in came_in if pick(person.number, _CONVERTED_ONE_IN) == 1]
    return leads + [_converted_lead(person, world) for person in converted]


def _converted_lead(person: Person, world: World) -> Record:
    """A lead keeps its own record after the conversion, which says what became of it."""
    days = timedelta(days=1 + pick(person.number, _LEAD_DAYS))
    account = record_id("Account", person.salesforce or 0)
    return {
        **_lead(person, world),
        "Status": "Closed - Converted",
        "IsConverted": True,
        "ConvertedDate": person.created_at.date().isoformat(),
        "ConvertedAccountId": account,
        "ConvertedContactId": record_id("Contact", person.number),
        **stamps(person.created_at - days, person.created_at),
    }
