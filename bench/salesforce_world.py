"""Synthetic Salesforce records in native form: plain, distinct, and quick to make."""

from typing import Any

from emulators.salesforce.ids import mint

_STAMP = "2026-01-05T08:00:00.000Z"
_CONTACTS_AN_ACCOUNT = 100
_TITLES = ("VP Marketing", "Head of IT", "CFO", "Developer", "Purchasing Manager", "Director of Sales")
_COUNTRIES = ("Germany", "United States", "France", "Sweden")


def contacts(count: int) -> dict[str, Any]:
    """So many contacts of 15 fields, each of an account."""
    owners = accounts_of(count)
    return {**accounts(owners), "Contact": [_contact(number, owners) for number in range(count)]}


def contacts_part(start: int, end: int, owners: int) -> dict[str, Any]:
    """The contacts from one number up to another of a world with so many accounts."""
    return {"Contact": [_contact(number, owners) for number in range(start, end)]}


def accounts_of(contacts: int) -> int:
    """How many accounts come with so many contacts."""
    return max(1, contacts // _CONTACTS_AN_ACCOUNT)


def accounts(count: int) -> dict[str, Any]:
    """So many accounts, and nothing else."""
    return {"Account": [_account(number) for number in range(count)]}


def account_id(number: int) -> str:
    """The id of an account of these worlds, counted from 0."""
    return mint("001", number)


def _contact(number: int, owners: int) -> dict[str, Any]:
    return {
        "Id": mint("003", number),
        "AccountId": account_id(number % owners),
        "FirstName": f"First{number % 997}",
        "LastName": f"Last{number}",
        "Email": f"person{number}@company{number % owners}.example",
        "Title": _TITLES[number % 6],
        "Department": f"Department {number % 17}",
        "Phone": f"+49 30 {number:07}",
        "MobilePhone": f"+49 170 {number:07}",
        "MailingStreet": f"Street {number % 199}",
        "MailingCity": f"City {number % 311}",
        "MailingPostalCode": str(10_000 + number % 80_000),
        "MailingCountry": _COUNTRIES[number % 4],
        "LeadSource": "Web",
        "SystemModstamp": _STAMP,
    }


def _account(number: int) -> dict[str, Any]:
    return {
        "Id": account_id(number),
        "Name": f"Company {number}",
        "Website": f"https://company{number}.example",
        "Industry": "Technology",
        "NumberOfEmployees": 20 + number % 5000,
        "AnnualRevenue": 1_000_000 + number * 1000,
        "BillingCountry": _COUNTRIES[number % 4],
        "SystemModstamp": _STAMP,
    }
