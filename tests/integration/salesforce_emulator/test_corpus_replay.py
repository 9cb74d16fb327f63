"""Recorded answers of records, queries, feeds and errors beside the emulator's to the same requests.

Compared are status class, keys and their order, kinds of values, names of headers and, where the emulator can
hold the same records, the whole body. Recordings of other topics are compared elsewhere; the last test says where.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.integration.test_salesforce_emulator import Api
from tests.integration.test_salesforce_emulator_corpus import CORPUS, recorded, shape

pytestmark = pytest.mark.skipif(
    CORPUS is None, reason="SHORTLIST_CORPUS does not name a folder of recordings"
)

LABEL_FIELD = {
    "object": "Contact",
    "fullName": "Job_Category__c",
    "label": "Job Category",
    "type": "Picklist",
}


def meta(number: str) -> Any:
    """What is known of a recording's request and response."""
    path = next((Path(CORPUS or "") / "salesforce").glob(f"{number}_*.meta.json"))
    return json.loads(path.read_text(encoding="utf-8"))


def check_frame(number: str, answer: requests.Response) -> None:
    """Compare the status class and the names of the recorded headers."""
    response = meta(number)["response"]
    assert answer.status_code // 100 == response["status"] // 100
    missing = {name.lower() for name in response["headers"]} - {name.lower() for name in answer.headers}
    assert not missing - {"date"}


def check_order(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    """Compare the order of the keys both have, and the kinds of their values where both have one."""
    common = [key for key in ours if key in theirs]
    assert common == [key for key in theirs if key in ours]
    assert len(common) > 5
    for key in common:
        if ours[key] is not None and theirs[key] is not None:
            assert type(ours[key]) is type(theirs[key]), key


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("001", "Account"),
        ("002", "Contact"),
        ("003", "Lead"),
        ("004", "Opportunity"),
        ("005", "Event"),
        ("006", "OpportunityContactRole"),
        ("024", "Account"),
        ("077", "User"),
    ],
)
def test_describes_list_fields_in_the_recorded_order(api: Api, number: str, name: str) -> None:
    if number == "001":  # that organisation has record types
        api.control("load", {"RecordType": [record_type("Household")]})
    answer = api.call("GET", f"/sobjects/{name}/describe")
    check_frame(number, answer)
    ours, theirs = answer.json(), recorded(number)
    names = [[field["name"] for field in body["fields"]] for body in (ours, theirs)]
    in_place = [one for one in names[0] if one != "RecordTypeId"]
    assert in_place == [one for one in names[1] if one in in_place]
    their_fields = {field["name"]: field for field in theirs["fields"]}
    for field in ours["fields"]:
        other = their_fields[field["name"]]
        assert (field["type"], field["nillable"]) == (other["type"], other["nillable"]), field["name"]
        assert field["referenceTo"] == [one for one in other["referenceTo"] if one in field["referenceTo"]]
    if number != "077":  # from before record types had all of their keys
        infos = [[list(row) for row in body["recordTypeInfos"][:1]] for body in (ours, theirs)]
        assert infos[0] == infos[1]


@pytest.mark.parametrize(("number", "name"), [("001", "Account"), ("002", "Contact"), ("004", "Opportunity")])
def test_describes_name_the_recorded_lists_of_children(api: Api, number: str, name: str) -> None:
    keys = ("childSObject", "field", "relationshipName", "cascadeDelete", "restrictedDelete")
    theirs = {
        (row["childSObject"], row["field"]): tuple(row[key] for key in keys)
        for row in recorded(number)["childRelationships"]
    }
    ours = [
        tuple(row[key] for key in keys) for row in api.get(f"/sobjects/{name}/describe")["childRelationships"]
    ]
    compared = [row for row in ours if row[:2] in theirs and row[2] is not None]
    assert len(compared) > 3
    assert all(row == theirs[row[:2]] for row in compared)


def record_type(name: str, object_name: str = "Account") -> dict[str, Any]:
    return {"Name": name, "DeveloperName": name, "SobjectType": object_name, "IsActive": True}


