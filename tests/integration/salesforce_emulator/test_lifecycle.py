"""Deleting, restoring, merging and moving records, and the feeds that tell of it."""

# ruff: noqa: S608 - queries put together here go to an emulator in this process

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.integration.test_salesforce_emulator import Api, error_of

DAY = 24 * 3600
ALL = "SELECT Id, Name, IsDeleted, MasterRecordId, SystemModstamp FROM Account ORDER BY Name"


def everything(api: Api) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = api.get("/queryAll", q=ALL)["records"]
    return rows


def delete(api: Api, name: str, record_id: str) -> requests.Response:
    return api.call("DELETE", f"/sobjects/{name}/{record_id}")


def feed(api: Api, kind: str, start: str, end: str, name: str = "Account") -> requests.Response:
    return api.call("GET", f"/sobjects/{name}/{kind}/", params={"start": start, "end": end})


def test_a_deleted_record_stays_fifteen_days_and_is_gone_then(api: Api) -> None:
    account = api.create("Account", Name="A")
    delete(api, "Account", account)
    assert error_of(api.update("Account", account, Name="B")) == (404, "ENTITY_IS_DELETED")
    api.control("clock", {"advance_seconds": 15 * DAY - 60})
    assert [row["IsDeleted"] for row in everything(api)] == [True]
    api.control("clock", {"advance_seconds": 120})
    assert everything(api) == []
    assert error_of(api.update("Account", account, Name="B")) == (404, "NOT_FOUND")
    assert api.control("state/Account")["records"] == []


def test_what_was_restored_and_deleted_again_has_its_fifteen_days_anew(api: Api) -> None:
    account = api.create("Account", Name="A")
    delete(api, "Account", account)
    api.control("clock", {"advance_seconds": 10 * DAY})
    api.control("undelete", {"ids": [account]})
    delete(api, "Account", account)
    api.control("clock", {"advance_seconds": 6 * DAY})
    assert [row["IsDeleted"] for row in everything(api)] == [True]


def test_children_go_and_come_back_with_their_account(api: Api) -> None:
    account = api.create("Account", Name="A")
    kept, gone = (api.create("Contact", LastName=name, AccountId=account) for name in ("Kept", "Gone"))
    delete(api, "Contact", gone)
    delete(api, "Account", account)
    assert api.query("SELECT Id FROM Contact")["totalSize"] == 0
    api.control("undelete", {"ids": [account[:15]]})
    assert [row["Id"] for row in api.query("SELECT Id FROM Contact")["records"]] == [kept]
    delete(api, "Account", account)
    api.control("purge", {"ids": [account]})
    left = api.get("/queryAll", q="SELECT Id FROM Contact")["records"]
    assert [row["Id"] for row in left] == [gone]  # it went before, by itself


def test_the_feed_of_deleted_ids_reaches_as_far_as_its_log(api: Api) -> None:
    account = api.create("Account", Name="A")
    api.control("clock", {"advance_seconds": 90})
    delete(api, "Account", account)
    answer = feed(api, "deleted", "2026-05-13T11:00:00Z", "2026-05-13T13:00:00Z").json()
    assert answer == {
        "deletedRecords": [{"id": account, "deletedDate": "2026-05-13T12:01:30.000+0000"}],
        "earliestDateAvailable": "2026-04-28T12:01:00.000+0000",
        "latestDateCovered": "2026-05-13T12:01:00.000+0000",
    }
    too_early = feed(api, "deleted", "2026-04-28T12:00:00Z", "2026-05-13T13:00:00Z")
    assert error_of(too_early) == (400, "INVALID_REPLICATION_DATE")
    assert too_early.json()[0]["message"] == "startDate before org replication enabled date"
    api.control("settings", {"delete_log_days": 0.01})  # a log that was purged because it grew too long
    gap = feed(api, "deleted", "2026-05-13T11:00:00Z", "2026-05-13T13:00:00Z")
    assert error_of(gap) == (400, "INVALID_REPLICATION_DATE")


def test_the_feed_of_updated_ids_says_how_far_it_goes(api: Api) -> None:
    first = api.create("Account", Name="A")
    api.control("clock", {"advance_seconds": 600})
    second = api.create("Account", Name="B")
    answer = feed(api, "updated", "2026-05-13T12:05:59Z", "2026-05-13T12:09:30Z").json()
    assert answer == {"ids": [], "latestDateCovered": "2026-05-13T12:09:00.000+0000"}
    ahead = feed(api, "updated", "2026-05-13T11:00:00Z", "2026-05-14T00:00:00Z").json()
    assert ahead == {"ids": [first, second], "latestDateCovered": "2026-05-13T12:10:00.000+0000"}


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-04-13T11:00:00Z", "2026-05-13T12:00:00Z"),
        ("2026-05-13T11:00:00Z", "2026-05-13T11:00:59Z"),
        ("2026-05-13T11:00:00Z", "2026-05-12T11:00:00Z"),
        ("yesterday", "2026-05-12T11:00:00Z"),
    ],
)
def test_a_feed_refuses_a_window_that_makes_no_sense(api: Api, start: str, end: str) -> None:
    assert error_of(feed(api, "updated", start, end)) == (400, "INVALID_REPLICATION_DATE")


