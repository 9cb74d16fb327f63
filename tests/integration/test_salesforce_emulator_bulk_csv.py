"""Nasty values through the CSV of bulk jobs of the Salesforce emulator and back."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulators.salesforce.bulk_upload import cell_value, check_line_endings, raw_cells, split_records
from tests.integration.salesforce_bulk import (
    ingest,
    ingested,
    queried,
    query,
    results,
    rows_of,
    to_csv,
)
from tests.integration.test_salesforce_emulator import Api, running

if TYPE_CHECKING:
    from collections.abc import Iterator

NASTY = [
    "two\nlines",
    "carriage\rreturn",
    "both\r\nat once",
    'a "quoted" word',
    '"',
    '""',
    "comma, semicolon; pipe| caret^ tick` tab\t.",
    "emoji 🦄 and ümläut",
    "\u4f01\u696d\u540d",
    "\ufeffmark first",
    "nul\x00inside",
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "'single",
    "#N/A?",
    "null",
    "\\n",
    "zero\u200bwidth",
    "line\u2028separator",
    "\x0bvertical",
    "e\u0301 combining",
    "NaN",
    "0012",
    "x" * 254,
]
DELIMITERS = {"BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with running() as client:
        yield client


@pytest.fixture(autouse=True)
def _empty(api: Api) -> None:
    api.control("reset", {})
    api.login()


@pytest.mark.parametrize("delimiter", DELIMITERS)
@pytest.mark.parametrize("ending", ["LF", "CRLF"])
def test_what_is_sent_is_stored_and_comes_back(api: Api, delimiter: str, ending: str) -> None:
    mark, newline = DELIMITERS[delimiter], {"LF": "\n", "CRLF": "\r\n"}[ending]
    rows = [[value, f"n{number}"] for number, value in enumerate(NASTY)]
    data = to_csv(
        [["Description", "Name"], *rows], delimiter=mark, lineterminator=newline, quoting=csv.QUOTE_ALL
    )
    job = ingest(api, "insert", "Account", data, columnDelimiter=delimiter, lineEnding=ending)
    assert job["numberRecordsFailed"] == 0
    expected = {row[1]: row[0].strip() for row in rows}
    stored = api.query("SELECT Name, Description FROM Account")["records"]
    assert {record["Name"]: record["Description"] for record in stored} == expected

    read = query(api, "SELECT Name, Description FROM Account", columnDelimiter=delimiter, lineEnding=ending)
    assert dict(rows_of(results(api, read), mark)[1:]) == expected

    path = f"/jobs/ingest/{job['id']}/successfulResults"
    echoed = rows_of(api.call("GET", path), mark)
    assert {row[3]: row[2] for row in echoed[1:]} == {row[1]: row[0] for row in rows}


def test_unquoted_cells_keep_what_needs_no_quotes(api: Api) -> None:
    job = ingest(api, "insert", "Account", "Name,Description\nA,=1+1\nB,🦄\nC,nul\x00inside\nD,a\rb\n")
    assert job["numberRecordsFailed"] == 0
    assert sorted(queried(api, "SELECT Description FROM Account")[1:]) == [
        ["=1+1"],
        ["a\rb"],
        ["nul\x00inside"],
        ["🦄"],
    ]


def test_blanks_at_the_ends_are_sent_back_and_stored_as_single_records_store_them(api: Api) -> None:
    job = ingest(api, "insert", "Account", "Name,Description\n A , x \n")
    assert ingested(api, job, "successfulResults")[1][2:] == [" x ", " A "]
    single = api.create("Account", Name=" A ", Description=" x ")
    stored = api.query("SELECT Name, Description FROM Account")["records"]
    assert single
    assert len({(record["Name"], record["Description"]) for record in stored}) == 1


def test_loaded_blanks_come_back_whole(api: Api) -> None:
    api.control("load", {"Account": [{"Name": " A ", "Description": "\tx\n"}]})
    assert queried(api, "SELECT Name, Description FROM Account")[1] == [" A ", "\tx\n"]


def test_bytes_that_are_not_utf_8_are_replaced(api: Api) -> None:
    ingest(api, "insert", "Account", b"Name\nM\xfcller\n")
    assert queried(api, "SELECT Name FROM Account")[1] == ["M\ufffdller"]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(st.text(max_size=8), min_size=2, max_size=4), min_size=1, max_size=5),
    st.sampled_from(sorted(DELIMITERS.values())),
    st.sampled_from(["LF", "CRLF"]),
)
def test_the_reader_understands_whatever_a_csv_writer_writes(
    rows: list[list[str]], mark: str, ending: str
) -> None:
    newline = {"LF": "\n", "CRLF": "\r\n"}[ending]
    text = to_csv(rows, delimiter=mark, lineterminator=newline, quoting=csv.QUOTE_ALL)
    records = split_records(text, ending)
    check_line_endings(records, ending)
    assert [[cell_value(raw) for raw in raw_cells(record, mark)] for record in records] == rows
