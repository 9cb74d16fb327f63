"""One measured figure a row: judged against its goal, shown as a table, written as JSON."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
from rich.table import Table

_VERDICTS = {True: "yes", False: "NO", None: ""}
_FEW_DIGITS_FROM = 100


@dataclass(frozen=True, slots=True)
class Row:
    """A figure. `ok` is None where there is no goal; a peer row names it and its multiple of ours."""

    area: str
    name: str
    value: float
    unit: str
    goal: float | None = None
    ok: bool | None = None
    peer: str | None = None
    ratio: float | None = None


def figure(
    area: str,
    name: str,
    value: float,
    unit: str,
    *,
    at_most: float | None = None,
    at_least: float | None = None,
) -> Row:
    """One of our own figures, with one goal or none."""
    if at_most is not None:
        return Row(area, name, value, unit, at_most, value <= at_most)
    if at_least is not None:
        return Row(area, name, value, unit, at_least, value >= at_least)
    return Row(area, name, value, unit)


def compared(ours: Row, value: float, peer: str) -> Row:
    """What a peer needed for the same work in the same run, and how many times our figure that is."""
    return Row(ours.area, ours.name, value, ours.unit, peer=peer, ratio=value / ours.value)


def write_results(path: Path, rows: Sequence[Row]) -> None:
    """Write the rows as a JSON list, replacing an earlier one."""
    path.write_bytes(as_json(rows) + b"\n")


def as_json(rows: Sequence[Row]) -> bytes:
    """The rows as an indented JSON list."""
    return orjson.dumps([asdict(row) for row in rows], option=orjson.OPT_INDENT_2)


def table(rows: Sequence[Row]) -> Table:
    """The rows for people."""
    shown = Table()
    for heading, justify in (("area", "left"), ("figure", "left"), ("value", "right"), ("unit", "left")):
        shown.add_column(heading, justify=justify)  # type: ignore[arg-type]  # a literal of two
    for heading in ("goal", "met", "peer", "times ours"):
        shown.add_column(heading)
    for row in rows:
        goal = "" if row.goal is None else short(row.goal)
        ratio = "" if row.ratio is None else f"{row.ratio:.1f}"
        cells = (row.area, row.name, short(row.value), row.unit, goal, _VERDICTS[row.ok], row.peer or "")
        shown.add_row(*cells, ratio)
    return shown


def short(value: float) -> str:
    """A number as people read it: whole from 100 on, else three digits that count."""
    return f"{value:,.0f}" if abs(value) >= _FEW_DIGITS_FROM else f"{value:.3g}"
