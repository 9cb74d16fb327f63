"""Results of bulk jobs: any text comes through, and what is no whole CSV is refused."""

import csv
from io import BytesIO, StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.salesforce.bulk_csv import read_rows, read_tables
from connectors.salesforce.bulk_ingest import _uploads
from core.errors import ContractError

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
CELL = st.one_of(TEXT, st.text('",\n\r\ta'))


def written(header: list[str], rows: list[list[str]]) -> bytes:
    text = StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([header, *rows])
    return text.getvalue().encode()


@given(st.lists(st.tuples(CELL, CELL, CELL), max_size=9), st.integers(1, 40), st.integers(0, 9))
def test_any_text_comes_through_in_any_blocks(rows: list[tuple[str, ...]], size: int, skip: int) -> None:
    data = written(["Id", "Name", "Note"], [list(row) for row in rows])

    tables = list(read_tables(BytesIO(data), lambda _: "string", skip=skip, size=size))

    assert all(len(table) for table in tables)
    read = [tuple(row[name] or "" for name in ("Id", "Name", "Note")) for table in tables for row in table]
    assert read == rows[skip:]


def test_a_block_of_plain_lines_and_one_of_others_give_the_same_kind_of_rows() -> None:
    rows = [[f"{number}", 'a "quote"' if number % 7 == 3 else ""] for number in range(50)]
    data = written(["Id", "Name"], rows)

    read = [dict(row) for table in read_tables(BytesIO(data), lambda _: "string", size=30) for row in table]

    assert read == [{"Id": number, "Name": name or None} for number, name in rows]


def test_as_many_quotes_in_cells_as_further_lines_would_have_make_no_further_lines() -> None:
    rows = [["x", 'a"\n"b'], ['"', '\n"'], ["y", "z"]]

    (read,) = read_rows(BytesIO(written(["Id", "Name"], rows)), lambda _: "string")

    assert [[row["Id"], row["Name"]] for row in read] == rows


@pytest.mark.parametrize("data", [b'"a","b"\n"1"\n"2","3","4"\n', b'"a","b"\n"1","2","3"\n"4"\n'])
def test_cells_never_move_into_another_line(data: bytes) -> None:
    with pytest.raises(ContractError):
        list(read_tables(BytesIO(data), lambda _: "string"))


def test_values_have_the_types_of_the_query_api() -> None:
    types = {"Is": "boolean", "Number": "double", "Count": "int", "P.Is": "boolean"}
    data = written(
        ["Is", "Number", "Count", "P.Is", "P.Name"],
        [["true", "1.5E7", "250", "", ""], ["false", "", "0", "true", "x"]],
    )

    (rows,) = read_rows(BytesIO(data), lambda path: types.get(path, "string"))

    assert rows == [
        {"Is": True, "Number": 1.5e7, "Count": 250, "P": None},
        {"Is": False, "Number": None, "Count": 0, "P": {"Is": True, "Name": "x"}},
    ]


@pytest.mark.parametrize(
    "data",
    [b'"Id","Name"\n"1","unfinished', b'"Id","Name"\n"1"\n', b'"Id"\n"\xff"\n', b'"Id"\n"a"b"\n'],
)
def test_what_is_no_whole_csv_is_refused(data: bytes) -> None:
    with pytest.raises(ContractError):
        list(read_rows(BytesIO(data), lambda _: "string"))


@given(st.lists(TEXT.filter(lambda text: text not in ("", "#N/A")), min_size=1, max_size=9))
def test_uploads_say_what_was_meant(texts: list[str]) -> None:
    items = [(f"001{number:012}", {"Why__c": text, "Gone__c": None}) for number, text in enumerate(texts)]

    ((part, body),) = _uploads(items)

    assert part == items
    lines = list(csv.reader(StringIO(body.decode(), newline=""), strict=True))
    assert lines == [["Id", "Gone__c", "Why__c"], *([one, "#N/A", values["Why__c"]] for one, values in items)]