def test_records_have_their_keys_in_the_recorded_order(api: Api) -> None:
    contact = api.create(
        "Contact", LastName="Smith", FirstName="John", MailingCity="New York", Email="J@x.example"
    )
    campaign = api.create("Campaign", Name="C")
    member = api.create("CampaignMember", CampaignId=campaign, ContactId=contact)
    user = api.query("SELECT Id FROM User LIMIT 1")["records"][0]["Id"]
    organisation = api.query("SELECT Id FROM Organization")["records"][0]["Id"]
    for number, path in (
        ("009", f"Organization/{organisation}"),
        ("071", f"Contact/{contact}"),
        ("072", f"User/{user}"),
        ("109", f"CampaignMember/{member}"),
    ):
        answer = api.call("GET", f"/sobjects/{path}")
        check_frame(number, answer)
        ours, theirs = answer.json(), recorded(number)
        assert list(ours["attributes"]) == list(theirs["attributes"])
        check_order(ours, theirs)


def test_activities_with_people_and_things_of_several_types(api: Api) -> None:
    contact = api.create("Contact", LastName="Contact")
    account = api.create("Account", Name="Tom Cruise", Description="D", Phone="123456", AccountNumber="123")
    for what in (None, account, account):
        event = {"Subject": "Test", "WhoId": contact, "WhatId": what, "DurationInMinutes": 60}
        api.create("Event", **event, StartDateTime="2024-11-07T07:00:00Z")
    path = meta("023")["request"]["path"]
    answer = api.session.get(api.url + path, timeout=10)
    check_frame("023", answer)
    ours, theirs = answer.json(), recorded("023")
    assert list(ours) == list(theirs)
    assert [shape(row) for row in ours["records"]] == [shape(row) for row in theirs["records"]]


def test_the_last_page_of_small_pages(api: Api) -> None:
    api.control("load", {"Contact": [{"LastName": f"C{number}"} for number in range(800)]})
    page = api.query("SELECT Id FROM Contact", **{"Sforce-Query-Options": "batchSize=200"})
    for _ in range(3):
        answer = api.session.get(api.url + page["nextRecordsUrl"], timeout=10)
        page = answer.json()
    check_frame("075", answer)
    theirs = recorded("075")
    assert list(page) == list(theirs)
    assert (page["totalSize"], page["done"]) == (theirs["totalSize"], theirs["done"])


def test_parents_are_nested_as_recorded(api: Api) -> None:
    account = api.create("Account", Name="Edge")
    boss = api.create("Contact", LastName="Gonzalez", AccountId=account)
    api.create("Contact", LastName="Young", AccountId=account, ReportsToId=boss)
    ours = api.query(
        "SELECT Account.Name, Account.SystemModstamp, ReportsTo.Name, ReportsTo.SystemModstamp FROM Contact"
        " WHERE ReportsToId != null"
    )["records"][0]
    theirs = recorded("076")["records"][0]
    assert shape(ours["Account"]) == shape(theirs["Account"])
    assert shape(ours["ReportsTo"]) == shape(theirs["Contact"])


def test_emails_come_back_in_lower_case(api: Api) -> None:
    for number, row in enumerate(recorded("022")["records"]):
        api.create("Contact", LastName=f"C{number}", Email=(row["Email"] or "").title())
    answer = api.call("GET", "/query/", params={"q": "select Email from Contact"})
    check_frame("022", answer)
    assert sorted(row["Email"] for row in answer.json()["records"]) == sorted(
        row["Email"] for row in recorded("022")["records"]
    )


def test_sums_by_group_as_recorded(api: Api) -> None:
    campaign = api.create("Campaign", Name="C")
    for linked, amount in ((campaign, 300), (None, 400)):
        api.create(
            "Opportunity",
            Name="O",
            StageName="Prospecting",
            CloseDate="2026-06-01",
            Amount=amount,
            CampaignId=linked,
        )
    soql = (
        "SELECT CampaignId, SUM(Amount) FROM Opportunity GROUP BY CampaignId ORDER BY CampaignId NULLS LAST"
    )
    ours, theirs = api.query(soql), recorded("083")
    assert list(ours) == list(theirs)
    assert shape(ours["records"][0]) == shape(theirs["records"][0])
    assert ours["records"][1]["CampaignId"] is theirs["records"][2]["CampaignId"] is None


def test_feeds_as_recorded(api: Api) -> None:
    account = api.create("Account", Name="A")
    window = {"start": "2026-05-13T11:00:00Z", "end": "2026-05-13T12:00:00Z"}
    api.control("clock", {"advance_seconds": -60})
    api.create("Account", Name="B")
    for number, kind in (("082", "updated"), ("081", "deleted")):
        answer = api.call("GET", f"/sobjects/Account/{kind}/", params=window)
        check_frame(number, answer)
        assert shape(answer.json()) == shape(recorded(number))
        api.call("DELETE", f"/sobjects/Account/{account}")


