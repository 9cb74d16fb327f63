"""Custom fields: a metadata deploy, its refusals, and who sees the fields afterwards."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.test_salesforce_emulator import Api, error_of, running

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
XMLNS = 'xmlns="http://soap.sforce.com/2006/04/metadata"'

TIER = """<fields><fullName>ABM_Tier__c</fullName><label>ABM Tier</label><type>Picklist</type>
<valueSet><restricted>true</restricted><valueSetDefinition><sorted>false</sorted>
<value><fullName>one_to_one</fullName><default>false</default><label>One to one</label></value>
<value><fullName>none</fullName><default>false</default><label>None</label></value>
</valueSetDefinition></valueSet></fields>"""
SCORE = """<fields><fullName>ABM_Score__c</fullName><label>ABM Score</label><type>Number</type>
<precision>5</precision><scale>1</scale></fields>"""
WHY = """<fields><fullName>ABM_Why__c</fullName><label>ABM Why</label><type>LongTextArea</type>
<length>4000</length><visibleLines>5</visibleLines></fields>"""
KEY = """<fields><fullName>ABM_Key__c</fullName><label>ABM Key</label><type>Text</type><length>20</length>
<externalId>true</externalId><unique>true</unique></fields>"""
FLAG = """<fields><fullName>ABM_Flag__c</fullName><label>ABM Flag</label><type>Checkbox</type>
<defaultValue>false</defaultValue></fields>"""
NAMES = ("ABM_Tier__c", "ABM_Score__c", "ABM_Why__c", "ABM_Key__c", "ABM_Flag__c")


def package_xml(**members: list[str]) -> str:
    types = "".join(
        f"<types>{''.join(f'<members>{item}</members>' for item in items)}<name>{name}</name></types>"
        for name, items in members.items()
    )
    return f"{HEAD}<Package {XMLNS}>{types}<version>62.0</version></Package>"


def permission_set(*fields: str, editable: bool = True) -> str:
    rows = "".join(
        f"<fieldPermissions><editable>{str(editable).lower()}</editable><field>{field}</field>"
        "<readable>true</readable></fieldPermissions>"
        for field in fields
    )
    return f"{HEAD}<PermissionSet {XMLNS}>{rows}<label>ABM</label></PermissionSet>"


def zipped(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def fields_package(*fields: str, grants: tuple[str, ...] = NAMES, names: tuple[str, ...] = NAMES) -> bytes:
    return zipped(
        {
            "package.xml": package_xml(
                CustomField=[f"Account.{name}" for name in names], PermissionSet=["ABM"]
            ),
            "objects/Account.object": f"{HEAD}<CustomObject {XMLNS}>{''.join(fields)}</CustomObject>",
            "permissionsets/ABM.permissionset": permission_set(*(f"Account.{name}" for name in grants)),
        }
    )


GOOD = fields_package(TIER, SCORE, WHY, KEY, FLAG)


def start_deploy(api: Api, data: bytes, **options: Any) -> Any:
    parts = {
        "json": (None, json.dumps({"deployOptions": options}), "application/json"),
        "file": ("deploy.zip", data, "application/zip"),
    }
    return api.call("POST", "/metadata/deployRequest", files=parts)


def deploy(api: Api, data: bytes, **options: Any) -> Any:
    """Deploy and poll to the end; the deployResult."""
    request_id = start_deploy(api, data, **options).json()["id"]
    for _ in range(10):
        result = api.get(f"/metadata/deployRequest/{request_id}", includeDetails="true")["deployResult"]
        if result["done"]:
            return result
    raise AssertionError(result["status"])


def assign(api: Api) -> str:
    permission_set_id = api.query("SELECT Id FROM PermissionSet WHERE Name = 'ABM'")["records"][0]["Id"]
    user = api.query("SELECT Id FROM User WHERE Alias = 'integrat'")["records"][0]["Id"]
    return api.create("PermissionSetAssignment", PermissionSetId=permission_set_id, AssigneeId=user)


@pytest.fixture
def api() -> Iterator[Api]:
    with running() as client:
        yield client


def test_a_deploy_is_queued_then_done(api: Api) -> None:
    answer = start_deploy(api, GOOD, checkOnly=False, rollbackOnError=True)
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == {"id", "validatedDeployRequestId", "deployOptions", "deployResult"}
    path = f"/metadata/deployRequest/{body['id']}"
    states = [api.get(path)["deployResult"]["status"] for _ in range(4)]
    assert states == ["Pending", "InProgress", "Succeeded", "Succeeded"]
    details = api.get(path, includeDetails="true")["deployResult"]["details"]
    assert details["componentFailures"] == []
    made = {row["fullName"]: row for row in details["componentSuccesses"]}
    assert set(made) == {"ABM", *(f"Account.{name}" for name in NAMES)}
    assert all(row["created"] and row["changed"] for row in made.values())


def test_new_fields_are_invisible_until_the_permission_set_is_assigned(api: Api) -> None:
    account = api.create("Account", Name="Acme")
    assert error_of(api.update("Account", account, ABM_Score__c=1)) == (400, "INVALID_FIELD")
    assert deploy(api, GOOD)["success"] is True

    described = {field["name"] for field in api.get("/sobjects/Account/describe")["fields"]}
    assert described.isdisjoint(NAMES)
    query = api.query("SELECT ABM_Tier__c FROM Account")
    assert query[0]["errorCode"] == "INVALID_FIELD"
    assert "No such column 'ABM_Tier__c' on entity 'Account'" in query[0]["message"]
    refused = api.update("Account", account, ABM_Score__c=1, ABM_Flag__c=True)
    assert error_of(refused) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    assert refused.json()[0]["fields"] == ["ABM_Score__c", "ABM_Flag__c"]

    assignment = assign(api)
    fields = {field["name"]: field for field in api.get("/sobjects/Account/describe")["fields"]}
    assert set(NAMES) <= set(fields)
    tier, score, why, key = (fields[name] for name in NAMES[:4])
    assert (tier["type"], tier["restrictedPicklist"], tier["custom"]) == ("picklist", True, True)
    assert [value["value"] for value in tier["picklistValues"]] == ["one_to_one", "none"]
    assert (score["type"], score["precision"], score["scale"]) == ("double", 5, 1)
    assert (why["type"], why["length"], why["filterable"], why["updateable"]) == (
        "textarea",
        4000,
        False,
        True,
    )
    assert (key["externalId"], key["unique"], key["idLookup"]) == (True, True, True)

    assert api.update("Account", account, ABM_Score__c="61.25", ABM_Tier__c="one_to_one").status_code == 204
    row = api.query("SELECT ABM_Score__c, ABM_Tier__c, ABM_Flag__c, ABM_Why__c FROM Account")["records"][0]
    assert (row["ABM_Score__c"], row["ABM_Tier__c"], row["ABM_Flag__c"], row["ABM_Why__c"]) == (
        61.3,
        "one_to_one",
        False,
        None,
    )
    assert api.call("DELETE", f"/sobjects/PermissionSetAssignment/{assignment}").status_code == 204
    assert error_of(api.call("GET", f"/sobjects/Account/{account}", params={"fields": "ABM_Tier__c"})) == (
        400,
        "INVALID_FIELD",
    )


def test_values_of_custom_fields_are_checked(api: Api) -> None:
    deploy(api, GOOD)
    assign(api)
    first = api.create("Account", Name="A", ABM_Key__c="k1")
    code = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    bad_tier = api.update("Account", first, ABM_Tier__c="five")
    assert error_of(bad_tier) == (400, code)
    assert bad_tier.json()[0]["message"] == "ABM Tier: bad value for restricted picklist field: five"
    assert error_of(api.update("Account", first, ABM_Score__c=100_000)) == (400, "NUMBER_OUTSIDE_VALID_RANGE")
    assert error_of(api.update("Account", first, ABM_Why__c="x" * 4001)) == (400, "STRING_TOO_LONG")
    twin = api.call("POST", "/sobjects/Account", json={"Name": "B", "ABM_Key__c": "K1"})
    assert error_of(twin) == (400, "DUPLICATE_VALUE")
    row = {"attributes": {"type": "Account"}, "ABM_Key__c": "k1", "Name": "C"}
    upserted = api.call("PATCH", "/composite/sobjects/Account/ABM_Key__c", json={"records": [row]}).json()
    assert upserted == [{"id": first, "success": True, "errors": [], "created": False}]


def test_a_read_only_grant_shows_but_does_not_write(api: Api) -> None:
    files = {
        "package.xml": package_xml(CustomField=["Account.ABM_Score__c"], PermissionSet=["ABM"]),
        "objects/Account.object": f"{HEAD}<CustomObject {XMLNS}>{SCORE}</CustomObject>",
        "permissionsets/ABM.permissionset": permission_set("Account.ABM_Score__c", editable=False),
    }
    assert deploy(api, zipped(files))["success"] is True
    assign(api)
    field = next(f for f in api.get("/sobjects/Account/describe")["fields"] if f["name"] == "ABM_Score__c")
    assert (field["createable"], field["updateable"]) == (False, False)
    account = api.create("Account", Name="A")
    assert error_of(api.update("Account", account, ABM_Score__c=1)) == (
        400,
        "INVALID_FIELD_FOR_INSERT_UPDATE",
    )


def test_the_same_deploy_again_changes_nothing(api: Api) -> None:
    deploy(api, GOOD)
    before = api.control("state/PermissionSet"), api.control("state/FieldPermissions")
    result = deploy(api, GOOD)
    assert result["success"] is True
    assert not any(row["changed"] or row["created"] for row in result["details"]["componentSuccesses"])
    assert (api.control("state/PermissionSet"), api.control("state/FieldPermissions")) == before


def test_a_value_that_a_deploy_leaves_out_is_switched_off_and_one_that_it_names_comes_back(api: Api) -> None:
    deploy(api, GOOD)
    assign(api)
    account = api.create("Account", Name="A", ABM_Tier__c="one_to_one")
    fewer = TIER.replace("<fullName>one_to_one<", "<fullName>gold<")
    deploy(api, fields_package(fewer, SCORE, WHY, KEY, FLAG))

    described = api.get("/sobjects/Account/describe")["fields"]
    values = next(one for one in described if one["name"] == "ABM_Tier__c")["picklistValues"]
    assert {one["value"]: one["active"] for one in values} == {
        "gold": True,
        "none": True,
        "one_to_one": False,
    }
    assert api.get(f"/sobjects/Account/{account}")["ABM_Tier__c"] == "one_to_one"
    assert error_of(api.update("Account", account, ABM_Tier__c="one_to_one"))[0] == 400

    off = TIER.replace("<default>false</default><label>None", "<isActive>false</isActive><label>None")
    deploy(api, fields_package(off, SCORE, WHY, KEY, FLAG))
    assert api.update("Account", account, ABM_Tier__c="one_to_one").status_code == 204
    assert error_of(api.update("Account", account, ABM_Tier__c="none"))[0] == 400


def test_a_check_leaves_no_trace(api: Api) -> None:
    result = deploy(api, GOOD, checkOnly=True)
    assert (result["success"], result["checkOnly"]) == (True, True)
    assert api.control("state/PermissionSet")["records"] == []
    account = api.create("Account", Name="A")
    assert error_of(api.update("Account", account, ABM_Score__c=1)) == (400, "INVALID_FIELD")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (fields_package(TIER, SCORE, WHY, KEY), "No CustomField named: Account.ABM_Flag__c found"),
        (
            fields_package(SCORE, grants=("ABM_Nope__c",), names=("ABM_Score__c",)),
            "In field: field - no CustomField named Account.ABM_Nope__c found",
        ),
        (
            fields_package(SCORE.replace("Number", "Nummer"), grants=(), names=("ABM_Score__c",)),
            "'Nummer' is not a valid value for the enum 'FieldType'",
        ),
        (
            fields_package(SCORE.replace("<label>ABM Score</label>", ""), grants=(), names=("ABM_Score__c",)),
            "Required field is missing: label",
        ),
        (
            fields_package(SCORE.replace("<scale>1</scale>", ""), grants=(), names=("ABM_Score__c",)),
            "Must specify 'scale' for a CustomField of type Number",
        ),
        (zipped({"objects/Account.object": "<x/>"}), "No package.xml found"),
        (zipped({"package.xml": "<Package"}), "Error parsing file"),
        (b"no zip", "Invalid zip file"),
    ],
)
def test_a_bad_package_fails_and_is_taken_back(api: Api, data: bytes, problem: str) -> None:
    result = deploy(api, data)
    assert (result["status"], result["success"]) == ("Failed", False)
    problems = [row["problem"] for row in result["details"]["componentFailures"]]
    assert any(problem in text for text in problems), problems
    assert api.control("state/PermissionSet")["records"] == []
    account = api.create("Account", Name="A")
    assert error_of(api.update("Account", account, ABM_Score__c=1)) == (400, "INVALID_FIELD")


def removal(**members: list[str]) -> bytes:
    return zipped({"package.xml": package_xml(), "destructiveChanges.xml": package_xml(**members)})


def test_removing_takes_the_assignment_first_and_warns_about_what_is_gone(api: Api) -> None:
    deploy(api, GOOD)
    assignment = assign(api)
    everything = removal(PermissionSet=["ABM"], CustomField=[f"Account.{name}" for name in NAMES])
    blocked = deploy(api, everything)
    assert blocked["success"] is False
    assert api.query("SELECT ABM_Tier__c FROM Account")["totalSize"] == 0

    api.call("DELETE", f"/sobjects/PermissionSetAssignment/{assignment}")
    assert deploy(api, everything)["success"] is True
    assert api.control("state/PermissionSet")["records"] == []
    assert api.control("state/FieldPermissions")["records"] == []
    again = deploy(api, everything)
    assert again["success"] is True
    assert {row["problemType"] for row in again["details"]["componentSuccesses"]} == {"Warning"}


def test_deploying_needs_the_permission(api: Api) -> None:
    api.control("settings", {"deny_metadata": True})
    answer = start_deploy(api, GOOD)
    assert error_of(answer) == (403, "INSUFFICIENT_ACCESS")


def test_fields_of_activity_belong_to_task_and_event(api: Api) -> None:
    field = SCORE.replace("ABM_Score__c", "ABM_Points__c")
    files = {
        "package.xml": package_xml(CustomField=["Activity.ABM_Points__c"], PermissionSet=["ABM"]),
        "objects/Activity.object": f"{HEAD}<CustomObject {XMLNS}>{field}</CustomObject>",
        "permissionsets/ABM.permissionset": permission_set("Task.ABM_Points__c"),
    }
    assert deploy(api, zipped(files))["success"] is True
    assign(api)
    assert api.query("SELECT ABM_Points__c FROM Task")["totalSize"] == 0
    assert api.query("SELECT ABM_Points__c FROM Event")[0]["errorCode"] == "INVALID_FIELD"
