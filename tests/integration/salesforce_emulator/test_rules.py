"""What administrators add: rules that refuse writes, automations that follow them, locks, changed fields."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.integration.test_salesforce_emulator import Api, error_of

SCORE = {"object": "Account", "fullName": "Score__c", "label": "Score", "type": "Number"}
SIZES = {"precision": 5, "scale": 1}


def rows(*values: dict[str, Any], name: str = "Account") -> dict[str, Any]:
    return {"records": [{"attributes": {"type": name}, **value} for value in values]}


def codes(results: list[dict[str, Any]]) -> list[str]:
    return [row["errors"][0]["statusCode"] if row["errors"] else "" for row in results]


def test_a_validation_rule_speaks_the_admins_words(api: Api) -> None:
    rule = {
        "object": "Account",
        "condition": "NumberOfEmployees < 1 AND Industry != null",
        "message": "An account with an industry has employees.",
        "field": "NumberOfEmployees",
    }
    api.control("rules", {"validation": [rule]})
    account = api.create("Account", Name="A", NumberOfEmployees=0)
    refused = api.update("Account", account, Industry="Energy")
    assert refused.status_code == 400
    assert refused.json() == [
        {
            "message": "An account with an industry has employees.",
            "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
            "fields": ["NumberOfEmployees"],
        }
    ]
    made = api.post(
        "/composite/sobjects",
        rows({"Name": "B"}, {"Name": "C", "Industry": "Media", "NumberOfEmployees": 0}, {"Name": "D"}),
    )
    assert codes(made) == ["", "FIELD_CUSTOM_VALIDATION_EXCEPTION", ""]
    api.control("rules", {"validation": []})
    assert api.update("Account", account, Industry="Energy").status_code == 204


def test_a_rule_can_look_at_a_change_only_and_fail_like_a_flow(api: Api) -> None:
    rule = {
        "object": "Account",
        "condition": "Name != null",
        "changed": "Industry",
        "message": "We can't save this record because the “Sync” process failed.",
        "code": "CANNOT_EXECUTE_FLOW_TRIGGER",
    }
    account = api.create("Account", Name="A", Industry="Media")
    api.control("rules", {"validation": [rule]})
    assert api.update("Account", account, Rating="Hot").status_code == 204
    assert error_of(api.update("Account", account, Industry="Energy")) == (400, "CANNOT_EXECUTE_FLOW_TRIGGER")


@pytest.mark.parametrize(
    "body",
    [
        {"validation": [{"object": "Account", "condition": "Nope = 1", "message": "x"}]},
        {"validation": [{"object": "Account", "condition": "Name =", "message": "x"}]},
        {"validation": [{"object": "Acount", "condition": "Name = 'x'", "message": "x"}]},
        {"automation": [{"object": "Account", "sets": {}}]},
        {"flows": []},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(api: Api, body: dict[str, Any]) -> None:
    assert requests.post(f"{api.url}/_emulator/rules", json=body, timeout=10).status_code == 400


def test_duplicates_are_detected_and_can_be_saved_where_the_rule_allows_it(api: Api) -> None:
    api.control("rules", {"duplicate": [{"object": "Contact", "match": ["Email"]}]})
    first = api.create("Contact", LastName="A", Email="a@acme.example")
    twin = {"LastName": "B", "Email": "A@acme.example"}
    refused = api.call("POST", "/sobjects/Contact", json=twin)
    assert refused.status_code == 400
    error = refused.json()[0]
    assert list(error) == ["duplicateResut", "errorCode", "message"]
    match = error["duplicateResut"]["matchResults"][0]["matchRecords"][0]["record"]
    assert (error["errorCode"], match["Id"]) == ("DUPLICATES_DETECTED", first)
    in_rows = api.post("/composite/sobjects", rows(twin, {"LastName": "C"}, name="Contact"))
    assert codes(in_rows) == ["DUPLICATES_DETECTED", ""]
    allow = {"Sforce-Duplicate-Rule-Header": "allowSave=true; includeRecordDetails=false"}
    assert api.call("POST", "/sobjects/Contact", json=twin, headers=allow).status_code == 201
    blocking = {"object": "Contact", "match": ["Email"], "allow_save": False, "message": "Usar este?"}
    api.control("rules", {"duplicate": [blocking]})
    blocked = api.call("POST", "/sobjects/Contact", json=twin, headers=allow)
    assert blocked.json()[0]["message"] == "Usar este?"
    assert api.update("Contact", first, LastName="Z").status_code == 204  # nothing that the rule looks at


def test_a_flow_resets_our_field_in_the_same_transaction(api: Api) -> None:
    api.control("schema", {"add": [{**SCORE, **SIZES}]})
    account = api.create("Account", Name="A")
    api.control("rules", {"automation": [{"object": "Account", "on": ["update"], "set": {"Score__c": None}}]})
    assert api.update("Account", account, Score__c=61).status_code == 204
    assert api.get(f"/sobjects/Account/{account}")["Score__c"] is None


def test_an_automation_touches_the_record_again_later(api: Api) -> None:
    touch = {
        "object": "Account",
        "when": "Industry = 'Energy'",
        "set": {"Rating": "Hot"},
        "delay_seconds": 30,
        "times": 2,
    }
    api.control("rules", {"automation": [touch]})
    other = api.create("Account", Name="Other")
    account = api.create("Account", Name="A", Industry="Energy")
    assert api.get(f"/sobjects/Account/{account}")["Rating"] is None
    api.control("clock", {"advance_seconds": 45})
    touched = api.get(f"/sobjects/Account/{account}")
    assert (touched["Rating"], touched["SystemModstamp"]) == ("Hot", "2026-05-13T12:00:30.000+0000")
    assert api.get(f"/sobjects/Account/{other}")["SystemModstamp"] == "2026-05-13T12:00:00.000+0000"
    for _ in range(3):
        api.update("Account", account, Rating="Cold")
        api.control("clock", {"advance_seconds": 60})
    assert api.get(f"/sobjects/Account/{account}")["Rating"] == "Cold"  # it works twice


def test_no_automation_follows_a_save_that_was_taken_back(api: Api) -> None:
    account = api.create("Account", Name="A")
    api.control("clock", {"advance_seconds": 60})
    later = {"object": "Account", "set": {"Rating": "Hot"}, "delay_seconds": 5}
    api.control("rules", {"automation": [later]})
    changes = rows({"id": account, "Name": "B"}, {"id": "001000000000009AAA"})
    api.call("PATCH", "/composite/sobjects", json={**changes, "allOrNone": True})
    api.control("clock", {"advance_seconds": 10})
    record = api.get(f"/sobjects/Account/{account}")
    assert (record["Name"], record["Rating"]) == ("A", None)


def test_locked_rows_refuse_writes_for_a_time_and_hold_their_children(api: Api) -> None:
    account, other = (api.create("Account", Name=name) for name in "AB")
    contact = api.create("Contact", LastName="P", AccountId=account)
    api.control("lock", {"ids": [account[:15]], "seconds": 20})
    refused = api.update("Account", account, Industry="Energy")
    assert refused.status_code == 400
    assert refused.json()[0] == {
        "message": f"unable to obtain exclusive access to this record or 1 records: {account}",
        "errorCode": "UNABLE_TO_LOCK_ROW",
        "fields": [],
    }
    changed = api.call(
        "PATCH",
        "/composite/sobjects",
        json=rows({"id": account, "Name": "X"}, {"id": other, "Name": "Y"}),
    ).json()
    assert codes(changed) == ["UNABLE_TO_LOCK_ROW", ""]
    assert error_of(api.update("Contact", contact, Title="CFO")) == (400, "UNABLE_TO_LOCK_ROW")
    assert error_of(api.call("DELETE", f"/sobjects/Contact/{contact}")) == (400, "UNABLE_TO_LOCK_ROW")
    assert api.get(f"/sobjects/Account/{account}")["Name"] == "A"
    api.control("clock", {"advance_seconds": 20})
    assert api.update("Account", account, Industry="Energy").status_code == 204


def test_locked_rows_refuse_writes_for_a_number_of_tries(api: Api) -> None:
    account = api.create("Account", Name="A")
    api.control("lock", {"ids": [account], "attempts": 2, "status": 500})
    answers = [api.update("Account", account, Name="B").status_code for _ in range(3)]
    assert answers == [500, 500, 204]
    api.control("lock", {"ids": [account], "attempts": 9})
    api.control("lock", {"ids": []})
    assert api.update("Account", account, Name="C").status_code == 204


def test_a_required_custom_field_is_asked_for_and_open_to_all(api: Api) -> None:
    needed = {**SCORE, **SIZES, "required": True}
    api.control("schema", {"add": [needed], "grant": False})
    missing = api.call("POST", "/sobjects/Account", json={"Name": "A"})
    assert missing.json()[0]["message"] == "Required fields are missing: [Score__c]"
    account = api.create("Account", Name="A", Score__c=0)
    assert error_of(api.update("Account", account, Score__c=None)) == (400, "REQUIRED_FIELD_MISSING")


def test_an_inactive_value_stays_in_records_and_cannot_be_chosen(api: Api) -> None:
    tier = {"object": "Account", "fullName": "Tier__c", "label": "Tier", "type": "Picklist"}
    api.control("schema", {"add": [{**tier, "values": ["one", "two"]}]})
    account = api.create("Account", Name="A", Tier__c="two")
    api.control("schema", {"add": [{**tier, "values": ["one", "two"], "inactive": ["two"]}]})
    assert api.get(f"/sobjects/Account/{account}")["Tier__c"] == "two"
    refused = api.call("POST", "/sobjects/Account", json={"Name": "B", "Tier__c": "two"})
    assert refused.json()[0]["message"] == "Tier: bad value for restricted picklist field: two"
    fields = {field["name"]: field for field in api.get("/sobjects/Account/describe")["fields"]}
    assert [value["active"] for value in fields["Tier__c"]["picklistValues"]] == [True, False]
    api.control("schema", {"add": [{**tier, "values": ["one"]}]})  # the admin removes the value
    assert api.update("Account", account, Tier__c="two").status_code == 400


def test_a_field_changes_its_type_and_its_length(api: Api) -> None:
    api.control("schema", {"add": [{**SCORE, **SIZES}]})
    first, second = (api.create("Account", Name=f"A{score}", Score__c=score) for score in (61.5, 7))
    text = {**SCORE, "type": "Text", "length": 3}
    api.control("schema", {"add": [text]})
    values = [api.get(f"/sobjects/Account/{account}")["Score__c"] for account in (first, second)]
    assert values == ["61.", "7"]
    assert error_of(api.update("Account", first, Score__c="1234")) == (400, "STRING_TOO_LONG")
    assert error_of(api.update("Account", first, Score__c=12)) == (400, "JSON_PARSER_ERROR")
    api.update("Account", first, Score__c="n/a")
    api.control("schema", {"add": [{**SCORE, **SIZES}]})
    values = [api.get(f"/sobjects/Account/{account}")["Score__c"] for account in (first, second)]
    assert values == [None, 7.0]


def test_a_field_is_renamed_with_its_values_and_permissions(api: Api) -> None:
    api.control("schema", {"add": [{**SCORE, **SIZES}]})
    account = api.create("Account", Name="A", Score__c=61)
    api.control("schema", {"rename": {"Account.Score__c": "Points__c"}})
    assert error_of(api.update("Account", account, Score__c=62)) == (400, "INVALID_FIELD")
    assert api.query("SELECT Score__c FROM Account")[0]["errorCode"] == "INVALID_FIELD"
    assert api.query("SELECT Points__c FROM Account")["records"][0]["Points__c"] == 61.0
    assert api.update("Account", account, Points__c=62).status_code == 204


def test_a_unique_external_id_finds_its_record_and_no_second_one(api: Api) -> None:
    key = {"object": "Account", "fullName": "Key__c", "label": "Key", "type": "Text", "length": 20}
    api.control("schema", {"add": [{**key, "externalId": True, "unique": True}]})
    made = api.call("PATCH", "/sobjects/Account/Key__c/k1", json={"Name": "A"})
    assert (made.status_code, made.json()["created"]) == (201, True)
    twin = api.call("POST", "/sobjects/Account", json={"Name": "B", "Key__c": "K1"})
    assert error_of(twin) == (400, "DUPLICATE_VALUE")
    assert api.call("DELETE", f"/sobjects/Account/{made.json()['id']}").status_code == 204
    assert api.create("Account", Name="B", Key__c="k1")  # deleted records hold no value