def test_several_matches_of_an_upsert(api: Api) -> None:
    for name in "AB":
        api.create("Contact", LastName=name, Email="x@acme.example")
    answer = api.call("PATCH", "/sobjects/Contact/Email/x@acme.example", json={"LastName": "C"})
    check_frame("085", answer)
    assert shape(answer.json()) == shape(recorded("085"))
    assert answer.json()[0].startswith("/services/data/v")


def test_collections_of_many_rows(api: Api) -> None:
    contacts = [{"attributes": {"type": "Contact"}, "Id": None, "LastName": f"C{n}"} for n in range(16)]
    made = api.call("PATCH", "/composite/sobjects/Contact/Id", json={"records": contacts})
    check_frame("015", made)
    assert [shape(row) for row in made.json()] == [shape(row) for row in recorded("015")]
    ids = [api.create("Account", Name=f"A{number}") for number in range(6)]
    rows = [{"attributes": {"type": "Account"}, "Id": one, "NumberOfEmployees": "10000"} for one in ids]
    changed = api.call("PATCH", "/composite/sobjects", json={"records": rows})
    check_frame("016", changed)
    assert [list(row) for row in changed.json()] == [list(row) for row in recorded("016")]


def renamed(body: Any, *pairs: tuple[str, str]) -> Any:
    """A recorded body with the recording's names replaced by ours."""
    text = json.dumps(body)
    for theirs, ours in pairs:
        text = text.replace(theirs, ours)
    return json.loads(text)


def test_duplicates_as_recorded_in_two_organisations(api: Api) -> None:
    for number, name, values in (
        ("088", "Contact", {"LastName": "A", "Email": "a@x.example"}),
        ("089", "Account", {"Name": "A", "Website": "x.example"}),
    ):
        result = recorded(number)[0]["duplicateResut"]
        match = result["matchResults"][0]
        rule = {
            "object": name,
            "match": [list(values)[-1]],
            "name": result["duplicateRule"],
            "match_rule": match["rule"],
            "message": result["errorMessage"],
            "allow_save": result["allowSave"],
            "engine": match["matchEngine"],
        }
        api.control("rules", {"duplicate": [rule]})
        twin = api.create(name, **values)
        answer = api.call("POST", f"/sobjects/{name}", json=values)
        check_frame(number, answer)
        their_id = match["matchRecords"][0]["record"]["Id"]
        version = meta(number)["request"]["path"].split("/")[3]
        theirs = renamed(recorded(number), (their_id, twin), (f"/{version}/", "/v62.0/"))
        assert json.dumps(answer.json()) == json.dumps(theirs)


def test_a_record_of_somebody_else(api: Api) -> None:
    account = api.create("Account", Name="A")
    rep = api.query("SELECT Id FROM User WHERE FirstName = 'Ada'")["records"][0]["Id"]
    api.update("Account", account, OwnerId=rep)
    api.control("settings", {"deny": ["Account.view_all"]})
    answer = api.update("Account", account, Name="B")
    check_frame("090", answer)
    assert answer.json() == renamed(recorded("090"), ("0015e00000tW1f0", account[:15]))


def test_a_record_type_of_another_object(api: Api) -> None:
    api.control("load", {"RecordType": [record_type("Household"), record_type("Vendor", "Contact")]})
    types = {
        row["SobjectType"]: row["Id"]
        for row in api.query("SELECT Id, SobjectType FROM RecordType")["records"]
    }
    assert api.create("Account", Name="A", RecordTypeId=types["Account"])
    answer = api.call("POST", "/sobjects/Account", json={"Name": "B", "RecordTypeId": types["Contact"]})
    check_frame("091", answer)
    assert answer.json() == renamed(recorded("091"), ("0128M0000004HVOQA2", types["Contact"]))
    infos = api.get("/sobjects/Account/describe")["recordTypeInfos"]
    theirs = recorded("001")["recordTypeInfos"]
    assert [{**row, "urls": 0, "recordTypeId": 0} for row in infos] == [
        {**row, "urls": 0, "recordTypeId": 0} for row in theirs
    ]


def test_fields_that_are_missing_hidden_or_badly_chosen(api: Api) -> None:
    missing = api.call("POST", "/sobjects/Account", json={"Name": "A", "foo": 1})
    check_frame("087", missing)
    assert missing.json() == renamed(recorded("087"), ("Bar", "Account"))

    hidden = {"object": "Contact", "fullName": "Provider__c", "label": "P", "type": "Text", "length": 9}
    api.control("schema", {"add": [hidden], "grant": False})
    contact = api.create("Contact", LastName="A")
    refused = api.update("Contact", contact, Provider__c="x")
    check_frame("092", refused)
    assert refused.json() == recorded("092")

    api.control("schema", {"add": [{**LABEL_FIELD, "values": ["NURSE"]}]})
    value = recorded("093")[0]["message"].partition("field: ")[2]
    unknown = api.update("Contact", contact, Job_Category__c=value)
    check_frame("093", unknown)
    assert unknown.json() == recorded("093")


