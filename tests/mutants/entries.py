"""The mutants: what is taken out of which file, and the test that must notice. They stand in *.toml beside this."""

import tomllib
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]


class Mutant(NamedTuple):
    """One guard. `text` stands once in `file` (a path from the root) and `becomes` something without the guard.

    guard: what it keeps from happening, in words. test: a pytest node id; its name carries the fault's number.
    """

    fault: str
    guard: str
    file: str
    text: str
    becomes: str
    test: str


class StaleError(Exception):
    """An entry no longer fits the code."""


def mutants() -> list[Mutant]:
    """All entries, in the order of the faults."""
    found = [
        Mutant(**entry)
        for path in Path(__file__).parent.glob("*.toml")
        for entry in tomllib.loads(path.read_text())["mutant"]
    ]
    return sorted(found, key=lambda mutant: (mutant.fault, mutant.test))


def mutated(mutant: Mutant, root: Path = ROOT) -> str:
    """The file's source without the guard; raises StaleError where that cannot be made, or would not compile."""
    source = (root / mutant.file).read_text()
    if (times := source.count(mutant.text)) != 1:
        raise StaleError(f"{mutant.fault}: the text stands {times} times in {mutant.file}:\n{mutant.text}")
    changed = source.replace(mutant.text, mutant.becomes)
    try:
        compile(changed, mutant.file, "exec")
    except SyntaxError as error:
        raise StaleError(f"{mutant.fault}: {mutant.file} would not compile: {error}") from error
    return changed
