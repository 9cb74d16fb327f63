"""What a courier is: a lost, doubled or late key costs time, never data (sync/sweep.py finds what was left)."""

from collections.abc import Callable
from typing import Protocol

from sync.shards import CALL

Do = Callable[[str], None]
"""Does the job of a key, if it is due; raises nothing (sync.jobs.Runner.run)."""


class Courier(Protocol):
    """Takes keys from anybody and gives each to one worker; keys that wait already are not taken twice."""

    def send(self, key: str) -> None:
        """Have a job done soon. Raises TransientError where it cannot be sent now."""

    def start(self, do: Do, workers: int) -> None:
        """Work with so many threads, until `stop`."""

    def stop(self, seconds: float) -> bool:
        """Take no more, and wait so long for what is under way; whether all of it ended."""

    def others(self) -> int:
        """How many other processes take keys now. Raises TransientError where nobody can tell."""

    def trouble(self) -> str | None:
        """What is wrong with it, in plain words; None where all is well."""


def scope_of(key: str) -> str | None:
    """The connection whose job a key is (sync.tasks.key_of); None for what touches all of them.

    A call to score shards touches none, and so stands for itself.
    """
    if key.startswith(CALL):
        return key
    _, _, connection = key.partition(":")
    return connection or None
