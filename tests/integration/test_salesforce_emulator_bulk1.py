"""Bulk API 1.0 of the Salesforce emulator: states, formats and errors as they go over the wire."""

from __future__ import annotations

import csv
import gzip
from io import StringIO
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from tests.integration.test_salesforce_emulator import LOGIN, VERSION, Api, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests

JSON, XML, CSV = "application/json", "application/xml; charset=utf-8", "text/csv"
NAMESPACE = "{http://www.force.com/2009/06/asyncapi/dataload}"
AT = "2026-03-02T09:30:00Z"
IDS = "SELECT Id FROM Contact"


class Classic:
    """A client of the emulator's Bulk API 1.0; paths are below /services/async/VERSION."""

    def __init__(self, api: Api, token: str = "", version: str = VERSION) -> None:
        self.api = api
        self.base = f"{api.url}/services/async/{version}"
        self.token = token or api.token

    def call(self, method: str, path: str, kind: str | None = JSON, **options: Any) -> requests.Response:
        headers = {"X-SFDC-Session": self.token, "Authorization": "", **options.pop("headers", {})}
        if kind is not None:
            headers["Content-Type"] = kind
        url = f"{self.base}{path}"
        return self.api.session.request(method, url, headers=headers, timeout=20, **options)

    def job(self, operation: str = "query", name: str = "Contact", kind: str = "CSV", **headers: str) -> str:
        asked = {"operation": operation, "object": name, "contentType": kind}
        answer = self.call("POST", "/job", json=asked, headers=headers)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def batch(self, job: str, data: str, kind: str = CSV) -> str:
        answer = self.call("POST", f"/job/{job}/batch", kind, data=data.encode())
        assert answer.status_code == 201, answer.text
        if kind == JSON:
            return str(answer.json()["id"])
        return values(fromstring(answer.content))["id"]

    def state(self, job: str, batch: str) -> dict[str, str]:
        answer = self.call("GET", f"/job/{job}/batch/{batch}")
        return values(fromstring(answer.content))

    def batches(self, job: str) -> list[dict[str, str]]:
        found = fromstring(self.call("GET", f"/job/{job}/batch").content)
        assert found.tag == f"{NAMESPACE}batchInfoList"
        return [values(entry) for entry in found]

    def result_ids(self, job: str, batch: str) -> list[str]:
        found = fromstring(self.call("GET", f"/job/{job}/batch/{batch}/result").content)
        assert found.tag == f"{NAMESPACE}result-list"
        return [str(entry.text) for entry in found]

    def rows(self, job: str, batch: str) -> list[list[str]]:
        paths = [f"/job/{job}/batch/{batch}/result/{result}" for result in self.result_ids(job, batch)]
        texts = [self.call("GET", path).content.decode() for path in paths]
        return [row for text in texts for row in list(csv.reader(StringIO(text, newline="")))[1:]]


def values(element: Element) -> dict[str, str]:
    return {child.tag.removeprefix(NAMESPACE): child.text or "" for child in element}


def error_of(answer: requests.Response) -> tuple[int, str, str]:
    body = answer.json()
    assert list(body) == ["exceptionCode", "exceptionMessage"]
    assert answer.headers["Content-Type"] == "application/json"
    return answer.status_code, body["exceptionCode"], body["exceptionMessage"]


def xml_error_of(answer: requests.Response) -> tuple[int, str, str]:
    assert answer.headers["Content-Type"] == "application/xml"
    found = values(fromstring(answer.content))
    return answer.status_code, found["exceptionCode"], found["exceptionMessage"]


@pytest.fixture
def api() -> Iterator[Api]:
    with running() as client:
        yield client


@pytest.fixture
def classic(api: Api) -> Classic:
    return Classic(api)


def load(api: Api, count: int) -> None:
    api.control("load", {"Contact": [{"LastName": f"L{number:03}"} for number in range(count)]})


def bulk(api: Api, **settings: Any) -> None:
    api.control("settings", {"bulk": settings})


def test_a_job_is_answered_as_json_with_its_keys_in_order(api: Api, classic: Classic) -> None:
    api.control("clock", {"freeze": AT})
    asked = {"operation": "queryAll", "object": "contact", "concurrencyMode": 1, "contentType": "JSON"}
    answer = classic.call("POST", "/job", json=asked)
    assert (answer.status_code, answer.headers["Content-Type"]) == (201, "application/json")
    job = answer.json()
    assert list(job) == sorted(job)
    assert job["id"].startswith("750")
    assert (job["apiVersion"], job["createdDate"]) == (float(VERSION), "2026-03-02T09:30:00.000+0000")
    shown = ("object", "operation", "state", "concurrencyMode", "assignmentRuleId", "fastPathEnabled")
    assert [job[name] for name in shown] == ["Contact", "queryAll", "Open", "Serial", None, False]


