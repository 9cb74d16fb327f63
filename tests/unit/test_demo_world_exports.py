"""What each CRM gets of the demo world: valid ids, references that lead somewhere, reserved domains."""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from emulators.demo import World, generate, hubspot_records, salesforce_records
from emulators.demo.salesforce_ids import KEY_PREFIXES, with_suffix
from emulators.demo.words import words

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
Records = dict[str, list[dict[str, Any]]]

PERSONAL = {domain for country in words()["countries"].values() for domain in country["personal_domains"]}
REFERENCES = {
    "AccountId": ("Account",),
    "ParentId": ("Account",),
    "OwnerId": ("User",),
    "OpportunityId": ("Opportunity",),
    "CampaignId": ("Campaign",),
    "ContactId": ("Contact",),
    "LeadId": ("Lead",),
    "WhoId": ("Contact", "Lead"),
    "WhatId": ("Account", "Opportunity"),
    "RelatedToId": ("Account", "Opportunity"),
    "ActivityId": ("Task",),
    "ConvertedAccountId": ("Account",),
    "ConvertedContactId": ("Contact",),
}


@pytest.fixture(scope="module")
def world() -> World:
    return generate(accounts_per_crm=300, now=NOW)


@pytest.fixture(scope="module")
def salesforce(world: World) -> Records:
    return salesforce_records(world)


@pytest.fixture(scope="module")
def hubspot(world: World) -> dict[str, Any]:
    return hubspot_records(world)


@pytest.mark.parametrize(
    ("short_id", "long_id"),
    [
        ("00530000003z6Zt", "00530000003z6ZtAAI"),
        ("0017F00002NIcx9", "0017F00002NIcx9QAD"),
    ],
)
def test_the_suffix_of_a_salesforce_id(short_id: str, long_id: str) -> None:
    assert with_suffix(short_id)[:15] == short_id
    assert len(with_suffix(short_id)) == len(long_id)
    assert with_suffix(short_id) == long_id


def _suffix_by_bits(short_id: str) -> str:
    """The documented algorithm once more, written out differently."""
    chunks = (short_id[start : start + 5] for start in (0, 5, 10))
    bits = ("".join("1" if letter.isupper() else "0" for letter in reversed(chunk)) for chunk in chunks)
    return "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[int(bit, 2)] for bit in bits)


def test_salesforce_ids_are_valid_and_unique(salesforce: Records) -> None:
    ids = [record["Id"] for records in salesforce.values() for record in records]
    assert len(set(ids)) == len(ids)
    for kind, records in salesforce.items():
        for record in records:
            assert re.fullmatch(r"[0-9A-Za-z]{15}[A-Z0-5]{3}", record["Id"])
            assert record["Id"].startswith(KEY_PREFIXES[kind])
            assert record["Id"][15:] == _suffix_by_bits(record["Id"][:15])


def test_salesforce_references_lead_to_records(salesforce: Records) -> None:
    ids = {kind: {record["Id"] for record in records} for kind, records in salesforce.items()}
    for records in salesforce.values():
        for record in records:
            for field, kinds in REFERENCES.items():
                value = record.get(field)
                assert value is None or any(value in ids[kind] for kind in kinds), (field, record)


def test_salesforce_times_are_in_wire_format_and_in_order(salesforce: Records) -> None:
    now = "2026-11-22T10:30:00.000+0000"
    for records in salesforce.values():
        for record in records:
            stamps = [record["CreatedDate"], record["LastModifiedDate"], record["SystemModstamp"]]
            assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+0000", stamp) for stamp in stamps)
            assert stamps == sorted(stamps)
            assert stamps[-1] <= now


def test_a_campaign_has_a_person_only_once(salesforce: Records) -> None:
    members = salesforce["CampaignMember"]
    keys = Counter((row["CampaignId"], row["ContactId"] or row["LeadId"]) for row in members)
    assert max(keys.values()) == 1
    assert all(row["HasResponded"] == (row["Status"] == "Responded") for row in members)
    assert all(row["HasResponded"] == (row["FirstRespondedDate"] is not None) for row in members)
    assert {row["Status"] for row in members} == {"Sent", "Responded"}


