"""The table of the emulated Salesforce beside the plainest one there can be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emulators.salesforce.store import Record, Table

IDS = st.sampled_from("abcdef")
STAMPS = st.sampled_from(["2026-01-01", "2026-01-02", "2026-01-03"])
COLOURS = st.sampled_from(["red", "Red", "blue", None])


def record(record_id: str, stamp: str, colour: str | None) -> Record:
    row: Record = {"Id": record_id, "SystemModstamp": stamp, "Colour": colour}
    return {name: value for name, value in row.items() if value is not None}


RECORDS = st.builds(record, IDS, STAMPS, COLOURS)
STEPS = st.one_of(
    st.tuples(st.just("put"), RECORDS),
    st.tuples(st.just("many"), st.lists(RECORDS, max_size=3)),
    st.tuples(st.just("remove"), IDS),
    st.tuples(st.just("ask"), st.none()),
)


@given(st.lists(STEPS, max_size=25))
def test_a_table_always_answers_as_a_plain_dict_would(steps: list[tuple[str, object]]) -> None:
    table, plain = Table(), dict[str, Record]()
    for action, what in [*steps, ("ask", None)]:
        match action, what:
            case "put", dict():
                table.put(what)
                plain[what["Id"]] = what
            case "many", list():
                table.put_many(what)
                plain.update((row["Id"], row) for row in what)
            case "remove", str():
                table.remove(what)
                plain.pop(what, None)
            case _:
                check(table, list(plain.values()))


def check(table: Table, rows: list[Record]) -> None:
    by_id = sorted(rows, key=lambda row: row["Id"])
    by_stamp = sorted(rows, key=lambda row: (row["SystemModstamp"], row["Id"]))
    assert list(table.by_id()) == by_id
    assert list(table.by_stamp()) == by_stamp
    assert list(table.by_id("b", "d")) == [row for row in by_id if "b" <= row["Id"] <= "d"]
    low, high = "2026-01-02", "2026-01-02"
    assert list(table.by_stamp(low, high)) == [row for row in by_stamp if row["SystemModstamp"] == low]
    assert table.lookup("Colour", ["RED"]) == [row for row in by_id if row.get("Colour", "").lower() == "red"]
    assert table.lookup("Colour", [None]) == [row for row in by_id if "Colour" not in row]
