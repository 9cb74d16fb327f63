"""Runs a peer's own command in this process and counts the records that it prints. Standard library only."""

import os
import sys
from collections.abc import Callable
from pathlib import Path


def records_printed(command: Callable[[], object], arguments: list[str], into: Path, mark: bytes) -> int:
    """Run `command` with these arguments, its standard output a file; gives how often `mark` is in that file.

    The descriptor is exchanged, not sys.stdout, so that it holds for whatever a peer writes with.
    A peer that ends by SystemExit with a code other than 0 raises it.
    """
    sys.stdout.flush()
    terminal = os.dup(1)
    with into.open("wb") as file:
        os.dup2(file.fileno(), 1)
    given, sys.argv = sys.argv, [command.__module__, *arguments]
    try:
        command()
    except SystemExit as ended:
        if ended.code:
            raise
    finally:
        sys.argv = given
        sys.stdout.flush()
        os.dup2(terminal, 1)
        os.close(terminal)
    return _count(into, mark)


def _count(path: Path, mark: bytes) -> int:
    with path.open("rb") as lines:
        return sum(mark in line for line in lines)
