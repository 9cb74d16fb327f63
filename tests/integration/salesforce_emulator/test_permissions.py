"""Who sees and does what: objects, fields and records of single users, and describe as they see it."""

# ruff: noqa: S608 - queries put together here go to an emulator in this process

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.test_salesforce_emulator import Api, error_of

USER = "integration.user@emulated.example"


def restrict(api: Api, **limits: Any) -> None:
    api.control("settings", {"users": {USER: limits}})


def described(api: Api) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in api.get("/sobjects")["sobjects"]}


def fields_of(api: Api, name: str) -> dict[str, dict[str, Any]]:
    return {field["name"]: field for field in api.get(f"/sobjects/{name}/describe")["fields"]}


def grant(api: Api, **permissions: bool) -> str:
    """A permission set with permissions for accounts, assigned to the user; its id."""
    user = api.query(f"SELECT Id FROM User WHERE Username = '{USER}'")["records"][0]["Id"]
    permission_set = api.create("PermissionSet", Name="Sync", Label="Sync")
    api.create("ObjectPermissions", ParentId=permission_set, SobjectType="Account", **permissions)
    api.create("PermissionSetAssignment", PermissionSetId=permission_set, AssigneeId=user)
    return permission_set


def test_an_object_that_may_not_be_read_does_not_exist_for_the_user(api: Api) -> None:
    restrict(api, deny=["Lead.read"])
    assert "Lead" not in described(api)
    assert api.call("GET", "/sobjects/Lead/describe").status_code == 404
    assert error_of(api.call("GET", "/query", params={"q": "SELECT Id FROM Lead"})) == (400, "INVALID_TYPE")
    api.control("settings", {"users": {}})
    assert "Lead" in described(api)


@pytest.mark.parametrize(("action", "flag"), [("create", "createable"), ("delete", "deletable")])
def test_describe_shows_what_the_user_may_do(api: Api, action: str, flag: str) -> None:
    assert described(api)["Campaign"][flag] is True
    restrict(api, deny=[f"Campaign.{action}"])
    assert described(api)["Campaign"][flag] is False
    assert api.get("/sobjects/Campaign/describe")[flag] is False
    assert described(api)["Account"][flag] is True


def test_without_view_all_a_user_sees_his_own_records(api: Api) -> None:
    rep = api.query("SELECT Id FROM User WHERE FirstName = 'Ada'")["records"][0]["Id"]
    mine, hers = (api.create("Account", Name=name) for name in ("Mine", "Hers"))
    api.update("Account", hers, OwnerId=rep)
    restrict(api, deny=["Account.view_all"])
    assert [row["Name"] for row in api.query("SELECT Name FROM Account")["records"]] == ["Mine"]
    assert api.query("SELECT COUNT() FROM Account")["totalSize"] == 1
    assert error_of(api.call("GET", f"/sobjects/Account/{hers}")) == (404, "NOT_FOUND")
    refused = api.update("Account", hers, Name="X")
    assert refused.json() == [
        {
            "message": f"insufficient access rights on cross-reference id: {hers[:15]}",
            "errorCode": "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
            "fields": [],
        }
    ]
    assert api.update("Account", mine, Name="Still mine").status_code == 204


def test_details_are_seen_with_their_parent(api: Api) -> None:
    rep = api.query("SELECT Id FROM User WHERE FirstName = 'Ada'")["records"][0]["Id"]
    campaign = api.create("Campaign", Name="C")
    contact = api.create("Contact", LastName="P")
    api.create("CampaignMember", CampaignId=campaign, ContactId=contact)
    restrict(api, deny=["Campaign.view_all"])
    assert api.query("SELECT Id FROM CampaignMember")["totalSize"] == 1
    api.update("Campaign", campaign, OwnerId=rep)
    assert api.query("SELECT Id FROM CampaignMember")["totalSize"] == 0


