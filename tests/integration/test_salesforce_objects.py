"""Owners, roles, leads, e-mails, parents and mapped fields of Salesforce, from the emulator into the store."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from core.errors import ConfigError
from core.records import Kind, RecordRef
from tests.contract.salesforce_harness import SalesforceHarness, long_id
from tests.contract.worlds import EDITED_AT, LOADED_AT, PULLED_AT
from tests.stored import Stored, stored

DAY = "2026-03-01T10:00:00.000+0000"


def sf_id(prefix: str, number: int) -> str:
    return long_id(f"{prefix}S0000{number:07d}")


ACME, BETA, HOLDING = (sf_id("001", n) for n in (1, 2, 3))
ANN, BO = (sf_id("003", n) for n in (1, 2))
LIA, MAX = (sf_id("00Q", n) for n in (1, 2))
DEAL, OTHER_DEAL = (sf_id("006", n) for n in (1, 2))
JO = sf_id("005", 77)

WORLD: dict[str, list[dict[str, Any]]] = {
    "User": [
        {
            "Id": JO,
            "FirstName": "Jo",
            "LastName": "Roe",
            "Username": "jo@us.example",
            "Email": "jo@us.example",
        }
    ],
    "Account": [
        {"Id": ACME, "Name": "Acme", "Website": "acme.example", "OwnerId": JO},
        {"Id": BETA, "Name": "Beta", "Website": "beta.example"},
    ],
    "Contact": [
        {"Id": ANN, "AccountId": ACME, "LastName": "Ann", "Email": "ann@acme.example", "Title": "Buyer"},
        {"Id": BO, "AccountId": ACME, "LastName": "Bo", "Email": "bo@acme.example"},
    ],
    "Opportunity": [
        {"Id": one, "AccountId": ACME, "Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-12-31"}
        for one in (DEAL, OTHER_DEAL)
    ],
}


@pytest.fixture
def crm(salesforce: SalesforceHarness) -> SalesforceHarness:
    salesforce.reset()
    salesforce.control("settings", {"page_sizes": [200]})
    salesforce.set_clock(LOADED_AT)
    salesforce.control("load", WORLD)
    return salesforce


@pytest.fixture
def world(crm: SalesforceHarness, tmp_path: Path) -> Iterator[Stored]:
    crm.set_clock(PULLED_AT)
    with stored(tmp_path, salesforce=crm.connector()) as found:
        yield found


def role(number: int, contact: str, text: str | None, deal: str = DEAL) -> dict[str, Any]:
    own = {"Id": sf_id("00K", number), "OpportunityId": deal, "ContactId": contact}
    return {**own, "Role": text} if text else own


def task(number: int, who: str | None = None, **more: Any) -> dict[str, Any]:
    own = {"Id": sf_id("00T", number), "Status": "Completed", "Subject": "Call", "ActivityDate": "2026-03-01"}
    return {**own, **({"WhoId": who} if who else {}), **more}


def later(crm: SalesforceHarness, minutes: int, rows: dict[str, list[dict[str, Any]]]) -> None:
    crm.set_clock(EDITED_AT + timedelta(minutes=minutes))
    crm.control("load", rows)
    crm.set_clock(EDITED_AT + timedelta(minutes=minutes + 5))


def test_an_account_knows_its_owner_by_name(crm: SalesforceHarness, world: Stored) -> None:
    world.pull()
    (acme,) = (one for one in world.accounts() if one.remote_id == ACME)
    assert (acme.owner_id, acme.owner_name, acme.owner_email) == (JO, "Jo Roe", "jo@us.example")
    assert acme.owner == "Jo Roe"

    later(crm, 0, {"User": [{"Id": JO, "LastName": "Poe", "IsActive": False}]})
    world.pull()

    assert {one.owner_name for one in world.accounts() if one.remote_id == ACME} == {"Jo Poe"}
    assert (0,) in world.rows(f"SELECT is_active FROM crm_owner WHERE remote_id = '{JO}'")  # noqa: S608 an id of ours


def test_the_role_that_was_set_last_on_a_deal_counts(crm: SalesforceHarness, world: Stored) -> None:
    crm.control("load", {"OpportunityContactRole": [role(1, ANN, "Influencer"), role(2, BO, None)]})
    world.pull()
    assert world.roles() == {"ann@acme.example": "Influencer"}

    later(crm, 0, {"OpportunityContactRole": [role(3, ANN, "Economic Buyer", OTHER_DEAL)]})
    world.pull()
    assert world.roles() == {"ann@acme.example": "Economic Buyer"}

    later(crm, 10, {"OpportunityContactRole": [role(3, BO, "Economic Buyer", OTHER_DEAL)]})
    world.pull()
    assert world.roles() == {"ann@acme.example": "Influencer", "bo@acme.example": "Economic Buyer"}


def test_roles_go_and_come_back_with_their_deal(crm: SalesforceHarness, world: Stored) -> None:
    crm.control("load", {"OpportunityContactRole": [role(1, ANN, "Influencer")]})
    world.pull()

    later(crm, 0, {"Opportunity": [{"Id": DEAL, "IsDeleted": True}]})
    world.pull()
    assert world.roles() == {}

    later(crm, 10, {"Opportunity": [{"Id": DEAL, "IsDeleted": False}]})
    world.pull()
    assert world.roles() == {"ann@acme.example": "Influencer"}


def test_a_role_of_the_contact_itself_comes_before_roles_on_deals(
    crm: SalesforceHarness, tmp_path: Path
) -> None:
    crm.control("load", {"OpportunityContactRole": [role(1, ANN, "Influencer")]})
    crm.control("load", {"Contact": [{"Id": ANN, "Department": "Champion"}]})
    crm.set_clock(PULLED_AT)
    connector = crm.configured(contact_fields={"buying_role": "Department"})

    with stored(tmp_path, salesforce=connector) as world:
        world.pull()
        assert world.roles() == {"ann@acme.example": "Champion"}


def lead(number: int, email: str, **more: Any) -> dict[str, Any]:
    own = {"Id": sf_id("00Q", number), "LastName": f"Lead {number}", "Company": "Acme", "Email": email}
    return {**own, **more}


def test_leads_belong_to_the_account_of_their_e_mail_domain(crm: SalesforceHarness, world: Stored) -> None:
    crm.control(
        "load",
        {
            "Lead": [lead(1, "lia@acme.example"), lead(2, "max@gmail.com")],
            "Task": [task(1, LIA, TaskSubtype="Call", CallDurationInSeconds=60), task(2, MAX)],
        },
    )

    world.pull()

    assert world.evidence("acme.example") == [
        ("lia@acme.example", "call_connected", f"Task:{sf_id('00T', 1)}")
    ]
    assert world.rows(
        "SELECT remote_id, rule FROM contact_link WHERE remote_id LIKE 'Lead:%' ORDER BY 1"
    ) == [
        (f"Lead:{LIA}", "email_domain"),
        (f"Lead:{MAX}", "none"),
    ]


def test_managed_fields_are_never_wanted_of_a_lead(crm: SalesforceHarness, world: Stored) -> None:
    crm.control("load", {"Lead": [lead(1, "lia@acme.example")]})

    world.pull()

    people = {one.remote_id: one.managed for one in world.writable(Kind.CONTACT)}
    assert people[f"Lead:{LIA}"] == {}


def test_a_converted_lead_becomes_its_contact_with_its_activities(
    crm: SalesforceHarness, world: Stored
) -> None:
    response = {"Id": sf_id("00v", 1), "CampaignId": sf_id("701", 1), "LeadId": LIA, "Status": "Responded"}
    crm.control(
        "load",
        {
            "Campaign": [{"Id": sf_id("701", 1), "Name": "Webinar", "Type": "Webinar"}],
            "Lead": [lead(1, "lia@other.example")],
            "CampaignMember": [response],
            "Task": [task(1, LIA)],
        },
    )
    world.pull()
    assert world.evidence() == []

    crm.set_clock(EDITED_AT)
    made = crm.control("convert", {"lead": LIA, "account": ACME})
    crm.set_clock(EDITED_AT + timedelta(minutes=5))
    world.pull()

    person = "lia@other.example"
    assert world.evidence("acme.example") == [
        (person, "other", f"Task:{sf_id('00T', 1)}"),
        (person, "webinar_attended", f"CampaignMember:{sf_id('00v', 1)}"),
    ]
    gone = world.rows("SELECT remote_id, survivor_id, is_gone FROM crm_contact WHERE remote_id LIKE 'Lead:%'")
    assert gone == [(f"Lead:{LIA}", made["contact"], 1)]
    assert world.pull()[0].changed == 0


def test_an_activity_about_a_deal_follows_the_deal(crm: SalesforceHarness, tmp_path: Path) -> None:
    """F29, and an org where nobody may see Task.AccountId."""
    crm.control("settings", {"deny_fields": {"Task.AccountId": "read"}})
    crm.control("load", {"Task": [task(1, WhatId=DEAL)]})
    crm.set_clock(PULLED_AT)

    with stored(tmp_path, salesforce=crm.connector()) as world:
        world.pull()
        assert world.evidence() == [("acme.example", "other", f"Task:{sf_id('00T', 1)}")]

        later(crm, 0, {"Opportunity": [{"Id": DEAL, "AccountId": BETA}]})
        world.pull()
        assert world.evidence() == [("beta.example", "other", f"Task:{sf_id('00T', 1)}")]


def test_an_e_mail_message_counts_once_and_not_as_its_task_too(crm: SalesforceHarness, world: Stored) -> None:
    message = {
        "Id": sf_id("02s", 1),
        "ActivityId": sf_id("00T", 1),
        "Incoming": True,
        "Status": "1",
        "MessageDate": DAY,
        "RelatedToId": ACME,
    }
    crm.control("load", {"Task": [task(1, ANN, TaskSubtype="Email")]})
    world.pull()
    assert world.evidence("acme.example") == [("ann@acme.example", "other", f"Task:{sf_id('00T', 1)}")]

    later(crm, 0, {"EmailMessage": [message]})
    world.pull()
    reply = ("ann@acme.example", "email_reply", f"EmailMessage:{sf_id('02s', 1)}")
    assert world.evidence("acme.example") == [reply]

    later(crm, 10, {"EmailMessage": [{"Id": sf_id("02s", 1), "IsDeleted": True}]})
    world.pull()
    assert world.evidence("acme.example") == [("ann@acme.example", "other", f"Task:{sf_id('00T', 1)}")]


def test_children_count_for_the_topmost_parent_once_where_that_is_wanted(
    crm: SalesforceHarness, world: Stored
) -> None:
    later(
        crm,
        0,
        {
            "Account": [
                {"Id": HOLDING, "Name": "Holding", "Website": "holding.example"},
                {"Id": ACME, "ParentId": BETA},
                {"Id": BETA, "ParentId": HOLDING},
            ],
            "Task": [task(1, ANN)],
        },
    )
    world.pull()
    own = [("acme.example", "other", f"Task:{sf_id('00T', 1)}")]
    assert world.evidence() == own

    world.pull(parents="to_parent")
    assert world.evidence() == [*own, ("holding.example", "other", f"Task:{sf_id('00T', 1)}")]

    later(crm, 10, {"Account": [{"Id": ACME, "ParentId": None}]})
    world.pull(parents="to_parent")
    assert world.evidence() == own


def test_f28_ids_of_15_and_18_characters_are_one_record(crm: SalesforceHarness, world: Stored) -> None:
    crm.control("load", {"Task": [task(1, ANN[:15], WhatId=ACME[:15])]})
    world.pull()
    before = world.evidence()

    short = [RecordRef(Kind.ACCOUNT, ACME[:15]), RecordRef(Kind.CONTACT, ANN[:15])]
    pages = list(world.connectors["salesforce"].fetch(short))

    assert before == [("acme.example", "other", f"Task:{sf_id('00T', 1)}")]
    assert {one.remote_id for page in pages for one in page.records} == {ACME, ANN}


def test_mapped_fields_that_are_not_there_stop_a_pull_before_it_reads(
    crm: SalesforceHarness, tmp_path: Path
) -> None:
    wrong: dict[str, Any] = {
        "contact_fields": {"title": "Titel__c"},
        "deal_fields": {"amount": "ACV__c"},
        "fields": {"a": "B__c"},
    }
    with stored(tmp_path, sf=crm.configured(**wrong)) as world, pytest.raises(ConfigError) as caught:
        world.pull()

    message = str(caught.value)
    for line in (
        "sf.fields.a: Account",
        "sf.contact_fields.title: Contact",
        "sf.deal_fields.amount: Opportunity",
    ):
        assert f"connections.{line} has no field" in message
    assert not [name for name in world.connectors["sf"].calls() if name.startswith("read")]


def test_a_mapped_field_of_a_type_that_cannot_be_read_stops_a_pull_before_it_reads(
    crm: SalesforceHarness, tmp_path: Path
) -> None:
    wrong = {"amount": "StageName", "closes_on": "Amount"}
    with (
        stored(tmp_path, sf=crm.configured(deal_fields=wrong)) as world,
        pytest.raises(ConfigError) as caught,
    ):
        world.pull()

    assert "deal_fields.amount: Opportunity.StageName is of type picklist; it must hold a number" in str(
        caught.value
    )
    assert "deal_fields.closes_on: Opportunity.Amount is of type currency" in str(caught.value)


@pytest.mark.parametrize("size", [{}, {"bulk_read_from": 1}], ids=["query", "job"])
def test_a_deal_may_close_by_a_field_with_a_time_and_a_twin_stand_in_a_number(
    crm: SalesforceHarness, tmp_path: Path, size: dict[str, Any]
) -> None:
    closed = {"object": "Opportunity", "fullName": "Closed_At__c", "label": "Closed", "type": "DateTime"}
    twin = {
        "object": "Account",
        "fullName": "Twin__c",
        "label": "T",
        "type": "Number",
        "precision": 18,
        "scale": 0,
    }
    crm.control("schema", {"add": [closed, twin]})
    deal = long_id("006S00000000009")
    won = {
        "StageName": "Closed Won",
        "CloseDate": "2026-02-28",
        "Closed_At__c": "2026-02-01T10:00:00.000+0000",
    }
    rows = {
        "Account": [{"Id": ACME, "Twin__c": 12345678901.0}],
        "Opportunity": [{"Id": deal, "Name": "D", **won}],
    }
    crm.control("load", rows)
    crm.set_clock(PULLED_AT)
    mapped: dict[str, Any] = {"deal_fields": {"closes_on": "Closed_At__c"}, "twin_id_field": "Twin__c"}

    with stored(tmp_path, sf=crm.configured(**mapped, **size)) as world:
        world.pull()

        at = round(datetime(2026, 2, 1, 10, tzinfo=UTC).timestamp() * 1000)
        assert (deal, at) in world.rows("SELECT remote_id, closed_at FROM crm_deal")
        assert ("12345678901",) in world.rows("SELECT twin_id FROM crm_account")
        assert not world.rows("SELECT * FROM quarantine")


def add_field(crm: SalesforceHarness, table: str, name: str) -> None:
    field = {"object": table, "fullName": name, "label": name, "type": "Text", "length": 80}
    crm.control("schema", {"add": [field]})


def test_mapped_custom_fields_are_read(crm: SalesforceHarness, tmp_path: Path) -> None:
    for table, name in (
        ("Account", "Domain__c"),
        ("Contact", "Job__c"),
        ("Lead", "Mail__c"),
        ("Lead", "Role__c"),
    ):
        add_field(crm, table, name)
    crm.control(
        "load",
        {
            "Account": [{"Id": ACME, "Website": None, "Domain__c": "acme.example"}],
            "Contact": [{"Id": ANN, "Job__c": "CFO"}],
            "Lead": [{**lead(1, "x@gmail.com"), "Mail__c": "lia@acme.example", "Role__c": "Champion"}],
        },
    )
    crm.set_clock(PULLED_AT)
    connector = crm.configured(
        account_fields={"website": "Domain__c"},
        contact_fields={"title": "Job__c"},
        lead_fields={"email": "Mail__c", "buying_role": "Role__c"},
    )

    with stored(tmp_path, salesforce=connector) as world:
        world.pull()

        people: dict[str, str] = dict(world.rows("SELECT key, title FROM person WHERE code IS NOT NULL"))
        assert people["ann@acme.example"] == "CFO"
        assert world.roles() == {"lia@acme.example": "Champion"}
        assert not connector.check().problems


CANARY = "canary-5d1f"
NOT_MAPPED: dict[str, tuple[str, ...]] = {
    "Account": ("Description", "Phone", "BillingStreet"),
    "Contact": ("Description", "Phone", "MailingStreet", "Department"),
    "Lead": ("Description", "Phone", "Street"),
    "Opportunity": ("Description", "NextStep"),
    "User": ("Phone", "Department"),
    "Task": ("Description", "Subject"),
    "Event": ("Description", "Location"),
    "EmailMessage": ("TextBody", "Subject", "FromName", "ToAddress"),
    "Campaign": ("Description",),
}
"""Fields in which people keep what is none of our business."""


def test_what_is_not_mapped_is_neither_asked_for_nor_stored(crm: SalesforceHarness, tmp_path: Path) -> None:
    rows: dict[str, list[dict[str, Any]]] = {
        "Account": [{"Id": ACME}],
        "Contact": [{"Id": ANN}],
        "Lead": [lead(1, "lia@acme.example")],
        "Opportunity": [{"Id": DEAL}],
        "User": [{"Id": JO}],
        "Task": [task(1, ANN)],
        "Event": [{"Id": sf_id("00U", 1), "WhoId": ANN, "ActivityDateTime": DAY, "DurationInMinutes": 30}],
        "EmailMessage": [{"Id": sf_id("02s", 1), "RelatedToId": ACME, "Status": "3"}],
        "Campaign": [{"Id": sf_id("701", 1), "Name": "Fair"}],
    }
    canaries = {name: dict.fromkeys(fields, CANARY) for name, fields in NOT_MAPPED.items()}
    crm.control("load", {name: [{**row, **canaries[name]} for row in found] for name, found in rows.items()})
    crm.set_clock(PULLED_AT)

    with stored(tmp_path, salesforce=crm.connector()) as world:
        world.pull()
        assert len(world.evidence("acme.example")) == 3
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())

    assert b"acme.example" in kept
    assert CANARY.encode() not in kept
    journal = crm.control("requests")["requests"]
    queries = [unquote(one["query"]) for one in journal if "/query" in one["path"]]
    assert sum("FROM EmailMessage" in one.replace("+", " ") for one in queries) == 1
    selected = {name for query in queries for name in str(query).replace("+", " ").replace(",", " ").split()}
    assert not selected & {"Description", "Phone", "TextBody", "FromName", "MailingStreet", "Location"}
