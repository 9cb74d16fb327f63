"""SOQL as a tree, and its tokens. Positions are offsets into the query text, for error messages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from emulators.salesforce.errors import SalesforceError

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>'(?:[^'\\]|\\.)*')
    | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
    | (?P<date>\d{4}-\d\d-\d\d)
    | (?P<number>[+-]?\d+(?:\.\d+)?)
    | (?P<period>[A-Za-z][A-Za-z_]*:\d+)
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
    | (?P<symbol><=|>=|!=|<>|[=<>(),])
    )""",
    re.VERBOSE,
)
_SNIPPET_BEFORE = 40
_SNIPPET_AFTER = 40


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the query; `text` of a string keeps its quotes."""

    kind: str
    text: str
    at: int

    def word(self) -> str:
        """The text for comparison with a keyword."""
        return self.text.upper() if self.kind == "name" else ""


@dataclass(frozen=True, slots=True)
class Path:
    """A field, through relationships when it has more than one part; `function` is one of dates."""

    parts: tuple[str, ...]
    at: int
    function: str | None = None
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Aggregate:
    """COUNT(), COUNT(x), COUNT_DISTINCT, MIN, MAX, SUM or AVG."""

    function: str
    path: Path | None
    alias: str | None
    at: int


@dataclass(frozen=True, slots=True)
class FieldSet:
    """FIELDS(ALL), FIELDS(STANDARD) or FIELDS(CUSTOM)."""

    which: str
    at: int


@dataclass(frozen=True, slots=True)
class Children:
    """(SELECT … FROM relationship …): a list of child records inside a row."""

    query: Query


@dataclass(frozen=True, slots=True)
class TypeOf:
    """TYPEOF relationship WHEN type THEN fields … ELSE fields END."""

    relationship: str
    cases: tuple[tuple[str, tuple[Path, ...]], ...]
    otherwise: tuple[Path, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Constant:
    """A value in the query: kind string, number, date, datetime, boolean, null or period (LAST_WEEK)."""

    kind: str
    value: Any
    at: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """field operator value; for IN and INCLUDES the value is a tuple of literals. HAVING has aggregates."""

    path: Path | Aggregate
    operator: str
    values: tuple[Constant, ...]


@dataclass(frozen=True, slots=True)
class SemiJoin:
    """field [NOT] IN (SELECT …)."""

    path: Path
    operator: str
    query: Query


@dataclass(frozen=True, slots=True)
class Junction:
    """AND, OR over several conditions, or NOT over one."""

    kind: Literal["AND", "OR", "NOT"]
    parts: tuple[Condition, ...]


Condition = Comparison | SemiJoin | Junction
SelectItem = Path | Aggregate | TypeOf | FieldSet | Children


@dataclass(frozen=True, slots=True)
class Order:
    """One ORDER BY item."""

    item: Path | Aggregate
    descending: bool
    nulls_last: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A whole SELECT; `alias` is the queried object's, `scope` what USING SCOPE says."""

    text: str
    select: tuple[SelectItem, ...]
    object_name: str
    object_at: int
    where: Condition | None
    group_by: tuple[Path, ...]
    order_by: tuple[Order, ...]
    limit: int | None
    offset: int
    having: Condition | None = None
    alias: str | None = None
    scope: str | None = None


def tokens_of(text: str) -> list[Token]:
    """The tokens of a query, an `eof` at the end. Raises MALFORMED_QUERY at what is no token."""
    tokens: list[Token] = []
    position = 0
    end = len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            at = position + len(text[position:]) - len(text[position:].lstrip())
            raise query_error("MALFORMED_QUERY", f"unexpected token: '{text[at]}'", text, at)
        kind = match.lastgroup
        tokens.append(Token(kind, match.group(kind), match.start(kind)))
        position = match.end()
    tokens.append(Token("eof", "<EOF>", end))
    return tokens


def query_error(code: str, reason: str, text: str, at: int) -> SalesforceError:
    """An error that shows the place in the query, in the words and layout of Salesforce."""
    # Assumption: how much of a long query is shown is not known. In the recorded errors it begins and ends
    # with whole words less than 40 characters from the place.
    row = text.count("\n", 0, at) + 1
    line_at = text.rfind("\n", 0, at) + 1
    line = text[line_at:].partition("\n")[0]
    column = at - line_at
    start = _word_start(line, column - _SNIPPET_BEFORE)
    end = _word_end(line, column + _SNIPPET_AFTER, column)
    caret = " " * (column - start) + "^"
    place = f"ERROR at Row:{row}:Column:{column + 1}"
    return SalesforceError(code, f"\n{line[start:end]}\n{caret}\n{place}\n{reason}")


def _word_start(line: str, earliest: int) -> int:
    """The first beginning of a word from `earliest` on; the line's beginning when it is near enough."""
    if earliest <= 0:
        return 0
    blank = line.find(" ", earliest - 1)
    return earliest if blank < 0 or blank - earliest >= _SNIPPET_BEFORE else blank + 1


def _word_end(line: str, latest: int, column: int) -> int:
    if latest >= len(line):
        return len(line)
    blank = line.rfind(" ", column + 1, latest + 1)
    return latest if blank < 0 else blank
