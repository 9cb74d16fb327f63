"""The emulator's answers beside recorded ones: the same keys in the same order, the same kinds of values.

The recordings are not part of this repository; SHORTLIST_CORPUS names the folder that holds `salesforce/`.
"""

# ruff: noqa: S608 - queries put together here go to an emulator in this process

from __future__ import annotations

import csv
import json
import os
import re
from base64 import b64decode
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
from defusedxml.ElementTree import fromstring

from emulators.salesforce.outbound_xml import is_acknowledged, message, notification
from tests.integration.test_salesforce_emulator import Api, running

if TYPE_CHECKING:
    from collections.abc import Iterator

CORPUS = os.environ.get("SHORTLIST_CORPUS")

pytestmark = pytest.mark.skipif(
    CORPUS is None, reason="SHORTLIST_CORPUS does not name a folder of recordings"
)

DESCRIBED = {
    "Account": "024",
    "Contact": "002",
    "Lead": "003",
    "Opportunity": "004",
    "Event": "005",
    "OpportunityContactRole": "006",
}
FLAGS = (
    "aggregatable",
    "createable",
    "custom",
    "defaultedOnCreate",
    "digits",
    "externalId",
    "filterable",
    "groupable",
    "idLookup",
    "length",
    "name",
    "nameField",
    "nillable",
    "permissionable",
    "polymorphicForeignKey",
    "precision",
    "relationshipName",
    "restrictedPicklist",
    "scale",
    "soapType",
    "sortable",
    "type",
    "unique",
    "updateable",
)
# Day-only fields of an event are the one place where the recorded flags do not follow from the type.
EXCEPTIONS = {("Event", "ActivityDate", "aggregatable")}


def recorded(number: str) -> Any:
    """The body of a recording, by its number."""
    folder = Path(CORPUS or "") / "salesforce"
    path = next(path for path in folder.glob(f"{number}_*.json") if not path.name.endswith(".meta.json"))
    return json.loads(path.read_text(encoding="utf-8-sig"))


