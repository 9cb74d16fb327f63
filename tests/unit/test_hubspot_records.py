"""From HubSpot's records to ours."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.hubspot.layout import stage_meaning
from connectors.hubspot.records import Layout, merged_ids, parse, record_properties
from connectors.hubspot.settings import ActivityTypes
from connectors.hubspot.values import written_value
from core.managed_fields import fields_of
from core.records import Account, Activity, Contact, Deal, Kind, Record, Tally

AT = "2026-03-02T09:30:00.123Z"
MODIFIED = datetime(2026, 3, 2, 9, 30, 0, 123000, tzinfo=UTC)
CONNECTED = "f240bbac-87c9-4f6e-bf70-924b57d47db7"
BUSY = "9d9162e7-6cf3-4944-bf63-4dff82258764"
LAYOUT = Layout(
    fields={"employees": ("numberofemployees", "number"), "public": ("is_public", "bool")},
    account_fields=fields_of(Kind.ACCOUNT),
    contact_fields=fields_of(Kind.CONTACT),
    twin_property="salesforceaccountid",
    stages={"won": (True, True), "lost": (True, False), "open": (False, False)},
)


def raw(**properties: str | None) -> dict[str, Any]:
    return {"id": "7", "properties": properties, "createdAt": AT, "updatedAt": AT, "archived": False}


def one(object_type: str, properties: dict[str, str | None], **links: tuple[str, ...]) -> Record:
    return parse(object_type, raw(**properties), links, LAYOUT)[0]


def company(**properties: str | None) -> Account:
    found = one("companies", properties)
    assert isinstance(found, Account)
    return found


def activity(object_type: str, **properties: str | None) -> Activity:
    found = one(object_type, {"hs_timestamp": AT, **properties}, contacts=("1", "2"), companies=("9",))
    assert isinstance(found, Activity)
    return found


def test_a_company_is_read_whole() -> None:
    found = company(
        name="Acme",
        domain="acme.example",
        website="https://www.acme.example/en",
        hubspot_owner_id="11",
        hs_parent_company_id="12",
        salesforceaccountid="001",
        numberofemployees="1200",
        is_public="true",
        hs_lastmodifieddate=AT,
    )

    assert found[:7] == ("7", MODIFIED, "Acme", "acme.example", "11", "12", "001")
    assert found.fields == {"employees": 1200.0, "public": True}


def test_a_company_without_a_name_is_called_by_its_domain() -> None:
    assert company(name=None, domain="acme.example").name == "acme.example"


def test_null_empty_and_absent_properties_are_all_nothing() -> None:
    found = company(name="Acme", website=None, hubspot_owner_id="", numberofemployees="")

    assert (found.website, found.owner_id, found.parent_id) == (None, None, None)
    assert found.fields == {"employees": None, "public": None}
    assert set(found.managed.values()) == {None}


def test_managed_values_are_canonical_however_hubspot_writes_them() -> None:
    found = company(
        name="Acme",
        abm_fit_score="62",
        abm_tier="one_to_one",
        abm_tier_since="1772409600000",
        abm_mqa_since="2026-03-02",
        abm_scored_at="2026-03-02T09:30:00Z",
        abm_why=" Because\r\nof it ",
    )

    given = {name: value for name, value in found.managed.items() if value is not None}
    assert given == {
        "fit_score": "62.0",
        "tier": "one_to_one",
        "tier_since": "2026-03-02",
        "mqa_since": "2026-03-02",
        "scored_at": "2026-03-02T09:30:00.000Z",
        "why": "Because\nof it",
    }


def test_a_number_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="many"):
        company(name="Acme", numberofemployees="many")


@pytest.mark.parametrize("value", ["NaN", "inf", "-Infinity"])
def test_numbers_are_finite(value: str) -> None:
    with pytest.raises(ValueError, match="numberofemployees"):
        company(name="Acme", numberofemployees=value)


def test_a_contact_belongs_to_its_primary_company() -> None:
    found = one(
        "contacts",
        {"firstname": "Ann", "lastname": "Ek", "email": "ann@acme.example", "hs_buying_role": "CHAMPION"},
        companies=("9", "8"),
    )

    assert isinstance(found, Contact)
    assert (found.account_id, found.name, found.buying_role) == ("9", "Ann Ek", "CHAMPION")


def test_a_contact_tells_of_its_touches_by_counters() -> None:
    properties = {
        "email": "ann@acme.example",
        "hs_email_open": "4",
        "hs_email_last_open_date": "2026-03-01T08:00:00Z",
        "hs_email_last_click_date": "1772352000500",
        "recent_conversion_date": None,
        "num_conversion_events": "0",
    }

    _, *touches = parse("contacts", raw(**properties), {"companies": ("9",)}, LAYOUT)

    found = [
        (t.remote_id, t.type, t.account_id, t.contact_id, t.total) for t in touches if isinstance(t, Tally)
    ]
    assert found == [
        ("contact_open:7", "email_open", "9", "7", 4),
        ("contact_click:7", "email_click", "9", "7", None),
    ]


def test_where_events_tell_of_pages_and_forms_their_counters_are_not_read() -> None:
    properties: dict[str, str | None] = {
        "hs_analytics_num_page_views": "3",
        "hs_analytics_last_timestamp": AT,
        "num_conversion_events": "1",
        "recent_conversion_date": AT,
    }

    types = {has: _types(replace(LAYOUT, has_web_events=has), properties) for has in (True, False)}

    assert types == {True: [], False: ["form_submission", "page_view"]}
    asked = record_properties("contacts", replace(LAYOUT, has_web_events=True))
    assert not {"recent_conversion_date", "hs_analytics_num_page_views"} & set(asked)
    off = replace(LAYOUT, types=ActivityTypes(touches={"page_view": "none", "form_submission": "chat"}))
    assert _types(off, properties) == ["chat"]


def _types(layout: Layout, properties: dict[str, str | None]) -> list[str]:
    return [one.type for one in parse("contacts", raw(**properties), {}, layout) if isinstance(one, Tally)]


def test_a_task_counts_when_it_is_done_and_a_note_little() -> None:
    done = activity("tasks", hs_task_status="COMPLETED", hs_task_completion_date="2026-03-03T10:00:00Z")
    assert (done.type, done.is_cancelled, done.occurred_at.day) == ("other", False, 3)
    assert activity("tasks", hs_task_status="NOT_STARTED").is_cancelled
    assert (activity("notes").type, activity("notes").remote_id) == ("other", "notes:7")


def test_configured_words_come_on_top_of_the_defaults() -> None:
    types = ActivityTypes(
        call_dispositions={BUSY.upper(): "none", "demo": "meeting"},
        meeting_outcomes={"NO_SHOW": "other", "webinar": "webinar_attended"},
        email_directions={"email": "none"},
        task_types={"CALL": "call_connected"},
        notes="none",
    )
    mapped = replace(LAYOUT, types=types)

    def read(object_type: str, **properties: str) -> tuple[str, bool]:
        (found,) = parse(object_type, raw(hs_timestamp=AT, **properties), {}, mapped)
        assert isinstance(found, Activity)
        return found.type, found.is_cancelled

    assert read("calls", hs_call_disposition=BUSY) == ("other", True)
    assert read("calls", hs_call_disposition="Demo") == ("meeting", False)
    assert read("calls", hs_call_disposition=CONNECTED) == ("call_connected", False)
    assert read("meetings", hs_meeting_outcome="NO_SHOW") == ("other", False)
    assert read("meetings", hs_meeting_outcome="CANCELED") == ("other", True)
    assert read("meetings", hs_meeting_outcome="WEBINAR") == ("webinar_attended", False)
    assert read("emails", hs_email_direction="EMAIL") == ("other", True)
    assert read("tasks", hs_task_type="CALL", hs_task_status="COMPLETED") == ("call_connected", False)
    assert read("notes") == ("other", True)


@pytest.mark.parametrize(
    ("properties", "is_closed", "is_won"),
    [
        ({"dealstage": "open", "hs_is_closed": "true", "hs_is_closed_won": "true"}, True, True),
        ({"dealstage": "won", "hs_is_closed": "false", "hs_is_closed_won": "false"}, False, False),
        ({"dealstage": "won"}, True, True),
        ({"dealstage": "lost", "hs_is_closed": None}, True, False),
        ({"dealstage": "unheard of"}, False, False),
    ],
)
def test_a_deal_says_itself_if_it_is_closed_or_else_its_stage_does(
    properties: dict[str, str | None], *, is_closed: bool, is_won: bool
) -> None:
    found = one("deals", {"dealname": "D", "closedate": AT, "amount": "12.5", **properties}, companies=("9",))

    assert isinstance(found, Deal)
    assert (found.is_closed, found.is_won, found.amount, found.account_id) == (is_closed, is_won, 12.5, "9")
    assert found.closed_at == (MODIFIED if is_closed else None)


@pytest.mark.parametrize(
    ("metadata", "meaning"),
    [
        ({"isClosed": "true", "probability": "1.0"}, (True, True)),
        ({"isClosed": "true", "probability": "0.0"}, (True, False)),
        ({"isClosed": "false", "probability": "1.0"}, (False, False)),
        ({"isClosed": "false", "probability": "0.4"}, (False, False)),
        ({"probability": "1.0"}, (True, True)),
        ({"probability": 0.0}, (True, False)),
        ({"probability": 0.5}, (False, False)),
        ({}, (False, False)),
    ],
)
def test_a_stage_is_closed_when_it_says_so_or_is_certain(
    metadata: dict[str, object], meaning: tuple[bool, bool]
) -> None:
    assert stage_meaning(metadata) == meaning


def test_clearing_is_empty_text() -> None:
    assert written_value(None) == ""
    assert written_value("62.0") == "62.0"


@pytest.mark.parametrize(
    ("properties", "kind"),
    [
        ({"hs_call_disposition": CONNECTED}, "call_connected"),
        ({"hs_call_disposition": BUSY, "hs_call_status": "COMPLETED", "hs_call_duration": "60000"}, "other"),
        ({"hs_call_status": "COMPLETED", "hs_call_duration": "60000"}, "call_connected"),
        ({"hs_call_status": "COMPLETED", "hs_call_duration": None}, "other"),
        ({"hs_call_status": "NO_ANSWER", "hs_call_duration": "15000"}, "other"),
    ],
)
def test_a_call_counts_when_its_outcome_says_connected(properties: dict[str, str | None], kind: str) -> None:
    assert activity("calls", **properties).type == kind


def test_a_call_has_whole_minutes_its_people_and_its_account() -> None:
    found = activity("calls", hs_call_disposition=CONNECTED, hs_call_duration="125000")

    assert (found.remote_id, found.minutes, found.contact_ids, found.account_id) == (
        "calls:7",
        2,
        ("1", "2"),
        "9",
    )


@pytest.mark.parametrize(
    ("outcome", "is_cancelled"), [("CANCELED", True), ("NO_SHOW", True), ("COMPLETED", False), (None, False)]
)
def test_a_meeting_lasts_from_start_to_end(outcome: str | None, *, is_cancelled: bool) -> None:
    found = activity(
        "meetings",
        hs_meeting_start_time="2026-03-03T10:00:00Z",
        hs_meeting_end_time="2026-03-03T10:45:00Z",
        hs_meeting_outcome=outcome,
    )

    assert (found.type, found.minutes) == ("other" if is_cancelled else "meeting", 45)
    assert found.is_cancelled == is_cancelled
    assert found.occurred_at == datetime(2026, 3, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("direction", "status", "kind", "is_cancelled"),
    [
        ("INCOMING_EMAIL", None, "email_reply", False),
        ("EMAIL", "SENT", "other", False),
        ("EMAIL", None, "other", False),
        ("EMAIL", "BOUNCED", "other", True),
        ("FORWARDED_EMAIL", "SENT", "other", False),
    ],
)
def test_only_what_the_buyer_wrote_is_a_reply(
    direction: str, status: str | None, kind: str, *, is_cancelled: bool
) -> None:
    found = activity("emails", hs_email_direction=direction, hs_email_status=status)

    assert (found.type, found.is_cancelled) == (kind, is_cancelled)


def test_an_activity_without_a_time_cannot_be_read() -> None:
    with pytest.raises(ValueError, match="hs_timestamp"):
        one("emails", {"hs_timestamp": None})


def test_merged_ids_are_all_generations_but_never_the_record_itself() -> None:
    found = merged_ids(raw(hs_merged_object_ids="5;6", hs_calculated_merged_vids="6:1700000000000;4:1;7:2"))

    assert found == ["5", "6", "4"]


def test_only_existing_managed_properties_are_asked_for() -> None:
    bare = Layout({}, (), (), None)

    assert not any(name.startswith("abm_") for name in record_properties("companies", bare))
    assert "abm_tier" in record_properties("companies", LAYOUT)
    assert "salesforceaccountid" in record_properties("companies", LAYOUT)
