"""E-mails as Salesforce has them: beside the task of each e-mail, the message itself."""

from typing import Final

from emulators.demo.model import Touch, World
from emulators.demo.salesforce_activities import links
from emulators.demo.salesforce_ids import record_id
from emulators.demo.wire import Record, pick, seconds_text, subject

_SENT, _REPLIED, _READ = "3", "2", "1"
_OPENED_OF_TEN: Final = 6


def email_records(world: World) -> list[Record]:
    """One message for each e-mail and reply that Salesforce recorded, with the number of its touch."""
    touches = (touch for touch in world.touches if touch.crm == "salesforce")
    return [_message(touch, world) for touch in touches if touch.kind in ("email", "reply")]


def _message(touch: Touch, world: World) -> Record:
    """Between the owner of the account and the person; a reply comes in, anything else goes out."""
    person = world.people[touch.person]
    owner = world.owners[world.listings[person.salesforce or 0].owner]
    ours = (f"{owner.first} {owner.last}", owner.email)
    theirs = (f"{person.first} {person.last}", person.email)
    incoming = touch.kind == "reply"
    (from_name, from_address), (_, to_address) = (theirs, ours) if incoming else (ours, theirs)
    at = f"{seconds_text(touch.at)}+0000"
    opened = not incoming and pick(touch.number, 10) < _OPENED_OF_TEN
    answered = _REPLIED if pick(touch.number, 3) == 1 else _READ
    return {
        "Id": record_id("EmailMessage", touch.number),
        "ActivityId": record_id("Task", touch.number),
        "RelatedToId": links(touch, world)["WhatId"],
        "Subject": ("Re: " if incoming else "") + subject(touch),
        "FromName": from_name,
        "FromAddress": from_address,
        "ToAddress": to_address,
        "Incoming": incoming,
        "Status": answered if incoming else _SENT,
        "MessageDate": at,
        "IsTracked": not incoming,
        "IsOpened": opened,
        "FirstOpenedDate": at if opened else None,
        "IsDeleted": False,
        "CreatedDate": at,
        "LastModifiedDate": at,
        "SystemModstamp": at,
    }
