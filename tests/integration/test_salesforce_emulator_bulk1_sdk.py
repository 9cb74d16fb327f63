"""simple-salesforce, unchanged, with Bulk API 1.0 of the Salesforce emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from simple_salesforce.exceptions import SalesforceError, SalesforceGeneralError, SalesforceMalformedRequest

from tests.integration.test_salesforce_emulator import Api, running
from tests.integration.test_salesforce_emulator_sdk import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

AT = "2026-03-02T09:30:00Z"
AT_MILLISECONDS = 1772443800000


@pytest.fixture
def api() -> Iterator[Api]:
    with running() as client:
        client.control("settings", {"bulk": {"polls": 0}})  # the client's worker waits five seconds
        yield client


def told(raised: pytest.ExceptionInfo[SalesforceError]) -> Any:
    """What the client keeps of an answer; its own types know only bytes."""
    return raised.value.content


def load(api: Api, count: int) -> None:
    api.control("load", {"Contact": [{"LastName": f"L{number:03}"} for number in range(count)]})


def test_a_query_gives_rows_with_milliseconds_and_parents(api: Api) -> None:
    api.control("clock", {"freeze": AT})
    account = api.create("Account", Name="Acme", NumberOfEmployees=5)
    contact = api.create("Contact", LastName="Doe", AccountId=account)
    api.create("Contact", LastName="Lone", Birthdate="1990-05-06")
    fields = "Id, Birthdate, IsDeleted, SystemModstamp, Account.NumberOfEmployees, Account.CreatedDate"
    rows = connect(api).bulk.Contact.query(f"SELECT {fields} FROM Contact ORDER BY LastName")  # noqa: S608
    assert rows[0] == {
        "attributes": {"type": "Contact", "url": f"{api.base}/sobjects/Contact/{contact}"},
        "Id": contact,
        "Birthdate": None,
        "IsDeleted": False,
        "SystemModstamp": AT_MILLISECONDS,
        "Account": {
            "attributes": {"type": "Account", "url": f"{api.base}/sobjects/Account/{account}"},
            "NumberOfEmployees": 5,
            "CreatedDate": AT_MILLISECONDS,
        },
    }
    assert (rows[1]["Birthdate"], rows[1]["Account"]) == ("1990-05-06", None)


def test_lazy_results_come_one_by_one_and_hold_every_row_once(api: Api) -> None:
    load(api, 25)
    api.control("settings", {"bulk": {"result_rows": 10}})
    results = connect(api).bulk.Contact.query("SELECT LastName FROM Contact", lazy_operation=True)
    pages = list(results)
    assert [len(page) for page in pages] == [10, 10, 5]
    assert sorted(row["LastName"] for page in pages for row in page) == [
        f"L{number:03}" for number in range(25)
    ]


def test_deleted_records_are_in_query_all_only(api: Api) -> None:
    load(api, 3)
    contacts = connect(api).bulk.Contact
    gone = api.query("SELECT Id FROM Contact LIMIT 1")["records"][0]["Id"]
    api.call("DELETE", f"/sobjects/Contact/{gone}")
    [page] = contacts.query_all("SELECT Id, IsDeleted FROM Contact", lazy_operation=True)
    assert sorted(row["IsDeleted"] for row in page) == [False, False, True]
    assert gone not in [row["Id"] for row in contacts.query("SELECT Id FROM Contact")]


def test_no_rows_are_an_empty_list(api: Api) -> None:
    assert connect(api).bulk.Contact.query("SELECT Id FROM Contact") == []


@pytest.mark.parametrize(
    ("soql", "message"),
    [
        ("SELECT Id, Nope FROM Contact", "No such column 'Nope' on entity 'Contact'"),
        ("SELECT Id FROM", "MALFORMED_QUERY"),
        ("SELECT COUNT() FROM Contact", "FUNCTIONALITY_NOT_ENABLED"),
        (
            "SELECT MailingAddress FROM Contact",
            "FUNCTIONALITY_NOT_ENABLED: Selecting compound data not supported",
        ),
        (
            "SELECT Id FROM Account",
            "INVALID_TYPE_FOR_OPERATION: The root entity of the requested query (Account)",
        ),
    ],
)
def test_a_query_that_cannot_run_fails_its_batch(api: Api, soql: str, message: str) -> None:
    with pytest.raises(SalesforceGeneralError) as failed:
        connect(api).bulk.Contact.query(soql)
    text = str(told(failed))
    assert text.startswith("InvalidBatch : Failed to process query: ")
    assert message in text


def test_an_ended_session_and_an_unknown_object_are_told(api: Api) -> None:
    client = connect(api)
    with pytest.raises(SalesforceMalformedRequest) as refused:
        client.bulk.Nope__c.query("SELECT Id FROM Nope__c")
    assert told(refused) == {
        "exceptionCode": "InvalidJob",
        "exceptionMessage": "Unable to find object: Nope__c",
    }
    api.control("settings", {"expire_sessions": True})
    with pytest.raises(SalesforceMalformedRequest) as refused:
        client.bulk.Contact.query("SELECT Id FROM Contact")
    assert told(refused) == {
        "exceptionCode": "InvalidSessionId",
        "exceptionMessage": "Invalid session id",
    }


def test_an_organisation_without_bulk_says_so(api: Api) -> None:
    api.control("settings", {"bulk": {"classic": False}})
    with pytest.raises(SalesforceMalformedRequest, match=r"FeatureNotEnabled.*Async API not enabled"):
        connect(api).bulk.Contact.query("SELECT Id FROM Contact")
    assert connect(api).query("SELECT COUNT() FROM Contact")["totalSize"] == 0


def test_a_failing_batch_has_the_message_of_its_fate(api: Api) -> None:
    fate = {
        "fate": "fail",
        "job": "query",
        "message": "InternalServerError : Retried more than 15 times",
        "times": 1,
    }
    api.control("settings", {"bulk": {"fates": [fate]}})
    contacts = connect(api).bulk.Contact
    with pytest.raises(SalesforceGeneralError) as failed:
        contacts.query("SELECT Id FROM Contact")
    assert told(failed) == "InternalServerError : Retried more than 15 times"
    assert contacts.query("SELECT Id FROM Contact") == []


def test_rows_are_written_as_json_and_answered_in_their_order(api: Api) -> None:
    contacts = connect(api).bulk.Contact
    account = api.create("Account", Name="Acme")
    people = [
        {"LastName": "Doe", "Email": "a@b.example", "AccountId": account, "Birthdate": "1990-05-06"},
        {"FirstName": "No last name"},
        {"LastName": "Roe", "Email": "r@b.example"},
    ]
    made = contacts.insert(people)
    assert [row["success"] for row in made] == [True, False, True]
    assert made[0] == {"success": True, "created": True, "id": made[0]["id"], "errors": []}
    assert (made[1]["id"], made[1]["created"]) == (None, False)
    assert made[1]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    record = connect(api).Contact.get(made[0]["id"])
    assert (record["AccountId"], record["Birthdate"]) == (account, "1990-05-06")

    changed = contacts.upsert(
        [{"Email": "a@b.example", "LastName": "New"}, {"Email": "c@b.example", "LastName": "Coe"}], "Email"
    )
    assert [(row["success"], row["created"]) for row in changed] == [(True, False), (True, True)]
    contacts.update([{"Id": made[0]["id"], "AccountId": None}])
    assert connect(api).Contact.get(made[0]["id"])["AccountId"] is None
    assert all(row["success"] for row in contacts.delete([{"Id": made[0]["id"]}, {"Id": made[2]["id"]}]))
    assert api.query("SELECT COUNT() FROM Contact")["totalSize"] == 1


def test_what_was_sent_can_be_read_with_what_became_of_it(api: Api) -> None:
    made = connect(api).bulk.Account.insert([{"Name": "A"}, {"Name": "B"}], include_detailed_results=True)
    assert [(row["Name"], row["success"]) for row in made] == [("A", True), ("B", True)]


def test_a_parent_is_named_by_the_field_that_identifies_it(api: Api) -> None:
    client = connect(api)
    contact = api.create("Contact", LastName="Boss", Email="boss@b.example")
    [made] = client.bulk.Contact.insert([{"LastName": "Doe", "ReportsTo": {"Email": "boss@b.example"}}])
    assert client.Contact.get(made["id"])["ReportsToId"] == contact
    [changed] = client.bulk.Contact.update([{"Id": made["id"], "ReportsTo": {"Email": None}}])
    assert (changed["success"], client.Contact.get(made["id"])["ReportsToId"]) == (True, None)


def test_an_unknown_field_fails_the_whole_batch(api: Api) -> None:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        connect(api).bulk.Account.insert([{"Name": "A"}, {"Name": "B", "Nope": 1}])
    assert told(refused) == {
        "exceptionCode": "InvalidBatch",
        "exceptionMessage": "Records not processed",
    }
    assert api.query("SELECT COUNT() FROM Account")["totalSize"] == 0
