"""Rows as COPY's text, and back out of a real server."""

from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.column_rows import by_column
from store.copy_text import pieces
from store.database import open_database
from store.postgres import copy_rows

TEXTS = st.text(st.characters(codec="utf-8"))
ROWS = st.lists(
    st.tuples(
        st.none() | TEXTS,
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.floats(allow_nan=False),
        st.none() | st.booleans(),
        st.none() | st.binary(),
    ),
    max_size=20,
)


class Word(StrEnum):
    """A text of ours."""

    ONE = "one"


def test_rows_of_plain_values_are_lines_with_tabs() -> None:
    rows: list[tuple[Any, ...]] = [
        ("a", 1, True, Word.ONE),
        (None, None, False, Word.ONE),
        ("", 2, None, None),
    ]
    assert list(pieces(rows)) == ["a\t1\tTrue\tone\n\\N\t\\N\tFalse\tone\n\t2\t\\N\t\\N\n"]


def test_rows_kept_by_column_are_the_same_lines() -> None:
    rows: list[tuple[Any, ...]] = [("a", None, 7), ("b\tc", None, 8), (None, None, 7)]
    by_columns = by_column(rows)

    assert by_column(by_columns) is by_columns
    assert (list(by_columns), by_columns[1], list(by_columns[1:])) == (rows, rows[1], rows[1:])
    assert list(pieces(by_columns)) == list(pieces(rows)) == ["a\t\\N\t7\nb\\tc\t\\N\t8\n\\N\t\\N\t7\n"]


def test_rows_of_different_lengths_are_none() -> None:
    with pytest.raises(ValueError, match="shorter"):
        by_column([("a", 1), ("b",)])


def test_a_value_that_no_column_has_is_refused() -> None:
    with pytest.raises(TypeError, match="a column of dict cannot be copied"):
        list(pieces([({},)]))


def test_what_is_copied_comes_back(postgres_url: str) -> None:
    database = open_database(postgres_url)

    @settings(max_examples=200, deadline=None)
    @given(ROWS)
    def comes_back(rows: list[tuple[Any, ...]]) -> None:
        with database.write() as writer:
            writer.exec_driver_sql(
                "CREATE TEMP TABLE IF NOT EXISTS every_kind "
                "(at serial, a text, b bigint, c double precision, d boolean, e bytea)"
            )
            writer.exec_driver_sql("TRUNCATE every_kind")
            copy_rows(writer, "every_kind", "abcde", rows)
            found = writer.exec_driver_sql("SELECT a, b, c, d, e FROM every_kind ORDER BY at").all()
        wanted = [(text and text.replace("\0", ""), *rest) for text, *rest in rows]
        assert [tuple(row) for row in found] == wanted

    comes_back()
    database.close()
