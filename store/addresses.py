"""E-mail addresses inside other texts. Pure."""

import re
from collections.abc import Callable, Iterator

ERASED = "(erased)"
"""What stands where something was erased inside a text that stays."""
_ADDRESS = re.compile(r"[^\s@<>()\[\]{},;:\"'\\|]+@[^\s@<>()\[\]{},;:\"'\\|]+")


def addresses_in(text: str) -> Iterator[str]:
    """What looks like an e-mail address, with and without the point that may end a sentence."""
    if "@" in text:
        for found in _ADDRESS.findall(text):
            yield found
            yield found.rstrip(".")


def without_addresses(text: str, is_meant: Callable[[str], bool]) -> str:
    """The text with some of its addresses erased."""
    if "@" not in text:
        return text
    return _ADDRESS.sub(lambda found: _replaced(found.group(), is_meant), text)


def _replaced(address: str, is_meant: Callable[[str], bool]) -> str:
    for end in ("", "."):
        if address.endswith(end) and is_meant(address.removesuffix(end)):
            return ERASED + end
    return address


def names(text: str, name: str) -> bool:
    """Whether a text holds a name as whole words."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def like_text(text: str) -> str:
    """A text as it stands inside a LIKE pattern whose escape is an exclamation mark."""
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
