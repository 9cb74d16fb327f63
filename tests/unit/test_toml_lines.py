"""Lines of keys: by hand, and against tomllib for every key of the default model and of random documents."""

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.model import DEFAULT_MODEL
from scoring.toml_lines import Part, key_lines, key_path, line_of

TEXT = '''\
title = "a # b [c]" # comment with { and [
when = 1979-05-27T07:32:00.5Z
a.b."c.d".e = 1.5

[one.two]
"quoted \\u0041" = \'\'\'
[not.a.table]
x = 1\'\'\'
list = [
    1, # first
    [2,
     3],
    { x = 1, y = { z = [4] } },
]

[[many]]
name = """
"quoted" \\""" still
"""
[many.inner]
k = true

[[many]]
'name' = 'C:\\path\\'
  [[many.deep]]
  q = -1
  [[many.deep]]
  q = [ ]
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("title", 1),
        ("when", 2),
        ("a", 3),
        ("a.b.c.d.e", 3),
        ("one", 5),
        ("one.two", 5),
        ("one.two.quoted A", 6),
        ("one.two.list", 9),
        ("one.two.list[0]", 10),
        ("one.two.list[1]", 11),
        ("one.two.list[1][1]", 12),
        ("one.two.list[2]", 13),
        ("one.two.list[2].y.z[0]", 13),
        ("many", 16),
        ("many[0].name", 17),
        ("many[0].inner.k", 21),
        ("many[1]", 23),
        ("many[1].name", 24),
        ("many[1].deep[0].q", 26),
        ("many[1].deep[1]", 27),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_lines_of_keys(path: str, line: int, newline: str) -> None:
    assert key_lines(TEXT.replace("\n", newline))[path] == line


def paths(value: Any, parts: tuple[Part, ...] = ()) -> Iterator[str]:
    if parts:
        yield key_path(parts)
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from paths(inner, (*parts, key))


@pytest.mark.parametrize("text", [TEXT, DEFAULT_MODEL.read_text(encoding="utf-8")])
def test_exactly_the_keys_that_tomllib_finds_have_lines(text: str) -> None:
    assert set(key_lines(text)) == set(paths(tomllib.loads(text)))


def test_a_key_that_is_not_there_has_the_line_of_what_is_around_it() -> None:
    lines = key_lines(TEXT)
    assert line_of("many[1].absent.key", lines) == 23
    assert line_of("many[0].inner.absent", lines) == 20
    assert line_of("one.two.list[9]", lines) == 9
    assert line_of("absent", lines) is None
    assert line_of("", lines) is None


strings = st.text(max_size=6)
values = st.recursive(
    st.integers() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | strings,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(strings, inner, max_size=3),
    max_leaves=8,
)


def quoted(text: str) -> str:
    return '"' + "".join(f"\\U{ord(letter):08X}" for letter in text) + '"'


def written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list):
        return f"[{''.join(f'{written(item)},' for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{quoted(key)} = {written(item)}' for key, item in value.items())}}}"
    return repr(value)


@given(st.dictionaries(strings, values, max_size=5))
def test_random_documents(document: dict[str, Any]) -> None:
    text = "".join(f"{quoted(key)} = {written(value)}\n" for key, value in document.items())
    assert set(paths(tomllib.loads(text))) == set(paths(document))
    lines = key_lines(text)
    assert set(lines) == set(paths(document))
