"""Exports: a task, its status, and a file that can be fetched for five minutes."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from tests.integration.hubspot_emulator.conftest import PortalClient

PATH = "/crm/v3/exports/export"
NOON = "2026-05-04T12:00:00Z"


def start(portal: PortalClient, path: str = PATH, **changed: Any) -> str:
    reply = portal.call("POST", f"{path}/async", body(**changed))
    assert reply.status_code == 202, reply.text
    return str(reply.json()["id"])


def body(**changed: Any) -> dict[str, Any]:
    return {
        "exportType": "VIEW",
        "exportName": "accounts",
        "format": "CSV",
        "language": "EN",
        "objectType": "COMPANY",
        "objectProperties": ["name", "industry"],
        **changed,
    }


def status(portal: PortalClient, task: str, path: str = PATH) -> Any:
    return portal.get(f"{path}/async/tasks/{task}/status")


def rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode())))


def fetch(portal: PortalClient, task: str) -> requests.Response:
    return requests.get(status(portal, task)["result"], timeout=10)


@pytest.mark.parametrize("path", [PATH, "/crm/exports/2026-03/export", "/crm/exports/2026-09/export"])
def test_a_view_becomes_a_csv_file_with_labels(portal: PortalClient, path: str) -> None:
    first = portal.create("companies", name='Acme, "the" best\nof all', industry="ACCOUNTING")
    second = portal.create("companies", name="Bäcker")
    task = start(portal, path)
    done = status(portal, task, path)
    assert done["status"] == "COMPLETE"
    fetched = requests.get(done["result"], timeout=10)
    assert fetched.headers["Content-Type"] == "text/csv"
    assert rows(fetched.content) == [
        ["Record ID", "Company name", "Industry"],
        [first, 'Acme, "the" best\nof all', "Accounting"],
        [second, "Bäcker", ""],
    ]


def test_internal_names_values_and_associations_can_be_asked_for(portal: PortalClient) -> None:
    company = portal.create("companies", name="A", industry="ACCOUNTING")
    contact = portal.create("contacts", email="a@acme.example")
    portal.ok("PUT", f"/crm/v4/objects/contacts/{contact}/associations/default/companies/{company}")
    options = ["NAMES", "VALUES"]
    task = start(portal, exportInternalValuesOptions=options, associatedObjectType=["CONTACT"])
    assert rows(fetch(portal, task).content) == [
        ["hs_object_id", "name", "industry", "associations.contact"],
        [company, "A", "ACCOUNTING", contact],
    ]


def test_a_view_can_be_filtered_and_a_list_exported(portal: PortalClient) -> None:
    ids = [portal.create("companies", name=name) for name in "ABC"]
    condition = {"propertyName": "name", "operator": "EQ", "value": "b"}
    view = start(portal, publicCrmSearchRequest={"filterGroups": [{"filters": [condition]}]})
    assert [row[0] for row in rows(fetch(portal, view).content)[1:]] == [ids[1]]
    made = {"name": "L", "objectTypeId": "0-2", "processingType": "MANUAL"}
    list_id = portal.post("/crm/v3/lists", made)["list"]["listId"]
    portal.ok("PUT", f"/crm/v3/lists/{list_id}/memberships/add", [ids[2], ids[0]])
    task = start(portal, exportType="LIST", listId=list_id)
    assert [row[0] for row in rows(fetch(portal, task).content)[1:]] == [ids[0], ids[2]]


def test_a_large_file_is_a_zip(portal: PortalClient) -> None:
    text = "x" * 60_000
    records = [{"id": number, "properties": {"name": "A", "description": text}} for number in range(1, 41)]
    portal.load(objects={"companies": records})
    task = start(portal, objectProperties=["description"])
    fetched = fetch(portal, task)
    assert fetched.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(fetched.content)) as archive:
        (name,) = archive.namelist()
        assert len(rows(archive.read(name))) == 41


def test_exports_take_turns(portal: PortalClient) -> None:
    portal.clock(freeze=NOON)
    portal.set(export_seconds=30)
    first, second = start(portal), start(portal)
    assert [status(portal, task)["status"] for task in (first, second)] == ["PROCESSING", "PENDING"]
    portal.clock(advance_seconds=30)
    assert [status(portal, task)["status"] for task in (first, second)] == ["COMPLETE", "PROCESSING"]
    assert portal.get(f"{PATH}/{second}")["exportState"] == "PROCESSING"
    portal.clock(advance_seconds=30)
    assert status(portal, second)["completedAt"] == "2026-05-04T12:01:00Z"
    described = portal.get(f"{PATH}/{second}")
    assert (described["exportState"], described["recordCount"], described["objectType"]) == ("DONE", 0, "0-2")


def test_an_address_is_good_for_five_minutes(portal: PortalClient) -> None:
    portal.clock(freeze=NOON)
    task = start(portal)
    address = status(portal, task)["result"]
    portal.clock(advance_seconds=299)
    assert requests.get(address, timeout=10).status_code == 200
    assert requests.get(address.replace("signature=", "signature=0"), timeout=10).status_code == 403
    portal.clock(advance_seconds=1)
    expired = requests.get(address, timeout=10)
    assert (expired.status_code, expired.headers["Content-Type"]) == (403, "application/xml")
    assert requests.get(status(portal, task)["result"], timeout=10).status_code == 403


def test_thirty_exports_in_a_day(portal: PortalClient) -> None:
    portal.clock(freeze=NOON)
    for _ in range(30):
        start(portal)
    assert portal.error("POST", f"{PATH}/async", body())[0] == 429
    portal.clock(advance_seconds=86_400)
    start(portal)


@pytest.mark.parametrize(
    "changed",
    [
        {"format": "PDF"},
        {"format": "XLSX"},
        {"exportType": "LIST"},
        {"exportType": "LIST", "listId": "77"},
        {"objectProperties": []},
        {"objectType": "DRAGON"},
    ],
)
def test_an_export_that_cannot_be_made_is_a_400(portal: PortalClient, changed: Any) -> None:
    assert portal.error("POST", f"{PATH}/async", body(**changed))[0] == 400


def test_exports_need_their_scope(portal: PortalClient) -> None:
    portal.set(tokens={"demo-token": ["crm.objects.companies.read"]})
    status_code, error = portal.error("POST", f"{PATH}/async", body())
    assert (status_code, error["errors"][0]["context"]["requiredGranularScopes"]) == (403, ["crm.export"])
    assert portal.error("GET", f"{PATH}/1")[0] == 403
