"""Ids, queries, and rows as records."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.salesforce import soql
from connectors.salesforce.activities import event_reader, response_reader, task_reader
from connectors.salesforce.emails import email_reader
from connectors.salesforce.hosts import host_allowed
from connectors.salesforce.ids import canonical_id, is_id
from connectors.salesforce.mapping import deal_reader
from connectors.salesforce.positions import Position
from connectors.salesforce.settings import ActivityTypes, SalesforceSettings

SETTINGS = SalesforceSettings.model_validate(
    {
        "crm": "salesforce",
        "instance_url": "https://acme.my.salesforce.com",
        "client_id": "env:A",
        "client_secret": "env:B",
    }
)
STAMP = "2026-03-02T09:30:00.000+0000"
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ACCOUNT_ID, CONTACT_ID = "001D000000IRFmaIAH", "00390000003LXRLAA4"


def task(**values: Any) -> dict[str, Any]:
    return {
        "Id": "00T000000000001AAA",
        "SystemModstamp": STAMP,
        "IsClosed": True,
        "CreatedDate": STAMP,
        **values,
    }


def event(**values: Any) -> dict[str, Any]:
    return {"Id": "00U000000000001AAA", "SystemModstamp": STAMP, "CreatedDate": STAMP, **values}


@pytest.mark.parametrize("long", ["001D000000IRFmaIAH", "00vZ0000001wNkVIAU", "701Z0000000WZA7IAO"])
def test_short_ids_become_long_ones(long: str) -> None:
    assert canonical_id(long[:15]) == long
    assert canonical_id(long) == long
    assert is_id(long)


@pytest.mark.parametrize("text", ["", "001", "001D000000IRFm'", "001D000000IRFmaIA!", "001D000000IRFmaIAHx"])
def test_what_is_no_id_stays_as_it_is(text: str) -> None:
    assert not is_id(text)
    assert canonical_id(text) == text


def test_a_lower_bound_is_closed() -> None:
    assert soql.select(["Id"], "Account", [soql.since(AT)], order="SystemModstamp, Id") == (
        "SELECT Id FROM Account WHERE SystemModstamp >= 2026-03-02T09:30:00.000Z ORDER BY SystemModstamp, Id"
    )


def test_a_position_goes_on_behind_its_row() -> None:
    where = ["IsDeleted = false", *soql.behind(Position(AT, ACCOUNT_ID))]

    assert soql.select(["Id"], "Account", where, order="SystemModstamp, Id", limit=500) == (
        "SELECT Id FROM Account WHERE IsDeleted = false AND SystemModstamp >= 2026-03-02T09:30:00.000Z "
        "AND (SystemModstamp > 2026-03-02T09:30:00.000Z OR Id > '001D000000IRFmaIAH') "
        "ORDER BY SystemModstamp, Id LIMIT 500"
    )


def test_values_are_quoted() -> None:
    assert soql.with_ids(["Id"], "Account", ["a'b"]) == "SELECT Id FROM Account WHERE Id IN ('a\\'b')"


@pytest.mark.parametrize(
    ("values", "type_", "minutes"),
    [
        (
            {"TaskSubtype": "Call", "CallDisposition": "Connected", "CallDurationInSeconds": 61},
            "call_connected",
            2,
        ),
        (
            {"TaskSubtype": "Call", "CallDisposition": "Left voicemail", "CallDurationInSeconds": 61},
            "other",
            None,
        ),
        ({"TaskSubtype": "Call", "CallDurationInSeconds": 600}, "call_connected", 10),
        ({"TaskSubtype": "Call", "CallDurationInSeconds": 0}, "other", None),
        ({"TaskSubtype": "Call"}, "other", None),
        ({"TaskSubtype": "Call", "CallDisposition": "connected"}, "call_connected", None),
        ({"Type": "Call", "TaskSubtype": "Task", "CallDurationInSeconds": 60}, "call_connected", 1),
        ({"TaskSubtype": "Email"}, "other", None),
        ({"TaskSubtype": "Task", "Type": "Meeting"}, "meeting", None),
        ({}, "other", None),
    ],
)
def test_tasks_become_activities(values: dict[str, Any], type_: str, minutes: int | None) -> None:
    activity = task_reader(SETTINGS.activities)(task(WhoId=CONTACT_ID[:15], AccountId=ACCOUNT_ID, **values))

    assert (activity.type, activity.minutes, activity.is_cancelled) == (type_, minutes, False)
    assert (activity.contact_ids, activity.account_id) == ((canonical_id(CONTACT_ID[:15]),), ACCOUNT_ID)
    assert activity.remote_id == "Task:00T000000000001AAA"


def test_configured_types_win() -> None:
    types = ActivityTypes(task_types={"Email": "email_reply"})

    assert task_reader(types)(task(TaskSubtype="Email")).type == "email_reply"


def test_an_open_task_counts_for_nothing() -> None:
    assert task_reader(SETTINGS.activities)(task(IsClosed=False)).is_cancelled


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"CompletedDateTime": STAMP, "ActivityDate": "2026-01-01"}, AT),
        ({"ActivityDate": "2026-01-01"}, datetime(2026, 1, 1, tzinfo=UTC)),
        ({}, AT),
    ],
)
def test_a_task_happened_when_it_was_done(values: dict[str, Any], expected: datetime) -> None:
    assert task_reader(SETTINGS.activities)(task(**values)).occurred_at == expected


def test_a_lead_is_a_person_with_its_object_before_the_id() -> None:
    read = task_reader(SETTINGS.activities)

    assert read(task(WhoId="00QD000000IRFma")).contact_ids == (f"Lead:{canonical_id('00QD000000IRFma')}",)
    assert read(task(WhoId="005D000000IRFmaIAH")).contact_ids == ()


@pytest.mark.parametrize(
    ("what", "account", "expected"),
    [
        (ACCOUNT_ID[:15], None, (ACCOUNT_ID, None)),
        ("006D000000IRFmaIAH", ACCOUNT_ID, (ACCOUNT_ID, "006D000000IRFmaIAH")),
        ("006D000000IRFma", None, (None, canonical_id("006D000000IRFma"))),
        ("701Z0000000WZA7IAO", None, (None, None)),
        (None, ACCOUNT_ID, (ACCOUNT_ID, None)),
        (None, None, (None, None)),
    ],
)
def test_what_an_activity_is_about_says_its_account(
    what: str | None, account: str | None, expected: tuple[str | None, str | None]
) -> None:
    for activity in (
        task_reader(SETTINGS.activities)(task(WhatId=what, AccountId=account)),
        event_reader(SETTINGS.activities)(event(WhatId=what, AccountId=account)),
    ):
        assert (activity.account_id, activity.deal_id) == expected


def email(**values: Any) -> dict[str, Any]:
    own = {"Id": "02s000000000001AAA", "SystemModstamp": STAMP, "CreatedDate": STAMP}
    return {**own, "Incoming": False, "Status": "3", **values}


def test_an_incoming_message_is_a_reply_and_takes_its_person_from_its_task() -> None:
    row = email(
        Incoming=True,
        MessageDate="2026-02-01T08:00:00.000+0000",
        ActivityId="00T000000000001",
        Activity={"WhoId": CONTACT_ID, "AccountId": ACCOUNT_ID},
    )

    found = email_reader(SETTINGS.activities)(row)

    assert (found.type, found.contact_ids, found.account_id) == ("email_reply", (CONTACT_ID,), ACCOUNT_ID)
    assert found.replaces == f"Task:{canonical_id('00T000000000001')}"
    assert found.occurred_at == datetime(2026, 2, 1, 8, tzinfo=UTC)


def test_our_messages_count_little_and_drafts_nothing() -> None:
    read = email_reader(SETTINGS.activities)

    assert (read(email()).type, read(email()).is_cancelled) == ("other", False)
    draft = read(email(Status="5", ActivityId="00T000000000001AAA"))
    assert (draft.is_cancelled, draft.replaces) == (True, None)


def test_configured_words_come_on_top_of_the_defaults() -> None:
    types = ActivityTypes(
        task_types={"demo": "meeting", "Chat": "chat"},
        call_dispositions={"Busy": "none", "Demo given": "meeting"},
        event_types={"Webinar": "webinar_attended", "Internal": "none"},
        campaign_types={"Chatbot": "chat"},
        email_directions={"outgoing": "none"},
    )
    task_of, event_of = task_reader(types), event_reader(types)

    assert task_of(task(Type="Demo")).type == "meeting"
    assert task_of(task(Type="Call", CallDisposition="connected")).type == "call_connected"
    assert task_of(task(Type="Call", CallDisposition="demo given", CallDurationInSeconds=61)).minutes == 2
    assert task_of(task(Type="Call", CallDisposition="busy")).is_cancelled
    assert event_of(event(Type="Webinar")).type == "webinar_attended"
    assert event_of(event(EventSubtype="internal")).is_cancelled
    assert not event_of(event(Type="Other")).is_cancelled
    assert email_reader(types)(email()).is_cancelled
    assert not email_reader(types)(email(Incoming=True)).is_cancelled


@pytest.mark.parametrize(
    ("values", "cancelled"),
    [
        ({"Subject": "Canceled: demo"}, True),
        ({"Subject": "CANCELLED: demo"}, True),
        ({"Subject": "Why we cancelled"}, False),
        ({"Subject": None}, False),
        ({"IsChild": True}, True),
        ({"IsRecurrence": True}, True),
    ],
)
def test_cancelled_meetings_and_copies_do_not_count(values: dict[str, Any], cancelled: bool) -> None:  # noqa: FBT001 a table
    activity = event_reader(SETTINGS.activities)(event(StartDateTime=STAMP, DurationInMinutes=30, **values))

    assert (activity.type, activity.minutes, activity.occurred_at) == ("meeting", 30, AT)
    assert activity.is_cancelled is cancelled


def test_an_all_day_event_is_on_its_day() -> None:
    assert event_reader(SETTINGS.activities)(event(ActivityDate="2026-05-04")).occurred_at == datetime(
        2026, 5, 4, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("campaign_type", "type_"),
    [
        ("Webinar", "webinar_attended"),
        ("trade show", "event_attended"),
        ("Email", "campaign_response"),
        (None, "campaign_response"),
    ],
)
def test_responses_take_their_type_from_the_campaign(campaign_type: str | None, type_: str) -> None:
    row = {
        "Id": "00v000000000001AAA",
        "SystemModstamp": STAMP,
        "CreatedDate": STAMP,
        "HasResponded": True,
        "FirstRespondedDate": "2026-02-01",
        "ContactId": CONTACT_ID,
        "LeadId": "00QD000000IRFmaIAH",
        "Campaign": {"Type": campaign_type},
        "Contact": {"AccountId": ACCOUNT_ID},
    }

    activity = response_reader(SETTINGS.activities)(row)

    assert (activity.type, activity.is_cancelled, activity.account_id) == (type_, False, ACCOUNT_ID)
    assert activity.occurred_at == datetime(2026, 2, 1, tzinfo=UTC)
    assert response_reader(SETTINGS.activities)({**row, "HasResponded": False}).is_cancelled
    assert activity.contact_ids == (CONTACT_ID,)
    of_lead = response_reader(SETTINGS.activities)({**row, "ContactId": None, "Contact": None})
    assert (of_lead.account_id, of_lead.contact_ids) == (None, ("Lead:00QD000000IRFmaIAH",))


def test_an_open_deal_has_no_closing_time() -> None:
    row = {
        "Id": "006000000000001AAA",
        "SystemModstamp": STAMP,
        "CreatedDate": STAMP,
        "Name": "Deal",
        "StageName": "Prospecting",
        "IsClosed": False,
        "IsWon": False,
        "CloseDate": "2026-12-31",
    }

    assert deal_reader(SETTINGS)(row).closed_at is None
    closed = deal_reader(SETTINGS)({**row, "IsClosed": True, "IsWon": True})
    assert (closed.closed_at, closed.is_won) == (datetime(2026, 12, 31, tzinfo=UTC), True)


@pytest.mark.parametrize(
    ("url", "emulator", "allowed"),
    [
        ("https://acme.my.salesforce.com", False, True),
        ("https://acme--dev.sandbox.my.salesforce.com/", False, True),
        ("http://acme.my.salesforce.com", False, False),
        ("https://acme.my.salesforce.com.evil.example", False, False),
        ("https://evilsalesforce.com", False, False),
        ("https://user@acme.my.salesforce.com", False, False),
        ("https://acme.my.salesforce.com/path", False, False),
        ("http://127.0.0.1:8801", False, False),
        ("http://127.0.0.1:8801", True, True),
        ("http://10.0.0.1:8801", True, False),
        ("", True, False),
    ],
)
def test_credentials_go_to_salesforce_only(url: str, emulator: bool, allowed: bool) -> None:  # noqa: FBT001 a table
    assert host_allowed(url, emulator=emulator) is allowed
