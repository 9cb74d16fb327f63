"""`python -m bench`: measure, print the table, write bench/results.json."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from rich.console import Console

from bench.areas import Measure, Options
from bench.rows import Row, as_json, table, write_results

AREAS = ("salesforce", "hubspot", "emulators", "scoring", "sync", "service")
"""Modules of this package that each offer `measure`."""
RESULTS = Path(__file__).with_name("results.json")
WIDTH = 130
"""Columns of the table where the terminal has fewer."""


def main() -> None:
    """Parse the arguments, measure, report."""
    parser = argparse.ArgumentParser(prog="bench", description="Measure Shortlist against emulated CRMs.")
    parser.add_argument("--only", choices=AREAS, help="measure one area")
    parser.add_argument("--peers", action="store_true", help="run other tools beside ours (installs them)")
    parser.add_argument("--quick", action="store_true", help="a tenth of the records, one run each")
    parser.add_argument(
        "--size",
        choices=("S", "M", "L"),
        default="S",
        help="of the scored world (1, 10 or 100 million activities), of the synced one (2, 20, 100 thousand accounts)",
    )
    parser.add_argument("--json", action="store_true", help="print the rows as JSON instead of a table")
    arguments = parser.parse_args()
    notes = Console(stderr=True)
    options = Options(
        arguments.quick,
        arguments.peers,
        lambda text: notes.print(text, highlight=False, soft_wrap=True),
        arguments.size,
    )
    rows = _measured([arguments.only] if arguments.only else AREAS, options)
    write_results(RESULTS, rows)
    if arguments.json:
        sys.stdout.buffer.write(as_json(rows) + b"\n")
    elif rows:
        Console(width=max(Console().width, WIDTH)).print(table(rows))


def _measure(name: str) -> Measure:
    """Imported only now: every measured process imports this module, and need not carry all areas."""
    found: Measure = import_module(f"bench.{name}").measure
    return found


def _measured(names: Sequence[str], options: Options) -> list[Row]:
    rows = []
    for name in names:
        for row in _measure(name)(options):
            against = f" (peer: {row.peer})" if row.peer else ""
            options.say(f"{row.area}: {row.name}: {row.value:,.6g} {row.unit}{against}")
            rows.append(row)
    return rows


if __name__ == "__main__":
    main()
