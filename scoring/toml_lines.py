"""On which line of a TOML text each key stands, so that an error about a key can name its line.

The text has been parsed by tomllib before, so it is known to be valid and only its structure is followed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

Part = str | int

_TOKEN = re.compile(
    r"""
      (?P<skip>[ \t\r]+|\#[^\n]*)
    | (?P<newline>\n)
    | (?P<text>\"\"\"(?:\\.|[^\\])*?\"{3,5}|'{3}.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*')
    | (?P<mark>[\[\]{}=,.])
    | (?P<bare>[^\s\[\]{}=,.\#"']+)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}


def key_path(parts: Sequence[Part]) -> str:
    """The way errors name a key: `fit.rules[0].bands[1]`."""
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def line_of(path: str, lines: Mapping[str, int]) -> int | None:
    """The line of a key, or else of the innermost thing around it that has one; None for the whole file."""
    while path and path not in lines:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return lines.get(path)


def key_lines(text: str) -> dict[str, int]:
    """Lines, counted from 1, by key path; a table or array stands where it begins."""
    return _Reader(text).lines


class _Reader:
    """One pass over the tokens; `lines` is filled as keys are met."""

    def __init__(self, text: str) -> None:
        self.lines: dict[str, int] = {}
        self._counts: dict[str, int] = {}
        self._tokens = [*_tokens(text.replace("\r\n", "\n")), ("newline", "\n", 0)]
        self._place = 0
        self._read()

    def _read(self) -> None:
        table: tuple[Part, ...] = ()
        while self._place < len(self._tokens):
            if self._take("newline"):
                continue
            if self._take("mark", "["):
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> tuple[Part, ...]:
        many = self._take("mark", "[")
        line = self._tokens[self._place][2]
        names = self._key()
        parent = self._inside(names[:-1], line)
        path = (*parent, names[-1])
        self._note(path, line)
        if many:
            count = self._counts.get(key_path(path), 0)
            self._counts[key_path(path)] = count + 1
            path = (*path, count)
            self._note(path, line)
        self._place += 2 if many else 1
        return path

    def _inside(self, names: Sequence[str], line: int) -> tuple[Part, ...]:
        """The table a header is inside of: of an array of tables, the last one so far."""
        path: tuple[Part, ...] = ()
        for name in names:
            path = (*path, name)
            self._note(path, line)
            if count := self._counts.get(key_path(path)):
                path = (*path, count - 1)
        return path

    def _pair(self, table: tuple[Part, ...]) -> None:
        line = self._tokens[self._place][2]
        names = self._key()
        for length in range(1, len(names) + 1):
            self._note((*table, *names[:length]), line)
        self._take("mark", "=")
        self._value((*table, *names))

    def _key(self) -> list[str]:
        names: list[str] = []
        while not names or self._take("mark", "."):
            kind, text, _ = self._tokens[self._place]
            names.append(_unquoted(text) if kind == "text" else text)
            self._place += 1
        return names

    def _value(self, path: tuple[Part, ...]) -> None:
        if self._take("mark", "["):
            self._items(path)
        elif self._take("mark", "{"):
            while not self._take("mark", "}"):
                if not (self._take("mark", ",") or self._take("newline")):
                    self._pair(path)
        else:
            # A number or a date may hold dots and colons, so a plain value is everything up to its end.
            while self._tokens[self._place][1] not in (",", "]", "}", "\n"):
                self._place += 1

    def _items(self, path: tuple[Part, ...]) -> None:
        number = 0
        while not self._take("mark", "]"):
            if not (self._take("mark", ",") or self._take("newline")):
                self._note((*path, number), self._tokens[self._place][2])
                self._value((*path, number))
                number += 1

    def _take(self, kind: str, text: str | None = None) -> bool:
        found, token, _ = self._tokens[self._place]
        taken = found == kind and text in (None, token)
        self._place += taken
        return taken

    def _note(self, path: Sequence[Part], line: int) -> None:
        self.lines.setdefault(key_path(path), line)


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    """(kind, text, line) without spaces and comments."""
    line = 1
    for found in _TOKEN.finditer(text):
        if found.lastgroup not in (None, "skip"):
            yield str(found.lastgroup), found.group(), line
        line += found.group().count("\n")


def _unquoted(text: str) -> str:
    if text.startswith("'"):
        return text[1:-1]
    return _ESCAPE.sub(lambda found: _unescaped(found.group(1)), text[1:-1])


def _unescaped(escape: str) -> str:
    if len(escape) > 1:
        return chr(int(escape[1:], 16))
    return _ESCAPES.get(escape, escape)
