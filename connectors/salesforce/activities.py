"""Rows of Task, Event and CampaignMember as activities.

A task that is open is a plan and counts for nothing until it is closed; it is then read again.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from connectors.salesforce.ids import canonical_id
from connectors.salesforce.mapping import day_start, optional_id
from connectors.salesforce.settings import SalesforceSettings
from core.clock import parse_instant
from core.records import Activity

Row = Mapping[str, Any]

_CONTACT_PREFIX = "003"
_CALL = "call_connected"
# Assumption: Salesforce has no field for it; calendar syncs write the word in front of the subject.
_CANCELLED = ("canceled:", "cancelled:")


def task_reader(settings: SalesforceSettings) -> Callable[[Row], Activity]:
    """Reads tasks: the type by the task's Type, else by its TaskSubtype."""
    types = _folded(settings.task_types)
    connected = {one.casefold() for one in settings.connected_dispositions}

    def read(row: Row) -> Activity:
        type_ = types.get(_fold(row.get("Type"))) or types.get(_fold(row.get("TaskSubtype"))) or "other"
        if type_ == _CALL and not _talked(row, connected):
            type_ = "other"
        seconds = row.get("CallDurationInSeconds")
        return Activity(
            remote_id=f"Task:{canonical_id(row['Id'])}",
            modified_at=parse_instant(row["SystemModstamp"]),
            account_id=optional_id(row.get("AccountId")),
            contact_ids=_contacts(row.get("WhoId")),
            type=type_,
            occurred_at=_task_time(row),
            # Begun minutes count, so that a short talk is not a talk of no length.
            minutes=-(-int(seconds) // 60) if type_ == _CALL and seconds else None,
            is_cancelled=not row["IsClosed"],
        )

    return read


def read_event(row: Row) -> Activity:
    """Read a meeting. The head of a series and an invitee's copy stand beside the meeting itself."""
    repeats = bool(row.get("IsChild")) or bool(row.get("IsRecurrence"))
    return Activity(
        remote_id=f"Event:{canonical_id(row['Id'])}",
        modified_at=parse_instant(row["SystemModstamp"]),
        account_id=optional_id(row.get("AccountId")),
        contact_ids=_contacts(row.get("WhoId")),
        type="meeting",
        occurred_at=_event_time(row),
        minutes=row.get("DurationInMinutes"),
        is_cancelled=repeats or _fold(row.get("Subject")).startswith(_CANCELLED),
    )


def response_reader(settings: SalesforceSettings) -> Callable[[Row], Activity]:
    """Reads campaign responses; a member who has not responded (any more) did nothing."""
    types = _folded(settings.campaign_types)

    def read(row: Row) -> Activity:
        campaign, contact = row["Campaign"] or {}, row["Contact"] or {}
        responded = row.get("FirstRespondedDate")
        return Activity(
            remote_id=f"CampaignMember:{canonical_id(row['Id'])}",
            modified_at=parse_instant(row["SystemModstamp"]),
            account_id=optional_id(contact.get("AccountId")),
            contact_ids=_contacts(row["ContactId"]),
            type=types.get(_fold(campaign.get("Type")), "campaign_response"),
            occurred_at=day_start(responded) if responded else parse_instant(row["CreatedDate"]),
            minutes=None,
            is_cancelled=not row["HasResponded"],
        )

    return read


def _talked(row: Row, connected: set[str]) -> bool:
    """A noted result decides; without one, a call that took time was a talk."""
    result = _fold(row.get("CallDisposition"))
    return result in connected if result else bool(row.get("CallDurationInSeconds"))


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


def _contacts(who_id: str | None) -> tuple[str, ...]:
    """The person, where it is a contact; leads are not read."""
    return (canonical_id(who_id),) if who_id and who_id.startswith(_CONTACT_PREFIX) else ()


def _folded(types: Mapping[str, str]) -> dict[str, str]:
    return {_fold(key): type_ for key, type_ in types.items()}


def _fold(text: str | None) -> str:
    return (text or "").strip().casefold()
