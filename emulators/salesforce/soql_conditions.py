"""Conditions of WHERE and HAVING, from tokens to tree."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from emulators.salesforce.soql_items import column, field_item
from emulators.salesforce.soql_syntax import (
    Aggregate,
    Comparison,
    Condition,
    Constant,
    Junction,
    Path,
    Query,
    SemiJoin,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulators.salesforce.soql_stream import Stream

_OPERATORS = frozenset(["=", "!=", "<>", "<", "<=", ">", ">="])
_JUNCTIONS: tuple[Literal["AND"], Literal["OR"]] = ("AND", "OR")
_PERIODS = frozenset(
    f"{which}_{unit}"
    for which in ("LAST", "THIS", "NEXT")
    for unit in ("WEEK", "MONTH", "QUARTER", "YEAR", "FISCAL_QUARTER", "FISCAL_YEAR")
) | {"YESTERDAY", "TODAY", "TOMORROW", "LAST_90_DAYS", "NEXT_90_DAYS"}
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)


def unescape(quoted: str) -> str:
    r"""The value of a quoted string; `\%` and `\_` keep their backslash for LIKE."""

    def replaced(match: re.Match[str]) -> str:
        code = match.group(1)
        if code[0] == "u" and len(code) > 1:
            return chr(int(code[1:], 16))
        return match.group(0) if code in "%_" else _ESCAPES.get(code, code)

    return _ESCAPE.sub(replaced, quoted[1:-1])


def condition(stream: Stream, subquery: Callable[[Stream], Query], *, having: bool = False) -> Condition:
    """Conditions joined by AND or by OR; where both meet Salesforce asks for parentheses."""

    def joined() -> Condition:
        first = negation()
        for kind in _JUNCTIONS:
            parts = [first]
            while stream.accept(kind):
                parts.append(negation())
            if len(parts) > 1:
                return Junction(kind, tuple(parts))
        return first

    def negation() -> Condition:
        if stream.accept("NOT"):
            return Junction("NOT", (negation(),))
        if stream.accept("("):
            inner = joined()
            stream.expect(")")
            return inner
        return _comparison(stream, column(stream) if having else field_item(stream), subquery)

    return joined()


def _comparison(
    stream: Stream, path: Path | Aggregate, subquery: Callable[[Stream], Query]
) -> Comparison | SemiJoin:
    if stream.accept("NOT", "IN"):
        return _membership(stream, path, "NOT IN", subquery)
    for word in ("IN", "INCLUDES", "EXCLUDES"):
        if stream.accept(word):
            return _membership(stream, path, word, subquery)
    if stream.accept("LIKE"):
        return Comparison(path, "LIKE", (_literal(stream),))
    if stream.next.text not in _OPERATORS:
        raise stream.unexpected()
    operator = stream.take().text
    return Comparison(path, "!=" if operator == "<>" else operator, (_literal(stream),))


def _membership(
    stream: Stream, path: Path | Aggregate, operator: str, subquery: Callable[[Stream], Query]
) -> Comparison | SemiJoin:
    stream.expect("(")
    if stream.next.word() == "SELECT" and isinstance(path, Path) and operator.endswith("IN"):
        inner = subquery(stream)
        stream.expect(")")
        return SemiJoin(path, operator, inner)
    values = stream.comma_list(lambda: _literal(stream))
    stream.expect(")")
    return Comparison(path, operator, values)


def _literal(stream: Stream) -> Constant:
    token = stream.take()
    if token.kind == "string":
        return Constant("string", unescape(token.text), token.at)
    if token.kind == "number":
        return Constant("number", float(token.text), token.at)
    if token.kind in ("date", "datetime"):
        return Constant(token.kind, token.text, token.at)
    if token.word() in ("TRUE", "FALSE"):
        return Constant("boolean", token.word() == "TRUE", token.at)
    if token.word() == "NULL":
        return Constant("null", None, token.at)
    if token.kind == "period" or token.word() in _PERIODS:
        return Constant("period", token.text.upper(), token.at)
    raise stream.unexpected(token)
