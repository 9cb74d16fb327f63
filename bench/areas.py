"""What an area module offers to the command line."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench.rows import Row


@dataclass(frozen=True, slots=True)
class Options:
    """How to measure. `say` tells a person what no row can say."""

    quick: bool
    peers: bool
    say: Callable[[str], None]
    world_size: str = "S"
    """S, M or L (bench/scoring_files.py, bench/idle.py)."""

    def size(self, full: int) -> int:
        """A tenth of the full size when it has to be quick."""
        return full // 10 if self.quick else full


Measure = Callable[[Options], Iterator[Row]]
"""Measures one area; rows come as they are known."""
