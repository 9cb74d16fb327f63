"""How long work tells a person where it is."""

from typing import Protocol


class Progress(Protocol):
    """Receives progress; called from several threads."""

    def advance(self, task: str, count: int, total: int | None = None) -> None:
        """`count` more of `task` are done; `total` is how many there are, where that is known."""


class Quiet:
    """Says nothing."""

    def advance(self, task: str, count: int, total: int | None = None) -> None:
        """Do nothing."""