def test_activities_of_leads_hang_on_no_account(salesforce: Records) -> None:
    of_leads = [task for task in salesforce["Task"] if (task["WhoId"] or "").startswith("00Q")]
    assert of_leads
    assert all(task["WhatId"] is None and task["AccountId"] is None for task in of_leads)


def test_each_email_is_there_as_a_task_and_as_a_message(salesforce: Records) -> None:
    tasks = {task["Id"]: task for task in salesforce["Task"] if task["TaskSubtype"] == "Email"}
    messages = salesforce["EmailMessage"]
    assert {message["ActivityId"] for message in messages} == set(tasks)
    for message in messages:
        task = tasks[message["ActivityId"]]
        assert message["RelatedToId"] == task["WhatId"]
        assert message["MessageDate"] == task["CompletedDateTime"]
        assert message["Incoming"] == task["Subject"].startswith("Re: ")
        assert "@" in message["FromAddress"]
        assert message["ToAddress"]
        assert message["IsOpened"] == (message["FirstOpenedDate"] is not None)


def test_some_contacts_came_in_as_leads(salesforce: Records) -> None:
    converted = [lead for lead in salesforce["Lead"] if lead["IsConverted"]]
    contacts = {contact["Id"]: contact for contact in salesforce["Contact"]}
    assert 0.05 < len(converted) / len(contacts) < 0.2
    for lead in converted:
        contact = contacts[lead["ConvertedContactId"]]
        assert (lead["Email"], lead["ConvertedAccountId"]) == (contact["Email"], contact["AccountId"])
        assert lead["ConvertedDate"] == contact["CreatedDate"][:10]
        assert lead["Status"] == "Closed - Converted"


def test_every_salesforce_touch_is_exported(world: World, salesforce: Records) -> None:
    kinds = Counter(touch.kind for touch in world.touches if touch.crm == "salesforce")
    done = [task for task in salesforce["Task"] if task["Status"] == "Completed"]
    assert len(salesforce["Event"]) == kinds["meeting"]
    assert len(done) == sum(kinds[kind] for kind in ("open", "click", "email", "reply", "call", "note"))
    assert len({task["TaskSubtype"] for task in done}) == 3


def test_hubspot_ids_are_unique_and_properties_are_text(hubspot: dict[str, Any]) -> None:
    for records in hubspot["objects"].values():
        assert len({record["id"] for record in records}) == len(records)
        for record in records:
            assert record["id"] == record["properties"]["hs_object_id"]
            assert all(isinstance(value, str) and value for value in record["properties"].values())
            assert record["createdAt"] <= record["updatedAt"] <= "2026-11-22T10:30:00.000Z"


def test_hubspot_associations_lead_to_records(hubspot: dict[str, Any]) -> None:
    ids = {name: {record["id"] for record in records} for name, records in hubspot["objects"].items()}
    rows = hubspot["associations"]
    assert len({tuple(row) for row in rows}) == len(rows)
    for from_type, from_id, to_type, to_id, type_id in rows:
        assert from_id in ids[from_type]
        assert to_id in ids[to_type]
        assert isinstance(type_id, int)
    primary = Counter(row[1] for row in rows if row[0] == "contacts" and row[4] == 1)
    assert set(primary) == ids["contacts"]
    assert max(primary.values()) == 1


def test_hubspot_contacts_have_an_email_only_once(hubspot: dict[str, Any]) -> None:
    emails = [record["properties"].get("email") for record in hubspot["objects"]["contacts"]]
    known = [email for email in emails if email]
    assert len(set(known)) == len(known)


def test_roll_ups_count_the_touches(world: World, hubspot: dict[str, Any]) -> None:
    contacts = hubspot["objects"]["contacts"]
    for name, kinds in (("hs_email_open", {"open"}), ("num_conversion_events", {"form", "event"})):
        rolled = sum(int(record["properties"].get(name, 0)) for record in contacts)
        assert rolled == sum(touch.crm == "hubspot" and touch.kind in kinds for touch in world.touches)


