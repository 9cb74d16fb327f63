"""Reading TOML that a person or a stranger wrote, within bounds of size, depth and time."""

import re
import tomllib
from typing import Any

MAX_CHARACTERS = 1 << 18
MAX_DEPTH = 16
_LONG_KEY = re.compile(
    rf"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){{{MAX_DEPTH}}}""", re.ASCII
)
"""tomllib takes time that grows with the square of a key's parts, so it is not given such keys."""


class TomlError(ValueError):
    """A text that is no usable TOML; `line` is None where no line is at fault."""

    def __init__(self, words: str, line: int | None = None) -> None:
        super().__init__(words)
        self.line = line


def read_toml(text: str) -> dict[str, Any]:
    """The mappings in a text; raises TomlError for everything else, whatever the text is."""
    if len(text) > MAX_CHARACTERS:
        raise TomlError(f"it is longer than {MAX_CHARACTERS:,} characters")
    long = _LONG_KEY.search(text)
    if long:
        raise TomlError(f"a key has more than {MAX_DEPTH} parts", text.count("\n", 0, long.start()) + 1)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TomlError(str(error), _line(error, text)) from error
    except ValueError as error:  # a number with thousands of digits
        raise TomlError("a number or date in it is out of every range") from error
    except RecursionError as error:
        raise TomlError("its values are nested too deeply") from error
    if _is_deep(data):
        raise TomlError(f"its values are nested more than {MAX_DEPTH} deep")
    return data


def _line(error: tomllib.TOMLDecodeError, text: str) -> int:
    """The line that tomllib names in words; the last one where it says "at end of document"."""
    named = re.search(r"at line (\d+)", str(error))
    return int(named.group(1)) if named else text.count("\n") + 1


def _is_deep(data: Any) -> bool:
    level: list[Any] = [data]
    for _ in range(MAX_DEPTH):
        inner = [value for one in level for value in (one.values() if isinstance(one, dict) else one)]
        level = [value for value in inner if isinstance(value, dict | list)]
        if not level:
            return False
    return True
