"""Activity as Salesforce has it: Task, Event, Campaign and CampaignMember."""

from datetime import timedelta
from typing import Final

from emulators.demo.model import Campaign, Deal, Person, Touch, World
from emulators.demo.salesforce_ids import record_id
from emulators.demo.wire import Record, call_outcome, pick, seconds_text, subject

_CAMPAIGN_TYPES: Final = {
    "newsletter": "Email",
    "webinar": "Webinar",
    "conference": "Conference",
    "content": "Website Form",  # a type that the demo firm added to the standard ones
}
_PLACES: Final = ("Video call", "Phone", "Their office", "Our office", None)
_DISPOSITIONS: Final = {"connected": "Connected", "voicemail": "Left Voicemail", "no_answer": "No Answer"}
# Subtype, type and the words before the subject.
# Assumption: Salesforce itself records no opens and clicks; marketing tools log them there as plain tasks.
_TASKS: Final = {
    "call": ("Call", "Call", "Call: "),
    "email": ("Email", "Email", "Email: "),
    "reply": ("Email", "Email", "Re: "),
    "open": ("Task", "Other", "Opened marketing email: "),
    "click": ("Task", "Other", "Clicked marketing email: "),
    "note": ("Task", "Other", "Note: "),
}


def activity_records(world: World, accounts: dict[int, int]) -> dict[str, list[Record]]:
    """The four objects; every touch that Salesforce recorded is in one of them."""
    touches = [touch for touch in world.touches if touch.crm == "salesforce"]
    tasks = [_task(touch, world) for touch in touches if touch.kind in _TASKS]
    due = [
        _due_task(deal, accounts, world)
        for deal in world.deals
        if deal.in_salesforce and deal.status == "open"
    ]
    return {
        "Task": tasks + due,
        "Event": [_event(touch, world) for touch in touches if touch.kind == "meeting"],
        "Campaign": [_campaign(campaign, world) for campaign in world.campaigns],
        "CampaignMember": _members(touches, world),
    }


def _who_id(person: Person) -> str:
    return record_id("Lead" if person.is_lead else "Contact", person.number)


def links(touch: Touch, world: World) -> Record:
    """Who and what. A lead's activity has no account; a deal's hangs on the opportunity."""
    person = world.people[touch.person]
    listing = world.listings[person.salesforce or 0]
    owner = {"OwnerId": record_id("User", listing.owner)}
    if person.is_lead:
        return {"WhoId": _who_id(person), "WhatId": None, "AccountId": None, **owner}
    account = record_id("Account", listing.number)
    deal = None if touch.deal is None else world.deals[touch.deal]
    what = record_id("Opportunity", deal.number) if deal and deal.in_salesforce else account
    return {"WhoId": _who_id(person), "WhatId": what, "AccountId": account, **owner}


def _task(touch: Touch, world: World) -> Record:
    subtype, kind, prefix = _TASKS[touch.kind]
    outcome, seconds = call_outcome(touch) if touch.kind == "call" else ("", 0)
    done = f"{seconds_text(touch.at)}+0000"
    return {
        "Id": record_id("Task", touch.number),
        **links(touch, world),
        "Subject": prefix + subject(touch),
        "TaskSubtype": subtype,
        "Type": kind,
        "Status": "Completed",
        "Priority": "Normal",
        "IsClosed": True,
        "ActivityDate": done[:10],
        "CompletedDateTime": done,
        "CallType": "Outbound" if outcome else None,
        "CallDurationInSeconds": seconds if outcome else None,
        "CallDisposition": _DISPOSITIONS.get(outcome),
        "IsDeleted": False,
        "CreatedDate": done,
        "LastModifiedDate": done,
        "SystemModstamp": done,
    }


