"""SOQL text to tree: a recursive descent over the tokens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, TypeVar

from emulators.salesforce.errors import SalesforceError
from emulators.salesforce.soql_syntax import (
    Aggregate,
    Comparison,
    Condition,
    Constant,
    Junction,
    Order,
    Path,
    Query,
    SelectItem,
    Token,
    TypeOf,
    query_error,
    tokens_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_FUNCTIONS = frozenset(["COUNT", "COUNT_DISTINCT", "MIN", "MAX", "SUM", "AVG"])
_OPERATORS = frozenset(["=", "!=", "<>", "<", "<=", ">", ">="])
_CLAUSES = frozenset(["FROM", "WHERE", "GROUP", "ORDER", "LIMIT", "OFFSET", "HAVING", "WITH", "FOR", "ALL"])
_DIRECTIONS = frozenset(["ASC", "DESC", "NULLS"])
_JUNCTIONS: tuple[Literal["AND"], Literal["OR"]] = ("AND", "OR")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_MAX_LENGTH = 100_000
_MAX_OFFSET = 2000

_Item = TypeVar("_Item")


def parse(text: str) -> Query:
    """The tree of a query. Raises MALFORMED_QUERY."""
    if len(text) > _MAX_LENGTH:
        # Assumption: the limit is documented, the text is not recorded.
        raise SalesforceError(
            "QUERY_TOO_COMPLICATED", f"SOQL statements cannot be longer than {_MAX_LENGTH} characters."
        )
    return _Parser(text).query()


def unescape(quoted: str) -> str:
    r"""The value of a quoted string; `\%` and `\_` keep their backslash for LIKE."""

    def replaced(match: re.Match[str]) -> str:
        code = match.group(1)
        if code[0] == "u" and len(code) > 1:
            return chr(int(code[1:], 16))
        return match.group(0) if code in "%_" else _ESCAPES.get(code, code)

    return _ESCAPE.sub(replaced, quoted[1:-1])


class _Parser:
    """The tokens and the place in them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens_of(text)
        self.position = 0

    @property
    def next(self) -> Token:
        return self.tokens[self.position]

    def take(self) -> Token:
        token = self.next
        self.position += 1
        return token

    def unexpected(self, token: Token | None = None) -> SalesforceError:
        token = token or self.next
        return query_error("MALFORMED_QUERY", f"unexpected token: '{token.text}'", self.text, token.at)

    def accept(self, *words: str) -> bool:
        """Take the given keywords or symbols if they are all next."""
        for ahead, word in enumerate(words):
            token = self.tokens[min(self.position + ahead, len(self.tokens) - 1)]
            if word not in (token.word(), token.text if token.kind == "symbol" else None):
                return False
        self.position += len(words)
        return True

    def expect(self, word: str) -> None:
        if not self.accept(word):
            raise self.unexpected()

    def query(self) -> Query:
        self.expect("SELECT")
        select = self.comma_list(self.select_item)
        self.expect("FROM")
        source = self.name()
        self.alias()
        where = self.condition() if self.accept("WHERE") else None
        group_by = self.comma_list(self.path) if self.accept("GROUP", "BY") else ()
        order_by = self.comma_list(self.order) if self.accept("ORDER", "BY") else ()
        limit = self.whole_number() if self.accept("LIMIT") else None
        offset = self.whole_number() if self.accept("OFFSET") else 0
        if self.accept("ALL", "ROWS") or self.next.kind != "eof":
            raise self.unexpected()
        if offset > _MAX_OFFSET:
            # Assumption: the limit is documented, code and text are not recorded.
            raise SalesforceError(
                "NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {_MAX_OFFSET}"
            )
        return Query(self.text, select, source.text, source.at, where, group_by, order_by, limit, offset)

    def comma_list(self, item: Callable[[], _Item]) -> tuple[_Item, ...]:
        items = [item()]
        while self.accept(","):
            items.append(item())
        return tuple(items)

    def name(self) -> Token:
        if self.next.kind != "name" or self.next.word() in _CLAUSES:
            raise self.unexpected()
        return self.take()

    def alias(self) -> str | None:
        """A bare word behind an item that is neither the next clause nor a direction."""
        if self.next.kind == "name" and self.next.word() not in _CLAUSES | _DIRECTIONS:
            return self.take().text
        return None

    def path(self) -> Path:
        token = self.name()
        return Path(tuple(token.text.split(".")), token.at)

    def select_item(self) -> SelectItem:
        if self.next.word() == "TYPEOF":
            return self.type_of()
        if self.next.word() in _FUNCTIONS and self.tokens[self.position + 1].text == "(":
            return self.aggregate()
        return self.path()

    def aggregate(self) -> Aggregate:
        function = self.take()
        self.expect("(")
        path = None if self.next.text == ")" and function.word() == "COUNT" else self.path()
        self.expect(")")
        return Aggregate(function.word(), path, self.alias(), function.at)

    def type_of(self) -> TypeOf:
        at = self.take().at
        relationship = self.name().text
        cases = []
        while self.accept("WHEN"):
            type_name = self.name().text
            self.expect("THEN")
            cases.append((type_name, self.comma_list(self.path)))
        if not cases:
            raise self.unexpected()
        otherwise = self.comma_list(self.path) if self.accept("ELSE") else ()
        self.expect("END")
        return TypeOf(relationship, tuple(cases), otherwise, at)

    def condition(self) -> Condition:
        """Conditions joined by AND or by OR; where both meet Salesforce asks for parentheses."""
        first = self.negation()
        for kind in _JUNCTIONS:
            parts = [first]
            while self.accept(kind):
                parts.append(self.negation())
            if len(parts) > 1:
                return Junction(kind, tuple(parts))
        return first

    def negation(self) -> Condition:
        if self.accept("NOT"):
            return Junction("NOT", (self.negation(),))
        if self.accept("("):
            condition = self.condition()
            self.expect(")")
            return condition
        return self.comparison()

    def comparison(self) -> Comparison:
        path = self.path()
        if self.accept("NOT", "IN"):
            return Comparison(path, "NOT IN", self.literals())
        for word in ("IN", "INCLUDES", "EXCLUDES"):
            if self.accept(word):
                return Comparison(path, word, self.literals())
        if self.accept("LIKE"):
            return Comparison(path, "LIKE", (self.literal(),))
        if self.next.text not in _OPERATORS:
            raise self.unexpected()
        operator = self.take().text
        return Comparison(path, "!=" if operator == "<>" else operator, (self.literal(),))

    def literals(self) -> tuple[Constant, ...]:
        self.expect("(")
        values: tuple[Constant, ...] = self.comma_list(self.literal)
        self.expect(")")
        return values

    def literal(self) -> Constant:
        token = self.take()
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
        raise self.unexpected(token)

    def order(self) -> Order:
        item = self.select_item()
        if isinstance(item, TypeOf):
            raise self.unexpected()
        descending = self.accept("DESC")
        if not descending:
            self.accept("ASC")
        if self.accept("NULLS", "FIRST"):
            return Order(item, descending, nulls_last=False)
        return Order(item, descending, nulls_last=self.accept("NULLS", "LAST"))

    def whole_number(self) -> int:
        token = self.take()
        if token.kind != "number" or not token.text.isdigit():
            raise self.unexpected(token)
        return int(token.text)
