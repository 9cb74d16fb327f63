"""What Salesforce fills in by itself: defaults, names, and values that follow from other values of a record.

Each rule takes the record as it will be stored and the one it replaces (None on create) and changes the new
one. The rules run on loaded records too, so they only read what is there and never refuse.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from emulators.salesforce.store import Record, Store
from emulators.salesforce.times import to_wire

Rule = Callable[[Store, Record, Record | None], None]

# Stage: probability, forecast category, its label, closed, won. The defaults of a new organisation.
_STAGES: dict[str, tuple[float, str, str, bool, bool]] = {
    "Prospecting": (10.0, "Pipeline", "Pipeline", False, False),
    "Qualification": (10.0, "Pipeline", "Pipeline", False, False),
    "Needs Analysis": (20.0, "Pipeline", "Pipeline", False, False),
    "Value Proposition": (50.0, "Pipeline", "Pipeline", False, False),
    "Id. Decision Makers": (60.0, "Pipeline", "Pipeline", False, False),
    "Perception Analysis": (70.0, "Pipeline", "Pipeline", False, False),
    "Proposal/Price Quote": (75.0, "BestCase", "Best Case", False, False),
    "Negotiation/Review": (90.0, "Forecast", "Commit", False, False),
    "Closed Won": (100.0, "Closed", "Closed", True, True),
    "Closed Lost": (0.0, "Omitted", "Omitted", True, False),
}
_MONTHS_PER_QUARTER = 3
_DEFAULT_EVENT_MINUTES = 60


def derive(store: Store, object_name: str, record: Record, old: Record | None) -> None:
    """Fill in what follows from the values of `record`."""
    rule = _RULES.get(object_name)
    if rule is not None:
        rule(store, record, old)


def _person_name(_store: Store, record: Record, _old: Record | None) -> None:
    parts = [record[key] for key in ("FirstName", "LastName") if key in record]
    if parts:
        record["Name"] = " ".join(parts)


def _opportunity(_store: Store, record: Record, old: Record | None) -> None:
    stage = record.get("StageName")
    moved = old is None or old.get("StageName") != stage
    probability, category, label, closed, won = _STAGES.get(stage or "", _STAGES["Prospecting"])
    record["IsClosed"], record["IsWon"] = closed, won
    if moved:
        probability_given = record.get("Probability") != (old or {}).get("Probability")
        if not probability_given:
            record["Probability"] = probability
        record["ForecastCategory"], record["ForecastCategoryName"] = category, label
        if old is not None:
            record["LastStageChangeDate"] = record["SystemModstamp"]
    if "Amount" in record:
        record["ExpectedRevenue"] = round(record["Amount"] * record.get("Probability", 0.0) / 100, 2)
    if "CloseDate" in record:
        close = date.fromisoformat(record["CloseDate"])
        quarter = (close.month - 1) // _MONTHS_PER_QUARTER + 1
        record["FiscalYear"], record["FiscalQuarter"] = close.year, quarter
        record["Fiscal"] = f"{close.year} {quarter}"


def _task(store: Store, record: Record, old: Record | None) -> None:
    closed = record.get("Status") == "Completed"
    record["IsClosed"] = closed
    record["IsHighPriority"] = record.get("Priority") == "High"
    if not closed:
        record.pop("CompletedDateTime", None)
    elif old is None or not old.get("IsClosed"):
        record.setdefault("CompletedDateTime", record["LastModifiedDate"])
    _activity_account(store, record)


def _event(store: Store, record: Record, old: Record | None) -> None:
    start = _changed(record, old, "StartDateTime") or _changed(record, old, "ActivityDateTime")
    start = start or record.get("StartDateTime")
    if start is not None:
        record["StartDateTime"] = record["ActivityDateTime"] = start
        record["ActivityDate"] = start[:10]
        begin = datetime.fromisoformat(start)
        end = _changed(record, old, "EndDateTime")
        if end is not None and _changed(record, old, "DurationInMinutes") is None:
            record["DurationInMinutes"] = int((datetime.fromisoformat(end) - begin) / timedelta(minutes=1))
        minutes = record.setdefault("DurationInMinutes", _DEFAULT_EVENT_MINUTES)
        record["EndDateTime"] = to_wire(begin + timedelta(minutes=minutes))
        record["EndDate"] = record["EndDateTime"][:10]
    record.setdefault("EventSubtype", "Event")
    _activity_account(store, record)


def _changed(record: Record, old: Record | None, name: str) -> str | None:
    """The value of a field when this write set it to something new."""
    value = record.get(name)
    return value if value != (old or {}).get(name) else None


def _activity_account(store: Store, record: Record) -> None:
    """The account of an activity: of its WhatId when that leads to one, else of its contact."""
    what, who = record.get("WhatId", ""), record.get("WhoId", "")
    account = None
    if what.startswith("001"):
        account = what
    elif what.startswith("006"):
        account = (store.get("Opportunity", what) or {}).get("AccountId")
    elif who.startswith("003"):
        account = (store.get("Contact", who) or {}).get("AccountId")
    if account is None:
        record.pop("AccountId", None)
    else:
        record["AccountId"] = account


def _assignment(_store: Store, record: Record, _old: Record | None) -> None:
    record["IsActive"] = True


def _campaign_member(store: Store, record: Record, old: Record | None) -> None:
    statuses = store.tables["CampaignMemberStatus"].lookup("CampaignId", [record.get("CampaignId")])
    if "Status" not in record:
        record["Status"] = next((row["Label"] for row in statuses if row.get("IsDefault")), "Sent")
    responded = any(row["Label"] == record["Status"] and row.get("HasResponded") for row in statuses)
    record["HasResponded"] = responded
    if responded and not (old or {}).get("HasResponded"):
        record.setdefault("FirstRespondedDate", record["LastModifiedDate"][:10])
    kinds = (("LeadId", "Lead"), ("ContactId", "Contact"), ("AccountId", "Account"))
    record["Type"] = next((kind for key, kind in kinds if key in record), "Contact")
    person = record.get("LeadId") or record.get("ContactId")
    if person is not None:
        record["LeadOrContactId"] = person


_RULES: dict[str, Rule] = {
    "Contact": _person_name,
    "Lead": _person_name,
    "User": _person_name,
    "Opportunity": _opportunity,
    "Task": _task,
    "Event": _event,
    "CampaignMember": _campaign_member,
    "PermissionSetAssignment": _assignment,
}
