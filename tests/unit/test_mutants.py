"""The mutants fit the code: their texts, their tests and the number of each fault (`make mutants` runs them)."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.mutants.entries import ROOT, Mutant, StaleError, mutants, mutated

MUTANTS = mutants()
EACH = pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.fault}: {mutant.guard}")


@cache
def names_in(file: str) -> set[str]:
    """The test functions of a file."""
    tree = ast.parse((ROOT / file).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@EACH
def test_each_mutant_s_text_stands_once_in_its_file_and_what_it_becomes_compiles(mutant: Mutant) -> None:
    assert mutated(mutant) != (ROOT / mutant.file).read_text()


@EACH
def test_each_mutant_changes_the_product_and_neither_a_test_nor_an_emulator(mutant: Mutant) -> None:
    assert mutant.file.partition("/")[0] not in ("tests", "emulators", "bench")


@EACH
def test_each_mutant_s_test_is_there_and_is_about_its_fault(mutant: Mutant) -> None:
    file, _, name = mutant.test.partition("::")
    name = name.partition("[")[0]
    assert name in names_in(file)
    assert f"_{mutant.fault.lower()}_" in name


def test_no_mutant_is_listed_twice() -> None:
    assert len({(one.file, one.text, one.becomes, one.test) for one in MUTANTS}) == len(MUTANTS)


@pytest.mark.parametrize(("crm", "least"), [("salesforce", 20), ("hubspot", 15)])
def test_so_many_faults_of_each_crm_have_a_mutant(crm: str, least: int) -> None:
    assert len({one.fault for one in MUTANTS if crm in one.test}) >= least


@pytest.mark.parametrize(
    ("text", "becomes", "words"),
    [("a = 1", "a = 2", "2 times"), ("c = 1", "c = 2", "0 times"), ("b = 1", "b = (", "not compile")],
)
def test_an_entry_that_does_not_fit_is_named(tmp_path: Path, text: str, becomes: str, words: str) -> None:
    (tmp_path / "some.py").write_text("a = 1\nb = 1\na = 1\n")
    stale = Mutant("F99", "A guard", "some.py", text, becomes, "test_some.py::test_f99_it")
    with pytest.raises(StaleError, match=f"F99: .*{words}"):
        mutated(stale, tmp_path)
