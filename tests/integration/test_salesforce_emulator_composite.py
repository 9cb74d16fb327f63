"""Composite requests of the Salesforce emulator: references, allOrNone, batches, graphs, trees, collections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.test_salesforce_emulator import Api, error_of, running

if TYPE_CHECKING:
    from collections.abc import Iterator

HALTED = [
    {
        "message": "The transaction was rolled back since another operation in the same transaction failed.",
        "errorCode": "PROCESSING_HALTED",
    }
]


@pytest.fixture
def api() -> Iterator[Api]:
    with running() as client:
        yield client


def post(api: Api, name: str, reference: str, **values: Any) -> dict[str, Any]:
    url = f"{api.base}/sobjects/{name}"
    return {"method": "POST", "url": url, "referenceId": reference, "body": values}


def account(name: str) -> dict[str, Any]:
    return {"attributes": {"type": "Account"}, "Name": name}


def count(api: Api, name: str = "Account") -> int:
    total: int = api.query(f"SELECT COUNT() FROM {name}")["totalSize"]  # noqa: S608 - a name of this file
    return total


def composite(api: Api, *parts: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    answer = api.call("POST", "/composite", json={"compositeRequest": list(parts), **options})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["compositeResponse"]
    return found


def test_a_part_uses_what_an_earlier_one_answered(api: Api) -> None:
    query = {
        "method": "GET",
        "url": f"{api.base}/query?q=SELECT+Id,AccountId+FROM+Contact+WHERE+Id='@{{who.id}}'",
        "referenceId": "found",
    }
    note = post(api, "Task", "note", Subject="Call @{what.id}", WhoId="@{found.records[0].Id}")
    answers = composite(
        api,
        post(api, "Account", "what", Name="Acme"),
        post(api, "Contact", "who", LastName="Doe", AccountId="@{what.id}"),
        query,
        note,
    )
    assert [answer["httpStatusCode"] for answer in answers] == [201, 201, 200, 201]
    account_id = answers[0]["body"]["id"]
    assert answers[0]["httpHeaders"]["Location"].endswith(account_id)
    assert answers[2]["body"]["records"][0]["AccountId"] == account_id
    assert api.query("SELECT Subject FROM Task")["records"][0]["Subject"] == f"Call {account_id}"


def test_a_reference_to_nothing_halts_only_its_own_part(api: Api) -> None:
    answers = composite(
        api,
        post(api, "Account", "bad"),
        post(api, "Contact", "child", LastName="Doe", AccountId="@{bad.id}"),
        post(api, "Account", "good", Name="Acme"),
    )
    assert [answer["httpStatusCode"] for answer in answers] == [400, 400, 201]
    assert answers[1]["body"] == [
        {
            "message": "Invalid reference specified. No value for bad.id found in bad.",
            "errorCode": "PROCESSING_HALTED",
        }
    ]
    assert (count(api), count(api, "Contact")) == (1, 0)


def test_with_all_or_none_the_others_are_halted_and_undone(api: Api) -> None:
    parts = [
        post(api, "Account", "a", Name="A"),
        post(api, "Account", "b"),
        post(api, "Account", "c", Name="C"),
    ]
    answers = composite(api, *parts, allOrNone=True)
    assert [answer["httpStatusCode"] for answer in answers] == [400, 400, 400]
    assert answers[0]["body"] == answers[2]["body"] == HALTED
    assert answers[1]["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert [answer["referenceId"] for answer in answers] == ["a", "b", "c"]
    assert count(api) == 0


@pytest.mark.parametrize(("outer", "left"), [(True, 0), (False, 2)])
def test_the_outer_all_or_none_rules_the_collection_inside(api: Api, outer: bool, left: int) -> None:  # noqa: FBT001
    rows = {"allOrNone": False, "records": [account("A"), account("")]}
    inner = {
        "method": "POST",
        "url": f"{api.base}/composite/sobjects",
        "referenceId": "rows",
        "body": rows,
    }
    answers = composite(api, post(api, "Account", "one", Name="One"), inner, allOrNone=outer)
    assert count(api) == left
    codes = [row["errors"][0]["statusCode"] for row in answers[1]["body"] if not row["success"]]
    assert codes[-1] == "REQUIRED_FIELD_MISSING"
    assert ("ALL_OR_NONE_OPERATION_ROLLED_BACK" in codes) is outer
    assert (answers[0]["body"] == HALTED) is outer


def test_an_inner_all_or_none_stays_its_own_affair(api: Api) -> None:
    rows = {"allOrNone": True, "records": [account("A"), account("")]}
    url = f"{api.base}/composite/sobjects"
    inner = {"method": "POST", "url": url, "referenceId": "rows", "body": rows}
    answers = composite(api, post(api, "Account", "one", Name="One"), inner)
    assert answers[0]["httpStatusCode"] == 201
    assert answers[1]["body"][0]["errors"][0]["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert count(api) == 1


def test_the_sizes_and_names_of_composite_requests_are_checked(api: Api) -> None:
    parts = [post(api, "Account", f"a{number}", Name="A") for number in range(26)]
    assert len(composite(api, *parts[:25])) == 25
    query = {"method": "GET", "url": f"{api.base}/query?q=SELECT+Id+FROM+Account"}
    bad = [
        parts,
        [{**query, "referenceId": f"q{number}"} for number in range(6)],
        [parts[0], parts[0]],
        [{**parts[0], "referenceId": "a-b"}],
        [{**parts[0], "referenceId": 7}],
        [7],
        {},
    ]
    for requests_ in bad:
        assert api.call("POST", "/composite", json={"compositeRequest": requests_}).status_code == 400
    assert count(api) == 25


def test_composite_requests_do_not_nest(api: Api) -> None:
    inner = {"method": "POST", "url": f"{api.base}/composite", "referenceId": "in", "body": {}}
    assert composite(api, inner)[0]["httpStatusCode"] == 404


def test_the_headers_of_a_part_count_for_it(api: Api) -> None:
    api.control("load", {"Account": [{"Name": f"A{number}"} for number in range(300)]})
    url = f"{api.base}/query?q=SELECT+Id+FROM+Account"
    headers = {"Sforce-Query-Options": "batchSize=200"}
    part = {"method": "GET", "url": url, "referenceId": "q", "httpHeaders": headers}
    assert len(composite(api, part)[0]["body"]["records"]) == 200


def batch_part(url: str, method: str = "GET", body: Any = None) -> dict[str, Any]:
    return {"method": method, "url": url, **({"richInput": body} if body else {})}


def test_a_batch_goes_on_after_a_failure_unless_it_is_to_halt(api: Api) -> None:
    bad = batch_part("v62.0/sobjects/Account", "POST", {"Fax": "1"})
    good = batch_part("v62.0/sobjects/Account", "POST", {"Name": "A"})
    answer = api.post("/composite/batch", {"batchRequests": [bad, good]})
    assert list(answer) == ["hasErrors", "results"]
    assert [row["statusCode"] for row in answer["results"]] == [400, 201]
    answer = api.post("/composite/batch", {"haltOnError": True, "batchRequests": [good, bad, good]})
    assert answer["hasErrors"] is True
    assert [row["statusCode"] for row in answer["results"]] == [201, 400, 412]
    assert answer["results"][2]["result"][0]["errorCode"] == "BATCH_PROCESSING_HALTED"
    assert count(api) == 2
    too_many = {"batchRequests": [good] * 26}
    assert api.call("POST", "/composite/batch", json=too_many).status_code == 400


def test_each_graph_is_done_wholly_or_not_at_all(api: Api) -> None:
    good = [
        post(api, "Account", "a", Name="A"),
        post(api, "Contact", "c", LastName="C", AccountId="@{a.id}"),
    ]
    bad = [*good, post(api, "Contact", "broken")]
    given = [{"graphId": "1", "compositeRequest": good}, {"graphId": "2", "compositeRequest": bad}]
    answer = api.post("/composite/graph", {"graphs": given})
    first, second = answer["graphs"]
    assert list(first) == ["graphId", "graphResponse", "isSuccessful"]
    assert (first["graphId"], first["isSuccessful"]) == ("1", True)
    assert [node["httpStatusCode"] for node in first["graphResponse"]["compositeResponse"]] == [201, 201]
    assert second["isSuccessful"] is False
    bodies = [node["body"] for node in second["graphResponse"]["compositeResponse"]]
    assert bodies[:2] == [HALTED, HALTED]
    assert bodies[2][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert (count(api), count(api, "Contact")) == (1, 1)


def test_the_graphs_after_fifteen_failures_are_not_tried(api: Api) -> None:
    bad = [{"graphId": str(number), "compositeRequest": [post(api, "Account", "a")]} for number in range(15)]
    good = {"graphId": "good", "compositeRequest": [post(api, "Account", "a", Name="A")]}
    answer = api.post("/composite/graph", {"graphs": [*bad, good]})
    last = answer["graphs"][-1]["graphResponse"]["compositeResponse"][0]
    assert last["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert count(api) == 0


def test_graphs_hold_records_only_and_not_too_many(api: Api) -> None:
    def graph(*parts: dict[str, Any], **changes: Any) -> dict[str, Any]:
        return {"graphId": "g", "compositeRequest": list(parts), **changes}

    query = {"method": "GET", "url": f"{api.base}/query?q=x", "referenceId": "q"}
    nodes = [post(api, "Account", f"a{number}", Name="A") for number in range(251)]
    for given in (
        [graph(query)],
        [graph(*nodes)] * 2,
        [graph(nodes[0])] * 76,
        [graph(nodes[0], graphId=1)],
        [],
    ):
        assert api.call("POST", "/composite/graph", json={"graphs": given}).status_code == 400


def tree(name: str, reference: str, **values: Any) -> dict[str, Any]:
    return {"attributes": {"type": name, "referenceId": reference}, **values}


def test_a_tree_makes_parents_and_children(api: Api) -> None:
    people = {"records": [tree("Contact", "jo", LastName="Doe"), tree("Contact", "al", LastName="Roe")]}
    records = [tree("Account", "acme", Name="Acme", Contacts=people), tree("Account", "bolt", Name="Bolt")]
    answer = api.call("POST", "/composite/tree/Account", json={"records": records})
    assert answer.status_code == 201
    ids = {row["referenceId"]: row["id"] for row in answer.json()["results"]}
    assert list(ids) == ["acme", "jo", "al", "bolt"]
    assert answer.json()["hasErrors"] is False
    rows = api.query("SELECT AccountId FROM Contact")["records"]
    assert {row["AccountId"] for row in rows} == {ids["acme"]}


def test_a_tree_with_one_bad_record_leaves_nothing(api: Api) -> None:
    people = {"records": [tree("Contact", "jo")]}
    records = [tree("Account", "acme", Name="Acme", Contacts=people)]
    answer = api.call("POST", "/composite/tree/Account", json={"records": records})
    assert answer.status_code == 400
    (row,) = answer.json()["results"]
    assert row["referenceId"] == "jo"
    assert row["errors"][0] == {
        "statusCode": "REQUIRED_FIELD_MISSING",
        "message": "Required fields are missing: [LastName]",
        "fields": ["LastName"],
    }
    assert count(api) == 0


def test_a_tree_names_every_record_of_a_duplicate_reference(api: Api) -> None:
    records = [tree("Account", name, Name=name) for name in ("a", "b", "a")]
    answer = api.call("POST", "/composite/tree/Account", json={"records": records})
    assert answer.status_code == 400
    assert [row["referenceId"] for row in answer.json()["results"]] == ["a", "a"]


def test_the_size_and_the_shape_of_a_tree_are_checked(api: Api) -> None:
    many = [tree("Account", f"a{number}", Name="A") for number in range(201)]
    deep = tree("Account", "a0", Name="A")
    for number in range(1, 6):
        deep = tree("Account", f"a{number}", Name="A", ChildAccounts={"records": [deep]})
    unknown = tree("Account", "a", Name="A", Nobodies={"records": [tree("Contact", "c", LastName="C")]})
    for records in (many, [deep], [unknown], [{"Name": "A"}], [tree("Contact", "c", LastName="C")], [], 7):
        answer = api.call("POST", "/composite/tree/Account", json={"records": records})
        assert answer.status_code == 400, records
    assert count(api) == 0
    assert api.call("POST", "/composite/tree/Account", json={"records": many[:200]}).status_code == 201


def test_a_collection_of_many_types_is_done_in_at_most_ten_chunks(api: Api) -> None:
    def row(number: int) -> dict[str, Any]:
        person = {"attributes": {"type": "Contact"}, "LastName": "C"}
        return person if number % 2 else account(f"A{number}")

    answer = api.call("POST", "/composite/sobjects", json={"records": [row(number) for number in range(10)]})
    assert all(item["success"] for item in answer.json())
    answer = api.call("POST", "/composite/sobjects", json={"records": [row(number) for number in range(11)]})
    assert error_of(answer) == (400, "LIMIT_EXCEEDED")
    assert count(api) == 5


def test_an_external_id_that_comes_twice_is_refused_the_second_time(api: Api) -> None:
    field = {"object": "Account", "fullName": "Key__c", "label": "Key", "type": "Text", "length": 20}
    api.control("schema", {"add": [{**field, "externalId": True, "unique": True}]})
    rows = [{**account(name), "Key__c": key} for name, key in (("A", "k1"), ("B", "K1"), ("C", "k2"))]
    answer = api.call("PATCH", "/composite/sobjects/Account/Key__c", json={"records": rows}).json()
    assert [row["success"] for row in answer] == [True, False, True]
    assert answer[1]["errors"][0]["statusCode"] == "DUPLICATE_VALUE"
    assert answer[1]["errors"][0]["message"].startswith("Duplicate external id specified")
    assert [row.get("created") for row in answer] == [True, None, True]


def test_all_or_none_undoes_updates_upserts_and_deletes_too(api: Api) -> None:
    first = api.create("Account", Name="A")
    rows = [{**account("B"), "id": first}, {**account("C"), "id": "001000000000000AAA"}]
    answer = api.call("PATCH", "/composite/sobjects", json={"allOrNone": True, "records": rows}).json()
    codes = [row["errors"][0]["statusCode"] for row in answer]
    assert codes == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "INVALID_CROSS_REFERENCE_KEY"]
    params = {"ids": f"{first},001000000000000AAA", "allOrNone": "true"}
    answer = api.call("DELETE", "/composite/sobjects", params=params).json()
    assert [row["success"] for row in answer] == [False, False]
    assert api.get(f"/sobjects/Account/{first}")["Name"] == "A"


def test_rows_without_a_type_fail_alone(api: Api) -> None:
    rows = [{"Name": "A"}, {"attributes": None, "Name": "B"}, 7, account("D")]
    answer = api.call("POST", "/composite/sobjects", json={"records": rows})
    assert answer.status_code == 200
    assert [row["success"] for row in answer.json()] == [False, False, False, True]