def test_a_job_is_asked_for_and_answered_in_xml(api: Api, classic: Classic) -> None:
    api.control("clock", {"freeze": AT})
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><jobInfo xmlns="http://www.force.com/2009/06/asyncapi/dataload">'
        "<operation>query</operation><object>Contact</object><contentType>CSV</contentType></jobInfo>"
    )
    answer = classic.call("POST", "/job", XML, data=body)
    assert (answer.status_code, answer.headers["Content-Type"]) == (201, "application/xml")
    made = values(fromstring(answer.content))
    assert list(made)[:8] == [
        *(
            "id",
            "operation",
            "object",
            "createdById",
            "createdDate",
            "systemModstamp",
            "state",
            "concurrencyMode",
        )
    ]
    assert (made["createdDate"], made["apiVersion"]) == ("2026-03-02T09:30:00.000Z", VERSION)
    assert "externalIdFieldName" not in made
    closing = (
        '<jobInfo xmlns="http://www.force.com/2009/06/asyncapi/dataload"><state>Closed</state></jobInfo>'
    )
    closed = classic.call("POST", f"/job/{made['id']}", XML, data=closing)
    assert (closed.status_code, values(fromstring(closed.content))["state"]) == (200, "Closed")
    assert values(fromstring(classic.call("GET", f"/job/{made['id']}", None).content))["state"] == "Closed"


def test_a_batch_goes_through_its_states_and_its_job_counts_them(api: Api, classic: Classic) -> None:
    bulk(api, polls=2)
    load(api, 3)
    job = classic.job()
    made = classic.call("POST", f"/job/{job}/batch", CSV, data=IDS)
    batch = values(fromstring(made.content))
    assert (made.status_code, batch["state"], batch["jobId"]) == (201, "Queued", job)
    assert batch["id"].startswith("751")
    seen = [classic.state(job, batch["id"]) for _ in range(4)]
    assert [one["state"] for one in seen] == ["InProgress", "InProgress", "Completed", "Completed"]
    assert [one["numberRecordsProcessed"] for one in seen] == ["0", "0", "3", "3"]
    counted = classic.call("GET", f"/job/{job}").json()
    names = ("numberBatchesTotal", "numberBatchesCompleted", "numberBatchesFailed", "numberRecordsProcessed")
    assert [counted[name] for name in names] == [1, 1, 0, 3]


def test_a_batch_takes_the_seconds_of_the_virtual_clock(api: Api, classic: Classic) -> None:
    bulk(api, polls=0, seconds=60)
    api.control("clock", {"freeze": AT})
    job = classic.job()
    batch = classic.batch(job, IDS)
    assert classic.state(job, batch)["state"] == "Queued"
    api.control("clock", {"advance_seconds": 60})
    ended = classic.state(job, batch)
    assert (ended["state"], ended["systemModstamp"]) == ("Completed", "2026-03-02T09:31:00.000Z")


def test_results_of_a_csv_job_are_listed_in_xml_and_read_as_csv(api: Api, classic: Classic) -> None:
    bulk(api, polls=0)
    api.control("clock", {"freeze": AT})
    api.create("Contact", LastName='Doe "X"')
    job = classic.job()
    batch = classic.batch(job, "SELECT LastName, Email, CreatedDate FROM Contact")
    [result] = classic.result_ids(job, batch)
    assert result.startswith("752")
    answer = classic.call("GET", f"/job/{job}/batch/{batch}/result/{result}")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.text == ('"LastName","Email","CreatedDate"\n"Doe ""X""","","2026-03-02T09:30:00.000Z"\n')


def test_results_of_a_json_job_are_json(api: Api, classic: Classic) -> None:
    bulk(api, polls=0)
    load(api, 20)
    job = classic.job(kind="JSON")
    batch = classic.batch(job, IDS, JSON)
    path = f"/job/{job}/batch"
    listed = classic.call("GET", path).json()["batchInfo"]
    assert [(one["id"], one["state"], one["stateMessage"]) for one in listed] == [(batch, "Completed", None)]
    [result] = classic.call("GET", f"{path}/{batch}/result").json()
    answer = classic.call("GET", f"{path}/{batch}/result/{result}")
    assert (answer.headers["Content-Type"], answer.headers["Content-Encoding"]) == (JSON, "gzip")
    assert [row["attributes"]["type"] for row in answer.json()] == ["Contact"] * 20
    plain = classic.call(
        "GET",
        f"{path}/{batch}/result/{result}",
        headers={"Accept-Encoding": "identity", "X-PrettyPrint": "1"},
    )
    assert "Content-Encoding" not in plain.headers
    assert plain.text == answer.text


