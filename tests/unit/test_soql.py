"""SOQL of the Salesforce emulator: what matches, in which order, and what is refused."""

# ruff: noqa: S608 - queries put together here go to an emulator in this process

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.common.clock import VirtualClock
from emulators.salesforce.errors import SalesforceError
from emulators.salesforce.org import Org
from emulators.salesforce.soql_parser import parse, unescape
from emulators.salesforce.soql_run import run
from emulators.salesforce.soql_syntax import Comparison, Junction

BASE = "/services/data/v62.0"


def stamp(day: int) -> str:
    return f"2026-01-{day:02}T00:00:00.000+0000"


@pytest.fixture(scope="module")
def org() -> Org:
    """Five accounts a day apart, with contacts, an activity and a deleted account."""
    org = Org(VirtualClock())
    accounts: list[dict[str, Any]] = [
        {"Name": "Acme", "Industry": "Energy", "NumberOfEmployees": 10, "SystemModstamp": stamp(1)},
        {"Name": "beta 100%", "Industry": "Media", "NumberOfEmployees": 200, "SystemModstamp": stamp(2)},
        {"Name": "Co_re", "NumberOfEmployees": 30, "SystemModstamp": stamp(2)},
        {"Name": "Delta", "Industry": "energy", "AnnualRevenue": 5.5, "SystemModstamp": stamp(3)},
        {"Name": "Echo's", "NumberOfEmployees": 10, "SystemModstamp": stamp(4)},
        {"Name": "Gone", "SystemModstamp": stamp(5), "IsDeleted": True},
    ]
    org.load({"Account": accounts})
    ids = {row["Name"]: row["Id"] for row in org.state("Account")}
    org.load(
        {
            "Contact": [
                {"LastName": "A", "AccountId": ids["Acme"], "Email": "a@acme.example"},
                {"LastName": "B", "AccountId": ids["Acme"]},
                {"LastName": "C", "AccountId": ids["Delta"]},
                {"LastName": "D"},
            ]
        }
    )
    contact = org.state("Contact")[0]["Id"]
    org.load({"Task": [{"Subject": "Call", "WhoId": contact, "Status": "Completed"}]})
    return org


def rows(org: Org, soql: str, *, with_deleted: bool = False) -> list[dict[str, Any]]:
    result = run(org, org.integration_user_id, soql, with_deleted=with_deleted)
    return result.render(result.rows, BASE)


def names(org: Org, where: str) -> list[str]:
    return [row["Name"] for row in rows(org, f"SELECT Name FROM Account {where}")]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("WHERE Name = 'ACME'", "Acme"),
        ("WHERE Name != 'acme' AND NumberOfEmployees = 10", "Echo's"),
        ("WHERE Name = 'Echo\\'s'", "Echo's"),
        ("WHERE Name LIKE 'b%\\%'", "beta 100%"),
        ("WHERE Name LIKE 'co\\_re'", "Co_re"),
        ("WHERE Name LIKE '_cme'", "Acme"),
        ("WHERE Industry = null ORDER BY Name", "Co_re Echo's"),
        ("WHERE Industry = 'ENERGY' ORDER BY Name", "Acme Delta"),
        ("WHERE Industry != 'energy' ORDER BY Name", "beta 100% Co_re Echo's"),
        ("WHERE Industry IN ('media', 'x')", "beta 100%"),
        ("WHERE Industry NOT IN ('media') ORDER BY Name", "Acme Co_re Delta Echo's"),
        ("WHERE NumberOfEmployees > 10 ORDER BY NumberOfEmployees", "Co_re beta 100%"),
        ("WHERE NumberOfEmployees <= 30 ORDER BY NumberOfEmployees DESC, Name DESC", "Co_re Echo's Acme"),
        ("WHERE NOT (NumberOfEmployees > 10) ORDER BY Name", "Acme Delta Echo's"),
        ("WHERE (Name = 'Acme' OR Name = 'Delta') AND AnnualRevenue = 5.5", "Delta"),
        ("WHERE IsDeleted = true", ""),
        ("WHERE SystemModstamp > 2026-01-02T00:00:00Z ORDER BY SystemModstamp", "Delta Echo's"),
        (
            (
                "WHERE SystemModstamp >= 2026-01-02T01:00:00+01:00 AND"
                " SystemModstamp < 2026-01-03T00:00:00Z ORDER BY Id"
            ),
            "beta 100% Co_re",
        ),
        ("WHERE Owner.Alias = 'integrat' ORDER BY Name LIMIT 2 OFFSET 1", "beta 100% Co_re"),
        ("ORDER BY Industry NULLS LAST, Name DESC LIMIT 3", "Delta Acme beta 100%"),
        ("ORDER BY Industry DESC NULLS LAST LIMIT 1", "beta 100%"),
        ("ORDER BY Industry DESC, Name LIMIT 1", "Co_re"),
    ],
)
def test_what_matches_and_in_which_order(org: Org, where: str, expected: str) -> None:
    assert " ".join(names(org, where)) == expected


