"""The orders and indexes queries run on stay true under any sequence of writes, also ones taken back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.salesforce.ids import long_id, mint
from emulators.salesforce.store import Store, Table

Write = tuple[str, int, int, str]

WRITES = st.lists(
    st.tuples(
        st.sampled_from(["put", "load", "remove"]),
        st.integers(1, 8),
        st.integers(1, 5),
        st.sampled_from(["x", "X", "y"]),
    ),
    max_size=40,
)


def record(number: int, day: int, key: str) -> dict[str, Any]:
    return {"Id": mint("001", number), "SystemModstamp": f"2026-01-0{day}T00:00:00.000+0000", "Key": key}


def apply(store: Store, writes: list[Write]) -> None:
    for kind, number, day, key in writes:
        if kind == "put":
            store.put("Account", record(number, day, key))
        elif kind == "load":
            store.tables["Account"].put_many([record(number, day, key)])
        else:
            store.remove("Account", mint("001", number))


def check(table: Table) -> None:
    """Compare every order and index with what the rows say."""
    rows = list(table.rows.values())
    by_stamp = sorted(rows, key=lambda row: (row["SystemModstamp"], row["Id"]))
    assert list(table.by_stamp()) == by_stamp
    middle = "2026-01-03T00:00:00.000+0000"
    assert list(table.by_stamp(middle, middle)) == [
        row for row in by_stamp if row["SystemModstamp"] == middle
    ]
    by_id = sorted(rows, key=lambda row: str(row["Id"]))
    assert list(table.by_id()) == by_id
    assert list(table.by_id(mint("001", 3), mint("001", 5))) == [
        row for row in by_id if mint("001", 3) <= row["Id"] <= mint("001", 5)
    ]
    assert table.lookup("Key", ["x"]) == [row for row in by_id if row["Key"] in "xX"]


@given(WRITES, WRITES)
def test_orders_and_indexes_follow_the_rows(first: list[Write], second: list[Write]) -> None:
    store = Store()
    apply(store, first)
    check(store.tables["Account"])
    apply(store, second)
    check(store.tables["Account"])


@given(WRITES, WRITES)
def test_a_transaction_that_fails_leaves_no_trace(first: list[Write], second: list[Write]) -> None:
    store = Store()
    apply(store, first)
    table = store.tables["Account"]
    check(table)
    before = dict(table.rows)

    def fail() -> None:
        with store.transaction():
            with store.transaction():
                apply(store, [write for write in second if write[0] != "load"])
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert table.rows == before
    check(table)


@pytest.mark.parametrize("text", ["0013h00000Fz0GzAAJ", "00D7F00000107XsUAI", "001A0000006Vm9uIAC"])
def test_the_checksum_gives_ids_seen_in_public_reports(text: str) -> None:
    assert long_id(text[:15]) == text
    assert long_id(text) == text


def test_minted_ids_sort_as_they_were_minted() -> None:
    minted = [mint("003", number) for number in range(1, 5000, 7)]
    assert minted == sorted(minted)
    assert len({text.lower() for text in minted}) == len(minted)
