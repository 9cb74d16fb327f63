"""Ingest jobs of Bulk API 2.0 in the Salesforce emulator."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.salesforce_bulk import Job, errors, finish, ingest, ingested, start
from tests.integration.test_salesforce_emulator import Api, error_of, running

if TYPE_CHECKING:
    from collections.abc import Iterator

EXTERNAL = {
    "object": "Account",
    "fullName": "Key__c",
    "label": "Key",
    "type": "Text",
    "length": 40,
    "externalId": True,
    "unique": True,
}
REFUSED = (
    "Unable to create/update fields: Website. Please check the security settings of this field and verify"
    " that it is read/write for your profile or permission set."
)


@pytest.fixture
def api() -> Iterator[Api]:
    with running() as client:
        yield client


def bulk(api: Api, **settings: Any) -> None:
    api.control("settings", {"bulk": settings})


def names(api: Api) -> list[str]:
    found = api.query("SELECT Name FROM Account ORDER BY Name")["records"]
    return [record["Name"] for record in found]


def test_an_insert_creates_records_and_says_which(api: Api) -> None:
    job = ingest(api, "insert", "account", "Name,Industry\nAcme,Energy\nBeta,\n")
    assert (job["state"], job["object"]) == ("JobComplete", "Account")
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (2, 0)
    done = ingested(api, job, "successfulResults")
    assert done[0] == ["sf__Id", "sf__Created", "Industry", "Name"]
    by_name = {row[3]: row for row in done[1:]}
    assert by_name["Acme"][1:] == ["true", "Energy", "Acme"]
    assert api.get(f"/sobjects/Account/{by_name['Beta'][0]}")["Name"] == "Beta"
    assert ingested(api, job, "failedResults") == [["sf__Id", "sf__Error", "Industry", "Name"]]
    assert ingested(api, job, "unprocessedrecords") == [["Name", "Industry"]]
    assert ingested(api, job, "unprocessedRecords") == [["Name", "Industry"]]


def test_results_repeat_the_quotes_of_the_upload_and_sort_the_columns(api: Api) -> None:
    job = ingest(api, "insert", "Account", 'Phone,"Name",Industry\n"1 2",Acme,"Energy"\n,,\n')
    path = f"/jobs/ingest/{job['id']}"
    done = api.call("GET", f"{path}/successfulResults").text.splitlines()
    assert done[0] == '"sf__Id","sf__Created",Industry,"Name",Phone'
    assert done[1].endswith(',"true","Energy",Acme,"1 2"')
    failed = api.call("GET", f"{path}/failedResults").text
    assert failed == (
        '"sf__Id","sf__Error",Industry,"Name",Phone\n'
        '"","REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --",,,\n'
    )


def test_rows_fail_one_by_one_by_the_rules_of_single_records(api: Api) -> None:
    api.control("settings", {"deny_fields": {"Account.Website": "edit"}})
    data = "Name,NumberOfEmployees,Website,OwnerId\nA,many,,\nB,,https://b.example,\nC,,,005000000000001\nD,5,,\n"
    job = ingest(api, "insert", "Account", data)
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (4, 3)
    assert names(api) == ["D"]
    assert sorted(errors(api, job)) == [
        "INVALID_CROSS_REFERENCE_KEY:invalid cross reference id:--",
        f"INVALID_FIELD_FOR_INSERT_UPDATE:{REFUSED}:Website --",
        "INVALID_TYPE_ON_FIELD_IN_RECORD:Employees: value not of required type: many:NumberOfEmployees --",
    ]


def test_an_update_ignores_empty_cells_and_clears_with_na(api: Api) -> None:
    account = api.create("Account", Name="A", Industry="Energy", Phone="1")
    job = ingest(api, "update", "Account", f'Id,Name,Industry,Phone\n{account[:15]},"",#N/A,2\n')
    assert ingested(api, job, "successfulResults")[1][:2] == [account, "false"]
    record = api.get(f"/sobjects/Account/{account}")
    assert (record["Name"], record["Industry"], record["Phone"]) == ("A", None, "2")


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ("001Em0000000099", "INVALID_CROSS_REFERENCE_KEY:invalid cross reference id:--"),
        ("nope", "MALFORMED_ID:id value of incorrect type: nope:Id --"),
        ("003Em0000000001", "MALFORMED_ID:id value of incorrect type: 003Em0000000001:Id --"),
        ("", "MISSING_ARGUMENT:Id not specified in an update call:--"),
    ],
)
def test_an_update_needs_an_id_that_is_there(api: Api, row: str, error: str) -> None:
    job = ingest(api, "update", "Account", f"Id,Phone\n{row},1\n")
    assert errors(api, job) == [error]


def test_failed_rows_name_their_id_since_version_53(api: Api) -> None:
    account = api.create("Account", Name="A")
    data = f"Id,Name\n{account},#N/A\n"
    for version, shown in (("53.0", account), ("52.0", "")):
        api.base = f"/services/data/v{version}"
        job = ingest(api, "update", "Account", data)
        assert [row[0] for row in ingested(api, job, "failedResults")[1:]] == [shown]


def test_an_upsert_creates_and_changes_by_an_external_id(api: Api) -> None:
    api.control("schema", {"add": [EXTERNAL]})
    api.create("Account", Name="Old", Key__c="k1")
    job = ingest(
        api, "upsert", "Account", "key__c,Name\nK1,New\nk2,Second\n,Third\n", externalIdFieldName="key__c"
    )
    assert job["externalIdFieldName"] == "Key__c"
    done = {row[3]: row[1] for row in ingested(api, job, "successfulResults")[1:]}
    assert done == {"K1": "false", "k2": "true"}
    assert errors(api, job) == ["MISSING_ARGUMENT:Key__c not specified:--"]
    assert names(api) == ["New", "Second"]


def test_an_upsert_by_id_changes_and_creates(api: Api) -> None:
    account = api.create("Account", Name="Old")
    data = f"Id,Name\n{account},New\n,Second\n001Em0000000099,Third\n"
    job = ingest(api, "upsert", "Account", data, externalIdFieldName="Id")
    assert errors(api, job) == ["INVALID_CROSS_REFERENCE_KEY:invalid cross reference id:--"]
    assert names(api) == ["New", "Second"]


def test_a_key_may_come_once_among_rows_sent_together(api: Api) -> None:
    api.control("schema", {"add": [EXTERNAL]})
    rows = [f"k{number % 250},A{number}" for number in range(251)]
    data = "\n".join(["Key__c,Name", "k1,first", *rows])
    job = ingest(api, "upsert", "Account", data, externalIdFieldName="Key__c")
    assert errors(api, job) == ["DUPLICATE_VALUE:Duplicate external id specified: k1:--"]
    assert job["numberRecordsFailed"] == 1


def test_a_key_of_several_records_is_refused(api: Api) -> None:
    for name in ("A", "B"):
        api.create("Contact", LastName=name, Email="same@x.example")
    job = ingest(api, "upsert", "Contact", "Email,LastName\nsame@x.example,C\n", externalIdFieldName="Email")
    assert errors(api, job)[0].startswith("DUPLICATE_VALUE:Email: more than one record found")


def test_deletes_go_to_the_recycle_bin_and_hard_deletes_do_not(api: Api) -> None:
    soft, hard = api.create("Account", Name="A"), api.create("Account", Name="B")
    for operation, account in (("delete", soft), ("hardDelete", hard)):
        job = ingest(api, operation, "Account", f"Id\n{account}\n{account}\n")
        assert (job["state"], job["numberRecordsFailed"]) == ("JobComplete", 1)
    found = api.call("GET", "/queryAll", params={"q": "SELECT Id FROM Account"}).json()["records"]
    assert [record["Id"] for record in found] == [soft]
    assert names(api) == []


def test_object_permissions_hold_for_jobs(api: Api) -> None:
    account = api.create("Account", Name="A")
    api.control("settings", {"deny": ["Account.delete"]})
    job = ingest(api, "delete", "Account", f"Id\n{account}\n")
    assert errors(api, job)[0].startswith("INSUFFICIENT_ACCESS_OR_READONLY:")
    assert names(api) == ["A"]


def test_a_hard_delete_needs_a_permission(api: Api) -> None:
    bulk(api, hard_delete=False)
    answer = api.call("POST", "/jobs/ingest", json={"operation": "hardDelete", "object": "Account"})
    assert error_of(answer) == (400, "FEATURENOTENABLED")


def test_parents_are_found_by_what_identifies_them(api: Api) -> None:
    api.control("schema", {"add": [EXTERNAL]})
    account = api.create("Account", Name="Acme", Key__c="k1")
    contact = api.create("Contact", LastName="Doe", Email="doe@x.example")
    data = "LastName,Account.Key__c,ReportsTo.Email\nA,K1,DOE@x.example\nB,k9,\nC,,\n"
    job = ingest(api, "insert", "Contact", data)
    assert errors(api, job) == [
        "INVALID_FIELD:Foreign key external ID: k9 not found for field Key__c in entity Account:--"
    ]
    made = api.query("SELECT AccountId, ReportsToId FROM Contact WHERE LastName IN ('A', 'C') ORDER BY Name")
    assert [(row["AccountId"], row["ReportsToId"]) for row in made["records"]] == [
        (account, contact),
        (None, None),
    ]


def test_a_parent_of_several_types_is_named_with_its_type(api: Api) -> None:
    contact = api.create("Contact", LastName="Doe", Email="doe@x.example")
    job = ingest(api, "insert", "Task", "Subject,Contact:Who.Email\nCall,doe@x.example\n")
    assert job["numberRecordsFailed"] == 0
    assert api.query("SELECT WhoId FROM Task")["records"][0]["WhoId"] == contact
    update = ingest(
        api, "update", "Task", f"Id,Contact:Who.Email\n{ingested(api, job, 'successfulResults')[1][0]},#N/A\n"
    )
    assert update["numberRecordsFailed"] == 0
    assert api.query("SELECT WhoId FROM Task")["records"][0]["WhoId"] is None


@pytest.mark.parametrize(
    ("operation", "name", "header", "message"),
    [
        ("insert", "Account", "Name,Nope", "InvalidBatch : Field name not found : Nope"),
        ("insert", "Account", "Name, Phone", "InvalidBatch : Field name not found :  Phone"),
        ("insert", "Account", "\ufeffName", "InvalidBatch : Field name not found : \ufeffName"),
        ("insert", "Account", 'N"am"e', 'InvalidBatch : Field name not found : N"am"e'),
        ("insert", "Account", "Name,name", "InvalidBatch : Duplicate field name : name"),
        ("insert", "Account", "", "ClientInputError : The file has no header"),
        ("update", "Account", "Name", "InvalidBatch : Field name not found : Id"),
        ("delete", "Account", "Id,Name", "InvalidBatch : Delete batches must contain only ids"),
        ("insert", "Contact", "Account.Phone", "InvalidBatch : Field name not found : Account.Phone"),
        ("insert", "Contact", "Nope__r.Key__c", "InvalidBatch : Field name not found : Nope__r.Key__c"),
        ("insert", "Task", "Who.Email", "InvalidBatch : Field name not found : Who.Email"),
        ("insert", "Task", "Account:Who.Name", "InvalidBatch : Field name not found : Account:Who.Name"),
        (
            "insert",
            "Contact",
            "Account:Account.Name",
            "InvalidBatch : type is not needed for non polymorphic foreign key references: Account",
        ),
        ("insert", "Account", ",".join(["Name"] * 7000), "header has more than 32000 characters"),
    ],
)
def test_a_wrong_header_fails_the_job(api: Api, operation: str, name: str, header: str, message: str) -> None:
    job = ingest(api, operation, name, f"{header}\nx\n" if header else "")
    assert job["state"] == "Failed"
    assert message in job["errorMessage"]
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (0, 0)
    assert len(ingested(api, job, "unprocessedrecords")) == (2 if header else 0)


def test_hidden_fields_are_not_found_in_a_header(api: Api) -> None:
    api.control("settings", {"deny_fields": {"Account.Website": "read"}})
    job = ingest(api, "insert", "Account", "Name,Website\nA,https://a.example\n")
    assert job["errorMessage"] == "InvalidBatch : Field name not found : Website"


@pytest.mark.parametrize(
    ("declared", "data", "is_right"),
    [
        ("LF", "Name,Phone\nA,1\n", True),
        ("LF", "Name,Phone\r\nA,1\r\n", False),
        ("LF", 'Name,Phone\n"A\r\nB",1\n', True),
        ("CRLF", "Name,Phone\r\nA,1\r\n", True),
        ("CRLF", "Name,Phone\nA,1\n", False),
        ("CRLF", 'Name,Phone\r\n"A\nB",1\r\n', True),
        ("CRLF", 'Name,Phone\r\n"A",1\nB,2\r\n', False),
    ],
)
def test_other_line_endings_than_declared_fail_the_job(
    api: Api, declared: str, data: str, *, is_right: bool
) -> None:
    job = ingest(api, "insert", "Account", data, lineEnding=declared)
    assert job["state"] == ("JobComplete" if is_right else "Failed")
    if not is_right:
        assert job["errorMessage"] == (
            f"ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {declared}"
        )
        assert names(api) == []


def test_rows_of_a_wrong_form_fail_alone(api: Api) -> None:
    data = 'Name,Phone\nA\nB,1,2\n"C", "1"\nD"x"y,1\n' + f"{'E' * 32_001},1\nF,1\n"
    job = ingest(api, "insert", "Account", data)
    assert names(api) == ["F"]
    codes = sorted(error.split(":")[0] for error in errors(api, job))
    assert codes == [*["CLIENT_INPUT_ERROR"] * 4, "STRING_TOO_LONG"]


def test_a_job_is_shown_by_its_state(api: Api) -> None:
    job = api.post("/jobs/ingest", {"operation": "insert", "object": "Account"})
    path = f"/jobs/ingest/{job['id']}"
    assert job["contentUrl"] == f"{api.base[1:]}{path}/batches"
    assert "numberRecordsProcessed" not in api.get(path)
    api.call("PUT", f"{path}/batches", data=b"Name\nA\n")
    assert api.get(path)["numberRecordsProcessed"] == 0
    api.call("PATCH", path, json={"state": "UploadComplete"})
    seen = [api.get(path) for _ in range(2)]
    assert [one["state"] for one in seen] == ["InProgress", "JobComplete"]
    assert "contentUrl" not in seen[0]


def test_batches_are_done_one_after_the_other(api: Api) -> None:
    bulk(api, polls=0, seconds=40, batch_rows=3)
    api.control("clock", {"freeze": "2026-03-02T09:30:00Z"})
    job = start(api, "insert", "Account", "Name\n" + "\n".join(f"A{number}" for number in range(10)))
    counts = []
    for _ in range(5):
        shown = api.get(f"/jobs/ingest/{job}")
        counts.append((shown["state"], shown["numberRecordsProcessed"], len(names(api))))
        api.control("clock", {"advance_seconds": 10})
    assert counts == [
        ("UploadComplete", 0, 0),
        ("InProgress", 3, 3),
        ("InProgress", 6, 6),
        ("InProgress", 9, 9),
        ("JobComplete", 10, 10),
    ]


def test_the_clock_alone_moves_jobs_on(api: Api) -> None:
    bulk(api, polls=0, seconds=10)
    start(api, "insert", "Account", "Name\nA\n")
    assert names(api) == []
    api.control("clock", {"advance_seconds": 11})
    assert [record["Name"] for record in api.control("state/Account")["records"]] == ["A"]
    assert names(api) == ["A"]


@pytest.mark.parametrize(
    ("fate", "state"), [("fail", "Failed"), ("abort", "Aborted"), ("stuck", "InProgress")]
)
def test_a_job_can_end_half_done_and_keeps_what_is_done(api: Api, fate: str, state: str) -> None:
    bulk(api, batch_rows=2, fates=[{"job": "insert", "fate": fate, "at": 0.5, "message": "no more"}])
    job_id = start(api, "insert", "Account", 'Name,Phone\nA,1\n,2\n"C",3\nD,4\n')
    job = [api.get(f"/jobs/ingest/{job_id}") for _ in range(4)][-1]
    assert (job["state"], job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (state, 2, 1)
    assert job.get("errorMessage") == ("no more" if fate == "fail" else None)
    if fate == "stuck":
        assert api.call("GET", f"/jobs/ingest/{job_id}/failedResults").status_code == 400
        api.call("PATCH", f"/jobs/ingest/{job_id}", json={"state": "Aborted"})
    assert len(ingested(api, job, "successfulResults")) == 2
    assert len(ingested(api, job, "failedResults")) == 2
    rest = api.call("GET", f"/jobs/ingest/{job_id}/unprocessedrecords").text
    assert rest == 'Name,Phone\n"C",3\nD,4\n'
    assert names(api) == ["A"]


def test_an_open_job_can_be_aborted_and_shows_what_was_not_processed(api: Api) -> None:
    job = api.post("/jobs/ingest", {"operation": "insert", "object": "Account"})
    path = f"/jobs/ingest/{job['id']}"
    api.call("PUT", f"{path}/batches", data=b"Name\nA\n")
    aborted = api.call("PATCH", path, json={"state": "Aborted"}).json()
    assert aborted["state"] == "Aborted"
    assert "contentUrl" not in aborted
    assert ingested(api, job, "unprocessedrecords") == [["Name"], ["A"]]
    closing = api.call("PATCH", path, json={"state": "UploadComplete"})
    assert error_of(closing) == (400, "INVALIDJOBSTATE")


def test_locked_records_refuse_rows_that_touch_them(api: Api) -> None:
    locked, free = api.create("Account", Name="A"), api.create("Account", Name="B")
    api.control("lock", {"ids": [locked[:15]], "seconds": 20})
    text = f"UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record or 1 records: {locked}:--"
    update = ingest(api, "update", "Account", f"Id,Phone\n{locked},1\n{free},1\n")
    assert errors(api, update) == [text]
    assert api.get(f"/sobjects/Account/{locked}")["Phone"] is None
    children = ingest(api, "insert", "Contact", f"LastName,AccountId\nX,{locked}\nY,{free}\n")
    assert errors(api, children) == [text]
    api.control("lock", {"ids": []})
    assert ingest(api, "update", "Account", f"Id,Phone\n{locked},1\n")["numberRecordsFailed"] == 0


def test_data_is_uploaded_once_and_before_the_job_is_closed(api: Api) -> None:
    job = api.post("/jobs/ingest", {"operation": "insert", "object": "Account"})
    path = f"/jobs/ingest/{job['id']}"
    empty = api.call("PATCH", path, json={"state": "UploadComplete"})
    assert error_of(empty) == (400, "INVALIDJOBSTATE")
    assert api.call("PUT", f"{path}/batches", data=b"Name\nA\n").status_code == 201
    twice = api.call("PUT", f"{path}/batches", data=b"Name\nB\n")
    assert error_of(twice) == (400, "BULK_API_ERROR")
    assert f"<{job['id'][:15]}>" in twice.json()[0]["message"]
    api.call("PATCH", path, json={"state": "UploadComplete"})
    assert error_of(api.call("PUT", f"{path}/batches", data=b"Name\nC\n")) == (400, "INVALIDJOBSTATE")
    finish(api, "ingest", job["id"])
    again = api.call("PATCH", path, json={"state": "UploadComplete"})
    assert again.json()[0]["message"] == "Closing already Completed Job not allowed"


def test_large_uploads_are_refused(api: Api) -> None:
    bulk(api, file_bytes=40)
    job = api.post("/jobs/ingest", {"operation": "insert", "object": "Account"})
    path = f"/jobs/ingest/{job['id']}/batches"
    assert api.call("PUT", path, data=b"Name\n" + b"A" * 26).status_code == 413
    assert api.call("PUT", path, data=b"Name\n" + b"A" * 25).status_code == 201


def test_uploads_may_be_compressed(api: Api) -> None:
    job = api.post("/jobs/ingest", {"operation": "insert", "object": "Account"})
    path = f"/jobs/ingest/{job['id']}"
    body = gzip.compress(b"Name\nPacked\n")
    api.call("PUT", f"{path}/batches", data=body, headers={"Content-Encoding": "gzip"})
    api.call("PATCH", path, json={"state": "UploadComplete"})
    finish(api, "ingest", job["id"])
    assert names(api) == ["Packed"]


def test_job_and_data_may_come_in_one_request(api: Api) -> None:
    parts = {
        "job": (None, '{"object": "Account", "operation": "insert"}', "application/json"),
        "content": ("content", "Name\nA\n", "text/csv"),
    }
    answer = api.call("POST", "/jobs/ingest", files=parts)
    assert answer.json()["state"] == "UploadComplete"
    assert finish(api, "ingest", answer.json()["id"])["numberRecordsProcessed"] == 1


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        ({"operation": ""}, "API_ERROR", "Invalid value: '' supplied for property: 'operation'"),
        ({"object": "Nope"}, "INVALIDJOB", "InvalidJob : Unable to find object: Nope"),
        ({"contentType": "XML"}, "API_ERROR", "Invalid value: 'XML' supplied for property: 'contentType'"),
        (
            {"operation": "upsert"},
            "INVALIDJOB",
            "InvalidJob : External ID was blank for Account. An External ID must be specified for upsert.",
        ),
        (
            {"operation": "upsert", "externalIdFieldName": "Phone"},
            "INVALIDJOB",
            "InvalidJob : Field name provided, Phone does not match an External ID for Account",
        ),
    ],
)
def test_bad_properties_are_refused(api: Api, change: Job, code: str, text: str) -> None:
    answer = api.call("POST", "/jobs/ingest", json={"operation": "insert", "object": "Account", **change})
    assert answer.status_code == 400
    assert answer.json() == [{"errorCode": code, "message": text}]


def test_batches_of_a_day_are_limited(api: Api) -> None:
    bulk(api, batch_rows=1, batches=3)
    assert ingest(api, "insert", "Account", "Name\nA\nB\n")["state"] == "JobComplete"
    assert api.get("/limits")["DailyBulkApiBatches"] == {"Max": 3, "Remaining": 1}
    job = ingest(api, "insert", "Account", "Name\nC\nD\n")
    assert (job["state"], job["errorMessage"]) == (
        "Failed",
        "ExceededQuota : ApiBatchItems Limit exceeded.",
    )
    assert ingested(api, job, "unprocessedrecords") == [["Name"], ["D"]]
    refused = api.call("POST", "/jobs/ingest", json={"operation": "insert", "object": "Account"})
    assert error_of(refused) == (400, "EXCEEDEDQUOTA")
    api.control("clock", {"advance_seconds": 24 * 3600})
    assert ingest(api, "insert", "Account", "Name\nE\n")["state"] == "JobComplete"


def test_jobs_are_deleted_unless_they_are_open_or_at_work(api: Api) -> None:
    job = api.post("/jobs/ingest", {"operation": "insert", "object": "Account"})
    path = f"/jobs/ingest/{job['id']}"
    assert error_of(api.call("DELETE", path)) == (400, "API_ERROR")
    api.call("PUT", f"{path}/batches", data=b"Name\nA\n")
    api.call("PATCH", path, json={"state": "UploadComplete"})
    assert api.call("DELETE", path).status_code == 204
    assert error_of(api.call("GET", path)) == (404, "NOT_FOUND")
    assert names(api) == []


def test_jobs_of_the_two_kinds_are_kept_apart(api: Api) -> None:
    job = api.post("/jobs/ingest", {"operation": "insert", "object": "Account"})
    assert api.call("GET", f"/jobs/query/{job['id']}").status_code == 404
    assert [one["id"] for one in api.get("/jobs/ingest")["records"]] == [job["id"]]
    assert api.get("/jobs/query")["records"] == []


def test_jobs_write_through_what_follows_from_values(api: Api) -> None:
    ingest(api, "insert", "Opportunity", "Name,StageName,CloseDate,Amount\nO,Closed Won,2026-03-31,100\n")
    record = api.query("SELECT IsWon, Probability, FiscalQuarter FROM Opportunity")["records"][0]
    assert (record["IsWon"], record["Probability"], record["FiscalQuarter"]) == (True, 100.0, 1)


def test_rules_of_admins_hold_for_jobs(api: Api) -> None:
    api.control(
        "rules",
        {
            "validation": [
                {"object": "Account", "condition": "Phone = 'x'", "message": "No x.", "field": "Phone"}
            ],
            "duplicate": [{"object": "Account", "match": ["Name"]}],
            "automation": [{"object": "Account", "set": {"Industry": "Energy"}}],
        },
    )
    job = ingest(api, "insert", "Account", "Name,Phone\nA,1\nB,x\nA,2\n")
    assert sorted(error.split(":")[0] for error in errors(api, job)) == [
        "DUPLICATES_DETECTED",
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
    ]
    assert api.query("SELECT Industry FROM Account")["records"][0]["Industry"] == "Energy"


def test_results_come_in_another_order_than_the_rows(api: Api) -> None:
    data = "Name\n" + "\n".join(f"A{number}" for number in range(6))
    sent = [f"A{number}" for number in range(6)]
    shown = [row[2] for row in ingested(api, ingest(api, "insert", "Account", data), "successfulResults")[1:]]
    assert shown != sent
    assert sorted(shown) == sent
    bulk(api, scatter=False)
    shown = [row[2] for row in ingested(api, ingest(api, "insert", "Account", data), "successfulResults")[1:]]
    assert shown == sent