def test_ids_are_found_by_both_lengths_and_keep_their_case(org: Org) -> None:
    record_id = rows(org, "SELECT Id FROM Account WHERE Name = 'Acme'")[0]["Id"]
    assert names(org, f"WHERE Id = '{record_id[:15]}'") == ["Acme"]
    assert names(org, f"WHERE Id IN ('{record_id}', '{record_id}')") == ["Acme"]
    assert names(org, f"WHERE Id != '{record_id}' AND Id > '{record_id}' ORDER BY Id LIMIT 1") == [
        "beta 100%"
    ]


def test_deleted_records_come_only_when_asked_for(org: Org) -> None:
    assert "Gone" not in names(org, "")
    found = rows(org, "SELECT Name, IsDeleted FROM Account WHERE IsDeleted = true", with_deleted=True)
    assert [row["Name"] for row in found] == ["Gone"]


def test_rows_have_attributes_first_and_fields_in_the_order_asked(org: Org) -> None:
    row = rows(
        org, "SELECT lastname, Account.Name, Id, account.owner.name FROM contact WHERE LastName = 'A'"
    )[0]
    assert list(row) == ["attributes", "LastName", "Account", "Id"]
    assert row["attributes"] == {"type": "Contact", "url": f"{BASE}/sobjects/Contact/{row['Id']}"}
    assert list(row["Account"]) == ["attributes", "Name", "Owner"]
    assert row["Account"]["attributes"]["type"] == "Account"
    orphan = rows(org, "SELECT Account.Name FROM Contact WHERE AccountId = null")[0]
    assert orphan["Account"] is None


def test_polymorphic_parents(org: Org) -> None:
    row = rows(org, "SELECT Who.Name, Who.Type, What.Name FROM Task WHERE Who.Type = 'Contact'")[0]
    assert (row["Who"]["Name"], row["Who"]["Type"], row["What"]) == ("A", "Contact", None)
    cases = "TYPEOF Who WHEN Contact THEN LastName, Email WHEN Lead THEN Company END"
    typed = rows(org, f"SELECT Id, {cases}, What.Name FROM Task")[0]
    assert list(typed["Who"]) == ["attributes", "LastName", "Email"]
    assert typed["Who"]["attributes"]["type"] == "Contact"


def test_aggregates(org: Org) -> None:
    assert run(org, org.integration_user_id, "select count() from Contact", with_deleted=False).total == 4
    found = rows(
        org,
        "SELECT AccountId, Account.Name, COUNT(Id) people, MAX(LastName) FROM Contact"
        " GROUP BY AccountId, Account.Name ORDER BY COUNT(Id) DESC, AccountId NULLS LAST",
    )
    assert [(row["Name"], row["people"], row["expr0"]) for row in found] == [
        ("Acme", 2, "B"),
        ("Delta", 1, "C"),
        (None, 1, "D"),
    ]
    assert found[0]["attributes"] == {"type": "AggregateResult"}
    totals = rows(
        org, "SELECT SUM(NumberOfEmployees), MIN(Name), COUNT(Industry), AVG(AnnualRevenue) FROM Account"
    )[0]
    assert (totals["expr0"], totals["expr1"], totals["expr2"], totals["expr3"]) == (250.0, "Acme", 3, 5.5)


