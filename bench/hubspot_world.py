"""Synthetic HubSpot records in native form: plain, distinct, and quick to make."""

from typing import Any

OLD, CHANGED = "2026-01-05T08:00:00.000Z", "2026-06-01T08:00:00.000Z"
CHANGED_SINCE = "2026-05-31T00:00:00Z"
CHANGED_SHARE = 5
"""One contact in so many was changed after CHANGED_SINCE."""
_CONTACTS_A_COMPANY = 100
_PRIMARY, _PLAIN = 1, 279
_TITLES = ("VP Marketing", "Head of IT", "CFO", "Developer", "Purchasing Manager", "Director of Sales")
_COUNTRIES = ("Germany", "United States", "France", "Sweden")

Records = list[dict[str, Any]]


def contacts(count: int) -> dict[str, Any]:
    """So many contacts of 17 properties, each linked to a company; a fifth changed late."""
    companies = companies_of(count)
    links = [
        ["contacts", str(n + 1), "companies", str(n % companies + 1), kind]
        for n in range(count)
        for kind in (_PLAIN, _PRIMARY)
    ]
    objects = {"companies": _companies(companies), "contacts": [_contact(n, companies) for n in range(count)]}
    return {"objects": objects, "associations": links}


def companies_of(contacts: int) -> int:
    """How many companies come with so many contacts."""
    return max(1, contacts // _CONTACTS_A_COMPANY)


def companies_alone(count: int) -> dict[str, Any]:
    """So many companies, and nothing else."""
    return {"objects": {"companies": _companies(count)}}


def objects(count: int) -> dict[str, Any]:
    """So many of each of the six object types that are read, without links."""
    engagements = {
        "calls": {"hs_call_title": "Call", "hs_call_duration": "60000"},
        "meetings": {"hs_meeting_title": "Meeting", "hs_meeting_outcome": "COMPLETED"},
        "emails": {"hs_email_subject": "Hello", "hs_email_direction": "EMAIL"},
    }
    deals = [_record(n, {"dealname": f"Deal {n}", "dealstage": "closedwon"}) for n in range(count)]
    return {
        "objects": {
            "companies": _companies(count),
            "contacts": [_contact(n, count) for n in range(count)],
            "deals": deals,
            **{
                name: [_record(n, {"hs_timestamp": OLD, **values}) for n in range(count)]
                for name, values in engagements.items()
            },
        }
    }


def _record(number: int, properties: dict[str, Any], at: str = OLD) -> dict[str, Any]:
    return {"id": str(number + 1), "properties": properties, "createdAt": OLD, "updatedAt": at}


def _companies(count: int) -> Records:
    return [
        _record(
            n,
            {
                "name": f"Company {n}",
                "domain": f"company{n}.example",
                "industry": "COMPUTER_SOFTWARE",
                "numberofemployees": str(20 + n % 5000),
                "annualrevenue": str(1_000_000 + n * 1000),
                "country": _COUNTRIES[n % 4],
                "type": "PROSPECT",
            },
        )
        for n in range(count)
    ]


def _contact(number: int, companies: int) -> dict[str, Any]:
    at = CHANGED if number % CHANGED_SHARE == 0 else OLD
    properties = {
        "firstname": f"First{number % 997}",
        "lastname": f"Last{number}",
        "email": f"person{number}@company{number % companies}.example",
        "jobtitle": _TITLES[number % 6],
        "company": f"Company {number % companies}",
        "country": _COUNTRIES[number % 4],
        "city": f"City {number % 311}",
        "zip": str(10_000 + number % 80_000),
        "phone": f"+49 30 {number:07}",
        "mobilephone": f"+49 170 {number:07}",
        "lifecyclestage": "lead",
        "hs_lead_status": "NEW",
        "associatedcompanyid": str(number % companies + 1),
        "hs_email_open": str(number % 40),
        "hs_email_click": str(number % 9),
        "hs_analytics_num_page_views": str(number % 120),
        "num_conversion_events": str(number % 4),
    }
    return _record(number, properties, at)
