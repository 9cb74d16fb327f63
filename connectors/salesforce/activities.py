"""Rows of Task, Event and CampaignMember as activities.

A task that is open is a plan and counts for nothing until it is closed; it is then read again.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypedDict

from connectors.salesforce.ids import canonical_id
from connectors.salesforce.mapping import LEAD_PREFIX, day_start, optional_id, person_id
from connectors.salesforce.settings import (
    CALL_DISPOSITIONS,
    CAMPAIGN_TYPES,
    EVENT_TYPES,
    TASK_TYPES,
    ActivityTypes,
)
from core.clock import parse_instant
from core.records import NO_TYPE, Activity

Row = Mapping[str, Any]

_ACCOUNT_PREFIX, _CONTACT_PREFIX, _DEAL_PREFIX = "001", "003", "006"
_CALL = "call_connected"
# Assumption: Salesforce has no field for it; calendar syncs write the word in front of the subject.
_CANCELLED = ("canceled:", "cancelled:")


class Touch(NamedTuple):
    """What a word of Salesforce's stands for: a type of activity, or nothing that counts."""

    type: str
    is_cancelled: bool


def touch(type_: str, *, is_cancelled: bool = False) -> Touch:
    """What a mapped type means."""
    return Touch("other", is_cancelled=True) if type_ == NO_TYPE else Touch(type_, is_cancelled)


def task_reader(types: ActivityTypes) -> Callable[[Row], Activity]:
    """Reads tasks: the type by the task's Type, else by its TaskSubtype."""
    by_type = folded(TASK_TYPES, types.task_types)
    results = folded(CALL_DISPOSITIONS, types.call_dispositions)

    def read(row: Row) -> Activity:
        type_ = by_type.get(fold(row.get("Type"))) or by_type.get(fold(row.get("TaskSubtype"))) or "other"
        is_call = type_ == _CALL
        found = touch(_result(row, results) if is_call else type_, is_cancelled=not row["IsClosed"])
        seconds = row.get("CallDurationInSeconds")
        return Activity(
            remote_id=f"Task:{canonical_id(row['Id'])}",
            modified_at=parse_instant(row["SystemModstamp"]),
            contact_ids=people(row.get("WhoId")),
            type=found.type,
            occurred_at=_task_time(row),
            # Begun minutes count, so that a short talk is not a talk of no length.
            minutes=-(-int(seconds) // 60) if is_call and found.type != "other" and seconds else None,
            is_cancelled=found.is_cancelled,
            **related(row.get("WhatId"), row.get("AccountId")),
        )

    return read


def event_reader(types: ActivityTypes) -> Callable[[Row], Activity]:
    """Reads events. The head of a series and an invitee's copy stand beside the meeting itself."""
    by_type = folded(EVENT_TYPES, types.event_types)

    def read(row: Row) -> Activity:
        type_ = by_type.get(fold(row.get("Type"))) or by_type.get(fold(row.get("EventSubtype"))) or "meeting"
        repeats = bool(row.get("IsChild")) or bool(row.get("IsRecurrence"))
        is_off = repeats or fold(row.get("Subject")).startswith(_CANCELLED)
        found = touch(type_, is_cancelled=is_off)
        return Activity(
            remote_id=f"Event:{canonical_id(row['Id'])}",
            modified_at=parse_instant(row["SystemModstamp"]),
            contact_ids=people(row.get("WhoId")),
            type=found.type,
            occurred_at=_event_time(row),
            minutes=row.get("DurationInMinutes"),
            is_cancelled=found.is_cancelled,
            **related(row.get("WhatId"), row.get("AccountId")),
        )

    return read


def response_reader(types: ActivityTypes) -> Callable[[Row], Activity]:
    """Reads campaign responses; a member who has not responded (any more) did nothing.

    The member of a converted lead names the contact as well, and the contact counts.
    """
    by_type = folded(CAMPAIGN_TYPES, types.campaign_types)

    def read(row: Row) -> Activity:
        campaign, contact = row.get("Campaign") or {}, row.get("Contact") or {}
        responded = row.get("FirstRespondedDate")
        type_ = by_type.get(fold(campaign.get("Type")), "campaign_response")
        found = touch(type_, is_cancelled=not row["HasResponded"])
        return Activity(
            remote_id=f"CampaignMember:{canonical_id(row['Id'])}",
            modified_at=parse_instant(row["SystemModstamp"]),
            account_id=optional_id(contact.get("AccountId")),
            contact_ids=people(row["ContactId"] or row["LeadId"]),
            type=found.type,
            occurred_at=day_start(responded) if responded else parse_instant(row["CreatedDate"]),
            minutes=None,
            is_cancelled=found.is_cancelled,
        )

    return read


def _result(row: Row, results: Mapping[str, str]) -> str:
    """A noted result decides; without one, a call that took time was a talk."""
    result = fold(row.get("CallDisposition"))
    if result:
        return results.get(result, "other")
    return _CALL if row.get("CallDurationInSeconds") else "other"


def _task_time(row: Row) -> datetime:
    if row.get("CompletedDateTime"):
        return parse_instant(row["CompletedDateTime"])
    if row.get("ActivityDate"):
        return day_start(row["ActivityDate"])
    return parse_instant(row["CreatedDate"])


def _event_time(row: Row) -> datetime:
    for name in ("StartDateTime", "ActivityDateTime"):
        if row.get(name):
            return parse_instant(row[name])
    return day_start(row["ActivityDate"]) if row.get("ActivityDate") else parse_instant(row["CreatedDate"])


def people(who_id: str | None) -> tuple[str, ...]:
    """The person, where it is a contact or a lead."""
    is_person = who_id is not None and who_id.startswith((_CONTACT_PREFIX, LEAD_PREFIX))
    return (person_id(who_id),) if who_id and is_person else ()


class Related(TypedDict):
    """Where an activity belongs, as arguments of Activity."""

    account_id: str | None
    deal_id: str | None


def related(what_id: str | None, account_id: str | None) -> Related:
    """The account that an activity is about: itself, or the one that Salesforce works out.

    Where neither is known, the account of the opportunity. Whatever else an activity may be about says nothing.
    """
    about = optional_id(what_id) or ""
    own = about if about.startswith(_ACCOUNT_PREFIX) else optional_id(account_id)
    return {"account_id": own, "deal_id": about if about.startswith(_DEAL_PREFIX) else None}


def folded(defaults: Mapping[str, str], configured: Mapping[str, str]) -> dict[str, str]:
    """Types by their words in lower case; what is configured comes on top of the defaults."""
    return {fold(key): type_ for key, type_ in (*defaults.items(), *configured.items())}


def fold(text: str | None) -> str:
    """A word as it is compared."""
    return (text or "").strip().casefold()