def test_a_feed_gives_no_more_ids_than_its_limit(api: Api) -> None:
    api.control("load", {"Account": [{"Name": f"A{number}"} for number in range(3)]})
    api.control("settings", {"replication_ids": 2})
    refused = feed(api, "updated", "2026-05-13T11:00:00Z", "2026-05-13T13:00:00Z")
    assert error_of(refused) == (400, "EXCEEDED_ID_LIMIT")


def test_a_removed_campaign_member_leaves_no_trace(api: Api) -> None:
    campaign = api.create("Campaign", Name="C")
    contact = api.create("Contact", LastName="A")
    member = api.create("CampaignMember", CampaignId=campaign, ContactId=contact)
    assert delete(api, "CampaignMember", member).status_code == 204
    assert api.get("/queryAll", q="SELECT Id FROM CampaignMember")["totalSize"] == 0
    window = ("2026-05-13T11:00:00Z", "2026-05-13T13:00:00Z", "CampaignMember")
    assert feed(api, "deleted", *window).json()["deletedRecords"] == []
    assert error_of(delete(api, "CampaignMember", member)) == (404, "NOT_FOUND")


def test_a_removed_role_on_a_deal_leaves_no_trace(api: Api) -> None:
    deal = api.create("Opportunity", Name="D", StageName="Prospecting", CloseDate="2026-06-01")
    contact = api.create("Contact", LastName="A")
    role = api.create("OpportunityContactRole", OpportunityId=deal, ContactId=contact, Role="Champion")
    assert api.get("/sobjects/OpportunityContactRole/describe")["undeletable"] is False
    assert delete(api, "OpportunityContactRole", role).status_code == 204
    assert api.get("/queryAll", q="SELECT Id FROM OpportunityContactRole")["totalSize"] == 0
    window = ("2026-05-13T11:00:00Z", "2026-05-13T13:00:00Z", "OpportunityContactRole")
    assert feed(api, "deleted", *window).json()["deletedRecords"] == []


def test_merges_make_chains_that_have_to_be_followed(api: Api) -> None:
    a, b, c = (api.create("Account", Name=name) for name in "ABC")
    contact = api.create("Contact", LastName="P", AccountId=a)
    task = api.create("Task", Subject="Call", WhatId=a)
    api.control("clock", {"advance_seconds": 60})
    api.control("merge", {"object": "Account", "master": b[:15], "losers": [a]})
    api.control("clock", {"advance_seconds": 60})
    api.control("merge", {"object": "Account", "master": c, "losers": [b]})
    rows = {row["Name"]: row for row in everything(api)}
    assert (rows["A"]["MasterRecordId"], rows["B"]["MasterRecordId"]) == (b, c)
    assert [rows[name]["IsDeleted"] for name in "ABC"] == [True, True, False]
    assert rows["C"]["SystemModstamp"] == "2026-05-13T12:02:00.000+0000"
    moved = api.get(f"/sobjects/Contact/{contact}")
    assert (moved["AccountId"], moved["SystemModstamp"]) == (c, "2026-05-13T12:02:00.000+0000")
    activity = api.get(f"/sobjects/Task/{task}")
    assert (activity["WhatId"], activity["AccountId"]) == (c, c)
    assert error_of(api.update("Account", a, Name="X")) == (404, "ENTITY_IS_DELETED")
    again = requests.post(
        f"{api.url}/_emulator/merge", json={"object": "Account", "master": a, "losers": [c]}, timeout=10
    )
    assert again.status_code == 400


def test_merged_people_are_members_of_a_campaign_once(api: Api) -> None:
    kept, lost = (api.create("Contact", LastName=name) for name in ("Kept", "Lost"))
    both, only = (api.create("Campaign", Name=name) for name in ("Both", "Only"))
    for campaign, contact in ((both, kept), (both, lost), (only, lost)):
        api.create("CampaignMember", CampaignId=campaign, ContactId=contact)
    api.control("merge", {"object": "Contact", "master": kept, "losers": [lost]})
    members = api.query("SELECT CampaignId, ContactId FROM CampaignMember ORDER BY CampaignId")["records"]
    assert [(row["CampaignId"], row["ContactId"]) for row in members] == [(both, kept), (only, kept)]


def test_a_contact_that_moves_stamps_itself_and_nothing_else(api: Api) -> None:
    first, second = (api.create("Account", Name=name) for name in "AB")
    contact = api.create("Contact", LastName="P", AccountId=first)
    api.control("clock", {"advance_seconds": 60})
    assert api.update("Contact", contact[:15], AccountId=second[:15]).status_code == 204
    assert api.get(f"/sobjects/Contact/{contact}")["AccountId"] == second
    stamps = {row["Name"]: row["SystemModstamp"] for row in everything(api)}
    assert set(stamps.values()) == {"2026-05-13T12:00:00.000+0000"}
    changed = api.query("SELECT Id FROM Contact WHERE SystemModstamp > 2026-05-13T12:00:00Z")["records"]
    assert [row["Id"] for row in changed] == [contact]