def shape(value: Any) -> Any:
    """Keys in their order and kinds of values; a list by its first item."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value[:1]]
    return type(value).__name__


@pytest.fixture
def api() -> Iterator[Api]:
    with running() as client:
        yield client


@pytest.mark.parametrize(("name", "number"), DESCRIBED.items())
def test_a_describe_has_the_recorded_keys_and_flags(api: Api, name: str, number: str) -> None:
    ours, theirs = api.get(f"/sobjects/{name}/describe"), recorded(number)
    assert set(theirs) <= set(ours)
    assert list(ours) == sorted(ours)
    for key in ("createable", "deletable", "label", "labelPlural", "mergeable", "undeletable", "updateable"):
        assert ours[key] == theirs[key], key
    their_fields = {field["name"]: field for field in theirs["fields"]}
    compared = 0
    for field in ours["fields"]:
        other = their_fields.get(field["name"])
        if other is None:
            continue
        compared += 1
        assert list(field) == list(other)
        differing = {
            flag: (field[flag], other[flag])
            for flag in FLAGS
            if field[flag] != other[flag] and (name, field["name"], flag) not in EXCEPTIONS
        }
        assert not differing, field["name"]
    assert compared == len(ours["fields"])


def test_an_entry_of_the_global_describe(api: Api) -> None:
    ours, theirs = api.get("/sobjects"), recorded("008")
    assert set(ours) == set(theirs)
    wanted = {row["name"]: row for row in theirs["sobjects"]}
    for row in ours["sobjects"]:
        if row["name"] in wanted:
            assert list(row) == list(wanted[row["name"]])


def test_queries_have_the_recorded_shape(api: Api) -> None:
    assert shape(api.query("SELECT COUNT() FROM Account")) == shape(recorded("073"))
    api.create("Contact", LastName="Doe", Email="A@B.example")
    ours, theirs = api.query("SELECT Email FROM Contact"), recorded("022")
    assert shape(ours) == shape(theirs)
    api.control("load", {"Contact": [{"LastName": f"C{number}"} for number in range(799)]})
    first = api.query("SELECT Id FROM Contact", **{"Sforce-Query-Options": "batchSize=200"})
    assert shape(first) == shape(recorded("074"))
    assert (first["totalSize"], len(first["records"])) == (recorded("074")["totalSize"], 200)
    groups = api.query("SELECT AccountId, COUNT(Id) FROM Contact GROUP BY AccountId")
    assert list(groups["records"][0]) == ["attributes", "AccountId", "expr0"]
    assert shape(groups["records"][0]["attributes"]) == shape(recorded("083")["records"][0]["attributes"])


def test_a_polymorphic_query_has_the_recorded_shape(api: Api) -> None:
    contact = api.create("Contact", LastName="Doe")
    api.create(
        "Event", Subject="E", WhoId=contact, StartDateTime="2026-01-01T00:00:00Z", DurationInMinutes=60
    )
    ours = api.query(
        "SELECT Id, TYPEOF Who WHEN Contact THEN LastName, Email END, What.Name, Subject, DurationInMinutes,"
        " ActivityDateTime FROM Event"
    )
    assert shape(ours["records"][0]) == shape(recorded("023")["records"][0])


def test_collections_have_the_recorded_shape(api: Api) -> None:
    rows = {"records": [{"attributes": {"type": "Account"}, "Id": None, "Name": "A"}]}
    made = api.call("PATCH", "/composite/sobjects/Account/Id", json=rows).json()
    assert shape(made) == shape(recorded("014"))
    change = {"attributes": {"type": "Account"}, "Id": made[0]["id"], "NumberOfEmployees": "10000"}
    changed = api.call("PATCH", "/composite/sobjects", json={"records": [change]}).json()
    assert shape(changed) == shape(recorded("016"))


def test_composite_answers_as_recorded(api: Api) -> None:
    queries = [
        {
            "method": "GET",
            "url": f"{api.base}/query/?q=select count() from Account",
            "referenceId": "refAccount",
        },
        {"method": "GET", "url": f"{api.base}/query/?q=select count() from XYZZY", "referenceId": "refXYZZY"},
    ]
    ours = api.post("/composite", {"compositeRequest": queries})["compositeResponse"]
    theirs = recorded("012")["compositeResponse"]
    assert shape(ours[0]["body"]) == shape(theirs[0]["body"])
    assert ours[1] == theirs[1]
    missing = {"method": "GET", "url": f"{api.base}/nope", "referenceId": "CCI__RefId__0__"}
    assert api.post("/composite", {"compositeRequest": [missing]}) == recorded("010")


@pytest.mark.parametrize(
    ("number", "method", "path", "body"),
    [
        ("086", "PATCH", "/sobjects/Contact/Namez/x", {}),
        ("094", "POST", "/sobjects/Account", {}),
    ],
)
def test_errors_are_the_recorded_ones(api: Api, number: str, method: str, path: str, body: Any) -> None:
    assert api.call(method, path, json=body).json() == recorded(number)


def test_errors_of_sessions_limits_and_deleted_records(api: Api) -> None:
    account = api.create("Account", Name="A")
    api.call("DELETE", f"/sobjects/Account/{account}")
    assert api.call("DELETE", f"/sobjects/Account/{account}").json() == recorded("096")
    api.control("settings", {"daily_limit": 0})
    assert api.call("GET", "/limits").json() == recorded("095")
    api.control("settings", {"expire_sessions": True})
    assert api.call("GET", "/limits").json() == recorded("080")


def test_limits_and_counts_have_the_recorded_shape(api: Api) -> None:
    ours, theirs = api.get("/limits"), recorded("026")
    assert set(ours) <= set(theirs)
    assert shape(ours["DailyApiRequests"]) == shape(theirs["DailyApiRequests"])
    api.create("Account", Name="Acme")
    assert shape(api.get("/limits/recordCount", sObjects="Account")) == shape(recorded("013"))


def test_a_record_has_the_recorded_kinds_of_values(api: Api) -> None:
    contact = api.create("Contact", LastName="Smith", FirstName="John", MailingCity="New York")
    ours, theirs = api.get(f"/sobjects/Contact/{contact}"), recorded("071")
    assert list(ours)[:2] == list(theirs)[:2] == ["attributes", "Id"]
    assert set(ours["MailingAddress"]) <= set(theirs["MailingAddress"])
    for key in ("Id", "IsDeleted", "Name", "CreatedDate", "SystemModstamp", "AssistantName"):
        assert shape(ours[key]) == shape(theirs[key]), key


def recorded_text(number: str) -> str:
    """The body of a recording that is not JSON."""
    folder = Path(CORPUS or "") / "salesforce"
    path = next(path for path in folder.glob(f"{number}_*") if not path.name.endswith(".meta.json"))
    return path.read_text(encoding="utf-8")


def job_shape(job: Any) -> Any:
    """The shape of a job; some recordings were printed by tools that show 52.0 as 52."""
    return shape({**job, "apiVersion": float(job["apiVersion"])})


def at_version(api: Api, version: str) -> Api:
    api.base = f"/services/data/v{version}"
    return api


@pytest.mark.parametrize(
    ("number", "version", "operation", "soql"),
    [
        ("110", "57.0", "queryAll", "SELECT Id FROM Account"),
        ("124", "52.0", "query", "SELECT Id,Name, Phone from Account LIMIT 5"),
    ],
)
def test_a_query_job_is_made_as_recorded(
    api: Api, number: str, version: str, operation: str, soql: str
) -> None:
    made = at_version(api, version).post("/jobs/query", {"operation": operation, "query": soql})
    assert job_shape(made) == job_shape(recorded(number))
    assert list(made) == list(recorded(number))
    for key in ("operation", "state", "concurrencyMode", "contentType", "lineEnding", "columnDelimiter"):
        assert made[key] == recorded(number)[key], key


def test_a_query_job_runs_as_recorded(api: Api) -> None:
    rows = list(csv.reader(StringIO(recorded_text("127"))))
    records = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    api.control("load", {"Account": [{k: v for k, v in row.items() if v} for row in records]})
    api.control("settings", {"bulk": {"scatter": False}})
    job = at_version(api, "52.0").post(
        "/jobs/query", {"operation": "query", "query": "SELECT Id,Name, Phone from Account LIMIT 5"}
    )
    path = f"/jobs/query/{job['id']}"
    for number in ("125", "126"):
        seen, theirs = api.get(path), recorded(number)
        assert list(seen) == list(theirs)
        assert job_shape(seen) == job_shape(theirs)
        for key in ("state", "jobType", "numberRecordsProcessed", "object"):
            assert seen[key] == theirs[key], key
    assert api.call("GET", f"{path}/results").text == recorded_text("127")
    assert api.call("GET", f"{path}/failedResults").text == recorded_text("128")


def test_results_are_as_documented(api: Api) -> None:
    rows = list(csv.DictReader(StringIO(recorded_text("133"))))
    users = [dict(zip(("FirstName", "LastName"), row["Name"].split(), strict=True)) for row in rows]
    loaded = [{"Id": row["Id"], **user} for row, user in zip(rows, users, strict=True)]
    api.control("load", {"User": loaded})
    api.control("settings", {"bulk": {"scatter": False}})
    ids = ", ".join(f"'{row['Id']}'" for row in rows)
    soql = f"SELECT Id, Name FROM User WHERE Id IN ({ids})"
    job = api.post("/jobs/query", {"operation": "query", "query": soql})
    ended = [api.get(f"/jobs/query/{job['id']}") for _ in range(2)][-1]
    answer = api.call("GET", f"/jobs/query/{job['id']}/results", params={"maxRecords": "50000"})
    assert answer.text == recorded_text("133")
    assert answer.headers["Sforce-NumberOfRecords"] == "3"
    assert list(ended) == list(recorded("131"))
    assert job_shape(ended) == job_shape(recorded("131"))


def test_another_job_and_its_results_have_the_recorded_form(api: Api) -> None:
    api.create("Contact", LastName="Doe", AccountId=api.create("Account", Name="A"))
    soql = "SELECT Id, AccountId, ReportsToId FROM Contact"
    job = at_version(api, "51.0").post("/jobs/query", {"operation": "query", "query": soql})
    ended = [api.get(f"/jobs/query/{job['id']}") for _ in range(2)][-1]
    assert list(ended) == list(recorded("129"))
    assert job_shape(ended) == job_shape(recorded("129"))
    ours = api.call("GET", f"/jobs/query/{job['id']}/results").text
    for line in [*ours.splitlines(), *recorded_text("130").splitlines()]:
        assert re.fullmatch(r'"\w*","\w*","\w*"', line), line


def test_a_locator_has_the_recorded_form(api: Api) -> None:
    api.control("load", {"Account": [{"Name": "A"}, {"Name": "B"}]})
    job = api.post("/jobs/query", {"operation": "query", "query": "SELECT Id FROM Account"})["id"]
    for _ in range(2):
        api.get(f"/jobs/query/{job}")
    theirs = recorded_text("111").split("sforce-locator: ")[1].split()[0]
    ours = api.call("GET", f"/jobs/query/{job}/results", params={"maxRecords": "1"}).headers["Sforce-Locator"]
    forms = [b64decode(text + "=" * (-len(text) % 4)).decode() for text in (ours, theirs)]
    assert all(re.fullmatch(r"0:0Ga\w{15}:\d+", form) for form in forms), forms
    assert "=" not in ours
    doubled = api.call("GET", f"/jobs/query//{job}/results", params={"locator": ours})
    assert doubled.status_code == 404


def test_result_pages_have_the_documented_form(api: Api) -> None:
    api.control("load", {"Account": [{"Name": f"A{number}"} for number in range(6)]})
    api.control("settings", {"bulk": {"page_rows": 1}})
    job = api.post("/jobs/query", {"operation": "query", "query": "SELECT Id FROM Account"})["id"]
    for _ in range(2):
        api.get(f"/jobs/query/{job}")
    ours, theirs = api.get(f"/jobs/query/{job}/resultPages"), recorded("132")
    assert list(ours) == list(theirs)
    assert shape(ours) == shape(theirs)
    assert len(ours["resultPages"]) == len(theirs["resultPages"])

    def form(url: str) -> str:
        masked = re.sub(r"locator=\w+", "locator=L", re.sub(r"/v[\dX.]+/", "/v/", url))
        return re.sub(r"/750\w+/", "/ID/", masked).lower()

    assert form(ours["resultPages"][0]["resultUrl"]) == form(theirs["resultPages"][0]["resultUrl"])
    assert form(ours["nextRecordsUrl"]) == form(theirs["nextRecordsUrl"])


def test_an_ingest_job_runs_as_recorded(api: Api) -> None:
    upload = json.loads(next((Path(CORPUS or "") / "salesforce").glob("115_*.meta.json")).read_bytes())
    data: str = upload["request"]["body"]
    ids = [line.split(",")[0] for line in data.splitlines()[1:]]
    api.control("load", {"Account": [{"Id": record_id, "Name": record_id} for record_id in ids]})
    at_version(api, "52.0")
    seen = [api.post("/jobs/ingest", {"operation": "update", "object": "Account"})]
    path = f"/jobs/ingest/{seen[0]['id']}"
    seen.append(api.get(path))
    listed = api.get("/jobs/ingest")
    put = api.call("PUT", f"{path}/batches", data=data.encode(), headers={"Content-Type": "text/csv"})
    assert (put.status_code, put.text) == (upload["response"]["status"], recorded_text("115"))
    seen.append(api.get(path))
    seen.append(api.call("PATCH", path, json={"state": "UploadComplete"}).json())
    seen += [api.get(path), api.get(path)]
    for number, ours in zip(("113", "114", "116", "117", "118", "119"), seen, strict=True):
        theirs = recorded(number)
        assert list(ours) == list(theirs), number
        assert job_shape(ours) == job_shape(theirs), number
        assert (ours["state"], ours["object"]) == (theirs["state"], theirs["object"])
    assert seen[-1]["numberRecordsProcessed"] == recorded("119")["numberRecordsProcessed"]
    assert list(listed) == list(recorded("112"))
    assert list(listed["records"][0]) == list(recorded("112")["records"][0])
    assert listed["nextRecordsUrl"] is recorded("112")["nextRecordsUrl"] is None
    assert api.call("GET", f"{path}/failedResults").text == recorded_text("120")
    assert api.call("GET", f"{path}/unprocessedrecords").text == recorded_text("121")


def test_result_columns_are_in_the_recorded_order_and_quotes(api: Api) -> None:
    for name in ("ERP_DEBTOR_ID__c", "ERP_Contact_ID__c"):
        holder = "Account" if "DEBTOR" in name else "Contact"
        field = {"object": holder, "fullName": name, "label": name, "type": "Text", "length": 40}
        api.control("schema", {"add": [{**field, "externalId": True}]})
    data = recorded_text("123")
    job = api.post("/jobs/ingest", {"operation": "insert", "object": "Contact"})["id"]
    path = f"/jobs/ingest/{job}"
    api.call("PUT", f"{path}/batches", data=data.encode())
    api.call("PATCH", path, json={"state": "Aborted"})
    assert api.call("GET", f"{path}/unprocessedrecords").text == data
    job = api.post("/jobs/ingest", {"operation": "insert", "object": "Contact"})["id"]
    path = f"/jobs/ingest/{job}"
    api.call("PUT", f"{path}/batches", data=data.encode())
    api.call("PATCH", path, json={"state": "UploadComplete"})
    for _ in range(2):
        api.get(path)
    failed = api.call("GET", f"{path}/failedResults").text
    assert failed.splitlines()[0] == recorded_text("122").splitlines()[0]


def test_refused_tokens_have_the_recorded_words(api: Api) -> None:
    def token(**form: str) -> Any:
        return requests.post(f"{api.url}/services/oauth2/token", data=form, timeout=10).json()

    app = {"client_id": "demo-client", "client_secret": "demo-secret"}
    assert token(grant_type="refresh_token", refresh_token="x", **app) == recorded("079")
    refused, theirs = token(grant_type="password", username="x", password="x", **app), recorded("078")
    assert list(refused) == list(theirs)
    assert refused["error"] == theirs["error"]
    assert theirs["error_description"].startswith(refused["error_description"])


def test_a_tree_and_queries_in_composite_have_the_recorded_shape(api: Api) -> None:
    urls = {
        "one": f"{api.base}/query?q=SELECT Id FROM Account LIMIT 1",
        "two": f"{api.base}/query?q=SELECT Name FROM Account LIMIT 1",
    }
    parts = [{"method": "GET", "url": url, "referenceId": name} for name, url in urls.items()]
    assert api.post("/composite", {"compositeRequest": parts}) == recorded("011")
    people = [
        {"attributes": {"type": "Contact", "referenceId": name}, "LastName": name}
        for name in ("John", "Jane")
    ]
    ours, theirs = api.post("/composite/tree/Contact", {"records": people}), recorded("134")
    assert shape(ours) == shape(theirs)
    names = [[row["referenceId"] for row in answer["results"]] for answer in (ours, theirs)]
    assert names[0] == names[1]


def test_a_locked_row_is_refused_as_recorded(api: Api) -> None:
    contact = api.create("Contact", LastName="Doe")
    api.control("late", {"seconds": 60, "records": {"Contact": [{"Id": contact, "LastName": "Roe"}]}})
    ours, theirs = api.update("Contact", contact, LastName="Poe").json(), recorded("099")
    assert list(ours[0]) == list(theirs[0])
    masked = theirs[0]["message"].rpartition(" ")[2]
    assert theirs[0]["message"].replace(masked, contact) == ours[0]["message"]


def recorded_xml(number: str) -> str:
    folder = Path(CORPUS or "") / "salesforce"
    return next(folder.glob(f"{number}_*.xml")).read_text(encoding="utf-8-sig")


def skeleton(element: Any) -> Any:
    """The names of an element's parts in their order, without the fields of the record and their values."""
    name = element.tag.rpartition("}")[2]
    return name if name == "sObject" else (name, [skeleton(child) for child in element])


