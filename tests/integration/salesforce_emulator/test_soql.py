"""The language of queries: joins, lists of children, spans of days, groups, and Salesforce's refusals."""

# ruff: noqa: S608 - queries put together here go to an emulator in this process

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.test_salesforce_emulator import Api, error_of


@pytest.fixture
def world(api: Api) -> Api:
    """Two accounts with people and a deal, a third with nobody, a parent with a grandparent."""
    accounts = [
        {
            "Id": "001000000000001",
            "Name": "Group",
            "Industry": "Energy",
            "CreatedDate": "2025-12-31T23:00:00Z",
        },
        {"Id": "001000000000002", "Name": "Acme", "Industry": "Energy", "ParentId": "001000000000001AAA"},
        {"Id": "001000000000003", "Name": "Lone", "Industry": "Media", "CreatedDate": "2026-02-01T05:00:00Z"},
    ]
    group, acme = "001000000000001AAA", "001000000000002AAA"
    api.control("load", {"Account": accounts})
    api.control(
        "load",
        {
            "Contact": [
                {"LastName": "Ash", "AccountId": acme, "Email": "ash@acme.example", "Title": "CFO"},
                {"LastName": "Bell", "AccountId": acme, "Email": "bell@acme.example"},
                {"LastName": "Cole", "AccountId": group},
            ],
            "Opportunity": [
                {
                    "Name": "Big",
                    "AccountId": acme,
                    "Amount": 900,
                    "StageName": "Prospecting",
                    "CloseDate": day,
                }
                for day in ("2026-05-13", "2026-05-10", "2026-04-30", "2026-08-01")
            ],
        },
    )
    return api


def found(api: Api, soql: str, key: str = "Name") -> list[Any]:
    answer = api.query(soql)
    assert "records" in answer, answer
    return [row[key] for row in answer["records"]]


def test_semi_joins_and_anti_joins(world: Api) -> None:
    with_people = "SELECT Name FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE Title = 'CFO')"
    assert found(world, with_people) == ["Acme"]
    without = "SELECT Name FROM Account WHERE Id NOT IN (SELECT AccountId FROM Contact) AND Industry != null"
    assert found(world, without) == ["Lone"]
    nobody = "SELECT Name FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE LastName = 'Zed')"
    assert found(world, nobody) == []
    reason = world.query("SELECT Id FROM Account WHERE Id IN (SELECT LastName FROM Contact)")
    assert reason[0]["errorCode"] == "MALFORMED_QUERY"


def test_lists_of_children_stand_inside_their_row(world: Api) -> None:
    inner = "SELECT LastName, Account.Name FROM Contacts WHERE Email != null ORDER BY LastName DESC LIMIT 1"
    rows = world.query(f"SELECT Name, ({inner}) FROM Account ORDER BY Name")["records"]
    assert list(rows[0]) == ["attributes", "Name", "Contacts"]
    contacts = rows[0]["Contacts"]
    assert list(contacts) == ["totalSize", "done", "records"]
    assert (contacts["totalSize"], contacts["done"]) == (1, True)
    assert (contacts["records"][0]["LastName"], contacts["records"][0]["Account"]["Name"]) == ("Bell", "Acme")
    assert [row["Contacts"] for row in rows[1:]] == [None, None]
    wrong = world.query("SELECT Id, (SELECT Id FROM Contact) FROM Account")
    assert wrong[0]["errorCode"] == "INVALID_TYPE"
    assert "Didn't understand relationship 'Contact'" in wrong[0]["message"]


def test_parents_over_several_levels_and_aliases_of_objects(world: Api) -> None:
    rows = world.query("SELECT c.Account.Parent.Name, c.LastName FROM Contact c WHERE c.LastName = 'Ash'")
    assert rows["records"][0]["Account"]["Parent"]["Name"] == "Group"
    assert found(world, "SELECT LastName FROM Contact WHERE Account.Parent.Name = 'group'", "LastName") == [
        "Ash",
        "Bell",
    ]


@pytest.mark.parametrize(
    ("condition", "days"),
    [
        ("= TODAY", [13]),
        ("= YESTERDAY", []),
        ("= THIS_WEEK", [10, 13]),  # weeks begin on Sunday
        ("= LAST_MONTH", [30]),
        ("= THIS_MONTH", [10, 13]),
        ("= LAST_N_DAYS:3", [10, 13]),
        ("= LAST_N_DAYS:13", [10, 13, 30]),
        ("= LAST_N_MONTHS:1", [30]),
        ("= NEXT_QUARTER", [1]),
        ("= NEXT_N_MONTHS:3", [1]),
        ("= THIS_FISCAL_YEAR", [1, 10, 13, 30]),
        ("= N_DAYS_AGO:3", [10]),
        ("> TODAY", [1]),
        (">= TODAY", [1, 13]),
        ("< THIS_MONTH", [30]),
        ("<= THIS_WEEK", [10, 13, 30]),
        ("!= THIS_MONTH", [1, 30]),
    ],
)
def test_date_literals_are_spans_of_days(world: Api, condition: str, days: list[int]) -> None:
    dates = found(world, f"SELECT CloseDate FROM Opportunity WHERE CloseDate {condition}", "CloseDate")
    assert sorted(int(date[-2:]) for date in dates) == days