def test_short_ids_are_taken_everywhere_and_long_ones_come_back(api: Api) -> None:
    account = api.create("Account", Name="A")
    short = account[:15]
    contact = api.create("Contact", LastName="P", AccountId=short)
    assert api.get(f"/sobjects/Account/{short}")["Id"] == account
    assert api.query(f"SELECT AccountId FROM Contact WHERE AccountId = '{short}'")["records"][0] == {
        "attributes": {
            "type": "Contact",
            "url": f"/services/data/v62.0/sobjects/Contact/{contact}",
        },
        "AccountId": account,
    }
    rows = [{"attributes": {"type": "Account"}, "id": short, "Name": "B"}]
    assert api.call("PATCH", "/composite/sobjects", json={"records": rows}).json()[0]["id"] == account
    read = api.post("/composite/sobjects/Account", {"ids": [short], "fields": ["Name"]})
    assert read[0]["Name"] == "B"
    assert api.call("DELETE", "/composite/sobjects", params={"ids": short}).json()[0]["id"] == account


def test_calculated_fields_change_without_a_stamp(api: Api) -> None:
    fields = [
        {
            "object": "Contact",
            "fullName": "Sector__c",
            "label": "Sector",
            "type": "Text",
            "length": 255,
            "formula": "Account.Industry",
        },
        {
            "object": "Account",
            "fullName": "Open_Amount__c",
            "label": "Open Amount",
            "type": "Currency",
            "precision": 18,
            "scale": 2,
            "rollup": {"object": "Opportunity", "field": "AccountId", "function": "SUM", "of": "Amount"},
        },
    ]
    api.control("schema", {"add": fields})
    account = api.create("Account", Name="A", Industry="Energy")
    contact = api.create("Contact", LastName="P", AccountId=account)
    api.control("clock", {"advance_seconds": 3600})
    api.update("Account", account, Industry="Media")
    api.create(
        "Opportunity", Name="O", AccountId=account, Amount=50, StageName="Prospecting", CloseDate="2026-06-01"
    )
    row = api.query("SELECT Sector__c, SystemModstamp FROM Contact WHERE Sector__c = 'media'")["records"][0]
    assert (row["Sector__c"], row["SystemModstamp"]) == ("Media", "2026-05-13T12:00:00.000+0000")
    stamp = api.get(f"/sobjects/Account/{account}")["SystemModstamp"]
    api.control("clock", {"advance_seconds": 3600})
    api.create(
        "Opportunity", Name="P", AccountId=account, Amount=7, StageName="Prospecting", CloseDate="2026-06-01"
    )
    record = api.get(f"/sobjects/Account/{account}")
    assert (record["Open_Amount__c"], record["SystemModstamp"]) == (57.0, stamp)
    described = {field["name"]: field for field in api.get("/sobjects/Contact/describe")["fields"]}
    assert described["Sector__c"]["calculated"] is True
    assert described["Sector__c"]["updateable"] is False
    assert error_of(api.update("Contact", contact, Sector__c="x")) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")


def test_activities_of_a_year_ago_are_archived_and_only_query_all_shows_them(api: Api) -> None:
    done, day = {"Status": "Completed"}, "2025-05-13"  # the clock says 2026-05-13
    tasks = [
        {"Subject": "due a year ago", **done, "ActivityDate": day},
        {"Subject": "a day younger", **done, "ActivityDate": "2025-05-14"},
        {"Subject": "made a year ago", **done, "CreatedDate": f"{day}T12:00:00.000+0000"},
        {"Subject": "still open", "ActivityDate": "2020-01-01"},
    ]
    events = [
        {"Subject": "old", "StartDateTime": f"{day}T09:00:00Z", "DurationInMinutes": 60},
        {"Subject": "new", "StartDateTime": "2026-05-01T09:00:00Z", "DurationInMinutes": 60},
    ]
    api.control("load", {"Task": tasks, "Event": events})

    def seen(path: str, name: str) -> list[str]:
        rows = api.get(path, q=f"SELECT Id, Subject, IsArchived FROM {name} ORDER BY Id")["records"]
        return [row["Subject"] + " archived" * row["IsArchived"] for row in rows]

    assert seen("/query", "Task") == ["a day younger", "still open"]
    assert seen("/query", "Event") == ["new"]
    assert seen("/queryAll", "Event") == ["old archived", "new"]
    assert seen("/queryAll", "Task") == [
        "due a year ago archived",
        "a day younger",
        "made a year ago archived",
        "still open",
    ]
    api.control("clock", {"advance_seconds": DAY})
    assert seen("/query", "Task") == ["still open"]
    api.control("settings", {"archive_days": None})
    api.control("clock", {"advance_seconds": 400 * DAY})
    assert seen("/query", "Event") == ["new"]