def test_no_rows_as_csv_are_a_sentence(api: Api, classic: Classic) -> None:
    bulk(api, polls=0)
    job = classic.job()
    batch = classic.batch(job, IDS)
    [result] = classic.result_ids(job, batch)
    assert (
        classic.call("GET", f"/job/{job}/batch/{batch}/result/{result}").text
        == "Records not found for this query"
    )


def test_results_are_refused_before_the_end_and_of_a_failed_batch(classic: Classic) -> None:
    job = classic.job(kind="JSON")
    waiting = classic.batch(job, IDS, JSON)
    wrong = classic.batch(job, "SELECT Nope FROM Contact", JSON)
    refused = (400, "InvalidBatch", "Records not processed")
    for batch in (waiting, wrong):
        assert error_of(classic.call("GET", f"/job/{job}/batch/{batch}/result")) == refused
        assert error_of(classic.call("GET", f"/job/{job}/batch/{batch}/result/752000000000000")) == refused
    for _ in range(2):
        ended = classic.call("GET", f"/job/{job}/batch/{wrong}").json()
    assert ended["state"] == "Failed"
    assert ended["stateMessage"].startswith("InvalidBatch : Failed to process query: INVALID_FIELD: ")
    assert error_of(classic.call("GET", f"/job/{job}/batch/{wrong}/result")) == refused


def test_ids_that_lead_nowhere_are_told_in_the_format_asked_for(api: Api, classic: Classic) -> None:
    assert error_of(classic.call("GET", "/job/750000000000000AAA"))[:2] == (400, "InvalidJob")
    assert xml_error_of(classic.call("GET", "/job/750000000000000AAA", None))[:2] == (400, "InvalidJob")
    assert error_of(classic.call("GET", "/job/750000000000000AAA/batch"))[:2] == (400, "InvalidJob")
    job = classic.job(kind="JSON")
    assert error_of(classic.call("GET", f"/job/{job}/batch/751000000000000AAA"))[:2] == (400, "InvalidBatch")
    csv_job = classic.job()
    answer = classic.call("GET", f"/job/{csv_job}/batch/751000000000000AAA")
    assert xml_error_of(answer)[:2] == (400, "InvalidBatch")
    bulk(api, polls=0)
    batch = classic.batch(job, IDS, JSON)
    answer = classic.call("GET", f"/job/{job}/batch/{batch}/result/752000000000000AAA")
    assert error_of(answer)[:2] == (400, "InvalidBatch")


def test_jobs_of_bulk_2_are_none_of_bulk_1(api: Api, classic: Classic) -> None:
    newer = api.post("/jobs/query", {"operation": "query", "query": IDS})["id"]
    assert error_of(classic.call("GET", f"/job/{newer}"))[:2] == (400, "InvalidJob")
    older = classic.job()
    batch = classic.batch(older, IDS)
    assert api.call("GET", f"/jobs/query/{older}").status_code == 404
    assert api.call("GET", f"/jobs/query/{batch}").status_code == 404
    assert [job["id"] for job in api.get("/jobs/query")["records"]] == [newer]


