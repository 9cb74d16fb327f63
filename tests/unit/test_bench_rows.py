"""The bench's rows: judged against goals, held against peers, shown and written."""

from pathlib import Path

import orjson
import pytest
from rich.console import Console

from bench.rows import Row, as_json, compared, figure, short, table, write_results


@pytest.mark.parametrize(("value", "ok"), [(1.9, True), (2.0, True), (2.0001, False)])
def test_a_goal_to_stay_under_includes_the_goal_itself(value: float, ok: bool) -> None:  # noqa: FBT001 a case
    row = figure("hubspot", "pull", value, "CPU s", at_most=2.0)

    assert (row.goal, row.ok) == (2.0, ok)


@pytest.mark.parametrize(("value", "ok"), [(97.0, True), (99.0, True), (96.99, False)])
def test_a_goal_to_reach_includes_the_goal_itself(value: float, ok: bool) -> None:  # noqa: FBT001 a case
    row = figure("hubspot", "rate", value, "%", at_least=97)

    assert (row.goal, row.ok) == (97, ok)


def test_a_goal_of_zero_is_a_goal() -> None:
    assert figure("sync", "writes", 0, "calls", at_most=0).ok is True
    assert figure("sync", "writes", 1, "calls", at_most=0).ok is False


def test_without_a_goal_there_is_no_verdict() -> None:
    assert figure("sync", "wall", 3.0, "s") == Row("sync", "wall", 3.0, "s", None, None, None, None)


def test_a_peer_has_its_own_value_and_our_multiple_but_never_our_goal() -> None:
    ours = figure("hubspot", "pull", 2.0, "CPU s", at_most=1.0)

    assert compared(ours, 15.0, "other 1.0") == Row(
        "hubspot", "pull", 15.0, "CPU s", goal=None, ok=None, peer="other 1.0", ratio=7.5
    )


def test_results_are_a_list_with_every_key_in_every_row(tmp_path: Path) -> None:
    ours = figure("hubspot", "pull", 2.0, "CPU s", at_most=2.0)
    file = tmp_path / "results.json"
    file.write_text("what an earlier run left")

    write_results(file, [ours, compared(ours, 3.0, "other")])

    keys = {"area", "name", "value", "unit", "goal", "ok", "peer", "ratio"}
    rows = orjson.loads(file.read_bytes())
    assert [set(row) for row in rows] == [keys, keys]
    assert [(row["ok"], row["peer"], row["ratio"]) for row in rows] == [
        (True, None, None),
        (None, "other", 1.5),
    ]


def test_no_rows_are_an_empty_list() -> None:
    assert orjson.loads(as_json([])) == []


def test_the_table_shows_misses_loudly_and_leaves_out_what_there_is_not() -> None:
    missed = figure("hubspot", "pull", 3.0, "CPU s", at_most=2.0)
    console = Console(width=120, record=True, quiet=False, file=None)
    with console.capture() as captured:
        console.print(table([missed, compared(missed, 30.0, "other")]))

    lines = [line for line in captured.get().splitlines() if "pull" in line]
    cells = [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]
    assert cells == [
        ["hubspot", "pull", "3", "CPU s", "2", "NO", "", ""],
        ["hubspot", "pull", "30", "CPU s", "", "", "other", "10.0"],
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.0003, "0.0003"), (1.91537, "1.92"), (96.71, "96.7"), (101_000, "101,000"), (100.4, "100")],
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert short(value) == text