@pytest.mark.parametrize(
    ("soql", "code", "column", "reason"),
    [
        ("SELECT Foo FROM Account", "INVALID_FIELD", 8, "No such column 'Foo' on entity 'Account'."),
        ("SELECT Id FROM Acount", "INVALID_TYPE", 16, "sObject type 'Acount' is not supported."),
        ("SELECT Id FROM Account WHERE Id = 'x'", "INVALID_QUERY_FILTER_OPERATOR", 35, "invalid ID field: x"),
        (
            "SELECT Id FROM Account WHERE Description = 'x'",
            "INVALID_FIELD",
            30,
            "field 'Description' can not be filtered in a query call",
        ),
        ("SELECT Id FROM Account WHERE", "MALFORMED_QUERY", 29, "unexpected token: '<EOF>'"),
        ("SELECT Id Account", "MALFORMED_QUERY", 18, "unexpected token: '<EOF>'"),
        ("SELECT Id FROM Account WHERE Name ~ 'x'", "MALFORMED_QUERY", 35, "unexpected token: '~'"),
        (
            "SELECT Id FROM Account WHERE A = 1 AND B = 2 OR C = 3",
            "MALFORMED_QUERY",
            46,
            "unexpected token: 'OR'",
        ),
        ("SELECT Nope.Name FROM Account", "INVALID_FIELD", 8, "Didn't understand relationship 'Nope'"),
        (
            "SELECT Id FROM Account WHERE Name = 5",
            "INVALID_FIELD",
            37,
            "must be of type string and should be",
        ),
        (
            "SELECT Id FROM Account WHERE SystemModstamp > '2026'",
            "INVALID_FIELD",
            47,
            "must be of type dateTime",
        ),
        (
            "SELECT Id FROM Account WHERE Id LIKE '001%'",
            "INVALID_QUERY_FILTER_OPERATOR",
            30,
            "invalid operator on id",
        ),
        ("SELECT Id FROM Account ORDER BY Description", "INVALID_FIELD", 33, "can not be sorted"),
        (
            "SELECT Description, COUNT(Id) FROM Account GROUP BY Description",
            "INVALID_FIELD",
            53,
            "can not be grouped",
        ),
        (
            "SELECT Name, COUNT(Id) FROM Account",
            "MALFORMED_QUERY",
            8,
            "Field must be grouped or aggregated: Name",
        ),
        ("SELECT SUM(Name) FROM Account", "INVALID_FIELD", 8, "does not support aggregate operator SUM"),
        ("SELECT Id, id FROM Account", "INVALID_FIELD", 12, "duplicate field selected: Id"),
    ],
)
def test_errors_point_at_the_place(org: Org, soql: str, code: str, column: int, reason: str) -> None:
    with pytest.raises(SalesforceError) as caught:
        run(org, org.integration_user_id, soql, with_deleted=False)
    assert caught.value.code == code
    _, line, caret, place, text = caught.value.message.split("\n")
    assert caret == " " * caret.count(" ") + "^"
    assert line[: len(caret) - 1] == soql[column - len(caret) : column - 1]
    assert place == f"ERROR at Row:1:Column:{column}"
    assert reason in text


def test_a_long_query_is_shown_around_the_error() -> None:
    soql = "SELECT " + ", ".join(["Name"] * 50) + ", Name FROM Account WHERE ?"
    with pytest.raises(SalesforceError) as caught:
        parse(soql)
    _, line, caret, place, _ = caught.value.message.split("\n")
    assert line[len(caret) - 1] == "?"
    assert len(line) < 130
    assert place == f"ERROR at Row:1:Column:{len(soql)}"


def test_the_tree_of_a_condition() -> None:
    where = parse("SELECT Id FROM A WHERE x = 1 AND (y = 2 OR NOT z IN ('a', 'b'))").where
    assert isinstance(where, Junction)
    assert where.kind == "AND"
    inner = where.parts[1]
    assert isinstance(inner, Junction)
    assert inner.kind == "OR"
    negation = inner.parts[1]
    assert isinstance(negation, Junction)
    assert isinstance(negation.parts[0], Comparison)
    assert [value.value for value in negation.parts[0].values] == ["a", "b"]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_text_survives_quoting(text: str) -> None:
    quoted = re.sub(r"(['\\])", r"\\\1", text)
    soql = f"SELECT Id FROM Account WHERE Name = '{quoted}'"
    where = parse(soql).where
    assert isinstance(where, Comparison)
    assert where.values[0].value == text
    assert unescape(f"'{quoted}'") == text


DAYS = st.lists(st.integers(1, 6), min_size=1, max_size=40)


@given(DAYS, st.integers(1, 7))
def test_keyset_paging_sees_every_record_once(days: list[int], size: int) -> None:
    org = Org(VirtualClock())
    org.load({"Account": [{"Name": str(n), "SystemModstamp": stamp(day)} for n, day in enumerate(days)]})
    seen: list[str] = []
    last = ("2026-01-01T00:00:00.000+0000", "000000000000000AAA")
    while True:
        bound, record_id = last[0].replace(".000+0000", "Z"), last[1]
        page = rows(
            org,
            "SELECT Id, SystemModstamp FROM Account WHERE SystemModstamp >= 2026-01-01T00:00:00Z AND"
            f" (SystemModstamp > {bound} OR (SystemModstamp = {bound} AND Id > '{record_id}'))"
            f" ORDER BY SystemModstamp, Id LIMIT {size}",
        )
        if not page:
            break
        seen += [row["Id"] for row in page]
        last = (page[-1]["SystemModstamp"], page[-1]["Id"])
    everything = sorted((row["SystemModstamp"], row["Id"]) for row in org.state("Account"))
    assert seen == [record_id for _, record_id in everything]
