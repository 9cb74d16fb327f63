"""A copy of the source in which one file at a time is changed, and one test run on it in a process of its own.

The processes are forks of this one, which has loaded what mutants never change: that is half the time of a run.
"""

import compileall
import os
import re
import shutil
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from py_compile import PycInvalidationMode
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple
from xml.etree import ElementTree as ET

import pytest

from tests.mutants.entries import ROOT, Mutant, StaleError, mutated

_PATIENCE_SECONDS = 300
_PASSED, _FAILED = 0, 1
_OUTPUT = "output.txt"
_NOT_COPIED = shutil.ignore_patterns("__pycache__")
_LOADED = (
    *("alembic", "cryptography.fernet", "flask", "jwt", "numpy", "orjson", "publicsuffixlist", "pydantic"),
    *(
        "rapidfuzz",
        "requests",
        "sqlmodel",
        "tenacity",
        "waitress",
        "hubspot.crm.objects",
        "simple_salesforce",
    ),
    *("emulators.salesforce", "emulators.hubspot", "hypothesis.strategies", "_hypothesis_pytestplugin"),
)
_OPTIONS = (
    *("-q", "-n0", "-p", "no:cacheprovider"),
    *(
        "-W",
        "ignore:Module already imported:pytest.PytestAssertRewriteWarning",
    ),  # pytest's plugins are loaded before
)
_MEANT = re.compile(r"assert\b|AssertionError|Failed: |(core|connectors|store|sync)\.")

Outcome = Literal["passed", "failed", "broke"]


class Run(NamedTuple):
    """How a test ended. failed: by an assertion or an error of ours; broke: otherwise, or not at all."""

    outcome: Outcome
    words: str
    seconds: float


@dataclass(frozen=True)
class Copy:
    """The packages and the tests, compiled, below `root`."""

    root: Path

    def demand_sound(self, tests: Sequence[str]) -> None:
        """Run tests on the code as it is; raises StaleError where one fails already, or is not there."""
        distinct = list(dict.fromkeys(tests))
        if self._run(*distinct, patience=len(distinct) * _PATIENCE_SECONDS) is None:
            raise StaleError("The tests do not end on the code as it is.")
        failing = [
            f"{case.get('classname')}.{case.get('name')} fails without a mutant: {found[0].get('message')}"
            for case in self._told().iter("testcase")
            if (found := [*case.iter("failure"), *case.iter("error")])
        ]
        if failing:
            raise StaleError("\n".join(failing))

    def run(self, test: str) -> Run:
        """Run a test, to its first failure; raises StaleError where there is no such test."""
        began = time.monotonic()
        code = self._run("-x", test)
        seconds = time.monotonic() - began
        if code is None:
            return Run("broke", f"did not end in {_PATIENCE_SECONDS} s", seconds)
        return Run(*self._outcome(is_passed=code == _PASSED), seconds)

    @contextmanager
    def without(self, mutant: Mutant) -> Iterator[None]:
        """The guard is taken out for so long."""
        path = self.root / mutant.file
        before, changed = path.read_text(), mutated(mutant, self.root)
        path.write_text(changed)
        try:
            yield
        finally:
            path.write_text(before)

    def _outcome(self, *, is_passed: bool) -> tuple[Outcome, str]:
        """What pytest's report tells; a fixture that fails proves nothing of the test."""
        if is_passed:
            return "passed", ""
        told = self._told()
        failure = told.find(".//failure")
        found = told.find(".//error") if failure is None else failure
        words = "" if found is None else found.get("message", "")
        return ("failed" if failure is not None and _MEANT.match(words) else "broke"), words

    def _told(self) -> ET.Element:
        return ET.parse(self._report).getroot()  # noqa: S314 written by the pytest that we started

    @property
    def _report(self) -> Path:
        return self.root / "report.xml"

    def _run(self, *arguments: str, patience: float = _PATIENCE_SECONDS) -> int | None:
        """How pytest exits; None where it took too long. Raises StaleError where it could not begin."""
        self._report.unlink(missing_ok=True)
        options = (*_OPTIONS, f"--junitxml={self._report}", *arguments)
        process = get_context("fork").Process(target=_become_pytest, args=(self.root, options))
        process.start()
        process.join(patience)
        if process.is_alive():
            process.kill()
            process.join()
            return None
        if process.exitcode not in (_PASSED, _FAILED):
            words = (self.root / _OUTPUT).read_text().strip().splitlines()[-3:]
            raise StaleError(f"pytest cannot run {' '.join(arguments)}: {' '.join(words)}")
        return process.exitcode


@contextmanager
def copied() -> Iterator[Copy]:
    """A copy of the tree this file is in; the tree itself is never changed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    with TemporaryDirectory(prefix="shortlist-mutants-") as folder:
        root = Path(folder)
        shutil.copy(ROOT / "pyproject.toml", root)
        for package in (*packages, "tests"):
            shutil.copytree(ROOT / package, root / package, ignore=_NOT_COPIED)
        # By content, not by time: a mutant may be as long as the file, and made within the same second.
        compileall.compile_dir(root, quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH)
        _load()
        yield Copy(root)


def _load() -> None:
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # a process with threads should not fork
    for name in _LOADED:
        import_module(name)


def _become_pytest(root: Path, arguments: Sequence[str]) -> None:
    """In the fork: see the copy only, and run."""
    output = os.open(root / _OUTPUT, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
        del sys.modules[name]
    sys.path[:] = [str(root), *(path for path in sys.path if Path(path) != ROOT)]
    sys.dont_write_bytecode = True
    # CI makes property tests draw the same examples each time; the others are for the processes that a test starts.
    os.environ |= {"CI": "1", "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_ADDOPTS": ""}
    os.chdir(root)
    sys.exit(pytest.main(list(arguments)))
