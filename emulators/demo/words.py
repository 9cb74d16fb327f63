"""Reads words.toml, and turns names into the ASCII that e-mail addresses and domains are made of."""

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any, Final

# German writes its umlauts out; the other letters have no decomposition that Unicode knows.
_SPELLED_OUT: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "o", "å": "a", "ł": "l", "\u0131": "i", "æ": "ae"}
)


@cache
def words() -> dict[str, Any]:
    """All word lists, by the headings of words.toml."""
    with (Path(__file__).parent / "words.toml").open("rb") as file:
        return tomllib.load(file)


@cache
def ascii_slug(text: str, separator: str = "") -> str:
    """Lower-case ASCII letters and digits of `text`, its words joined by `separator`."""
    spelled = unicodedata.normalize("NFKD", text.lower().translate(_SPELLED_OUT))
    plain = spelled.encode("ascii", "ignore").decode().replace("'", "")
    return separator.join(re.findall(r"[a-z0-9]+", plain))