def test_people_in_both_crms_have_one_address(
    world: World, salesforce: Records, hubspot: dict[str, Any]
) -> None:
    both = sum(p.salesforce is not None and p.hubspot is not None and bool(p.email) for p in world.people)
    ours = {row["Email"] for kind in ("Contact", "Lead") for row in salesforce[kind]} - {None}
    theirs = {record["properties"].get("email") for record in hubspot["objects"]["contacts"]} - {None}
    assert len(ours & theirs) == both > 100


def test_only_reserved_domains_and_known_personal_ones(salesforce: Records, hubspot: dict[str, Any]) -> None:
    text = json.dumps([salesforce, hubspot]).lower()
    hosts = set(re.findall(r"@([a-z0-9.-]+)|https?://([a-z0-9.-]+)", text))
    names = {mail or site for mail, site in hosts}
    accounts = [row["Website"] for row in salesforce["Account"] if row["Website"]]
    names |= {re.sub(r"^https?://|/.*$", "", site.lower()) for site in accounts}
    names |= {
        c["properties"]["domain"] for c in hubspot["objects"]["companies"] if "domain" in c["properties"]
    }
    assert {name for name in names if not name.endswith(".example")} <= PERSONAL


def test_the_hidden_fit_is_in_no_export(world: World, salesforce: Records, hubspot: dict[str, Any]) -> None:
    text = json.dumps([salesforce, hubspot])
    assert "fit" not in {
        key.lower() for records in salesforce.values() for record in records for key in record
    }
    assert "true_fit" not in text
    exported = set(re.findall(r"0\.\d{3,}", text))
    assert not exported & {str(company.true_fit) for company in world.companies}


def test_records_have_the_gaps_and_oddities_of_a_real_crm(
    salesforce: Records, hubspot: dict[str, Any]
) -> None:
    accounts, companies = salesforce["Account"], hubspot["objects"]["companies"]
    without = {
        "industry": sum(row["Industry"] is None for row in accounts) / len(accounts),
        "employees": sum(row["NumberOfEmployees"] is None for row in accounts) / len(accounts),
        "hubspot industry": sum("industry" not in c["properties"] for c in companies) / len(companies),
        "hubspot employees": sum("numberofemployees" not in c["properties"] for c in companies)
        / len(companies),
    }
    assert all(0.04 < share < 0.2 for share in without.values()), without
    assert any(row["Website"] is None for row in accounts)
    assert any("domain" not in record["properties"] for record in companies)
    assert any((row["Website"] or "").startswith("https://www.") for row in accounts)
    assert any(row["ParentId"] for row in accounts)
    assert {row["Type"] for row in accounts} == {"Customer", "Prospect", "Partner", "Competitor"}
    assert not all(user["IsActive"] for user in salesforce["User"])


def test_industries_are_each_crms_own_words(salesforce: Records, hubspot: dict[str, Any]) -> None:
    table = words()["industries"].values()
    ours = {row["Industry"] for row in salesforce["Account"]} - {None}
    theirs = {record["properties"].get("industry") for record in hubspot["objects"]["companies"]} - {None}
    assert ours == {entry["salesforce"] for entry in table}
    assert theirs == {entry["hubspot"] for entry in table}


def test_exports_are_byte_identical_and_keep_ids_when_now_moves(
    world: World, salesforce: Records, hubspot: dict[str, Any]
) -> None:
    again = generate(accounts_per_crm=300, now=NOW)
    assert json.dumps(salesforce_records(again)) == json.dumps(salesforce)
    assert json.dumps(hubspot_records(again)) == json.dumps(hubspot)
    later = generate(accounts_per_crm=300, now=world.now + timedelta(days=33))
    moved = salesforce_records(later)
    for kind, records in salesforce.items():
        assert [record["Id"] for record in moved[kind]] == [record["Id"] for record in records], kind
