"""`python -m tests.mutants`: take each guard out of a copy of the code and see that the test of its fault fails.

Ends with 0 where every mutant was killed, 1 where one survived, 2 where an entry does not fit the code any more
or its test fails without a mutant.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from tests.mutants.copies import Run, copied
from tests.mutants.entries import Mutant, StaleError, mutants

_WIDTH = 150
_VERDICTS = {"failed": "killed", "passed": "SURVIVED", "broke": "BROKE"}
"""Of a mutant, by how its test ended. One that broke shows nothing about the test."""


class Verdict(NamedTuple):
    """What became of a mutant."""

    mutant: Mutant
    run: Run

    @property
    def word(self) -> str:
        return _VERDICTS[self.run.outcome]


def main() -> int:
    """Parse the arguments, run, report."""
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__)
    parser.add_argument(
        "--only",
        action="append",
        metavar="WORD",
        help="a fault (F01) or part of a test's id; may be repeated",
    )
    parser.add_argument("--json", action="store_true", help="print the verdicts as JSON instead of a table")
    arguments = parser.parse_args()
    chosen = [mutant for mutant in mutants() if _is_chosen(mutant, arguments.only)]
    notes = Console(stderr=True)
    try:
        verdicts = _judged(chosen, notes)
    except StaleError as error:
        notes.print(str(error), markup=False, highlight=False, soft_wrap=True)
        return 2
    sys.stdout.write(_as_json(verdicts) if arguments.json else "")
    if not arguments.json:
        Console(width=max(Console().width, _WIDTH)).print(_table(verdicts))
    return int(any(verdict.word != "killed" for verdict in verdicts))


def _is_chosen(mutant: Mutant, words: Sequence[str] | None) -> bool:
    return not words or any(word == mutant.fault or word in mutant.test for word in words)


def _judged(chosen: Sequence[Mutant], notes: Console) -> list[Verdict]:
    """One mutant after the other; raises StaleError."""
    verdicts = []
    with copied() as copy:
        copy.demand_sound([mutant.test for mutant in chosen])
        for mutant in chosen:
            with copy.without(mutant):
                verdict = Verdict(mutant, copy.run(mutant.test))
            text = f"{mutant.fault} {verdict.word}: {mutant.guard}"
            notes.print(text, markup=False, highlight=False, soft_wrap=True)
            verdicts.append(verdict)
    return verdicts


def _as_json(verdicts: Sequence[Verdict]) -> str:
    rows = [
        {
            **one.mutant._asdict(),
            "verdict": one.word,
            "words": one.run.words,
            "seconds": round(one.run.seconds, 2),
        }
        for one in verdicts
    ]
    return json.dumps(rows, indent=2) + "\n"


def _table(verdicts: Sequence[Verdict]) -> Table:
    killed = sum(one.word == "killed" for one in verdicts)
    table = Table(title=f"{killed} of {len(verdicts)} mutants killed")
    for name in ("fault", "the guard that is taken out", "of", "", "s"):
        table.add_column(name)
    for one in verdicts:
        table.add_row(
            one.mutant.fault,
            one.mutant.guard,
            one.mutant.file,
            one.word,
            f"{one.run.seconds:.1f}",
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