def test_the_session_is_in_a_header_of_its_own(api: Api, classic: Classic) -> None:
    refused = (400, "InvalidSessionId", "Invalid session id")
    for token in ("", "nonsense"):
        answer = classic.call("GET", "/job/x", headers={"X-SFDC-Session": token})
        assert error_of(answer) == refused
    bearer = {"X-SFDC-Session": "", "Authorization": f"Bearer {api.token}"}
    assert error_of(classic.call("GET", "/job/x", headers=bearer)) == refused
    answer = classic.call("GET", "/job/x", XML, headers={"X-SFDC-Session": ""})
    assert "<exceptionCode>InvalidSessionId</exceptionCode>" in answer.text
    assert xml_error_of(answer) == refused


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        ({"operation": "QUERY"}, "InvalidJob", "QUERY"),
        ({"operation": None}, "InvalidJob", "operation"),
        ({"object": "Nope"}, "InvalidJob", "Unable to find object: Nope"),
        (
            {"object": "RecentlyViewed"},
            "InvalidEntity",
            "Entity 'RecentlyViewed' is not supported by the Bulk API.",
        ),
        ({"contentType": "XML"}, "InvalidJob", "contentType XML is not offered"),
        ({"contentType": None}, "InvalidJob", "contentType XML is not offered"),
        ({"concurrencyMode": 2}, "InvalidJob", "concurrencyMode"),
        ({"concurrencyMode": []}, "InvalidJob", "concurrencyMode"),
        ({"operation": "upsert"}, "InvalidJob", "External ID was blank for Contact. An External ID must be"),
        (
            {"operation": "upsert", "externalIdFieldName": "LastName"},
            "InvalidJob",
            "does not match an External",
        ),
    ],
)
def test_bad_properties_are_refused(classic: Classic, change: dict[str, Any], code: str, text: str) -> None:
    asked = {"operation": "query", "object": "Contact", "contentType": "CSV", **change}
    status, found, message = error_of(classic.call("POST", "/job", json=asked))
    assert (status, found) == (400, code)
    assert text in message


def test_bodies_that_cannot_be_read_are_refused(classic: Classic) -> None:
    assert error_of(classic.call("POST", "/job", data=b"{"))[:2] == (400, "ClientInputError")
    assert error_of(classic.call("POST", "/job", data=b"[]"))[:2] == (400, "ClientInputError")
    assert xml_error_of(classic.call("POST", "/job", XML, data=b"<jobInfo>"))[:2] == (400, "InvalidXML")
    entity = b'<!DOCTYPE a [<!ENTITY b "c">]><jobInfo><operation>&b;</operation></jobInfo>'
    assert xml_error_of(classic.call("POST", "/job", XML, data=entity))[:2] == (400, "InvalidXML")


def test_a_hidden_object_is_not_found(api: Api, classic: Classic) -> None:
    api.control("settings", {"deny": ["Contact.read"]})
    asked = {"operation": "query", "object": "Contact", "contentType": "CSV"}
    answer = classic.call("POST", "/job", json=asked)
    assert error_of(answer) == (400, "InvalidJob", "Unable to find object: Contact")


def test_addresses_that_lead_nowhere(api: Api, classic: Classic) -> None:
    expected = (400, "InvalidUrl", "Failed to parse URL. Was expecting 'job' but found:services")
    assert error_of(classic.call("GET", "/services/async/62.0/job/x")) == expected
    assert error_of(classic.call("GET", "/job/x/nope"))[:2] == (400, "InvalidUrl")
    for version in ("v62.0", "62", "99.0"):
        other = Classic(api, version=version)
        assert error_of(other.call("GET", "/job/x")) == (400, "InvalidUrl", f"unknown version: {version}")
    assert error_of(Classic(api, version="20.0").call("GET", "/job/x"))[:2] == (400, "ClientInputError")
    assert error_of(classic.call("PATCH", "/job/x", json={}))[:2] == (405, "ClientInputError")


def test_a_closed_job_takes_no_batches_and_an_aborted_one_ends_its_own(classic: Classic) -> None:
    job = classic.job(kind="JSON")
    batch = classic.batch(job, IDS, JSON)
    closed = classic.call("POST", f"/job/{job}", json={"state": "Closed"})
    assert (closed.status_code, closed.json()["state"]) == (200, "Closed")
    more = classic.call("POST", f"/job/{job}/batch", JSON, data=IDS)
    assert error_of(more)[:2] == (400, "InvalidJobState")
    assert error_of(classic.call("POST", f"/job/{job}", json={"state": "Closed"}))[:2] == (
        400,
        "InvalidJobState",
    )
    assert classic.call("POST", f"/job/{job}", json={"state": "Aborted"}).json()["state"] == "Aborted"
    assert classic.call("GET", f"/job/{job}/batch/{batch}").json()["state"] == "NotProcessed"
    assert error_of(classic.call("POST", f"/job/{job}", json={"state": "Closed"}))[:2] == (
        400,
        "InvalidJobState",
    )
    assert error_of(classic.call("POST", f"/job/{job}", json={"state": "Nope"}))[:2] == (
        400,
        "InvalidJobState",
    )


