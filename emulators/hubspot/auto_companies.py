"""The company HubSpot finds or makes for a new contact from the domain of its e-mail address.

A portal's admin can switch it off; here the setting `companies_from_contacts` switches it on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.hubspot.events import Source
from emulators.hubspot.links import PRIMARY
from emulators.hubspot.object_types import COMPANIES, CONTACTS

if TYPE_CHECKING:
    from emulators.hubspot.portal import Portal
    from emulators.hubspot.records import Record

SOURCE = Source("COMPANIES", "FetchAssociatedCompanyIdStep")  # recorded
# Assumption: HubSpot's list of free mail is long; these stand for it.
FREE_MAIL = (
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "hotmail.com",
    "yahoo.com",
    "icloud.com",
    "gmx.de",
    "web.de",
)


def domain_without_company(portal: Portal, contact: Record) -> str:
    """The domain of a contact that wants a company; empty when it has one, or when nothing can be told from it."""
    domain = contact.properties.get("hs_email_domain", "")
    linked = portal.links.primary((CONTACTS.name, COMPANIES.name), contact.id)
    return "" if domain in FREE_MAIL or linked is not None else domain


def company_of(portal: Portal, domain: str) -> Record | None:
    """The oldest company of a domain."""
    live = portal.tables[COMPANIES.name].live
    found = (record for record in live.values() if record.properties.get("domain") == domain)
    return min(found, key=lambda record: record.id, default=None)


def link_to_company(portal: Portal, contact: Record, company: Record) -> None:
    """Make a company the primary one of a contact."""
    pair = (CONTACTS.name, COMPANIES.name)
    portal.links.add(pair, contact.id, company.id, PRIMARY[pair])
    portal.follow_links([(CONTACTS.name, contact.id), (COMPANIES.name, company.id)])
