"""S20: texts of people and of the CRM reach a query as values, and names only as names.

That queries are made in one place is a house rule (tests/house_rules.py).
"""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simple_salesforce.format import format_soql

from connectors.salesforce import soql
from connectors.salesforce.client import Client
from core.errors import ContractError
from emulators.salesforce.ids import long_id, mint
from tests.contract.harness import started
from tests.contract.salesforce_harness import SalesforceHarness

NASTY = (
    "O'Reilly & Söhne",
    "' OR Name != '",
    "\\' OR Name != \\'",
    "\\",
    "\\\\'",
    "') OR (Name != '",
    "x' LIMIT 1 --",
    'a "quoted" name',
    "line\nbreak\r\nand\ttab",
    "100%_of it",
    "{} and {:literal} and {0}",
    "%s %(name)s",
    "\u2019 not a quote",
    "名前 🦊",
)


@pytest.fixture(scope="module")
def org() -> Iterator[SalesforceHarness]:
    yield from started(SalesforceHarness())


def client(org: SalesforceHarness) -> Client:
    connector: Any = org.connector()
    found: Client = connector.client
    return found


def names(org: SalesforceHarness, wanted: str) -> list[str]:
    """The accounts that a query for exactly this name gives, as the connector finds its campaigns by name."""
    text = soql.select(["Name"], "Account", [format_soql("Name IN {}", [wanted])])
    return [row["Name"] for row in client(org).call("test").query_rows(text)]


@pytest.mark.parametrize("name", NASTY)
def test_s20_a_value_finds_itself_and_nothing_else(org: SalesforceHarness, name: str) -> None:
    org.reset()
    rows = [{"Id": long_id(mint("001", 1)), "Name": name}, {"Id": long_id(mint("001", 2)), "Name": "other"}]
    org.control("load", {"Account": rows})
    assert names(org, name) == [name]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_s20_a_quoted_value_ends_where_it_ends(value: str) -> None:
    """Read back as the grammar of SOQL says: a backslash takes the next letter with it."""
    start = "SELECT Id FROM Account WHERE Id IN ('"
    text = soql.with_ids(["Id"], "Account", [value])
    assert text.startswith(start)
    body, place = text.removeprefix(start), 0
    while body[place] != "'":
        place += 2 if body[place] == "\\" else 1
    assert body[place:] == "')"


@pytest.mark.parametrize(
    "name",
    [
        "Name FROM User --",
        "Name, (SELECT Id FROM Contacts)",
        "Name'",
        "",
        "1Name",
        "Name ",
        "Näme",
        "a.b.c.d.e.f.g",
        "COUNT(Id)",
        "Name\n",
    ],
)
def test_s20_what_is_no_name_is_never_put_into_a_query(name: str) -> None:
    for columns, table in ((["Id", name], "Account"), (["Id"], name)):
        with pytest.raises(ContractError, match="no name"):
            soql.select(columns, table, [])


def test_s20_a_configured_name_that_describe_does_not_know_is_not_asked_for(org: SalesforceHarness) -> None:
    org.reset()
    hostile = "Name FROM User WHERE Name != ''"
    connector = org.configured(fields={"industry": hostile})
    before = org.requests_seen()
    report = connector.check()
    told = [f"{finding.subject} {finding.message}" for finding in report.findings]
    assert any(hostile in text for text in told), told
    asked = org.control("requests")["requests"][before:]
    assert asked
    assert not [
        entry for entry in asked if "FROM+User" in entry.get("query", "") and "WHERE" in entry["query"]
    ]