def test_a_batch_comes_in_the_format_of_its_job(classic: Classic) -> None:
    job = classic.job(kind="JSON")
    answer = classic.call("POST", f"/job/{job}/batch", CSV, data=IDS)
    assert error_of(answer)[:2] == (400, "ClientInputError")
    packed = classic.call(
        "POST",
        f"/job/{job}/batch",
        JSON,
        data=gzip.compress(IDS.encode()),
        headers={"Content-Encoding": "gzip"},
    )
    assert packed.status_code == 201
    request = classic.call("GET", f"/job/{job}/batch/{packed.json()['id']}/request")
    assert request.text == IDS


def test_a_batch_has_at_most_ten_megabytes(classic: Classic) -> None:
    job = classic.job()
    answer = classic.call("POST", f"/job/{job}/batch", CSV, data=b" " * 10_000_001)
    assert xml_error_of(answer)[:2] == (400, "ClientInputError")


def test_a_job_belongs_to_its_user_and_its_version(api: Api, classic: Classic) -> None:
    job = classic.job()
    other = Classic(api, version="61.0")
    assert error_of(other.call("GET", f"/job/{job}"))[:2] == (400, "InvalidJob")
    soap = (
        '<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"><env:Body>'
        '<login xmlns="urn:partner.soap.sforce.com"><username>ada.rep@emulated.example</username>'
        "<password>demo-password</password></login></env:Body></env:Envelope>"
    )
    answer = api.session.post(f"{api.url}/services/Soap/u/59.0", data=soap, timeout=20)
    token = answer.text.partition("<sessionId>")[2].partition("</sessionId>")[0]
    assert error_of(Classic(api, token).call("GET", f"/job/{job}"))[:2] == (400, "InvalidUser")


def test_jobs_live_seven_days(api: Api, classic: Classic) -> None:
    job = classic.job()
    batch = classic.batch(job, IDS)
    api.control("clock", {"advance_seconds": 7 * 24 * 3600 - 60})
    assert classic.state(job, batch)["id"] == batch
    api.control("clock", {"advance_seconds": 120})
    assert error_of(classic.call("GET", f"/job/{job}"))[:2] == (400, "InvalidJob")


def test_batches_of_a_day_are_limited(api: Api, classic: Classic) -> None:
    bulk(api, batches=2)
    job = classic.job()
    classic.batch(job, IDS)
    classic.batch(job, IDS)
    assert api.get("/limits")["DailyBulkApiBatches"] == {"Max": 2, "Remaining": 0}
    refused = classic.call("POST", f"/job/{job}/batch", CSV, data=IDS)
    assert xml_error_of(refused) == (400, "ExceededQuota", "ApiBatchItems Limit exceeded.")


def test_calls_of_a_day_are_limited_and_counted(api: Api, classic: Classic) -> None:
    before = api.get("/limits")["DailyApiRequests"]["Remaining"]
    job = classic.job()
    assert api.get("/limits")["DailyApiRequests"]["Remaining"] == before - 2
    api.control("settings", {"daily_limit": 1})
    assert error_of(classic.call("GET", f"/job/{job}")) == (
        400,
        "ExceededQuota",
        "TotalRequests Limit exceeded.",
    )


def test_results_are_as_of_the_time_the_batch_ran(api: Api, classic: Classic) -> None:
    bulk(api, polls=0)
    contact = api.create("Contact", LastName="Before")
    job = classic.job()
    batch = classic.batch(job, "SELECT LastName FROM Contact")
    classic.state(job, batch)
    api.update("Contact", contact, LastName="After")
    assert classic.rows(job, batch) == [["Before"]]


@pytest.mark.parametrize(
    ("header", "sizes"), [("chunkSize=10", [10, 10, 5]), ("true; chunkSize=20", [20, 5])]
)
def test_a_query_is_cut_into_chunks_of_ids(api: Api, classic: Classic, header: str, sizes: list[int]) -> None:
    load(api, 25)
    job = classic.job(**{"Sforce-Enable-PKChunking": header})
    original = classic.batch(job, "SELECT LastName FROM Contact")
    while any(batch["state"] in ("Queued", "InProgress") for batch in classic.batches(job)):
        pass
    batches = classic.batches(job)
    assert batches[0]["id"] == original
    assert [batch["state"] for batch in batches] == ["NotProcessed", *("Completed" for _ in sizes)]
    assert [int(batch["numberRecordsProcessed"]) for batch in batches[1:]] == sizes
    names = [row[0] for batch in batches[1:] for row in classic.rows(job, batch["id"])]
    assert sorted(names) == [f"L{number:03}" for number in range(25)]
    answer = classic.call("GET", f"/job/{job}/batch/{original}/result")
    assert xml_error_of(answer) == (400, "InvalidBatch", "Records not processed")