def test_an_outbound_message_has_the_recorded_parts() -> None:
    theirs = fromstring(recorded_xml("106"))
    record = theirs.find(".//{http://soap.sforce.com/2005/09/outbound}sObject")
    assert record is not None
    values = {child.tag.rpartition("}")[2]: child.text for child in record}
    ours = notification("04l7F000008aeAyQAI", "Opportunity", dict(reversed(values.items())))
    sent = message("00D7F00000107XsUAI", "04k7F0000008V3hQAE", "https://ap5.salesforce.com", [ours])
    wanted = recorded_xml("106").replace("/47.0/", "/62.0/").strip()
    assert sent.decode() == wanted


def test_the_documented_ack_is_understood_and_the_pretty_message_has_the_same_parts() -> None:
    assert is_acknowledged(200, recorded_xml("108").encode())
    one, other = (fromstring(recorded_xml(number).strip()) for number in ("106", "107"))
    assert skeleton(one) == skeleton(other)
    stamp = other.findtext(".//{urn:sobject.enterprise.soap.sforce.com}CreatedDate") or ""
    ours = notification("04l", "X", {"Id": "a", "CreatedDate": stamp.replace("Z", "+0000")})
    assert f"<sf:CreatedDate>{stamp}</sf:CreatedDate>" in ours
