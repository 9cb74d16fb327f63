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
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
    | (?P<symbol><=|>=|!=|<>|[=<>(),])
    )""",
    re.VERBOSE,
)
_SNIPPET_BEFORE = 60
_SNIPPET_AFTER = 60


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
    """A field, through relationships when it has more than one part."""

    parts: tuple[str, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Aggregate:
    """COUNT(), COUNT(x), COUNT_DISTINCT, MIN, MAX, SUM or AVG."""

    function: str
    path: Path | None
    alias: str | None
    at: int


@dataclass(frozen=True, slots=True)
class TypeOf:
    """TYPEOF relationship WHEN type THEN fields … ELSE fields END."""

    relationship: str
    cases: tuple[tuple[str, tuple[Path, ...]], ...]
    otherwise: tuple[Path, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Constant:
    """A value in the query: kind string, number, date, datetime, boolean or null."""

    kind: str
    value: Any
    at: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """field operator value; for IN and INCLUDES the value is a tuple of literals."""

    path: Path
    operator: str
    values: tuple[Constant, ...]


@dataclass(frozen=True, slots=True)
class Junction:
    """AND, OR over several conditions, or NOT over one."""

    kind: Literal["AND", "OR", "NOT"]
    parts: tuple[Condition, ...]


Condition = Comparison | Junction
SelectItem = Path | Aggregate | TypeOf


@dataclass(frozen=True, slots=True)
class Order:
    """One ORDER BY item."""

    item: Path | Aggregate
    descending: bool
    nulls_last: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A whole SELECT."""

    text: str
    select: tuple[SelectItem, ...]
    object_name: str
    object_at: int
    where: Condition | None
    group_by: tuple[Path, ...]
    order_by: tuple[Order, ...]
    limit: int | None
    offset: int


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
    # Assumption: how much of a long query is shown is not known; the layout and the column are recorded.
    start = max(0, at - _SNIPPET_BEFORE)
    line = text[start : at + _SNIPPET_AFTER].replace("\n", " ")
    caret = " " * (at - start) + "^"
    return SalesforceError(code, f"\n{line}\n{caret}\nERROR at Row:1:Column:{at + 1}\n{reason}")