def test_minimum_access_leaves_what_permission_sets_give(api: Api) -> None:
    account = api.create("Account", Name="A", Website="a.example")
    restrict(api, minimum_access=True)
    assert not {"Account", "Contact", "Campaign", "CampaignMember"} & set(described(api))
    restrict(api)
    permission_set = grant(api, PermissionsRead=True, PermissionsEdit=True, PermissionsViewAllRecords=True)
    restrict(api, minimum_access=True)
    summary = described(api)["Account"]
    assert (summary["createable"], summary["updateable"], summary["deletable"]) == (False, True, False)
    assert error_of(api.call("POST", "/sobjects/Account", json={"Name": "B"})) == (
        403,
        "INSUFFICIENT_ACCESS_OR_READONLY",
    )
    fields = fields_of(api, "Account")
    assert {"Id", "Name", "OwnerId", "SystemModstamp"} <= set(fields)
    assert "Website" not in fields
    row = {"ParentId": permission_set, "SobjectType": "Account", "Field": "Account.Website"}
    api.create("FieldPermissions", **row, PermissionsRead=True, PermissionsEdit=False)
    assert api.query("SELECT Website FROM Account")["records"][0]["Website"] == "a.example"
    assert fields_of(api, "Account")["Website"]["updateable"] is False
    assert error_of(api.update("Account", account, Website="b.example")) == (
        400,
        "INVALID_FIELD_FOR_INSERT_UPDATE",
    )


def test_fields_of_one_user_can_be_hidden_or_read_only(api: Api) -> None:
    account = api.create("Account", Name="A")
    restrict(api, deny_fields={"Account.Website": "read", "Account.Industry": "edit"})
    fields = fields_of(api, "Account")
    assert "Website" not in fields
    assert fields["Industry"]["updateable"] is False
    assert error_of(api.update("Account", account, Industry="x")) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")


def test_describe_answers_304_until_something_changes(api: Api) -> None:
    first = api.call("GET", "/sobjects/Account/describe")
    seen = {"If-Modified-Since": first.headers["Last-Modified"]}
    again = api.call("GET", "/sobjects/Account/describe", headers=seen)
    assert (again.status_code, again.content) == (304, b"")
    assert api.call("GET", "/sobjects", headers=seen).status_code == 304
    tagged = {"If-None-Match": first.headers["ETag"]}
    assert api.call("GET", "/sobjects/Account/describe", headers=tagged).status_code == 304
    api.control("clock", {"advance_seconds": 5})
    field = {"object": "Account", "fullName": "X__c", "label": "X", "type": "Text", "length": 10}
    api.control("schema", {"add": [field]})
    changed = api.call("GET", "/sobjects/Account/describe", headers=seen)
    assert changed.status_code == 200
    assert changed.headers["Last-Modified"] == "Wed, 13 May 2026 12:00:05 GMT"
    assert api.call("GET", "/sobjects/Account/describe", headers=tagged).status_code == 200
    assert "X__c" in {row["name"] for row in changed.json()["fields"]}
    strange = api.call("GET", "/sobjects/Account/describe", headers={"If-Modified-Since": "lately"})
    assert strange.status_code == 200


def test_describe_names_the_lists_of_children(api: Api) -> None:
    lists = {
        (row["childSObject"], row["field"]): (row["relationshipName"], row["cascadeDelete"])
        for row in api.get("/sobjects/Account/describe")["childRelationships"]
    }
    assert lists["Contact", "AccountId"] == ("Contacts", True)
    assert lists["Account", "ParentId"] == ("ChildAccounts", False)
    assert lists["Task", "WhatId"] == ("Tasks", True)


def test_the_path_to_a_parent_that_may_not_be_read_is_unknown(api: Api) -> None:
    api.create("Contact", LastName="A", AccountId=api.create("Account", Name="Acme"))
    soql = "SELECT Account.Name FROM Contact"
    assert api.query(soql)["records"][0]["Account"]["Name"] == "Acme"
    restrict(api, deny=["Account.read"])
    refused = api.query(soql)[0]
    assert refused["errorCode"] == "INVALID_FIELD"
    assert "Didn't understand relationship 'Account' in field path" in refused["message"]
    assert api.query("SELECT AccountId FROM Contact")["totalSize"] == 1