@pytest.mark.parametrize("end", ["ORDER BY Id", "LIMIT 20"])
def test_a_query_with_more_than_conditions_is_not_cut(api: Api, classic: Classic, end: str) -> None:
    bulk(api, polls=0)
    load(api, 20)
    job = classic.job(**{"Sforce-Enable-PKChunking": "chunkSize=10"})
    classic.batch(job, f"{IDS} {end}")
    assert [int(batch["numberRecordsProcessed"]) for batch in classic.batches(job)] == [20]


def test_chunks_keep_the_conditions_and_an_empty_object_makes_one(api: Api, classic: Classic) -> None:
    bulk(api, polls=0)
    job = classic.job(**{"Sforce-Enable-PKChunking": "true"})
    classic.batch(job, IDS)
    assert [batch["state"] for batch in classic.batches(job)] == ["NotProcessed", "Completed"]
    load(api, 20)
    job = classic.job(**{"Sforce-Enable-PKChunking": "chunkSize=15"})
    classic.batch(job, f"{IDS} WHERE LastName >= 'L014'")
    assert [int(batch["numberRecordsProcessed"]) for batch in classic.batches(job)] == [0, 1, 5]


@pytest.mark.parametrize("size", ["0", "250001"])
def test_sizes_of_chunks_have_limits(classic: Classic, size: str) -> None:
    asked = {"operation": "query", "object": "Contact", "contentType": "CSV"}
    header = {"Sforce-Enable-PKChunking": f"chunkSize={size}"}
    assert error_of(classic.call("POST", "/job", json=asked, headers=header))[:2] == (400, "InvalidJob")


def test_rows_of_csv_are_written_and_answered_in_their_order(api: Api, classic: Classic) -> None:
    bulk(api, polls=0)
    job = classic.job("insert")
    batch = classic.batch(job, 'LastName,Email\r\nDoe,a@b.example\r\n"",b@b.example\r\n')
    answer = classic.call("GET", f"/job/{job}/batch/{batch}/result")
    assert answer.headers["Content-Type"] == "text/csv"
    header, first, second = list(csv.reader(StringIO(answer.text)))
    assert header == ["Id", "Success", "Created", "Error"]
    assert first == [api.query(IDS)["records"][0]["Id"], "true", "true", ""]
    assert second[:3] == ["", "false", "false"]
    assert second[3].startswith("REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --")
    counted = classic.call("GET", f"/job/{job}").json()
    assert (counted["numberRecordsProcessed"], counted["numberRecordsFailed"]) == (2, 1)


@pytest.mark.parametrize(
    ("kind", "data", "message"),
    [
        (CSV, "Nope\nx\n", "InvalidBatch : Field name not found : Nope"),
        (CSV, "LastName\n" + "x\n" * 10_001, "InvalidBatch : The batch has more than 10000 records"),
        (JSON, '[{"Nope": 1}]', "InvalidBatch : Field name not found : Nope"),
        (JSON, "{}", "InvalidBatch : The data is not a list of objects"),
        (JSON, "[", "InvalidBatch : The data is not JSON"),
    ],
)
def test_data_that_cannot_be_read_fails_the_batch(
    api: Api, classic: Classic, kind: str, data: str, message: str
) -> None:
    bulk(api, polls=0)
    job = classic.job("insert", kind="JSON" if kind == JSON else "CSV")
    batch = classic.batch(job, data, kind)
    found = classic.call("GET", f"/job/{job}/batch/{batch}")
    told = found.json() if kind == JSON else values(fromstring(found.content))
    assert told["state"] == "Failed"
    assert told["stateMessage"].startswith(message)
    assert api.query("SELECT COUNT() FROM Contact")["totalSize"] == 0


def test_hard_deletes_need_a_permission(api: Api, classic: Classic) -> None:
    bulk(api, hard_delete=False)
    asked = {"operation": "hardDelete", "object": "Contact", "contentType": "CSV"}
    assert error_of(classic.call("POST", "/job", json=asked))[:2] == (400, "FeatureNotEnabled")


def test_a_reset_forgets_all_jobs(api: Api, classic: Classic) -> None:
    job = classic.job()
    api.control("reset", {})
    token = api.session.post(f"{api.url}/services/oauth2/token", data=LOGIN, timeout=10).json()[
        "access_token"
    ]
    assert error_of(Classic(api, token).call("GET", f"/job/{job}"))[:2] == (400, "InvalidJob")
