"""Rules of this project that no linter knows: `python -m tests.house_rules` prints each place that breaks one.

A rule names what is forbidden, why, and the modules that may. `make check` runs it.
"""

import ast
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PACKAGES = ("core", "connectors", "scoring", "store", "sync", "webhooks", "dashboard", "shortlist")
_CLOCKS = frozenset(
    {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
)

_VERIFIES = frozenset({"verify", "verify_ssl", "check_hostname", "assert_hostname"})


class Rule(NamedTuple):
    """`breaks` says whether a node is forbidden; `allowed` are the beginnings of paths where it is not."""

    words: str
    breaks: Callable[[ast.AST], bool]
    allowed: tuple[str, ...] = ()


class Finding(NamedTuple):
    """A place that breaks a rule."""

    path: str
    line: int
    words: str


def _called(node: ast.AST) -> str:
    """`time.sleep` for a call of it, with no more than the last two names; else nothing."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return ""
    owner = node.func.value
    name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
    return f"{name}.{node.func.attr}"


def _reads_the_clock(node: ast.AST) -> bool:
    return _called(node) in _CLOCKS


def _takes_the_system_clock(node: ast.AST) -> bool:
    return isinstance(node, ast.ImportFrom) and "system_clock" in {one.name for one in node.names}


def _sleeps(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and ast.unparse(node) == "time.sleep"


def _builds_a_query(node: ast.AST) -> bool:
    """A text that begins with SELECT and has values put into it other than by format_soql."""
    if not isinstance(node, ast.JoinedStr) or not node.values:
        return False
    first = node.values[0]
    return isinstance(first, ast.Constant) and str(first.value).lstrip().upper().startswith("SELECT ")


def _pickles_jobs(node: ast.AST) -> bool:
    """An APScheduler job store other than the memory's; the others unpickle what a database says."""
    if isinstance(node, ast.ImportFrom):
        module = node.module or ""
        return module.startswith("apscheduler.jobstores.") and not module.endswith((".memory", ".base"))
    names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
    return any(name.split(".")[0] in ("pickle", "shelve", "dill", "marshal") for name in names)


def _skips_verification(node: ast.AST) -> bool:
    """Anything that lets a connection by TLS go on with a certificate that nobody vouches for."""
    if isinstance(node, ast.keyword):
        return node.arg in _VERIFIES and _is_false(node.value)
    if isinstance(node, ast.Assign) and _is_false(node.value):
        return any(isinstance(one, ast.Attribute) and one.attr in _VERIFIES for one in node.targets)
    named = (getattr(node, name, None) for name in ("attr", "id", "value"))
    return any(name in ("CERT_NONE", "_create_unverified_context", "disable_warnings") for name in named)


def _is_false(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value in (False, 0)


def _runs_a_text(node: ast.AST) -> bool:
    """A call of what takes a text for a program."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("eval", "exec", "compile", "__import__")
    )


def _writes_a_sheet(node: ast.AST) -> bool:
    return _called(node) in ("csv.writer", "csv.DictWriter") or _called(node).endswith(
        (".to_csv", ".to_excel")
    )


RULES = (
    Rule(
        "Only core/clock.py reads the clock; take `now` as an argument", _reads_the_clock, ("core/clock.py",)
    ),
    Rule(
        "Only the outer loop knows the system's clock; take a Clock as an argument",
        _takes_the_system_clock,
        ("shortlist/", "connectors/transport.py"),
    ),
    Rule("Only the transport sleeps", _sleeps, ("connectors/transport.py",)),
    Rule(
        "SOQL is made by connectors/salesforce/soql.py or format_soql (S20)",
        _builds_a_query,
        ("connectors/salesforce/soql.py", "store/", "shortlist/demo/"),
    ),
    Rule("The other side of a TLS connection is always verified (S18)", _skips_verification),
    Rule(
        "No sheet is written for people; a cell of CRM text that begins with = + - @ would be a formula (S34)",
        _writes_a_sheet,
    ),
    Rule("No text is run as a program; rules of a model are data (S21)", _runs_a_text),
    Rule("Nothing is unpickled, and jobs live in memory only (S40)", _pickles_jobs),
)


def findings(root: Path) -> Iterator[Finding]:
    """Every place below a root that breaks a rule."""
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            yield from _of_file(path, path.relative_to(root).as_posix())


def _of_file(path: Path, name: str) -> Iterator[Finding]:
    rules = [rule for rule in RULES if not name.startswith(rule.allowed or ("\0",))]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for rule in rules:
            if rule.breaks(node):
                yield Finding(name, getattr(node, "lineno", 0), rule.words)


def main() -> int:
    """Print the findings; 1 where there are any."""
    found = list(findings(ROOT))
    for one in found:
        sys.stderr.write(f"{one.path}:{one.line}: {one.words}.\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
