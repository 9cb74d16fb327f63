"""The mutants fit the code: their texts, their tests and the number of each fault (`make mutants` runs them)."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.mutants.entries import ROOT, Mutant, StaleError, mutants, mutated

MUTANTS = mutants()
EACH = pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.fault}: {mutant.guard}")

TOUCHED = {
    "salesforce": "1-4 8-25 28-30 33-41 45-58 64-66",
    "hubspot": "1-8 12-15 24 26-27 31 33 37-39 41-44 46-51 53-63 66-74",
}
"""Numbers of the faults that a CRM can cause; the others are the engine's, or the service's."""
ON_BOTH = ("test_auth_faults.py", "test_both_crms_faults.py")
"""Files of tests that run on both emulated CRMs."""


def faults_of(crm: str) -> set[str]:
    """The faults that touch a CRM, as F01."""
    spans = [span.partition("-") for span in TOUCHED[crm].split()]
    return {f"F{n:02}" for first, _, last in spans for n in range(int(first), int(last or first) + 1)}


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
    assert len({one.fault for one in MUTANTS if crm in one.test} & faults_of(crm)) >= least


@pytest.mark.parametrize("crm", TOUCHED)
def test_each_fault_that_touches_a_crm_has_a_test_on_it(crm: str) -> None:
    files = [
        str(path.relative_to(ROOT))
        for folder in ("faults", "integration")
        for path in (ROOT / "tests" / folder).rglob("test_*.py")
    ]
    names = " ".join(
        name for file in files if crm in file or file.endswith(ON_BOTH) for name in names_in(file)
    )
    assert {fault for fault in faults_of(crm) if f"_{fault.lower()}_" not in names} == set()


@pytest.mark.parametrize(
    ("text", "becomes", "words"),
    [("a = 1", "a = 2", "2 times"), ("c = 1", "c = 2", "0 times"), ("b = 1", "b = (", "not compile")],
)
def test_an_entry_that_does_not_fit_is_named(tmp_path: Path, text: str, becomes: str, words: str) -> None:
    (tmp_path / "some.py").write_text("a = 1\nb = 1\na = 1\n")
    stale = Mutant("F99", "A guard", "some.py", text, becomes, "test_some.py::test_f99_it")
    with pytest.raises(StaleError, match=f"F99: .*{words}"):
        mutated(stale, tmp_path)
