"""SOAP of the Salesforce emulator: login by version, metadata deploys, faults."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import pytest
import requests
from defusedxml.ElementTree import fromstring

from tests.integration.test_salesforce_emulator import Api, error_of, running
from tests.integration.test_salesforce_emulator_deploy import (
    GOOD,
    NAMES,
    SCORE,
    assign,
    fields_package,
    start_deploy,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

METADATA = "http://soap.sforce.com/2006/04/metadata"
PARTNER = "urn:partner.soap.sforce.com"
LOGIN = "<username>ada.rep@emulated.example</username><password>{}</password>"


@pytest.fixture
def api() -> Iterator[Api]:
    with running() as client:
        yield client


def envelope(namespace: str, call: str, content: str, session: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f'<soapenv:Header xmlns="{namespace}"><SessionHeader><sessionId>{escape(session)}</sessionId>'
        f'</SessionHeader></soapenv:Header><soapenv:Body xmlns="{namespace}"><{call}>{content}</{call}>'
        "</soapenv:Body></soapenv:Envelope>"
    )


def send(api: Api, path: str, body: str) -> requests.Response:
    headers = {"Content-Type": "text/xml", "SOAPAction": '""'}
    answer = requests.post(f"{api.url}/services/Soap/{path}", data=body, headers=headers, timeout=10)
    assert answer.headers["Content-Type"] == "text/xml;charset=UTF-8"
    return answer


def login(api: Api, version: str, word: str = "demo-password", kind: str = "u") -> requests.Response:
    return send(api, f"{kind}/{version}", envelope(PARTNER, "login", LOGIN.format(word)))


def metadata(api: Api, call: str, content: str = "") -> Element:
    """The first result of a metadata call."""
    answer = send(api, "m/62.0", envelope(METADATA, call, content, api.token))
    assert answer.status_code == 200, answer.text
    found: Element = fromstring(answer.text)[0][0]
    return found


def text(element: Element, path: str) -> str | None:
    return element.findtext("/".join(f"{{{METADATA}}}{step}" for step in path.split("/")))


def deploy(api: Api, data: bytes, options: str = "") -> str:
    content = f"<ZipFile>{base64.b64encode(data).decode()}</ZipFile><DeployOptions>{options}</DeployOptions>"
    result = metadata(api, "deploy", content)
    assert (text(result, "result/done"), text(result, "result/state")) == ("false", "Queued")
    request_id = text(result, "result/id")
    assert request_id is not None
    return request_id


def status(api: Api, request_id: str) -> Element:
    content = f"<asyncProcessId>{request_id}</asyncProcessId><includeDetails>true</includeDetails>"
    return metadata(api, "checkDeployStatus", content)


def finished(api: Api, request_id: str) -> Element:
    for _ in range(10):
        result = status(api, request_id)
        if text(result, "result/done") == "true":
            return result
    raise AssertionError(text(result, "result/status"))


@pytest.mark.parametrize("version", ["31.0", "59.0", "64.0"])
def test_login_works_up_to_version_64(api: Api, version: str) -> None:
    answer = login(api, version)
    assert answer.status_code == 200
    result = fromstring(answer.text).find(f".//{{{PARTNER}}}result")
    assert result is not None
    values = {element.tag.rpartition("}")[2]: element.text or "" for element in result.iter()}
    assert values["sessionId"].startswith("00DEm0000000001!")
    assert values["serverUrl"] == f"{api.url}/services/Soap/u/{version}/00DEm0000000001"
    assert values["organizationId"] == "00DEm0000000001MAA"
    assert values["userName"] == "ada.rep@emulated.example"
    headers = {"Authorization": f"Bearer {values['sessionId']}"}
    assert requests.get(f"{api.url}{api.base}/limits", headers=headers, timeout=10).status_code == 200


def fault(answer: requests.Response) -> tuple[str, str]:
    assert answer.status_code == 500
    body = fromstring(answer.text)
    return body.findtext(".//faultcode", ""), body.findtext(".//faultstring", "")


def test_login_is_gone_from_version_65_on(api: Api) -> None:
    code, words = fault(login(api, "65.0"))
    assert code == "soapenv:Client"
    assert "login" in words


def test_login_can_be_switched_off_and_wrong_passwords_are_refused(api: Api) -> None:
    words = "INVALID_LOGIN: Invalid username, password, security token; or user locked out."
    answer = login(api, "59.0", "wrong")
    assert fault(answer) == ("sf:INVALID_LOGIN", words)
    assert "<sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode>" in answer.text
    api.control("settings", {"soap_login": False})
    words = "INVALID_OPERATION: SOAP API login() is disabled by default in this org."
    assert fault(login(api, "59.0")) == ("sf:INVALID_OPERATION", words)


def test_logout_ends_a_session(api: Api) -> None:
    assert send(api, "u/59.0", envelope(PARTNER, "logout", "", api.token)).status_code == 200
    assert error_of(api.call("GET", "/limits")) == (401, "INVALID_SESSION_ID")
    answer = send(api, "u/59.0", envelope(PARTNER, "getUserInfo", "", api.token))
    assert fault(answer)[0] == "sf:INVALID_SESSION_ID"


def test_a_retired_version_faults(api: Api) -> None:
    assert fault(login(api, "30.0"))[0] == "sf:UNSUPPORTED_API_VERSION"
    assert fault(login(api, "99.0"))[0] == "sf:NOT_FOUND"


def test_a_deploy_over_soap_is_the_one_over_rest(api: Api) -> None:
    request_id = deploy(api, GOOD, "<checkOnly>false</checkOnly><rollbackOnError>true</rollbackOnError>")
    assert text(status(api, request_id), "result/status") == "Pending"
    result = finished(api, request_id)
    assert text(result, "result/status") == "Succeeded"
    assert text(result, "result/checkOnly") == "false"
    assert text(result, "result/numberComponentsDeployed") == str(len(NAMES) + 1)
    names = [element.text for element in result.iter(f"{{{METADATA}}}fullName")]
    assert set(names) == {"ABM", *(f"Account.{name}" for name in NAMES)}
    over_rest = api.get(f"/metadata/deployRequest/{request_id}")["deployResult"]
    assert (over_rest["status"], over_rest["id"]) == ("Succeeded", request_id)
    assign(api)
    api.create("Account", Name="Acme", ABM_Score__c=7)


def test_a_refused_deploy_names_what_is_wrong(api: Api) -> None:
    bad = fields_package(SCORE.replace("<scale>1</scale>", ""), names=("ABM_Score__c",), grants=())
    result = finished(api, deploy(api, bad))
    assert text(result, "result/success") == "false"
    assert text(result, "result/details/componentFailures/fullName") == "Account.ABM_Score__c"
    assert text(result, "result/details/componentFailures/problemType") == "Error"
    assert "Account.ABM_Score__c" not in api.call("GET", "/sobjects/Account/describe").text


def test_a_check_changes_nothing(api: Api) -> None:
    result = finished(api, deploy(api, GOOD, "<checkOnly>true</checkOnly>"))
    assert text(result, "result/success") == "true"
    assert api.query("SELECT Id FROM PermissionSet WHERE Name = 'ABM'")["totalSize"] == 0


def test_a_waiting_deploy_can_be_cancelled_over_both_apis(api: Api) -> None:
    request_id = deploy(api, GOOD)
    result = metadata(api, "cancelDeploy", f"<String>{request_id}</String>")
    assert text(result, "result/done") == "true"
    result = status(api, request_id)
    assert (text(result, "result/status"), text(result, "result/success")) == ("Canceled", "false")
    second = start_deploy(api, GOOD).json()["id"]
    path = f"/metadata/deployRequest/{second}"
    for _ in range(2):
        api.get(path)
    answer = api.call("PATCH", path, json={"deployResult": {"status": "Canceling"}})
    assert (answer.status_code, answer.json()["deployResult"]["status"]) == (202, "Canceling")
    assert api.get(path)["deployResult"]["status"] == "Canceled"
    assert api.query("SELECT Id FROM PermissionSet WHERE Name = 'ABM'")["totalSize"] == 0


def test_what_can_be_deployed_and_what_is_there_is_listed(api: Api) -> None:
    finished(api, deploy(api, GOOD))
    described = metadata(api, "describeMetadata", "<asOfVersion>62.0</asOfVersion>")
    kinds = {element.text for element in described.iter(f"{{{METADATA}}}xmlName")}
    assert {"CustomObject", "PermissionSet"} <= kinds
    queries = "<queries><type>CustomField</type></queries><queries><type>PermissionSet</type></queries>"
    listed = metadata(api, "listMetadata", f"{queries}<asOfVersion>62.0</asOfVersion>")
    names = {element.text for element in listed.iter(f"{{{METADATA}}}fullName")}
    assert names == {"ABM", *(f"Account.{name}" for name in NAMES)}


FIELD = (
    '<metadata xsi:type="CustomField"><fullName>Account.Note__c</fullName><label>{}</label>'
    "<type>Text</type><length>20</length></metadata>"
)


def saved(result: Element) -> list[tuple[str | None, str | None]]:
    rows = result.findall(f"{{{METADATA}}}result")
    return [(text(row, "success"), text(row, "errors/message")) for row in rows]


def test_single_fields_are_created_changed_and_deleted(api: Api) -> None:
    assert saved(metadata(api, "createMetadata", FIELD.format("Note"))) == [("true", None)]
    (again,) = saved(metadata(api, "createMetadata", FIELD.format("Note")))
    assert again[0] == "false"
    result = metadata(api, "upsertMetadata", FIELD.format("Other"))
    assert text(result, "result/created") == "false"
    assert api.query("SELECT Id FROM Account")["done"] is True
    missing = FIELD.replace("Note__c", "None__c").format("None")
    assert saved(metadata(api, "updateMetadata", missing))[0][0] == "false"
    gone = (
        "<type>CustomField</type><fullNames>Account.Note__c</fullNames><fullNames>Account.No__c</fullNames>"
    )
    assert [row[0] for row in saved(metadata(api, "deleteMetadata", gone))] == ["true", "false"]


def test_metadata_needs_a_session_and_the_permission(api: Api) -> None:
    body = envelope(METADATA, "describeMetadata", "", "00D!nothing")
    answer = send(api, "m/62.0", body)
    assert fault(answer)[0] == "sf:INVALID_SESSION_ID"
    api.control("settings", {"deny_metadata": True})
    content = "<ZipFile>UEs=</ZipFile><DeployOptions/>"
    answer = send(api, "m/62.0", envelope(METADATA, "deploy", content, api.token))
    assert fault(answer)[0] == "sf:INSUFFICIENT_ACCESS"


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">'
    "<soapenv:Body><x>&b;</x></soapenv:Body></soapenv:Envelope>"
)


@pytest.mark.parametrize("body", ["", "<a", "<a/>", BOMB, envelope(METADATA, "unknownCall", "")])
def test_what_is_no_call_is_the_clients_fault(api: Api, body: str) -> None:
    assert fault(send(api, "m/62.0", body))[0] == "soapenv:Client"


def test_unknown_deployments_and_paths(api: Api) -> None:
    content = "<asyncProcessId>0Af000000000000AAA</asyncProcessId>"
    answer = send(api, "m/62.0", envelope(METADATA, "checkDeployStatus", content, api.token))
    assert fault(answer)[0] == "sf:INVALID_CROSS_REFERENCE_KEY"
    answer = requests.post(f"{api.url}/services/Soap/x/62.0", data="", timeout=10)
    assert error_of(answer) == (404, "NOT_FOUND")


def test_soap_calls_count_against_the_daily_limit(api: Api) -> None:
    before: Any = api.control("settings")["daily_limit"]
    metadata(api, "describeMetadata")
    assert api.get("/limits")["DailyApiRequests"]["Remaining"] == before - 2
    api.control("settings", {"daily_limit": 0})
    answer = send(api, "m/62.0", envelope(METADATA, "describeMetadata", "", api.token))
    assert fault(answer) == (
        "sf:REQUEST_LIMIT_EXCEEDED",
        "REQUEST_LIMIT_EXCEEDED: TotalRequests Limit exceeded.",
    )
