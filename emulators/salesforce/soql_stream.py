"""The tokens of a query and the place in them, as the parser moves through."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from emulators.salesforce.soql_syntax import Path, Token, query_error, tokens_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulators.salesforce.errors import SalesforceError

CLAUSES = frozenset(
    ["FROM", "USING", "WHERE", "WITH", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "FOR", "ALL", "UPDATE"]
)
_DIRECTIONS = frozenset(["ASC", "DESC", "NULLS"])

_Item = TypeVar("_Item")


class Stream:
    """Tokens to take one by one. Everything that does not fit raises MALFORMED_QUERY."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens_of(text)
        self.position = 0

    @property
    def next(self) -> Token:
        """The token that comes next; behind the last one comes `eof`."""
        return self.tokens[min(self.position, len(self.tokens) - 1)]

    @property
    def second(self) -> Token:
        """The token behind the next one."""
        return self.tokens[min(self.position + 1, len(self.tokens) - 1)]

    def take(self) -> Token:
        """The next token, whatever it is."""
        token = self.next
        self.position += 1
        return token

    def unexpected(self, token: Token | None = None) -> SalesforceError:
        """The error that names a token, the next one by default."""
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
        """Take a keyword or symbol that must be next."""
        if not self.accept(word):
            raise self.unexpected()

    def comma_list(self, item: Callable[[], _Item]) -> tuple[_Item, ...]:
        """One or more items with commas between them."""
        items = [item()]
        while self.accept(","):
            items.append(item())
        return tuple(items)

    def name(self) -> Token:
        """A name that is no clause's keyword."""
        if self.next.kind != "name" or self.next.word() in CLAUSES:
            raise self.unexpected()
        return self.take()

    def alias(self) -> str | None:
        """A bare word behind an item that is neither the next clause nor a direction."""
        if self.next.kind == "name" and self.next.word() not in CLAUSES | _DIRECTIONS:
            return self.take().text
        return None

    def path(self) -> Path:
        """A field's name with the relationships before it."""
        token = self.name()
        return Path(tuple(token.text.split(".")), token.at)

    def whole_number(self) -> int:
        """A number of LIMIT or OFFSET."""
        token = self.take()
        if token.kind != "number" or not token.text.isdigit():
            raise self.unexpected(token)
        return int(token.text)