def test_a_locked_row(api: Api) -> None:
    contact = api.create("Contact", LastName="A")
    api.control("lock", {"ids": [contact], "seconds": 9, "status": meta("099")["response"]["status"]})
    answer = api.update("Contact", contact, LastName="B")
    check_frame("099", answer)
    assert answer.json() == renamed(recorded("099"), ("0035cFAKEIDAQBGAA4", contact))


def test_a_query_error_shows_the_recorded_snippet(api: Api) -> None:
    _, their_line, their_caret, _, their_reason = recorded("098")[0]["message"].split("\n")
    assert their_line[len(their_caret) - 1 :].startswith("SystemModstamp")
    assert their_line.startswith("FROM")  # the list of fields before it is left out
    listed = ", ".join(field["name"] for field in api.get("/sobjects/Opportunity/describe")["fields"])
    soql = f"SELECT {listed} FROM Opportunity WHERE Id != null AND Description = 'x'"  # noqa: S608 - to an emulator
    answer = api.call("GET", "/query", params={"q": soql})
    check_frame("098", answer)
    ours = answer.json()[0]
    assert list(ours) == list(recorded("098")[0])
    assert ours["errorCode"] == recorded("098")[0]["errorCode"]
    at = soql.rindex("Description")
    assert ours["message"].split("\n") == [
        "",
        "FROM Opportunity WHERE Id != null AND Description = 'x'",
        " " * len("FROM Opportunity WHERE Id != null AND ") + "^",
        f"ERROR at Row:1:Column:{at + 1}",
        their_reason.replace("SystemModstamp", "Description"),
    ]


def test_a_hidden_column_in_a_query(api: Api) -> None:
    names = ["field_one__c", "field_two__c"]
    fields = [
        {"object": "Opportunity", "fullName": name, "label": "L", "type": "Text", "length": 9}
        for name in names
    ]
    api.control("schema", {"add": fields})
    hidden = {**fields[0], "fullName": "example_field__c"}
    api.control("schema", {"add": [hidden], "grant": False})
    soql = "SELECT field_one__c,field_two__c,example_field__c FROM Opportunity"
    answer = api.call("GET", "/query", params={"q": soql})
    check_frame("100", answer)
    ours, theirs = answer.json()[0], recorded("100")[0]
    assert list(ours) == list(theirs)
    assert ours["message"].split("\n")[4] == theirs["message"].split("\n")[4]


def test_two_queries_in_one_request(api: Api) -> None:
    request = json.loads(meta("011")["request"]["body"].replace("/vxx.0/", "/v62.0/"))
    answer = api.call("POST", "/composite", json=request)
    check_frame("011", answer)
    assert answer.json() == recorded("011")


REPLAYED_HERE = {
    *(
        "001",
        "002",
        "003",
        "004",
        "005",
        "006",
        "009",
        "011",
        "015",
        "016",
        "022",
        "023",
        "024",
        "071",
        "072",
    ),
    *(
        "075",
        "076",
        "077",
        "081",
        "082",
        "083",
        "085",
        "087",
        "088",
        "089",
        "090",
        "091",
        "092",
        "093",
        "098",
    ),
    *("099", "100", "109"),
}
REPLAYED_BESIDE = {"008", "010", "012", "013", "014", "026", "073", "074", "080", "086", "094", "095", "096"}
OTHER_TOPICS = {
    "007": "custom objects are not emulated",
    "084": "results of list views are not emulated",
    "078": "signing in",
    "079": "signing in",
    "097": "signing in",
    "134": "composite",
    **{f"{number:03}": "Bulk API" for number in (*range(17, 22), *range(110, 134))},
    **{f"{number:03}": "events and outbound messages" for number in range(101, 109)},
}


def test_no_recording_is_forgotten() -> None:
    index = Path(CORPUS or "") / "salesforce" / "INDEX.tsv"
    with index.open(encoding="utf-8", newline="") as lines:
        numbers = {row["id"] for row in csv.DictReader(lines, delimiter="\t")}
    assert numbers - REPLAYED_HERE - REPLAYED_BESIDE - set(OTHER_TOPICS) == set()