def test_date_literals_on_datetimes_use_the_index_and_the_zone(world: Api) -> None:
    assert found(world, "SELECT Name FROM Account WHERE CreatedDate = LAST_YEAR") == ["Group"]
    assert found(world, "SELECT Name FROM Account WHERE SystemModstamp = TODAY ORDER BY Name") == [
        "Acme",
        "Group",
        "Lone",
    ]
    offset = "SELECT Name FROM Account WHERE CreatedDate = 2026-01-01T04:00:00+05:00"
    assert found(world, offset) == ["Group"]


def test_groups_by_parts_of_dates_with_having(world: Api) -> None:
    months = world.query(
        "SELECT CALENDAR_MONTH(CloseDate) month, COUNT(Id) deals, SUM(Amount) FROM Opportunity"
        " GROUP BY CALENDAR_MONTH(CloseDate) HAVING COUNT(Id) > 1"
    )["records"]
    assert [{**row, "attributes": None} for row in months] == [
        {"attributes": None, "month": 5, "deals": 2, "expr0": 1800.0}
    ]
    named = world.query(
        "SELECT Industry sector, COUNT_DISTINCT(Name) FROM Account GROUP BY Industry"
        " HAVING Industry LIKE 'ener%' OR MIN(Name) = 'x'"
    )["records"]
    assert [(row["sector"], row["expr0"]) for row in named] == [("Energy", 2)]
    assert found(world, "SELECT Name FROM Account WHERE CALENDAR_YEAR(CreatedDate) = 2025") == ["Group"]
    assert found(world, "SELECT Name FROM Account WHERE DAY_ONLY(CreatedDate) = 2026-02-01") == ["Lone"]


def test_fields_functions_and_their_limit(world: Api) -> None:
    row = world.query("SELECT FIELDS(ALL) FROM Account LIMIT 1")["records"][0]
    assert {"Id", "Name", "SystemModstamp"} <= set(row)
    standard = world.query("SELECT FIELDS(STANDARD) FROM Contact")
    assert standard["totalSize"] == 3
    for soql in ("SELECT FIELDS(ALL) FROM Account", "SELECT FIELDS(CUSTOM) FROM Account LIMIT 201"):
        refused = world.query(soql)[0]
        assert refused["errorCode"] == "MALFORMED_QUERY"
        assert "must have a LIMIT of at most 200" in refused["message"]


def test_what_only_marks_records_as_seen_changes_nothing(world: Api) -> None:
    soql = "SELECT toLabel(Industry), Name FROM Account USING SCOPE everything WHERE Name = 'Lone'"
    rows = world.query(f"{soql} WITH SECURITY_ENFORCED ORDER BY Name LIMIT 5 FOR VIEW")["records"]
    assert [(row["Industry"], row["Name"]) for row in rows] == [("Media", "Lone")]
    assert found(world, "SELECT Name FROM Account USING SCOPE mine WHERE Name = 'Lone'") == ["Lone"]


@pytest.mark.parametrize(
    ("soql", "code", "row", "column", "reason"),
    [
        ("SELECT Id FROM Account ALL ROWS", "MALFORMED_QUERY", 1, 24, "ALL ROWS not allowed in this context"),
        ("SELECT Id,\n  Foo FROM Account", "INVALID_FIELD", 2, 3, "No such column 'Foo' on entity 'Account'"),
        (
            "SELECT Name n FROM Account",
            "MALFORMED_QUERY",
            1,
            8,
            "only aggregate expressions use field aliasing",
        ),
        ("SELECT Id FROM Account WHERE Name = TODAY", "INVALID_FIELD", 1, 37, "must be of type string"),
        ("SELECT Id FROM Account HAVING Name = 'x'", "MALFORMED_QUERY", 1, 24, "unexpected token: 'HAVING'"),
        ("SELECT FIELDS(SOME) FROM Account", "MALFORMED_QUERY", 1, 15, "unexpected token: 'SOME'"),
        (
            "SELECT Id FROM Account WHERE CALENDAR_YEAR(Name) = 1",
            "INVALID_FIELD",
            1,
            30,
            "does not support the date function CALENDAR_YEAR",
        ),
    ],
)
def test_refusals_show_row_and_column(
    world: Api, soql: str, code: str, row: int, column: int, reason: str
) -> None:
    answer = world.call("GET", "/query", params={"q": soql})
    assert error_of(answer) == (400, code)
    message = answer.json()[0]["message"]
    assert f"\nERROR at Row:{row}:Column:{column}\n" in message
    assert reason in message
    line, caret = message.split("\n")[1:3]
    assert soql.split("\n")[row - 1][column - 1] == line[caret.index("^")]


