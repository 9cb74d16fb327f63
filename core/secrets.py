"""A secret that is held in memory: whatever is made of it, a text, a log line or a document, says ***."""

from collections import deque
from hmac import compare_digest
from typing import Any, Final, Self, final
from weakref import WeakValueDictionary

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

SHOWN: Final = "***"
_SHORTEST = 8
"""Shorter secrets are not looked for in texts: they would stand in ordinary words."""


@final
class SecretText:
    """A text that only `plain` tells; equal to another of the same text (compared in constant time).

    No dataclass, because orjson and `dataclasses.asdict` look into those, and no `str`, because JSON writes one out.
    """

    __slots__ = ("__weakref__", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        _held[id(self)] = self
        _latest.append(self)

    def plain(self) -> str:
        """The secret itself, for the one call that sends it."""
        return self._text

    def __repr__(self) -> str:
        return SHOWN

    def __format__(self, _: str) -> str:
        return SHOWN

    def __len__(self) -> int:
        return len(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretText) and compare_digest(self._bytes, other._bytes)

    def __hash__(self) -> int:
        return hash(self._text)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: object) -> Self:
        return self

    def __reduce__(self) -> str:
        raise TypeError("A secret is not written down.")

    @property
    def _bytes(self) -> bytes:
        return self._text.encode(errors="surrogatepass")

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """A field of a model that is dumped as ***."""
        del source, handler
        shown = core_schema.plain_serializer_function_ser_schema(lambda _: SHOWN)
        return core_schema.is_instance_schema(cls, serialization=shown)


_held: WeakValueDictionary[int, SecretText] = WeakValueDictionary()
"""Every secret of this process; by identity, because one of two equal ones may go."""
_latest: deque[SecretText] = deque(maxlen=256)
"""Kept a while longer: what was sent a moment ago may come back in an answer."""


def blanked(text: str) -> str:
    """The text without the secrets that this process holds: an answer may repeat what it was asked with."""
    for secret in sorted(_held.values(), key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            text = text.replace(secret.plain(), SHOWN)
    return text
