"""Processes that begin with everything imported: each is forked from one server, because tests start many.

They are processes of their own all the same, and can be killed; tests of how a command starts use the interpreter.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path

NOWHERE = Path(os.devnull)
FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(["shortlist.cli", "tests.kill_points", "tests.faults.service_process"])


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a process works, and the files that it prints into."""

    folder: Path
    environment: Mapping[str, str]
    output: Path = NOWHERE
    errors: Path = NOWHERE


def start(work: Callable[..., object], *arguments: object, around: Surroundings) -> ForkServerProcess:
    """A process that does `work`, which must be importable; its exitcode is there when it has ended."""
    process = FORKS.Process(target=_inside, args=(around, work, arguments))
    process.start()
    return process


def command(words: Sequence[str]) -> None:
    """`shortlist WORDS`."""
    from shortlist.cli import main  # noqa: PLC0415 the server has it already

    sys.argv = ["shortlist", *words]
    main()


def _inside(around: Surroundings, work: Callable[..., object], arguments: Sequence[object]) -> None:
    os.environ.clear()
    os.environ.update(around.environment)
    os.chdir(around.folder)
    for number, path in ((1, around.output), (2, around.errors)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(file, number)
        os.close(file)
    work(*arguments)