def _due_task(deal: Deal, accounts: dict[int, int], world: World) -> Record:
    """A follow-up still to be done, which is no sign of interest; numbered after all touches."""
    contacts = [world.people[number] for number in deal.people]
    known = [person for person in contacts if person.salesforce is not None and not person.is_lead]
    planned = world.now - timedelta(hours=1 + pick(deal.number, 200))
    made = f"{seconds_text(max(deal.created_at, planned))}+0000"
    return {
        "Id": record_id("Task", len(world.touches) + deal.number),
        "WhoId": _who_id(known[-1]) if known else None,
        "WhatId": record_id("Opportunity", deal.number),
        "AccountId": record_id("Account", accounts[deal.company]),
        "OwnerId": record_id("User", deal.owner),
        "Subject": "Follow up on proposal" if deal.stage > 2 else "Send agenda",  # noqa: PLR2004
        "TaskSubtype": "Task",
        "Type": "Other",
        "Status": "Not Started",
        "Priority": "Normal",
        "IsClosed": False,
        "ActivityDate": (world.now + timedelta(days=pick(deal.number, 14))).date().isoformat(),
        "CompletedDateTime": None,
        "CallType": None,
        "CallDurationInSeconds": None,
        "CallDisposition": None,
        "IsDeleted": False,
        "CreatedDate": made,
        "LastModifiedDate": made,
        "SystemModstamp": made,
    }


def _event(touch: Touch, world: World) -> Record:
    """A meeting. Salesforce has no field for a cancelled one: calendars put it into the subject."""
    made_at = min(touch.at - timedelta(days=5), world.now - timedelta(hours=1))
    made = f"{seconds_text(made_at)}+0000"
    start = f"{seconds_text(touch.at)}+0000"
    prefix = "Canceled: " if touch.status == "canceled" else "Meeting: "
    return {
        "Id": record_id("Event", touch.number),
        **links(touch, world),
        "Subject": prefix + subject(touch),
        "EventSubtype": "Event",
        "Location": _PLACES[pick(touch.number, len(_PLACES))],
        "ShowAs": "Free" if touch.status == "canceled" else "Busy",
        "StartDateTime": start,
        "EndDateTime": f"{seconds_text(touch.at + timedelta(seconds=touch.seconds))}+0000",
        "DurationInMinutes": touch.seconds // 60,
        "ActivityDateTime": start,
        "ActivityDate": start[:10],
        "IsAllDayEvent": False,
        "IsDeleted": False,
        "CreatedDate": made,
        "LastModifiedDate": made,
        "SystemModstamp": made,
    }


def _campaign(campaign: Campaign, world: World) -> Record:
    made = f"{seconds_text(campaign.starts_at - timedelta(days=30))}+0000"
    starts = campaign.starts_at.date().isoformat()
    return {
        "Id": record_id("Campaign", campaign.number),
        "Name": campaign.name,
        "Type": _CAMPAIGN_TYPES[campaign.kind],
        "Status": "In Progress" if campaign.kind == "content" else "Completed",
        "IsActive": campaign.kind == "content",
        "StartDate": starts,
        "EndDate": None if campaign.kind == "content" else starts,
        "OwnerId": record_id("User", campaign.number % len(world.owners)),
        "IsDeleted": False,
        "CreatedDate": made,
        "LastModifiedDate": made,
        "SystemModstamp": made,
    }


def _members(touches: list[Touch], world: World) -> list[Record]:
    """One row for each person and campaign, as Salesforce insists; the first response counts."""
    chosen: dict[tuple[int, int], Touch] = {}
    for touch in touches:
        if touch.campaign is None:
            continue
        key = (touch.campaign, touch.person)
        if key not in chosen or (chosen[key].kind == "invite" and touch.kind != "invite"):
            chosen[key] = touch
    return [_member(touch, campaign, world) for (campaign, _), touch in chosen.items()]


def _member(touch: Touch, campaign: int, world: World) -> Record:
    """Newsletters are answered by one in twelve; forms and events by definition."""
    person = world.people[touch.person]
    responded = touch.kind != "invite" or pick(touch.number, 12) == 1
    made = f"{seconds_text(touch.at)}+0000"
    return {
        "Id": record_id("CampaignMember", touch.number),
        "CampaignId": record_id("Campaign", campaign),
        "ContactId": None if person.is_lead else _who_id(person),
        "LeadId": _who_id(person) if person.is_lead else None,
        "Status": "Responded" if responded else "Sent",
        "HasResponded": responded,
        "FirstRespondedDate": made[:10] if responded else None,
        "IsDeleted": False,
        "CreatedDate": made,
        "LastModifiedDate": made,
        "SystemModstamp": made,
    }
