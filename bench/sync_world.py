"""The same companies in both CRMs in native form, with a person and a meeting each: plain, and quick to make."""

from typing import Any

from emulators.salesforce.ids import long_id

SINCE = "2026-10-05"
"""Nothing in these worlds is younger; meetings lie in the 28 days before it."""
_STAMP = f"{SINCE}T08:00:00.000Z"
_TITLES = ("VP Marketing", "Head of IT", "CFO", "Developer", "Purchasing Manager", "Director of Sales")
_COUNTRIES = ("Germany", "United States", "France", "Sweden")
_INDUSTRIES = (("Technology", "COMPUTER_SOFTWARE"), ("Banking", "BANKING"), ("Retail", "RETAIL"))
_CONTACT_TO_COMPANY, _PRIMARY, _MEETING_TO_CONTACT, _MEETING_TO_COMPANY = 279, 1, 200, 188
_DAYS = 28


def salesforce(count: int) -> dict[str, Any]:
    """So many accounts with a contact and an event each."""
    numbers = range(count)
    return {
        "Account": [_account(number) for number in numbers],
        "Contact": [_contact(number) for number in numbers],
        "Event": [_event(number) for number in numbers],
    }


def hubspot(count: int) -> dict[str, Any]:
    """So many companies with a contact and a meeting each."""
    numbers = range(count)
    return {
        "objects": {
            "companies": [_record(n, _company(n)) for n in numbers],
            "contacts": [_record(n, _person(n)) for n in numbers],
            "meetings": [_record(n, _meeting(n)) for n in numbers],
        },
        "associations": [link for n in numbers for link in _links(str(n + 1))],
    }


def _employees(number: int) -> int:
    return 20 + number * 37 % 5000


def _revenue(number: int) -> int:
    return 1_000_000 + number * 7919 % 90_000_000


def _day(number: int) -> str:
    """Younger meetings are rarer, as if every company had a last one."""
    return f"2026-09-{_DAYS - number % _DAYS:02}"


def _ids(number: int) -> dict[str, str]:
    return {
        name: long_id(f"{prefix}Bn{number:010}") for name, prefix in (("account", "001"), ("contact", "003"))
    }


def _account(number: int) -> dict[str, Any]:
    return {
        "Id": _ids(number)["account"],
        "Name": f"Company {number}",
        "Website": f"https://company{number}.example",
        "Industry": _INDUSTRIES[number % 3][0],
        "NumberOfEmployees": _employees(number),
        "AnnualRevenue": _revenue(number),
        "BillingCountry": _COUNTRIES[number % 4],
        "Type": "Prospect",
        "SystemModstamp": _STAMP,
    }


def _contact(number: int) -> dict[str, Any]:
    ids = _ids(number)
    return {
        "Id": ids["contact"],
        "AccountId": ids["account"],
        "FirstName": f"First{number % 997}",
        "LastName": f"Last{number}",
        "Email": f"s{number}@company{number}.example",
        "Title": _TITLES[number % 6],
        "SystemModstamp": _STAMP,
    }


def _event(number: int) -> dict[str, Any]:
    ids, begin = _ids(number), f"{_day(number)}T06:00:00.000Z"
    return {
        "Id": long_id(f"00UBn{number:010}"),
        "WhoId": ids["contact"],
        "WhatId": ids["account"],
        "AccountId": ids["account"],
        "Subject": "Talk",
        "StartDateTime": begin,
        "EndDateTime": begin.replace("T06:00", "T06:30"),
        "ActivityDateTime": begin,
        "ActivityDate": begin[:10],
        "DurationInMinutes": 30,
        "SystemModstamp": _STAMP,
    }


def _record(number: int, properties: dict[str, Any]) -> dict[str, Any]:
    return {"id": str(number + 1), "properties": properties, "createdAt": _STAMP, "updatedAt": _STAMP}


def _company(number: int) -> dict[str, Any]:
    return {
        "name": f"Company {number}",
        "domain": f"company{number}.example",
        "industry": _INDUSTRIES[number % 3][1],
        "numberofemployees": str(_employees(number)),
        "annualrevenue": str(_revenue(number)),
        "country": _COUNTRIES[number % 4],
        "type": "PROSPECT",
    }


def _person(number: int) -> dict[str, Any]:
    return {
        "firstname": f"First{number % 997}",
        "lastname": f"Last{number}",
        "email": f"h{number}@company{number}.example",
        "jobtitle": _TITLES[(number + 1) % 6],
        "associatedcompanyid": str(number + 1),
    }


def _meeting(number: int) -> dict[str, Any]:
    begin = f"{_day(number * 5)}T07:00:00.000Z"
    return {
        "hs_timestamp": begin,
        "hs_meeting_title": "Talk",
        "hs_meeting_start_time": begin,
        "hs_meeting_end_time": begin.replace("T07:00", "T07:45"),
        "hs_meeting_outcome": "COMPLETED",
    }


def _links(one: str) -> list[list[Any]]:
    contact, meeting = ["contacts", one, "companies", one], ["meetings", one]
    return [
        [*contact, _CONTACT_TO_COMPANY],
        [*contact, _PRIMARY],
        [*meeting, "contacts", one, _MEETING_TO_CONTACT],
        [*meeting, "companies", one, _MEETING_TO_COMPANY],
    ]
