"""The picture of who may import whom is checked, and the check itself is tried on planted violations."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
OURS = PROJECT["tool"]["importlinter"]["root_packages"]
_LINT = "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of our packages, to plant violations in."""
    copy = tmp_path_factory.mktemp("tree")
    for package in OURS:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def lint(tree: Path) -> tuple[bool, str]:
    """Whether the contracts are kept, and what the linter says."""
    done = subprocess.run(
        [sys.executable, "-c", _LINT], cwd=tree, capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode == 0, done.stdout + done.stderr


def test_the_contracts_are_kept(tree: Path) -> None:
    is_kept, said = lint(tree)
    assert is_kept, said
    assert "0 broken" in said


@pytest.mark.parametrize(
    ("module", "statement", "contract"),
    [
        ("scoring/fit.py", "import store.sql", "Layers"),
        ("core/clock.py", "import store.database", "Layers"),
        ("emulators/__init__.py", "import core.clock", "The emulators share nothing"),
        ("sync/plan.py", "import emulators", "Only the composition root starts emulators"),
        (
            "connectors/hubspot/__init__.py",
            "import connectors.salesforce",
            "Salesforce and HubSpot never meet",
        ),
        ("core/config.py", "import requests", "The core is pure"),
        ("sync/pull.py", "import sqlalchemy", "Only the store speaks SQL"),
        ("sync/push.py", "import tenacity", "Vendor SDKs and HTTP stay inside the connectors"),
    ],
)
def test_a_planted_violation_is_found(tree: Path, module: str, statement: str, contract: str) -> None:
    path = tree / module
    before = path.read_text(encoding="utf-8")
    path.write_text(f"{before}\n{statement}  # planted\n", encoding="utf-8")
    try:
        is_kept, said = lint(tree)
    finally:
        path.write_text(before, encoding="utf-8")
    assert not is_kept
    broken = [line for line in said.splitlines() if line.endswith("BROKEN")]
    assert any(line.startswith(contract) for line in broken), said


def test_every_package_of_the_wheel_is_under_the_contracts() -> None:
    assert set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == set(OURS)


def test_no_other_distribution_claims_our_names() -> None:
    """The packages are plain top-level ones; a dependency with the same name would hide them."""
    claims = [
        f"{distribution.name}: {file}"
        for distribution in distributions()
        if distribution.name != PROJECT["project"]["name"]
        for file in distribution.files or ()
        if file.parts[0].removesuffix(".py") in OURS
    ]
    assert claims == []


def _folders(root: Path) -> Iterator[Path]:
    for path in root.rglob("*.py"):
        if "__pycache__" not in path.parts:
            yield path.parent


def test_every_folder_of_tests_is_a_package() -> None:
    assert [folder for folder in set(_folders(ROOT / "tests")) if not (folder / "__init__.py").exists()] == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_locks_pin_every_package_by_hash_and_name_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"https?:|--(extra-)?index-url|--find-links|--trusted-host|\s@\s", text)
    entries = [entry for entry in re.split(r"\n(?=\S)", text.strip()) if not entry.startswith("#")]
    assert len(entries) > 20
    for entry in entries:
        assert re.match(r"[a-z0-9._-]+==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry


def test_the_development_lock_pins_what_the_runtime_lock_pins() -> None:
    pins = [
        set(re.findall(r"^([a-z0-9._-]+==\S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))
        for name in ("requirements.lock", "requirements-dev.lock")
    ]
    assert pins[0] <= pins[1]


def test_only_the_outer_edge_reads_the_clock() -> None:
    """Time is an argument: system_clock is the one call of now(), and only the composition root uses it."""
    calls = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for package in OURS
        if package not in ("shortlist", "emulators")
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in ("now", "utcnow", "today")
        and _is_clock(node.value)
    ]
    assert [call.partition(":")[0] for call in calls] == ["core/clock.py"]


def _is_clock(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("datetime", "date")
