"""Converting a lead into account, contact and opportunity, as users do in Salesforce's screens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.salesforce.ids import long_id
from emulators.salesforce.records import find
from emulators.salesforce.times import to_wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulators.salesforce.org import Org
    from emulators.salesforce.store import Record

_CONVERTED_STATUS = "Closed - Converted"
# Fields of a lead and where they go (documentation: mapping of lead fields).
_TO_ACCOUNT = ("Industry", "NumberOfEmployees", "AnnualRevenue", "Website", "Phone", "OwnerId")
_TO_CONTACT = ("FirstName", "LastName", "Title", "Email", "Phone", "MobilePhone", "LeadSource", "OwnerId")
_FIRST_STAGE = "Prospecting"


def convert(org: Org, body: Mapping[str, Any]) -> dict[str, str | None]:
    """Convert {"lead", "account"?, "contact"?, "opportunity"? (a name)}; the ids that came of it."""
    item = org.schema.objects["Lead"]
    lead = find(org, item, body["lead"])
    if lead.get("IsConverted"):
        raise ValueError(f"{lead['Id']} is converted already")
    account = long_id(body["account"]) if "account" in body else _new_account(org, lead)
    contact = long_id(body["contact"]) if "contact" in body else _new_contact(org, lead, account)
    opportunity = _new_opportunity(org, lead, account, body["opportunity"]) if "opportunity" in body else None
    now = to_wire(org.clock.now())
    converted: Record = {
        **lead,
        "IsConverted": True,
        "Status": _CONVERTED_STATUS,
        "ConvertedDate": now[:10],
        "ConvertedAccountId": account,
        "ConvertedContactId": contact,
        "LastModifiedDate": now,
        "SystemModstamp": now,
    }
    if opportunity is not None:
        converted["ConvertedOpportunityId"] = opportunity
    org.store.put("Lead", converted)
    _move_activities(org, lead["Id"], contact, now)
    return {"account": account, "contact": contact, "opportunity": opportunity}


def _new_account(org: Org, lead: Record) -> str:
    return _loaded(org, "Account", {"Name": lead["Company"], **_taken(lead, _TO_ACCOUNT)})


def _new_contact(org: Org, lead: Record, account: str) -> str:
    return _loaded(org, "Contact", {"AccountId": account, **_taken(lead, _TO_CONTACT)})


def _new_opportunity(org: Org, lead: Record, account: str, name: str) -> str:
    close = org.clock.now().date().isoformat()
    values = {"Name": name, "AccountId": account, "StageName": _FIRST_STAGE, "CloseDate": close}
    return _loaded(org, "Opportunity", {**values, **_taken(lead, ("LeadSource", "OwnerId"))})


def _taken(lead: Record, names: tuple[str, ...]) -> Record:
    return {name: lead[name] for name in names if name in lead}


def _loaded(org: Org, name: str, values: Record) -> str:
    record_id = org.store.mint(org.schema.objects[name].prefix)
    org.load({name: [{"Id": record_id, **values}]})
    return record_id


def _move_activities(org: Org, lead_id: str, contact_id: str, now: str) -> None:
    """Tasks and events move to the contact; campaign members keep the lead and get the contact as well."""
    # Assumption: known from public reports about converted leads, not recorded.
    for name, field_name in (("Task", "WhoId"), ("Event", "WhoId"), ("CampaignMember", "LeadId")):
        for row in org.store.tables[name].lookup(field_name, [lead_id]):
            change = {"ContactId": contact_id} if name == "CampaignMember" else {"WhoId": contact_id}
            org.load({name: [{**row, **change, "SystemModstamp": now}]})