def test_a_query_or_an_address_can_be_too_long(api: Api) -> None:
    words = "SELECT Id FROM Account WHERE Name = '" + "x" * 16_400 + "'"
    answer = api.call("GET", "/query", params={"q": words})
    assert answer.status_code == 414
    assert "URI Too Long" in answer.text
    api.control("settings", {"url_limit": 200_000})
    assert api.query(words)["totalSize"] == 0
    refused = api.call("GET", "/query", params={"q": words + " " * 100_000})
    assert error_of(refused) == (400, "MALFORMED_QUERY")
    assert refused.json()[0]["message"] == "SOQL statements can not be longer than 100000 characters."


def test_a_query_that_touches_too_much_runs_out_of_time(world: Api) -> None:
    world.control("settings", {"query_timeout_rows": 2})
    slow = world.call("GET", "/query", params={"q": "SELECT Id FROM Account"})
    assert error_of(slow) == (400, "QUERY_TIMEOUT")
    assert found(world, "SELECT Name FROM Account WHERE Industry = 'Media'") == ["Lone"]
    assert len(found(world, "SELECT Id FROM Account ORDER BY SystemModstamp, Id LIMIT 2", "Id")) == 2
    world.control("settings", {"query_timeout_rows": None, "query_timeout_days": 7})
    window = "SELECT Id FROM Account WHERE SystemModstamp >= {} AND SystemModstamp < 2026-05-14T00:00:00Z"
    assert world.query(window.format("2026-05-06T00:00:00Z"))[0]["errorCode"] == "QUERY_TIMEOUT"
    assert world.query(window.format("2026-05-07T00:00:00Z"))["totalSize"] == 3
    assert world.query("SELECT Id FROM Account")[0]["errorCode"] == "QUERY_TIMEOUT"


def test_activities_of_too_many_people_are_too_large(world: Api) -> None:
    contacts = found(world, "SELECT Id FROM Contact", "Id")
    world.control("load", {"Task": [{"Subject": "Call", "WhoId": one} for one in contacts]})
    world.control("settings", {"who_what_limit": 2})
    assert world.query("SELECT Id FROM Task")[0]["errorCode"] == "OPERATION_TOO_LARGE"
    assert world.query(f"SELECT Id FROM Task WHERE WhoId = '{contacts[0]}'")["totalSize"] == 1


def test_too_many_groups_are_refused(api: Api) -> None:
    api.control("load", {"Account": [{"Name": f"A{number}"} for number in range(2001)]})
    assert (
        api.query("SELECT Name, COUNT(Id) FROM Account GROUP BY Name")[0]["errorCode"] == "EXCEEDED_ID_LIMIT"
    )
    some = api.query("SELECT Name, COUNT(Id) FROM Account GROUP BY Name LIMIT 2000")
    assert (some["totalSize"], some["done"]) == (2000, True)


def test_the_columns_of_a_query_are_told_instead_of_its_rows(api: Api) -> None:
    def columns(soql: str) -> Any:
        return api.get("/query", q=soql, columns="true")

    told = columns("SELECT Id, Name, NumberOfEmployees FROM Account")
    assert {key: told[key] for key in told if key != "columnMetadata"} == {
        "entityName": "Account",
        "groupBy": False,
        "idSelected": True,
        "keyPrefix": "001",
    }
    assert told["columnMetadata"][1] == {
        "aggregate": False,
        "apexType": "String",
        "booleanType": False,
        "columnName": "Name",
        "custom": False,
        "displayName": "Name",
        "foreignKeyName": None,
        "insertable": True,
        "joinColumns": [],
        "numberType": False,
        "textType": True,
        "updatable": True,
    }

    def names(column: Any) -> Any:
        inner = [names(one) for one in column["joinColumns"]]
        return [column["columnName"], *inner] if inner else column["columnName"]

    soql = (
        "SELECT Account.Owner.Name, Account.Name, TYPEOF Owner WHEN User THEN Email END,"
        " (SELECT Subject FROM Tasks) FROM Contact"
    )
    told = columns(soql)["columnMetadata"]
    assert [names(one) for one in told] == [
        ["Account", ["Owner", "Name"], "Name"],
        ["Owner", "Email"],
        ["Tasks", "Subject"],
    ]
    assert [(one["foreignKeyName"], one["aggregate"]) for one in told] == [
        ("AccountId", False),
        ("OwnerId", False),
        (None, True),
    ]
    told = columns(
        "SELECT Industry, COUNT(Id), CALENDAR_YEAR(CreatedDate), MAX(Name) most FROM Account"
        " GROUP BY Industry, CALENDAR_YEAR(CreatedDate)"
    )
    assert told["groupBy"] is True
    assert [(one["columnName"], one["displayName"]) for one in told["columnMetadata"]] == [
        ("Industry", "Industry"),
        ("expr0", "COUNT(Id)"),
        ("expr1", "CALENDAR_YEAR(CreatedDate)"),
        ("most", "MAX(Name)"),
    ]
    assert columns("SELECT Nope FROM Account")[0]["errorCode"] == "INVALID_FIELD"
